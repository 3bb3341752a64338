"""What Qlik would refuse halfway is refused before the first write; what is there already costs no look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, succeed

ONE, MANY, INFO = "qlik_data_connection", "qlik_data_connections", "qlik_data_connection_info"
NOBODY = "0123456789abcdef01234567"
CONTENT: dict[str, Any] = {"data_source": "postgres", "properties": {"host": "h"}, "secrets": {"password": "swordfish"}}
MANAGED = ["qlikops.cloud:managed"]
GATEWAYS = [{"id": "a::a", "name": "Frankfurt", "default": True}, {"id": "b::b", "name": "Paris", "default": False}]


def one(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Orders",
        "space": "Sales",
        **CONTENT,
        "fingerprint_key": "a fingerprint key of some length",
        **changes,
    }


def through_gateway(instance: Any, **changes: Any) -> dict[str, Any]:
    return one(data_source="DG_postgres", properties={"host": "h", "gatewayInstance": instance}, **changes)


def refuse(tenant: Tenant, definition: dict[str, Any]) -> str:
    """The message, which is the same in both modules and in check mode; nothing is written, also not what is sound."""
    tenant.reset_log()
    beside = {**one(), "name": "Sound", "space": "Finance"}
    message = fail(MANY, tenant, {"connections": [beside, definition]})
    fail(MANY, tenant, {"connections": [beside, definition]}, check=True)
    fail(ONE, tenant, definition)
    assert tenant.writes() == []
    return message


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.add_space("Finance")
    acme.gateways = {"DG_postgres": GATEWAYS}
    return acme


@pytest.mark.parametrize("owner", [NOBODY, "Jane Doe", "../../spaces"])
def test_an_owner_who_does_not_exist(tenant: Tenant, owner: str) -> None:
    said = f"no user of this tenant has the id '{owner}': give the owner's id or e-mail address."
    assert said in refuse(tenant, one(owner=owner))
    tenant.add_connection("Orders", "postgres", {"host": "h"}, space="Sales", tags=MANAGED)
    assert said in refuse(tenant, one(owner=owner))


@pytest.mark.parametrize("owner", [NOBODY, "Jane Doe"])
def test_an_owner_of_a_space_who_does_not_exist(tenant: Tenant, owner: str) -> None:
    tenant.reset_log()
    for name in ("Sales", "New"):
        for check in (True, False):
            options = {"spaces": [{"name": "Landing"}, {"name": name, "owner": owner}]}
            assert f"has the id '{owner}'" in fail(MANY, tenant, options, check=check)
            assert f"has the id '{owner}'" in fail("qlik_space", tenant, {"name": name, "owner": owner}, check=check)
    assert tenant.writes() == []


def test_an_owner_who_has_it_already_is_not_looked_up(tenant: Tenant) -> None:
    analyst = tenant.user("analyst").id
    succeed(MANY, tenant, {"connections": [one(owner=analyst)], "spaces": [{"name": "Sales", "owner": analyst}]})
    tenant.reset_log()
    assert not succeed(
        MANY, tenant, {"connections": [one(owner=analyst)], "spaces": [{"name": "Sales", "owner": analyst}]}
    )["changed"]
    assert requests_of(tenant) == ["GET v1/spaces", "GET v1/users/me", "GET v1/users/<id>", "GET v1/data-connections"]


@pytest.mark.parametrize("instance", ["z::z", "a::A"])
def test_a_gateway_that_the_tenant_does_not_have(tenant: Tenant, instance: str) -> None:
    said = f"gatewayInstance '{instance}' is no gateway of its data source."
    assert said in refuse(tenant, through_gateway(instance))
    succeed(ONE, tenant, through_gateway("a::a"))
    assert said in refuse(tenant, through_gateway(instance))


def test_a_gateway_of_a_replacement_is_checked_too(tenant: Tenant) -> None:
    tenant.add_connection("Orders", "postgres", {"host": "h"}, space="Sales", tags=MANAGED, secrets={"password": "p"})
    assert "is no gateway" in refuse(tenant, through_gateway("z::z", replace="when_required"))


def test_a_tenant_without_gateways(tenant: Tenant) -> None:
    tenant.gateways = {}
    assert "It has none, or the caller sees none." in refuse(tenant, through_gateway("z::z"))


@pytest.mark.parametrize("source", ["DG_postgres", "PostgreSQL (via Direct Access gateway)"])
@pytest.mark.parametrize("instance", ["a::a", "Frankfurt"])
def test_a_gateway_is_found_whatever_its_source_is_called(tenant: Tenant, source: str, instance: str) -> None:
    succeed(ONE, tenant, {**through_gateway(instance), "data_source": source})
    assert tenant.connection("Orders", "Sales").properties["gatewayInstance"] == "a::a"


def test_a_gateway_that_is_there_already_is_not_looked_up(tenant: Tenant) -> None:
    """Also one that the tenant has no more: nothing is to be written."""
    succeed(ONE, tenant, through_gateway("a::a"))
    tenant.gateways = {}
    tenant.reset_log()
    assert not succeed(MANY, tenant, {"connections": [through_gateway("a::a")]})["changed"]
    assert requests_of(tenant) == ["GET v1/spaces", "GET v1/data-connections"]


def test_a_source_that_needs_a_gateway_and_is_given_none(tenant: Tenant) -> None:
    message = refuse(tenant, one(data_source="DG_postgres"))
    assert (
        "data source 'DG_postgres' goes through a Direct Access gateway: name it in the property gatewayInstance"
        in message
    )
    tenant.add_connection("Orders", "mysql", {"host": "h"}, space="Sales", tags=MANAGED, secrets={"password": "p"})
    assert "goes through a Direct Access gateway" in refuse(
        tenant, one(data_source="DG_postgres", replace="when_required")
    )


@pytest.mark.parametrize("source", [{"OAuthMechanism": "1"}, {}])
def test_a_source_that_needs_a_sign_in(tenant: Tenant, source: dict[str, str]) -> None:
    definition = one(data_source="gbq", properties=source, secrets=None)
    message = refuse(tenant, definition)
    assert "neither secrets nor auth_code. With auth_url_only: true" in message
    assert succeed(ONE, tenant, {**definition, "auth_url_only": True})["auth_url"]
    assert succeed(ONE, tenant, {**definition, "auth_code": "code=abc"})["action"] == "create"


def test_a_service_account_signs_in_by_itself(tenant: Tenant) -> None:
    key = {"KeyFilePath": [{"name": "key.json", "value": "e30="}]}
    definition = one(data_source="gbq", properties={"OAuthMechanism": "0"}, secrets=key)
    assert succeed(ONE, tenant, definition)["action"] == "create"


@pytest.mark.parametrize("declared", [{}, {"queryHeaders": [{"name": "X-Key", "value": "", "encrypt": True}]}])
def test_a_new_url_on_a_connection_whose_only_secret_is_an_encrypted_header(
    tenant: Tenant, declared: dict[str, Any]
) -> None:
    headers = [{"name": "Accept", "value": "a/b"}, {"name": "X-Key", "value": "canary", "encrypt": True}]
    properties = {"url": "https://a.example", "authSchema": "anonymous"}
    definition = one(data_source="rest", properties={**properties, "queryHeaders": headers}, secrets=None)
    succeed(ONE, tenant, definition)
    moved = {**properties, "url": "https://b.example"}
    message = refuse(tenant, {**definition, "properties": {**moved, **declared}})
    assert (
        "the encrypted 'X-Key' of the connection can't be read. Declare it with its value and encrypt: true." in message
    )
    assert succeed(ONE, tenant, {**definition, "properties": {**moved, "queryHeaders": headers}})["changed"]
    assert not succeed(ONE, tenant, {**definition, "properties": moved})["changed"]


def test_a_filter_that_names_nothing_is_an_error(tenant: Tenant) -> None:
    tenant.add_connection("Orders", space="Sales")
    assert "'postgress' is not known to this tenant. Did you mean 'postgres'" in fail(
        INFO, tenant, {"data_source": "postgress"}
    )
    assert "space 'Sals' doesn't exist, or the caller can't see it. Did you mean 'Sales'?" in fail(
        INFO, tenant, {"space": "Sals"}
    )
    assert f"no user of this tenant has the id '{NOBODY}'" in fail(INFO, tenant, {"owner": NOBODY})
    orphans = {"orphans": True, "data_source": "postgress"}
    assert "is not known to this tenant" in fail("qlik_data_credential_info", tenant, orphans)


@pytest.mark.parametrize("source", ["postgres", "PostgreSQL"])
def test_a_data_source_may_be_called_by_its_display_name(tenant: Tenant, source: str) -> None:
    tenant.add_connection("Orders", "postgres", space="Sales")
    tenant.add_connection("Other", "mysql", space="Sales")
    (found,) = succeed(INFO, tenant, {"data_source": source})["connections"]
    assert found["name"] == "Orders"
    tenant.disabled_sources = {"postgres"}
    assert len(succeed(INFO, tenant, {"data_source": source})["connections"]) == 1
    assert succeed(INFO, tenant, {"data_source": "mssql"})["connections"] == []


def test_credentials_are_found_by_the_display_name_of_their_source(tenant: Tenant) -> None:
    tenant.add_connection(
        "Orders", "postgres", {"separateCredentials": "true", "credentialsName": "svc"}, secrets={"password": "p"}
    )
    tenant.remove_connection(tenant.connection("Orders").id)
    for source in ("postgres", "PostgreSQL"):
        (found,) = succeed("qlik_data_credential_info", tenant, {"orphans": True, "data_source": source})["credentials"]
        assert found["name"] == "svc"
    assert (
        succeed("qlik_data_credential_info", tenant, {"orphans": True, "data_source": "MySQL Enterprise Edition"})[
            "credentials"
        ]
        == []
    )


def test_an_empty_space_is_the_personal_one(tenant: Tenant) -> None:
    tenant.add_connection("Orders", space="Sales")
    tenant.add_connection("Mine")
    tenant.add_connection("Hers", owner="analyst")
    assert [found["name"] for found in succeed(INFO, tenant, {"space": ""})["connections"]] == ["Mine"]


def test_a_file_that_is_written_as_a_dictionary_is_told_as_such(tenant: Tenant) -> None:
    misspelt = one(data_source="gbq", properties={"KeyFilePath": {"pth": "key.json"}}, secrets={})
    assert "or path); it is a dictionary." in refuse(tenant, misspelt)
