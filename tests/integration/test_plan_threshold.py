"""A plan of a fleet in which some tenants can't be planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks
from tests.integration.test_fleet_playbooks import Fleet

ROLE = Path(__file__).parents[2] / "roles/qlik_plan/tasks/main.yml"


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    return Fleet(playbooks, emulator)


def test_what_could_be_planned_is_passed_on_and_the_rest_is_passed_by(fleet: Fleet) -> None:
    key = fleet.hosts["t2"]["qlik_access_token"]
    fleet.break_keys("t2")
    plan = fleet.run("plan", variables={"qlik_plan_max_failed_percent": "33.4%", "qlik_plan_as_artifact": True})
    assert plan.returncode == 0, plan.output
    approved = plan.result("Write the plan")["ansible_stats"]["data"]["qlik_approved_plan"]
    assert approved.keys() == {"t1", "t3"}
    assert fleet.report("plan")["digests"] == approved
    assert plan.output.count("t2: NOT PLANNED") == 1
    # The key is mended before the approval: nobody has seen what would be done there.
    fleet.hosts["t2"]["qlik_access_token"] = key
    rollout = fleet.run("provision", variables={"qlik_approved_plan": approved, "qlik_approval_required": True})
    assert rollout.returncode == 0, rollout.output
    assert {name: bool(tenant.writes()) for name, tenant in fleet.tenants.items()} == {
        "t1": True,
        "t2": False,
        "t3": True,
    }


@pytest.mark.parametrize(
    ("broken", "share"),
    [(("t2",), 33), (("t2", "t3"), 50), (("t1", "t2", "t3"), 100), (("t1",), 0)],
    ids=["a little more than a third", "two of three", "all of them, whatever is permitted", "nothing is permitted"],
)
def test_more_than_is_permitted_fails_and_the_report_is_written(
    fleet: Fleet, broken: tuple[str, ...], share: int
) -> None:
    fleet.break_keys(*broken)
    plan = fleet.run("plan", variables={"qlik_plan_max_failed_percent": share})
    assert plan.returncode == 2, plan.output
    assert fleet.report("plan")["digests"].keys() == fleet.hosts.keys() - set(broken)
    if share:
        assert f"can't be planned, as {len(broken)} of 3 can't" in plan.output


def test_a_tenant_whose_definitions_cannot_be_read_counts_too(fleet: Fleet) -> None:
    fleet.hosts["t3"]["qlik_connections_definitions"] = "{{ nowhere }}"
    plan = fleet.run("plan", variables={"qlik_plan_max_failed_percent": 50})
    assert plan.returncode == 0, plan.output
    assert fleet.report("plan")["digests"].keys() == {"t1", "t2"}


def test_what_failed_in_an_audit_before_it_is_not_planned(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    drifted = fleet.tenants["t2"]
    drifted.edit_connection(drifted.connection("Orders", "Sales").id, properties={"db": "changed by hand"})
    plays = [{"ansible.builtin.import_playbook": f"qlikops.cloud.{name}"} for name in ("audit", "plan")]
    run = fleet.run(plays)
    assert run.returncode == 2, run.output
    plan = fleet.report("plan")
    assert plan["digests"].keys() == {"t1", "t3"}
    assert {name: tenant["state"] for name, tenant in plan["tenants"].items()} == {
        "t1": "unchanged",
        "t2": "not_reached",
        "t3": "unchanged",
    }
    # A plan by itself is of all of them.
    assert fleet.run("plan").returncode == 0
    assert fleet.report("plan")["digests"].keys() == {"t1", "t2", "t3"}


def test_a_rollout_tells_nothing_of_a_tenant_by_what_an_audit_before_it_found(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    for name in ("t1", "t2"):
        drifted = fleet.tenants[name]
        drifted.edit_connection(drifted.connection("Orders", "Sales").id, properties={"db": "changed by hand"})
    fleet.break_keys("t3")
    plays = [{"ansible.builtin.import_playbook": f"qlikops.cloud.{name}"} for name in ("audit", "provision")]
    given = {"qlik_audit_fail_on": [], "qlik_report_dir": "qlik-reports", "qlik_waves": [1, "100%"]}
    run = fleet.run(plays, variables=given)
    assert run.returncode == 2, run.output
    states = {name: tenant["state"] for name, tenant in fleet.report("provision")["tenants"].items()}
    assert states == {"t1": "changed", "t2": "changed", "t3": "not_reached"}
    told = run.output[run.output.index("What came back from this wave") :]
    assert "t3: FAILED" not in told
    assert "1 not reached" in told


def test_a_look_at_the_folder_in_another_play_says_nothing_of_the_tenants(fleet: Fleet) -> None:
    look = {"qlikops.cloud.qlik_fleet_report": {"kind": "plan", "directory": "qlik-reports", "check_only": True}}
    read = {
        "qlikops.cloud.qlik_data_connections": {"host_variables": True},
        "check_mode": True,
        "register": "qlik_connections_result",
    }
    write = {
        "qlikops.cloud.qlik_fleet_report": {
            "kind": "plan",
            "directory": "qlik-reports",
            "hosts": "{{ groups['qlik_tenants'] }}",
        }
    }
    here = {"hosts": "localhost", "gather_facts": False, "connection": "local"}
    there = {"hosts": "qlik_tenants", "gather_facts": False, "connection": "local"}
    run = fleet.run([{**here, "tasks": [look]}, {**there, "tasks": [read]}, {**here, "tasks": [write]}])
    assert run.returncode == 0, run.output
    assert fleet.report("plan")["digests"].keys() == {"t1", "t2", "t3"}


def test_two_audits_make_one_report(fleet: Fleet) -> None:
    role = {"ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_audit"}, "vars": {"qlik_audit_fail_on": []}}
    everyone = "{{ groups['qlik_tenants'] }}"
    report = {"qlikops.cloud.qlik_fleet_report": {"kind": "audit", "directory": "qlik-reports", "hosts": everyone}}
    plays = [
        {"hosts": hosts, "gather_facts": False, "connection": "local", "tasks": [task]}
        for hosts, task in (("t1,t2", role), ("t3", role), ("localhost", report))
    ]
    run = fleet.run(plays)
    assert run.returncode == 0, run.output
    assert {tenant["state"] for tenant in fleet.report("audit")["tenants"].values()} == {"changed"}


@pytest.mark.parametrize("share", ["inf", "nan", "1e2", 500, -1, "abc", "0,5", [50], True, {"a": 1}])
def test_a_share_of_the_inventory_that_is_none_is_told_before_anybody_is_asked(fleet: Fleet, share: Any) -> None:
    run = fleet.run("plan", qlik_plan_max_failed_percent=share)
    assert run.returncode == 2, run.output
    assert "qlik_plan_max_failed_percent is a number from 0 to 100, and" in run.output
    assert fleet.requests() == 0


def test_a_share_of_the_inventory_counts_for_a_plan(fleet: Fleet) -> None:
    fleet.break_keys("t2")
    assert fleet.run("plan", qlik_plan_max_failed_percent=" 34% ").returncode == 0
    assert fleet.run("plan", qlik_plan_max_failed_percent=33.0).returncode == 2


def test_a_share_of_the_inventory_is_not_said_to_count_for_a_rollout(fleet: Fleet) -> None:
    """Ansible doesn't read it there."""
    fleet.break_keys("t1")
    run = fleet.run("provision", variables={"qlik_waves": [2, "100%"]}, qlik_max_failed_percent=50)
    assert run.returncode == 2, run.output
    assert "more than qlik_max_failed_percent (0) allows: the rollout stops here" in run.output
    assert "Not reached: t3." in run.output
    assert not fleet.tenants["t3"].writes()


