# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of a wave of tenants, and at the end of a rollout."""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.qlikops.cloud.plugins.plugin_utils._folding import Folded, folded, names_behind, who
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import (
    UNREADABLE,
    count,
    entries,
    mapping,
    number,
    text,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import (
    changes_something,
    counted,
    failure_lines,
    listed,
    requests_text,
)

Results = Mapping[str, t.Any]

# The words for what was done, and for what would be.
_DONE = {"created": "created", "updated": "updated", "moved": "moved", "replaced": "replaced", "deleted": "deleted"}
_FORESEEN = {
    "created": "to create",
    "updated": "to update",
    "moved": "to move",
    "replaced": "to replace",
    "deleted": "to delete",
}
_SPACES_DONE = {"create": "created", "update": "changed", "delete": "deleted"}
_SPACES_FORESEEN = {"create": "to create", "update": "to change", "delete": "to delete"}
_SKIPPED = "SKIPPED, nothing was changed: "
_CHECKED = "Check mode: nothing was written. This is what a real run would do."
_EMPTY = "NOTHING IS DECLARED here, so nothing was looked for"
_SAME = "as declared, nothing to change"
# What stays as it is comes last.
_RANKS = {"empty": 1, "same": 2}
_OWN_PLACE = re.compile(r"\S+: (?=nothing was written, since )")


@dataclass(frozen=True)
class Rollout:
    """Where in a rollout a wave is: the hosts of earlier waves, of those to come, and those that something before the
    rollout took away, of which some may belong to this wave; and what share of a wave may fail."""

    done: t.Sequence[str]
    waiting: t.Sequence[str]
    lost: t.Sequence[str]
    allowed: float
    check_mode: bool = False
    planning: bool = False

    def goes_on(self, failed: int, size: int) -> bool:
        """Whether Ansible begins another wave after these failures. It takes those that are lost for tenants that
        didn't fail.
        """
        return 100 * failed / size <= self.allowed and failed < size


def wave_lines(
    results: Results, rollout: Rollout, *, everything: Results | None, reasons: bool, verbose: bool, part: str = "all"
) -> list[str]:
    """The lines about the results of a wave; with C(everything) another one about those of all waves, once none is to
    follow.

    C(part): those about tenants that passed or failed only.
    """
    kinds = {host: _kind(result) for host, result in results.items()}
    failed = [host for host, kind in kinds.items() if kind == "failed"]
    lines = [_CHECKED] if rollout.check_mode and part != "failed" else []
    if part != "passed":
        lines += _failures({host: mapping(results[host]) for host in failed}, reasons=reasons, verbose=verbose)
    if part != "failed":
        others = [(kind, host) for host, kind in kinds.items() if kind != "failed"]
        others.sort(key=lambda one: _RANKS.get(one[0], 0))
        said = (
            (_said(kind, mapping(results[host]), rollout.check_mode), host, mapping(results[host]))
            for kind, host in others
        )
        for text_of, groups in folded(said).items():
            for group in groups:
                lines += _group_lines(text_of, group, kinds[group.hosts[0]], verbose=verbose)
    if part == "passed" and failed:
        return lines
    before = [host for host in rollout.lost if host not in results]
    if before:
        lines.append(f"{who(before)}: NOT REACHED, since something before this rollout failed there")
    if part == "failed" and not failed:
        lines.append("No tenant of this wave failed, but the wave could not be finished.")
    if failed:
        lines.append(_verdict(failed, len(results), rollout))
    if everything is not None and len(everything) > 1 and not rollout.waiting:
        lines.append(_total({**everything, **results}, set(rollout.lost) - set(results), rollout.check_mode))
    return lines


def _failures(results: Results, *, reasons: bool, verbose: bool) -> list[str]:
    """The lines about tenants that failed: one by one with the reasons, else together."""
    lines = []
    said = {host: _failure(mapping(result)) for host, result in results.items()}
    told = [host for host, result in results.items() if reasons and result]
    for host in told:
        lines += failure_lines(host, said[host], mapping(results[host]).get("msg"))
    others: dict[str, list[str]] = {}
    for host in results:
        if host not in told:
            others.setdefault(said[host], []).append(host)
    for what, hosts in others.items():
        lines += [f"{who(hosts)}: FAILED, {what}", *names_behind(hosts, verbose=verbose)]
    return lines


def _failure(result: Mapping[str, t.Any]) -> str:
    if not result:
        return "nothing was tried"
    if not result.get("changed"):
        return "nothing was changed"
    return f"{_counts(result, check_mode=False)} ({requests_text([result])})"


def _kind(result: t.Any) -> str:
    """What became of a tenant: failed, unreadable, skipped, changed, empty or same."""
    if not result or mapping(result).get("failed") or mapping(result).get("unreachable"):
        return "failed"
    # Whether a result says at all what became of the tenant.
    if not isinstance(result, Mapping) or not isinstance(result.get("changed"), bool):
        return "unreadable"
    if result.get("skipped"):
        return "skipped"
    if changes_something(result):
        return "changed"
    return "empty" if result.get("nothing_declared") else "same"


def _said(kind: str, result: Mapping[str, t.Any], check_mode: bool) -> str:
    """What a line says of such a tenant, its name and the requests aside."""
    if kind == "skipped":
        return f"{_SKIPPED}{_OWN_PLACE.sub('', text(result.get('msg')), count=1) or 'no reason was given'}"
    if kind == "changed":
        return _counts(result, check_mode)
    return {"empty": _EMPTY, "unreadable": UNREADABLE}.get(kind, _SAME)


def _group_lines(said: str, group: Folded, kind: str, *, verbose: bool) -> list[str]:
    if kind == "skipped" and len(group.hosts) == 1:
        said = f"{_SKIPPED}{group.results[0].get('msg') or 'no reason was given'}"
    requests = f" ({requests_text(group.results)})" if kind in ("changed", "empty", "same") else ""
    lines = [f"{who(group.hosts)}: {said}{requests}", *names_behind(group.hosts, verbose=verbose)]
    return lines + (group.reasons(verbose=verbose) if kind == "changed" else [])


def _counts(result: Mapping[str, t.Any], check_mode: bool) -> str:
    """What was done, or would be, to one tenant."""
    summary = mapping(result.get("summary"))
    words = _FORESEEN if check_mode else _DONE
    spaces = Counter(str(space.get("action")) for space in entries(result.get("spaces")) if not space.get("error"))
    parts = [
        f"{counted(spaces[action], 'space')} {word}"
        for action, word in (_SPACES_FORESEEN if check_mode else _SPACES_DONE).items()
        if spaces[action]
    ]
    for name, word in words.items():
        if summary.get(name):
            parts.append(f"{_shown(summary[name], noun=bool(spaces.total() - spaces['none']))} {word}")
    if summary.get("unchanged"):
        parts.append(f"{_shown(summary['unchanged'])} as declared")
    if summary.get("failed"):
        parts.append(f"{_shown(summary['failed'])} failed")
    return ", ".join(parts) or ("to change" if check_mode else "changed")


def _shown(value: t.Any, *, noun: bool = False) -> str:
    """A number; with its noun where spaces are counted beside."""
    found = number(value)
    if found is None:
        return "an unknown number"
    return counted(int(found), "connection") if noun else str(int(found))


def _verdict(failed: t.Sequence[str], size: int, rollout: Rollout) -> str:
    """How the rollout goes on after failures: as max_fail_percentage will have it."""
    tenants = "tenant" if size == 1 else "tenants"
    if rollout.planning:
        return (
            f"{len(failed)} of {size} {tenants} could not be planned: {listed(failed)}. Fix the cause and plan again."
        )
    happened = f"{len(failed)} of {size} {tenants} in this wave failed: {listed(failed)}."
    everyone = len(failed) == size
    if rollout.goes_on(len(failed), size):
        return f"{happened} qlik_max_failed_percent ({rollout.allowed:g}) allows that, so the rollout goes on."
    if not rollout.waiting:
        others = "" if everyone or rollout.check_mode else ": the others are done"
        return f"{happened} It was the last wave{others}. Fix the cause and run again."
    if rollout.goes_on(len(failed), size + len(rollout.lost)):
        return (
            f"{happened} Whether qlik_max_failed_percent ({rollout.allowed:g}) allows that depends on how many of those"
            " that were not"
            " reached belong to this wave. If the rollout stops here, these were not reached either:"
            f" {listed(rollout.waiting)}. Fix the"
            " cause and run again."
        )
    if rollout.allowed >= 100:
        why = (
            "A rollout stops when all tenants of a wave fail, whatever qlik_max_failed_percent"
            f" ({rollout.allowed:g})"
            " allows."
        )
    else:
        why = f"That is more than qlik_max_failed_percent ({rollout.allowed:g}) allows: the rollout stops here."
    before = f" Done in earlier waves: {listed(rollout.done)}." if rollout.done else ""
    return f"{happened} {why}{before} Not reached: {listed(rollout.waiting)}. Fix the cause and run again."


def _total(results: Results, lost: t.Container[str], check_mode: bool) -> str:
    """All tenants of a rollout in one line."""
    kinds = Counter("lost" if host in lost else _kind(result) for host, result in results.items())
    words = {
        "changed": "to change" if check_mode else "changed",
        "same": "as declared already",
        "empty": "without anything declared",
        "skipped": "skipped",
        "unreadable": "unreadable",
        "lost": "not reached",
        "failed": "failed",
    }
    tenants = ", ".join(f"{kinds[kind]} {word}" for kind, word in words.items() if kinds[kind] or kind == "failed")
    sums: Counter[str] = Counter()
    for result in results.values():
        counts = mapping(mapping(result).get("summary"))
        # A task that stopped before it wrote counts what it would have done.
        if _kind(result) == "changed" or mapping(result).get("changed"):
            sums.update({name: count(counts.get(name)) for name in _DONE})
    done = ", ".join(
        f"{sums[name]} {word}" for name, word in (_FORESEEN if check_mode else _DONE).items() if sums[name]
    )
    requests = requests_text(mapping(result) for result in results.values())
    return f"In all {len(results)} tenants: {tenants}. Connections: {done or 'none to change'} ({requests})."
