"""Trying what a task has just written: what is tried, what it costs, what fails the task, and what comes next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed
from tests.trial_time import TrialTime, without_waiting

MANY, ONE = "qlik_data_connections", "qlik_data_connection"
MARK = "qlikops.cloud:not-working"
KEY = "a fingerprint key of tests"
CANARY = "canary-password-9x"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> TrialTime:
    acme.add_space("Sales")
    return without_waiting(monkeypatch, acme)


def definition(name: str, password: str = CANARY, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "x", "username": "app"},
        "secrets": {"password": password},
        **more,
    }


def options(*definitions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"connections": list(definitions), "fingerprint_key": KEY, "verify": "changed", **more}


def works(result: dict[str, Any]) -> dict[str, bool | None]:
    return {entry["name"]: entry["works"] for entry in result["results"]}


def tags(tenant: Tenant, name: str) -> list[str]:
    return list(tenant.connection(name, "Sales").tags)


def tried(tenant: Tenant) -> list[str]:
    names = {connection.id: connection.name for connection in tenant.connections.values()}
    return [names[access.connection] for access in tenant.ends.accesses if access.what == "connect"]


def test_without_verify_nothing_is_tried_and_nothing_is_told(acme: Tenant) -> None:
    acme.set_end("refused", "Orders", space="Sales")
    result = succeed(MANY, acme, options(definition("Orders"), verify="never"))
    assert "works" not in result["results"][0]
    assert "verified" not in result
    assert not any("/apps" in line or "/items" in line for line in requests_of(acme))
    assert "works" not in succeed(ONE, acme, {**definition("Other"), "fingerprint_key": KEY})


def test_what_was_written_and_does_not_connect_fails_the_task_and_the_next_one_until_it_does(acme: Tenant) -> None:
    acme.set_end("refused", "Dead", space="Sales", text="no login with {password}")
    wanted = options(definition("Orders"), definition("Dead"), definition("Ledger"))
    result = run(MANY, acme, wanted)
    assert result["failed"]
    assert "space 'Sales': connection 'Dead': written, but it doesn't connect: no login with ********" in result["msg"]
    assert "Orders" not in result["msg"]
    assert works(result) == {"Orders": True, "Dead": False, "Ledger": True}
    assert result["summary"]["created"] == 3
    assert result["verified"] == {"works": 2, "failed": 1, "unknown": 0}
    assert CANARY not in json.dumps(result)
    assert MARK in tags(acme, "Dead")
    assert MARK not in tags(acme, "Orders") + tags(acme, "Ledger")
    assert not acme.apps

    acme.ends.accesses.clear()
    again = run(MANY, acme, {**wanted, "list_unchanged": False})
    assert again["failed"]
    assert "it doesn't connect" in again["msg"]
    assert "written, but" not in again["msg"]
    assert works(again) == {"Dead": False}
    assert not again["changed"]
    assert tried(acme) == ["Dead"]

    acme.set_end("works", "Dead", space="Sales")
    assert works(succeed(MANY, acme, wanted)) == {"Orders": None, "Dead": True, "Ledger": None}
    assert MARK not in tags(acme, "Dead")


def test_a_converged_tenant_without_marks_costs_no_request_more(acme: Tenant) -> None:
    wanted = options(*(definition(f"C{number}") for number in range(5)))
    succeed(MANY, acme, wanted)
    costs = []
    for verify in ("never", "changed"):
        acme.reset_log()
        succeed(MANY, acme, {**wanted, "verify": verify})
        costs.append(requests_of(acme))
    assert costs[0] == costs[1]


def test_all_tries_what_is_unchanged_too_and_a_name_or_tag_is_no_change_to_try(acme: Tenant) -> None:
    succeed(MANY, acme, options(definition("A"), definition("B")))
    acme.ends.accesses.clear()
    succeed(MANY, acme, options(definition("A", tags=["nightly"]), definition("B")))
    assert tried(acme) == []
    succeed(MANY, acme, options(definition("A", tags=["nightly"]), definition("B"), verify="all"))
    assert sorted(tried(acme)) == ["A", "B"]
    acme.ends.accesses.clear()
    changed = definition("B", properties={"host": "db2.example.com", "db": "x", "username": "app"})
    succeed(MANY, acme, options(definition("A", tags=["nightly"]), changed, verify="changed"))
    assert tried(acme) == ["B"]


def test_a_rotated_secret_is_tried(acme: Tenant) -> None:
    acme.set_end("accepts", "A", space="Sales", secrets={"password": "right-password"})
    assert "written, but it doesn't connect" in fail(MANY, acme, options(definition("A", "wrong-password")))
    assert works(succeed(MANY, acme, options(definition("A", "right-password")))) == {"A": True}
    rotated = options(definition("A", "stale-password"), secrets_only=True)
    assert "it doesn't connect" in fail(MANY, acme, rotated)
    assert MARK in tags(acme, "A")


def test_what_cannot_be_told_warns_or_fails(acme: Tenant) -> None:
    rest = {
        "name": "Post",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://api.example.com", "method": "POST", "authSchema": "anonymous"},
    }
    result = succeed(MANY, acme, options(rest, definition("Orders")))
    assert works(result) == {"Post": None, "Orders": True}
    assert "only GET" in " ".join(result["warnings"])
    assert result["verified"] == {"works": 1, "failed": 0, "unknown": 1}
    assert MARK not in tags(acme, "Post")
    acme.remove_connection(acme.connection("Post", "Sales").id)
    message = fail(MANY, acme, options(rest, definition("Orders"), verify_unknown="fail"))
    assert "written, but whether it connects could not be told" in message
    assert MARK in tags(acme, "Post")
    assert "could not be told" in fail(MANY, acme, options(rest, verify_unknown="fail"))


def test_who_may_not_run_scripts_has_written_all_the_same(acme: Tenant) -> None:
    acme.add_fault("status", match={"method": "POST", "path": "/apps$"}, status=403, times=None)
    result = succeed(MANY, acme, options(*(definition(f"C{number}") for number in range(30))))
    assert set(works(result).values()) == {None}
    assert "PrivateAnalyticsContentCreator" in " ".join(result["warnings"])
    assert len(result["warnings"]) == 2
    assert len(acme.connections) == 30


def test_check_mode_tries_nothing(acme: Tenant) -> None:
    acme.set_end("refused", "Orders", space="Sales")
    result = succeed(MANY, acme, options(definition("Orders")), check=True)
    assert [(entry["works"], entry["verify_message"]) for entry in result["results"]] == [(None, "would be tried")]
    one = succeed(ONE, acme, {**definition("Orders"), "verify": "changed"}, check=True)
    assert (one["works"], one["verify_message"]) == (None, "would be tried")
    assert not acme.writes()


def test_one_connection_is_tried_in_the_same_way(acme: Tenant) -> None:
    acme.set_end("refused", "Orders", space="Sales")
    wanted = {**definition("Orders"), "fingerprint_key": KEY, "verify": "changed"}
    result = run(ONE, acme, wanted)
    assert "written, but it doesn't connect" in result["msg"]
    assert (result["works"], result["connection"]["name"]) == (False, "Orders")
    assert run(ONE, acme, wanted)["failed"]
    acme.set_end("works", "Orders", space="Sales")
    assert succeed(ONE, acme, wanted)["works"] is True
    acme.reset_log()
    assert succeed(ONE, acme, wanted)["works"] is None
    assert not any("/apps" in line for line in requests_of(acme))


def test_other_connections_are_tried_though_a_write_failed(acme: Tenant) -> None:
    acme.set_end("refused", "Dead", space="Sales")
    acme.add_fault("status", match={"method": "POST", "path": "/data-connections$"}, status=403)
    result = run(MANY, acme, options(definition("A"), definition("Dead"), definition("B"), parallel=1))
    assert "1 of 3 changes failed" in result["msg"]
    assert "written, but it doesn't connect" in result["msg"]
    assert works(result) == {"A": None, "Dead": False, "B": True}


def test_a_mark_finds_room_or_says_that_there_is_none(acme: Tenant) -> None:
    acme.set_end("refused", "Full", space="Sales")
    many = [f"tag {number}" for number in range(27)]
    assert "so 26 are left" in fail(MANY, acme, options(definition("Full", tags=many)))
    result = run(MANY, acme, options(definition("Full", tags=many[:26])))
    assert "it doesn't connect" in result["msg"]
    held = [tag for tag in tags(acme, "Full") if not tag.startswith("DcaasAPI:")]
    assert len(held) == 31
    assert {*many[:26], MARK} <= set(held)
    # Those that somebody adds by hand aren't declared, so that nobody counts them before.
    connection = acme.connection("Full", "Sales")
    by_hand = [*(tag for tag in connection.tags if tag != MARK), "one", "two"]
    acme.edit_connection(connection.id, tags=by_hand)
    result = run(MANY, acme, options(definition("Full", tags=many[:26]), verify="all"))
    assert "could not be marked" in " ".join(result["warnings"])


def test_only_what_is_written_takes_room_among_the_tags(acme: Tenant) -> None:
    many = [f"tag {number}" for number in range(30)]
    plain = {
        "name": "Open",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://api.example.com", "authSchema": "anonymous"},
    }
    wanted = {**options({**plain, "tags": many}), "verify": "never"}
    succeed(MANY, acme, wanted)
    assert "so 29 are left" in fail(MANY, acme, {**wanted, "verify": "changed"})
    previous = definition("Orders", tags=many[:26], secrets_previous={"password": "canary-before-1"})
    succeed(MANY, acme, options(previous, verify="never"))
    assert "so 25 are left" in fail(MANY, acme, options(previous))


def test_a_mark_is_no_tag_of_the_user(acme: Tenant) -> None:
    acme.set_end("refused", "Dead", space="Sales")
    wanted = options(definition("Dead", tags=["mine"], tags_mode="exact"))
    fail(MANY, acme, wanted)
    found = succeed("qlik_data_connection_info", acme, {"definitions": True})
    assert found["connections"][0]["tags"] == ["mine"]
    assert found["definitions"][0]["tags"] == ["mine"]
    result = succeed(MANY, acme, {**wanted, "verify": "never"})
    assert not result["changed"]
    assert MARK in tags(acme, "Dead")


def test_the_answer_to_a_creation_need_not_tell_how_to_try_it(acme: Tenant) -> None:
    acme.set_behaviours(create_answer="guide")
    acme.set_end("refused", "Dead", space="Sales")
    result = run(MANY, acme, options(definition("Orders"), definition("Dead")))
    assert works(result) == {"Orders": True, "Dead": False}
    assert MARK in tags(acme, "Dead")