@pytest.mark.parametrize(
    ("failed", "tenants", "share", "is_more"),
    [
        (69, 375, 18.4, False),
        (123, 375, "32.8", False),
        (323, 500, 64.6, False),
        (70, 375, 18.4, True),
        (1, 3, 0, True),
    ],
)
def test_a_share_is_counted_as_it_is_written(failed: int, tenants: int, share: Any, is_more: bool) -> None:
    """Not as its next number in the binary system: 69 of 375 are 18.4 per cent."""
    (counting,) = (task for task in yaml.safe_load(ROLE.read_text()) if task["name"].startswith("Count"))
    permitted = jinja2.Environment(autoescape=True).compile_expression(counting["when"][-1])
    assert permitted(qlik_plan__failed=failed, qlik_plan__all=tenants, qlik_plan__share=share) is is_more


@pytest.mark.parametrize("playbook", ["plan", "provision"])
@pytest.mark.parametrize(
    "folder", ["f" * 300, "qlik-reports", True, False], ids=["a long name", "in the way", "true", "false"]
)
def test_a_folder_that_is_none_is_told_before_anybody_is_asked(fleet: Fleet, playbook: str, folder: Any) -> None:
    (fleet.playbooks.folder / "qlik-reports" / f"{playbook}.html").mkdir(parents=True)
    run = fleet.run(playbook, variables={"qlik_report_dir": folder})
    assert run.returncode == 2, run.output
    assert "directory" in run.output
    assert fleet.requests() == 0


@pytest.mark.parametrize("playbook", ["plan", "audit", "provision"])
def test_an_address_that_holds_a_secret_is_not_shown(fleet: Fleet, playbook: str) -> None:
    address = fleet.hosts["t2"]["qlik_tenant_url"]
    fleet.hosts["t2"]["qlik_tenant_url"] = address.replace("://", "://admin:canary-in-an-address@")
    fleet.hosts["t3"]["qlik_tenant_url"] = f"{address}/?access_token=canary-in-a-query#canary-in-a-fragment"
    assert fleet.run(playbook, variables={"qlik_report_dir": "qlik-reports"}).returncode == 2
    for path in (fleet.playbooks.folder / "qlik-reports").iterdir():
        assert "canary" not in path.read_text(), path
    assert fleet.report(playbook)["tenants"]["t1"]["url"] == fleet.hosts["t1"]["qlik_tenant_url"]


@pytest.mark.parametrize("playbook", ["plan", "audit"])
def test_without_a_folder_nothing_is_written_and_all_is_told(fleet: Fleet, playbook: str) -> None:
    assert fleet.run("provision").returncode == 0
    run = fleet.run(playbook, variables={"qlik_report_dir": ""})
    assert run.returncode == 0, run.output
    assert not (fleet.playbooks.folder / "qlik-reports").exists()
