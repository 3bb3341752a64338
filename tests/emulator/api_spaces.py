"""spaces (qlik.dev, REST, spaces). Only the v1 form exists."""

from __future__ import annotations

from typing import Any

from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, text_member
from .identifiers import rfc3339
from .paging import limit_of, simple_page
from .records import Space
from .state import Tenant

TYPES = ("shared", "managed", "data")
FORBIDDEN = '"*?<>/|\\:'
CREATORS = {"shared": "SharedSpaceCreator", "managed": "ManagedSpaceCreator", "data": "DataSpaceCreator"}
ASSIGNABLE = {
    "shared": ["codeveloper", "consumer", "dataconsumer", "facilitator", "producer"],
    "managed": ["basicconsumer", "consumer", "contributor", "dataconsumer", "facilitator", "publisher"],
    "data": ["consumer", "dataconsumer", "datapreview", "facilitator", "operator", "producer", "publisher"],
}
SORTS: dict[str, Any] = {"type": lambda s: s.type, "name": lambda s: s.name.lower(), "createdAt": lambda s: s.created}


def _item(tenant: Tenant, space: Space, call: Call) -> dict[str, Any]:
    manages = may_manage(space, call)
    link = f"{call.origin}/api/v1/spaces/{space.id}"
    return {
        "id": space.id,
        "type": space.type,
        "name": space.name,
        "description": space.description,
        "ownerId": space.owner_id,
        "tenantId": tenant.id,
        "createdAt": rfc3339(space.created),
        "createdBy": space.created_by,
        "updatedAt": rfc3339(space.updated),
        "meta": {
            "actions": ["change_owner", "create", "delete", "read", "update"] if manages else ["read"],
            "roles": sorted(call.identity.roles_in(space)),
            "assignableRoles": ASSIGNABLE[space.type] if manages else [],
        },
        "links": {"self": {"href": link}, "assignments": {"href": f"{link}/assignments"}},
    }


def may_manage(space: Space, call: Call) -> bool:
    """Tell whether the caller may change a space and its members: as its owner, facilitator or administrator."""
    identity = call.identity
    return (
        space.owner_id == identity.user.id or identity.administers(space) or "facilitator" in identity.roles_in(space)
    )


def list_spaces(tenant: Tenant, call: Call) -> Answer:
    """Answer GET spaces: `name` matches any part, without regard to case; ten rows unless `limit` says otherwise."""
    behaviours = tenant.behaviours
    maximum = behaviours.spaces_max_limit or 1_000_000
    limit = limit_of(call, default=10, maximum=maximum, clamp=behaviours.limit_out_of_range == "clamp")
    rows = [space for space in tenant.spaces.values() if call.identity.sees_space(space)]
    name, types, owner = call.query.get("name"), call.query.get("type"), call.query.get("ownerId")
    if name:
        rows = [space for space in rows if name.lower() in space.name.lower()]
    if types:
        wanted = types.split(",")
        if not set(wanted) <= set(TYPES):
            raise ApiError(400, "Invalid query parameter", f"type must be among {', '.join(TYPES)}")
        rows = [space for space in rows if space.type in wanted]
    if owner:
        rows = [space for space in rows if space.owner_id == owner]
    sort = call.query.get("sort", "+createdAt")
    if sort.lstrip("+- ") not in SORTS:
        raise ApiError(400, "Invalid query parameter", f"sort must be one of {', '.join(SORTS)}")
    rows.sort(key=SORTS[sort.lstrip("+- ")], reverse=sort.startswith("-"))
    page, links = simple_page(call, rows, limit, lambda space: space.id)
    personal = {"resourceType": "space", "actions": ["create"]}
    meta = {"count": len(rows), "personalSpace": personal}
    data = [_item(tenant, space, call) for space in page]
    if behaviours.assignable_roles_listed == "empty":
        for item in data:
            item["meta"]["assignableRoles"] = []
    return Answer(200, {"data": data, "meta": meta, "links": links})


def _check_name(tenant: Tenant, name: str, apart_from: str | None = None) -> None:
    if len(name) > 256 or any(mark in name for mark in FORBIDDEN):
        raise ApiError(
            400, "Invalid space name", f"a name has 256 characters at most and none of {' '.join(FORBIDDEN)}"
        )
    if any(space.name == name and space.id != apart_from for space in tenant.spaces.values()):
        raise ApiError(409, "Conflict", f"a space named {name} exists already")


