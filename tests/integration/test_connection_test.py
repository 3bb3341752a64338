"""Trying connections as a user runs it: foreseen, done, done again, on both paths, with no secret to be seen."""

from __future__ import annotations

import json

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, task, three_times

CANARY = "canary-said-by-the-server-7"
MODULE = "qlik_data_connection_test"


def test_connections_are_tried(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    held = {"host": "db.example.com", "db": "x", "username": "app"}
    for name in ("Orders", "Dead"):
        acme.add_connection(name, "postgres", held, space="Sales", secrets={"password": CANARY})
    acme.set_end("refused", "Dead", space="Sales", text="no login with {password}, password=" + CANARY)
    tasks = [
        *three_times("try", MODULE, {"space": "Sales", "fail_on": "never"}),
        task("one", MODULE, {"connections": ["Sales:Orders"], "statements": {"postgres": "SELECT 1 AS y"}}),
        task("dead", MODULE, {"name": "Dead"}, ignore_errors=True),
        task("wrong", MODULE, {"statements": {"postgres": "DROP TABLE x"}}, ignore_errors=True),
    ]
    run = playbooks.tasks(tasks, "-vvv", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    foreseen = run.result("try (check)")
    assert {one["message"] for one in foreseen["tests"]} == {"would be tried"}
    for name in ("try", "try (again)"):
        result = run.result(name)
        assert result["changed"] is False
        assert {one["name"]: one["works"] for one in result["tests"]} == {"Orders": True, "Dead": False}
        assert result["summary"] == {"works": 1, "failed": 1, "unknown": 0}
    assert run.result("one")["summary"] == {"works": 1, "failed": 0, "unknown": 0}
    dead = run.result("dead")
    assert "1 of 1 connection doesn't connect" in dead["msg"]
    assert "must begin with SELECT" in run.result("wrong")["msg"]
    assert CANARY not in run.output
    assert CANARY not in json.dumps(run.results)
    assert not acme.apps
    assert not [entry for entry in acme.log if entry.method == "POST" and entry.path.endswith("/data-connections")]
