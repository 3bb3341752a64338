"""What can't be is refused in words, naming the place and what to do, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.emulator.catalogue import CATALOGUE
from tests.integration.playbooks import Playbooks, task, three_times

GOOD: dict[str, Any] = {
    "name": "Orders",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"host": "h", "username": "u"},
}
STATEMENT = {"name": "Raw", "space": "Sales", "data_source": "mssql"}


def properties(**changes: Any) -> dict[str, Any]:
    """The good definition with other properties."""
    return {**GOOD, "properties": {**GOOD["properties"], **changes}}


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown property": (
        properties(hots="x"),
        ["space 'Sales': connection 'Orders': property 'hots'", "data source 'postgres'", "Did you mean 'host'"],
    ),
    "property in other letters": (properties(sslmode="require"), ["property 'sslmode'", "Did you mean 'SSLMode'?"]),
    "far from any property": (properties(zzzzzz="x"), ["property 'zzzzzz'", "It knows: ", "specs=true lists all"]),
    "unknown secret": (
        {**GOOD, "secrets": {"pasword": "{{ canary }}"}},
        ["property 'pasword'", "Did you mean 'password'?"],
    ),
    "wrong enum": (
        properties(SSLMode="Require"),
        [
            "property 'SSLMode' is 'Require'",
            "disable, allow, prefer, require, verify-ca, verify-full",
            "Did you mean 'require'?",
        ],
    ),
    "no number": (properties(QueryTimeout="soon"), ["property 'QueryTimeout' must be an integer", "'soon'"]),
    "no boolean": (properties(useBulkReader="maybe"), ["property 'useBulkReader' must be true or false", "'maybe'"]),
    "a list": (properties(host=["a", "b"]), ["property 'host' must be a string, not a list"]),
    "no list": (
        {**GOOD, "data_source": "rest", "properties": {"url": "https://x.example", "queryHeaders": "Accept: text/xml"}},
        ["property 'queryHeaders' must be a list of items with name and value"],
    ),
    "unknown source": ({**GOOD, "data_source": "postgress"}, ["data source 'postgress'", "Did you mean", "'postgres'"]),
    "ambiguous source": ({**GOOD, "data_source": "PostgreSQL"}, ["several data sources", "ids: postgres, twin"]),
    "disabled source": ({**GOOD, "data_source": "snowflake"}, ["data source 'snowflake' is disabled"]),
    "no source": ({"name": "Orders", "space": "Sales"}, ["connection 'Orders'", "data_source is needed"]),
    "another source": (
        {**GOOD, "name": "Held"},
        ["connection 'Held'", "data source 'mysql'", "'postgres'", "replaced"],
    ),
    "unknown space": (
        {**GOOD, "space": "sales"},
        ["space 'sales' doesn't exist, or the caller can't see it. Did you mean 'Sales'?"],
    ),
    "unknown id": (
        {"id": "00000000-0000-4000-8000-000000000000"},
        ["no connection with the id 00000000-0000-4000-8000-000000000000"],
    ),
    "nearly there": ({**GOOD, "name": "held "}, ["'Held'", "differs by case or blanks only", "previous_name"]),
    "nothing named": ({"space": "Sales"}, ["it needs a name, or the id of an existing connection"]),
    "too many tags": ({**GOOD, "tags": [f"t{number}" for number in range(40)]}, ["40 tags", "31"]),
    "long tag": ({**GOOD, "tags": ["x" * 300]}, ["more than 256 bytes"]),
    "short key": (
        {**GOOD, "secrets": {"password": "{{ canary }}"}, "fingerprint_key": "short"},
        ["fewer than 16 characters"],
    ),
    "statement and properties": ({**GOOD, "connect_statement": "x"}, ["connect_statement and properties"]),
    "no statement": ({**STATEMENT, "connect_statement": "SELECT 1"}, ["not a statement of the form CUSTOM CONNECT TO"]),
    "unwritable statement": (
        {**STATEMENT, "connect_statement": 'CUSTOM CONNECT TO "provider=x;host=a"b;"'},
        ["The value of 'host' holds \"", "Give it in properties"],
    ),
    "secret in a statement": (
        {**STATEMENT, "connect_statement": 'CUSTOM CONNECT TO "provider=x;Pwd={{ canary }};"'},
        ["holds Pwd", "give it in secrets"],
    ),
    "no such file": (
        {**GOOD, "data_source": "gbq", "properties": {}, "secrets": {"KeyFilePath": {"path": "lost.json"}}},
        ["lost.json"],
    ),
    "unsupported option": ({**GOOD, "proprties": {}}, ["Unsupported parameters", "proprties"]),
    "two names": ({**GOOD, "state": "here"}, ["state must be one of", "present", "absent"]),
}
# What is found before any tenant is asked names none.
WITHOUT_TENANT = {"no such file", "unsupported option", "two names"}
# Newer versions of ansible-core put this into every failure of a module.
NO_TRACEBACK = (None, "(traceback unavailable)")


@pytest.fixture(autouse=True)
def _twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second data source with the display name of the first."""
    monkeypatch.setitem(CATALOGUE, "twin", replace(CATALOGUE["postgres"], id="twin"))


