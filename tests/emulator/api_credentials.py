"""data-credentials: read, change, delete, find orphans (qlik.dev, REST, data-credentials)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .connections import check_credentials_name_free, same_credentials_name
from .contract import check_body
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, both_forms, members, text_member
from .identifiers import is_uuid
from .patching import read_operations
from .records import Credential
from .rendering import credential_item, orphan_item
from .state import Tenant
from .statements import as_text

CHANGEABLE = ("qName", "qUsername", "qPassword", "connectionProperties")
FIXED = ("qID", "qType", "connectionId", "datasourceID", "qSeparated", "created", "createdAt", "updated", "qConnCount")
PUT_MEMBERS = ("qID", "qName", "qType", "qUsername", "qPassword", "connectionId", "datasourceID")


def _find(tenant: Tenant, call: Call) -> Credential:
    reference = call.parameters["id"]
    administers = call.identity.is_tenant_admin()
    visible = [row for row in tenant.credentials.values() if administers or row.owner == call.identity.user.id]
    if call.flag("byCredentialName"):
        found = [row for row in visible if same_credentials_name(tenant, row.name, reference)]
        found.sort(key=lambda row: (not row.separated, row.name != reference))
    elif not is_uuid(reference):
        raise ApiError(400, "Invalid credential id", f"{reference} is not a UUID")
    else:
        found = [row for row in visible if row.id == reference]
    if not found:
        raise ApiError(404, "Credentials not found", f"credentials {reference} don't exist")
    return found[0]


def get_credential(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-credentials/{qID}, also by name; never a secret."""
    return Answer(200, credential_item(tenant, _find(tenant, call), call))


def patch_credential(tenant: Tenant, call: Call) -> Answer:
    """Answer PATCH data-credentials/{qID}: a bare array on name, user name and secrets."""
    row = _find(tenant, call)
    any_case = tenant.behaviours.member_names == "any_case"
    name, username, secrets = row.name, row.username, dict(row.secrets)
    operations = read_operations(call, CHANGEABLE, FIXED, any_case=any_case)
    members_named = {operation.path[0] for operation in operations}
    if (
        "qPassword" in members_named
        and "qUsername" not in members_named
        and tenant.behaviours.credential_password_alone == "reject"
    ):
        raise ApiError(400, "Invalid patch", "qPassword can't be changed without qUsername")
    for operation in operations:
        if operation.op == "add" and tenant.behaviours.credential_patch_add == "reject":
            raise ApiError(400, "Invalid patch", f"{operation.path[0]} is there already: op must be replace")
        if operation.op == "remove":
            raise ApiError(400, "Invalid patch", f"{operation.path[0]} can't be removed")
        if operation.path[0] == "connectionProperties":
            if len(operation.path) != 2:
                raise ApiError(400, "Invalid patch", "name one property of connectionProperties")
            if operation.path[1] == "username":
                username = as_text(operation.value)
            else:
                secrets[operation.path[1]] = operation.value
        elif not isinstance(operation.value, str):
            raise ApiError(400, "Invalid patch", f"{operation.path[0]} must be a string")
        elif operation.path[0] == "qName":
            name = operation.value
        elif operation.path[0] == "qUsername":
            username = operation.value
        else:
            secrets.pop("password", None)
            secrets["qPassword"] = operation.value
    check_credentials_name_free(tenant, name, row.owner, row)
    row.name, row.username, row.secrets, row.updated = name, username, secrets, tenant.now()
    return Answer(204)


def put_credential(tenant: Tenant, call: Call) -> Answer:
    """Answer PUT data-credentials/{qID}."""
    row = _find(tenant, call)
    body = members(call.json_object(), PUT_MEMBERS, any_case=tenant.behaviours.member_names == "any_case")
    for name in ("qName", "qType", "qUsername", "qPassword"):
        text_member(body, name, required=name in ("qName", "qType"))
        if name not in body:
            raise ApiError(400, "Invalid request body", f"{name} is required")
    if body["qType"] != row.type or body.get("qID", row.id) != row.id:
        raise ApiError(400, "Invalid request body", "qID and qType can't be changed")
    check_credentials_name_free(tenant, body["qName"], row.owner, row)
    row.name, row.username, row.updated = body["qName"], body["qUsername"] or "", tenant.now()
    row.secrets = {"qPassword": body["qPassword"]} if body["qPassword"] else {}
    return Answer(204)


def delete_credential(tenant: Tenant, call: Call) -> Answer:
    """Answer DELETE data-credentials/{qID}; connections that used them are left without."""
    row = _find(tenant, call)
    del tenant.credentials[row.id]
    for connection in tenant.connections.values():
        if connection.credentials_id == row.id:
            connection.credentials_id = None
    return Answer(204)


def filter_orphan(tenant: Tenant, call: Call) -> Answer:
    """Answer POST data-credentials/actions/filter-orphan: credentials that no connection uses."""
    body: dict[str, Any] = call.json_object() if call.body else {}
    check_body("OrphanFilter", body)
    used = {connection.credentials_id for connection in tenant.connections.values()}
    rows = [row for row in tenant.credentials.values() if row.id not in used]
    if not call.identity.is_tenant_admin():
        rows = [row for row in rows if row.owner == call.identity.user.id]
    tests: dict[str, Callable[[Credential], Any]] = {
        "qType": lambda r: r.type,
        "datasourceID": lambda r: r.data_source,
        "qSeparated": lambda r: int(r.separated),
    }
    for name, getter in tests.items():
        if body.get(name) is not None:
            rows = [row for row in rows if getter(row) == body[name]]
    return Answer(200, {"count": len(rows), "data": [orphan_item(tenant, row) for row in rows]})


_C = Dialect.CONNECTIONS
ROUTES = both_forms(
    [
        Route("GET", "/data-credentials/{id}", get_credential, _C, ("byCredentialName",)),
        Route("PATCH", "/data-credentials/{id}", patch_credential, _C, ("byCredentialName",)),
        Route("PUT", "/data-credentials/{id}", put_credential, _C, ("byCredentialName",)),
        Route("DELETE", "/data-credentials/{id}", delete_credential, _C, ("byCredentialName",)),
        Route("POST", "/data-credentials/actions/filter-orphan", filter_orphan, _C),
    ]
)
