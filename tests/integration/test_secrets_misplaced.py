"""Secrets in the wrong places of a task: in names, where a text belongs, for a path. Nothing of them comes out, and
harmless words stay.
"""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, task

CANARY = "canary-misplaced-4711"
BASE = {"name": "N", "space": "Sales", "data_source": "postgres", "properties": {"host": "h", "username": "u"}}


def test_misplaced_secrets_are_nowhere(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_fault("status", status=400, times=None, match={"method": "POST", "path": "data-connections"})
    wrong: list[dict[str, Any]] = [
        {"secrets": {f"password:{CANARY}": None}},
        {"owner": {"password": CANARY}},
        {"space": [f"password={CANARY}"]},
        {"secrets": {"KeyFilePath": {"path": [CANARY]}}},
    ]
    tasks = [task(f"one {number}", "qlik_data_connection", {**BASE, **options}) for number, options in enumerate(wrong)]
    tasks += [
        task("in a name", "qlik_data_connections", {"connections": [{**BASE, f"password:{CANARY}": None}]}),
        task("a path", "qlik_data_connections", {"connections": [BASE], "definitions_from": [{"path": CANARY}]}),
        task("misspelt", "qlik_data_connection", {**BASE, "secretts": {"password": CANARY}}),
    ]
    run = playbooks.tasks(
        [{**one, "ignore_errors": True} for one in tasks],
        "-vvvv",
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    assert len(run.results) == len(tasks)
    for line in run.results:
        assert line["result"]["msg"]
        assert CANARY not in json.dumps(line["result"]), line
    assert "qlik_data_connection" in run.result("misspelt")["msg"], "what Ansible says of itself is no secret"
    assert "Unsupported parameters" in run.result("misspelt")["msg"]
