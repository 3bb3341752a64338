"""Trials where Qlik's documentation is silent: whatever is so there, nothing dead is called working."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.behaviours import ScriptBehaviours
from tests.jobs import run, succeed
from tests.trial_time import TrialTime, without_waiting

TEST = "qlik_data_connection_test"
DATABASE = {"host": "db.example.com", "db": "x", "username": "app", "password": "pw-hunter2hunter2"}
BUCKET = {"region": "eu-west-1", "bucketName": "b", "accessKey": "a", "secretKey": "s"}
WEB = {"url": "https://api.example.com/", "method": "GET", "authSchema": "anonymous"}
SOURCES: dict[str, dict[str, Any]] = {
    "postgres": DATABASE,
    "oracle": DATABASE,
    "mongo": DATABASE,
    "sap_bw": DATABASE,
    "jdbc_cassandra": DATABASE,
    "rest": WEB,
    "File_AmazonS3ConnectorV2": BUCKET,
}
ENDS = ("works", "refused", "unreachable")
ODBC = {
    "type": "QvOdbcConnectorPackage.exe",
    "connect_statement": 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=x;host=h;"',
}
SWITCHES = [
    {switch.name: choice}
    for switch in dataclasses.fields(ScriptBehaviours)
    for choice in switch.metadata["choices"][1:]
]
TOGETHER = [{}, {"let_reads_script_error": "zero", "failed_connect": "closes"}]
TOGETHER += [{"let_reads_script_error": "zero", "odbc_opens_at": "select", "log_echo": "raw"}]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> TrialTime:
    acme.limits.configure(enabled=False)
    acme.add_space("Sales")
    return without_waiting(monkeypatch, acme)


def add(tenant: Tenant, name: str, source: str, space: str = "Sales", **more: Any) -> None:
    tenant.add_connection(name=name, space=space, data_source=source, properties=SOURCES[source], **more)


@pytest.mark.parametrize("switches", [*SWITCHES, *TOGETHER], ids=str)
def test_nothing_dead_is_called_working(acme: Tenant, switches: dict[str, Any]) -> None:
    for source in SOURCES:
        for end in ENDS:
            more = ODBC if source in ("oracle", "mongo", "sap_bw", "jdbc_cassandra") else {}
            add(acme, f"{source} {end}", source, **more)
            acme.set_end(end, f"{source} {end}", space="Sales")
    acme.set_behaviours(**switches)
    result = run(TEST, acme, {"fail_on": "never"})
    found = {one["name"]: one["works"] for one in result["tests"]}
    for name, works in found.items():
        assert works is not (not name.endswith("works")), (name, works)
    clear = switches.get("log_errors", "full") in ("full", "number")
    for name in ("postgres refused", "postgres unreachable", "oracle refused", "oracle unreachable"):
        if clear:
            assert found[name] is False, name


def test_a_trial_by_opening_alone_counts_where_the_user_says_so(acme: Tenant) -> None:
    add(acme, "Documents", "mongo", **ODBC)
    said = run(TEST, acme, {"fail_on": "never"})["tests"][0]
    assert (said["works"], "Name a statement" in said["message"]) == (None, True)
    assert succeed(TEST, acme, {"statements": {"mongo": ""}})["tests"][0]["works"] is True


@pytest.mark.parametrize(
    ("space", "name"), [("EDC_ERROR", "11043 of Sales"), ("x SqlState", "28000"), ("My ErrorMsg", "it's gone")]
)
@pytest.mark.parametrize("errors", ["full", "text", "none"])
def test_a_name_that_looks_like_an_error_is_none(acme: Tenant, space: str, name: str, errors: str) -> None:
    acme.add_space(space)
    add(acme, name, "postgres", space)
    add(acme, "Usual", "postgres")
    acme.set_behaviours(log_errors=errors)
    found = {one["name"]: one for one in run(TEST, acme, {"fail_on": "never"})["tests"]}
    assert found["Usual"]["works"] is True, found
    assert found[name]["works"] is None
    assert "look like an error" in found[name]["message"]
    assert len({access.connection for access in acme.ends.accesses}) == 1


@pytest.mark.parametrize("rotates", [False, True])
def test_a_connection_that_is_declared_by_its_id_is_tried_where_it_is(acme: Tenant, *, rotates: bool) -> None:
    key = {"fingerprint_key": "a fingerprint key of tests"}
    named = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "x", "username": "app"},
        "secrets": {"password": "canary-one"},
    }
    made = succeed("qlik_data_connections", acme, {"connections": [named], **key})["results"][0]
    by_id = {name: value for name, value in named.items() if name not in ("name", "space")}
    by_id["id"] = made["id"]
    options: dict[str, Any] = {"verify": "all"}
    if rotates:
        by_id |= {"secrets": {"password": "canary-two"}, "secrets_previous": {"password": "canary-one"}}
        options = {"secrets_only": True, "put_back": True}
    result = succeed("qlik_data_connections", acme, {"connections": [by_id], **key, **options})
    assert result["results"][0]["works"] is True
    acme.set_end("refused", "Orders", space="Sales")
    assert run("qlik_data_connections", acme, {"connections": [by_id], **key, "verify": "all"})["failed"]
