"""Trying connections while requests fail: no connection is called dead that works, and nothing is left at the end."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._api.reloads import Reloads

from tests.emulator import Tenant
from tests.jobs import run, succeed
from tests.trial_time import without_waiting

TEST = "qlik_data_connection_test"
PATHS: dict[str, dict[str, str]] = {
    "list apps": {"method": "GET", "path": "/items"},
    "make app": {"method": "POST", "path": "/apps$"},
    "set script": {"method": "POST", "path": "/scripts$"},
    "reload": {"method": "POST", "path": "/reloads$"},
    "poll": {"method": "GET", "path": "/v1/reloads/"},
    "cancel": {"method": "POST", "path": "/actions/cancel$"},
    "log": {"method": "GET", "path": "/reloads/logs/"},
    "delete": {"method": "DELETE", "path": "/apps/"},
}
FAULTS: list[dict[str, Any]] = [
    {"kind": "reset"},
    {"kind": "lost_answer"},
    {"kind": "truncate"},
    {"kind": "html"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 403},
]


@pytest.mark.exhaustive
@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("times", [1, None])
def test_faults_call_nothing_dead_and_leave_nothing(
    path: str, times: int | None, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch, acme)
    acme.add_space("Sales")
    for name in ("Works", "Refused", "Hangs", "Last"):
        properties = {"host": "db.example.com", "db": "x", "username": "app", "password": "pw"}
        acme.add_connection(name=name, space="Sales", data_source="postgres", properties=properties)
    acme.set_end("refused", "Refused", space="Sales")
    acme.set_end("hangs", "Hangs", space="Sales")
    for fault in FAULTS:
        acme.set_faults([{**fault, "match": PATHS[path], "times": times}])
        acme.reset_log()
        result = run(TEST, acme, {"fail_on": "never", "test_timeout": 20, "per_reload": 3})
        assert any(entry.fault for entry in acme.log), "the fault met no request"
        found = {one["name"]: one["works"] for one in result["tests"]}
        assert found["Works"] is not False, (fault, result)
        assert found["Last"] is not False, (fault, result)
        assert found["Refused"] is not True, (fault, result)
        assert found["Hangs"] is not True, (fault, result)
        if times == 1 and fault["kind"] in ("reset", "truncate", "html"):
            assert found == {"Works": True, "Refused": False, "Hangs": False, "Last": True}, (fault, result)
        acme.set_faults([])
        succeed(TEST, acme, {"name": "Works"})
        assert not acme.apps, fault


def test_a_log_that_is_not_there_leaves_it_open(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, acme)
    acme.add_space("Sales")
    acme.add_connection(name="A", space="Sales", data_source="postgres", properties={"host": "h", "password": "p"})
    monkeypatch.setattr(Reloads, "log", lambda _self, _app, _reload: "")
    result = run(TEST, acme, {"fail_on": "never"})
    assert result["tests"][0]["works"] is not False
