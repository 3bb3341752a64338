"""The playbooks plan, audit and rotate_secrets where not all goes well, and how a plan travels from job to job."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run

TASK = "Bring spaces and data connections to their declared state"
FOUND = "What was found over all tenants"
DEFINITIONS: list[dict[str, Any]] = [
    {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "orders", "username": "qlik"},
        "secrets": {"password": "canary-password"},
    },
    {"name": "Weather", "space": "Sales", "data_source": "rest", "properties": {"url": "https://weather.example.com"}},
]


class Fleet:
    """Three tenants as hosts of an inventory."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator) -> None:
        self.playbooks = playbooks
        self.tenants: dict[str, Tenant] = {name: emulator.add_tenant({"name": name}) for name in ("t1", "t2", "t3")}
        self.hosts: dict[str, dict[str, Any]] = {
            name: {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
            for name, tenant in self.tenants.items()
        }

    def run(
        self, playbook: str | list[Any], *arguments: str, variables: dict[str, Any] | None = None, **host_variables: Any
    ) -> Run:
        declared = {
            "qlik_connections_fingerprint_key": "canary-fingerprint-key-0123456789",
            "qlik_connections_spaces": [{"name": "Sales"}],
            "qlik_connections_definitions": DEFINITIONS,
        }
        inventory = {"qlik_tenants": {"hosts": self.hosts, "vars": {**declared, **host_variables}}}
        name = f"qlikops.cloud.{playbook}" if isinstance(playbook, str) else playbook
        run = self.playbooks.run(name, *arguments, inventory=inventory, variables=variables)
        assert "canary" not in run.output
        return run

    def report(self, name: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.playbooks.folder / "qlik-reports" / f"{name}.json").read_text())
        return read

    def modes(self, name: str) -> set[int]:
        """The modes of the files of a report."""
        found = list((self.playbooks.folder / "qlik-reports").glob(f"{name}.*"))
        assert len(found) == 3
        return {stat.S_IMODE(path.stat().st_mode) for path in found}

    def break_keys(self, *names: str) -> None:
        for name in names:
            self.hosts[name]["qlik_access_token"] = f"canary-wrong-key-of-{name}"

    def requests(self) -> int:
        return sum(len(tenant.log) for tenant in self.tenants.values())

    def writes(self) -> int:
        return sum(len(tenant.writes()) for tenant in self.tenants.values())


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    return Fleet(playbooks, emulator)


@pytest.mark.parametrize("broken", [("t2",), ("t1", "t2", "t3")], ids=["one fails", "all fail"])
@pytest.mark.parametrize("playbook", ["plan", "audit"])
def test_a_report_is_written_whoever_fails(fleet: Fleet, playbook: str, broken: tuple[str, ...]) -> None:
    fleet.break_keys(*broken)
    run = fleet.run(playbook)
    assert run.returncode == 2
    states = {name: tenant["state"] for name, tenant in fleet.report(playbook)["tenants"].items()}
    assert {name for name, state in states.items() if state == "failed"} == set(broken)
    assert "401" in str(fleet.report(playbook)["tenants"]["t2"]["error"])
    assert fleet.modes(playbook) == {0o600}
    assert fleet.writes() == 0


def test_a_plan_travels_as_an_artifact(fleet: Fleet) -> None:
    run = fleet.run("plan", variables={"qlik_plan_as_artifact": True})
    assert run.returncode == 0, run.output
    digests = run.result("Write the plan")["ansible_stats"]["data"]["qlik_approved_plan"]
    assert digests == fleet.report("plan")["digests"]
    del digests["t3"]
    run = fleet.run("provision", variables={"qlik_approved_plan": digests})
    assert run.returncode == 0, run.output
    assert [len(tenant.connections) for tenant in fleet.tenants.values()] == [2, 2, 0]
    assert "t3: SKIPPED" in run.output


