"""What a host's variables say of its connection counts with a look as without: where no task could be done, a tenant
isn't as declared.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import jobs
from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks, Run

USUAL: dict[str, dict[str, Any]] = {
    "as-all": {},
    "as-some": {
        "ansible_user": "{{ who }}",
        "ansible_port": 22,
        "ansible_timeout": "30",
        "ansible_become_method": "sudo",
    },
}
ODD: dict[str, dict[str, Any]] = {
    "user": {"ansible_user": "{{ nowhere }}"},
    "password": {"ansible_password": "{{ nowhere }}"},
    "address": {"ansible_host": "{{ nowhere }}"},
    "port": {"ansible_port": "abc"},
    "timeout": {"ansible_timeout": "soon"},
    "shell": {"ansible_shell_type": "nosuch"},
    "pipelining": {"ansible_pipelining": "banana"},
    "become-user": {"ansible_become_user": "{{ nowhere }}"},
    "folder": {"ansible_remote_tmp": "{{ nowhere }}"},
    "progress": {"qlik_progress": "{{ nowhere }}"},
}


class Fleet:
    """Tenants that are all as declared."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator) -> None:
        self.playbooks = playbooks
        self.hosts: dict[str, dict[str, Any]] = {}
        for name, settings in {"first": {}, **USUAL, **ODD}.items():
            tenant = emulator.add_tenant({"name": name})
            jobs.succeed("qlik_data_connections", tenant, {"spaces": [{"name": "Sales"}]})
            self.hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key, **settings}

    def run(self, playbook: str, *, look_first: bool) -> Run:
        declared = {"qlik_connections_spaces": [{"name": "Sales"}], "who": "qlik"}
        inventory = {"qlik_tenants": {"hosts": self.hosts, "vars": declared}}
        given = {"qlik_look_first": look_first, "qlik_report_dir": "qlik-reports", "qlik_waves": ["100%"]}
        return self.playbooks.run(f"qlikops.cloud.{playbook}", inventory=inventory, variables=given)

    def states(self, kind: str) -> dict[str, str]:
        report = json.loads((self.playbooks.folder / "qlik-reports" / f"{kind}.json").read_text())
        return {name: tenant["state"] for name, tenant in report["tenants"].items()}


@pytest.mark.parametrize("playbook", ["plan", "audit", "provision"])
def test_a_tenant_that_no_task_can_be_done_for_fails_with_a_look_too(
    playbooks: Playbooks, emulator: Emulator, playbook: str
) -> None:
    fleet = Fleet(playbooks, emulator)
    without = fleet.run(playbook, look_first=False)
    states = fleet.states(playbook)
    look = fleet.run(playbook, look_first=True)
    assert fleet.states(playbook) == states
    assert look.returncode == without.returncode == 2
    (told,) = look.result("Look")["msg"]

    settled = len(USUAL) + 1
    assert told.startswith(f"Looked first: {settled} of {len(fleet.hosts)} tenants as declared"), told
    assert [states[name] for name in USUAL] == ["unchanged"] * len(USUAL)
