"""A write whose answer never comes, or comes wrong, is resolved by reading: nothing is lost and nothing is doubled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.jobs import run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

COUNT = 12


@pytest.fixture
def options() -> dict[str, Any]:
    properties = {"host": "h", "db": "d", "username": "u"}
    one = {"space": "Sales", "data_source": "postgres", "properties": properties, "secrets": {"password": "swordfish"}}
    return {
        "spaces": [{"name": "Sales"}],
        "connections": [{"name": f"c{number}", **one} for number in range(COUNT)],
        "fingerprint_key": "a fingerprint key of some length",
    }


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lost_answer"},
        {"kind": "reset"},
        {"kind": "status", "status": 503},
        {"kind": "truncate"},
        {"kind": "garble"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_creating_survives_faults(acme: Tenant, options: dict[str, Any], fault: dict[str, Any], method: str) -> None:
    acme.set_faults([{**fault, "times": 2, "after": 1, "match": {"method": method}}])
    result = succeed("qlik_data_connections", acme, options)
    assert result["summary"]["created"] == COUNT
    acme.set_faults([])
    assert sorted(connection.name for connection in acme.connections.values()) == sorted(
        f"c{number}" for number in range(COUNT)
    )
    assert not succeed("qlik_data_connections", acme, options)["changed"]


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_changing_and_deleting_survive_faults(acme: Tenant, options: dict[str, Any], kind: str, method: str) -> None:
    succeed("qlik_data_connections", acme, options)
    for number, connection in enumerate(options["connections"]):
        if number % 2:
            connection["state"] = "absent"
        else:
            connection["properties"] = {**connection["properties"], "db": "new"}
    acme.set_faults([{"kind": kind, "times": 3, "match": {"method": method}}])
    result = succeed("qlik_data_connections", acme, options)
    assert (result["summary"]["updated"], result["summary"]["deleted"]) == (COUNT / 2, COUNT / 2)
    assert len(acme.connections) == COUNT / 2
    assert not succeed("qlik_data_connections", acme, options)["changed"]


def test_a_failing_connection_does_not_stop_its_siblings(acme: Tenant, options: dict[str, Any]) -> None:
    acme.set_faults(
        [{"kind": "status", "status": 400, "times": 2, "match": {"method": "POST", "path": "data-connections"}}]
    )
    result = run("qlik_data_connections", acme, options)
    assert result["failed"]
    assert result["changed"]
    assert (result["summary"]["created"], result["summary"]["failed"]) == (COUNT - 2, 2)
    failed = [item["name"] for item in result["results"] if item["error"]]
    assert all(f"connection '{name}'" in result["msg"] for name in failed)
    assert succeed("qlik_data_connections", acme, options)["summary"]["created"] == 2


NEW_THEN = "It was not there when this run read the tenant: somebody else made it. Run again."


@pytest.mark.parametrize("tags", [[], ["qlikops.cloud:managed"]])
def test_a_name_taken_by_somebody_else_meanwhile_is_no_success(
    acme: Tenant, options: dict[str, Any], tags: list[str]
) -> None:
    acme.add_space("Sales")

    def make(_entry: LogEntry, _answer: Answer | None) -> None:
        for number in range(COUNT):
            acme.add_connection(f"c{number}", "postgres", {"host": "h"}, space="Sales", tags=tags)

    acme.add_hook("before", make, match={"method": "POST", "path": "data-connections"})
    result = run("qlik_data_connections", acme, {**options, "parallel": 1})
    assert result["summary"]["failed"] == COUNT
    assert "somebody else" in result["msg"]
    assert (NEW_THEN in result["msg"]) is bool(tags)
    assert len(acme.connections) == COUNT


def test_a_name_that_qlik_calls_taken_and_nobody_sees_is_told_as_that(acme: Tenant, options: dict[str, Any]) -> None:
    acme.set_faults([{"kind": "status", "status": 409, "match": {"method": "POST", "path": "data-connections"}}])
    message = run("qlik_data_connections", acme, options)["msg"]
    assert "Nothing of this name is there as far as the caller can see" in message
    assert NEW_THEN not in message
    acme.set_faults([{"kind": "status", "status": 409, "match": {"method": "POST", "path": "/spaces"}}])
    message = run("qlik_data_connections", acme, {"spaces": [{"name": "New"}]})["msg"]
    assert "Nothing of this name is there as far as the caller can see" in message


def test_a_space_that_somebody_else_makes_meanwhile_is_told_as_that(acme: Tenant) -> None:
    acme.add_hook("before", lambda *_: acme.add_space("New"), match={"method": "POST", "path": "/spaces"})
    assert NEW_THEN in run("qlik_data_connections", acme, {"spaces": [{"name": "New"}]})["msg"]


def test_an_incomplete_list_is_never_planned_upon(acme: Tenant, options: dict[str, Any]) -> None:
    succeed("qlik_data_connections", acme, options)
    acme.reset_log()
    acme.set_faults([{"kind": "partial_list", "rows": 3, "times": None, "match": {"path": "data-connections"}}])
    result = run("qlik_data_connections", acme, options)
    assert "the list of data connections is incomplete" in result["msg"]
    assert acme.writes() == []
    acme.set_faults([{"kind": "partial_list", "rows": 3, "times": 1, "match": {"path": "data-connections"}}])
    assert not succeed("qlik_data_connections", acme, options)["changed"]


def test_a_token_that_ends_in_the_middle_of_a_run_is_renewed(acme: Tenant, options: dict[str, Any]) -> None:
    options = {**options, "access_token": None, "client_id": "client-acme", "client_secret": "secret-acme"}
    acme.set_faults(
        [
            {
                "kind": "status",
                "status": 401,
                "times": 1,
                "after": 2,
                "match": {"method": "POST", "path": "data-connections"},
            }
        ]
    )
    assert succeed("qlik_data_connections", acme, options)["summary"]["created"] == COUNT
    assert [entry.path for entry in acme.log].count("/oauth/token") == 2


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_list_whose_cursor_expired_is_read_again(acme: Tenant, status: int) -> None:
    acme.add_space("Sales")
    for number in range(250):
        acme.add_connection(f"other {number}", space="Sales")
    options = {
        "connections": [{"name": "other 249", "space": "Sales"}],
        "fingerprint_key": "a fingerprint key of some length",
    }
    acme.set_faults([{"kind": "expired_cursor", "status": status, "after": 1}])
    assert succeed("qlik_data_connections", acme, options)["summary"]["updated"] == 1
    acme.set_faults([{"kind": "expired_cursor", "status": status, "times": None}])
    result = run("qlik_data_connections", acme, options)
    assert "the list of data connections is incomplete" in result["msg"]
    assert "the page cursor has expired" in result["msg"]
