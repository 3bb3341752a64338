# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter summarize_wave."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summarize_wave
short_description: Say in a few lines what came back from a wave of tenants
version_added: 0.1.0
description:
  - Turns what M(qlikops.cloud.qlik_data_connections) returned for each tenant of a wave into lines for a person. The
    playbook C(qlikops.cloud.provision) prints them.
  - Tenants of which the same is to be said share one line, so a wave of a thousand stays readable. Up to five are named
    there, more are counted. Below the line stands what was changed at which space or connection, and why.
options:
  _input:
    description:
      - The results by host name. An empty dictionary, or null, stands for a host without one, which counts as failed.
    type: dict
    required: true
  hosts:
    description:
      - The hosts of the wave. What others have counts only for O(total).
      - If left out, all hosts of the results.
    type: list
    elements: str
    version_added: 1.0.0
  settled:
    description:
      - The hosts that were found as declared before the rollout, so that they belong to no wave. They are told with it,
        but don't count for what share of it failed.
    type: list
    elements: str
    default: []
    version_added: 1.0.0
  check_mode:
    description:
      - Whether nothing was written, so that the lines say what would be done.
    type: bool
    default: false
  done:
    description:
      - The hosts that were done in earlier waves.
    type: list
    elements: str
    default: []
  waiting:
    description:
      - The hosts that are to follow in later waves.
    type: list
    elements: str
    default: []
  lost:
    description:
      - The hosts that take no part, since something before the rollout failed there.
    type: list
    elements: str
    default: []
    version_added: 1.0.0
  max_failed_percent:
    description:
      - The share of a wave that may fail before the rollout stops.
    type: float
    default: 0
  reasons:
    description:
      - Whether the lines say why a tenant failed. V(false) is for where the failed task, which said so, stands just
        above.
    type: bool
    default: true
    version_added: 1.0.0
  verbose:
    description:
      - Whether the tenants that share a line are all named, and all changes listed.
    type: bool
    default: false
    version_added: 1.0.0
  total:
    description:
      - Whether another line counts all tenants of the results, once no wave is to follow.
    type: bool
    default: false
    version_added: 1.0.0
  part:
    description:
      - Whether the lines are about V(all) tenants of the wave, those that V(passed), or those that V(failed). How the
        rollout goes on after a failure stands with the latter.
    type: str
    choices: [all, passed, failed]
    default: all
    version_added: 1.0.0
  planning:
    description:
      - Whether this is about a plan for all tenants instead of a wave of a rollout.
    type: bool
    default: false
    version_added: 1.0.0
seealso:
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Say what came back from all tenants of a play
  vars:
    results: >-
      {{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars) |
      map(attribute='qlik_connections_result'))) }}
  ansible.builtin.debug:
    msg: "{{ results | qlikops.cloud.summarize_wave }}"
    # => - "acme: 1 created, 1 updated, 4 as declared (14 requests)"
    #    - "  Sales:Returns: create"
    #    - "  Sales:Orders: host: old.example.com -> db.example.com"
    #    - "37 tenants: as declared, nothing to change (111 requests)"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The lines. The last one says how the rollout goes on, if a tenant failed.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._policy_rules import idle_rules
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._verdict import Rollout
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._wave_summary import wave_lines


def summarize_wave(
    results: t.Any,
    check_mode: bool = False,
    done: t.Sequence[str] = (),
    waiting: t.Sequence[str] = (),
    lost: t.Sequence[str] = (),
    max_failed_percent: float = 0,
    hosts: t.Sequence[str] | None = None,
    reasons: bool = True,
    verbose: bool = False,
    total: bool = False,
    planning: bool = False,
    part: str = "all",
    settled: t.Sequence[str] = (),
) -> list[str]:
    """The lines about a wave. Raises AnsibleFilterError."""
    if not isinstance(results, dict):
        raise AnsibleFilterError("qlikops.cloud.summarize_wave takes a dictionary of results by host name.")
    rollout = Rollout(
        list(done),
        list(waiting),
        list(lost),
        float(max_failed_percent),
        check_mode=check_mode,
        planning=planning,
        settled=list(settled),
    )
    wave = results
    if hosts is not None:
        wave = {host: results.get(host) for host in _hosts_of_lines(results, hosts, settled)}
    everything = results if total else None
    lines = wave_lines(wave, rollout, everything=everything, reasons=reasons, verbose=verbose, part=part)
    # A wave doesn't see the whole fleet; a plan does.
    return [*idle_rules(results.values()), *lines] if planning else lines


def _hosts_of_lines(results: t.Collection[str], hosts: t.Sequence[str], settled: t.Sequence[str]) -> list[str]:
    """The hosts of a wave, and those that are told with it, in the order of the results."""
    if not settled:
        return list(hosts)
    wanted = {*hosts, *settled}
    return [host for host in results if host in wanted]


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"summarize_wave": as_data(summarize_wave)}
