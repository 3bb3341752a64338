"""Two lines of defence keep a secret out of what is printed, where ansible-core has the second: our own masking, and
its register of secrets (2.22 and newer). Each of them does it alone; and neither hides what is no secret.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, Run, task

CORE_HAS_A_REGISTER = importlib.util.find_spec("ansible.module_utils.secrets") is not None
CANARY = "canary-planted-key"
# A header that is declared to be secret; the same text where nobody would look for one.
REST: dict[str, Any] = {
    "name": "Weather",
    "space": "Sales",
    "data_source": "rest",
    "properties": {
        "url": f"https://weather.example.com/{CANARY}/today",
        "queryHeaders": [{"name": "X-API-Key", "value": CANARY, "encrypt": True}],
    },
    "tags": [f"made with {CANARY}"],
}
PLUGINS = "ansible_collections/qlikops/cloud/plugins"
# The line that is taken away, and where.
LINES = {
    "ours": ("_redaction/results.py", "    secrets = frozenset(", "    return dict(result)\n    secrets = frozenset("),
    "core's": (
        "_secrets_register.py",
        "    if register_secrets is None:\n        return\n    users",
        "    return\n    users",
    ),
}


def without(line: str, folder: Path) -> Path:
    """A copy of the collection that lacks a line of defence."""
    shutil.copytree(os.environ["ANSIBLE_COLLECTIONS_PATH"], folder, symlinks=True)
    file, there, instead = LINES[line]
    path = folder / PLUGINS / "module_utils" / file
    text = path.read_text()
    assert there in text
    path.write_text(text.replace(there, instead, 1))
    return folder


def run_without(playbooks: Playbooks, acme: Tenant, both_paths: str, line: str) -> Run:
    acme.add_space("Sales")
    path = without(line, playbooks.folder / "collections")
    tasks = [
        task("check", "qlik_data_connection", REST, check_mode=True),
        task("many", "qlik_data_connections", {"connections": [REST]}),
    ]
    return playbooks.tasks(
        tasks,
        "--diff",
        "-vv",
        tenant=acme,
        variables={"qlik_in_process": both_paths},
        environment={"ANSIBLE_COLLECTIONS_PATH": str(path)},
    )


def shown(run: Run) -> bool:
    """Whether the secret stands in what Ansible printed or handed to its callbacks."""
    assert run.returncode == 0, run.output
    assert "weather.example.com" in run.output
    return CANARY in run.output or CANARY in json.dumps(run.results)


def test_our_masking_alone(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    assert not shown(run_without(playbooks, acme, both_paths, "core's"))


def test_the_register_of_core_alone(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    assert shown(run_without(playbooks, acme, both_paths, "ours")) is not CORE_HAS_A_REGISTER


@pytest.mark.parametrize("user", ["u", "sa", "reporting_user"])
def test_the_name_of_a_user_is_no_secret_to_core(
    playbooks: Playbooks, acme: Tenant, both_paths: str, user: str
) -> None:
    """Its letters stand in half of all words; a whole name stands in many places where it hides nothing."""
    acme.add_space("Sales")
    content: dict[str, Any] = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "mssql",
        "connect_statement": 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=h;"',
        "secrets": {"qUsername": user, "qPassword": "canary-password"},
    }
    tasks = [
        task("one", "qlik_data_connection", content),
        task("many", "qlik_data_connections", {"connections": [content]}),
        {"name": "said", "ansible.builtin.debug": {"msg": "usage of sales by reporting_user"}},
    ]
    run = playbooks.tasks(tasks, "-vvv", "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert run.result("many")["summary"]["unchanged"] == 1
    assert run.result("one")["action"] == "create"
    assert run.result("said")["msg"] == "usage of sales by reporting_user"
    assert "$REDACTED$" not in run.output
    assert "canary-" not in run.output
