# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connection a definition is about. Pure: desired and actual in, pairs out."""

from __future__ import annotations

import itertools
import typing as t
from collections import Counter
from dataclasses import replace
from datetime import date

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import differing
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference, likeness, same_form
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    Drift,
    drifted_properties,
    rival_addresses,
    user_memory,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.succession import Place, Waiting
from ansible_collections.qlikops.cloud.plugins.module_utils._record import computed, record


class Target(t.NamedTuple):
    """A definition whose space, owner and existing separate credentials were found.

    C(space) is None when only the id says where the connection is. C(credentials_id) is that of credentials which are
    there, or stands for some that another definition of this run creates (see separate.py). C(credentials_hold): they
    hold the declared secrets, as far as can be known. C(credentials_doubt) names what may have sent others to them
    since; C(credentials_dispute) says which definition declares others for them. C(credentials_made): another
    definition of this run makes them of the same secrets. C(credentials_expire): until when they are good, by what is
    noted of another connection that has them. C(today) is the day of the plan, in UTC. C(is_refused): the declared
    secrets were sent, don't connect, and were put back; C(holds_previous): the definition is the one with those that
    were. C(forgets_refusal): other ones were. C(hides_refusal): some were, and nothing
    tells which. C(is_unfinished): a rotation was cut off, which the tags C(pending) tell.
    """

    definition: Definition
    space: Space | None
    previous_space: Space | None = None
    owner_id: str = ""
    owner_is_caller: bool = False
    credentials_id: str = ""
    credentials_hold: bool = False
    credentials_doubt: str = ""
    credentials_dispute: str = ""
    credentials_made: bool = False
    credentials_expire: str = ""
    today: date | None = None
    is_refused: bool = False
    holds_previous: bool = False
    forgets_refusal: bool = False
    hides_refusal: bool = False
    is_unfinished: bool = False
    pending: tuple[str, ...] = ()


@record
class Match:
    """A target and the connection that it is about, if there is one.

    C(relocated): it was found by its previous name, or waits to take its name over. C(leftovers): replacements of it
    that earlier runs didn't finish. C(predecessor): what must go before the connection, such a replacement, takes its
    place. C(taken): the names of the space under which no replacement can be built. C(credentials_shown): credentials
    that the connection has would be shown.
    """

    target: Target
    connection: Connection | None
    relocated: bool = False
    leftovers: tuple[Connection, ...] = ()
    predecessor: Connection | None = None
    taken: frozenset[str] = frozenset()
    credentials_shown: bool = True
    problem: str = ""

    @computed
    def user_memory(self) -> str:
        """What is remembered of the declared user names: see drift.user_memory."""
        return user_memory(self.target.definition, self.connection) if self.connection is not None else ""

    @computed
    def agrees_at_sight(self) -> bool:
        """Whether it is seen that the connection's statement can be read, and holds what is declared."""
        definition, connection = self.target.definition, self.connection
        return connection is not None and not definition.statement and connection.holds_at_sight(definition.properties)

    @computed
    def drift(self) -> Drift:
        """What the connection doesn't hold, as far as that can be told without its source's defaults."""
        return self.drift_beside(None)

    def drift_beside(self, defaults: t.Mapping[str, t.Any] | None) -> Drift:
        """What the connection doesn't hold, when what isn't shown is at its source's default."""
        if self.connection is None:
            return {}
        if self.agrees_at_sight and self.user_memory != "stale":
            return {}
        return drifted_properties(self.target.definition, self.connection, self.user_memory, defaults)

    def address_drift(self, defaults: t.Mapping[str, t.Any] | None = None) -> Drift:
        """Where the connection leads otherwise than declared: what isn't put right when only secrets are sent."""
        if self.connection is None or not self.target.definition.only_secrets:
            return {}
        declared = self.target.definition.declared_address
        drift = differing(declared, self.connection.properties or {}, defaults)
        return {**drift, **rival_addresses(declared, self.connection)}

    @property
    def needs_a_look(self) -> bool:
        """Whether the statement in the list disagrees with the definition, or can't be read, and so must be confirmed.

        A raw statement is compared with the statement itself: nothing else could be more exact.
        """
        connection, definition = self.connection, self.target.definition
        if connection is None or definition.state != "present":
            return False
        if self.address_drift():
            return True
        if not self.agrees_at_sight and connection.properties is None and definition.write_only:
            return True
        named = definition.credentials or definition.expected_credentials
        if named and connection.separate_credentials and not connection.credentials_id:
            return True  # the list may not tell which ones it has
        if definition.statement or not definition.properties:
            return False
        if self.drift or not (self.agrees_at_sight or connection.properties is not None):
            return True
        if self.user_memory == "fresh":
            return False
        return any(name not in (connection.properties or {}) for name in definition.user_names)