def test_definitions_that_can_not_be(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_connection("Held", "mysql", {"host": "h"}, space="Sales")
    acme.disabled_sources = {"snowflake"}
    wrong = (
        WRONG
        if both_paths == "true"
        else {name: WRONG[name] for name in ("unknown property", "no such file", "two names")}
    )
    tasks = [
        task(name, "qlik_data_connection", options, ignore_errors=True) for name, (options, _said) in wrong.items()
    ]
    run = playbooks.tasks(
        tasks, "-vvv", tenant=acme, variables={"qlik_in_process": both_paths, "canary": "canary-value"}
    )
    for name, (_options, said) in wrong.items():
        result = run.result(name)
        assert (result["status"], result["changed"]) == ("failed", False), name
        assert all(text in result["msg"] for text in said), f"{name}: {result['msg']}"
        assert name in WITHOUT_TENANT or result["msg"].startswith(acme.url.removeprefix("http://")), result["msg"]
        assert result.get("exception") in NO_TRACEBACK, name
        assert "unexpected" not in result["msg"]
        assert name == "no such file" or "\n" not in result["msg"].strip(), (
            f"{name} gives more than one message: {result['msg']}"
        )
    assert acme.writes() == []
    assert "canary-value" not in run.stdout + run.stderr


def test_the_bulk_module_says_the_same(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    acme.add_connection("Held", "mysql", {"host": "h"}, space="Sales")
    acme.disabled_sources = {"snowflake"}
    places = {name: (options, said) for name, (options, said) in WRONG.items() if name not in WITHOUT_TENANT}
    bulk = {name: {"connections": [options]} for name, (options, _said) in places.items()}
    tasks = [task(name, "qlik_data_connections", options, ignore_errors=True) for name, options in bulk.items()]
    lost = {"connections": [GOOD, WRONG["no such file"][0]]}
    tasks.append(task("no such file", "qlik_data_connections", lost, ignore_errors=True))
    tasks.append(
        task("misspelt", "qlik_data_connections", {"connections": [{**GOOD, "propertes": 1}]}, ignore_errors=True)
    )
    run = playbooks.tasks(tasks, tenant=acme, variables={"canary": "canary-value"})
    for name, (_options, said) in places.items():
        result = run.result(name)
        assert result["status"] == "failed", name
        assert all(text in result["msg"] for text in said), f"{name}: {result['msg']}"
        assert result["summary"]["failed"] == 1, name
    assert "lost.json" in run.result("no such file")["msg"]
    assert "propertes" in run.result("misspelt")["msg"]
    assert acme.writes() == []


def test_every_space_of_the_caller_is_known_to_the_hint(playbooks: Playbooks, acme: Tenant) -> None:
    for name in ("Sales", "Sales EU", "Finance"):
        acme.add_space(name)
    run = playbooks.tasks(
        [task("far", "qlik_data_connection", {**GOOD, "space": "zzz"}, ignore_errors=True)], tenant=acme
    )
    assert "It sees: Finance, Sales, Sales EU." in run.result("far")["msg"]


def test_tenants_that_can_not_be_reached(
    playbooks: Playbooks, emulator: Emulator, acme: Tenant, both_paths: str
) -> None:
    secure = emulator.add_tenant({"name": "secure", "tls": True})
    key = {"access_token": "{{ canary }}"}
    wrong: dict[str, tuple[dict[str, Any], list[str]]] = {
        "no credentials": (
            {"tenant_url": acme.url},
            ["no way to sign in", "QLIK_API_KEY", "QLIK_CLIENT_ID", "context"],
        ),
        "two ways": (
            {"tenant_url": acme.url, **key, "client_id": "x", "client_secret": "{{ canary }}"},
            ["access_token and also client_id and client_secret", "keep one way"],
        ),
        "half a client": ({"tenant_url": acme.url, "client_id": "x"}, ["client_secret is missing"]),
        "no tenant": (key, ["No tenant was named", "QLIK_TENANT_URL"]),
        "http": (
            {"tenant_url": "http://acme.eu.qlikcloud.com", **key},
            ["http would send credentials in the clear", "https://acme.eu"],
        ),
        "no address": ({"tenant_url": "https://", **key}, ["is not a URL such as"]),
        "a path": ({"tenant_url": f"{acme.url}/api/v1", **key}, ["must be an address alone"]),
        "a user": (
            {"tenant_url": "https://me:{{ canary }}@acme.eu.qlikcloud.com", **key},
            ["must not hold a user or password"],
        ),
        "nobody there": (
            {"tenant_url": "http://127.0.0.1:9", **key, "max_wait": 0},
            ["127.0.0.1:9 can't be reached", "refused"],
        ),
        "no such host": (
            {"tenant_url": "https://tenant.invalid", **key, "max_wait": 0},
            ["tenant.invalid", "can't be reached"],
        ),
        "wrong key": ({"tenant_url": acme.url, **key}, ["401", "wrong, expired or revoked"]),
        "untrusted": ({"tenant_url": secure.url, "access_token": secure.api_key}, ["TLS failed", "ca_path"]),
        "no such CA file": (
            {"tenant_url": secure.url, "access_token": secure.api_key, "ca_path": "/nowhere.pem"},
            ["/nowhere.pem"],
        ),
    }
    if both_paths == "false":
        wrong = {name: wrong[name] for name in ("two ways", "untrusted")}
    tasks = [task(name, "qlik_tenant_info", options, ignore_errors=True) for name, (options, _said) in wrong.items()]
    trusted = {"tenant_url": secure.url, "access_token": secure.api_key}
    tasks += [
        task("trusted", "qlik_tenant_info", {**trusted, "ca_path": emulator.ca_path}),
        task("not verified", "qlik_tenant_info", {**trusted, "validate_certs": False}),
    ]
    run = playbooks.tasks(tasks, "-vvv", variables={"qlik_in_process": both_paths, "canary": "canary-value"})
    for name, (_options, said) in wrong.items():
        result = run.result(name)
        assert result["status"] == "failed", name
        assert all(text in result["msg"] for text in said), f"{name}: {result['msg']}"
        assert "unexpected" not in result["msg"]
        assert result.get("exception") in NO_TRACEBACK, name
    for name in ("trusted", "not verified"):
        assert run.result(name)["tenant"]["name"] == "secure"
    assert "canary-value" not in run.output


@pytest.mark.parametrize("module", ["qlik_data_connection", "qlik_data_connections"])
def test_names_that_look_wrong_and_are_not(playbooks: Playbooks, acme: Tenant, module: str) -> None:
    acme.add_space("Über 100 %")
    names = [
        "a/b",
        "50%",
        "%2F",
        'say "hi"',
        "it's",
        "Größe ☂",
        "x?y=1&z#w",
        "back\\slash",
        "..",
        "semi;colon",
        "a'b`c$(d)",
    ]
    base = {"space": "Über 100 %", "data_source": "rest", "properties": {"url": "https://x.example"}}
    if module == "qlik_data_connections":
        together = [{**base, "name": name} for name in names]
        changed = [{**one, "properties": {"url": "https://x.example", "timeout": 9}} for one in together]
        tasks = [
            *three_times("create", module, {"connections": together}),
            *three_times("change", module, {"connections": changed}),
            *three_times("delete", module, {"connections": [{**one, "state": "absent"} for one in together]}),
        ]
        steps = ["create", "change", "delete"]
    else:
        tasks = [one for name in names for one in three_times(f"create {name}", module, {**base, "name": name})]
        tasks += [
            one
            for name in names
            for one in three_times(f"delete {name}", module, {**base, "name": name, "state": "absent"})
        ]
        steps = [f"{verb} {name}" for verb in ("create", "delete") for name in names]
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.returncode == 0, run.output
    for step in steps:
        run.step(acme, step)
    created = [entry.body["qName"] for entry in acme.writes() if entry.path.endswith("/data-connections")]
    assert sorted(created) == sorted(names)
    assert acme.connections == {}


@pytest.mark.parametrize("option", ["max_deletions", "timeout"])
@pytest.mark.parametrize("number", ["inf", float("inf"), "-inf", "nan"])
def test_a_number_without_end_is_no_integer(playbooks: Playbooks, acme: Tenant, option: str, number: Any) -> None:
    options = {"tenant_url": acme.url, "access_token": acme.api_key, "connections": [], option: number}
    run = playbooks.tasks([task("Hold", "qlik_data_connections", options, ignore_errors=True)])
    result = run.result("Hold")
    assert result["status"] == "failed"
    assert f"{option} must be an integer, but is another" in result["msg"]
    assert not acme.log
