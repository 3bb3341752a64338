# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a policy over a fleet: how many tenants and connections each is about."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted, one_line
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import count, entries, mapping, text


def rules_of(results: t.Iterable[t.Any]) -> dict[str, dict[str, int]]:
    """By the names of the rules, sorted: the tenants for which each counts, and the connections that it is about."""
    found: dict[str, dict[str, int]] = {}
    for result in results:
        for rule in entries(mapping(mapping(result).get("policy")).get("rules")):
            numbers = found.setdefault(text(rule.get("name")), {"tenants": 0, "connections": 0})
            numbers["tenants"] += 1
            numbers["connections"] += count(rule.get("connections"))
    return {name: found[name] for name in sorted(found)}


def idle_rules(results: t.Iterable[t.Any]) -> list[str]:
    """A line for each rule that is about no connection of any tenant that was read: its where is misspelt, perhaps."""
    lines = []
    for name, numbers in rules_of(results).items():
        if not numbers["connections"]:
            tenants = counted(numbers["tenants"], "tenant")
            lines.append(f"Rule '{one_line(name)}' is about no connection in {tenants} that could be read.")
    return lines
