"""data-sources: list, api-specs, gateways, settings (qlik.dev, REST, data-sources)."""

from __future__ import annotations

from typing import Any

from .catalogue import CATALOGUE
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, both_forms
from .identifiers import rfc3339
from .privileges import GATEWAY_SCOPE
from .sources import SourceSpec
from .state import SEED_TIME, Tenant


def list_sources(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-sources; of several dataSourceId the last wins; disabled ones need includeDisabled."""
    wanted = call.query.getlist("dataSourceId")
    with_ui, disabled_too = call.flag("includeui"), call.flag("includeDisabled")
    sources = []
    for source in CATALOGUE.values():
        disabled = source.id in tenant.disabled_sources
        if (wanted and source.id != wanted[-1]) or (disabled and not disabled_too):
            continue
        sources.append(source.listed(disabled=disabled, with_ui=with_ui))
    if wanted and not sources:
        raise ApiError(404, "Data source not found", f"data source {wanted[-1]} doesn't exist")
    payload = {"dataSources": sources, "updatedAt" if call.namespaced else "lastUpdated": rfc3339(SEED_TIME)}
    if call.flag("detail"):
        providers = sorted({source["provider"] for source in sources})
        payload["connectorNodes"] = [_node(name, sources) for name in providers]
    return Answer(200, payload)


def _node(provider: str, sources: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a ConnectorNodesInfo of Qlik's types."""
    return {
        "providerName": provider,
        "state": "ready",
        "url": f"http://{provider.removesuffix('.exe').lower()}:50060",
        "contractType": 3,
        "dataSourcesUpdated": True,
        "cachedDataSources": [source["dataSourceId"] for source in sources if source["provider"] == provider],
    }


def _source(call: Call) -> SourceSpec:
    source = CATALOGUE.get(call.parameters["id"])
    if source is None:
        raise ApiError(404, "Data source not found", f"data source {call.parameters['id']} doesn't exist")
    return source


def get_specs(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-sources/{id}/api-specs; 404 when the source is unknown or disabled."""
    source = _source(call)
    if source.id in tenant.disabled_sources:
        raise ApiError(404, "Data source not found", f"data source {source.id} is not enabled")
    specs = source.api_specs()
    if tenant.behaviours.create_auth_code == "header":
        specs["connectionProperties"]["properties"].pop("authCode", None)
    return Answer(200, specs)


def get_gateways(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-sources/{id}/gateways; 404 when the source is unknown, disabled or has no gateway."""
    source = _source(call)
    call.flag("forceRefresh")
    if not call.identity.has_scope(GATEWAY_SCOPE):
        raise ApiError(tenant.behaviours.gateway_scope_status, "Forbidden", f"scope {GATEWAY_SCOPE} is missing")
    found = tenant.gateways.get(source.id) or (tenant.gateways.get("DG_*") if source.needs_gateway else None)
    if not found or source.id in tenant.disabled_sources:
        raise ApiError(404, "No gateway found", f"data source {source.id} has no gateway")
    return Answer(200, {"gateways": found, "refreshedAt": rfc3339(tenant.now())})


def get_settings(tenant: Tenant, call: Call) -> Answer:
    """Answer GET data-sources/{id}/settings."""
    return Answer(200, {"disabled": _source(call).id in tenant.disabled_sources})


def put_settings(tenant: Tenant, call: Call) -> Answer:
    """Answer PUT data-sources/{id}/settings: the tenant-wide switch of a source."""
    source = _source(call)
    if not call.identity.is_tenant_admin():
        raise ApiError(
            tenant.behaviours.settings_status, "Forbidden", "Only a tenant administrator may change settings"
        )
    disabled = call.json_object().get("disabled")
    if not isinstance(disabled, bool):
        raise ApiError(400, "Invalid request body", "disabled must be true or false")
    if disabled == (source.id in tenant.disabled_sources) and tenant.behaviours.source_settings_same == "conflict":
        raise ApiError(409, "Conflict", f"data source {source.id} has these settings already")
    (tenant.disabled_sources.add if disabled else tenant.disabled_sources.discard)(source.id)
    tenant.changed()
    return Answer(200, {"disabled": disabled})


_S = Dialect.SOURCES
ROUTES = both_forms(
    [
        Route("GET", "/data-sources", list_sources, _S, ("dataSourceId", "detail", "includeui", "includeDisabled")),
        Route("GET", "/data-sources/{id}/api-specs", get_specs, _S),
        Route("GET", "/data-sources/{id}/gateways", get_gateways, _S, ("forceRefresh",)),
        Route("GET", "/data-sources/{id}/settings", get_settings, _S),
        Route("PUT", "/data-sources/{id}/settings", put_settings, _S),
    ]
)