def test_a_tenant_that_became_uneditable_since_its_plan_is_skipped(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    moved = [{**DEFINITIONS[0], "properties": {**DEFINITIONS[0]["properties"], "db": "archive"}}, DEFINITIONS[1]]
    assert fleet.run("plan", qlik_connections_definitions=moved).returncode == 0
    # A colleague takes one of the connections over.
    t2 = fleet.tenants["t2"]
    t2.connection("Orders", "Sales").owner = t2.add_user("colleague", "colleague@example.com").id
    approved = {"qlik_approved_plan": "qlik-reports/plan.json", "qlik_approval_required": True, "qlik_waves": ["100%"]}
    run = fleet.run("provision", variables=approved, qlik_connections_definitions=moved)
    assert run.returncode == 0, run.output
    assert "t2: SKIPPED, nothing was changed" in run.output
    held = {name: tenant.connection("Orders", "Sales").properties["db"] for name, tenant in fleet.tenants.items()}
    assert held == {"t1": "archive", "t2": "orders", "t3": "archive"}


OLD = {"t1": "0" * 64, "t2": "1" * 64, "t3": "2" * 64}
OLD_PLAN = json.dumps({"schema": "qlikops.cloud/report/1", "kind": "plan", "digests": OLD, "tenants": {}})


@pytest.mark.parametrize(
    ("content", "given", "said"),
    [
        (None, {}, "no report of qlikops.cloud"),
        (None, "", "none was given, or an empty one"),
        (None, None, "none was given, or an empty one"),
        ("", "plan.json", "none was given, or an empty one"),
        ("{}", "plan.json", "qlik_fleet_report"),
        (OLD_PLAN[:-20], "plan.json", "no JSON, or was cut off"),
        (OLD_PLAN, "plan.json", "plan again with this version"),
        (None, OLD, "plan again with this version"),
        (None, "plan.json", "plan.json"),
    ],
    ids=[
        "no tenant",
        "no text",
        "null",
        "empty file",
        "another file",
        "cut off",
        "of 0.1.0",
        "artifact of 0.1.0",
        "missing",
    ],
)
def test_what_is_no_plan_approves_nothing(fleet: Fleet, content: str | None, given: Any, said: str) -> None:
    if content is not None:
        fleet.playbooks.write("plan.json", content)
    run = fleet.run("provision", variables={"qlik_approved_plan": given})
    assert run.returncode == 2
    assert said in run.output
    assert fleet.requests() == 0


@pytest.mark.parametrize("required", [True, "yes", "certainly"])
def test_a_provisioning_that_follows_an_approval_demands_one(fleet: Fleet, required: Any) -> None:
    run = fleet.run("provision", variables={"qlik_approval_required": required})
    assert run.returncode == 2
    assert "an approved plan is demanded, and none was given" in run.output
    assert fleet.requests() == 0


def test_a_plan_of_no_tenant_fails_or_approves_none(fleet: Fleet) -> None:
    hosts, fleet.hosts = fleet.hosts, {}
    wanted: dict[str, Any] = {"qlik_plan_as_artifact": True}
    run = fleet.run("plan", variables=wanted)
    assert run.returncode not in (0, 2), run.output
    assert run.results == []
    assert not (fleet.playbooks.folder / "qlik-reports").exists()
    run = fleet.run("plan", variables={**wanted, "qlik_allow_empty": True})
    assert run.returncode == 0, run.output
    assert fleet.report("plan")["digests"] == {}
    handed_on = run.result("Write the plan")["ansible_stats"]["data"]
    # Tenants have come since.
    fleet.hosts = hosts
    for approved in (handed_on, {"qlik_approved_plan": "qlik-reports/plan.json"}):
        run = fleet.run("provision", variables={"qlik_approval_required": True, **approved})
        assert run.returncode == 0, run.output
        assert run.output.count("SKIPPED, nothing was changed") == 3
    assert fleet.writes() == 0


def test_an_approval_ends_with_its_rollout(fleet: Fleet) -> None:
    def wave(**variables: Any) -> dict[str, Any]:
        return {
            "ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_rollout", "rolespec_validate": False},
            "vars": variables,
        }

    steps = [
        wave(
            qlik_rollout_needs_approval=True,
            qlik_rollout_approved_plan={"t9": f"v2:{'0' * 64}"},
            qlik_rollout_report_dir="first",
        ),
        {"ansible.builtin.meta": "noop"},
        wave(),
    ]
    run = fleet.run([{"hosts": "qlik_tenants", "gather_facts": False, "connection": "local", "tasks": steps}])
    assert run.returncode == 0, run.output
    held = [line["result"] for line in run.results if line["task"].split(" : ")[-1] == TASK]
    assert [bool(result.get("plan_differs")) for result in held] == [True] * 3 + [False] * 3
    assert [result["summary"]["created"] for result in held[3:]] == [2, 2, 2]


