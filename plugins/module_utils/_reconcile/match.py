# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connection a definition is about. Pure: desired and actual in, pairs out."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.drift import Drift, drifted_properties, user_memory


@dataclass(frozen=True)
class Target:
    """A definition whose space, owner and existing separate credentials were found.

    C(space) is None when only the id says where the connection is.
    """

    definition: Definition
    space: Space | None
    previous_space: Space | None = None
    owner_id: str = ""
    owner_is_caller: bool = False
    credentials_id: str = ""


@dataclass(frozen=True)
class Match:
    """A target and the connection that it is about, if there is one.

    C(relocated): it was found by its previous name. C(successor): a replacement of it that an earlier run didn't finish.
    """

    target: Target
    connection: Connection | None
    relocated: bool = False
    successor: Connection | None = None
    problem: str = ""

    @cached_property
    def user_memory(self) -> str:
        """What is remembered of the declared user names: see drift.user_memory."""
        return user_memory(self.target.definition, self.connection) if self.connection is not None else ""

    @cached_property
    def drift(self) -> Drift:
        """What the connection doesn't hold, as far as that can be told without its source's defaults."""
        return self.drift_beside(None)

    def drift_beside(self, defaults: t.Mapping[str, t.Any] | None) -> Drift:
        """What the connection doesn't hold, when what isn't shown is at its source's default."""
        if self.connection is None:
            return {}
        return drifted_properties(self.target.definition, self.connection, self.user_memory, defaults)

    @property
    def needs_a_look(self) -> bool:
        """Whether the statement in the list disagrees with the definition, or can't be read, and so must be confirmed.

        A raw statement is compared with the statement itself: nothing else could be more exact.
        """
        connection, definition = self.connection, self.target.definition
        if connection is None or definition.state != "present" or definition.statement or not definition.properties:
            return False
        if connection.properties is None or self.drift:
            return True
        return any(name not in connection.properties for name in definition.users) and self.user_memory != "fresh"


def match_targets(targets: t.Sequence[Target], connections: t.Iterable[Connection]) -> list[Match]:
    """Find for each target the connection that it is about: by id, else by space and name, else by its previous place.

    Names are compared exactly. A connection that differs from a missing one by case or blanks only is a problem, not a
    reason to create a second one beside it.
    """
    by_id: dict[str, Connection] = {}
    by_place: dict[tuple[str, str], Connection] = {}
    for connection in connections:
        if not connection.is_datafiles:
            by_id[connection.id] = connection
            by_place[(connection.space_id, connection.name)] = connection
    by_likeness: dict[tuple[str, str], Connection] = {
        (space_id, _likeness(name)): connection for (space_id, name), connection in by_place.items()
    }

    successors = {(connection.space_id, connection.succeeds): connection for connection in by_id.values() if connection.succeeds}

    found = [_with_successor(_present_match(target, by_id, by_place), successors, by_id) for target in targets]
    claims = Counter(match.connection.id for match in found if match.connection)
    places = Counter(_place(match) for match in found)

    matches = []
    for match in found:
        if places[_place(match)] > 1:
            match = replace(match, problem="it is declared more than once.")
        elif match.connection and claims[match.connection.id] > 1:
            match = replace(match, problem="another definition is about the same connection.")
        elif match.connection is None and match.target.definition.state == "present":
            match = _absent_match(match.target, by_place, by_likeness, claims)
        matches.append(match)
    return matches


def _present_match(target: Target, by_id: t.Mapping[str, Connection], by_place: t.Mapping[tuple[str, str], Connection]) -> Match:
    definition = target.definition
    if definition.id:
        connection = by_id.get(definition.id)
        if connection is None and definition.state == "present":
            return Match(target, None, problem=f"there is no connection with the id {definition.id}.")
        return Match(target, connection)
    if target.space is None:
        return Match(target, None)
    return Match(target, by_place.get((target.space.key, definition.name)))


def _with_successor(match: Match, successors: t.Mapping[tuple[str, str], Connection], by_id: t.Mapping[str, Connection]) -> Match:
    """Find what an interrupted replacement left: beside its predecessor, or alone, ready to take over the name."""
    connection, target = match.connection, match.target
    if connection is not None:
        beside = successors.get((connection.space_id, connection.name))
        return replace(match, successor=beside) if beside is not None else match
    if target.space is None or target.definition.id:
        return match
    alone = successors.get((target.space.key, target.definition.name))
    if alone is None:
        return match
    elsewhere = by_id.get(alone.predecessor_id)
    if elsewhere is not None:  # it is replaced and renamed or moved at once
        return replace(match, connection=elsewhere, relocated=True, successor=alone)
    return replace(match, connection=alone, relocated=True)


def unclaimed(matches: t.Iterable[Match], connections: t.Iterable[Connection]) -> list[Connection]:
    """The connections that no target is about."""
    claimed = {one.id for match in matches for one in (match.connection, match.successor) if one is not None}
    return [connection for connection in connections if connection.id not in claimed]


def _absent_match(
    target: Target,
    by_place: t.Mapping[tuple[str, str], Connection],
    by_likeness: t.Mapping[tuple[str, str], Connection],
    claims: Counter[str],
) -> Match:
    """A target that isn't there yet: under its previous name or in its previous space, perhaps, or nearly so."""
    definition, space = target.definition, target.space
    if definition.id or space is None:
        return Match(target, None, problem=f"there is no connection with the id {definition.id}.")
    for place in _previous_places(target, space):
        old = by_place.get(place)
        if old is not None and not claims[old.id]:
            claims[old.id] += 1
            return Match(target, old, relocated=True)
    near = by_likeness.get((space.key, _likeness(definition.name)))
    if near is not None and not claims[near.id]:
        return Match(
            target,
            None,
            problem=(
                f"a connection named '{one_line(near.name)}' is there, which differs by case or blanks only. Nothing is created beside it:"
                f" correct the name, or set previous_name: '{one_line(near.name)}' to rename it."
            ),
        )
    return Match(target, None)


def _previous_places(target: Target, space: Space) -> list[tuple[str, str]]:
    """Where the connection may have been before: both changes may have been declared at once or one after the other."""
    definition, old_space = target.definition, target.previous_space
    names = [name for name in (definition.previous_name, definition.name) if name]
    spaces = [found.key for found in (old_space, space) if found is not None]
    return [(key, name) for key in spaces for name in names if (key, name) != (space.key, definition.name)]


def _place(match: Match) -> tuple[str, str]:
    definition, space = match.target.definition, match.target.space
    if definition.id:
        return ("id", definition.id)
    return (space.key if space else "", definition.name)


def _likeness(name: str) -> str:
    return name.strip().casefold()
