"""qlik_data_connection_test against an emulated tenant: what is found, what it costs, and that nothing is left."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.apps import App
from tests.jobs import fail, requests_of, run, succeed
from tests.trial_time import TrialTime, without_waiting

TEST = "qlik_data_connection_test"
CANARY = "canary-of-the-server-Zq9"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> TrialTime:
    return without_waiting(monkeypatch, acme)


def add(tenant: Tenant, name: str, space: str | None = "Sales", source: str = "postgres", **properties: Any) -> None:
    if space and space not in {held.name for held in tenant.spaces.values()}:
        tenant.add_space(space)
    held = {"host": "db.example.com", "db": "x", "username": "app", "password": "pw-hunter2hunter2"}
    tenant.add_connection(name=name, space=space, data_source=source, properties=properties or held)


def works(result: dict[str, Any]) -> dict[str, bool | None]:
    return {f"{one['space']}:{one['name']}": one["works"] for one in result["tests"]}


def kinds(tenant: Tenant) -> Counter[str]:
    return Counter(line for line in requests_of(tenant))


def reloads(tenant: Tenant) -> int:
    return sum(entry.method == "POST" and entry.path.endswith("/reloads") for entry in tenant.log)


def test_connections_are_tried_as_an_app_would_use_them(acme: Tenant) -> None:
    add(acme, "Orders")
    add(acme, "Ledger", "Finance's [a]; b")
    add(acme, "Own", None)
    add(acme, "Refused")
    add(acme, "Gone", source="mysql", host="h", database="d", username="app", password="x-canary-x")
    acme.set_end("refused", "Refused", space="Sales")
    acme.set_end("unreachable", "Gone", space="Sales")
    acme.reset_log()
    result = run(TEST, acme, {"fail_on": "never"})
    assert works(result) == {
        "Sales:Orders": True,
        "Finance's [a]; b:Ledger": True,
        ":Own": True,
        "Sales:Refused": False,
        "Sales:Gone": False,
    }
    assert result["summary"] == {"works": 3, "failed": 2, "unknown": 0}
    assert result["changed"] is False
    assert not acme.apps
    assert reloads(acme) == 1
    assert [entry.path.rsplit("/", 1)[-1] for entry in acme.writes()][:3] == ["apps", "scripts", "reloads"]
    assert all("11043" in one["message"] for one in result["tests"] if one["works"] is False)
    message = fail(TEST, acme)
    assert "2 of 5 connections don't connect" in message
    assert "Sales:Refused" in message
    assert "Orders" not in message


def test_files_and_rest_and_what_cannot_be_tried(acme: Tenant) -> None:
    bucket = {"region": "eu-west-1", "bucketName": "b", "accessKey": "a", "secretKey": "s"}
    add(acme, "Files", source="File_AmazonS3ConnectorV2", **bucket)
    add(acme, "Empty", source="File_AmazonS3ConnectorV2", **bucket)
    add(acme, "Closed", source="File_AmazonS3ConnectorV2", **bucket)
    add(acme, "Get", source="rest", url="https://api.example.com/", method="GET", authSchema="anonymous")
    add(acme, "Post", source="rest", url="https://api.example.com/", method="POST", authSchema="anonymous")
    add(acme, "Denied", source="rest", url="https://api.example.com/", method="GET", authSchema="anonymous")
    add(acme, "$(x)")
    acme.set_end("no_row", "Empty", space="Sales")
    acme.set_end("refused", "Closed", space="Sales")
    acme.set_end("refused", "Denied", space="Sales")
    result = run(TEST, acme, {"fail_on": "never"})
    assert works(result) == {
        "Sales:Files": True,
        "Sales:Empty": None,
        "Sales:Closed": False,
        "Sales:Get": True,
        "Sales:Post": None,
        "Sales:Denied": False,
        "Sales:$(x)": None,
    }
    said = {one["name"]: one["message"] for one in result["tests"]}
    assert "only GET" in said["Post"]
    assert "$(" in said["$(x)"]
    assert {access.connection for access in acme.ends.accesses}.isdisjoint(
        {acme.connection(name, "Sales").id for name in ("Post", "$(x)")}
    )
    assert "of 2 it could not be told" not in fail(TEST, acme)
    assert "it could not be told" in fail(TEST, acme, {"fail_on": "unknown"})


def test_a_thousand_cost_few_reloads_and_a_bounded_number_of_polls(
    acme: Tenant,
) -> None:
    acme.add_space("Sales")
    for number in range(1000):
        add(acme, f"C{number:04}")
    dead = {f"C{number:04}" for number in (7, 49, 50, 51, 300, 301, 500, 777, 900, 998, 999)}
    hanging = {"C0123", "C0640"}
    for name in dead:
        acme.set_end("refused", name, space="Sales")
    for name in hanging:
        acme.set_end("hangs", name, space="Sales")
    acme.reset_log()
    result = run(TEST, acme, {"fail_on": "never"})
    assert {one["name"] for one in result["tests"] if one["works"] is False} == dead | hanging
    assert result["summary"] == {"works": 987, "failed": 13, "unknown": 0}
    count = reloads(acme)
    assert count <= math.ceil(1000 / 50) + 2 * len(hanging)
    asked = [entry.path for entry in acme.log]
    polls = sum("/reloads/" in path and "/logs/" not in path for path in asked)
    looks = sum("/reloads/logs/" in path for path in asked)
    assert polls <= 6 * count + 40 * len(hanging)
    assert looks <= 2 * count + 12 * len(hanging)
    assert not acme.apps
    assert sum(entry.status >= 400 for entry in acme.log) <= count


def test_a_hanging_source_does_not_hold_the_others(clock: TrialTime, acme: Tenant) -> None:
    for number in range(6):
        add(acme, f"C{number}")
    acme.set_end("hangs", "C2", space="Sales")
    acme.reset_log()
    began = clock.now
    result = run(TEST, acme, {"fail_on": "never", "test_timeout": 20})
    assert works(result) == {f"Sales:C{number}": number != 2 for number in range(6)}
    assert result["tests"][2]["message"] == "no answer came within 20 s, twice"
    assert reloads(acme) == 3
    assert clock.now - began < 2 * 20 * 1.5 + 20


def test_check_mode_makes_nothing_and_says_what_would_be_tried(acme: Tenant) -> None:
    add(acme, "Orders")
    add(acme, "$(x)")
    acme.reset_log()
    result = succeed(TEST, acme, check=True)
    assert [(one["name"], one["works"], one["message"]) for one in result["tests"]][1] == (
        "Orders",
        None,
        "would be tried",
    )
    assert result["summary"] == {"works": 0, "failed": 0, "unknown": 2}
    assert not acme.writes()


def test_who_may_not_make_apps_is_told_which_right_is_missing(acme: Tenant) -> None:
    add(acme, "Orders")
    acme.add_fault("status", match={"method": "POST", "path": "/apps$"}, status=403, times=None)
    message = fail(TEST, acme)
    assert "PrivateAnalyticsContentCreator" in message
    assert "app_space" in message
    result = run(TEST, acme, {"fail_on": "never"})
    assert not result.get("failed")
    assert works(result) == {"Sales:Orders": None}


def test_a_quota_is_no_dead_connection(acme: Tenant) -> None:
    add(acme, "Orders")
    acme.reload_settings.configure(quota=0)
    result = run(TEST, acme)
    assert result["failed"]
    assert result["summary"] == {"works": 0, "failed": 0, "unknown": 1}
    assert not acme.apps


def test_what_a_killed_run_left_is_removed_and_nothing_else(acme: Tenant) -> None:
    add(acme, "Orders")
    me = acme.user("admin").id
    other = acme.user("analyst").id
    names = [
        ("qlikops.cloud test 2026-11-20T01:02:03Z 0badcafe", me),
        ("qlikops.cloud test 2026-11-20T01:02:03Z 0badcafe", other),
        ("qlikops.cloud test of mine", me),
        ("My qlikops.cloud test 2026-11-20T01:02:03Z 0badcafe", me),
    ]
    for name, owner in names:
        number = str(len(acme.apps))
        acme.apps[number] = App(number, name, owner, None, "", 0.0, 0.0)
    succeed(TEST, acme)
    assert sorted((app.name, app.owner) for app in acme.apps.values()) == sorted(names[1:])


def test_an_app_that_cannot_be_removed_is_told_and_removed_by_the_next_run(acme: Tenant) -> None:
    add(acme, "Orders")
    acme.add_fault("status", match={"method": "DELETE", "path": "/apps/"}, status=403, times=None)
    result = succeed(TEST, acme)
    assert "could not be removed" in " ".join(result["warnings"])
    assert len(acme.apps) == 1
    acme.set_faults([])
    succeed(TEST, acme)
    assert not acme.apps


def test_no_secret_of_a_server_is_shown(acme: Tenant) -> None:
    add(acme, "Orders")
    add(acme, "Good")
    text = (
        f"login failed; password={CANARY}; postgres://app:{CANARY}@db.example.com\r\nEDC_ERROR:0 $(x); TRACE y;\r\n"
        "qlikops r0 end 2 0 0 0 0 0 mark"
    )
    acme.set_end("refused", "Orders", space="Sales", text=text)
    result = run(TEST, acme, {"fail_on": "never"})
    assert works(result)["Sales:Good"] is True
    assert works(result)["Sales:Orders"] is not True
    assert CANARY not in json.dumps(result)
    assert CANARY not in json.dumps(run(TEST, acme))


def test_only_what_is_named_is_tried(acme: Tenant) -> None:
    for name in ("A", "B", "C"):
        add(acme, name)
    add(acme, "A", "Finance")
    add(acme, "Own", None)
    assert works(succeed(TEST, acme, {"connections": ["Sales:A", ":Own"]})) == {"Sales:A": True, ":Own": True}
    assert works(succeed(TEST, acme, {"name": "A"})) == {"Sales:A": True, "Finance:A": True}
    assert works(succeed(TEST, acme, {"space": "Sales", "connections": ["B"]})) == {"Sales:B": True}
    message = fail(TEST, acme, {"connections": ["Sales:Ä", "Sales:B"]})
    assert "'Sales:Ä'" in message
    assert "Sales:B" not in message.split("Sales:Ä", maxsplit=1)[0]
    result = succeed(TEST, acme, {"name": "nobody"})
    assert "no connection to try" in " ".join(result["warnings"])


def test_statements_of_the_user(acme: Tenant) -> None:
    add(acme, "A")
    add(acme, "B")
    statements = {"postgres": "SQL SELECT 1 AS own;", "Sales:B": ""}
    succeed(TEST, acme, {"statements": statements})
    assert [access.text for access in acme.ends.accesses if access.what == "select"] == ["SELECT 1 AS own"]
    acme.reset_log()
    assert "statements can't be used" in fail(TEST, acme, {"statements": {"postgres": "DROP TABLE x"}})
    assert not acme.log
    acme.set_end("refused", "A", space="Sales", number=11002)
    assert works(run(TEST, acme, {"fail_on": "never"}))["Sales:A"] is None
