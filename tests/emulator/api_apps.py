"""apps, their scripts and logs, and items (qlik.dev, REST, apps and items). Only the v1 forms exist."""

from __future__ import annotations

import math
from typing import Any

from .apps import ACTIVE, App
from .contract import check_body
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, text_member
from .identifiers import hex24, rfc3339, uuid_from
from .paging import limit_of, simple_page
from .privileges import Identity
from .reloading import proceed
from .script_text import EngineError
from .script_tree import tree_of
from .state import Tenant

CREATOR = "PrivateAnalyticsContentCreator"
SCOPES = ("apps", "admin.apps", "user_default", "admin_classic")
READING_SCOPES = (*SCOPES, "apps:read", "admin.apps:read")
PRIVILEGES = ["read", "create", "update", "delete", "reload", "import", "publish", "duplicate", "export", "exportdata"]
RESOURCES = ("sheet", "bookmark", "snapshot", "story", "dimension", "measure", "masterobject", "variable")


def sees_app(tenant: Tenant, identity: Identity, app: App) -> bool:
    """Tell whether an app exists for the caller."""
    space = tenant.spaces.get(app.space) if app.space else None
    if app.owner == identity.user.id or identity.administers(space):
        return True
    return space is not None and identity.sees_space(space)


def edits_app(tenant: Tenant, identity: Identity, app: App) -> bool:
    """Tell whether the caller may change and reload an app."""
    space = tenant.spaces.get(app.space) if app.space else None
    return app.owner == identity.user.id or (space is not None and identity.may_create_in(space, tenant.behaviours))


def find_app(tenant: Tenant, call: Call, *scopes: str, app_id: str | None = None) -> App:
    """Find the app of a path; raise ApiError 403 without a scope, 404."""
    if not call.identity.has_scope(*scopes):
        raise ApiError(403, "Forbidden", f"The token has none of the scopes {', '.join(scopes)}")
    app = tenant.apps.get(app_id or call.parameters["appId"])
    if app is None or not sees_app(tenant, call.identity, app):
        raise ApiError(404, "App not found", "the app doesn't exist")
    return app


def _may_create(tenant: Tenant, identity: Identity, space_id: str | None) -> bool:
    if not identity.has_scope(*SCOPES, "apps:create"):
        return False
    if space_id:
        space = tenant.spaces.get(space_id)
        if space is None or not identity.sees_space(space):
            raise ApiError(404, "Space not found", "the space doesn't exist")
        return space.type == "shared" and identity.may_create_in(space, tenant.behaviours)
    user = identity.user
    if CREATOR in user.roles:
        return True
    is_bot = user.subject.startswith("qlikbot\\")
    return user.makes_apps and (not is_bot or tenant.behaviours.bot_apps == "any")


def create_app(tenant: Tenant, call: Call) -> Answer:
    """Answer POST apps."""
    body = call.json_object()
    check_body("CreateApp", body)
    attributes = body.get("attributes") or {}
    name = text_member(attributes, "name", required=True) or ""
    space_id = attributes.get("spaceId") or None
    if not _may_create(tenant, call.identity, space_id):
        raise ApiError(403, "Forbidden", "You may not create apps there")
    tenant.app_number += 1
    now = tenant.clock()
    app_id = uuid_from(tenant.name, "app", str(tenant.app_number))
    usage = attributes.get("usage") or "ANALYTICS"
    description = attributes.get("description") or ""
    app = App(app_id, name, call.identity.user.id, space_id, description, now, now, usage)
    tenant.apps[app_id] = app
    return Answer(200, _shown(tenant, app))


def _shown(tenant: Tenant, app: App) -> dict[str, Any]:
    return {
        "attributes": {
            "id": app.id,
            "name": app.name,
            "description": app.description,
            "thumbnail": "",
            "lastReloadTime": "",
            "createdDate": rfc3339(app.created),
            "modifiedDate": rfc3339(app.updated),
            "owner": tenant.users[app.owner].subject if app.owner in tenant.users else "",
            "ownerId": app.owner,
            "dynamicColor": "",
            "published": False,
            "publishTime": "",
            "custom": {},
            "hasSectionAccess": False,
            "encrypted": False,
            "originAppId": "",
            "isDirectQueryMode": False,
            "usage": app.usage,
        },
        "privileges": PRIVILEGES,
        "create": [{"resource": resource, "canCreate": True} for resource in RESOURCES],
    }


def delete_app(tenant: Tenant, call: Call) -> Answer:
    """Answer DELETE apps/{appId}: 200 without a body. A reload of it that goes on comes to nothing."""
    app = find_app(tenant, call, *SCOPES, "apps:delete")
    space = tenant.spaces.get(app.space) if app.space else None
    if not (edits_app(tenant, call.identity, app) or call.identity.administers(space)):
        raise ApiError(403, "Forbidden", "You may not delete this app")
    now = proceed(tenant)
    for reload in tenant.reloads.values():
        if reload.app_id == app.id and reload.free_at > now:
            reload.withdrawn = reload.canceled = now
    del tenant.apps[app.id]
    return Answer(200)


def set_script(tenant: Tenant, call: Call) -> Answer:
    """Answer POST apps/{appId}/scripts: 200 without a body."""
    app = find_app(tenant, call, *SCOPES)
    if not edits_app(tenant, call.identity, app):
        raise ApiError(403, "Forbidden", "You may not change this app")
    body = call.json_object()
    check_body("ScriptVersion", body)
    app.script = body.get("script") or ""
    app.updated = tenant.clock()
    return Answer(200)


