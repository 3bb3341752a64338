# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that the summaries of all playbooks share."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, mapping, number

_LISTED = 10


def listed(names: t.Sequence[str]) -> str:
    """Names of hosts, so many that a line stays readable."""
    shown = ", ".join(names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def requests_text(results: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """How many requests these results of tasks took, and how long they waited for the tenants' limits."""
    counts = [mapping(result.get("requests")) for result in results]
    numbers = [number(held.get(name, 0)) for held in counts for name in ("reads", "writes")]
    if None in numbers:
        return "an unknown number of requests"
    waited = sum(number(held.get("waited_seconds")) or 0 for held in counts)
    text = counted(int(sum(one or 0 for one in numbers)), "request")
    return f"{text}, waited {waited:.0f} s" if waited >= 1 else text


def counted(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def failure_lines(host: str, what: str, message: t.Any) -> list[str]:
    """A tenant that failed: what became of it, and why."""
    first, *others = str(message or "no reason was given").splitlines() or ["no reason was given"]
    return [f"{host}: FAILED, {what}: {first}", *(f"  {line}" for line in others)]


def changes_something(result: t.Mapping[str, t.Any]) -> bool:
    """Whether a tenant was changed, or would be. A task that only compares reports no change to Ansible, but what it
    found.
    """
    counts = mapping(result.get("summary"))
    if result.get("changed") or any(
        number(counts.get(name)) for name in ("created", "updated", "moved", "replaced", "deleted")
    ):
        return True
    return any(space.get("action") != "none" for space in entries(result.get("spaces")))
