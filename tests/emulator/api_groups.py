"""groups: those that users belong to, and the built-in ones (qlik.dev, REST, groups). Only the v1 form exists."""

from __future__ import annotations

from typing import Any

from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route
from .identifiers import rfc3339
from .paging import limit_of, simple_page
from .records import Group
from .scim import compile_filter
from .state import Tenant

FILTERS: dict[str, Any] = {"id": lambda g: g.id, "name": lambda g: g.name, "status": lambda g: g.status}


def refuse_or(tenant: Tenant, expression: str) -> None:
    """Refuse a filter of several conditions where the tenant takes only one; raise ApiError 400."""
    if tenant.behaviours.filters_with_or == "reject" and " or " in expression.lower():
        raise ApiError(400, "Invalid filter", "The filter is not valid: only one condition is supported")


def _item(tenant: Tenant, group: Group, call: Call) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "status": group.status,
        "tenantId": tenant.id,
        "createdAt": rfc3339(group.created),
        "lastUpdatedAt": rfc3339(group.created),
        "assignedRoles": [],
        "links": {"self": {"href": f"{call.origin}/api/v1/groups/{group.id}"}},
    }
    if not group.is_system:
        item["providerType"] = group.provider_type
        item["description"] = ""
    return item


def list_groups(tenant: Tenant, call: Call) -> Answer:
    """Answer GET groups; conditions of the filter ignore case. The built-in ones are had by systemGroups alone."""
    _check_reader(tenant, call)
    if call.flag("systemGroups"):
        if len(call.query) > 1:
            raise ApiError(400, "Invalid query parameter", "systemGroups can't be combined with anything")
        system = [group for group in tenant.groups.values() if group.is_system]
        links = {"self": {"href": f"{call.origin}{call.path}?systemGroups=true"}}
        return Answer(200, {"data": [_item(tenant, group, call) for group in system], "links": links})
    limit = limit_of(call, default=20, maximum=100, clamp=tenant.behaviours.limit_out_of_range == "clamp")
    rows = [group for group in tenant.groups.values() if not group.is_system]
    expression = call.query.get("filter")
    if expression:
        refuse_or(tenant, expression)
        predicate = compile_filter(expression, FILTERS, exact=False)
        rows = [group for group in rows if predicate(group)]
    page, links = simple_page(call, rows, limit, lambda group: group.id)
    payload: dict[str, Any] = {"data": [_item(tenant, group, call) for group in page], "links": links}
    if call.query.get("totalResults") == "true":
        payload["totalResults"] = len(rows)
    return Answer(200, payload)


def get_group(tenant: Tenant, call: Call) -> Answer:
    """Answer GET groups/{groupId}."""
    _check_reader(tenant, call)
    group = tenant.groups.get(call.parameters["groupId"])
    if group is None:
        raise ApiError(404, "Group not found", f"group {call.parameters['groupId']} doesn't exist")
    return Answer(200, _item(tenant, group, call))


def _check_reader(tenant: Tenant, call: Call) -> None:
    if tenant.behaviours.groups_read_by == "admins" and not call.identity.is_some_admin():
        raise ApiError(403, "Forbidden", "You may not read groups")


ROUTES = [
    Route("GET", "/api/v1/groups", list_groups, Dialect.GROUPS, ("filter", "systemGroups", "totalResults")),
    Route("GET", "/api/v1/groups/{groupId}", get_group, Dialect.GROUPS),
]