def create_space(tenant: Tenant, call: Call) -> Answer:
    """Answer POST spaces."""
    body = call.json_object()
    name = (text_member(body, "name", required=True) or "").strip()
    kind = text_member(body, "type", required=True)
    if kind not in TYPES:
        raise ApiError(400, "Invalid request body", f"type must be one of {', '.join(TYPES)}")
    identity = call.identity
    scoped = identity.has_scope("user_default", "admin_classic", "admin.spaces", f"spaces.{kind}")
    if not scoped or not (identity.is_tenant_admin() or CREATORS[kind] in identity.user.roles):
        raise ApiError(403, "Forbidden", f"You may not create {kind} spaces")
    _check_name(tenant, name)
    space = tenant.add_space(name, kind, identity.user.id, text_member(body, "description") or "")
    return Answer(201, _item(tenant, space, call))


def find_space(tenant: Tenant, call: Call) -> Space:
    """Give the space of a path; raise ApiError 404 for one that the caller doesn't see."""
    space = tenant.spaces.get(call.parameters["id"])
    if space is None or not call.identity.sees_space(space):
        raise ApiError(404, "Space not found", f"space {call.parameters['id']} doesn't exist")
    return space


def managed_space(tenant: Tenant, call: Call) -> Space:
    """Give the space of a path; raise ApiError 403 for one that the caller may not change."""
    space = find_space(tenant, call)
    scoped = call.identity.has_scope("user_default", "admin_classic", "admin.spaces", f"spaces.{space.type}")
    if not scoped or not may_manage(space, call):
        raise ApiError(403, "Forbidden", f"You may not change space {space.id}")
    return space


def get_space(tenant: Tenant, call: Call) -> Answer:
    """Answer GET spaces/{id}; 404 also when the caller has no access."""
    return Answer(200, _item(tenant, find_space(tenant, call), call))


def _change(tenant: Tenant, space: Space, changes: dict[str, Any]) -> None:
    for name in changes:
        text_member(changes, name, required=name != "description")
    if "name" in changes:
        _check_name(tenant, changes["name"], space.id)
    if "ownerId" in changes and changes["ownerId"] not in tenant.users:
        raise ApiError(400, "Invalid request body", f"user {changes['ownerId']} doesn't exist")
    space.name = changes.get("name", space.name)
    space.owner_id = changes.get("ownerId", space.owner_id)
    space.description = changes.get("description", space.description) or ""
    space.updated = tenant.now()
    tenant.changed()


def patch_space(tenant: Tenant, call: Call) -> Answer:
    """Answer PATCH spaces/{id}: replace /name, /ownerId, /description."""
    space = managed_space(tenant, call)
    body = call.json()
    if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
        raise ApiError(400, "Invalid request body", "The body must be an array of patch operations")
    changes = {}
    for item in body:
        name = str(item.get("path", "")).removeprefix("/")
        if item.get("op") != "replace" or name not in ("name", "ownerId", "description") or "value" not in item:
            raise ApiError(400, "Invalid patch", "only replace of /name, /ownerId and /description is supported")
        changes[name] = item["value"]
    _change(tenant, space, changes)
    return Answer(200, _item(tenant, space, call))


def put_space(tenant: Tenant, call: Call) -> Answer:
    """Answer PUT spaces/{id}."""
    space = managed_space(tenant, call)
    body = call.json_object()
    _change(tenant, space, {name: body[name] for name in ("name", "ownerId", "description") if name in body})
    return Answer(200, _item(tenant, space, call))


def delete_space(tenant: Tenant, call: Call) -> Answer:
    """Answer DELETE spaces/{id}; 412 while connections are in it."""
    space = managed_space(tenant, call)
    if any(connection.space == space.id for connection in tenant.connections.values()):
        raise ApiError(412, "Space is not empty", f"space {space.id} holds connections")
    tenant.remove_space(space.id)
    return Answer(204)


def list_types(_tenant: Tenant, _call: Call) -> Answer:
    """Answer GET spaces/types."""
    return Answer(200, {"data": list(TYPES)})


_S = Dialect.SPACES
_LIST_QUERY = ("name", "type", "ownerId", "roles", "action", "environmentId", "environment.name")
ROUTES = [
    Route("GET", "/api/v1/spaces", list_spaces, _S, _LIST_QUERY),
    Route("POST", "/api/v1/spaces", create_space, _S),
    Route("GET", "/api/v1/spaces/types", list_types, _S),
    Route("GET", "/api/v1/spaces/{id}", get_space, _S),
    Route("PATCH", "/api/v1/spaces/{id}", patch_space, _S),
    Route("PUT", "/api/v1/spaces/{id}", put_space, _S),
    Route("DELETE", "/api/v1/spaces/{id}", delete_space, _S),
]
