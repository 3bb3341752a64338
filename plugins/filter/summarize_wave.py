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
  - Turns what M(qlikops.cloud.qlik_data_connections) returned for each tenant of a wave into lines for a person. The playbook
    C(qlikops.cloud.provision) prints them.
  - Tenants that were as declared already share one line, so a wave of a thousand stays readable. So do those for which nothing is
    declared.
options:
  _input:
    description:
      - The results by host name. An empty dictionary, or null, stands for a host without one, which counts as failed.
    type: dict
    required: true
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
    version_added: 0.2.0
  max_failed_percent:
    description:
      - The share of a wave that may fail before the rollout stops.
    type: float
    default: 0
seealso:
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Say what came back from all tenants of a play
  vars:
    results: >-
      {{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars) | map(attribute='qlik_connections_result'))) }}
  ansible.builtin.debug:
    msg: "{{ results | qlikops.cloud.summarize_wave }}"
    # => - "acme: 3 created, 1 updated, 4 as declared (14 requests)"
    #    - "globex: as declared"
  run_once: true
"""

RETURN = r"""
_value:
  description: The lines. The last one says how the rollout goes on, if a tenant failed.
  type: list
  elements: str
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import UNREADABLE, entries, mapping, number
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import failure_lines, listed, requests_text

# The words for what was done, and for what would be.
_DONE = {"created": "created", "updated": "updated", "moved": "moved", "replaced": "replaced", "deleted": "deleted"}
_FORESEEN = {"created": "to create", "updated": "to update", "moved": "to move", "replaced": "to replace", "deleted": "to delete"}


def summarize_wave(
    results: t.Any,
    check_mode: bool = False,
    done: t.Sequence[str] = (),
    waiting: t.Sequence[str] = (),
    lost: t.Sequence[str] = (),
    max_failed_percent: float = 0,
) -> list[str]:
    """The lines about a wave. Raises AnsibleFilterError."""
    if not isinstance(results, dict):
        raise AnsibleFilterError("qlikops.cloud.summarize_wave takes a dictionary of results by host name.")
    failed = {host for host, result in results.items() if not result or _says_failed(mapping(result))}
    lines = ["Check mode: nothing was written. This is what a real run would do."] if check_mode else []
    same = []
    empty = []
    for host, result in results.items():
        if host in failed:
            lines += _failure(host, result or {})
        elif not _is_readable(result):
            lines.append(f"{host}: {UNREADABLE}")
        elif result.get("skipped"):
            lines.append(f"{host}: SKIPPED, nothing was changed: {result.get('msg') or 'no reason was given'}")
        elif result.get("changed"):
            lines.append(f"{host}: {_counts(result, check_mode)}")
        elif result.get("nothing_declared"):
            empty.append(host)
        else:
            same.append(host)
    if empty:
        lines.append(
            f"{listed(empty)}: NOTHING IS DECLARED here, so nothing was looked for ({requests_text(results[host] for host in empty)})"
        )
    if same:
        lines.append(f"{listed(same)}: as declared, nothing to change ({requests_text(results[host] for host in same)})")
    before = [host for host in lost if host not in results]
    if before:
        lines.append(f"{listed(before)}: NOT REACHED, since something before this rollout failed there")
    if failed:
        wave = _Wave([host for host in results if host in failed], len(results), len(before), list(done), list(waiting))
        lines.append(_verdict(wave, float(max_failed_percent)))
    return lines


def _says_failed(result: t.Mapping[str, t.Any]) -> bool:
    return bool(result.get("failed") or result.get("unreachable"))


def _is_readable(result: t.Any) -> bool:
    """Whether a result says at all what became of the tenant."""
    return isinstance(result, Mapping) and isinstance(result.get("changed"), bool)


def _failure(host: str, result: t.Mapping[str, t.Any]) -> list[str]:
    if not result:
        return [f"{host}: FAILED, nothing was tried"]
    done = _counts(result, check_mode=False) if result.get("changed") else "nothing was changed"
    return failure_lines(host, done, result.get("msg"))


def _counts(result: t.Mapping[str, t.Any], check_mode: bool) -> str:
    """What was done, or would be, to one tenant."""
    summary = mapping(result.get("summary"))
    words = _FORESEEN if check_mode else _DONE
    parts = [f"{_shown(summary[name])} {word}" for name, word in words.items() if summary.get(name)]
    spaces = sum(1 for space in entries(result.get("spaces")) if space.get("action") != "none" and not space.get("error"))
    if spaces:
        parts.insert(0, f"{spaces} {'space' if spaces == 1 else 'spaces'} {'to change' if check_mode else 'changed'}")
    if summary.get("unchanged"):
        parts.append(f"{_shown(summary['unchanged'])} as declared")
    if summary.get("failed"):
        parts.append(f"{_shown(summary['failed'])} failed")
    return f"{', '.join(parts) or 'changed'} ({requests_text([result])})"


def _shown(value: t.Any) -> str:
    found = number(value)
    return "an unknown number" if found is None else str(int(found))


class _Wave(t.NamedTuple):
    """A wave with failures: C(size) tenants took part, and so did none of the C(lost), of which some may belong to it."""

    failed: t.Sequence[str]
    size: int
    lost: int
    done: t.Sequence[str]
    waiting: t.Sequence[str]

    def goes_on(self, allowed: float, lost: int) -> bool:
        """Whether Ansible begins another wave. It takes those that are lost for tenants that didn't fail in this one."""
        failed, size = len(self.failed), self.size + lost
        return 100 * failed / size <= allowed and failed < size


def _verdict(wave: _Wave, allowed: float) -> str:
    """How the rollout goes on after failures: as max_fail_percentage will have it."""
    failed, size, done, waiting = wave.failed, wave.size, wave.done, wave.waiting
    text = f"{len(failed)} of {size} {'tenant' if size == 1 else 'tenants'} in this wave failed: {listed(failed)}."
    if wave.goes_on(allowed, 0):
        return f"{text} qlik_max_failed_percent ({allowed:g}) allows that, so the rollout goes on."
    if not waiting:
        others = ": the others are done" if len(failed) < size else ""
        return f"{text} It was the last wave{others}. Put the cause right and run again."
    if wave.goes_on(allowed, wave.lost):
        return (
            f"{text} Whether qlik_max_failed_percent ({allowed:g}) allows that depends on how many of those that were not reached belong to"
            f" this wave. If the rollout stops here, these were not reached either: {listed(waiting)}. Put the cause right and run again."
        )
    before = f" Done in earlier waves: {listed(done)}." if done else ""
    return (
        f"{text} That is more than qlik_max_failed_percent ({allowed:g}) allows: the rollout stops here.{before} Not reached:"
        f" {listed(waiting)}. Put the cause right and run again."
    )


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"summarize_wave": as_data(summarize_wave)}
