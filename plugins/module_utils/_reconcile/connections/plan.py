# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: what is to be done to the connections of one tenant, and what it tells of that. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import date

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line, placed
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import KnownSpaces


@dataclass
class Plan:
    """The actions, one for each definition and in their order, and what was read to find them.

    C(undeclared) are the connections that no definition is about, where all of the tenant were read. C(specs): what
    the sources say of which something is to be written, by their ids. C(today) is the day of the plan, in UTC.
    """

    actions: list[Action]
    spaces: KnownSpaces
    connections: list[Connection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    undeclared: list[Connection] = field(default_factory=list)
    specs: t.Mapping[str, SourceSpec] = field(default_factory=dict)
    today: date | None = None

    @property
    def problems(self) -> list[Action]:
        return [action for action in self.actions if action.problems]

    @property
    def tenant_id(self) -> str:
        """The tenant's id; empty when nothing that was read tells it."""
        return self.spaces.tenant_id or next((connection.tenant_id for connection in self.connections), "")


def describe(where: str, action: Action, problem: str) -> str:
    """A problem with its place: tenant, space, connection."""
    definition, space = action.target.definition, action.space
    place = definition.label
    if space is not None:
        place = f"{space.label}: {place}"
    elif definition.space:
        place = f"space '{definition.space}': {place}"
    return placed(where, place, problem)


def abandoned_warnings(
    others: t.Iterable[Connection], actions: t.Iterable[Action], known: KnownSpaces
) -> t.Iterator[str]:
    """What is to be said of replacements that were never finished, that nobody declares any more, and that stay.

    C(others) are the connections that no definition is about.
    """
    changing = {action.connection.id for action in actions if action.connection is not None}
    for connection in others:
        if connection.future_name and connection.id not in changing:
            yield _abandoned_warning(connection, known)


def _abandoned_warning(connection: Connection, known: KnownSpaces) -> str:
    space = known.find(connection.space_id) if connection.space_id else None
    place = f"{space.label}: " if space is not None else ""
    return (
        f"{place}'{one_line(connection.name)}' is a live connection that an interrupted replacement of"
        f" '{one_line(connection.future_name)}' left, and no definition is about it. Declare"
        f" '{one_line(connection.future_name)}' to have it finished, or absent to have it removed."
    )


def bot_warnings(definitions: t.Iterable[Definition], known: KnownSpaces) -> t.Iterator[str]:
    """What is to be said of definitions that mean the personal space of an OAuth client."""
    if known.caller is None or not known.caller.is_bot:
        return
    if any(not definition.space and not definition.id for definition in definitions):
        yield (
            "A definition names no space, and the caller is an OAuth client: its personal space is that of a bot,"
            " which no person can see. Name a space."
        )
