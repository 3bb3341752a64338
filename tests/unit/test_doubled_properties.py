"""A property that stands twice in a connect statement, with different values: one is read, and the other may be what
Qlik takes. Nothing of the kind is sent; what a tenant holds can be read all the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
PLAIN = "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=good.example;port=1433;"
DOUBLED = {
    "host": PLAIN.replace("host=", "host=evil.example;host="),
    "driver": PLAIN.replace("driver=", "driver=other;driver="),
    "provider": f"Provider=Other.exe;{PLAIN}",
    "port": f"{PLAIN} port=2;",
    "password": f"{PLAIN}password=canary-password;password=;",
}


def definition(pairs: str) -> dict[str, Any]:
    return {
        "name": "Raw",
        "space": "Sales",
        "data_source": "mssql",
        "connect_statement": f'CUSTOM CONNECT TO "{pairs}"',
        "secrets": {"qUsername": "first-user", "qPassword": "first-password"},
        "fingerprint_key": "a fingerprint key of some length",
    }


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


@pytest.mark.parametrize("name", DOUBLED)
def test_it_is_refused_by_its_name_before_anything_is_written(tenant: Tenant, name: str) -> None:
    other = {**definition(PLAIN), "name": "Other"}
    for module, options in (
        ("qlik_data_connection", definition(DOUBLED[name])),
        ("qlik_data_connections", {"connections": [other, definition(DOUBLED[name])]}),
    ):
        for check in (True, False):
            said = fail(module, tenant, options, check=check)
            assert f"its connect_statement holds {name} more than once, with different values" in said
            assert "canary" not in said
    assert tenant.writes() == []


def test_the_same_twice_is_the_same(tenant: Tenant) -> None:
    options = {"connections": [definition(f"{PLAIN}host=good.example;")]}
    assert succeed("qlik_data_connections", tenant, options)["changed"]
    assert not succeed("qlik_data_connections", tenant, options)["changed"]


@pytest.mark.parametrize("name", ["host", "driver", "provider", "port"])
def test_what_a_tenant_holds_is_read_and_not_written_to(tenant: Tenant, name: str) -> None:
    succeed("qlik_data_connections", tenant, {"connections": [definition(PLAIN)]})
    held = tenant.connection("Raw", "Sales")
    tenant.edit_connection(held.id, connect_statement=f'CUSTOM CONNECT TO "{DOUBLED[name]}"')
    assert DOUBLED[name] in tenant.connection("Raw", "Sales").statement
    tenant.reset_log()
    assert "more than once" in fail("qlik_data_connections", tenant, {"connections": [definition(DOUBLED[name])]})
    exported = succeed("qlik_data_connection_info", tenant, {"definitions": True})["definitions"]
    assert [one["name"] for one in exported] == ["Raw"]
    del exported[0]["properties"]["username"]  # a tag would remember it from now on
    assert not succeed("qlik_data_connections", tenant, {"connections": exported})["changed"]
    listed = succeed("qlik_data_connections", tenant, {"connections": [], "list_undeclared": "all"}, check=True)
    assert [one["name"] for one in listed["undeclared"]] == ["Raw"]
    assert tenant.writes() == []
