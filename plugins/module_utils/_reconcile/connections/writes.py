# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What carrying out a plan sends to a tenant, request by request. Pure.

The bodies are made by the functions that the requests themselves are made with, so that nothing can be sent that isn't
here.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import (
    create_body,
    disclaiming_operations,
    filling_operations,
    patches,
    replacement_body,
    succession_operations,
    successor_body,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction


@dataclass(frozen=True)
class Write:
    """One request. C(target) is the id of what is changed; empty for what is created. C(body) may hold secrets."""

    what: str
    target: str = ""
    body: t.Any = field(default=None, repr=False)
    auth_code: str = field(default="", repr=False)


def connection_writes(action: Action, tenant_id: str) -> t.Iterator[Write]:
    """The requests of one connection's action, in their order."""
    connection, definition = action.connection, action.target.definition
    space = action.space or Space(id=connection.space_id if connection else "", name="")
    leftovers = [write for one in action.discard for write in _giving_up(one)]
    owner = [Write("change owner", body=action.delta.owner_id)] if action.delta.owner_id else []
    for one in action.disclaims:
        yield Write("change", one.id, disclaiming_operations(one))
    if action.kind == "create":
        body = create_body(action, space, tenant_id)
        yield Write("create", body=body, auth_code=definition.auth_code)
        yield from _filling(action, space, tenant_id, body)
        yield from owner
        return
    if not action.discards_last:
        yield from leftovers
    if connection is None:
        return
    if action.kind == "delete":
        yield from _giving_up(connection)
        return
    if action.builds:
        body = replacement_body(action, space, tenant_id) if action.afresh else successor_body(action, space, tenant_id)
        yield Write("create", body=body, auth_code=definition.auth_code)
        yield from _filling(action, space, tenant_id, body)
        yield from _giving_up(connection)
        if not action.afresh:
            yield Write("change", body=succession_operations(action.name, body["tags"]))
        yield from owner
        return
    if action.predecessor is not None:
        yield Write("delete", action.predecessor.id)
    yield from owner
    for operations in patches(action, space, tenant_id):
        yield Write("change", connection.id, operations, definition.auth_code)
    if action.delta.space is not None and space.is_personal:
        yield Write("move to the personal space", connection.id)
    if action.discards_last:
        yield from leftovers


def _giving_up(connection: Connection) -> list[Write]:
    """Deleting a connection; what an interrupted replacement left perhaps with credentials that were made with it."""
    writes = [Write("delete", connection.id)]
    if connection.future_name and connection.separate_credentials and connection.credentials_id:
        writes.insert(0, Write("delete credentials", connection.credentials_id))
    return writes


def _filling(action: Action, space: Space, tenant_id: str, body: t.Mapping[str, t.Any]) -> t.Iterator[Write]:
    """Sending secrets to the existing credentials of what was created."""
    operations = filling_operations(action, space, tenant_id, body["tags"])
    if operations:
        yield Write("change", body=operations)


def space_writes(action: SpaceAction) -> t.Iterator[Write]:
    """The requests of one space's action, in their order."""
    definition = action.definition
    if action.kind == "create":
        body = {"name": definition.name, "type": definition.type_if_new, "description": definition.description or ""}
        yield Write("create space", body=body)
    if action.patch:
        yield Write("change space", action.space.id if action.space else "", dict(action.patch))
    if action.kind == "delete" and action.space is not None:
        yield Write("delete space", action.space.id)
