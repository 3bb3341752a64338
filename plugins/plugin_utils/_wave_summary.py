# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of a wave of tenants, and at the end of a rollout."""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.plugin_utils import _outcome as outcome
from ansible_collections.qlikops.cloud.plugins.plugin_utils._folding import Folded, folded, names_behind, who
from ansible_collections.qlikops.cloud.plugins.plugin_utils._outcome import counts_text, kind_of, tried_text
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import UNREADABLE, count, mapping, text
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import failure_lines, requests_text
from ansible_collections.qlikops.cloud.plugins.plugin_utils._verdict import Rollout, verdict

Results = Mapping[str, t.Any]

_SKIPPED = "SKIPPED, nothing was changed: "
_CHECKED = "Check mode: nothing was written. This is what a real run would do."
_PLANNED = "Nothing was written. This is what a run would do."
# What is said of a tenant, whatever its numbers.
_SAID = {
    outcome.EMPTY: "NOTHING IS DECLARED here, so nothing was looked for",
    outcome.SAME: "as declared, nothing to change",
    outcome.UNREADABLE_KIND: UNREADABLE,
}
# What stays as it is comes last.
_RANKS = {outcome.EMPTY: 1, outcome.SAME: 2}
_OF_A_TENANT = {
    outcome.CHANGED: "",
    outcome.SAME: "as declared already",
    outcome.EMPTY: "without anything declared",
    outcome.SKIPPED: "skipped",
    outcome.UNREADABLE_KIND: "unreadable",
    "lost": "not reached",
    outcome.FAILED: "failed",
}
_OWN_PLACE = re.compile(r"\S+: (?=nothing was written, since )")


def wave_lines(
    results: Results, rollout: Rollout, *, everything: Results | None, reasons: bool, verbose: bool, part: str = "all"
) -> list[str]:
    """The lines about the results of a wave; with C(everything) another one about those of all waves, once none is to
    follow.

    C(part): those about tenants that passed or failed only.
    """
    failed, others = _parted(results)
    lines: list[str] = []
    if part != "failed":
        lines += _opening(rollout)
    elif failed and set(others) <= set(rollout.settled):
        # Where the whole wave failed, nobody has told of those that were as declared before it.
        lines += _passed(others, rollout.check_mode, verbose=verbose)
    if part != "passed":
        lines += _failures(failed, rollout, reasons=reasons, verbose=verbose)
    if part != "failed":
        lines += _passed(others, rollout.check_mode, verbose=verbose)
    if part == "passed" and failed:
        # What stands below comes with the failures.
        return lines
    lines += _not_reached(results, rollout)
    if failed:
        lines.append(verdict(list(failed), len(results) - len(rollout.settled), rollout))
    elif part == "failed":
        lines.append("No tenant of this wave failed, but the wave could not be finished.")
    if everything is not None and len(everything) > 1 and not rollout.waiting:
        lines.append(_total({**everything, **results}, set(rollout.lost) - set(results), rollout.check_mode))
    return lines


def _parted(results: Results) -> tuple[Results, Results]:
    """The results of tenants that failed, and of the others."""
    failed: dict[str, t.Any] = {}
    others: dict[str, t.Any] = {}
    for host, result in results.items():
        if kind_of(result) == outcome.FAILED:
            failed[host] = mapping(result)
        else:
            others[host] = result
    return failed, others


def _opening(rollout: Rollout) -> list[str]:
    """What is to be known before anything else: once in a rollout."""
    if rollout.planning:
        return [_PLANNED]
    if rollout.check_mode and not rollout.done:
        return [_CHECKED]
    return []


def _not_reached(results: Results, rollout: Rollout) -> list[str]:
    before = [host for host in rollout.lost if host not in results]
    if not before:
        return []
    return [f"{who(before)}: NOT REACHED, since something before this rollout failed there"]


