"""Connections and credentials as answers show them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .catalogue import CATALOGUE
from .exchange import Call
from .identifiers import rfc3339
from .privileges import privileges_for
from .records import Connection, Credential
from .state import Tenant
from .statements import properties_of


def _base(tenant: Tenant, row: Connection, privileges: tuple[str, ...], call: Call) -> dict[str, Any]:
    path = call.path.partition("/data-connections")[0] + "/data-connections/" + row.id
    common: dict[str, Any] = {
        "id": row.id,
        "qID": row.id,
        "qEngineObjectID": row.engine_object_id,
        "qName": row.name,
        "qType": row.type,
        "qConnectStatement": row.statement,
        "qLogOn": row.log_on,
        "qArchitecture": row.architecture,
        "privileges": list(privileges),
        "tenant": tenant.id,
        "links": {"self": {"href": f"{call.origin}{path}"}},
        "version": "V1",
    }
    if row.space is not None:
        common["space"] = row.space
    if row.datafiles:
        return common
    common |= {
        "datasourceID": row.data_source,
        "createdAt" if call.namespaced else "created": rfc3339(row.created),
        "updated": rfc3339(row.updated),
        "user": row.owner,
        "qSeparateCredentials": row.separate_credentials,
        "tags": row.tags or None,
    }
    if row.credentials_id and tenant.behaviours.credentials_id_shown != "never":
        common["qCredentialsID"] = row.credentials_id
    return common


def fragment(
    tenant: Tenant, row: Connection, privileges: tuple[str, ...], call: Call, *, with_qri: bool, extended: bool
) -> str:
    """Give the JSON text of a list item; it is kept until the connection changes."""
    shown = tenant.behaviours.credentials_id_shown
    key = (privileges, call.origin, call.namespaced, with_qri, extended, shown)
    text = row.rendered.get(key)
    if text is None:
        item = _base(tenant, row, privileges, call)
        if shown != "always":
            item.pop("qCredentialsID", None)
        if with_qri and row.qri:
            item["qri"] = row.qri
        if extended:
            item |= _extended(row)
        text = json.dumps(item, separators=(",", ":"))
        row.rendered[key] = text
    return text


def full(tenant: Tenant, row: Connection, call: Call) -> dict[str, Any]:
    """Give the answer of a single GET."""
    privileges = privileges_for(call.identity, tenant.spaces, tenant.behaviours)(row)
    item = _base(tenant, row, privileges, call)
    if row.qri:
        item["qri"] = row.qri
    if not row.datafiles:
        item["qConnectionSecret"] = row.connection_secret
    if call.flag("parseConnection"):
        item["connectionProperties"] = parsed_properties(tenant, row)
    if call.flag("extended"):
        item |= _extended(row)
    return item


_NOT_IN_CREATE_ANSWER = ("tags", "datasourceID", "qri", "tenant", "id", "version")


def create_answer(tenant: Tenant, row: Connection, call: Call) -> dict[str, Any]:
    """Give the 201 of create and duplicate, a ConnectionCreateResponse; its list of privileges is shorter than that of
    a GET.
    """
    answer = _base(tenant, row, ("read", "update", "delete"), call)
    if tenant.behaviours.create_answer == "guide":
        return answer | {"qri": row.qri}
    credential = tenant.credential_of(row)
    answer |= {"qLogOn": str(row.log_on), "qCredentialsName": "", "qReferenceKey": ""}
    if credential is not None:
        answer |= {"qCredentialsName": credential.name, "qReferenceKey": f"{credential.type}:{credential.id}"}
    return {name: value for name, value in answer.items() if name not in _NOT_IN_CREATE_ANSWER}


def parsed_properties(tenant: Tenant, row: Connection) -> dict[str, Any]:
    """Give connectionProperties: read from the statement, without secrets."""
    source = CATALOGUE.get(row.data_source)
    shown: dict[str, Any] = dict(row.properties)
    if source is None or row.datafiles:
        return properties_of(None, {}) | shown
    shown |= source.added(shown)
    separate = "true" if row.separate_credentials else "false"
    shown["separateCredentials"] = separate
    credential = tenant.credential_of(row)
    how = tenant.behaviours.parse_credentials
    if credential is not None and how != "none":
        if credential.username:
            shown["username"] = credential.username
        if how == "full" and row.separate_credentials:
            shown |= {"selectedCredentials": credential.id, "credentialsName": credential.name}
    if tenant.behaviours.parse_values == "typed":
        for name, value in shown.items():
            spec = source.properties.get(name)
            if spec is not None and isinstance(value, str):
                shown[name] = spec.typed(value)
    return shown


def _extended(row: Connection) -> dict[str, Any]:
    digest = hashlib.sha256(f"{row.id}{row.credentials_id}".encode()).hexdigest()
    return {"credentialsConnectionString": digest}


def credential_item(tenant: Tenant, row: Credential, call: Call) -> dict[str, Any]:
    """Give the answer of GET data-credentials."""
    path = call.path.partition("/data-credentials")[0] + "/data-credentials/" + row.id
    item: dict[str, Any] = {
        "qID": row.id,
        "qName": row.name,
        "qType": row.type,
        "datasourceID": row.data_source,
        "createdAt" if call.namespaced else "created": rfc3339(row.created),
        "updated": rfc3339(row.updated),
        "qReferenceKey": f"{row.type}:{row.id}",
        "connectionId": "",
        "links": {"self": {"href": f"{call.origin}{path}"}},
    }
    if tenant.behaviours.credential_separated_shown:
        item["qSeparated"] = 1 if row.separated else 0
    if tenant.behaviours.credential_count_shown:
        item["qConnCount"] = tenant.users_of_credential(row.id)
    return item


def orphan_item(tenant: Tenant, row: Credential) -> dict[str, Any]:
    """Give an item of filter-orphan, an OrphanCredentialResItem: whose it is, and less of the rest than a GET shows."""
    return {
        "qID": row.id,
        "qName": row.name,
        "qType": row.type,
        "datasourceID": row.data_source,
        "created": rfc3339(row.created),
        "updated": rfc3339(row.updated),
        "user": row.owner,
        "tenant": tenant.id,
    }