def match_targets(targets: t.Sequence[Target], connections: t.Iterable[Connection]) -> list[Match]:
    """Find for each target the connection that it is about: by id, else by space and name, else by its previous place.

    Names are compared exactly. A connection that differs from a missing one by case, blanks or the form of its Unicode
    characters only is a problem, not a reason to create a second one beside it. In which order definitions and
    connections are listed doesn't matter.
    """
    by_id, by_place = _indexes(connections)
    waiting = Waiting(by_id.values())
    found = [_present_match(target, by_id, by_place, waiting) for target in targets]
    claims = _claims(found)
    places = list(map(_place, found))
    declared = Counter(places)
    if any(match.connection is None for match in found):
        found = [
            _moved_match(match, by_place, waiting, claims) if declared[place] == 1 else match
            for match, place in zip(found, places)
        ]
        claims = _claims(found)
    by_likeness: dict[Place, Connection] = {}
    forms: dict[Place, list[str]] = {}
    if any(match.connection is None for match in found):
        by_likeness = {(space_id, likeness(name)): connection for (space_id, name), connection in by_place.items()}
        forms = _forms(found)

    matches = []
    for match, place in zip(found, places):
        if declared[place] > 1:
            match = replace(match, problem="it is declared more than once.")
        elif match.connection is not None and claims[match.connection.id] > 1:
            match = replace(match, problem="another definition is about the same connection.")
        elif match.connection is None and match.target.definition.state == "present":
            match = _twin_declared(_absent_match(match.target, by_likeness, claims), forms)
        matches.append(match)
    return _with_leftovers(matches, waiting, by_id)


def _indexes(connections: t.Iterable[Connection]) -> tuple[dict[str, Connection], dict[Place, Connection]]:
    """The connections that can be declared, by their ids and by their places."""
    by_id: dict[str, Connection] = {}
    by_place: dict[Place, Connection] = {}
    for connection in sorted(connections, key=lambda one: one.id):
        if not connection.is_datafiles:
            by_id[connection.id] = connection
            by_place[(connection.space_id, connection.name)] = connection
    return by_id, by_place


def _claims(matches: t.Iterable[Match]) -> Counter[str]:
    """How many targets are about each connection, by its id."""
    return Counter(match.connection.id for match in matches if match.connection is not None)


def _with_leftovers(matches: t.Sequence[Match], waiting: Waiting, by_id: t.Mapping[str, Connection]) -> list[Match]:
    """Add what interrupted replacements left of the connections that were found; each belongs to one of them."""
    if not waiting:
        return list(matches)
    claimed = {match.connection.id for match in matches if match.connection is not None}
    found = []
    for match in matches:
        replaced = _being_replaced(match, by_id, claimed)
        if match.connection is not None and replaced is not None:  # it is replaced and renamed or moved at once
            claimed.add(replaced.id)
            claimed.discard(match.connection.id)
            match = replace(match, connection=replaced, relocated=True)
        leftovers: tuple[Connection, ...] = ()
        if match.connection is not None:
            leftovers = waiting.around(match.connection, claimed)
        claimed.update(one.id for one in leftovers)
        taken = waiting.taken(_space_key(match))
        if leftovers or taken:
            match = replace(match, leftovers=leftovers, taken=taken)
        found.append(match)
    return found


def _being_replaced(match: Match, by_id: t.Mapping[str, Connection], claimed: t.Container[str]) -> Connection | None:
    """The predecessor of a connection that waits to take its place, where no other target is about it."""
    connection = match.connection
    if connection is None or not connection.future_name or match.target.definition.state != "present":
        return None
    predecessor = by_id.get(connection.predecessor_id)
    if predecessor is None or predecessor.id in claimed:
        return None
    return predecessor


def _space_key(match: Match) -> str:
    if match.target.space is not None:
        return match.target.space.key
    return match.connection.space_id if match.connection is not None else ""


def resume(match: Match, data_source: str) -> Match:
    """The same match, about the replacement of the declared source that an earlier run began, if there is one."""
    connection = match.connection
    if connection is None or match.problem or match.target.definition.state != "present":
        return match
    if not data_source or connection.future_name or connection.data_source in ("", data_source):
        return match
    begun = next((one for one in match.leftovers if one.data_source == data_source), None)
    if begun is None:
        return match
    others = tuple(one for one in match.leftovers if one is not begun)
    return replace(match, connection=begun, relocated=True, leftovers=others, predecessor=connection)


