"""The emulator is held to Qlik's own reference: it refuses what breaks a schema, and its answers keep to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.datastructures import Headers, QueryParams

from tests.emulator import Tenant
from tests.emulator.behaviours import Behaviours
from tests.emulator.contract import breach_of, exchange_of, fault_of
from tests.emulator.emulator import TENANT_ROUTES
from tests.emulator.errors import Dialect
from tests.emulator.exchange import Answer, Call, Route
from tests.emulator.organization import ROUTES as ORGANIZATION_ROUTES
from tests.unit.emulator.conftest import Client

FROM_STATEMENT = {
    "datasourceID": "mssql",
    "qName": "Raw",
    "qType": "QvOdbcConnectorPackage.exe",
    "qConnectStatement": 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=h;"',
}


@pytest.mark.parametrize(
    "change",
    [
        {"qLogOn": 1},
        {"connectionProperties": {"host": "h"}},
        {"tags": None},
        {"tags": "nightly"},
        {"qSeparateCredentials": "maybe"},
        {"qSeparateCredentials": "true"},
        {"qArchitecture": 2},
        {"qPassword": 5},
    ],
    ids=str,
)
def test_a_creation_from_a_statement_that_breaks_the_schema_is_refused(
    admin: Client, acme: Tenant, change: dict[str, Any]
) -> None:
    assert admin("POST", "data-connections", json={**FROM_STATEMENT, **change}).status_code == 400
    assert not acme.connections
    assert admin("POST", "data-connections", json=FROM_STATEMENT).status_code == 201


@pytest.mark.parametrize(
    "change", [{"authUrlOnly": "true"}, {"tags": None}, {"connectionProperties": []}, {"space": 5}], ids=str
)
def test_a_creation_from_properties_that_breaks_the_schema_is_refused(
    admin: Client, acme: Tenant, change: dict[str, Any]
) -> None:
    body = {
        "datasourceID": "postgres",
        "qName": "A",
        "connectionProperties": {"host": "h", "username": "u", "password": "p"},
    }
    assert admin("POST", "data-connections", json={**body, **change}).status_code == 400
    assert not acme.connections


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/connectionProperties", {"host": "h"}),
        ("/tags", None),
        ("/qSeparateCredentials", "maybe"),
        ("/connectionProperties/db", None),
        ("/connectionProperties/db", {"a": "b"}),
    ],
)
def test_a_patch_that_breaks_the_schema_is_refused(admin: Client, path: str, value: Any) -> None:
    made = admin.create().json()["qID"]
    before = admin("GET", f"data-connections/{made}?parseConnection=true").json()
    assert admin.patch(made, ("replace", path, value)).status_code == 400
    assert admin("GET", f"data-connections/{made}?parseConnection=true").json() == before


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_says_that_it_is_json(admin: Client, acme: Tenant, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert admin("POST", "data-connections", data=json.dumps(FROM_STATEMENT), headers=headers).status_code == 400
    assert not acme.connections
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert admin("POST", "data-connections", data=json.dumps(FROM_STATEMENT), headers=headers).status_code == 201


def test_a_token_is_also_had_by_http_basic(acme: Tenant) -> None:
    client = Client(acme, None)
    body = {"grant_type": "client_credentials"}
    assert client("POST", "/oauth/token", json=body, auth=("client-acme", "secret-acme")).status_code == 200
    assert client("POST", "/oauth/token", json=body, auth=("client-acme", "wrong")).status_code == 401
    assert client("POST", "/oauth/token", json=body).status_code == 401
    assert client("POST", "/oauth/token", json=body, headers={"Authorization": "Basic ***"}).status_code == 400


def test_a_patch_by_name_finds_a_connection_of_a_shared_space(admin: Client, acme: Tenant) -> None:
    space = acme.add_space("Sales")
    made = admin.create("Orders", space=space.id).json()["qID"]
    body = [{"op": "replace", "path": "/qName", "value": "Renamed"}]
    assert admin("PATCH", "data-connections/Orders?type=connectionname", json=body).status_code == 204
    assert acme.connections[made].name == "Renamed"
    acme.set_behaviours(patch_name_scope="personal")
    assert admin("PATCH", "data-connections/Renamed?type=connectionname", json=body).status_code == 404


def test_a_disabled_source_has_no_specification(admin: Client, acme: Tenant) -> None:
    acme.disabled_sources.add("rest")
    assert admin("GET", "data-sources/rest/api-specs").status_code == 404
    assert admin("GET", "data-sources/postgres/api-specs").status_code == 200


def test_the_specification_of_s3_takes_the_values_of_the_tutorials(admin: Client) -> None:
    spec = admin("GET", "data-sources/File_AmazonS3ConnectorV2/api-specs").json()["connectionProperties"]["properties"]
    assert spec["region"]["enum"][:2] == ["af-south-1", "ap-east-1"]
    assert spec["region"]["default"] == "us-east-1"
    assert spec["storeSseHeader"]["type"] == "string"
    assert "default" not in spec["storeSseHeader"]


def test_spaces_take_the_roles_of_the_types(admin: Client, acme: Tenant) -> None:
    space = acme.add_space("Lake", "data")
    path = f"spaces/{space.id}/assignments"
    analyst = acme.user("analyst").id
    body = {"type": "user", "assigneeId": analyst, "roles": ["dataproducer"]}
    assert admin("POST", path, json=body).status_code == 400
    made = admin("POST", path, json={**body, "roles": ["datapreview"]}).json()
    assert (made["tenantId"], made["createdBy"]) == (acme.id, acme.user("admin").id)
    assert (
        "operator"
        not in admin("GET", f"spaces/{acme.add_space('Published', 'managed').id}").json()["meta"]["assignableRoles"]
    )


def test_details_of_sources_are_those_of_the_types(admin: Client) -> None:
    listed = admin("GET", "data-sources?dataSourceId=rest&detail=true&includeui=true").json()
    (node,) = listed["connectorNodes"]
    assert node["cachedDataSources"] == ["rest"]
    assert set(listed["dataSources"][0]["uiInfo"]) >= {"connectUrl", "credentialsUrl", "iframe"}


def test_the_contract_knows_every_endpoint() -> None:
    routes = [*TENANT_ROUTES.routes, *ORGANIZATION_ROUTES]
    assert [f"{route.method} {route.path}" for route in routes if exchange_of(route) is None] == []


def _call(method: str, path: str) -> Call:
    return Call(method, path, QueryParams(""), Headers({}), b"", "http://127.0.0.1")


def test_an_answer_that_breaks_the_contract_is_noticed() -> None:
    route = Route("GET", "/api/v1/tenants/{id}", lambda _site, _call: Answer(), Dialect.TENANTS)
    call = _call("GET", "/api/v1/tenants/1")
    good = {"id": "0" * 24, "name": "acme", "hostnames": ["a.example"]}
    assert breach_of(route, call, Answer(200, good), all_defaults=True) == ""
    for bad in ({**good, "hostnames": "a.example"}, {**good, "unheardOf": 1}, {"name": "acme"}):
        assert breach_of(route, call, Answer(200, bad), all_defaults=True)
    refusal = {"errors": [{"code": "X", "title": "x"}]}
    assert breach_of(route, call, Answer(404, refusal), all_defaults=True) == ""
    assert "not documented" in breach_of(route, call, Answer(403, refusal), all_defaults=True)
    assert breach_of(route, call, Answer(403, refusal), all_defaults=False) == ""
    assert breach_of(route, call, Answer(404, {"error": "x"}), all_defaults=False)
    unknown = Route("GET", "/api/v1/unknown", route.handler, Dialect.TENANTS)
    assert "doesn't know" in breach_of(unknown, call, Answer(200, good), all_defaults=True)


def test_a_breach_is_noted_by_the_running_emulator(
    acme: Tenant, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[str] = []
    monkeypatch.setattr(acme, "breaches", noted)
    monkeypatch.setattr(acme, "status", "sleeping")
    assert admin("GET", f"tenants/{acme.id}").status_code == 200
    assert len(noted) == 1
    assert "status" in noted[0]
    assert acme.behaviours == Behaviours()


def test_schemas_say_what_is_wrong() -> None:
    assert fault_of("SourceSettings", {"disabled": True}) == ""
    assert "disabled" in fault_of("SourceSettings", {"disabled": "yes"})
