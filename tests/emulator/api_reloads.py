"""reloads (qlik.dev, REST, reloads). Only the v1 form exists."""

from __future__ import annotations

from typing import Any

from .api_apps import READING_SCOPES, SCOPES, edits_app, sees_app
from .apps import ACTIVE, Reload
from .contract import check_body
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route
from .identifiers import hex24, rfc3339
from .limits import RELOAD_TIER
from .reloading import proceed
from .script_log import LINE_END, error_block
from .state import Tenant


def queue_reload(tenant: Tenant, call: Call) -> Answer:
    """Answer POST reloads: one reload of an app at a time."""
    body = call.json_object()
    check_body("ReloadRequest", body)
    variables = body.get("variables") or {}
    if len(variables) > 20 or any(len(name) > 256 or len(value) > 256 for name, value in variables.items()):
        raise ApiError(400, "Invalid request body", "at most 20 variables, of at most 256 characters")
    app = tenant.apps.get(body["appId"])
    if app is None or not sees_app(tenant, call.identity, app):
        raise ApiError(400, "Invalid request body", "the app doesn't exist", code="RELOADS-002")
    if not call.identity.has_scope(*SCOPES) or not edits_app(tenant, call.identity, app):
        raise ApiError(403, "Forbidden", "You may not reload this app", code="RELOADS-003")
    settings = tenant.reload_settings
    if settings.quota is not None and settings.quota <= 0:
        raise ApiError(403, "Quota exceeded", "the reloads of the contract are used up", code="RELOADS-013")
    now = proceed(tenant)
    if any(row.app_id == app.id and _status(tenant, row, now) in ACTIVE for row in tenant.reloads.values()):
        raise ApiError(429, "Reload is pending", "a reload of this app is pending", code="RELOADS-007")
    if settings.quota is not None:
        settings.quota -= 1
    number = len(tenant.reloads) + 1
    weight = body.get("weight") if app.space else 1
    reload = Reload(
        hex24(tenant.name, "reload", str(number)), app.id, call.identity, now, variables, body.get("partial"), weight
    )
    tenant.reloads[reload.id] = reload
    return Answer(201, _shown(tenant, reload, now, call))


def _find(tenant: Tenant, call: Call, *scopes: str) -> Reload:
    reload = tenant.reloads.get(call.parameters["reloadId"])
    if reload is None:
        raise ApiError(404, "Reload not found", "the reload doesn't exist")
    app, identity = tenant.apps.get(reload.app_id), call.identity
    allowed = reload.caller.user.id == identity.user.id or (app is not None and edits_app(tenant, identity, app))
    if not identity.has_scope(*scopes) or not (allowed or identity.is_tenant_admin()):
        raise ApiError(403, "Forbidden", "You may not see this reload", code="RELOADS-003")
    return reload


def get_reload(tenant: Tenant, call: Call) -> Answer:
    """Answer GET reloads/{id}."""
    reload = _find(tenant, call, *READING_SCOPES)
    tenant.passed += tenant.reload_settings.seconds_per_poll
    return Answer(200, _shown(tenant, reload, proceed(tenant), call))


def cancel_reload(tenant: Tenant, call: Call) -> Answer:
    """Answer POST reloads/{id}/actions/cancel: 202 while it runs, 204 when it only waited, 409 when it is over."""
    reload = _find(tenant, call, *SCOPES)
    now = proceed(tenant)
    status = _status(tenant, reload, now)
    if status not in ACTIVE:
        raise ApiError(409, "Conflict", f"the reload is {status}", code="RELOADS-008")
    if status == "QUEUED":
        reload.withdrawn = reload.canceled = now
        if tenant.behaviours.cancel_queued_status == 204:
            return Answer(204)
    if status == "RELOADING":
        reload.withdrawn = now
        reload.canceled = now + tenant.reload_settings.cancel_seconds
    return Answer(202, {"status": "CANCELING"})


def _status(tenant: Tenant, reload: Reload, now: float) -> str:
    return reload.status(now, with_errors=tenant.behaviours.reload_with_errors)


def _shown(tenant: Tenant, reload: Reload, now: float, call: Call) -> dict[str, Any]:
    status = _status(tenant, reload, now)
    shown = {
        "id": reload.id,
        "appId": reload.app_id,
        "tenantId": tenant.id,
        "userId": reload.caller.user.id,
        "type": "external",
        "status": status,
        "creationTime": rfc3339(reload.created),
        "links": {"self": {"href": f"{call.origin}/api/v1/reloads/{reload.id}"}},
    }
    optional: dict[str, Any] = {"partial": reload.partial, "weight": reload.weight}
    if reload.started is not None:
        optional |= {"startTime": rfc3339(reload.started), "log": _summary(reload, status)}
    if status not in ACTIVE:
        optional["endTime"] = rfc3339(min(reload.free_at, now))
    if status == "FAILED":
        code, message = "EngineReloadScriptError", "error in app script or datasource"
        if reload.abandoned:
            code, message = "EngineConnectionError", "the connection to the engine was lost"
        optional |= {"errorCode": code, "errorMessage": message}
    if status == "SUCCEEDED":
        optional["engineTime"] = rfc3339(reload.ended)
    return shown | {name: value for name, value in optional.items() if value is not None}


def _summary(reload: Reload, status: str) -> str:
    lines = [f"ReloadID: {reload.id}", "Started loading data"]
    if status == "SUCCEEDED":
        lines.append("Finished successfully")
    elif status == "FAILED" and reload.outcome.fault is not None:
        lines += error_block(reload.outcome.fault, reload.outcome.statement)
    return "".join(line + LINE_END for line in lines)


_R = Dialect.RELOADS
ROUTES = [
    Route("POST", "/api/v1/reloads", queue_reload, _R, tier=RELOAD_TIER),
    Route("GET", "/api/v1/reloads/{reloadId}", get_reload, _R),
    Route("POST", "/api/v1/reloads/{reloadId}/actions/cancel", cancel_reload, _R),
]
