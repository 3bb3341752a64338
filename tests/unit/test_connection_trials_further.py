"""Trying connections where others act at the same time, where reloads queue, and on a real database."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.emulator import Tenant
from tests.emulator.postgres_server import PostgresServer
from tests.emulator.sftp import SftpServer
from tests.jobs import run, succeed
from tests.trial_time import without_waiting

TEST, MANY = "qlik_data_connection_test", "qlik_data_connections"
HELD = {"host": "db.example.com", "db": "x", "username": "app", "password": "pw"}


def add(tenant: Tenant, *names: str) -> None:
    tenant.add_space("Sales")
    for name in names:
        tenant.add_connection(name=name, space="Sales", data_source="postgres", properties=HELD)


def works(result: dict[str, Any]) -> dict[str, bool | None]:
    return {one["name"]: one["works"] for one in result["tests"]}


def test_another_run_may_take_the_app_for_a_leftover(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, acme)
    add(acme, "A", "B")
    acme.set_end("refused", "B", space="Sales")

    def other_run(*_what: object) -> None:
        acme.apps.clear()

    acme.add_hook("before", other_run, match={"method": "POST", "path": "/reloads$"}, times=1)
    assert works(run(TEST, acme, {"fail_on": "never"})) == {"A": True, "B": False}
    acme.add_hook("before", other_run, match={"method": "POST", "path": "/scripts$"}, times=None)
    assert works(run(TEST, acme, {"fail_on": "never"})) == {"A": None, "B": None}
    assert not acme.apps


def test_both_runs_of_a_caller_come_to_an_end(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, acme)
    add(acme, "A", "B")
    others: list[dict[str, Any]] = []

    def other_run(*_what: object) -> None:
        others.append(run(TEST, acme))

    acme.add_hook("after", other_run, match={"method": "POST", "path": "/reloads$"}, times=1)
    assert works(succeed(TEST, acme)) == {"A": True, "B": True}
    assert [works(one) for one in others] == [{"A": True, "B": True}]
    assert not acme.apps


def test_a_queue_that_does_not_move_is_told_and_left(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = without_waiting(monkeypatch, acme)
    add(acme, "A")
    acme.reload_settings.configure(queued_seconds=100_000.0)
    result = run(TEST, acme, {"max_wait": 120})
    assert works(result) == {"A": None}
    assert "didn't begin" in result["tests"][0]["message"]
    assert clock.sleeps < 60
    assert not acme.apps
    assert any(entry.path.endswith("/actions/cancel") for entry in acme.log)


def test_somebody_who_cancels_leaves_it_open(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, acme)
    add(acme, "A", "B")
    acme.set_end("hangs", "B", space="Sales")

    def cancel(*_what: object) -> None:
        for reload_id in list(acme.reloads):
            address = f"{acme.url}/api/v1/reloads/{reload_id}/actions/cancel"
            requests.post(address, headers={"Authorization": f"Bearer {acme.api_key}"}, timeout=10)

    acme.add_hook("before", cancel, match={"method": "GET", "path": "/reloads/[^/]+$"}, after=2, times=1)
    assert works(run(TEST, acme, {"fail_on": "never"})) == {"A": True, "B": None}


def test_the_other_form_of_the_api_makes_no_difference(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, acme)
    add(acme, "A")
    assert works(succeed(TEST, acme, {"api_namespace": "connectivity"})) == {"A": True}
    assert not acme.apps


def test_a_real_sftp_server_decides(acme: Tenant, sftp: SftpServer) -> None:
    user, right, wrong = "verify's user", "canary-right-1", "canary-wrong-1"
    sftp.set_user(user, right)
    properties = {name: value for name, value in sftp.properties(user, right).items() if name != "password"}
    definition = {"name": "Files", "space": "Sales", "data_source": "File_FileTransferConnector"}
    key = {"fingerprint_key": "a fingerprint key of tests"}

    def declared(password: str, **more: Any) -> dict[str, Any]:
        connection = {**definition, "properties": properties, "secrets": {"password": password}, **more}
        return {"spaces": [{"name": "Sales"}], "connections": [connection], **key}

    assert succeed(MANY, acme, {**declared(right), "verify": "changed"})["results"][0]["works"] is True
    rotation = {**declared(wrong, secrets_previous={"password": right}), "secrets_only": True, "put_back": True}
    result = run(MANY, acme, {name: value for name, value in rotation.items() if name != "spaces"})
    assert "put back: it doesn't connect with the new secrets: Login denied" in result["msg"]
    assert "canary" not in json.dumps(result)
    assert works(run(TEST, acme)) == {"Files": True}
    sftp.set_user(user, "canary-changed-by-hand")
    assert works(run(TEST, acme, {"fail_on": "never"})) == {"Files": False}


def test_a_real_database_decides_and_a_rollout_stops_at_it_again(acme: Tenant, postgres: PostgresServer) -> None:
    user, right, wrong = "verify's user", "canary-right-1", "canary-wrong-1"
    postgres.set_user(user, right)
    properties = {name: value for name, value in postgres.properties(user, right).items() if name != "password"}

    def options(password: str) -> dict[str, Any]:
        definition = {"name": "Real", "space": "Sales", "data_source": "postgres", "properties": properties}
        return {
            "spaces": [{"name": "Sales"}],
            "connections": [{**definition, "secrets": {"password": password}}],
            "fingerprint_key": "a fingerprint key of tests",
            "verify": "changed",
        }

    for _run in range(2):
        result = run(MANY, acme, options(wrong))
        assert result["failed"]
        assert "password authentication failed" in result["msg"]
        assert "canary" not in json.dumps(result)
    assert succeed(MANY, acme, options(right))["results"][0]["works"] is True
    postgres.set_user(user, "canary-changed-by-hand")
    result = run(TEST, acme, {"fail_on": "never"})
    assert works(result) == {"Real": False}
    assert "canary" not in json.dumps(result)
