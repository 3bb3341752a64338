"""Separate credentials and what Qlik takes beside them: raw statements, encrypted headers, another host."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

KEY = "a fingerprint key of some length"
ONE = "qlik_data_connection"
PLACE: dict[str, Any] = {"name": "Orders", "space": "Sales"}
STATEMENT = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host={};db={};"'
OWN: dict[str, Any] = {"secrets": {"password": "swordfish", "username": "u"}}
HEADERS = [{"name": "X-Key", "value": "canary-header", "encrypt": True}, {"name": "Accept", "value": "json"}]


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    """A tenant with somebody's credentials for a database, and for a REST service with an encrypted header."""
    acme.add_space("Sales", "shared")
    separate: dict[str, Any] = {"separateCredentials": "true", "credentialsName": "shared"}
    acme.add_connection("Other", "postgres", separate, secrets={"password": "theirs"})
    header = [{"name": "X-Key", "value": "their-header", "encrypt": True}]
    separate = {"separateCredentials": "true", "credentialsName": "service", "queryHeaders": header}
    acme.add_connection("Service", "rest", {"url": "https://a", **separate}, secrets={"password": "theirs"})
    return acme


def stated(host: str = "h", database: str = "d", **options: Any) -> dict[str, Any]:
    statement = STATEMENT.format(host, database)
    return {**PLACE, "data_source": "postgres", "fingerprint_key": KEY, "connect_statement": statement, **options}


def rest(url: str, **options: Any) -> dict[str, Any]:
    return {**PLACE, "data_source": "rest", "properties": {"url": url}, **options}


def secrets_of(tenant: Tenant, name: str) -> list[dict[str, Any]]:
    return [credential.secrets for credential in tenant.credentials.values() if credential.name == name]


def holds(tenant: Tenant, name: str) -> bool:
    credential = tenant.credential_of(tenant.connection("Orders", "Sales"))
    return credential is not None and (not name or credential.name == name)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({**OWN, "separate_credentials": True}, ""),
        ({**OWN, "credentials": "svc"}, "svc"),
        ({"credentials": "shared"}, "shared"),
    ],
)
def test_a_connection_made_from_a_statement_has_separate_credentials_at_once(
    tenant: Tenant, options: dict[str, Any], name: str
) -> None:
    foreseen = succeed(ONE, tenant, stated(**options), check=True)["connection"]
    made = succeed(ONE, tenant, stated(**options))["connection"]
    assert tenant.connection("Orders", "Sales").separate_credentials
    assert foreseen["separate_credentials"] is made["separate_credentials"] is True
    assert holds(tenant, name)
    assert not succeed(ONE, tenant, stated(**options))["changed"]
    assert secrets_of(tenant, "shared") == [{"password": "theirs"}]


def test_a_replacement_made_from_a_statement_keeps_separate_credentials(tenant: Tenant) -> None:
    start = {**PLACE, "data_source": "mssql", "properties": {"host": "h"}, "secrets": {"password": "x1"}}
    succeed(ONE, tenant, {**start, "credentials": "svc"})
    succeed(ONE, tenant, stated(replace="when_required"))
    assert tenant.connection("Orders", "Sales").separate_credentials
    assert holds(tenant, "svc")
    assert not succeed(ONE, tenant, stated(replace="when_required"))["changed"]


@pytest.mark.parametrize("cut_off", [None, 0, 1, 2])
@pytest.mark.parametrize(
    ("start", "wanted", "name"),
    [
        (stated(**OWN), stated("new", **OWN, credentials="svc"), "svc"),
        (stated(**OWN), stated("new", **OWN, separate_credentials=True), ""),
        (stated(**OWN, credentials="svc"), stated(database="e", **OWN, credentials="svc 2"), "svc 2"),
        (stated(**OWN, credentials="svc"), stated("new", **OWN, separate_credentials=False), ""),
    ],
)
def test_a_statement_changes_together_with_separate_credentials(
    tenant: Tenant, start: dict[str, Any], wanted: dict[str, Any], name: str, cut_off: int | None
) -> None:
    succeed(ONE, tenant, start)
    if cut_off is not None:  # a run that gets so far and no further comes first
        tenant.set_faults([{"kind": "reset", "match": {"method": "PATCH"}, "after": cut_off, "times": None}])
        run(ONE, tenant, wanted)
        tenant.set_faults([])
    succeed(ONE, tenant, wanted)
    connection = tenant.connection("Orders", "Sales")
    assert connection.separate_credentials is (wanted.get("separate_credentials") is not False)
    assert STATEMENT.format(connection.properties["host"], connection.properties["db"]) == wanted["connect_statement"]
    assert holds(tenant, name)
    assert not succeed(ONE, tenant, wanted)["changed"]


@pytest.mark.parametrize("memory", [{}, {"update_secrets": "on_create"}, {"fingerprint_key": KEY}])
def test_an_encrypted_header_is_in_no_body_unless_secrets_are_sent(tenant: Tenant, memory: dict[str, str]) -> None:
    declared = {**PLACE, "data_source": "rest", "properties": {"url": "https://a", "queryHeaders": HEADERS}, **memory}
    done = succeed(ONE, tenant, {**declared, "credentials": "service"})
    create, *fills = tenant.writes()
    assert "canary-header" not in json.dumps(create.body)
    sent = any("secrets (" in change for change in done["changes"])
    assert bool(fills) is sent is ("fingerprint_key" in memory)
    assert secrets_of(tenant, "service")[0]["queryHeaders"] == {"X-Key": "canary-header" if sent else "their-header"}
    assert not succeed(ONE, tenant, {**declared, "credentials": "service"})["changed"]


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (rest("https://a", secrets={"password": "x1"}), rest("https://b", credentials="shared")),
        (rest("https://a"), rest("https://b", separate_credentials=True)),
        (stated(credentials="shared"), stated("new", credentials="shared")),
    ],
)
def test_what_qlik_would_refuse_without_secrets_is_said_before(
    tenant: Tenant, start: dict[str, Any], wanted: dict[str, Any]
) -> None:
    succeed(ONE, tenant, start)
    before = len(tenant.writes())
    told = fail(ONE, tenant, wanted, check=True)
    assert "Qlik demands the credentials" in told
    assert "Declare " in told
    assert fail(ONE, tenant, wanted) == told
    assert len(tenant.writes()) == before
    secrets = {"password": "swordfish"} if "properties" in wanted else OWN["secrets"]
    succeed(ONE, tenant, {**wanted, "secrets": secrets})


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (rest("https://a"), rest("https://a") | {"properties": {"url": "https://a", "queryHeaders": HEADERS}}),
        (stated(**OWN), stated("new", **OWN)),
        (rest("https://a", secrets={"password": "x1"}), rest("https://b", secrets={"password": "x1"})),
    ],
)
def test_what_qlik_takes_from_its_owner_only_is_said_before(
    tenant: Tenant, start: dict[str, Any], wanted: dict[str, Any]
) -> None:
    succeed(ONE, tenant, start)
    other = tenant.add_user("Olga")
    tenant.connection("Orders", "Sales").owner = other.id
    before = len(tenant.writes())
    declared = {**wanted, "owner": other.id}
    told = fail(ONE, tenant, declared, check=True)
    assert "Qlik takes credentials from the owner of a connection only" in told
    assert fail(ONE, tenant, declared) == told
    assert len(tenant.writes()) == before
