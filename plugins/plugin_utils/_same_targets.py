# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections of a fleet reach the same database, bucket or address: within a tenant, and in several."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.wildcards import Pattern, pattern_problem
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, mapping, text

# So many of the others are named beside each connection.
MOST_NAMED = 10

Entry = dict[str, t.Any]
_Member = tuple[str, Mapping[str, t.Any]]


class PatternError(ValueError):
    """What is allowed isn't said by patterns."""


def same_targets(results: Mapping[str, t.Any], allowed: t.Sequence[str]) -> dict[str, list[Entry]]:
    """By host, the connections that reach what others reach too. Hosts without any are left out.

    C(results): what qlik_data_connections returned for each host, with C(targets). C(allowed): patterns of targets that
    several may reach. Raises PatternError.
    """
    patterns = [_pattern(given) for given in allowed]
    found: dict[str, list[Entry]] = {}
    for target, group in _groups(results).items():
        # Two hosts of an inventory may be one tenant, and show the same connection.
        connections = {text(connection.get("id")) for _host, connection in group}
        if len(connections) < 2 or any(pattern.matches(target) for pattern in patterns):
            continue
        for member in group:
            found.setdefault(member[0], []).append(_entry(target, member, group))
    return found


def _pattern(given: t.Any) -> Pattern:
    problem = pattern_problem(given)
    if problem:
        raise PatternError(f"{one_line(problem)}.")
    return Pattern(given, alike=False)


def _groups(results: Mapping[str, t.Any]) -> dict[str, list[_Member]]:
    groups: dict[str, list[_Member]] = {}
    for host, result in results.items():
        for entry in entries(mapping(result).get("targets")):
            if entry.get("target"):
                groups.setdefault(text(entry["target"]), []).append((host, entry))
    return groups


def _entry(target: str, member: _Member, group: t.Sequence[_Member]) -> Entry:
    """A connection, and some of the others."""
    host, connection = member
    others: list[Entry] = []
    for other, one in group:
        if len(others) == MOST_NAMED:
            break
        if one is not connection:
            others.append({"host": other, "space": one.get("space"), "name": one.get("name")})
    place = {name: connection.get(name) for name in ("space", "name", "id", "data_source")}
    elsewhere = any(other != host for other, _one in group)
    return {**place, "target": target, "elsewhere": elsewhere, "others": others, "more": len(group) - 1 - len(others)}
