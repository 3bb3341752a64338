"""What Qlik's documentation leaves open makes no difference: the same cycle ends the same way, whichever reading is
right.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import fields
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.behaviours import Behaviours, ScriptBehaviours
from tests.jobs import fail, requests_of, succeed

KEY = "a fingerprint key of some length"


def readings() -> list[dict[str, Any]]:
    """Every switch at each of its alternatives, one at a time; and all first alternatives together.

    The switches of the organization API concern the inventory, those of scripts what tries connections.
    """
    defaults = Behaviours().as_dict()
    others = {switch.name for switch in fields(ScriptBehaviours)}
    single = []
    for switch in fields(Behaviours):
        if switch.name in others:
            continue
        choices = switch.metadata["choices"] or (defaults[switch.name], 7)
        single += [{switch.name: choice} for choice in choices[1:] if not switch.name.startswith("organization_")]
    first = {name: value for reading in reversed(single) for name, value in reading.items()}
    return [{}, *single, first]


DEFINITIONS: list[dict[str, Any]] = [
    {
        "name": "db",
        "data_source": "postgres",
        "properties": {"host": "h", "port": 5432, "useBulkReader": True, "username": "u"},
        "secrets": {"password": "first"},
        "tags": ["t"],
    },
    {
        "name": "api",
        "data_source": "rest",
        "properties": {
            "url": "https://x.example/a?b=c",
            "timeout": 30,
            "queryHeaders": [{"name": "a", "value": "50%;"}, {"name": "k", "value": "secret", "encrypt": True}],
        },
        "secrets": {"password": "first"},
    },
    {
        "name": "key",
        "data_source": "gbq",
        "properties": {"Email": "e@x.example", "Catalog": "c"},
        "secrets": {"KeyFilePath": [{"name": "k.json", "value": "e30="}]},
    },
    {
        "name": "raw",
        "data_source": "mssql",
        "connect_statement": 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=h;"',
        "secrets": {"qUsername": "u", "qPassword": "first"},
    },
    {"name": "mine", "space": None, "data_source": "rest", "properties": {"url": "https://x.example"}},
]


def definitions(step: str) -> list[dict[str, Any]]:
    """The declared state of a step of the cycle."""
    declared = copy.deepcopy(DEFINITIONS)
    for definition in declared:
        definition.setdefault("space", "Sales")
    db, api, key, raw, mine = declared
    if step in ("changed", "moved", "gone"):
        db["properties"] |= {"host": "h2", "port": 5433, "username": "u2"}
        db["tags"] = ["t", "t2"]
        api["secrets"] = {"password": "second"}
        api["properties"]["timeout"] = 60
        key["secrets"] = {"KeyFilePath": [{"name": "k.json", "value": "e30K"}]}
        raw["connect_statement"] = raw["connect_statement"].replace("host=h;", "host=h2;database=d;")
        mine["properties"]["method"] = "POST"
    if step in ("moved", "gone"):
        db |= {"name": "db 2", "previous_name": "db"}
        api |= {"space": "Finance", "previous_space": "Sales"}
        mine |= {"space": "Finance", "previous_space": ""}
    if step == "gone":
        declared = [{"name": one["name"], "space": one["space"], "state": "absent"} for one in declared]
    return declared


@pytest.mark.parametrize(
    "reading", readings(), ids=lambda reading: "-".join(f"{k}={v}" for k, v in reading.items())[:60] or "defaults"
)
def test_the_cycle_is_the_same(acme: Tenant, reading: dict[str, Any]) -> None:
    acme.add_space("Sales")
    acme.add_space("Finance")
    acme.has_datafiles = True
    acme.set_behaviours(**reading)
    summaries = {
        "new": {"created": 5},
        "changed": {"updated": 5},
        "moved": {"moved": 3, "unchanged": 2},
        "gone": {"deleted": 5},
    }
    for step, summary in summaries.items():
        options = {"connections": definitions(step), "fingerprint_key": KEY}
        foreseen = succeed("qlik_data_connections", acme, options, check=True)
        acme.reset_log()
        done = succeed("qlik_data_connections", acme, options)
        assert {name: count for name, count in done["summary"].items() if count} == summary, (step, done["results"])
        assert [item["changes"] for item in done["results"]] == [item["changes"] for item in foreseen["results"]], step
        assert "POST v1/data-connections" not in requests_of(acme) or step == "new", step
        acme.reset_log()
        again = succeed("qlik_data_connections", acme, options)
        assert not again["changed"], (step, [item["changes"] for item in again["results"]])
        assert acme.writes() == [], step
        if step == "changed":
            held = {one.name: acme.secrets_of(one.id) for one in acme.connections.values()}
            assert held["db"] == {"password": "first"}
            assert held["api"] == {"password": "second", "queryHeaders": {"k": "secret"}}
            assert held["key"]["KeyFilePath"][0]["value"] == "e30K"
            assert held["raw"]["qPassword"] == "first"
            db = acme.properties_of(acme.connection("db", "Sales").id)
            assert (db["host"], db["port"], db["username"]) == ("h2", "5433", "u2")
    assert acme.connections == {}


@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
@pytest.mark.parametrize(
    "reading", [{}, {"unknown_query": "reject", "member_names": "exact"}], ids=["defaults", "strict"]
)
def test_both_forms_of_the_addresses(acme: Tenant, namespace: str, reading: dict[str, Any]) -> None:
    acme.add_space("Sales")
    acme.add_space("Finance")
    acme.set_behaviours(**reading)
    for step in ("new", "changed", "moved", "gone"):
        options = {"connections": definitions(step), "fingerprint_key": KEY, "api_namespace": namespace}
        assert succeed("qlik_data_connections", acme, options)["changed"]
        assert not succeed("qlik_data_connections", acme, options)["changed"]
    connections = [entry.path for entry in acme.log if "data-connections" in entry.path]
    assert {path.split("/")[2] for path in connections} == {namespace}


@pytest.mark.parametrize("status", [403, 404])
def test_a_connection_of_somebody_else(acme: Tenant, status: int) -> None:
    acme.add_space("Sales")
    acme.add_connection("db", "postgres", {"host": "h"}, space="Sales", owner="analyst")
    acme.set_behaviours(admin_patch_status=status)
    options = {"name": "db", "space": "Sales", "properties": {"port": 1}}
    said = fail("qlik_data_connection", acme, options)
    assert "lacks the privilege 'update'" in said
    assert acme.user("analyst").id in said
    assert acme.writes() == []


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_space_that_went_meanwhile(acme: Tenant, status: int) -> None:
    space = acme.add_space("Sales")
    acme.set_behaviours(unknown_space_status=status)
    definition = {"name": "db", "space": "Sales", "data_source": "postgres", "properties": {"host": "h"}}
    acme.add_fault("latency", ms=300, match={"method": "GET", "path": "api-specs"})
    timer = threading.Timer(0.15, acme.remove_space, [space.id])
    timer.start()
    said = fail("qlik_data_connection", acme, definition)
    timer.join()
    assert f"answered with {status}" in said
    assert "space 'Sales': connection 'db'" in said
    assert acme.connections == {}


@pytest.mark.parametrize("maximum", [7, 99, 100])
@pytest.mark.parametrize("beyond", ["reject", "clamp"])
def test_a_tenant_that_lists_few_spaces_at_once(acme: Tenant, maximum: int, beyond: str) -> None:
    names = [f"Space {number}" for number in range(25)]
    acme.set_behaviours(spaces_max_limit=maximum, limit_out_of_range=beyond)
    properties = {"data_source": "rest", "properties": {"url": "https://x.example"}}
    options = {
        "spaces": [{"name": name} for name in names],
        "connections": [{"name": "api", "space": name, **properties} for name in names],
    }
    succeed("qlik_data_connections", acme, options)
    assert not succeed("qlik_data_connections", acme, options)["changed"]
    acme.reset_log()
    assert "Did you mean 'Space 2'" in fail(
        "qlik_data_connection", acme, {"name": "api", "space": "Space 2x", **properties}
    )
    limits = [
        entry.query.get("limit") for entry in acme.log if entry.path == "/api/v1/spaces" and "next" not in entry.query
    ]
    refuses = maximum < 100 and beyond == "reject"
    assert limits == [["100"], None, None] if refuses else [["100"], ["100"]], (
        "what a tenant refused once is not asked again"
    )


def test_another_refusal_of_the_spaces_is_told(acme: Tenant) -> None:
    acme.set_faults(
        [
            {
                "kind": "status",
                "status": 400,
                "body": {"errors": [{"title": "odd"}]},
                "match": {"path": "/spaces"},
                "times": None,
            }
        ]
    )
    assert "odd" in fail("qlik_data_connection", acme, {"name": "db", "space": "Sales", "data_source": "postgres"})
    assert [entry.path for entry in acme.log] == ["/api/v1/spaces"] * 2


@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_a_wrong_key_reads_the_same_whatever_the_edge_says(acme: Tenant, body: str) -> None:
    acme.set_behaviours(edge_401=body)
    said = fail("qlik_tenant_info", acme, {"access_token": "not-one-of-its-keys"})
    assert "The API key or access token is wrong, expired or revoked for this tenant." in said


@pytest.mark.parametrize("sensitive", [True, False])
def test_names_that_differ_by_case(acme: Tenant, sensitive: bool) -> None:
    acme.add_space("Sales")
    acme.add_connection("Orders", "rest", {"url": "https://x.example"}, space="Sales")
    acme.set_behaviours(names_case_sensitive=sensitive)
    definition = {"name": "ORDERS", "space": "Sales", "data_source": "rest", "properties": {"url": "https://x.example"}}
    assert "differs by case or blanks only" in fail("qlik_data_connection", acme, definition)
    assert acme.writes() == []
    renamed = {**definition, "previous_name": "Orders"}
    assert succeed("qlik_data_connection", acme, renamed)["action"] == "move"
    assert not succeed("qlik_data_connection", acme, renamed)["changed"]
    assert [one.name for one in acme.connections.values()] == ["ORDERS"]


def test_a_disabled_source_keeps_its_connections(acme: Tenant) -> None:
    acme.add_space("Sales")
    definition = {"name": "db", "space": "Sales", "data_source": "postgres", "properties": {"host": "h"}}
    for shown in ("show", "hide"):
        acme.set_behaviours(disabled_source_connections=shown)
        acme.disabled_sources = set()
        acme.changed()
        succeed("qlik_data_connection", acme, definition)
        acme.disabled_sources = {"postgres"}
        acme.changed()
        acme.reset_log()
        assert not succeed("qlik_data_connection", acme, definition)["changed"], shown
        assert acme.writes() == []