def _forms(matches: t.Iterable[Match]) -> dict[Place, list[str]]:
    """The declared names by space and by what people see of them."""
    forms: dict[Place, list[str]] = {}
    for match in matches:
        space_key, name = _place(match)
        if match.target.definition.state == "present" and not match.target.definition.id:
            forms.setdefault((space_key, same_form(name)), []).append(name)
    return forms


def _twin_declared(match: Match, forms: t.Mapping[Place, t.Sequence[str]]) -> Match:
    """Names that differ by case are told apart by whoever declares both; names that look the same aren't."""
    space_key, name = _place(match)
    others = [other for other in forms.get((space_key, same_form(name)), ()) if other != name]
    if match.connection is not None or match.problem or not others:
        return match
    how = difference(name, others[0])
    return replace(match, problem=f"'{one_line(others[0])}' is declared too, {how}: give one of them another name.")


def _present_match(
    target: Target,
    by_id: t.Mapping[str, Connection],
    by_place: t.Mapping[Place, Connection],
    waiting: Waiting,
) -> Match:
    definition = target.definition
    if definition.id:
        connection = by_id.get(definition.id) or waiting.instead_of(definition.id)
        if connection is None and definition.state == "present":
            return Match(target, None, problem=f"there is no connection with the id {definition.id}.")
        return Match(target, connection)
    if target.space is None:
        return Match(target, None)
    connection = by_place.get((target.space.key, definition.name))
    if connection is not None:
        return Match(target, connection)
    alone = waiting.for_place((target.space.key, definition.name), definition.data_source)
    return Match(target, alone, relocated=alone is not None)


def unclaimed(matches: t.Iterable[Match], connections: t.Iterable[Connection]) -> list[Connection]:
    """The connections that no target is about."""
    claimed: list[Connection | None] = []
    for match in matches:
        claimed += [match.connection, match.predecessor, *match.leftovers]
    ids = {one.id for one in claimed if one is not None}
    return [connection for connection in connections if connection.id not in ids]


def _moved_match(match: Match, by_place: t.Mapping[Place, Connection], waiting: Waiting, claims: Counter[str]) -> Match:
    """The same match, about the connection in one of its previous places, where no definition is about that already."""
    target, space = match.target, match.target.space
    if match.connection is not None or target.definition.state != "present" or target.definition.id or space is None:
        return match
    for place in previous_places(target, space):
        old = by_place.get(place) or waiting.for_place(place, target.definition.data_source, claims)
        if old is not None and not claims[old.id]:
            return Match(target, old, relocated=True)
    return match


def _absent_match(target: Target, by_likeness: t.Mapping[Place, Connection], claims: Counter[str]) -> Match:
    """A target that isn't there yet, or nearly so."""
    definition, space = target.definition, target.space
    if definition.id or space is None:
        return Match(target, None, problem=f"there is no connection with the id {definition.id}.")
    near = by_likeness.get((space.key, likeness(definition.name)))
    if near is not None and not claims[near.id]:
        return Match(
            target,
            None,
            problem=(
                f"a connection named '{one_line(near.name)}' is there, {difference(definition.name, near.name)}."
                " Nothing is created beside"
                f" it: correct the name, or set previous_name: '{one_line(near.name)}' to rename it."
            ),
        )
    return Match(target, None, problem=_near_previous(target, space, by_likeness, claims))


def _near_previous(
    target: Target, space: Space, by_likeness: t.Mapping[Place, Connection], claims: Counter[str]
) -> str:
    """What is wrong with a previous name that is nearly that of a connection; empty for one that is no more."""
    for key, name in previous_places(target, space):
        near = by_likeness.get((key, likeness(name)))
        if near is not None and not claims[near.id]:
            option = "previous_name" if name == target.definition.previous_name else "name"
            return (
                f"its {option} is '{one_line(name)}', and in that place there is '{one_line(near.name)}',"
                f" {difference(name, near.name)}."
                f" Nothing is created beside it: correct {option}, or leave out where it was before."
            )
    return ""


def previous_places(target: Target, space: Space) -> list[Place]:
    """Where the connection may have been before: both changes may have been declared at once or one after the other."""
    definition, old_space = target.definition, target.previous_space
    if not definition.previous_name and old_space is None:
        return []
    names = [name for name in (definition.previous_name, definition.name) if name]
    spaces = [found.key for found in (old_space, space) if found is not None]
    return [place for place in itertools.product(spaces, names) if place != (space.key, definition.name)]


def _place(match: Match) -> tuple[str, str]:
    definition, space = match.target.definition, match.target.space
    if definition.id:
        return ("id", definition.id)
    # No id of a space holds a colon. A space that doesn't exist isn't the personal one, which has no name either.
    return (space.key if space else f"missing:{definition.space or ''}", definition.name)
