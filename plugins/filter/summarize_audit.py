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
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import DRIFT, findings, sentences
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import mapping


def summarize_audit(results: t.Any) -> list[str]:
    """The lines about all tenants. Raises AnsibleFilterError."""
    if not isinstance(results, dict):
        raise AnsibleFilterError("qlikops.cloud.summarize_audit takes a dictionary of results by host name.")
    lines = []
    unread = drifted = empty = 0
    for host, result in results.items():
        if not isinstance(result, Mapping) or not result or result.get("failed"):
            unread += 1
            lines.append(f"{host}: NOT AUDITED: {mapping(result).get('msg') or 'nothing was tried'}")
            continue
        drifted += bool(findings(result)[DRIFT])
        found = sentences(result)
        if result.get("nothing_declared"):
            empty += 1
            found = ["NOTHING IS DECLARED here", *found]
        if found:
            lines.append(f"{host}: {'; '.join(found)}")
    hold = len(results) - unread - drifted - empty
    said = f"{hold} of {len(results)} tenants hold what is declared; {drifted} differ; {unread} could not be audited"
    lines.append(f"{said}; for {empty} nothing is declared." if empty else f"{said}.")
    return lines


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"summarize_audit": as_data(summarize_audit)}
