"""Secrets that are gone from a tenant are sent again; a tenant that doesn't tell whether they are there isn't sent them
for that.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import succeed

KEY = "a fingerprint key of some length"
CONTENT = {
    "data_source": "postgres",
    "properties": {"host": "h", "username": "u"},
    "secrets": {"password": "swordfish"},
}
SHAPES: dict[str, dict[str, Any]] = {
    "embedded": {},
    "nameless": {"separate_credentials": True},
    "named": {"credentials": "Login"},
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def options(count: int = 2, **changes: Any) -> dict[str, Any]:
    items = [{"name": f"Orders {number}", "space": "Sales", **CONTENT, **changes} for number in range(count)]
    return {"connections": items, "fingerprint_key": KEY}


def lose(tenant: Tenant, name: str) -> None:
    row = tenant.connection(name, "Sales")
    tenant.credentials.pop(str(row.credentials_id), None)
    for other in tenant.connections.values():
        if other.credentials_id == row.credentials_id:
            other.credentials_id = None


@pytest.mark.parametrize("memory", [{}, {"fingerprint_key": None}, {"fingerprint_key": None, "secrets_version": "1"}])
@pytest.mark.parametrize("shown", ["single", "never"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_tenant_that_shows_no_credentials_is_sent_no_secrets_for_that(
    tenant: Tenant, shape: str, shown: str, memory: dict[str, Any]
) -> None:
    tenant.set_behaviours(credentials_id_shown=shown)
    wanted = options(**SHAPES[shape])
    version = memory.get("secrets_version")
    wanted = {**wanted, "fingerprint_key": memory.get("fingerprint_key", KEY)}
    wanted["connections"] = (
        [{**item, "secrets_version": version} for item in wanted["connections"]] if version else wanted["connections"]
    )
    succeed("qlik_data_connections", tenant, wanted)
    before = {row.id: (row.updated, dict(row.secrets)) for row in tenant.credentials.values()}
    for _run in range(2):
        result = succeed("qlik_data_connections", tenant, wanted)
        assert not result["changed"], result["results"]
        assert any("shows credentials" in warning for warning in result.get("warnings", [])) is (shape != "named")
    assert {row.id: (row.updated, dict(row.secrets)) for row in tenant.credentials.values()} == before


@pytest.mark.parametrize("policy", ["on_create", "on_change"])
def test_nor_for_an_owner_who_is_the_caller(tenant: Tenant, policy: str) -> None:
    tenant.set_behaviours(credentials_id_shown="never")
    wanted = {**options(owner="admin@acme.example"), "update_secrets": policy}
    succeed("qlik_data_connections", tenant, wanted)
    result = succeed("qlik_data_connections", tenant, wanted)
    assert not result["changed"], result["results"]


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_lost_credentials_are_noticed_where_others_show_theirs(tenant: Tenant, shape: str, elsewhere: bool) -> None:
    tenant.add_space("Finance")
    tenant.add_connection("Foreign", space="Finance" if elsewhere else "Sales", secrets={"password": "foreign"})
    wanted = options(1, **SHAPES[shape])
    succeed("qlik_data_connections", tenant, wanted)
    lose(tenant, "Orders 0")
    assert succeed("qlik_data_connections", tenant, wanted)["changed"]
    assert tenant.secrets_of(tenant.connection("Orders 0", "Sales").id) == {"password": "swordfish"}
    assert not succeed("qlik_data_connections", tenant, wanted)["changed"]


def test_lost_credentials_of_the_only_connection_are_warned_of(tenant: Tenant) -> None:
    wanted = options(1)
    assert succeed("qlik_data_connections", tenant, wanted).get("warnings", []) == []
    lose(tenant, "Orders 0")
    result = succeed("qlik_data_connections", tenant, wanted)
    assert not result["changed"]
    assert any("'Orders 0' still has its secrets" in warning for warning in result.get("warnings", []))
    assert succeed("qlik_data_connections", tenant, {**wanted, "update_secrets": "always"})["changed"]
    assert succeed("qlik_data_connections", tenant, wanted).get("warnings", []) == []


def test_who_brings_own_credentials_is_not_doubted(tenant: Tenant) -> None:
    wanted = options(2, separate_credentials=True, secrets=None, properties={"host": "h"})
    succeed("qlik_data_connections", tenant, wanted)
    tenant.reset_log()
    result = succeed("qlik_data_connections", tenant, wanted)
    assert (result["changed"], result.get("warnings", [])) == (False, [])
    assert len(tenant.log) == 2
