"""A policy, and targets that several tenants reach, over a fleet: in summary, page, JSON, JUnit and exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run

SIZE = 40
CANARY = "canary-password-hunter2"
ROOT = Path(__file__).parents[2]
BASE = [
    {"name": "no-evil", "hosts": {"deny": ["*.evil.example", "10.0.0.0/8"]}, "message": "Ask Ada."},
    {"name": "tagged", "tags": ["team-*"], "severity": "warn", "where": {"names": ["Untagged"]}},
    {"name": "nowhere", "tls": "required", "where": {"spaces": ["Prodd"]}},
]
TLS = [{"name": "tls", "tls": "required", "where": {"data_sources": ["rest"]}, "undeclared": "warn"}]


class Fleet:
    """Forty tenants, each with a database of its own, and some that are not as they should be."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator) -> None:
        self.playbooks = playbooks
        self.tenants = {f"t{number:02}": emulator.add_tenant({"name": f"t{number:02}"}) for number in range(SIZE)}
        self.hosts: dict[str, dict[str, Any]] = {
            name: {
                "qlik_tenant_url": tenant.url,
                "qlik_access_token": tenant.api_key,
                "qlik_connections_definitions": [_orders(f"{name}.db.example.com")],
            }
            for name, tenant in self.tenants.items()
        }
        playbooks.write("rules/tls.yml", TLS)
        # Others may write beside the inventory, and don't weaken so what comes with the command.
        playbooks.write("inventory/rules/tls.yml", [{**rule, "where": {"names": ["Nothing"]}} for rule in TLS])

    def run(self, playbook: str, variables: dict[str, Any] | None = None) -> Run:
        shared = {
            "qlik_connections_fingerprint_key": "canary-fingerprint-key-0123456789",
            "qlik_connections_spaces": [{"name": "Sales"}],
            "qlik_connections_policy_00_fleet": BASE,
            "qlik_connections_policy_from": ["rules/tls.yml"],
        }
        inventory = {"qlik_tenants": {"hosts": self.hosts, "vars": shared}}
        where = self.playbooks.write("inventory/hosts.yml", inventory)
        run = self.playbooks.run(f"qlikops.cloud.{playbook}", "--forks", "10", inventory=where, variables=variables)
        assert "canary" not in run.output
        return run

    def writes(self) -> int:
        return sum(len(tenant.writes()) for tenant in self.tenants.values())

    def report(self, name: str) -> Any:
        """The report in JSON, which is of its schema and holds no secret, nor does the page."""
        folder = self.playbooks.folder / "qlik-reports"
        text = (folder / f"{name}.json").read_text()
        assert CANARY not in text + (folder / f"{name}.html").read_text() + (folder / f"{name}.junit.xml").read_text()
        report = json.loads(text)
        jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
        return report

    def endings(self, name: str) -> dict[tuple[str, str], str]:
        """How each test of the JUnit file ended that has to do with rules or targets."""
        path = self.playbooks.folder / "qlik-reports" / f"{name}.junit.xml"
        found = {}
        for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 our own text
            called = str(case.get("name"))
            if ": rule " in called or called.endswith(": same target"):
                found[str(case.get("classname")), called] = case[0].tag
        return found


def _orders(host: str) -> dict[str, Any]:
    return {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": host, "db": "orders", "username": "qlik"},
        "secrets": {"password": CANARY},
    }


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    return Fleet(playbooks, emulator)


def _held(tenant: Tenant, name: str, source: str, **properties: str) -> None:
    tenant.add_connection(name, source, properties, space="Sales", secrets={"password": CANARY})


