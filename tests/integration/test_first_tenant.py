"""What is done once for all tenants is done on the first one, also where no task can be done for that one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.release import __version__

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks
from tests.integration.test_fleet_playbooks import Fleet

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, dict[str, Any]] = {
    "user": {"ansible_user": "{{ nowhere }}"},
    "connection": {"ansible_connection": "nosuch"},
    "port": {"ansible_port": "abc"},
    "shell": {"ansible_shell_type": "nosuch"},
}
CORE = tuple(map(int, __version__.split(".")[:2]))
TASKS = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    return Fleet(playbooks, emulator)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("host", ["t1", "t3"])
def test_the_others_are_planned_and_audited(fleet: Fleet, host: str, setting: str) -> None:
    """Wherever it is in the inventory, and whether tenants are looked at first."""
    fleet.hosts[host].update(SETTINGS[setting])
    others = fleet.hosts.keys() - {host}
    for look_first in (False, True):
        plan = fleet.run("plan", variables={"qlik_look_first": look_first})
        assert plan.returncode == 2, plan.output
        assert fleet.report("plan")["digests"].keys() == others
        audit = fleet.run("audit", variables={"qlik_look_first": look_first})
        assert audit.returncode == 2, audit.output
        states = {name: tenant["state"] for name, tenant in fleet.report("audit")["tenants"].items()}
        assert states == {host: "failed"} | dict.fromkeys(others, "changed")


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_share_that_may_fail_counts_it(fleet: Fleet, setting: str) -> None:
    fleet.hosts["t1"].update(SETTINGS[setting])
    passed = fleet.run("plan", variables={"qlik_plan_max_failed_percent": 34})
    # From 2.21 on Ansible doesn't look at ignore_errors where a task's own keywords can't be read.
    unread = CORE >= (2, 21) and setting in ("user", "port")
    assert passed.returncode == (2 if unread else 0), passed.output
    assert fleet.report("plan")["digests"].keys() == {"t2", "t3"}
    assert fleet.run("plan", variables={"qlik_plan_max_failed_percent": 33}).returncode == 2


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("host", ["t1", "t3"])
def test_the_others_of_its_wave_are_provisioned_and_summed_up(fleet: Fleet, host: str, setting: str) -> None:
    fleet.hosts[host].update(SETTINGS[setting])
    others = fleet.hosts.keys() - {host}
    given = {"qlik_waves": ["100%"], "qlik_max_failed_percent": 50, "qlik_report_dir": "qlik-reports"}
    run = fleet.run("provision", variables=given)
    assert run.returncode == 2, run.output
    assert {name for name, tenant in fleet.tenants.items() if tenant.writes()} == others
    assert f"1 of 3 tenants in this wave failed: {host}." in run.output
    states = {name: tenant["state"] for name, tenant in fleet.report("provision")["tenants"].items()}
    assert states == {host: "failed"} | dict.fromkeys(others, "changed")


@pytest.mark.parametrize("playbook", ["export", "test", "rotate_secrets", "decommission"])
def test_the_others_are_done_by_the_other_playbooks_too(fleet: Fleet, playbook: str) -> None:
    assert fleet.run("provision").returncode == 0
    fleet.hosts["t1"].update(SETTINGS["user"])
    before = {name: len(tenant.log) for name, tenant in fleet.tenants.items()}
    given = {
        "qlik_waves": ["100%"],
        "qlik_connections_only": ["Sales:Orders"],
        "qlik_connections_update_secrets": "always",
        "qlik_hosts": ["t1", "t2", "t3"],
        "qlik_confirm": "decommission t1, t2, t3",
    }
    run = fleet.run(playbook, variables=given)
    assert run.returncode == 2, run.output
    asked = {name for name, tenant in fleet.tenants.items() if len(tenant.log) > before[name]}
    assert asked == {"t2", "t3"}, run.output
    assert "t2" in run.output.split("PLAY RECAP")[0]


def test_nothing_that_is_done_once_needs_a_connection_to_a_tenant() -> None:
    once = 0
    for path in TASKS:
        for task in _tasks(yaml.safe_load(path.read_text())):
            if task.get("run_once") or "qlikops.cloud.qlik_fleet_look" in task:
                assert task.get("delegate_to") == "localhost", (path, task["name"])
                once += 1
    assert once > 15


def _tasks(value: Any) -> list[dict[str, Any]]:
    """All mappings among tasks or plays, those inside blocks too."""
    if isinstance(value, list):
        return [task for entry in value for task in _tasks(entry)]
    if not isinstance(value, dict):
        return []
    return [value, *(task for entry in value.values() for task in _tasks(entry))]
