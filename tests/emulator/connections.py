"""Rules about connections that several endpoints share."""

from __future__ import annotations

from typing import Any

from .catalogue import CATALOGUE
from .errors import ApiError
from .exchange import Call
from .identifiers import is_uuid
from .privileges import GATEWAY_SCOPE, Identity, privileges_for
from .records import Connection, Credential
from .sources import SourceSpec
from .state import Tenant


def find_connection(tenant: Tenant, call: Call, privilege: str | None, *, with_space: bool = True) -> Connection:
    """Find the connection of a path, by id or (type=connectionname) by name; check a privilege.

    PATCH knows no spaceId: with_space=False ignores it, and a switch says where the name is looked for then. Raise
    ApiError 400 when the id is no UUID, 404, 403.
    """
    reference = call.parameters["id"]
    kind = call.query.get("type")
    if kind == "connectionname":
        if with_space:
            connection = _by_name(
                tenant, call, reference, call.query.get("spaceId"), tenant.behaviours.name_lookup_without_space
            )
        else:
            connection = _by_name(tenant, call, reference, None, tenant.behaviours.patch_name_scope)
    elif kind is not None:
        raise ApiError(400, "Invalid query parameter", "type must be connectionname")
    elif not is_uuid(reference):
        raise ApiError(400, "Invalid connection id", f"{reference} is not a UUID")
    else:
        connection = tenant.connections.get(reference.lower()) or _datafile(tenant, call, reference.lower())
    if connection is None:
        raise ApiError(404, "Connection not found", f"connection {reference} doesn't exist")
    if privilege is not None:
        require(tenant, call.identity, connection, privilege, 403)
    return connection


def _datafile(tenant: Tenant, call: Call, connection_id: str) -> Connection | None:
    return next((row for row in tenant.datafiles(call.identity.user.id) if row.id == connection_id), None)


def _by_name(tenant: Tenant, call: Call, name: str, space_id: str | None, scope: str) -> Connection | None:
    candidates = [row for row in tenant.connections.values() if same_name(tenant, row.name, name)]
    if space_id:
        candidates = [row for row in candidates if row.space == space_id]
    else:
        personal = [row for row in candidates if row.space is None and row.owner == call.identity.user.id]
        if personal or scope == "personal":
            candidates = personal
    privileges = privileges_for(call.identity, tenant.spaces, tenant.behaviours)
    visible = [row for row in candidates if privileges(row)]
    return next(iter(visible or candidates), None)


def require(tenant: Tenant, identity: Identity, connection: Connection, privilege: str, status: int) -> None:
    """Raise ApiError when the caller lacks a privilege;
    `status` is used when the connection is visible to the caller.
    """
    held = privileges_for(identity, tenant.spaces, tenant.behaviours)(connection)
    if privilege in held:
        return
    if not held:
        status = tenant.behaviours.no_access_status
    if status == 404:
        raise ApiError(404, "Connection not found", f"connection {connection.id} doesn't exist")
    raise ApiError(403, "Forbidden", f"You don't have the privilege to {privilege} connection {connection.id}")


def same_name(tenant: Tenant, first: str, second: str) -> bool:
    """Compare connection names."""
    return first == second or (not tenant.behaviours.names_case_sensitive and first.lower() == second.lower())


def check_name_free(
    tenant: Tenant, name: str, space_id: str | None, owner_id: str, *, apart_from: str | None = None
) -> None:
    """Raise ApiError 409 when the space (or the owner's personal space) has the name already."""
    for row in tenant.connections.values():
        if row.space != space_id or row.id == apart_from or not same_name(tenant, row.name, name):
            continue
        if space_id is not None or row.owner == owner_id:
            raise ApiError(409, "Connection exists already", f"connection {name} exists already in the target scope")


def same_credentials_name(tenant: Tenant, first: str, second: str) -> bool:
    """Compare names of credentials."""
    return first == second or (
        not tenant.behaviours.credential_names_case_sensitive and first.lower() == second.lower()
    )


def check_credentials_name_free(tenant: Tenant, name: str, owner_id: str, apart_from: Credential | None = None) -> None:
    """Raise ApiError 409 when other credentials have the name already, as far as names are unique."""
    unique = tenant.behaviours.credential_names_unique
    for row in tenant.credentials.values():
        counts = {"separate": row.separated, "owner": row.owner == owner_id, "no": False}[unique]
        if counts and row is not apart_from and same_credentials_name(tenant, row.name, name):
            raise ApiError(409, "Conflict", f"credentials named {name} exist already")


def check_gateway(tenant: Tenant, source_id: str, instance: Any) -> None:
    """Raise ApiError 400 when a connection names a gateway that the source doesn't have."""
    known = {gateway["id"] for gateway in tenant.gateways.get(source_id, tenant.gateways.get("DG_*", []))}
    if instance not in known:
        raise ApiError(400, "Invalid gateway", f"gatewayInstance {instance!r} is no gateway of {source_id}")


def check_source_usable(tenant: Tenant, identity: Identity, source_id: str) -> SourceSpec:
    """Give a data source that connections may be made of;
    raise ApiError when it is unknown, disabled or out of scope.
    """
    source = CATALOGUE.get(source_id)
    if source is None:
        raise ApiError(
            tenant.behaviours.unknown_source_status, "Data source not found", f"data source {source_id} doesn't exist"
        )
    if source_id in tenant.disabled_sources:
        raise ApiError(
            tenant.behaviours.disabled_source_status, "Data source is disabled", f"data source {source_id} is disabled"
        )
    if source.needs_gateway and not identity.has_scope(GATEWAY_SCOPE):
        raise ApiError(403, "Forbidden", f"scope {GATEWAY_SCOPE} is missing")
    return source


def check_tags(tags: Any, maximum: int) -> None:
    """Refuse what can't be a list of tags. The server's own DcaasAPI tag doesn't count."""
    if tags is None:
        return
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ApiError(400, "Invalid tags", "tags must be a list of strings")
    if sum(1 for tag in tags if not tag.startswith("DcaasAPI:")) > maximum:
        raise ApiError(400, "Invalid tags", f"a connection has {maximum} tags at most")
    if any(len(tag.encode()) > 256 for tag in tags):
        raise ApiError(400, "Invalid tags", "a tag has 256 bytes at most")


def space_for_new(
    tenant: Tenant, identity: Identity, space_id: str | None, *, present: str | None = None
) -> str | None:
    """Give the id of the space that something is put into ("" or None: personal); refuse unknown and forbidden ones."""
    if not space_id or space_id == present:
        return space_id or None
    space = tenant.spaces.get(space_id)
    if space is None or not identity.sees_space(space):
        raise ApiError(tenant.behaviours.unknown_space_status, "Space not found", f"space {space_id} doesn't exist")
    if not identity.may_create_in(space, tenant.behaviours):
        raise ApiError(403, "Forbidden", f"You may not put connections into space {space_id}")
    return space_id
