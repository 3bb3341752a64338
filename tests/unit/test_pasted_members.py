"""What bodies of Qlik's documentation, and results of the info module, say beside what is declared is understood."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connection_spec, data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import shape_problems

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed

ONE, MANY, INFO = "qlik_data_connection", "qlik_data_connections", "qlik_data_connection_info"
KEY = "a fingerprint key of some length"
STATEMENT = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=db.example;db=orders;"'
ODBC = "QvOdbcConnectorPackage.exe"


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def body(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """A ready-made connection, as the reference has it."""
    given = {
        "datasourceID": "postgres",
        "qName": "Orders",
        "qType": ODBC,
        "qConnectStatement": STATEMENT,
        "qUsername": "qlik_reader",
        "qPassword": "canary-swordfish",
        "space": tenant.space("Sales").id,
        "spaceType": "shared",
        "fingerprint_key": KEY,
    }
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def refuse(tenant: Tenant, definition: dict[str, Any]) -> str:
    """The message, which both modules give, and nothing is written."""
    tenant.reset_log()
    message = fail(MANY, tenant, {"connections": [definition]})
    assert fail(ONE, tenant, definition) in message
    assert tenant.writes() == []
    assert "canary" not in message
    return message


@pytest.mark.parametrize("module", [ONE, MANY])
def test_a_ready_made_connection(tenant: Tenant, module: str) -> None:
    options = body(tenant) if module == ONE else {"connections": [body(tenant)]}
    result = succeed(module, tenant, options)
    assert result["changed"]
    assert "canary" not in str(result)
    made = tenant.connection("Orders", "Sales")
    credential = tenant.credential_of(made)
    assert credential is not None
    assert credential.username == "qlik_reader"
    assert not succeed(module, tenant, options)["changed"]


def test_a_user_name_and_a_password_that_are_empty(tenant: Tenant) -> None:
    succeed(ONE, tenant, body(tenant, qUsername=None, qPassword="", qType=None))
    assert tenant.connection("Orders", "Sales").properties["host"] == "db.example"


def test_a_password_is_sent_where_it_is_declared_beside_secrets_too(tenant: Tenant) -> None:
    succeed(ONE, tenant, body(tenant, secrets={"qPassword": "canary-swordfish"}))
    said = refuse(tenant, body(tenant, secrets={"password": "canary-other"}))
    assert "it declares password twice, in secrets and beside them, and the two differ: keep one." in said


NO_PLACE = [({"qPassword": "canary-x"}, "password (qPassword)"), ({"username": "u"}, "username (qUsername)")]


@pytest.mark.parametrize(("given", "names"), NO_PLACE)
def test_without_a_statement_they_have_no_place(tenant: Tenant, given: dict[str, Any], names: str) -> None:
    definition = {"name": "Orders", "space": "Sales", "data_source": "postgres", "properties": {"host": "h"}, **given}
    assert f"space 'Sales': connection 'Orders': it declares {names}, which belong to a connect_statement." in refuse(
        tenant, definition
    )


def test_another_type_than_the_source_has(tenant: Tenant) -> None:
    said = (
        f"type (qType) is 'QvRestConnector.exe', but connections of data source 'postgres' are of type '{ODBC}':"
        " correct it, or leave it"
        " out."
    )
    assert said in refuse(tenant, body(tenant, qType="QvRestConnector.exe"))
    succeed(ONE, tenant, body(tenant))
    assert said in refuse(tenant, body(tenant, qType="QvRestConnector.exe"))
    assert said in refuse(tenant, body(tenant, qType="QvRestConnector.exe", datasourceID=None))
    assert not succeed(ONE, tenant, body(tenant, qType=ODBC.lower()))["changed"]


OTHER_TYPES = [("Sales", "managed", "shared"), ("", "data", "personal"), ("Sales", "personal", "shared")]


@pytest.mark.parametrize(("space", "declared", "held"), OTHER_TYPES)
def test_another_type_than_the_space_has(tenant: Tenant, space: str, declared: str, held: str) -> None:
    label = f"space '{space}'" if space else "the personal space"
    said = f"space_type is {declared}, but {label} is of type {held}: correct space or space_type, or leave it out."
    assert said in refuse(tenant, body(tenant, space=space or None, spaceType=declared))
    assert said not in str(run(ONE, tenant, body(tenant, space=space or None, spaceType=held)))


def test_a_space_that_is_made_by_the_same_task_has_a_type_too(tenant: Tenant) -> None:
    options = {"spaces": [{"name": "Lake", "type": "data"}], "connections": [body(tenant, space="Lake")]}
    assert "space_type is shared, but space 'Lake' is of type data" in fail(MANY, tenant, options)
    succeed(MANY, tenant, {**options, "connections": [body(tenant, space="Lake", spaceType="data")]})


def test_auth_url_only_in_the_spelling_of_qlik(tenant: Tenant) -> None:
    definition = {
        "qName": "Clicks",
        "datasourceID": "gbq",
        "connectionProperties": {"Catalog": "c"},
        "authUrlOnly": True,
        "space": "Sales",
    }
    assert succeed(ONE, tenant, definition)["auth_url"].startswith("http")
    assert succeed(MANY, tenant, {"connections": [definition]})["results"][0]["auth_url"].startswith("http")


def test_the_id_of_an_app_is_refused_and_the_owner_that_the_info_module_returns_is_not(tenant: Tenant) -> None:
    for spec, options in (
        (data_connection_spec(), body(tenant, ownerId="0123")),
        (data_connections_spec(), {"connections": [body(tenant, ownerId="0123")]}),
    ):
        assert ArgumentSpecValidator(spec).validate(options).error_messages
        said = " ".join(shape_problems(options, spec))
        assert "ownerId can't be given. In a body that creates a connection, this is the id of an app" in said
        assert "To say which user is to own the connection, use owner." in said
    succeed(ONE, tenant, body(tenant))
    shown = succeed(INFO, tenant, {"name": "Orders"})["connections"][0]
    assert not succeed(ONE, tenant, body(tenant, owner_id=shown["owner_id"]))["changed"]


SOURCES = {
    "postgres": ({"host": "db.example", "db": "orders", "username": "qlik_reader"}, {"password": "canary-1"}),
    "rest": (
        {"url": "https://api.example/rates", "authSchema": "basic", "username": "qlik_reader"},
        {"password": "canary-2"},
    ),
    "File_AmazonS3ConnectorV2": (
        {"region": "eu-west-1", "bucketName": "lake"},
        {"accessKey": "canary-3", "secretKey": "canary-4"},
    ),
    "repsrc_mysql": ({"agentId": "a", "server": "db.example", "username": "qlik_reader"}, {"password": "canary-5"}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_properties_are_fed_back_as_they_are(tenant: Tenant, source: str) -> None:
    properties, secrets = SOURCES[source]
    first = {
        "name": "First",
        "space": "Sales",
        "data_source": source,
        "properties": properties,
        "secrets": secrets,
        "fingerprint_key": KEY,
    }
    succeed(ONE, tenant, first)
    shown = succeed(INFO, tenant, {"name": "First", "space": "Sales"})["connections"][0]["properties"]
    assert shown.get("username") == properties.get("username")
    back = {**first, "properties": shown}
    assert not succeed(ONE, tenant, back)["changed"]
    made = succeed(ONE, tenant, {**back, "name": "Second"})["connection"]
    posts = [entry.body for entry in tenant.log if entry.method == "POST" and entry.path.endswith("data-connections")]
    sent: Any = next(posted for posted in posts if "Second" in str(posted))
    assert not {"provider", "driver", "sourceType"} & set(sent["connectionProperties"])
    for name, value in properties.items():
        assert {**shown, **made["properties"]}[name] == value
    assert not succeed(MANY, tenant, {"connections": [{**back, "name": "Second"}]})["changed"]


def test_a_list_shows_the_user_name_only_where_each_is_read(tenant: Tenant) -> None:
    tenant.add_connection("Orders", "postgres", {"host": "h", "username": "u", "password": "canary-6"}, space="Sales")
    tenant.reset_log()
    assert "username" not in succeed(INFO, tenant, {"space": "Sales"})["connections"][0]["properties"]
    assert "GET v1/data-connections/<id>" not in requests_of(tenant)
    assert (
        succeed(INFO, tenant, {"space": "Sales", "definitions": True})["connections"][0]["properties"]["username"]
        == "u"
    )


def test_a_driver_of_another_source_is_refused(tenant: Tenant) -> None:
    definition = {"name": "Orders", "space": "Sales", "data_source": "postgres", "secrets": {"password": "canary-7"}}
    said = (
        "property 'driver' is 'mysql', which says that it is of another data source than 'postgres': leave it out,"
        " or correct data_source."
    )
    assert said in refuse(tenant, {**definition, "properties": {"host": "h", "driver": "mysql"}})
    tenant.add_connection(
        "Orders", "postgres", {"host": "h", "password": "x"}, space="Sales", tags=["qlikops.cloud:managed"]
    )
    assert said in refuse(tenant, {**definition, "properties": {"host": "h", "driver": "mysql"}})


def test_a_value_that_was_masked_is_not_sent(tenant: Tenant) -> None:
    definition = {
        "name": "Rates",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://x.example/?key=canary-8"},
    }
    succeed(ONE, tenant, definition)
    shown = succeed(INFO, tenant, {"name": "Rates"})["connections"][0]["properties"]
    said = (
        "property 'url' holds ********, which a module shows in the place of what it hides: put the value itself"
        " there, or leave it out."
    )
    assert said in refuse(tenant, {**definition, "properties": shown})
    assert "property 'password' holds ********" in refuse(tenant, {**definition, "secrets": {"password": "********"}})
