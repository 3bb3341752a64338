# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What interrupted replacements left: connections that wait under a name of their own to take another's place. Pure.

A replacement is built beside its predecessor, the predecessor is deleted, the name is handed over. A run that is cut
off leaves it beside its predecessor, or alone. What is declared by the time of the next run may be the same, or
anything else.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import (
    Connection,
    is_successor_name,
    successor_name,
)

Place = t.Tuple[str, str]


class Waiting:
    """The connections of a tenant that wait to take a place, by that place and by their predecessor; and the names that
    are taken.
    """

    def __init__(self, connections: t.Iterable[Connection]) -> None:
        self._by_place: defaultdict[Place, list[Connection]] = defaultdict(list)
        self._by_predecessor: defaultdict[str, list[Connection]] = defaultdict(list)
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        for connection in connections:
            if is_successor_name(connection.name):
                self._taken[connection.space_id].add(connection.name)
            if connection.future_name:
                self._by_place[(connection.space_id, connection.future_name)].append(connection)
                self._by_predecessor[connection.predecessor_id].append(connection)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._by_place or self._taken)

    def for_place(self, place: Place, data_source: str, claimed: t.Container[str] = ()) -> Connection | None:
        """The one that waits for a place; one of the declared source where there are several."""
        waiting = [connection for connection in self._by_place.get(place, ()) if connection.id not in claimed]
        fitting = [connection for connection in waiting if connection.data_source == data_source]
        return next(iter(fitting or waiting), None)

    def instead_of(self, connection_id: str) -> Connection | None:
        """The one that is to take the place of a connection that is gone."""
        return next(iter(self._by_predecessor.get(connection_id, ())), None)

    def around(self, connection: Connection, claimed: t.Container[str]) -> tuple[Connection, ...]:
        """All that wait for the place of a connection, or beside one that waits itself."""
        place = (connection.space_id, connection.future_name or connection.name)
        found = [*self._by_predecessor.get(connection.id, ()), *self._by_place.get(place, ())]
        unique = {one.id: one for one in found if one.id != connection.id and one.id not in claimed}
        return tuple(unique.values())

    def taken(self, space_key: str) -> frozenset[str]:
        """The names of a space that look like those of replacements, whoever made the connections."""
        return frozenset(self._taken.get(space_key, ()))


def free_successor_name(name: str, data_source: str, taken: t.Iterable[str]) -> str:
    """A name for a replacement to be built under, which nobody has; another case doesn't make it another name."""
    lowered = {one.casefold() for one in taken}
    number = 1
    while successor_name(name, data_source, number).casefold() in lowered:
        number += 1
    return successor_name(name, data_source, number)