def _failures(results: Results, rollout: Rollout, *, reasons: bool, verbose: bool) -> list[str]:
    """The lines about tenants that failed: one by one with the reasons, else together."""
    lines: list[str] = []
    together: dict[str, list[str]] = {}
    for host, result in results.items():
        failure = _failure(result, rollout)
        if reasons and result:
            lines += failure_lines(host, failure, result.get("msg"))
        else:
            together.setdefault(failure, []).append(host)
    for failure, hosts in together.items():
        lines += [f"{who(hosts)}: {failure}", *names_behind(hosts, verbose=verbose)]
    return lines


def _failure(result: Mapping[str, t.Any], rollout: Rollout) -> str:
    if not result:
        return "FAILED, nothing was tried"
    if rollout.planning:
        return "NOT PLANNED"
    if not result.get("changed"):
        return f"FAILED, nothing was changed{tried_text(result, check_mode=False)}"
    done = counts_text(result, check_mode=False) + tried_text(result, check_mode=False)
    return f"FAILED, {done} ({requests_text([result])})"


def _passed(results: Results, check_mode: bool, *, verbose: bool) -> list[str]:
    """The lines about all others: those of which the same is to be said together."""
    texts = []
    for host in sorted(results, key=lambda one: _RANKS.get(kind_of(results[one]), 0)):
        result = mapping(results[host])
        texts.append((_tenant_text(kind_of(results[host]), result, check_mode), host, result))
    lines: list[str] = []
    for what, groups in folded(texts).items():
        for group in groups:
            lines += _group_lines(what, group, kind_of(results[group.hosts[0]]), verbose=verbose)
    return lines


def _tenant_text(kind: str, result: Mapping[str, t.Any], check_mode: bool) -> str:
    """What a line says of such a tenant, its name and the requests aside."""
    if kind == outcome.SKIPPED:
        return f"{_SKIPPED}{_OWN_PLACE.sub('', text(result.get('msg')), count=1) or 'no reason was given'}"
    if kind == outcome.CHANGED:
        return counts_text(result, check_mode) + tried_text(result, check_mode)
    return _SAID[kind] + tried_text(result, check_mode)


def _group_lines(text: str, group: Folded, kind: str, *, verbose: bool) -> list[str]:
    if kind == outcome.SKIPPED and len(group.hosts) == 1:
        text = f"{_SKIPPED}{group.results[0].get('msg') or 'no reason was given'}"
    if kind not in (outcome.SKIPPED, outcome.UNREADABLE_KIND):
        text = f"{text} ({requests_text(group.results)})"
    lines = [f"{who(group.hosts)}: {text}", *names_behind(group.hosts, verbose=verbose)]
    if kind == outcome.CHANGED:
        lines += group.reasons(verbose=verbose)
    return lines


def _total(results: Results, lost: t.Container[str], check_mode: bool) -> str:
    """All tenants of a rollout in one line."""
    words = outcome.words(check_mode)
    kinds: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for host, result in results.items():
        kind = kind_of(result)
        kinds["lost" if host in lost else kind] += 1
        # A task that stopped before it wrote counts what it would have done.
        if kind == outcome.CHANGED or mapping(result).get("changed"):
            counts = mapping(mapping(result).get("summary"))
            sums.update({name: count(counts.get(name)) for name in words.connections})
    tenants = _numbers(kinds, {**_OF_A_TENANT, outcome.CHANGED: words.tenant}, always=outcome.FAILED)
    done = _numbers(sums, words.connections) or "none to change"
    requests = requests_text(mapping(result) for result in results.values())
    return f"In all {len(results)} tenants: {tenants}. Connections: {done} ({requests})."


def _numbers(counts: Mapping[str, int], word_of: Mapping[str, str], always: str = "") -> str:
    """What there is, in numbers; of C(always) also that there is none."""
    parts = []
    for name, word in word_of.items():
        if counts[name] or name == always:
            parts.append(f"{counts[name]} {word}")
    return ", ".join(parts)
