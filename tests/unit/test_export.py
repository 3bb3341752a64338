"""What a tenant holds comes out as definitions that change nothing there, and that with secrets rebuild it elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.emulator.catalogue import CATALOGUE
from tests.emulator.sources import SourceSpec
from tests.jobs import succeed

KEY = "a fingerprint key of some length"
GATEWAY = {"id": "g1::g1", "name": "Frankfurt", "default": True}


def sample(source: SourceSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    """A value for each property of a source, parted into properties and secrets."""
    properties: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    for spec in source.properties.values():
        if spec.name in ("separateCredentials", "selectedCredentials", "credentialsName", "authCode", "gatewayInstance"):
            continue
        value: Any = f"{spec.name} of {source.id}"
        if spec.enum:
            value = spec.enum[-1]
        elif spec.name in ("queryHeaders", "queryParameters"):
            value = [{"name": "Accept", "value": "a=b;c 50%"}, {"name": "X-Key", "value": "top-secret", "encrypt": True}]
        elif spec.type == "array":
            value = [{"name": "file.pem", "value": "QUJD"}]
        elif spec.type == "boolean":
            value = True
        elif spec.type in ("integer", "number"):
            value = 77
        elif spec.name == "url":
            value = "https://api.example/v1/things?page=2&size=50%25"
        is_file = isinstance(value, list) and not spec.name.startswith("query")
        (secrets if is_file or spec.name in source.secret_names else properties)[spec.name] = value
    if source.interactive:
        properties[source.interactive[0]] = next(
            item
            for spec in source.properties.values()
            if spec.name == source.interactive[0]
            for item in spec.enum
            if item != source.interactive[1]
        )
    if source.needs_gateway:
        properties["gatewayInstance"] = GATEWAY["id"]
    return properties, secrets


@pytest.fixture
def tenants(emulator: Emulator) -> tuple[Tenant, Tenant]:
    pair = (emulator.tenant("acme"), emulator.add_tenant({"name": "other"}))
    for tenant in pair:
        tenant.add_space("Sales", "shared")
        tenant.gateways = {"DG_*": [GATEWAY]}
        tenant.limits.configure(enabled=False)
    return pair


@pytest.mark.parametrize("values", ["text", "typed"])
def test_every_source_comes_out_and_goes_in_again(tenants: tuple[Tenant, Tenant], values: str) -> None:
    acme, other = tenants
    for tenant in tenants:
        tenant.set_behaviours(parse_values=values)
    definitions: list[dict[str, Any]] = []
    secrets: dict[str, dict[str, Any]] = {}
    for source in CATALOGUE.values():
        properties, secrets[source.id] = sample(source)
        definitions.append({"name": source.id, "space": "Sales", "data_source": source.id, "properties": properties, "tags": ["t"]})
    whole = [{**definition, "secrets": secrets[definition["name"]]} for definition in definitions]
    created = succeed("qlik_data_connections", acme, {"connections": whole, "fingerprint_key": KEY})
    assert created["summary"]["created"] == len(CATALOGUE)
    again = succeed("qlik_data_connections", acme, {"connections": whole, "fingerprint_key": KEY})
    assert [item for item in again["results"] if item["action"] != "none"] == []

    exported = succeed("qlik_data_connection_info", acme, {"definitions": True})["definitions"]
    assert len(exported) == len(CATALOGUE)
    assert "top-secret" not in str(exported)
    acme.reset_log()
    applied = succeed("qlik_data_connections", acme, {"connections": exported, "fingerprint_key": KEY})
    assert [item for item in applied["results"] if item["action"] != "none"] == []
    assert acme.writes() == []

    complete = [{**definition, "secrets": secrets[definition["name"]]} for definition in exported]
    lists = {"queryHeaders", "queryParameters"}  # with an encrypted item, they are left out as a whole
    for definition in complete:
        whole_lists = {name: value for name, value in sample(CATALOGUE[definition["name"]])[0].items() if name in lists}
        definition["properties"] = {**definition["properties"], **whole_lists}
    rebuilt = succeed("qlik_data_connections", other, {"connections": complete, "fingerprint_key": KEY})
    assert rebuilt["summary"]["created"] == len(CATALOGUE)
    for connection in acme.connections.values():
        twin = other.connection(connection.name, "Sales")
        assert other.properties_of(twin.id) == acme.properties_of(connection.id)


def test_what_stands_in_the_open_but_is_a_secret_is_not_exported(tenants: tuple[Tenant, Tenant]) -> None:
    acme, _other = tenants
    properties = {"url": "https://me:canary@api.example/v1?api_key=canary", "queryHeaders": [{"name": "Authorization", "value": "canary"}]}
    acme.add_connection("Things", "rest", {**properties, "timeout": "5"}, space="Sales")
    (definition,) = succeed("qlik_data_connection_info", acme, {"definitions": True})["definitions"]
    assert "canary" not in str(definition)
    assert definition["properties"]["timeout"] == "5"
