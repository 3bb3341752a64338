"""What making a connection asks of its tenant: nothing that was answered already, and nothing less than it takes to
know what is being done.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import owner_part, read_sending

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE = "qlik_data_connection"
BULK = "qlik_data_connections"
PLACED = ["GET v1/spaces", "GET v1/data-connections"]
SPEC = "GET v1/data-sources/postgres/api-specs"
LIST = "GET v1/data-sources"
ME = "GET v1/users/me"
POST = "POST v1/data-connections"


def definition(**more: Any) -> dict[str, Any]:
    properties = {"host": "db.example.com", "port": 5432, "db": "orders", "username": "reader"}
    return {"name": "Orders", "space": "Sales", "data_source": "postgres", "properties": properties, **more}


@pytest.fixture
def sales(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.reset_log()
    return acme


def test_a_connection_without_secrets_takes_three_reads_before_it_is_made(sales: Tenant) -> None:
    made = succeed(ONE, sales, definition())
    assert requests_of(sales) == [*PLACED, SPEC, POST, "GET v1/data-connections/<id>"]
    assert made["requests"]["reads"] == 4
    assert made["connection"]["qri"], "the answer to a creation need not show it, so that it is read"


def test_who_will_own_secrets_takes_one_request_more(sales: Tenant) -> None:
    succeed(ONE, sales, definition(secrets={"password": "a"}, fingerprint_key="a key that is long enough"))
    assert requests_of(sales) == [*PLACED, SPEC, ME, POST, "GET v1/data-connections/<id>"]


@pytest.mark.parametrize("location", ["relative", "absolute"])
def test_the_owner_is_known_by_where_the_tenant_leads(sales: Tenant, location: str) -> None:
    sales.set_behaviours(redirect_location=location)
    secret = {"secrets": {"password": "a"}, "fingerprint_key": "a key that is long enough"}
    succeed(ONE, sales, definition(**secret))
    connection = next(iter(sales.connections.values()))
    sending = read_sending(connection.tags)
    assert sending is not None
    assert sending.owner == owner_part(connection.owner)


def test_many_sources_take_a_specification_each_and_no_list(sales: Tenant) -> None:
    other = {"name": "Pages", "space": "Sales", "data_source": "rest", "properties": {"url": "https://example.com"}}
    succeed(BULK, sales, {"connections": [definition(), definition(name="More"), other]})
    assert sorted(requests_of(sales)) == sorted([*PLACED, SPEC, SPEC.replace("postgres", "rest"), POST, POST, POST])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"data_source": "postgers"}, "data source 'postgers' is not known to this tenant. Did you mean 'postgres'"),
        ({"properties": {"hots": "db.example.com"}}, "property 'hots' is not known to data source 'postgres'."),
        ({"type": "other.exe"}, "connections of data source 'postgres' are of type 'QvOdbcConnectorPackage.exe'"),
        ({"properties": {"host": "h", "driver": "mysql"}}, "which says that it is of another data source"),
    ],
)
def test_the_list_is_read_where_something_is_to_be_said_of_it(sales: Tenant, more: dict[str, Any], told: str) -> None:
    assert told in fail(ONE, sales, definition(**more))
    assert LIST in requests_of(sales)
    assert POST not in requests_of(sales)


def test_a_disabled_source_is_called_disabled(sales: Tenant) -> None:
    sales.disabled_sources = {"postgres"}
    assert "data source 'postgres' is disabled on this tenant" in fail(ONE, sales, definition())


@pytest.mark.parametrize("name", ["PostgreSQL", "Google BigQuery (Simba)"])
def test_a_display_name_is_found_in_the_list(sales: Tenant, name: str) -> None:
    result = run(ONE, sales, definition(data_source=name), check=True)
    assert LIST in requests_of(sales)
    if name == "PostgreSQL":
        assert result["connection"]["data_source"] == "postgres"


def test_the_type_is_foreseen_without_the_list(sales: Tenant) -> None:
    foreseen = succeed(ONE, sales, definition(), check=True)
    assert LIST not in requests_of(sales)
    assert foreseen["connection"]["type"] == succeed(ONE, sales, definition())["connection"]["type"]


def test_without_validation_no_specification_is_read(sales: Tenant) -> None:
    succeed(BULK, sales, {"connections": [definition()], "validate": False})
    assert requests_of(sales) == [*PLACED, LIST, POST]


def test_what_changes_beside_a_creation_is_still_held_against_its_own_source(sales: Tenant) -> None:
    space = next(iter(sales.spaces.values()))
    sales.add_connection("Pages", "rest", {"url": "https://example.com"}, space=space.id)
    wrong = {
        "name": "Pages",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://example.org", "metod": "GET"},
    }
    message = fail(BULK, sales, {"connections": [definition(), wrong]})
    assert "property 'metod' is not known to data source 'rest'" in message
    assert sales.writes() == []
