"""What YAML makes of a value: whole floats converge, and what isn't the secret or the file that was meant is never
sent.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import same_value
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, succeed

ONE = "qlik_data_connection"
KEY = "a fingerprint key of some length"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----\n"
SFTP: dict[str, Any] = {
    "name": "Files",
    "space": "Sales",
    "data_source": "File_FileTransferConnector",
    "properties": {"host": "h", "username": "u"},
    "fingerprint_key": KEY,
}


def orders(properties: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    place = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "fingerprint_key": KEY,
        "secrets": {"password": "swordfish"},
    }
    return {**place, "properties": {"host": "h", **(properties or {})}, **changes}


def rest(headers: list[dict[str, Any]]) -> dict[str, Any]:
    properties = {"url": "https://a.example", "queryHeaders": headers}
    return {"name": "Api", "space": "Sales", "data_source": "rest", "properties": properties}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


@pytest.mark.parametrize("values", ["text", "typed"])
@pytest.mark.parametrize("port", [5432.0, 5432, "5432"])
def test_a_whole_float_is_sent_as_the_number_that_it_is(tenant: Tenant, port: Any, values: str) -> None:
    tenant.set_behaviours(parse_values=values)
    declared = orders({"port": port, "QueryTimeout": 30.0})
    succeed(ONE, tenant, declared)
    assert tenant.connection("Orders", "Sales").properties["port"] == "5432"
    assert not succeed(ONE, tenant, declared)["changed"]


@pytest.mark.parametrize("held", ["1.0", "1", "1.00", "1e0"])
def test_what_a_tenant_holds_of_a_whole_float_is_no_drift(tenant: Tenant, held: str) -> None:
    """0.1.0 sent floats as they were."""
    tenant.add_connection(
        "Big", "gbq", {"OAuthMechanism": "0", "Max_TLS": held}, space="Sales", tags=["qlikops.cloud:managed"]
    )
    tenant.reset_log()
    declared = {
        "name": "Big",
        "space": "Sales",
        "data_source": "gbq",
        "properties": {"Max_TLS": 1.0, "OAuthMechanism": 0.0},
    }
    assert succeed(ONE, tenant, declared)["changes"] == []
    assert tenant.writes() == []


@pytest.mark.parametrize(
    ("declared", "actual", "same"),
    [
        (1.0, "1.0", True), (1, "1.0", True), ("1", 1.0, True), ("1.0", 1, True), (1.5, "1.50", True), (1e3,
        "1000.0", True),
        (1.0, "1.1", False), (7, "007", False), ("1.0", "1", False), ("1.10", "1.1", False), (1.0, "true", True),
        (5.0, "five", False),
        (2**53 + 1, str(float(2**53)), False), (1, "1_0", False), (1, "1e999999999", False), (float("inf"), "inf",
        True),
    ],
)  # fmt: skip
def test_numbers_are_compared_as_numbers_and_texts_as_texts(declared: Any, actual: Any, same: bool) -> None:
    assert same_value(declared, actual) is same


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_definition_holds_whole_numbers_as_such(number: int) -> None:
    items = [{"name": "a", "value": float(number)}]
    definition = Definition.from_options({"name": "x", "properties": {"port": float(number), "queryHeaders": items}})
    assert definition.properties == {"port": number, "queryHeaders": [{"name": "a", "value": number}]}
    assert type(definition.properties["port"]) is int


@pytest.mark.parametrize("place", ["properties", "secrets"])
@pytest.mark.parametrize(
    ("value", "kind"), [(True, "a boolean"), (False, "a boolean"), (1234, "a number"), (83.5, "a number")]
)
@pytest.mark.parametrize("validate", [True, False])
def test_a_secret_that_is_no_text_is_refused_before_it_is_sent(
    tenant: Tenant, place: str, value: Any, kind: str, validate: bool
) -> None:
    declared = orders(secrets=None)
    declared[place] = {**(declared[place] or {}), "password": value}
    tenant.reset_log()
    result = fail(
        "qlik_data_connections", tenant, {"connections": [declared], "validate": validate}, check=not validate
    )
    assert f"secret 'password' is {kind}" in result
    assert "put it in quotes" in result
    assert str(value) not in result
    assert tenant.writes() == []


def test_a_password_that_is_a_boolean_is_shown_nowhere(tenant: Tenant) -> None:
    succeed(ONE, tenant, orders())
    declared = orders({"password": True}, secrets=None)
    assert "put it in quotes" in fail(ONE, tenant, declared)
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": "swordfish"}


def test_a_number_that_0_1_0_sent_stays_until_something_is_to_be_sent(tenant: Tenant) -> None:
    succeed(ONE, tenant, orders(secrets={"password": "1234"}))  # the fingerprint of the number is the same
    declared = orders(secrets={"password": 1234})
    tenant.reset_log()
    assert not succeed(ONE, tenant, declared)["changed"]
    assert tenant.writes() == []
    assert "put it in quotes" in fail(ONE, tenant, {**declared, "properties": {"host": "elsewhere"}})


def test_an_encrypted_header_that_is_no_text_is_refused(tenant: Tenant) -> None:
    declared = rest([{"name": "X-Key", "value": 1234, "encrypt": True}, {"name": "X-Page", "value": 5}])
    message = fail(ONE, tenant, declared)
    assert "the encrypted value of 'X-Key' is no text: put it in quotes" in message
    assert "X-Page" not in message


def test_a_switch_that_is_called_like_a_secret_is_one() -> None:
    definition = Definition.from_options({"name": "S", "properties": {"useTokenCache": True, "password": True}})
    assert (definition.properties, definition.secrets) == ({"useTokenCache": True}, {"password": True})


@pytest.mark.parametrize("content", [PEM, '{"type": "service_account"}', "not base64!", "QUJ", 1234])
@pytest.mark.parametrize("place", ["properties", "secrets"])
def test_a_file_that_is_not_base64_never_takes_the_place_of_a_key(tenant: Tenant, content: Any, place: str) -> None:
    good = [{"name": "id.pem", "value": base64.b64encode(PEM.encode()).decode()}]
    succeed(ONE, tenant, {**SFTP, "secrets": {"privateKey": good}})
    held = tenant.secrets_of(tenant.connection("Files", "Sales").id)
    tenant.reset_log()
    wrong = {"privateKey": [{"name": "id.pem", "value": content}]}
    declared = (
        {**SFTP, "secrets": wrong} if place == "secrets" else {**SFTP, "properties": {**SFTP["properties"], **wrong}}
    )
    message = fail(ONE, tenant, declared)
    assert "property 'privateKey': the content of the file" in message
    assert "isn't base64" in message
    assert "Give {path: ...}" in message
    assert str(content) not in message
    assert tenant.writes() == []
    assert tenant.secrets_of(tenant.connection("Files", "Sales").id) == held
    assert "isn't base64" in fail(ONE, tenant, {**declared, "name": "New"})


def test_base64_in_lines_is_a_file(tenant: Tenant) -> None:
    lines = base64.encodebytes(PEM.encode() * 3).decode()
    assert "\n" in lines.strip()
    declared = {**SFTP, "secrets": {"privateKey": [{"name": "id.pem", "value": lines}]}}
    assert succeed(ONE, tenant, declared)["changed"]
    tenant.reset_log()
    assert not succeed(ONE, tenant, declared)["changed"]
    assert "PATCH v1/data-connections/<id>" not in requests_of(tenant)


def test_a_list_of_names_and_values_is_no_file(tenant: Tenant) -> None:
    assert succeed(ONE, tenant, rest([{"name": "Accept", "value": "text/plain; q=0.5"}]))["changed"]
