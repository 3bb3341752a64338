"""data-connections: list, create, read, change, delete (qlik.dev, REST, data-connections)."""

from __future__ import annotations

import json
from typing import Any

from . import api_connection_actions as actions
from .catalogue import CATALOGUE
from .connections import (
    check_credentials_name_free,
    check_gateway,
    check_name_free,
    check_source_usable,
    check_tags,
    find_connection,
    require,
    space_for_new,
)
from .contract import check_body
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, both_forms, members, text_member
from .identifiers import is_uuid
from .paging import decode_cursor, encode_cursor, limit_of, link
from .patching import apply_patch
from .privileges import privileges_for
from .properties import Split, check, split
from .records import Connection
from .rendering import create_answer, fragment, full
from .scim import compile_filter
from .state import Tenant
from .statements import StatementError, member, parse, properties_of

CREATE_MEMBERS = (
    "datasourceID", "qName", "connectionProperties", "space", "tags", "authUrlOnly", "qType", "qConnectStatement",
    "qID",
    "qEngineObjectID", "owner", "ownerId", "qArchitecture", "qLogOn", "qUsername", "qPassword", "qCredentialsID",
    "qCredentialsName", "qConnectionSecret", "qSeparateCredentials", "qriInRequest",
)  # fmt: skip
PUT_REQUIRED = ("qID", "qEngineObjectID", "qName", "qConnectStatement", "qType")
FILTERS: dict[str, Any] = {
    "qName": lambda c: c.name,
    "qType": lambda c: c.type,
    "datasourceID": lambda c: c.data_source,
    "created": lambda c: c.created,
    "updated": lambda c: c.updated,
    "qri": lambda c: c.qri,
}
SORTS: dict[str, Any] = {
    "_id": lambda c: c.id,
    "qName": lambda c: c.name,
    "created": lambda c: c.created,
    "updated": lambda c: c.updated,
}
LIST_QUERY = (
    "spaceId", "personal", "ownedByMe", "userId", "owner", "filter", "caseinsensitive", "locale", "noDatafiles",
    "includeDisabled", "includeQris", "extended", "dataName",
)  # fmt: skip