def validate_script(_tenant: Tenant, call: Call) -> Answer:
    """Answer POST apps/validatescript: whether the control statements fit together."""
    if not call.identity.has_scope(*READING_SCOPES):
        raise ApiError(403, "Forbidden", f"The token has none of the scopes {', '.join(SCOPES)}")
    body = call.json_object()
    check_body("Script", body)
    errors = []
    try:
        tree_of(body.get("script") or "")
    except EngineError as fault:
        errors.append({"Msg": fault.text, "Tab": 1, "Line": 1, "Column": 1, "Info": ""})
    return Answer(200, {"Errors": errors, "Warnings": []})


def reload_log(tenant: Tenant, call: Call) -> Answer:
    """Answer GET apps/{appId}/reloads/logs/{reloadId}."""
    app = find_app(tenant, call, *READING_SCOPES)
    now = proceed(tenant)
    reload = tenant.reloads.get(call.parameters["reloadId"])
    if reload is None or reload.app_id != app.id or reload.log is None or reload.started is None:
        raise ApiError(404, "Log not found", "there is no such log")
    behaviours = tenant.behaviours
    status = reload.status(now, with_errors=behaviours.reload_with_errors)
    until, only_flushed = math.inf, False
    if status in (*ACTIVE, "CANCELED", "EXCEEDED_LIMIT"):
        how = behaviours.running_log if status in ACTIVE else behaviours.cancelled_log
        if how == "none":
            raise ApiError(404, "Log not found", "there is no such log")
        until, only_flushed = min(now, reload.withdrawn, reload.free_at) - reload.started, how == "flushed"
    text = reload.log.text(reload.started, until, only_flushed=only_flushed)
    return Answer(200, raw=text.encode(), content_type="text/plain; charset=UTF-8")


def list_items(tenant: Tenant, call: Call) -> Answer:
    """Answer GET items: `name` matches any part, without regard to case."""
    identity = call.identity
    limit = limit_of(call, default=10, maximum=100, clamp=tenant.behaviours.limit_out_of_range == "clamp")
    rows = [app for app in tenant.apps.values() if sees_app(tenant, identity, app)]
    if not identity.has_scope(*READING_SCOPES) or call.query.get("resourceType", "app") != "app":
        rows = []
    name, space_id = call.query.get("name"), call.query.get("spaceId")
    if name:
        rows = [app for app in rows if name.lower() in app.name.lower()]
    for key, value in (("owner", call.query.get("ownerId")), ("id", call.query.get("resourceId"))):
        rows = [app for app in rows if not value or getattr(app, key) == value]
    if space_id:
        rows = [app for app in rows if (app.space or "personal") == space_id]
    sort = call.query.get("sort", "+createdAt")
    keys: dict[str, Any] = {
        "createdAt": lambda a: a.created,
        "updatedAt": lambda a: a.updated,
        "name": lambda a: a.name,
    }
    if sort.lstrip("+- ") not in keys:
        raise ApiError(400, "Invalid query parameter", f"sort must be one of {', '.join(keys)}")
    rows.sort(key=keys[sort.lstrip("+- ")], reverse=sort.startswith("-"))
    page, links = simple_page(call, rows, limit, lambda app: app.id)
    return Answer(200, {"data": [_item(tenant, app, call) for app in page], "links": links})


def _item(tenant: Tenant, app: App, call: Call) -> dict[str, Any]:
    item_id = hex24(app.id, "item")
    created, updated = rfc3339(app.created), rfc3339(app.updated)
    actions = ["delete", "read", "reload", "update"] if edits_app(tenant, call.identity, app) else ["read"]
    item = {
        "id": item_id,
        "name": app.name,
        "description": app.description,
        "resourceId": app.id,
        "resourceType": "app",
        "resourceAttributes": _shown(tenant, app)["attributes"],
        "resourceCustomAttributes": None,
        "resourceCreatedAt": created,
        "resourceUpdatedAt": updated,
        "ownerId": app.owner,
        "creatorId": app.owner,
        "tenantId": tenant.id,
        "createdAt": created,
        "updatedAt": updated,
        "actions": actions,
        "collectionIds": [],
        "isFavorited": False,
        "meta": {"actions": actions, "collections": [], "tags": [], "isFavorited": False},
        "links": {"self": {"href": f"{call.origin}/api/v1/items/{item_id}"}},
    }
    return item | ({"spaceId": app.space} if app.space else {})


_ITEM_QUERY = ("resourceType", "name", "spaceId", "ownerId", "resourceId", "noActions")
ROUTES = [
    Route("POST", "/api/v1/apps", create_app, Dialect.APPS),
    Route("POST", "/api/v1/apps/validatescript", validate_script, Dialect.APPS),
    Route("DELETE", "/api/v1/apps/{appId}", delete_app, Dialect.APPS),
    Route("POST", "/api/v1/apps/{appId}/scripts", set_script, Dialect.APPS),
    Route("GET", "/api/v1/apps/{appId}/reloads/logs/{reloadId}", reload_log, Dialect.APPS),
    Route("GET", "/api/v1/items", list_items, Dialect.ITEMS, _ITEM_QUERY),
]
