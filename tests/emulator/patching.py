"""PATCH of a connection: a bare array of operations (changelogs 134 and 157), and the rules of changelog 236."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .catalogue import CATALOGUE
from .connections import check_credentials_name_free, check_gateway, check_name_free, check_tags, space_for_new
from .contract import check_body
from .errors import ApiError
from .exchange import Call, members
from .properties import Split, check, joined, split
from .records import Connection, Credential
from .sources import SourceSpec
from .state import Tenant
from .statements import StatementError, as_text, compose, member, parse, properties_of

HOST_PROPERTIES = ("host", "server", "url")
CHANGEABLE = (
    "qName", "space", "tags", "qConnectStatement", "qCredentialsID", "qCredentialsName", "qUsername", "qPassword",
    "qLogOn", "qArchitecture", "qSeparateCredentials", "qConnectionSecret", "connectionProperties",
)  # fmt: skip
FIXED = (
    "qID", "id", "qEngineObjectID", "qType", "datasourceID", "created", "createdAt", "updated", "user", "tenant", "qri",
    "links", "privileges", "version", "owner", "ownerId",
)  # fmt: skip

TEXT_MEMBERS = {
    "qName": "name",
    "space": "space",
    "qConnectStatement": "statement",
    "qCredentialsID": "credentials_id",
    "qCredentialsName": "credentials_name",
    "qUsername": "username",
    "qPassword": "password",
    "qConnectionSecret": "secret",
}


@dataclass
class Operation:
    """One operation; `path` is split and unescaped, its first part spelled properly."""

    op: str
    path: list[str]
    value: Any


@dataclass
class _Draft:
    """What the connection will be; nothing is stored before every operation was understood."""

    name: str
    space: str | None
    tags: list[str]
    whole: dict[str, Any]
    statement: str | None = None
    credentials_id: str | None = None
    credentials_name: str | None = None
    username: str | None = None
    password: str | None = None
    log_on: int | None = None
    architecture: int | None = None
    secret: str | None = None
    separate: bool = False
    touched: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    connection_operations: bool = False


def read_operations(
    call: Call, changeable: tuple[str, ...], fixed: tuple[str, ...], *, any_case: bool
) -> list[Operation]:
    """Read the body of a PATCH; raise ApiError 400 for anything but an array of operations on known paths."""
    body = call.json()
    if not isinstance(body, list):
        raise ApiError(400, "Invalid request body", "The body must be an array of patch operations")
    spelled = [
        members(item, ("op", "path", "value"), any_case=any_case) if isinstance(item, dict) else item for item in body
    ]
    check_body("ConnectionPatch", spelled)
    operations = []
    for index, item in enumerate(body):
        if not isinstance(item, dict):
            raise ApiError(400, "Invalid patch", f"operation {index} must be an object")
        entry = members(item, ("op", "path", "value"), any_case=any_case)
        op, pointer = entry.get("op"), entry.get("path")
        if op not in ("add", "replace", "remove"):
            raise ApiError(400, "Invalid patch", f"operation {index}: op must be add, replace or remove")
        if not isinstance(pointer, str) or not pointer.startswith("/"):
            raise ApiError(400, "Invalid patch", f"operation {index}: path must be a JSON pointer")
        if op != "remove" and "value" not in entry:
            raise ApiError(400, "Invalid patch", f"operation {index}: value is missing")
        path = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        path[0] = _proper(path[0], changeable, fixed, index, any_case=any_case)
        operations.append(Operation(op, path, entry.get("value")))
    return operations


def _proper(name: str, changeable: tuple[str, ...], fixed: tuple[str, ...], index: int, *, any_case: bool) -> str:
    for candidate in changeable:
        if candidate == name or (any_case and candidate.lower() == name.lower()):
            return candidate
    if name.lower() in {candidate.lower() for candidate in fixed}:
        raise ApiError(400, "Invalid patch", f"operation {index}: {name} can't be changed")
    raise ApiError(400, "Invalid patch", f"operation {index}: there is no {name}")


def apply_patch(tenant: Tenant, connection: Connection, call: Call) -> None:
    """Change a connection by the body of a PATCH, wholly or not at all."""
    any_case = tenant.behaviours.member_names == "any_case"
    operations = read_operations(call, CHANGEABLE, FIXED, any_case=any_case)
    if not operations and tenant.behaviours.patch_empty == "reject":
        raise ApiError(400, "Invalid patch", "The array of operations is empty")
    source = CATALOGUE.get(connection.data_source)
    credential = tenant.credential_of(connection)
    draft = _Draft(
        connection.name, connection.space, list(connection.tags), {}, separate=connection.separate_credentials
    )
    if source is not None:
        draft.whole = joined(source, connection.properties, credential.secrets if credential else {}, connection.files)
    for operation in operations:
        _apply(tenant, source, draft, operation)
    auth_code = call.headers.get("qlik-auth-code")
    if auth_code and source is not None:
        draft.whole["authCode"] = auth_code.removeprefix("code=")
        draft.touched.add("authCode")
    new_host = _check_rules(tenant, connection, source, credential, draft)
    _check_targets(tenant, connection, call, draft)
    _store(tenant, connection, source, credential, draft, new_host=new_host)


def _apply(tenant: Tenant, source: SourceSpec | None, draft: _Draft, operation: Operation) -> None:
    name = operation.path[0]
    if name == "connectionProperties":
        draft.connection_operations = True
        if source is None:
            raise ApiError(400, "Invalid patch", "the connection's data source has no properties")
        _apply_property(tenant, source, draft, operation)
        return
    if name == "tags":
        _apply_tags(draft, operation)
        return
    if len(operation.path) > 1:
        raise ApiError(400, "Invalid patch", f"{name} has no members")
    if operation.op == "remove" and name not in ("space", "qCredentialsID", "qConnectionSecret"):
        raise ApiError(400, "Invalid patch", f"{name} can't be removed")
    _apply_scalar(draft, name, "" if operation.op == "remove" else operation.value)


def _apply_scalar(draft: _Draft, name: str, value: Any) -> None:
    if name == "qSeparateCredentials":
        if as_text(value).lower() not in ("true", "false"):
            raise ApiError(400, "Invalid patch", f"{name} must be true or false")
        draft.separate = as_text(value).lower() == "true"
    elif name in ("qLogOn", "qArchitecture"):
        if as_text(value) not in ("0", "1"):
            raise ApiError(400, "Invalid patch", f"{name} must be 0 or 1")
        setattr(draft, {"qLogOn": "log_on", "qArchitecture": "architecture"}[name], int(as_text(value)))
    elif not isinstance(value, str):
        raise ApiError(400, "Invalid patch", f"{name} must be a string")
    elif name == "qName" and not value:
        raise ApiError(400, "Invalid patch", "qName must not be empty")
    else:
        setattr(draft, TEXT_MEMBERS[name], value)


def _apply_tags(draft: _Draft, operation: Operation) -> None:
    if len(operation.path) == 1:
        if operation.op == "remove":
            draft.tags = []
        elif isinstance(operation.value, list):
            draft.tags = list(operation.value)
        else:
            raise ApiError(400, "Invalid patch", "tags must be an array")
        return
    _apply_to_list(draft.tags, operation.op, operation.path[1], operation.value, "tags")


def _apply_to_list(items: list[Any], op: str, place: str, value: Any, what: str) -> None:
    if place == "-" and op == "add":
        items.append(value)
        return
    if not place.isdigit() or int(place) >= len(items) + (op == "add"):
        raise ApiError(400, "Invalid patch", f"{what} has no element {place}")
    index = int(place)
    if op == "add":
        items.insert(index, value)
    elif op == "replace":
        items[index] = value
    else:
        del items[index]


def _apply_property(tenant: Tenant, source: SourceSpec, draft: _Draft, operation: Operation) -> None:
    if len(operation.path) == 1:
        # An operation's value is a text, a number, a boolean or an array, so that the object as a whole can't be one.
        raise ApiError(400, "Invalid patch", "name one property: /connectionProperties/<name>")
    name = _property_name(tenant, source, draft, operation.path[1])
    draft.touched.add(name)
    present = name in draft.whole or name in source.secret_names or name in ("username", "separateCredentials")
    if operation.op == "replace" and not present and tenant.behaviours.patch_replace_missing == "reject":
        raise ApiError(400, "Invalid patch", f"there is no property {name} to replace")
    if len(operation.path) == 2:
        if operation.op == "remove":
            if not present:
                raise ApiError(400, "Invalid patch", f"there is no property {name} to remove")
            draft.whole.pop(name, None)
            draft.removed.add(name)
        else:
            draft.whole[name] = operation.value
            draft.removed.discard(name)
        return
    held = draft.whole.get(name)
    items: list[Any] = (
        [dict(item) if isinstance(item, dict) else item for item in held] if isinstance(held, list) else []
    )
    if len(operation.path) == 3:
        _apply_to_list(items, operation.op, operation.path[2], operation.value, name)
    else:
        _apply_to_item(items, operation, name)
    draft.whole[name] = items


def _apply_to_item(items: list[Any], operation: Operation, what: str) -> None:
    place, key = operation.path[2], operation.path[3].lower()
    if len(operation.path) > 4 or key not in ("name", "value", "encrypt") or not place.isdigit():
        raise ApiError(400, "Invalid patch", f"{what} has no member {'/'.join(operation.path[2:])}")
    index = int(place)
    if index == len(items) and operation.op != "remove":
        items.append({"name": "", "value": ""})
    if index >= len(items):
        raise ApiError(400, "Invalid patch", f"{what} has no element {place}")
    if operation.op == "remove":
        items[index].pop(key, None)
    else:
        items[index][key] = operation.value


def _property_name(tenant: Tenant, source: SourceSpec, draft: _Draft, name: str) -> str:
    known = [*source.properties, *draft.whole]
    if name in known or tenant.behaviours.member_names == "exact":
        return name
    return next((candidate for candidate in known if candidate.lower() == name.lower()), name)


def _brings_secret(source: SourceSpec | None, draft: _Draft) -> bool:
    """Tell whether the body carries a secret of the source itself: a secret property or an encrypted item."""
    if source is None:
        return False
    for name in draft.touched - draft.removed:
        value = draft.whole.get(name)
        if name in source.secret_names and value not in (None, "", []):
            return True
        if isinstance(value, list) and any(
            isinstance(item, dict) and as_text(item.get("encrypt")).lower() == "true" and item.get("value")
            for item in value
        ):
            return True
    return False


def _check_rules(
    tenant: Tenant, connection: Connection, source: SourceSpec | None, credential: Credential | None, draft: _Draft
) -> bool:
    """Raise ApiError 400 where changelog 236 does; tell whether the connection gets another host."""
    if draft.statement is not None and draft.connection_operations:
        raise ApiError(400, "Invalid patch", "qConnectStatement and connectionProperties can't be changed together")
    own_secret = _brings_secret(source, draft)
    if draft.password is not None and own_secret:
        raise ApiError(400, "Invalid patch", "credentials are given both as qPassword and in connectionProperties")
    new_host = False
    if draft.statement is not None and draft.statement != connection.statement:
        if not draft.password:
            raise ApiError(400, "Credentials are required", "qConnectStatement can't be changed without credentials")
        changed = _statement_properties(connection, source, draft.statement)
        new_host = any(changed.get(name) != connection.properties.get(name) for name in HOST_PROPERTIES)
    for name in HOST_PROPERTIES:
        if name not in draft.touched or as_text(draft.whole.get(name, "")) == connection.properties.get(name, ""):
            continue
        new_host = True
        if own_secret or draft.password:
            continue
        if connection.separate_credentials and tenant.behaviours.host_change_separate == "accept":
            continue
        bare = credential is None or not credential.secrets
        if bare and tenant.behaviours.host_change_without_secrets == "accept":
            continue
        raise ApiError(
            400, "Credentials are required", f"{name} can't be changed without credentials in the same request"
        )
    return new_host


def _statement_properties(connection: Connection, source: SourceSpec | None, statement: str) -> dict[str, Any]:
    try:
        pairs = parse(statement)
    except StatementError as error:
        raise ApiError(400, "Invalid connect statement", str(error)) from None
    provider = member(pairs, "provider")
    if provider is not None and provider.lower() != connection.type.lower():
        raise ApiError(400, "Invalid connect statement", f"the provider can't be changed to {provider}")
    selector = member(pairs, "driver") or member(pairs, "sourceType")
    if source is not None and source.selector and selector not in (None, source.selector_value):
        raise ApiError(400, "Invalid connect statement", f"the data source can't be changed to {selector}")
    return properties_of(source, pairs)


def _check_targets(tenant: Tenant, connection: Connection, call: Call, draft: _Draft) -> None:
    check_tags(draft.tags, 32 if call.namespaced else 31)
    draft.space = space_for_new(tenant, call.identity, draft.space or None, present=connection.space)
    if (draft.name, draft.space) != (connection.name, connection.space):
        check_name_free(tenant, draft.name, draft.space, connection.owner, apart_from=connection.id)


def _store(
    tenant: Tenant,
    connection: Connection,
    source: SourceSpec | None,
    credential: Credential | None,
    draft: _Draft,
    *,
    new_host: bool,
) -> None:
    parts = Split(connection.properties, {}, connection.files)
    wanted_id, wanted_name = draft.credentials_id, draft.credentials_name
    if draft.statement is not None and draft.statement != connection.statement:
        parts.public = _statement_properties(connection, source, draft.statement)
        separate = member(parse(draft.statement), "separateCredentials")
        draft.separate = separate.lower() == "true" if separate is not None else draft.separate
        statement = draft.statement
    elif draft.connection_operations and source is not None:
        touched = {name: value for name, value in draft.whole.items() if name in draft.touched}
        accepted = check(source, touched, tenant.behaviours)
        whole = {n: v for n, v in draft.whole.items() if n not in draft.touched or n in accepted}
        parts = split(source, _keep_encrypted(tenant, credential, whole), tenant.behaviours)
        if "separateCredentials" in draft.touched:
            draft.separate = parts.separate
        wanted_id, wanted_name = parts.selected_credentials or wanted_id, parts.credentials_name or wanted_name
        # A user name that only the statement shows wasn't supplied: no credentials come of it.
        draft.username = (
            parts.username if parts.username is not None and "username" in draft.touched else draft.username
        )
        if "username" in draft.removed:
            draft.username = ""
        if source.needs_gateway and "gatewayInstance" in draft.touched:
            check_gateway(tenant, source.id, parts.public.get("gatewayInstance"))
        statement = compose(source, parts.public, separate=draft.separate)
    elif draft.separate != connection.separate_credentials and source is not None:
        statement = compose(source, connection.properties, separate=draft.separate)
    else:
        statement = connection.statement
    secrets = _new_secrets(source, credential, parts, draft)
    if wanted_id and wanted_id not in tenant.credentials:
        raise ApiError(404, "Credentials not found", f"credentials {wanted_id} don't exist")
    new_name = wanted_name if wanted_name and (credential is None or credential.name != wanted_name) else None
    if new_name and not wanted_id and draft.separate:
        check_credentials_name_free(tenant, new_name, connection.owner)
    connection.name, connection.space, connection.tags = draft.name, draft.space, draft.tags
    connection.properties, connection.files, connection.statement = parts.public, parts.files, statement
    connection.log_on = connection.log_on if draft.log_on is None else draft.log_on
    connection.architecture = connection.architecture if draft.architecture is None else draft.architecture
    connection.connection_secret = connection.connection_secret if draft.secret is None else draft.secret
    if source is not None:
        connection.qri = source.qri(parts.public)
    dissociate = new_host and connection.separate_credentials
    connection.separate_credentials = draft.separate
    _store_credentials(tenant, connection, credential, draft, secrets, wanted_id, new_name, dissociate=dissociate)
    connection.updated = tenant.now()


def _keep_encrypted(tenant: Tenant, credential: Credential | None, whole: dict[str, Any]) -> dict[str, Any]:
    if tenant.behaviours.encrypted_empty_value != "keeps" or credential is None:
        return whole
    kept = dict(whole)
    for name, value in whole.items():
        known = credential.secrets.get(name)
        if isinstance(known, dict) and isinstance(value, list):
            kept[name] = [
                item | {"value": item.get("value") or known.get(item.get("name"), "")} if item.get("encrypt") else item
                for item in value
            ]
    return kept


def _new_secrets(
    source: SourceSpec | None, credential: Credential | None, parts: Split, draft: _Draft
) -> dict[str, Any]:
    old = dict(credential.secrets) if credential else {}
    if source is None or not (draft.connection_operations or "authCode" in draft.touched):
        secrets = old
    else:
        secrets = {"qPassword": old["qPassword"]} if "qPassword" in old else {}
        secrets |= parts.secrets if draft.connection_operations else old
        if "authCode" in draft.touched:
            secrets["authCode"] = draft.whole["authCode"]
        if "password" in draft.touched and "password" not in draft.removed:
            secrets.pop("qPassword", None)
    if draft.password is not None:
        secrets.pop("password", None)
        secrets["qPassword"] = draft.password
    return secrets


def _store_credentials(
    tenant: Tenant,
    connection: Connection,
    credential: Credential | None,
    draft: _Draft,
    secrets: dict[str, Any],
    wanted_id: str | None,
    new_name: str | None,
    *,
    dissociate: bool,
) -> None:
    changed = credential is None or secrets != credential.secrets or draft.username not in (None, credential.username)
    if dissociate:
        connection.credentials_id = None
    elif wanted_id:
        connection.credentials_id = wanted_id
    elif draft.credentials_id == "":
        connection.credentials_id = None
    elif (credential is None and (secrets or draft.username)) or (new_name and draft.separate):
        parts = Split({}, secrets, {}, draft.username, draft.separate, None, new_name)
        tenant.attach_new_credentials(connection, parts)
    elif credential is not None and changed:
        credential.secrets = secrets
        credential.username = credential.username if draft.username is None else draft.username
        credential.updated = tenant.now()
    if credential is not None and not credential.separated and not tenant.users_of_credential(credential.id):
        del tenant.credentials[credential.id]
    held = tenant.credential_of(connection)
    if held is not None:
        held.separated = held.separated or draft.separate