def test_a_fleet_is_planned_provisioned_and_audited_under_a_policy(fleet: Fleet) -> None:
    evil = fleet.hosts["t03"]
    good = evil["qlik_connections_definitions"]
    evil["qlik_connections_definitions"] = [_orders("DB.EVIL.EXAMPLE.")]
    # Whoever writes a host's variables doesn't have a breach planned all the same.
    evil["qlik_connections_breaches"] = "list"
    plan = fleet.run("plan")
    assert plan.returncode == 2
    assert "connection 'Orders': rule 'no-evil': it leads to db.evil.example, which is denied. Ask Ada." in plan.output
    assert f"Rule 'nowhere' is about no connection in {SIZE} tenants that could be read." in plan.output
    assert fleet.report("plan")["tenants"]["t03"]["policy"][0]["rule"] == "no-evil"
    assert fleet.report("plan")["digests"].keys() == fleet.hosts.keys() - {"t03"}
    assert fleet.writes() == 0

    done = fleet.run("provision", {"qlik_waves": ["100%"], "qlik_approved_plan": "qlik-reports/plan.json"})
    assert [len(tenant.connections) for tenant in fleet.tenants.values()].count(1) == SIZE - 1
    assert fleet.tenants["t03"].writes() == []
    assert done.returncode in (0, 2)
    evil["qlik_connections_definitions"] = good
    assert fleet.run("provision", {"qlik_waves": ["100%"]}).returncode == 0

    _held(fleet.tenants["t05"], "Stranger", "postgres", host="167772161", db="x")
    _held(fleet.tenants["t06"], "Plain", "rest", url=f"http://user:{CANARY}@api.example.com/v1?key={CANARY}")
    _held(fleet.tenants["t07"], "Untagged", "mysql", host="m.example.com", database="x")
    # Customer 8's tenant points at customer 9's database.
    _held(fleet.tenants["t08"], "Copy", "postgres", host="T09.DB.example.com.", port="5432", db="orders")
    _held(fleet.tenants["t11"], "Shared 1", "postgres", host="shared.example.com", db="all")
    _held(fleet.tenants["t12"], "Shared 2", "postgres", host="shared.example.com", db="all")
    for tenant in fleet.tenants.values():
        tenant.reset_log()
    asked = {
        "qlik_audit_same_target": True,
        "qlik_audit_same_target_allowed": ["postgres shared.example.com:*"],
        "qlik_audit_fail_on": ["drift", "policy", "same_target"],
    }
    audit = fleet.run("audit", asked)
    assert audit.returncode == 2
    assert fleet.writes() == 0
    assert "1 breach of the policy (Sales:Stranger: no-evil)" in audit.output
    assert f"Rule 'nowhere' is about no connection in {SIZE} tenants that could be read." in audit.output
    assert "37 of 40 tenants match what is declared; 0 differ;" in audit.output
    report = fleet.report("audit")
    assert {name: tenant["state"] for name, tenant in report["tenants"].items() if tenant["state"] != "unchanged"} == {
        "t05": "policy",
        "t08": "same_target",
        "t09": "same_target",
    }
    assert {name for name, tenant in report["tenants"].items() if not tenant["passed"]} == {"t05", "t08", "t09"}
    assert report["policy"] == {
        "no-evil": {"tenants": SIZE, "connections": SIZE + 6},
        "nowhere": {"tenants": SIZE, "connections": 0},
        "tagged": {"tenants": SIZE, "connections": 1},
        "tls": {"tenants": SIZE, "connections": 1},
    }
    (copy,) = report["tenants"]["t08"]["same_targets"]
    assert copy["target"] == "postgres t09.db.example.com:5432 database=orders"
    assert copy["elsewhere"]
    assert copy["others"] == [{"host": "t09", "space": "Sales", "name": "Orders"}]
    assert fleet.endings("audit") == {
        ("t05.Sales", "Stranger: rule no-evil"): "failure",
        ("t06.Sales", "Plain: rule tls"): "skipped",
        ("t07.Sales", "Untagged: rule tagged"): "skipped",
        ("t08.Sales", "Copy: same target"): "failure",
        ("t09.Sales", "Orders: same target"): "failure",
    }
    page = (fleet.playbooks.folder / "qlik-reports/audit.html").read_text()
    for text in ("against the policy", "same target", "no-evil", "nowhere", "postgres t09.db.example.com:5432"):
        assert text in page

    # A layer of a host can't take a rule of the fleet away.
    fleet.hosts["t01"]["qlik_connections_policy_90_host"] = [{**BASE[0], "severity": "warn"}]
    weakened = fleet.run("audit", {"qlik_hosts": "t01"})
    assert weakened.returncode == 2
    assert "rule 'no-evil': qlik_connections_policy_00_fleet has another rule of this name" in weakened.output


def test_rules_of_a_task_are_checked_on_both_paths(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    playbooks.write("rules.json", json.dumps([{"name": "no-evil", "hosts": {"deny": ["*.evil.example"]}}]))
    options = {
        "connections": [_orders("db.evil.example")],
        "spaces": [{"name": "Sales"}],
        "policy_from": [str(playbooks.folder / "rules.json")],
        "policy": [{"name": "gateway", "gateway": "required"}],
    }
    tasks = [{"name": "Hold", "qlikops.cloud.qlik_data_connections": options}]
    run = playbooks.tasks(tasks, "-vvv", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 2
    assert "rule 'no-evil': it leads to db.evil.example, which is denied." in run.output
    assert "rule 'gateway': it goes through no gateway." in run.output
    assert CANARY not in run.output
    assert acme.writes() == []
