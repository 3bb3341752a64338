"""data-connections/actions: many at once, answered item by item with 207 (qlik.dev, REST, data-connections)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .catalogue import CATALOGUE
from .connections import check_name_free, require, space_for_new
from .errors import ApiError, Dialect
from .exchange import Answer, Call, text_member
from .identifiers import is_uuid
from .privileges import Identity, privileges_for
from .properties import Split
from .records import Connection
from .rendering import create_answer
from .state import Tenant

SPACE_TYPES = ("personal", "shared", "managed", "data")


def _each(tenant: Tenant, call: Call, act: Callable[[Connection, dict[str, Any]], None]) -> Answer:
    if not call.identity.is_some_admin():
        raise ApiError(403, "Forbidden", "Only an administrator may use this action")
    body = call.json_object()
    items = body.get("connections")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ApiError(400, "Invalid request body", "connections must be a non-empty array of objects")
    results = []
    for item in items:
        connection_id = item.get("id")
        if not isinstance(connection_id, str) or not is_uuid(connection_id):
            raise ApiError(400, "Invalid request body", "every connection needs an id that is a UUID")
        try:
            connection = tenant.connections.get(connection_id)
            if connection is None or not privileges_for(call.identity, tenant.spaces, tenant.behaviours)(connection):
                raise ApiError(404, "Connection not found", f"connection {connection_id} doesn't exist")
            act(connection, item)
            results.append({"id": connection_id, "status": 204})
        except ApiError as error:
            results.append({"id": connection_id, "status": error.status, "error": error.item(Dialect.CONNECTIONS)})
    return Answer(207, {"data": results})


def delete_many(tenant: Tenant, call: Call) -> Answer:
    """Answer POST data-connections/actions/delete."""

    def delete(connection: Connection, _item: dict[str, Any]) -> None:
        require(tenant, call.identity, connection, "delete", 403)
        tenant.remove_connection(connection.id)

    return _each(tenant, call, delete)


def update_many(tenant: Tenant, call: Call) -> Answer:
    """Answer POST data-connections/actions/update: owner and space."""
    return _each(tenant, call, lambda connection, item: _update(tenant, call.identity, connection, item))


def _update(tenant: Tenant, identity: Identity, connection: Connection, item: dict[str, Any]) -> None:
    owner_id = text_member(item, "ownerId") or connection.owner
    if owner_id not in tenant.users:
        raise ApiError(404, "User not found", f"user {owner_id} doesn't exist")
    if owner_id != connection.owner:
        require(tenant, identity, connection, "change_owner", 403)
    space_id = connection.space
    wanted = text_member(item, "spaceId")
    if wanted is not None:
        space_id = _target_space(tenant, identity, connection, wanted, item.get("spaceType"))
    if (space_id, owner_id) != (connection.space, connection.owner):
        check_name_free(tenant, connection.name, space_id, owner_id, apart_from=connection.id)
    if owner_id != connection.owner and tenant.behaviours.owner_change_credentials == "drop":
        credential = tenant.credential_of(connection)
        connection.credentials_id = None
        if credential and not credential.separated and not tenant.users_of_credential(credential.id):
            del tenant.credentials[credential.id]
    connection.space, connection.owner = space_id, owner_id
    connection.updated = tenant.now()


def _target_space(tenant: Tenant, identity: Identity, connection: Connection, wanted: str, kind: Any) -> str | None:
    if kind not in SPACE_TYPES:
        raise ApiError(
            400, "Invalid request body", f"spaceType is required with spaceId: one of {', '.join(SPACE_TYPES)}"
        )
    if wanted != (connection.space or ""):
        require(tenant, identity, connection, "change_space", 403)
    space_id = space_for_new(tenant, identity, wanted, present=connection.space)
    actual = tenant.spaces[space_id].type if space_id else "personal"
    if kind != actual:
        raise ApiError(400, "Invalid request body", f"the space is {actual}, not {kind}")
    return space_id


def duplicate(tenant: Tenant, call: Call) -> Answer:
    """Answer POST data-connections/actions/duplicate."""
    body = call.json_object()
    connection_id = text_member(body, "id", required=True) or ""
    if not is_uuid(connection_id):
        raise ApiError(400, "Invalid request body", "id must be a UUID")
    if any(row.id == connection_id for row in tenant.datafiles(call.identity.user.id)):
        raise ApiError(400, "Invalid request body", "reserved connections can't be duplicated")
    original = tenant.connections.get(connection_id)
    if original is None:
        raise ApiError(404, "Connection not found", f"connection {connection_id} doesn't exist")
    require(tenant, call.identity, original, "read", 403)
    if not call.identity.writes_connections():
        raise ApiError(403, "Forbidden", "The token's scopes don't allow it to create connections")
    wanted = text_member(body, "spaceId")
    space_id = space_for_new(tenant, call.identity, original.space if wanted is None else wanted)
    caller = call.identity.user.id
    name = text_member(body, "name") or _invented_name(tenant, original.name, space_id, caller)
    check_name_free(tenant, name, space_id, caller)
    parts = Split(dict(original.properties), {}, dict(original.files), separate=original.separate_credentials)
    credential = tenant.credential_of(original)
    password = text_member(body, "qPassword")
    parts.username = text_member(body, "qUsername")
    if password:
        parts.secrets = {"qPassword": password}
    elif credential and credential.separated:
        parts.selected_credentials = credential.id
    elif credential and original.owner == caller and tenant.behaviours.duplicate_credentials == "copy":
        parts.secrets, parts.username = dict(credential.secrets), parts.username or credential.username
    source = CATALOGUE.get(original.data_source)
    connection = tenant.insert(
        name, source, original.data_source, original.type, parts, caller, space_id, list(original.tags), tenant.now(),
        statement=original.statement,
    )  # fmt: skip
    connection.log_on, connection.architecture = original.log_on, original.architecture
    return Answer(201, create_answer(tenant, connection, call))


def _invented_name(tenant: Tenant, name: str, space_id: str | None, owner_id: str) -> str:
    number = 1
    while True:
        candidate = f"{name} ({number})"
        try:
            check_name_free(tenant, candidate, space_id, owner_id)
        except ApiError:
            number += 1
            continue
        return candidate
