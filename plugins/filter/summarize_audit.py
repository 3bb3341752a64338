# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter summarize_audit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summarize_audit
short_description: Say in a few lines what an audit found over many tenants
version_added: 0.1.0
description:
  - Turns what M(qlikops.cloud.qlik_data_connections) returned in check mode for each tenant into lines for a person. The playbook
    C(qlikops.cloud.audit) prints them.
  - Tenants without findings share one line.
options:
  _input:
    description:
      - The results by host name. An empty dictionary, or null, stands for a host without one, which counts as failed.
    type: dict
    required: true
  fail_on:
    description:
      - The kinds of findings that make an audit fail, as in P(qlikops.cloud.audit_findings#filter). A tenant with such a finding doesn't
        count among those that hold what is declared, and neither does one with drift in any case.
    type: list
    elements: str
    choices: [drift, left_over, unmanaged]
    default: [drift, left_over]
    version_added: 0.2.0
seealso:
  - plugin: qlikops.cloud.audit_findings
    plugin_type: filter
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Say what was found in all tenants of a play
  vars:
    results: >-
      {{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars) | map(attribute='qlik_connections_result'))) }}
  ansible.builtin.debug:
    msg: "{{ results | qlikops.cloud.summarize_audit }}"
    # => - "acme: 1 as declared no longer (Sales:Orders); 1 not managed (Sales:Playground)"
    #    - "298 of 300 tenants hold what is declared; 1 differ; 1 could not be audited."
  run_once: true
"""

RETURN = r"""
_value:
  description: The lines. The last one counts the tenants.
  type: list
  elements: str
"""

import typing as t
from collections import Counter

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
    DRIFT,
    FAILING,
    LEFT_OVER,
    UNMANAGED,
    findings,
    sentences,
    verdict,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import untold

_UNREAD = "unread"
_EMPTY = "nothing declared"


def summarize_audit(results: t.Any, fail_on: t.Sequence[str] = FAILING) -> list[str]:
    """The lines about all tenants. Raises AnsibleFilterError."""
    if not isinstance(results, dict):
        raise AnsibleFilterError("qlikops.cloud.summarize_audit takes a dictionary of results by host name.")
    lines = []
    counts: Counter[str] = Counter()
    for host, result in results.items():
        why = untold(result)
        if why:
            counts[_UNREAD] += 1
            lines.append(f"{host}: NOT AUDITED: {why}")
            continue
        kind, found = verdict(findings(result), fail_on), sentences(result)
        if result.get("nothing_declared"):
            kind, found = kind or _EMPTY, ["NOTHING IS DECLARED here", *found]
        counts[kind] += 1
        if found:
            lines.append(f"{host}: {'; '.join(found)}")
    parts = [f"{counts['']} of {len(results)} tenants hold what is declared", f"{counts[DRIFT]} differ"]
    if counts[LEFT_OVER]:
        parts.append(f"{counts[LEFT_OVER]} hold what is declared no longer")
    if counts[UNMANAGED]:
        parts.append(f"{counts[UNMANAGED]} hold what this collection doesn't manage")
    if counts[_EMPTY]:
        parts.append(f"for {counts[_EMPTY]} nothing is declared")
    return [*lines, f"{'; '.join(parts)}; {counts[_UNREAD]} could not be audited."]


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"summarize_audit": as_data(summarize_audit)}
