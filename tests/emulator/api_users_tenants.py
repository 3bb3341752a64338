"""users and tenants: who am I, where am I (qlik.dev, REST, users and tenants)."""

from __future__ import annotations

from typing import Any

from .api_groups import refuse_or
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route
from .identifiers import hex24, rfc3339
from .paging import limit_of, simple_page
from .records import ROLE_LEVELS, User
from .scim import compile_filter
from .state import SEED_TIME, Tenant

FILTERS: dict[str, Any] = {
    "id": lambda u: u.id,
    "email": lambda u: u.email,
    "subject": lambda u: u.subject,
    "name": lambda u: u.name,
    "status": lambda u: u.status,
    "roles.name": lambda u: u.roles,
    "assignedRoles.name": lambda u: u.roles,
}


def _redirect(tenant: Tenant, call: Call, status: int, path: str) -> Answer:
    origin = call.origin if tenant.behaviours.redirect_location == "absolute" else ""
    return Answer(status, headers={"location": origin + path})


def users_me(tenant: Tenant, call: Call) -> Answer:
    """Answer GET users/me with 301."""
    return _redirect(tenant, call, 301, f"/api/v1/users/{call.identity.user.id}")


def _item(tenant: Tenant, user: User, call: Call) -> dict[str, Any]:
    return {
        "id": user.id,
        "tenantId": tenant.id,
        "name": user.name,
        "email": user.email,
        "subject": user.subject,
        "status": user.status,
        "roles": list(user.roles),
        "assignedRoles": [
            {"id": hex24("role", role), "name": role, "type": "default", "level": ROLE_LEVELS.get(role, "user")}
            for role in user.roles
        ],
        "groups": [],
        "assignedGroups": [
            {"id": group.id, "name": group.name, "providerType": group.provider_type, "assignedRoles": []}
            for group in map(tenant.groups.__getitem__, user.groups)
        ],
        "created": rfc3339(user.created),
        "createdAt": rfc3339(user.created),
        "lastUpdated": rfc3339(user.created),
        "lastUpdatedAt": rfc3339(user.created),
        "links": {"self": {"href": f"{call.origin}/api/v1/users/{user.id}"}},
    }


def get_user(tenant: Tenant, call: Call) -> Answer:
    """Answer GET users/{id}."""
    user = tenant.users.get(call.parameters["id"])
    if user is None:
        raise ApiError(404, "User not found", f"user {call.parameters['id']} doesn't exist")
    return Answer(200, _item(tenant, user, call))


def _page(tenant: Tenant, call: Call, expression: str | None) -> Answer:
    limit = limit_of(call, default=20, maximum=100, clamp=tenant.behaviours.limit_out_of_range == "clamp")
    rows = list(tenant.users.values())
    if expression:
        refuse_or(tenant, expression)
        predicate = compile_filter(expression, FILTERS, exact=False)
        rows = [user for user in rows if predicate(user)]
    if call.query.get("sort", "").lstrip("+- ") == "name":
        rows.sort(key=lambda user: user.name, reverse=call.query["sort"].startswith("-"))
    page, links = simple_page(call, rows, limit, lambda user: user.id)
    payload: dict[str, Any] = {"data": [_item(tenant, user, call) for user in page], "links": links}
    if call.query.get("totalResults") == "true":
        payload["totalResults"] = len(rows)
    return Answer(200, payload)


def list_users(tenant: Tenant, call: Call) -> Answer:
    """Answer GET users with a SCIM filter on e-mail, subject, name, id or status."""
    return _page(tenant, call, call.query.get("filter"))


def filter_users(tenant: Tenant, call: Call) -> Answer:
    """Answer POST users/actions/filter."""
    expression = call.json_object().get("filter")
    if expression is not None and not isinstance(expression, str):
        raise ApiError(400, "Invalid request body", "filter must be a string")
    return _page(tenant, call, expression)


def count_users(tenant: Tenant, _call: Call) -> Answer:
    """Answer GET users/actions/count."""
    return Answer(200, {"total": len(tenant.users)})


def tenants_me(tenant: Tenant, call: Call) -> Answer:
    """Answer GET tenants/me with 302."""
    return _redirect(tenant, call, 302, f"/api/v1/tenants/{tenant.id}")


def get_tenant(tenant: Tenant, call: Call) -> Answer:
    """Answer GET tenants/{id}; there is only one."""
    if call.parameters["id"] != tenant.id:
        raise ApiError(404, "Tenant not found", f"tenant {call.parameters['id']} doesn't exist")
    return Answer(
        200,
        {
            "id": tenant.id,
            "name": tenant.name,
            "hostnames": [*tenant.hostnames, tenant.host],
            "datacenter": f"{tenant.region}-central-1",
            "region": tenant.region,
            "status": tenant.status,
            "created": rfc3339(SEED_TIME),
            "lastUpdated": rfc3339(SEED_TIME),
            "links": {"self": {"href": f"{call.origin}/api/v1/tenants/{tenant.id}"}},
        },
    )


_U, _T = Dialect.USERS, Dialect.TENANTS
ROUTES = [
    Route("GET", "/api/v1/users/me", users_me, _U),
    Route("GET", "/api/v1/users", list_users, _U, ("filter", "totalResults", "fields")),
    Route("GET", "/api/v1/users/actions/count", count_users, _U),
    Route("POST", "/api/v1/users/actions/filter", filter_users, _U, tier=3),
    Route("GET", "/api/v1/users/{id}", get_user, _U, ("fields",)),
    Route("GET", "/api/v1/tenants/me", tenants_me, _T),
    Route("GET", "/api/v1/tenants/{id}", get_tenant, _T),
]
