# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saying once what is the same for many tenants, and what was changed and why."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, listing, text

# So many tenants are named; more are counted, and named only when somebody asks for more words.
NAMED = 5
_REASONS = 10
_PLACES = 10
_LONGEST = 300

# What is changed, and how: several places may be changed in the same way.
Change = tuple[str, str]


def who(hosts: t.Sequence[str]) -> str:
    """The tenants that a line is about: a few by name, more by number."""
    if len(hosts) > NAMED:
        return f"{len(hosts)} tenants"
    return ", ".join(hosts)


def names_behind(hosts: t.Sequence[str], *, verbose: bool) -> list[str]:
    """The line that names the tenants which C(who) only counts, if it is wanted."""
    if not verbose or len(hosts) <= NAMED:
        return []
    return [f"  {', '.join(hosts)}"]


def changes_of(result: Mapping[str, t.Any]) -> list[Change]:
    """Each space and connection at which a tenant's run did, or would do, something; and what, and why."""
    changing = [(place, entry) for place, entry in _places_of(result) if entry.get("changes")]
    return [
        (place, "; ".join(map(text, listing(entry["changes"])))) for place, entry in changing if not entry.get("error")
    ]


def _places_of(result: Mapping[str, t.Any]) -> t.Iterator[tuple[str, Mapping[str, t.Any]]]:
    for entry in entries(result.get("spaces")):
        yield f"space {text(entry.get('name'))}", entry
    for entry in entries(result.get("results")):
        yield f"{text(entry.get('space'))}:{text(entry.get('name'))}", entry


class Folded:
    """Tenants of which the same is to be said: the same counts, and the same places that change."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.results: list[Mapping[str, t.Any]] = []
        self._changes: list[list[Change]] = []

    def add(self, host: str, result: Mapping[str, t.Any]) -> None:
        """One more of them."""
        self.hosts.append(host)
        self.results.append(result)
        self._changes.append(changes_of(result))

    def reasons(self, *, verbose: bool) -> list[str]:
        """What changes and why, a line for all places of which the same is said."""
        by_reason: dict[str, list[str]] = {}
        for number, (place, _why) in enumerate(self._changes[0]):
            by_reason.setdefault(self._reason(number), []).append(place)
        lines = []
        for why, places in by_reason.items():
            lines.append(_cut(f"  {_places(places, verbose=verbose)}: {why}", verbose=verbose))
        if verbose or len(lines) <= _REASONS:
            return lines
        return [*lines[:_REASONS], f"  and {len(lines) - _REASONS} more: -v shows all"]

    def _reason(self, number: int) -> str:
        """Why the change of this number is made, in all of the tenants."""
        why = self._changes[0][number][1]
        if all(changes[number][1] == why for changes in self._changes):
            return why
        return f"{why} (in {self.hosts[0]}; another value in others)"


def folded(found: t.Iterable[tuple[str, str, Mapping[str, t.Any]]]) -> dict[str, list[Folded]]:
    """Tenants (what is said of them, host, result) put together; by what is said, in the order in which that comes
    first.
    """
    groups: dict[tuple[str, ...], Folded] = {}
    for tenant_text, host, result in found:
        places = [place for place, _why in changes_of(result)]
        groups.setdefault((tenant_text, *places), Folded()).add(host, result)
    by_text: dict[str, list[Folded]] = {}
    for (tenant_text, *_places_of), group in groups.items():
        by_text.setdefault(tenant_text, []).append(group)
    return by_text


def _places(places: t.Sequence[str], *, verbose: bool) -> str:
    if verbose or len(places) <= _PLACES:
        return ", ".join(places)
    return f"{', '.join(places[:_PLACES])} and {len(places) - _PLACES} more"


def _cut(line: str, *, verbose: bool) -> str:
    if verbose or len(line) <= _LONGEST:
        return line
    return f"{line[:_LONGEST]}…"