def test_a_report_of_a_rollout_names_what_is_as_declared_too(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    fleet.tenants["t1"].remove_connection(fleet.tenants["t1"].connection("Weather", "Sales").id)
    run = fleet.run("provision", variables={"qlik_report_dir": "qlik-reports", "qlik_report_mode": "0644"})
    assert run.returncode == 0, run.output
    assert fleet.modes("provision") == {0o644}
    tenants = fleet.report("provision")["tenants"]
    assert {name: [one["action"] for one in tenant["connections"]] for name, tenant in tenants.items()} == {
        "t1": ["none", "create"],
        "t2": ["none", "none"],
        "t3": ["none", "none"],
    }
    assert [tenant["summary"]["unchanged"] for tenant in tenants.values()] == [1, 2, 2]
    run = fleet.run("provision")
    assert [run.result(TASK, name)["results"] for name in fleet.tenants] == [[], [], []]
    assert run.result(TASK, "t1")["summary"]["unchanged"] == 2


@pytest.mark.parametrize(("in_process", "secret"), [(True, "1"), (False, "none")])
def test_a_secret_that_stands_in_every_number_fails_no_tenant(fleet: Fleet, in_process: bool, secret: str) -> None:
    orders = {**DEFINITIONS[0], "secrets": {"password": secret}}
    declared: dict[str, Any] = {"qlik_connections_definitions": [orders, DEFINITIONS[1]], "qlik_in_process": in_process}
    plan = fleet.run("plan", **declared)
    assert plan.returncode == 0, plan.output
    # The digest of the plan can be approved.
    run = fleet.run(
        "provision",
        variables={"qlik_approved_plan": "qlik-reports/plan.json", "qlik_report_dir": "qlik-reports"},
        **declared,
    )
    assert run.returncode == 0, run.output
    for name, tenant in fleet.tenants.items():
        assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": secret}
        assert f"{name}: 1 space created, 2 connections created (" in run.output
        result = run.result(TASK, name)
        assert result["summary"]["created"] == 2
        assert result["requests"]["writes"] == 3
        assert {entry["action"] for entry in result["results"]} == {"create"}
    assert fleet.report("provision")["summary"]["connections"]["created"] == 6


def test_what_makes_an_audit_fail_can_be_chosen(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    acme = fleet.tenants["t1"]
    acme.add_connection("Playground", "rest", {"url": "https://play.example.com"}, space="Sales")
    acme.add_connection("Mine", "rest", {"url": "https://mine.example.com"})
    fewer: dict[str, Any] = {"qlik_connections_definitions": DEFINITIONS[:1]}
    run = fleet.run("audit")
    assert run.returncode == 0, run.output
    assert "t1: 1 not managed (Sales:Playground)" in run.result(FOUND)["msg"]
    run = fleet.run("audit", variables={"qlik_audit_fail_on": ["unmanaged"], "qlik_audit_undeclared": "all"})
    assert run.returncode == 2
    assert "t1: 2 not managed (:Mine, Sales:Playground)" in run.result(FOUND)["msg"]
    run = fleet.run("audit", **fewer)
    assert run.returncode == 2
    assert "t2, t3: 1 managed, but no longer declared (Sales:Weather)" in run.result(FOUND)["msg"]
    # Once of t1, and once of the two others: what fails them refers to it.
    assert run.stdout.count("no longer declared (Sales:Weather)") == 2
    failed = run.statuses("Fail where something was found")
    assert failed == dict.fromkeys(("t1", "t2", "t3"), "failed")
    last = "0 of 3 tenants match what is declared; 0 differ; 3 hold what is no longer declared; 0 could not be audited."
    assert last in run.result(FOUND)["msg"]
    audit = fleet.report("audit")
    assert {tenant["state"] for tenant in audit["tenants"].values()} == {"left_over"}
    assert audit["summary"]["passed"] == 0
    junit = (fleet.playbooks.folder / "qlik-reports" / "audit.junit.xml").read_text()
    assert junit.count("<failure ") == 3
    run = fleet.run("audit", variables={"qlik_audit_fail_on": []}, **fewer)
    assert run.returncode == 0
    assert fleet.report("audit")["summary"]["passed"] == 3
    assert "<failure " not in (fleet.playbooks.folder / "qlik-reports" / "audit.junit.xml").read_text()


def test_a_rotation_needs_names_that_are_declared(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    before = fleet.writes()
    run = fleet.run("rotate_secrets")
    assert run.returncode == 2
    assert "name the connections whose secrets are to be sent" in run.output
    run = fleet.run("rotate_secrets", variables={"qlik_connections_only": ["Sales:orders"]})
    assert run.returncode == 2
    assert "Did you mean 'Sales:Orders'?" in run.output
    run = fleet.run("rotate_secrets", "--check", variables={"qlik_connections_only": ["Sales:Orders"]})
    assert run.returncode == 0, run.output
    assert "1 to update" in run.output
    assert fleet.writes() == before


def test_a_prune_that_is_configured_does_not_stand_in_the_way_of_a_rotation(fleet: Fleet) -> None:
    assert fleet.run("provision").returncode == 0
    pruning = {"qlik_connections_prune": True, "qlik_connections_prune_spaces": ["Sales"]}
    run = fleet.run("rotate_secrets", variables={"qlik_connections_only": ["Sales:Orders"]}, **pruning)
    assert run.returncode == 0, run.output
    assert all(len(tenant.connections) == 2 for tenant in fleet.tenants.values())


@pytest.mark.parametrize("wanted", [True, False])
def test_a_task_that_waits_says_how_far_it_is(playbooks: Playbooks, acme: Tenant, wanted: bool) -> None:
    acme.add_fault("status", match={"method": "POST", "path": "data-connections"}, after=1, status=429, retry_after=6)
    play = [
        {
            "name": "Hold",
            "hosts": "all",
            "gather_facts": False,
            "connection": "local",
            "tasks": [{"name": "Role", "ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_connections"}}],
        }
    ]
    variables = {
        "qlik_tenant_url": acme.url,
        "qlik_access_token": acme.api_key,
        "qlik_connections_spaces": [{"name": "Sales"}],
        "qlik_connections_definitions": DEFINITIONS,
        "qlik_connections_fingerprint_key": "canary-fingerprint-key-0123456789",
        "qlik_progress": wanted,
    }
    run = playbooks.run(play, variables=variables)
    assert run.returncode == 0, run.output
    said = [line for line in run.stdout.splitlines() if "of 2 changes" in line]
    assert len(said) == wanted
    assert all(line.endswith("waiting 6 s: the rate limit for writes is used up") for line in said)