def list_connections(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-connections: a page with absolute links; datafile connections come last."""
    behaviours = tenant.behaviours
    default = behaviours.namespaced_default_limit if call.namespaced else behaviours.v1_default_limit
    limit = limit_of(call, default=default, maximum=100, clamp=behaviours.limit_out_of_range == "clamp")
    data_name = call.query.get("dataName", "data")
    if not data_name:
        raise ApiError(400, "Invalid query parameter", "dataName must not be empty")
    privileges = privileges_for(call.identity, tenant.spaces, behaviours)
    rows, position_of = _rows(tenant, call)
    start = 0
    if "page" in call.query:
        start = position_of(decode_cursor(call.query["page"]))
    page = rows[start : start + limit] if limit else rows[start:]
    with_qri, extended = call.flag("includeQris"), call.flag("extended")
    fragments = [fragment(tenant, row, privileges(row), call, with_qri=with_qri, extended=extended) for row in page]
    links: dict[str, Any] = {"self": link(call)}
    if limit and start + len(page) < len(rows):
        links["next"] = link(call, page=encode_cursor(_cursor(page[-1], call)))
    if start > 0:
        before = max(0, start - (limit or start))
        previous = encode_cursor(_cursor(rows[before - 1], call)) if before else None
        links["prev"] = link(call, page=previous)
    tail = json.dumps({"meta": {"count": len(page)}, "links": links}, separators=(",", ":"))
    text = f"{{{json.dumps(data_name)}:[{','.join(fragments)}],{tail[1:]}"
    return Answer(200, raw=text.encode())


def _cursor(row: Connection, call: Call) -> list[Any]:
    """Remember the last row by its sort value too, so that a page can go on after that row was deleted."""
    sort = call.query.get("sort", "").lstrip("+-")
    value = SORTS[sort](row) if sort in SORTS else None
    return [row.datafiles, _folded(call, value), row.sequence, row.id]


def _folded(call: Call, value: Any) -> Any:
    return value.lower() if isinstance(value, str) and call.query.get("caseinsensitive") == "true" else value


def _rows(tenant: Tenant, call: Call) -> tuple[list[Connection], Any]:
    """Give all rows of a list, kept until the tenant changes, and a function from cursors to positions."""
    query = frozenset((key, value) for key, value in call.query.multi_items() if key not in ("page", "limit"))
    caller = (call.identity.user.id, tuple(call.identity.user.roles), call.identity.scopes)
    key = (
        query,
        caller,
        "limit" in call.query or call.namespaced,
        frozenset(tenant.disabled_sources),
        tenant.has_datafiles,
    )
    known = tenant.list_cache.get(key)
    if known is None or known[0] != tenant.revision:
        rows = _select(tenant, call)
        known = (tenant.revision, (rows, {row.id: index for index, row in enumerate(rows)}))
        tenant.list_cache[key] = known
        while len(tenant.list_cache) > 16:
            tenant.list_cache.popitem(last=False)
    rows, places = known[1]

    def position_of(cursor: Any) -> int:
        if not isinstance(cursor, list) or len(cursor) != 4:
            raise ApiError(400, "Invalid query parameter", "the page cursor is not valid")
        if cursor[3] in places:
            return int(places[cursor[3]]) + 1
        descending = call.query.get("sort", "").startswith("-")
        for index, row in enumerate(rows):
            other = _cursor(row, call)
            if other[0] != cursor[0]:
                if other[0]:
                    return index
                continue
            mine, theirs = (other[1] or 0, other[2]), (cursor[1] or 0, cursor[2])
            if mine[0] < theirs[0] if descending and mine[0] != theirs[0] else mine > theirs:
                return index
        return len(rows)

    return rows, position_of


def _select(tenant: Tenant, call: Call) -> list[Connection]:
    identity = call.identity
    privileges = privileges_for(identity, tenant.spaces, tenant.behaviours)
    query = call.query
    rows: list[Connection] = list(tenant.connections.values())
    files = [] if call.flag("noDatafiles") else tenant.datafiles(identity.user.id)
    if "spaceId" in query:
        rows = [row for row in rows if row.space == query["spaceId"]]
        files = [row for row in files if row.space == query["spaceId"]]
    elif call.flag("personal"):
        rows = [row for row in rows if row.space is None and row.owner == identity.user.id]
        files = [row for row in files if row.space is None]
    if call.flag("ownedByMe"):
        rows = [row for row in rows if row.owner == identity.user.id]
    if "userId" in query:
        if query["userId"] != identity.user.id and not identity.is_some_admin():
            status = tenant.behaviours.foreign_user_status
            raise ApiError(status, "Invalid query parameter", "userId is for administrators")
        rows = [row for row in rows if row.owner == query["userId"]]
    if not call.flag("includeDisabled") and tenant.behaviours.disabled_source_connections == "hide":
        rows = [row for row in rows if row.data_source not in tenant.disabled_sources]
    rows = [row for row in rows if "list" in privileges(row)]
    files = [row for row in files if privileges(row)]
    if query.get("filter"):
        predicate = compile_filter(
            query["filter"],
            FILTERS,
            times=frozenset({"created", "updated"}),
            exact=tenant.behaviours.filter_case_sensitive,
        )
        rows = [row for row in rows if predicate(row)]
    return _sorted(rows, call) + files


def _sorted(rows: list[Connection], call: Call) -> list[Connection]:
    sort = call.query.get("sort")
    if not sort:
        return rows
    name = sort.lstrip("+- ")
    # A plus that wasn't encoded arrives as a blank.
    if name not in SORTS or sort[0] not in "+- ":
        raise ApiError(400, "Invalid query parameter", f"sort must be + or - and one of {', '.join(SORTS)}")
    if "limit" not in call.query and not call.namespaced:
        return rows
    getter = SORTS[name]
    rows = sorted(rows, key=lambda row: row.sequence)
    return sorted(rows, key=lambda row: _folded(call, getter(row)), reverse=sort.startswith("-"))


def create_connection(tenant: Tenant, call: Call) -> Answer:
    """Answer POST data-connections: from properties (DcaasConnectionCreate) or from a ready statement
    (ConnectionCreate).
    """
    body = members(call.json_object(), CREATE_MEMBERS, any_case=tenant.behaviours.member_names == "any_case")
    name = text_member(body, "qName", required=True) or ""
    if not call.identity.writes_connections():
        raise ApiError(403, "Forbidden", "The token's scopes don't allow it to create connections")
    space_id = space_for_new(tenant, call.identity, text_member(body, "space"))
    if "connectionProperties" in body and "qConnectStatement" in body:
        raise ApiError(400, "Invalid request body", "give connectionProperties or qConnectStatement, not both")
    if "connectionProperties" in body:
        check_body("DcaasConnectionCreate", body)
        source_id = text_member(body, "datasourceID", required=True) or ""
        source = check_source_usable(tenant, call.identity, source_id)
        check_tags(body.get("tags"), 32 if call.namespaced else 31)
        raw = body["connectionProperties"]
        properties = check(source, _with_code(tenant, call, raw), tenant.behaviours)
        if source.needs_gateway:
            check_gateway(tenant, source_id, properties.get("gatewayInstance"))
        parts = split(source, properties, tenant.behaviours)
        interactive = (
            source.interactive is not None and parts.public.get(source.interactive[0]) == source.interactive[1]
        )
        if body.get("authUrlOnly") and source.interactive is not None:
            return Answer(
                201, {"authUrl": f"{call.origin}/oauth/authorize?state={tenant.trace_id()}&source={source_id}"}
            )
        if interactive and "authCode" not in parts.secrets:
            raise ApiError(400, "Authorization code is missing", f"{source_id} needs an interactive sign-in first")
        check_name_free(tenant, name, space_id, call.identity.user.id)
        _check_selected(tenant, call, parts)
        tags = [*(body.get("tags") or []), source.connector_tag()]
        connection = tenant.insert(
            name, source, source_id, source.provider, parts, call.identity.user.id, space_id, tags, tenant.now()
        )
        return Answer(201, create_answer(tenant, connection, call))
    if "qConnectStatement" in body:
        check_body("ConnectionCreate", body)
        return _create_from_statement(tenant, call, body, name, space_id)
    raise ApiError(400, "Invalid request body", "connectionProperties or qConnectStatement is required")


def _with_code(tenant: Tenant, call: Call, properties: dict[str, Any]) -> dict[str, Any]:
    """Give the properties with the code for signing in from where the switch says."""
    how, code = tenant.behaviours.create_auth_code, call.headers.get("qlik-auth-code")
    if how == "header" and "authCode" in properties:
        raise ApiError(400, "Invalid property", "there is no property authCode; the code belongs into the header")
    return properties if how == "property" or not code else {**properties, "authCode": code.removeprefix("code=")}


def _create_from_statement(tenant: Tenant, call: Call, body: dict[str, Any], name: str, space_id: str | None) -> Answer:
    source_id = text_member(body, "datasourceID", required=True) or ""
    kind = text_member(body, "qType", required=True) or ""
    statement = text_member(body, "qConnectStatement", required=True) or ""
    source = check_source_usable(tenant, call.identity, source_id)
    check_tags(body.get("tags"), 32)
    try:
        pairs = parse(statement)
    except StatementError as error:
        raise ApiError(400, "Invalid connect statement", str(error)) from None
    parts = Split(properties_of(source, pairs))
    separate_text = member(pairs, "separateCredentials") or ""
    parts.separate = bool(body.get("qSeparateCredentials")) or separate_text.lower() == "true"
    parts.username = text_member(body, "qUsername")
    password = text_member(body, "qPassword")
    if password:
        parts.secrets["qPassword"] = password
    parts.selected_credentials = text_member(body, "qCredentialsID")
    parts.credentials_name = text_member(body, "qCredentialsName")
    log_on = _log_on(body.get("qLogOn", "0"))
    for key in ("qID", "qEngineObjectID"):
        given = text_member(body, key)
        if given and not is_uuid(given):
            raise ApiError(400, "Invalid request body", f"{key} must be a UUID")
    check_name_free(tenant, name, space_id, call.identity.user.id)
    if body.get("qID") in tenant.connections:
        raise ApiError(409, "Conflict", f"connection {body['qID']} exists already")
    _check_selected(tenant, call, parts)
    connection = tenant.insert(
        name, source, source_id, kind, parts, call.identity.user.id, space_id, list(body.get("tags") or []),
        tenant.now(),
        statement=statement, id=text_member(body, "qID"), engine_object_id=text_member(body, "qEngineObjectID"),
    )  # fmt: skip
    connection.log_on = log_on
    connection.connection_secret = text_member(body, "qConnectionSecret") or ""
    return Answer(201, create_answer(tenant, connection, call))


def _log_on(value: Any) -> int:
    words = {"0": 0, "1": 1, "LOG_ON_SERVICE_USER": 0, "LOG_ON_CURRENT_USER": 1}
    if str(value) not in words:
        raise ApiError(400, "Invalid request body", "qLogOn must be 0, 1, LOG_ON_SERVICE_USER or LOG_ON_CURRENT_USER")
    return words[str(value)]


def _check_selected(tenant: Tenant, call: Call, parts: Split) -> None:
    if parts.selected_credentials and parts.selected_credentials not in tenant.credentials:
        raise ApiError(404, "Credentials not found", f"credentials {parts.selected_credentials} don't exist")
    if parts.separate and parts.credentials_name and not parts.selected_credentials:
        check_credentials_name_free(tenant, parts.credentials_name, call.identity.user.id)


def get_connection(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-connections/{qID}, also by name."""
    connection = find_connection(tenant, call, "read")
    return Answer(200, full(tenant, connection, call))


def patch_connection(tenant: Tenant, call: Call) -> Answer:
    """Answer PATCH data-connections/{qID} by the rules of changelogs 134, 157 and 236."""
    connection = find_connection(tenant, call, None, with_space=False)
    require(tenant, call.identity, connection, "update", tenant.behaviours.admin_patch_status)
    apply_patch(tenant, connection, call)
    return Answer(204)


def put_connection(tenant: Tenant, call: Call) -> Answer:
    """Answer PUT data-connections/{qID}: a whole definition with a ready statement."""
    connection = find_connection(tenant, call, None)
    require(tenant, call.identity, connection, "update", tenant.behaviours.admin_patch_status)
    body = members(call.json_object(), CREATE_MEMBERS, any_case=tenant.behaviours.member_names == "any_case")
    for key in PUT_REQUIRED:
        text_member(body, key, required=True)
    if body["qID"] != connection.id:
        raise ApiError(400, "Invalid request body", "qID differs from the path")
    if body["qType"] != connection.type or body.get("datasourceID", connection.data_source) != connection.data_source:
        raise ApiError(400, "Invalid request body", "qType and datasourceID can't be changed")
    try:
        pairs = parse(body["qConnectStatement"])
    except StatementError as error:
        raise ApiError(400, "Invalid connect statement", str(error)) from None
    space_id = connection.space
    if "space" in body:
        space_id = space_for_new(tenant, call.identity, text_member(body, "space"), present=connection.space)
    credentials_id = text_member(body, "qCredentialsID") or connection.credentials_id
    if credentials_id and credentials_id not in tenant.credentials:
        raise ApiError(404, "Credentials not found", f"credentials {credentials_id} don't exist")
    if (body["qName"], space_id) != (connection.name, connection.space):
        check_name_free(tenant, body["qName"], space_id, connection.owner, apart_from=connection.id)
    source = CATALOGUE.get(connection.data_source)
    connection.name, connection.space = body["qName"], space_id
    connection.statement, connection.properties = body["qConnectStatement"], properties_of(source, pairs)
    connection.credentials_id = credentials_id
    connection.separate_credentials = bool(body.get("qSeparateCredentials", connection.separate_credentials))
    connection.log_on = _log_on(body.get("qLogOn", connection.log_on))
    if "qConnectionSecret" in body:
        connection.connection_secret = text_member(body, "qConnectionSecret") or ""
    connection.updated = tenant.now()
    return Answer(204)


def delete_connection(tenant: Tenant, call: Call) -> Answer:
    """Answer DELETE data-connections/{qID}."""
    connection = find_connection(tenant, call, "delete")
    tenant.remove_connection(connection.id)
    return Answer(204)


_C = Dialect.CONNECTIONS
ROUTES = both_forms(
    [
        Route("GET", "/data-connections", list_connections, _C, LIST_QUERY),
        Route("POST", "/data-connections", create_connection, _C),
        Route(
            "GET",
            "/data-connections/{id}",
            get_connection,
            _C,
            ("type", "spaceId", "parseConnection", "extended", "credentialId", "byCredentialName", "noCache"),
        ),
        Route("PATCH", "/data-connections/{id}", patch_connection, _C, ("type",)),
        Route("PUT", "/data-connections/{id}", put_connection, _C, ("type", "spaceId")),
        Route("DELETE", "/data-connections/{id}", delete_connection, _C, ("type", "spaceId")),
        Route("POST", "/data-connections/actions/delete", actions.delete_many, _C),
        Route("POST", "/data-connections/actions/update", actions.update_many, _C),
        Route("POST", "/data-connections/actions/duplicate", actions.duplicate, _C),
    ]
)
