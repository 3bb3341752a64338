# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What carrying out a plan sends to a tenant, request by request. Pure.

The bodies are made by the functions that the requests themselves are made with, so that nothing can be sent that isn't
here.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import (
    create_body,
    disclaiming_operations,
    filled_tags,
    filling_operations,
    patches,
    replacement_body,
    succession_operations,
    successor_body,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import MemberChange
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction
from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record


@record
class Write:
    """One request. C(target) is the id of what is changed; empty for what is created. C(body) may hold secrets.
    C(gone) is the connection that is deleted.
    """

    what: str
    target: str = ""
    body: t.Any = member_with(default=None, repr=False)
    auth_code: str = member_with(default="", repr=False)
    gone: Connection | None = member_with(default=None, repr=False)


def connection_writes(action: Action, tenant_id: str) -> t.Iterator[Write]:
    """The requests of one connection's action, in their order."""
    placed, connection = PlacedAction.at(action, tenant_id), action.connection
    for one in action.disclaims:
        yield Write("change", one.id, disclaiming_operations(one))
    if action.kind == "create":
        yield from _creating(placed, create_body(placed))
        yield from _owner_change(action)
    elif connection is None:
        yield from _discarding(action)
    elif action.kind == "delete":
        yield from _discarding(action)
        yield from _giving_up(connection)
    elif action.builds:
        yield from _discarding(action)
        yield from _replacing(placed, connection)
        yield from _owner_change(action)
    else:
        yield from _updating(placed, connection)


def _replacing(placed: PlacedAction, connection: Connection) -> t.Iterator[Write]:
    """Making a connection, and deleting the one whose place it takes."""
    action = placed.action
    if action.afresh:
        body = replacement_body(placed, connection)
    else:
        body = successor_body(placed, connection)
    yield from _creating(placed, body)
    yield from _giving_up(connection)
    if not action.afresh:
        yield Write("change", body=succession_operations(action.name, filled_tags(placed, body["tags"])))


def _updating(placed: PlacedAction, connection: Connection) -> t.Iterator[Write]:
    """Changing a connection that is there, and deleting what stands in its place."""
    action = placed.action
    if not action.discards_last:
        yield from _discarding(action)
    if action.predecessor is not None:
        yield Write("delete", action.predecessor.id, gone=action.predecessor)
    yield from _owner_change(action)
    for operations in patches(placed):
        yield Write("change", connection.id, operations, action.target.definition.auth_code)
    if action.delta.space is not None and placed.space.is_personal:
        yield Write("move to the personal space", connection.id)
    if action.discards_last:
        yield from _discarding(action)


def _creating(placed: PlacedAction, body: dict[str, t.Any]) -> t.Iterator[Write]:
    """Creating a connection, and sending secrets to the existing credentials that it attaches."""
    yield Write("create", body=body, auth_code=placed.action.target.definition.auth_code)
    operations = filling_operations(placed, body["tags"])
    if operations:
        yield Write("change", body=operations)


def _owner_change(action: Action) -> t.Iterator[Write]:
    if action.delta.owner_id:
        yield Write("change owner", body=action.delta.owner_id)


def _discarding(action: Action) -> t.Iterator[Write]:
    """Deleting what interrupted replacements left."""
    for one in action.discard:
        yield from _giving_up(one)


def _giving_up(connection: Connection) -> list[Write]:
    """Deleting a connection; what an interrupted replacement left perhaps with credentials that were made with it."""
    writes = [Write("delete", connection.id, gone=connection)]
    if connection.future_name and connection.separate_credentials and connection.credentials_id:
        writes.insert(0, Write("delete credentials", connection.credentials_id))
    return writes


def space_writes(action: SpaceAction) -> t.Iterator[Write]:
    """The requests of one space's action, in their order."""
    definition = action.definition
    if action.kind == "create":
        body = {"name": definition.name, "type": definition.type_if_new, "description": definition.description or ""}
        yield Write("create space", body=body)
    if action.patch:
        yield Write("change space", action.space.id if action.space else "", dict(action.patch))
    if action.members is not None:
        yield from map(_member_write, action.members.changes)
    if action.kind == "delete" and action.space is not None:
        yield Write("delete space", action.space.id)


def _member_write(change: MemberChange) -> Write:
    member = change.member
    if change.kind == "add":
        body = {"type": member.kind, "assigneeId": member.assignee_id, "roles": list(member.roles)}
        return Write("add member", body=body)
    if change.kind == "remove":
        return Write("remove member", member.id)
    return Write("change member", member.id, {"roles": list(member.roles)})
