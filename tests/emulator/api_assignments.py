"""Who may use a space (qlik.dev, REST, spaces, assignments). Only the v1 form exists."""

from __future__ import annotations

from typing import Any

from .api_spaces import ASSIGNABLE, find_space, managed_space
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, text_member
from .identifiers import rfc3339
from .paging import limit_of, simple_page
from .records import Assignment, Space
from .state import Tenant

KINDS = ("user", "group", "bot")


def _item(tenant: Tenant, space: Space, row: Assignment, call: Call) -> dict[str, Any]:
    href = f"{call.origin}/api/v1/spaces/{space.id}/assignments/{row.id}"
    return {
        "id": row.id,
        "type": row.type,
        "assigneeId": row.assignee_id,
        "roles": row.roles,
        "spaceId": space.id,
        "tenantId": tenant.id,
        "createdAt": rfc3339(row.created),
        "createdBy": row.created_by,
        "updatedAt": rfc3339(row.updated),
        "updatedBy": row.updated_by,
        "links": {"self": {"href": href}, "space": {"href": f"{call.origin}/api/v1/spaces/{space.id}"}},
    }


def _readable(tenant: Tenant, call: Call) -> Space:
    if tenant.behaviours.assignments_read_by == "managers":
        return managed_space(tenant, call)
    return find_space(tenant, call)


def list_assignments(tenant: Tenant, call: Call) -> Answer:
    """Answer GET spaces/{id}/assignments, narrowed by type and assigneeId."""
    space = _readable(tenant, call)
    behaviours = tenant.behaviours
    maximum = behaviours.assignments_max_limit or 1_000_000
    limit = limit_of(call, default=10, maximum=maximum, clamp=behaviours.limit_out_of_range == "clamp")
    rows = list(space.assignments.values())
    kind, assignee = call.query.get("type"), call.query.get("assigneeId")
    if kind:
        rows = [row for row in rows if row.type == kind]
    if assignee:
        rows = [row for row in rows if row.assignee_id == assignee]
    page, links = simple_page(call, rows, limit, lambda row: row.id)
    data = [_item(tenant, space, row, call) for row in page]
    return Answer(200, {"data": data, "meta": {"count": len(rows)}, "links": links})


def _roles(space: Space, body: dict[str, Any]) -> list[str]:
    roles = body.get("roles")
    if not isinstance(roles, list) or not roles or not set(map(str, roles)) <= set(ASSIGNABLE[space.type]):
        raise ApiError(400, "Invalid request body", f"roles must be among {', '.join(ASSIGNABLE[space.type])}")
    return [str(role) for role in roles]


def _check_assignee(tenant: Tenant, space: Space, kind: str, assignee: str) -> None:
    known = assignee in tenant.groups if kind == "group" else assignee in tenant.users
    if not known:
        raise ApiError(
            tenant.behaviours.unknown_assignee_status, "Assignee not found", f"there is no {kind} {assignee}"
        )
    if kind != "group" and assignee == space.owner_id:
        raise ApiError(400, "Invalid request body", f"{assignee} owns the space, and holds every role in it")


def create_assignment(tenant: Tenant, call: Call) -> Answer:
    """Answer POST spaces/{id}/assignments: one for each assignee and space."""
    space = managed_space(tenant, call)
    body = call.json_object()
    kind = text_member(body, "type", required=True) or ""
    assignee = text_member(body, "assigneeId", required=True) or ""
    if kind not in KINDS:
        raise ApiError(400, "Invalid request body", "type must be user, group or bot")
    roles = _roles(space, body)
    if any(row.assignee_id == assignee for row in space.assignments.values()):
        raise ApiError(409, "Conflict", f"{assignee} has an assignment already")
    _check_assignee(tenant, space, kind, assignee)
    row = tenant.assign(space, assignee, roles, kind, by=call.identity.user.id)
    return Answer(201, _item(tenant, space, row, call))


def _one(space: Space, call: Call) -> Assignment:
    row = space.assignments.get(call.parameters["assignment"])
    if row is None:
        raise ApiError(404, "Assignment not found", f"assignment {call.parameters['assignment']} doesn't exist")
    return row


def get_assignment(tenant: Tenant, call: Call) -> Answer:
    """Answer GET spaces/{id}/assignments/{assignmentId}."""
    space = _readable(tenant, call)
    return Answer(200, _item(tenant, space, _one(space, call), call))


def put_assignment(tenant: Tenant, call: Call) -> Answer:
    """Answer PUT spaces/{id}/assignments/{assignmentId}: the complete list of roles."""
    space = managed_space(tenant, call)
    row = _one(space, call)
    row.roles = _roles(space, call.json_object())
    row.updated, row.updated_by = tenant.now(), call.identity.user.id
    tenant.changed()
    return Answer(200, _item(tenant, space, row, call))


def delete_assignment(tenant: Tenant, call: Call) -> Answer:
    """Answer DELETE spaces/{id}/assignments/{assignmentId}."""
    space = managed_space(tenant, call)
    del space.assignments[_one(space, call).id]
    tenant.changed()
    return Answer(204)


_S = Dialect.SPACES
_ALL, _SINGLE = "/api/v1/spaces/{id}/assignments", "/api/v1/spaces/{id}/assignments/{assignment}"
ROUTES = [
    Route("GET", _ALL, list_assignments, _S, ("type", "assigneeId")),
    Route("POST", _ALL, create_assignment, _S),
    Route("GET", _SINGLE, get_assignment, _S),
    Route("PUT", _SINGLE, put_assignment, _S),
    Route("DELETE", _SINGLE, delete_assignment, _S),
]
