# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that the summaries of all playbooks share."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, mapping, number

_LISTED = 10
_CHANGES = ("created", "updated", "moved", "replaced", "deleted")


def listed(names: t.Sequence[str]) -> str:
    """Names of hosts, so many that a line stays readable."""
    shown = ", ".join(names[:_LISTED])
    if len(names) > _LISTED:
        return f"{shown} and {len(names) - _LISTED} more"
    return shown


def requests_text(results: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """How many requests these results of tasks took, and how long they waited for the tenants' limits."""
    requests, waited, known = 0.0, 0.0, True
    for result in results:
        held = mapping(result.get("requests"))
        for name in ("reads", "writes"):
            found = number(held.get(name, 0))
            known = known and found is not None
            requests += found or 0
        waited += number(held.get("waited_seconds")) or 0
    if not known:
        return "an unknown number of requests"
    text = counted(int(requests), "request")
    return f"{text}, waited {waited:.0f} s" if waited >= 1 else text


def failure_lines(host: str, failure: str, message: t.Any) -> list[str]:
    """A tenant that failed: what became of it, and why."""
    first_line, *others = str(message or "no reason was given").splitlines() or ["no reason was given"]
    return [f"{host}: {failure}: {first_line}", *map("  {}".format, others)]


def changes_something(result: t.Mapping[str, t.Any]) -> bool:
    """Whether a tenant was changed, or would be. A task that only compares reports no change to Ansible, but what it
    found.
    """
    if result.get("changed"):
        return True
    counts = mapping(result.get("summary"))
    if any(number(counts.get(name)) for name in _CHANGES):
        return True
    return any(space.get("action") != "none" for space in entries(result.get("spaces")))
