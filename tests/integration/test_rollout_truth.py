"""What a rollout says of its tenants is so, whatever the environment, plays before it and its own variables do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks, Run
from tests.integration.test_fleet_playbooks import DEFINITIONS, Fleet

SAID = ("What came back from this wave", "What failed in this wave")
ALL_AT_ONCE = {"qlik_waves": ["100%"], "qlik_report_dir": "qlik-reports"}
BEFORE = {
    "name": "Something of the user's own",
    "hosts": "all",
    "gather_facts": False,
    "connection": "local",
    "tasks": [{"name": "Fail at one", "ansible.builtin.fail": {"msg": "x"}, "when": "inventory_hostname == 't1'"}],
}


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    return Fleet(playbooks, emulator)


def states(fleet: Fleet, kind: str) -> dict[str, str]:
    return {name: tenant["state"] for name, tenant in fleet.report(kind)["tenants"].items()}


def lines(run: Run) -> list[str]:
    """What was said of all waves."""
    return [text for line in run.results if line["task"].endswith(SAID) for text in line["result"]["msg"]]


@pytest.mark.parametrize("given", ["plan.json", None], ids=["a plan of no tenant", "none where one is required"])
def test_no_task_to_start_at_leads_past_an_approval(fleet: Fleet, given: str | None) -> None:
    plan = {"schema": "qlikops.cloud/report/1", "kind": "plan", "digests": {}, "tenants": {}}
    fleet.playbooks.write("plan.json", json.dumps(plan))
    approval = {"qlik_approved_plan": given} if given else {}
    variables = {**ALL_AT_ONCE, **approval, "qlik_approval_required": True}
    run = fleet.run("provision", "--start-at-task", "*Bring spaces*", variables=variables)
    assert run.returncode == 2
    assert "without --start-at-task" in run.output
    assert fleet.requests() == 0


def test_a_tenant_that_something_else_made_fail_is_told_from_those_that_are_done(fleet: Fleet) -> None:
    # Nothing answers there, and the playbooks' own connection counts less than the inventory's.
    fleet.hosts["t2"].update(
        {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "qlik_in_process": False}
    )
    share: dict[str, Any] = {"qlik_waves": [2, 1], "qlik_report_dir": "qlik-reports", "qlik_max_failed_percent": "50%"}
    run = fleet.run([BEFORE, {"ansible.builtin.import_playbook": "qlikops.cloud.provision"}], variables=share)
    assert run.returncode == 2
    assert [len(tenant.connections) for tenant in fleet.tenants.values()] == [0, 0, 2]
    assert states(fleet, "provision") == {"t1": "not_reached", "t2": "failed", "t3": "changed"}
    assert "t2: nothing was done, since Ansible can't reach this host" in run.output
    said = lines(run)
    assert any(line.startswith("t3: 1 space created, 2 connections created") for line in said)
    assert "t1: NOT REACHED, since something before this rollout failed there" in said
    # Ansible goes on, so what is said must not be that it stops.
    assert "the rollout stops here." not in run.output


def test_an_unreachable_tenant_stops_a_rollout_as_a_failed_one(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    # By itself this keeps the other tenants of a wave from being summed up.
    monkeypatch.setenv("ANSIBLE_ANY_ERRORS_FATAL", "true")
    fleet.hosts["t2"].update(
        {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "qlik_in_process": False}
    )
    run = fleet.run("provision", variables={"qlik_waves": [2, 1], "qlik_report_dir": "qlik-reports"})
    assert run.returncode == 2
    assert states(fleet, "provision") == {"t1": "changed", "t2": "failed", "t3": "not_reached"}
    assert any("the rollout stops here. Not reached: t3" in line for line in lines(run))
    assert [len(tenant.connections) for tenant in fleet.tenants.values()] == [2, 0, 0]
    run = fleet.run("audit")
    assert run.returncode == 2
    assert states(fleet, "audit") == {"t1": "unchanged", "t2": "failed", "t3": "changed"}
    assert "1 of 3 tenants match what is declared; 1 differs; 1 could not be audited." in run.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"qlik_report_dir": "taken"}, "the report can't be written there"),
        ({"qlik_report_dir": "taken/below"}, "the report can't be written there"),
        ({"qlik_report_dir": "reports", "qlik_report_mode": "0666"}, "mode: "),
    ],
)
def test_a_report_that_cannot_be_written_is_told_before_anything_is(
    fleet: Fleet, given: dict[str, str], said: str
) -> None:
    fleet.playbooks.write("taken", "a file, and no folder")
    run = fleet.run("provision", variables={"qlik_waves": [1, "100%"], **given})
    assert run.returncode == 2
    assert [len(tenant.log) for tenant in fleet.tenants.values()] == [0, 0, 0]
    message = str(run.result("Count the tenant as failed", "t1")["msg"])
    assert "This tenant failed" not in message
    assert said in message


@pytest.mark.parametrize(
    ("playbook", "given", "said"),
    [
        ("audit", {"qlik_audit_expiry_days": "a month"}, "expiry_days"),
        ("audit", {"qlik_audit_expiry_days": -1}, "expiry_days is -1: give 0 or more"),
        ("audit", {"qlik_audit_fail_on": ["drifts"]}, "fail_on"),
        ("audit", {"qlik_audit_same_target_allowed": ["a" * 300], "qlik_look_first": True}, "same_target_allowed"),
        ("plan", {"qlik_report_mode": "0666"}, "mode: "),
        ("test", {"qlik_report_mode": "0666"}, "mode: "),
    ],
)
def test_what_a_report_cannot_be_told_is_said_before_the_first_request(
    fleet: Fleet, playbook: str, given: dict[str, Any], said: str
) -> None:
    run = fleet.run(playbook, variables=given)
    assert run.returncode == 2
    assert said in str(run.result("Check how the report is to be written")["msg"])
    assert [len(tenant.log) for tenant in fleet.tenants.values()] == [0, 0, 0]


def test_a_rotation_sends_nothing_on_a_tenant_for_which_no_connection_is_named(fleet: Fleet) -> None:
    orders = {"qlik_connections_definitions": DEFINITIONS[:1]}
    assert fleet.run("provision", variables=ALL_AT_ONCE, **orders).returncode == 0
    # Only the first tenant says which, as where somebody wrote it into the variables of one host.
    fleet.hosts["t1"]["qlik_connections_only"] = ["Sales:Orders"]
    before = fleet.writes()
    run = fleet.run("rotate_secrets", variables=ALL_AT_ONCE, **orders)
    assert run.returncode == 2
    assert "Nothing was sent: name the connections" in run.output
    assert fleet.writes() == before
