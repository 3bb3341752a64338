"""The seed: what tenants there are and what they hold, as YAML or as a dict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from .identifiers import epoch_of
from .organization import Organization
from .state import Tenant

DEFAULT_SEED: dict[str, Any] = {"tenants": [{"name": "acme"}]}

TOP_KEYS = {"tenants", "organization", "oauth_clients"}
TENANT_KEYS = {
    "name", "count", "port", "tls", "id", "region", "country", "subscription", "status", "hostnames", "api_keys",
    "oauth_clients", "users", "groups", "spaces", "connections", "datafiles", "gateways", "disabled_sources",
    "behaviours", "limits", "faults", "ends", "reloads", "latency_ms", "token_lifetime",
}  # fmt: skip
ORGANIZATION_KEYS = {
    "port", "oauth_clients", "subscriptions", "tenants", "behaviours", "limits", "faults", "latency_ms",
    "token_lifetime",
}  # fmt: skip


class SeedError(ValueError):
    """A seed that can't be used."""


def read_seed(path: str | Path) -> dict[str, Any]:
    """Read a seed file."""
    data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise SeedError(f"{path}: expected a mapping with the key tenants")
    return data


def _known(data: Mapping[str, Any], keys: set[str], where: str) -> None:
    unknown = sorted(set(data) - keys)
    if unknown:
        raise SeedError(f"{where}: unknown {', '.join(unknown)}; there are {', '.join(sorted(keys))}")


def expand_tenants(seed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give every tenant's part; one with `count: n` stands for n tenants, `{index}` in its texts for 1 to n."""
    _known(seed, TOP_KEYS, "seed")
    names = set()
    for tenant in seed.get("tenants") or []:
        _known(tenant, TENANT_KEYS, f"tenant {tenant.get('name')}")
        for item in repeated(tenant):
            name = item.get("name")
            if not name or name in names:
                raise SeedError(f"every tenant needs a name of its own, not {name!r}")
            names.add(name)
            yield item


def repeated(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give an item once, or `count` times with {index} replaced in its texts."""
    count = item.get("count")
    plain = {key: value for key, value in item.items() if key != "count"}
    if count is None:
        yield plain
        return
    for index in range(1, int(count) + 1):
        yield {key: _with_index(value, str(index)) for key, value in plain.items()}


def _with_index(value: Any, index: str) -> Any:
    if isinstance(value, str):
        return value.replace("{index}", index)
    if isinstance(value, dict):
        return {_with_index(key, index): _with_index(inner, index) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_index(inner, index) for inner in value]
    return value


def _epoch(value: Any) -> float | None:
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return epoch_of(str(value))


def _settings(site: Tenant | Organization, data: Mapping[str, Any]) -> None:
    site.behaviours.update(data.get("behaviours") or {})
    site.limits.configure(**(data.get("limits") or {}))
    site.set_faults(data.get("faults") or [])
    site.latency_ms = float(data.get("latency_ms", 0))
    site.token_lifetime = float(data.get("token_lifetime", 21600))


def fill_tenant(tenant: Tenant, data: Mapping[str, Any], regional: list[dict[str, Any]]) -> None:
    """Make a tenant what its part of the seed says; `regional` are the OAuth clients of whole regions."""
    with tenant.lock:
        tenant.clear()
        tenant._seeding = True
        try:
            _fill(tenant, data, regional)
        except (KeyError, TypeError, ValueError) as error:
            raise SeedError(f"tenant {tenant.name}: {error}") from error
        finally:
            tenant._seeding = False


def _fill_people(tenant: Tenant, data: Mapping[str, Any]) -> None:
    for group in data.get("groups") or []:
        for item in repeated(group):
            tenant.add_group(**item)
    users = data.get("users") or [{"name": "admin", "email": f"admin@{tenant.name}.example", "roles": ["TenantAdmin"]}]
    for user in users:
        for item in repeated(user):
            tenant.add_user(**item)


def _fill(tenant: Tenant, data: Mapping[str, Any], regional: list[dict[str, Any]]) -> None:
    tenant.id = str(data.get("id") or tenant.id)
    for name in ("region", "country", "subscription", "status"):
        setattr(tenant, name, str(data.get(name) or getattr(tenant, name)))
    tenant.hostnames = list(data.get("hostnames") or [])
    _settings(tenant, data)
    _fill_people(tenant, data)
    keys = data.get("api_keys") or [{"key": f"key-{tenant.name}", "user": next(iter(tenant.users))}]
    for key in keys:
        tenant.add_api_key(key["key"], key.get("user") or next(iter(tenant.users)), _epoch(key.get("expires")))
    for client in data.get("oauth_clients") or []:
        tenant.add_oauth_client(**client)
    for client in regional:
        if client.get("region") in (None, tenant.region):
            tenant.add_oauth_client(client["client_id"], client["client_secret"], client.get("scopes"))
    for space in data.get("spaces") or []:
        for item in repeated(space):
            tenant.add_space(**item)
    tenant.has_datafiles = bool(data.get("datafiles", False))
    tenant.gateways = {name: [dict(row) for row in rows] for name, rows in (data.get("gateways") or {}).items()}
    tenant.disabled_sources = set(data.get("disabled_sources") or [])
    tenant.ends.replace(data.get("ends") or [])
    for connection in data.get("connections") or []:
        for item in repeated(connection):
            end = item.pop("end", None)
            made = tenant.add_connection(**item)
            if end is not None:
                details = {"kind": end} if isinstance(end, str) else dict(end)
                space = tenant.spaces[made.space].name if made.space else ""
                tenant.set_end(name=made.name, space=space, **details)
    tenant.reload_settings.configure(**(data.get("reloads") or {}))


def fill_organization(site: Organization, data: Mapping[str, Any]) -> None:
    """Make the organization what its part of the seed says."""
    _known(data, ORGANIZATION_KEYS, "organization")
    with site.lock:
        site.clear()
        _settings(site, data)
        for client in data.get("oauth_clients") or [
            {"client_id": "organization", "client_secret": "organization-secret"}
        ]:
            site.add_oauth_client(**client)
        site.subscriptions = set(data.get("subscriptions") or [])
        site.others = [dict(row) for row in data.get("tenants") or []]
