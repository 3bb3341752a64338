"""audits: what happened in a tenant, for administrators (qlik.dev, REST, audits). Only the v1 form exists.

No event about data connections is documented, so by default none is there: what there is, `tenant.add_event` noted, and
the switch `audit_events` says whether the tenant has it.
"""

from __future__ import annotations

from typing import Any

from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route
from .identifiers import rfc3339
from .paging import limit_of, simple_page
from .records import Event
from .state import Tenant

ALWAYS = ("com.qlik.v1.app.created", "com.qlik.v1.app.updated", "com.qlik.v1.reload.finished")


def _events(tenant: Tenant) -> list[Event]:
    if tenant.behaviours.audit_events == "documented":
        return [event for event in tenant.events if event.type in ALWAYS]
    return list(tenant.events)


def _item(tenant: Tenant, event: Event, call: Call) -> dict[str, Any]:
    return {
        "id": event.id,
        "source": "com.qlik/data-connections",
        "contentType": "application/json",
        "eventType": event.type,
        "eventTypeVersion": "1.0.0",
        "eventId": event.id,
        "eventTime": rfc3339(event.when),
        "tenantId": tenant.id,
        "userId": event.user_id,
        "data": dict(event.data),
        "links": {"self": {"href": f"{call.origin}/api/v1/audits/{event.id}"}},
    }


def list_types(tenant: Tenant, call: Call) -> Answer:
    """Answer GET audits/types: what this tenant emits."""
    _check_reader(call)
    return Answer(200, {"data": sorted({*ALWAYS, *(event.type for event in _events(tenant))})})


def list_events(tenant: Tenant, call: Call) -> Answer:
    """Answer GET audits: the newest first, ten rows unless `limit` says otherwise; the type is compared exactly."""
    _check_reader(call)
    limit = limit_of(call, default=10, maximum=100, clamp=tenant.behaviours.limit_out_of_range == "clamp")
    wanted = call.query.get("eventType")
    rows = [event for event in _events(tenant) if wanted in (None, event.type)]
    rows.sort(key=lambda event: event.when, reverse=call.query.get("sort", "-eventTime").startswith("-"))
    page, links = simple_page(call, rows, limit, lambda event: event.id)
    return Answer(200, {"data": [_item(tenant, event, call) for event in page], "links": links})


def _check_reader(call: Call) -> None:
    if not call.identity.is_some_admin():
        raise ApiError(403, "Forbidden", "You may not read audit events")


ROUTES = [
    Route("GET", "/api/v1/audits", list_events, Dialect.AUDITS, ("eventType", "eventTime", "sort", "source", "userId")),
    Route("GET", "/api/v1/audits/types", list_types, Dialect.AUDITS),
]
