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
  - Turns what M(qlikops.cloud.qlik_data_connections) returned in check mode for each tenant into lines for a person.
    The playbook C(qlikops.cloud.audit) prints them.
  - Tenants without findings are only counted. Those in which the same was found share one line, where up to five are
    named, and more are counted.
options:
  _input:
    description:
      - The results by host name. An empty dictionary, or null, stands for a host without one, which counts as failed.
    type: dict
    required: true
  fail_on:
    description:
      - The kinds of findings that make an audit fail, as in P(qlikops.cloud.audit_findings#filter). A tenant with such
        a finding doesn't count among those that hold what is declared, and neither does one with drift in any case.
    type: list
    elements: str
    choices: [drift, left_over, unmanaged, policy, same_target, expiring]
    default: [drift, left_over, policy]
    version_added: 1.0.0
  same_targets:
    description:
      - The connections that reach what others reach too, by host, as M(qlikops.cloud.qlik_fleet_report) returns them.
    type: dict
    default: {}
    version_added: 1.0.0
  expiry_days:
    description:
      - How many days before their end secrets count as V(expiring).
    type: int
    default: 30
    version_added: 1.0.0
  reasons:
    description:
      - Whether the lines say why a tenant could not be audited. V(false) is for where the failed task, which said so,
        stands just above.
    type: bool
    default: true
    version_added: 1.0.0
  verbose:
    description:
      - Whether the tenants that share a line are all named.
    type: bool
    default: false
    version_added: 1.0.0
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
      {{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars) |
      map(attribute='qlik_connections_result'))) }}
  ansible.builtin.debug:
    msg: "{{ results | qlikops.cloud.summarize_audit }}"
    # => - "acme: 1 doesn't match its definition (Sales:Orders); 1 not managed (Sales:Playground)"
    #    - "298 of 300 tenants match what is declared; 1 differs; 1 could not be audited."
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The lines. The last one counts the tenants.
  type: list
  elements: str
"""

import typing as t
from collections import Counter
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
        DRIFT,
        EXPIRING,
        EXPIRY_DAYS,
        FAILING,
        LEFT_OVER,
        POLICY,
        SAME_TARGET,
        UNMANAGED,
        findings,
        sentences_of,
        verdict,
    )
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._folding import names_behind, who
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._policy_rules import idle_rules
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import untold

_UNREAD = "unread"
_EMPTY = "nothing declared"
# What is said of one tenant with such findings, and of several.
_SAID = {
    DRIFT: ("differs", "differ"),
    LEFT_OVER: ("holds what is no longer declared", "hold what is no longer declared"),
    UNMANAGED: ("holds what this collection doesn't manage", "hold what this collection doesn't manage"),
    POLICY: ("breaks the policy", "break the policy"),
    SAME_TARGET: ("reaches what others reach too", "reach what others reach too"),
    EXPIRING: ("holds secrets that have expired or will soon", "hold secrets that have expired or will soon"),
}


def summarize_audit(
    results: t.Any,
    fail_on: t.Sequence[str] = FAILING,
    reasons: bool = True,
    verbose: bool = False,
    same_targets: t.Mapping[str, t.Any] | None = None,
    expiry_days: int = EXPIRY_DAYS,
) -> list[str]:
    """The lines about all tenants. Raises AnsibleFilterError."""
    if not isinstance(results, dict):
        raise AnsibleFilterError("qlikops.cloud.summarize_audit takes a dictionary of results by host name.")
    hosts_of_line: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for host, result in results.items():
        compared = _told_of_others(result, same_targets, host)
        # Before ansible-core 2.19 a number from a variable is a text.
        kind, line = _tenant(compared, fail_on, reasons, int(expiry_days))
        counts[kind] += 1
        if line:
            hosts_of_line.setdefault(line, []).append(host)
    lines = []
    for line, hosts in hosts_of_line.items():
        lines += [f"{who(hosts)}: {line}", *names_behind(hosts, verbose=verbose)]
    return [*lines, *idle_rules(results.values()), _counted(counts, len(results))]


def _told_of_others(result: t.Any, same_targets: t.Mapping[str, t.Any] | None, host: str) -> t.Any:
    """The result of a host with what only all results together tell."""
    if same_targets and isinstance(result, Mapping) and host in same_targets:
        return {**result, "same_targets": same_targets[host]}
    return result


def _tenant(result: t.Any, fail_on: t.Sequence[str], reasons: bool, expiry_days: int) -> tuple[str, str]:
    """What a tenant counts as, and what is said of it: nothing of one that matches."""
    why = untold(result)
    if why and not reasons and _failed_in_its_task(result):
        return _UNREAD, "NOT AUDITED"
    if why:
        return _UNREAD, f"NOT AUDITED: {why}"
    found = findings(result, expiry_days)
    kind, said = verdict(found, fail_on), sentences_of(found)
    if result.get("nothing_declared"):
        kind, said = kind or _EMPTY, ["NOTHING IS DECLARED here", *said]
    return kind, "; ".join(said)


def _failed_in_its_task(result: t.Any) -> bool:
    """Whether a failed task said already why there is nothing to know; of the rest nobody did."""
    return isinstance(result, Mapping) and bool(result.get("failed") or result.get("unreachable"))


def _counted(counts: Counter[str], total: int) -> str:
    """All tenants in one line."""
    matching = "tenant matches" if total == 1 else "tenants match"
    parts = [f"{counts['']} of {total} {matching} what is declared"]
    for kind, (one, many) in _SAID.items():
        if counts[kind] or kind == DRIFT:
            parts.append(f"{counts[kind]} {one if counts[kind] == 1 else many}")
    if counts[_EMPTY]:
        parts.append(f"for {counts[_EMPTY]} nothing is declared")
    return f"{'; '.join(parts)}; {counts[_UNREAD]} could not be audited."


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"summarize_audit": as_data(summarize_audit)}
