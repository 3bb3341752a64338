# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection will be once its action is done. Pure.

Check mode returns it, so that later tasks can go on with it.

What only Qlik can say stays empty: the ids of what is made, the statement that it composes of the properties of a new
connection, and the statement when a value can't be written into one.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    encode_list,
    format_connect_statement,
    parse_connect_statement,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import planned_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_MEMBER,
    ATTACHED_PROPERTY,
    NEW_CREDENTIALS_PROPERTY,
    SELECTOR_KEYS,
    SEPARATE_MEMBER,
    SEPARATE_PROPERTY,
    SEPARATION_PROPERTIES,
    is_user_name,
    without_encrypted_values,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Delta, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import (
    create_body,
    replacement_body,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import tags_after


def foreseen(placed: PlacedAction) -> Connection | None:
    """The connection as it will be; None when it is gone, or never was."""
    action, connection = placed.action, placed.action.connection
    if action.kind == "delete":
        return None
    if not action.writes:
        return connection
    if connection is None or action.builds:
        return _foreseen_new(placed)
    return _foreseen_change(placed, connection)


def _foreseen_new(placed: PlacedAction) -> Connection:
    """A connection that is made: as its body says."""
    action, definition = placed.action, placed.action.target.definition
    body = create_body(placed) if action.connection is None else replacement_body(placed, action.connection)
    written = body.get("connectionProperties") or _stated(definition.statement, body)
    attached = statement_text(written.get(ATTACHED_PROPERTY))
    properties = without_encrypted_values(definition.properties)
    if attached:  # the user name is that of these credentials
        properties = {name: value for name, value in properties.items() if not is_user_name(name)}
    return Connection(
        id="",
        name=action.name,
        data_source=body["datasourceID"],
        type=body.get("qType") or action.source_type,
        shown=properties,
        statement=definition.statement,
        space_id=placed.space.id,
        owner_id=action.delta.owner_id or action.maker_id,
        tenant_id=placed.tenant_id,
        credentials_id="" if planned_name(attached) else attached,
        separate_credentials=_is_true(written.get(SEPARATE_PROPERTY)),
        tags=tuple(tags_after(placed)),
    )


def _stated(statement: str, body: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """What a body that is made of a raw statement says of the connection."""
    written: dict[str, t.Any] = dict(_statement_properties(statement))
    if body.get(SEPARATE_MEMBER):
        written[SEPARATE_PROPERTY] = "true"
    if ATTACHED_MEMBER in body:
        written[ATTACHED_PROPERTY] = body[ATTACHED_MEMBER]
    return written


def _foreseen_change(placed: PlacedAction, connection: Connection) -> Connection:
    delta = placed.action.delta
    after = replace(
        connection,
        name=placed.action.name,
        space_id=placed.space.id,
        owner_id=delta.owner_id or connection.owner_id,
        tags=tuple(tags_after(placed)) if delta.tags else connection.tags,
    )
    if delta.statement:
        after = _with_statement(after, delta)
    return _with_credentials(_with_properties(after, delta), delta)


def _with_statement(connection: Connection, delta: Delta) -> Connection:
    """The connection once it has another statement: its properties are those, and what it shows of its credentials."""
    stated = _statement_properties(delta.statement)
    separate = connection.separate_credentials
    if SEPARATE_PROPERTY in stated:
        separate = _is_true(stated[SEPARATE_PROPERTY])
    shown = {name: value for name, value in stated.items() if name not in SELECTOR_KEYS}
    for name, value in (connection.properties or {}).items():
        if is_user_name(name):
            shown.setdefault(name, delta.username or value)
        elif name in SEPARATION_PROPERTIES:
            shown.setdefault(name, value)
    return replace(connection, statement=delta.statement, shown=shown, separate_credentials=separate)


def _with_properties(connection: Connection, delta: Delta) -> Connection:
    """The connection once what differs was written into its properties, and into its statement."""
    changed = without_encrypted_values(delta.properties)
    if delta.separate is not None:
        changed[SEPARATE_PROPERTY] = statement_text(delta.separate)
    if not changed:
        return connection
    return replace(
        connection,
        shown={**(connection.properties or {}), **changed},
        statement=_statement_with(connection, changed),
        separate_credentials=connection.separate_credentials if delta.separate is None else delta.separate,
    )


def _statement_with(connection: Connection, changed: t.Mapping[str, t.Any]) -> str:
    """The statement with the changed properties; a user name stands in none that doesn't show it already."""
    try:
        held = parse_connect_statement(connection.statement)
        pairs = dict(held.properties)
        for name, value in changed.items():
            if name in pairs or not is_user_name(name):
                pairs[name] = _encoded(name, value, connection.data_source)
        return format_connect_statement(held.provider, pairs)
    except StatementError:
        return ""


def _encoded(name: str, value: t.Any, data_source: str) -> str:
    """A property as Qlik writes it into a statement."""
    if isinstance(value, (list, tuple)):
        return encode_list(value)
    text = statement_text(value).replace("%", "%%")
    if name == "url" and data_source == "rest":
        return text.replace("=", "%2")
    return text


def _with_credentials(connection: Connection, delta: Delta) -> Connection:
    """The connection once other credentials are attached, or those that it had are gone. What it showed of them isn't
    true any more.
    """
    attached = connection.credentials_id
    if delta.detaches or delta.drops or delta.new_credentials:
        attached = ""
    if delta.attach and not planned_name(delta.attach):
        attached = delta.attach
    if attached == connection.credentials_id and delta.separate is not False:
        return connection
    gone = {ATTACHED_PROPERTY, NEW_CREDENTIALS_PROPERTY}
    if attached != connection.credentials_id:  # a user name that isn't sent to them is that of the others
        gone |= {name for name in connection.properties or () if is_user_name(name)} - delta.properties.keys()
    shown = {name: value for name, value in (connection.properties or {}).items() if name not in gone}
    return replace(connection, shown=shown, credentials_id=attached)


def _statement_properties(statement: str) -> t.Mapping[str, str]:
    try:
        return parse_connect_statement(statement).properties
    except StatementError:
        return {}


def _is_true(value: t.Any) -> bool:
    return statement_text(value).lower() in ("true", "1")
