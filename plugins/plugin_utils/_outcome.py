# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of one tenant, or would become of it: as a kind, and in numbers."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import FORESEEN_AS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import count, entries, mapping, number
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import changes_something

FAILED, UNREADABLE_KIND, SKIPPED, CHANGED, EMPTY, SAME = "failed", "unreadable", "skipped", "changed", "empty", "same"


class Words(t.NamedTuple):
    """How a run speaks of what it does: of connections by what became of them, of spaces by action, of a tenant."""

    connections: Mapping[str, str]
    spaces: Mapping[str, str]
    tenant: str


_DONE = Words(
    {word: word for word in FORESEEN_AS},
    {"create": "created", "update": "changed", "delete": "deleted"},
    "changed",
)
_FORESEEN = Words(
    FORESEEN_AS,
    {"create": "to create", "update": "to change", "delete": "to delete"},
    "to change",
)
# What isn't done to a connection, whether a run writes or not.
_BESIDE = {"unchanged": "as declared", "failed": "failed"}


def words(check_mode: bool) -> Words:
    """The words for what was done, or for what would be."""
    return _FORESEEN if check_mode else _DONE


def kind_of(result: t.Any) -> str:
    """What became of a tenant, in one word."""
    if not result or mapping(result).get("failed") or mapping(result).get("unreachable"):
        return FAILED
    # Whether a result says at all what became of the tenant.
    if not isinstance(result, Mapping) or not isinstance(result.get("changed"), bool):
        return UNREADABLE_KIND
    if result.get("skipped"):
        return SKIPPED
    if changes_something(result):
        return CHANGED
    return EMPTY if result.get("nothing_declared") else SAME


def counts_text(result: Mapping[str, t.Any], check_mode: bool) -> str:
    """What was done, or would be, to one tenant: C(1 space created, 3 connections created, 2 as declared)."""
    wording = words(check_mode)
    parts = _space_counts(result, wording)
    summary = mapping(result.get("summary"))
    noun = bool(parts)
    for name, word in wording.connections.items():
        if summary.get(name):
            parts.append(f"{_counted_text(summary[name], noun=noun)} {word}")
    for name, word in _BESIDE.items():
        if summary.get(name):
            parts.append(f"{_counted_text(summary[name])} {word}")
    return ", ".join(parts) or wording.tenant


def tried_text(result: Mapping[str, t.Any], check_mode: bool) -> str:
    """What was put back, and what trials found, as the end of a sentence; empty where nothing was tried."""
    found = mapping(result.get("verified"))
    numbers = {word: count(found.get(word)) for word in ("works", "failed", "unknown")}
    if check_mode or not any(numbers.values()):
        return ""
    returned = sum(entry.get("put_back") is True for entry in entries(result.get("results")))
    said = []
    if numbers["works"]:
        said.append(f"{numbers['works']} {'works' if numbers['works'] == 1 else 'work'}")
    if numbers["failed"]:
        said.append(f"{numbers['failed']} {'does not' if numbers['failed'] == 1 else 'do not'}")
    if numbers["unknown"]:
        said.append(f"{numbers['unknown']} unknown")
    return f"{f', {returned} put back' if returned else ''}; tried: {', '.join(said)}"


def _space_counts(result: Mapping[str, t.Any], wording: Words) -> list[str]:
    actions: Counter[str] = Counter()
    for space in entries(result.get("spaces")):
        if not space.get("error"):
            actions[str(space.get("action"))] += 1
    parts = []
    for action, word in wording.spaces.items():
        if actions[action]:
            parts.append(f"{counted(actions[action], 'space')} {word}")
    return parts


def _counted_text(value: t.Any, *, noun: bool = False) -> str:
    """A number; with its noun where spaces are counted beside."""
    found = number(value)
    if found is None:
        return "an unknown number"
    return counted(int(found), "connection") if noun else str(int(found))
