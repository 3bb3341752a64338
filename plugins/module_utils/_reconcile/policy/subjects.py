# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules are about: connections as they are, and as they will be once a plan is carried out. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import (
    Named,
    hosts_named,
    statement_pairs,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.foresee import foreseen
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan
from ansible_collections.qlikops.cloud.plugins.module_utils._record import computed, member_with, record

PERSONAL = ":personal"
Specs = t.Mapping[str, SourceSpec]


@record
class Subject:
    """One connection before a rule. C(space) is C(:personal) for a personal one, None where the name isn't known.

    C(pairs) are its properties, and what its statement says, twice where both do. C(owner_id) is empty where it isn't
    known. C(declared): a definition is about it; C(now): this is how it is, and not how it will be. C(is_legible):
    what it holds could be read at all.
    """

    tenant: str
    name: str
    space: str | None
    space_label: str
    id: str = ""
    data_source: str = ""
    pairs: tuple[tuple[str, t.Any], ...] = member_with(default=(), repr=False)
    tags: tuple[str, ...] = ()
    owner_id: str = ""
    separate_credentials: bool = False
    declared: bool = False
    now: bool = True
    is_legible: bool = True

    @computed
    def hosts(self) -> Named:
        return hosts_named(self.pairs)

    def values(self, asked: t.Callable[[str], bool]) -> list[str]:
        """What the properties hold whose names are asked for, each value once: a statement may say it twice."""
        found = [statement_text(value).strip() for name, value in self.pairs if asked(name)]
        return list(dict.fromkeys(text for text in found if text))


class Places:
    """The names of a tenant's spaces by their ids."""

    def __init__(self, tenant: str, plan: Plan) -> None:
        self.tenant = tenant
        self._names = {space.id: space.name for space in plan.spaces.spaces if space.id}

    def subject(self, connection: Connection, specs: Specs, **members: t.Any) -> Subject:
        """A connection as it is before rules."""
        space: str | None = PERSONAL
        label = ""
        if connection.space_id:
            space = self._names.get(connection.space_id)
            label = space if space is not None else connection.space_id
        found = Subject(
            tenant=self.tenant,
            name=connection.name,
            space=space,
            space_label=label,
            id=connection.id,
            data_source=connection.data_source,
            pairs=_pairs(connection, specs),
            tags=connection.user_tags,
            owner_id=connection.owner_id,
            separate_credentials=connection.separate_credentials,
            is_legible=connection.properties is not None,
        )
        return replace(found, **members)


def _pairs(connection: Connection, specs: Specs) -> tuple[tuple[str, t.Any], ...]:
    """The properties, what the statement says, and what the source takes for what neither does."""
    pairs = list(connection.meant.items())
    pairs += statement_pairs(connection.statement)
    named = {name.lower() for name, _value in pairs}
    spec = specs.get(connection.data_source)
    for name, known in (spec.properties if spec is not None else {}).items():
        if name.lower() not in named and known.default not in (None, ""):
            pairs.append((name, known.default))
    return tuple(pairs)


def declared_subjects(tenant: str, plan: Plan, caller_id: str, *, as_they_are: bool) -> t.Iterator[Subject]:
    """The connections that definitions are about, as they will be; C(as_they_are): and as they are now.

    One that goes need not obey any rule, and neither need one that was never there.
    """
    places = Places(tenant, plan)
    for action in plan.actions:
        if action.kind == "delete" or action.target.definition.state == "absent":
            if as_they_are:
                yield from _as_it_is(places, action)
            continue
        yield from _as_it_will_be(places, plan, action, caller_id)
        if as_they_are:
            yield from _as_it_is(places, action)


def _as_it_is(places: Places, action: Action) -> t.Iterator[Subject]:
    """What is there of a connection: itself, and what an interrupted replacement left of it."""
    for connection in (action.connection, action.predecessor, *action.discard):
        if connection is not None:
            yield places.subject(connection, {}, declared=True)


def _as_it_will_be(places: Places, plan: Plan, action: Action, caller_id: str) -> t.Iterator[Subject]:
    after = action.connection
    if action.writes and not (action.problems and not action.data_source):
        after = foreseen(PlacedAction.at(action, plan.tenant_id))
    if after is None:
        return
    subject = places.subject(after, plan.specs if action.builds else {})
    definition = action.target.definition
    # What is declared counts as it is sent: what Qlik doesn't show again may say where the connection leads, too.
    sent = (*definition.properties.items(), *definition.secrets.items())
    yield replace(
        subject,
        pairs=(*subject.pairs, *sent),
        name=action.name,
        owner_id=after.owner_id or (caller_id if action.builds else ""),
        declared=True,
        now=False,
        **_placed(action),
    )


def _placed(action: Action) -> dict[str, t.Any]:
    """Where an action's connection will be, as far as the action tells."""
    if action.space is not None and action.space.is_personal:
        return {"space": PERSONAL, "space_label": ""}
    if action.space_name:
        return {"space": action.space_name, "space_label": action.space_name}
    return {}


def existing_subjects(places: Places, plan: Plan) -> t.Iterator[Subject]:
    """All connections that are there, as they are; those of others only where all of the tenant were read."""
    for action in plan.actions:
        yield from _as_it_is(places, action)
    for connection in plan.undeclared:
        yield places.subject(connection, {}, declared=False)


def undeclared_subjects(tenant: str, plan: Plan) -> t.Iterator[Subject]:
    """The connections that no definition is about, those in personal spaces too: nothing is to be hidden there."""
    places = Places(tenant, plan)
    pruned = {action.connection.id for action in plan.actions if action.kind == "delete" and action.connection}
    for connection in plan.undeclared:
        if connection.id not in pruned:
            yield places.subject(connection, {}, declared=False)
