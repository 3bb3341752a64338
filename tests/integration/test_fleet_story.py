"""The life of a fleet as its owners live it: forty tenants in three regions, found, planned, approved, rolled out,
audited, rotated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.qlikops.cloud.plugins.module_utils._session.today import utc_today

from tests.emulator import Emulator, Tenant
from tests.emulator.identifiers import epoch_of
from tests.emulator.records import Space
from tests.integration.playbooks import Playbooks, Run

REGIONS = {"eu": 16, "us": 14, "ap": 10}
SIZE = sum(REGIONS.values())
ORGANIZATION = {"QLIK_ORGANIZATION_CLIENT_ID": "organization", "QLIK_ORGANIZATION_CLIENT_SECRET": "organization-secret"}
OLD, NEW = "canary-password-of-spring", "canary-password-of-autumn"
KEY = "canary-fingerprint-key-0123456789"


class Fleet:
    """The tenants, and the inventory of those who look after them."""

    def __init__(self, playbooks: Playbooks) -> None:
        self.playbooks = playbooks
        clients = [
            {
                "client_id": f"client-{region}",
                "client_secret": f"canary-secret-of-{region}",
                "region": region,
                "scopes": ["user_default", "admin_classic"],
            }
            for region in REGIONS
        ]
        tenants = [
            {"name": f"{region}-{number:02}", "region": region}
            for region, size in REGIONS.items()
            for number in range(size)
        ]
        self.emulator = Emulator({"oauth_clients": clients, "tenants": tenants})

    def write_inventory(self) -> None:
        write = self.playbooks.write
        write(
            "inventory/qlik_tenants.yml",
            {
                "plugin": "qlikops.cloud.qlik_tenants",
                "organization_url": self.emulator.organization.url,
                "subscriptions": ["subscription-1"],
            },
        )
        for region in REGIONS:
            write(
                f"inventory/group_vars/qlik_region_{region}.yml",
                {
                    "qlik_client_id": f"client-{region}",
                    "qlik_client_secret": f"canary-secret-of-{region}",
                    "qlik_connections_definitions_50_region": [
                        {"name": "Orders", "space": "Sales", "properties": {"host": f"db.{region}.example.com"}}
                    ],
                },
            )
        self.write_password(OLD)

    def write_password(self, password: str) -> None:
        orders = {"host": "db.example.com", "port": 5432, "db": "orders", "username": "qlik"}
        self.playbooks.write(
            "inventory/group_vars/qlik_tenants.yml",
            {
                "qlik_connections_fingerprint_key": KEY,
                "qlik_connections_spaces": [{"name": "Sales"}],
                "qlik_connections_definitions_00_all": [
                    {
                        "name": "Orders",
                        "space": "Sales",
                        "data_source": "postgres",
                        "properties": orders,
                        "secrets": {"password": password},
                    },
                    {
                        "name": "Weather",
                        "space": "Sales",
                        "data_source": "rest",
                        "properties": {"url": "https://weather.example.com"},
                    },
                ],
            },
        )

    def write_members(self) -> None:
        """From now on a group may use the space, and each tenant has a database of its own."""
        members = [{"group": "Analysts", "roles": ["dataconsumer"]}]
        self.playbooks.write(
            "inventory/group_vars/all.yml",
            {"qlik_connections_spaces_00_members": [{"name": "Sales", "members": members}]},
        )
        for name in self.tenants:
            self.playbooks.write(
                f"inventory/host_vars/{name}.yml",
                {
                    "qlik_connections_definitions_90_tenant": [
                        {"name": "Orders", "space": "Sales", "properties": {"host": f"{name}.db.example.com"}}
                    ]
                },
            )

    def run(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        """A playbook of the collection over the whole inventory. Nothing that it prints holds a secret."""
        self.reset_logs()
        given = [argument for name, value in variables.items() for argument in ("-e", json.dumps({name: value}))]
        run = self.playbooks.run(
            f"qlikops.cloud.{playbook}",
            "-vvv",
            *arguments,
            *given,
            inventory=self.playbooks.folder / "inventory",
            environment={**ORGANIZATION, "ANSIBLE_FORKS": "10"},
        )
        assert "canary" not in run.output
        return run

    def reset_logs(self) -> None:
        for tenant in self.tenants.values():
            tenant.reset_log()

    @property
    def tenants(self) -> dict[str, Tenant]:
        return self.emulator.tenants

    def written(self) -> dict[str, int]:
        """How many writing requests each tenant got, as far as there were any."""
        return {name: len(tenant.writes()) for name, tenant in self.tenants.items() if tenant.writes()}

    def most_requests(self) -> int:
        return max(len(tenant.log) for tenant in self.tenants.values())

    def report(self, name: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.playbooks.folder / "qlik-reports" / f"{name}.json").read_text())
        return read

    def passwords(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, tenant in self.tenants.items():
            found.setdefault(tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"], set()).add(name)
        return found


@pytest.fixture
def fleet(playbooks: Playbooks) -> Any:
    made = Fleet(playbooks)
    with made.emulator:
        made.write_inventory()
        yield made


def lines(run: Run, task: str) -> list[str]:
    """What a summary said, over all waves."""
    return [
        line for result in run.results if result["task"].split(" : ")[-1] == task for line in result["result"]["msg"]
    ]


def connections(tenant: Tenant) -> dict[str, Mapping[str, Any]]:
    return {item.name: item.properties for item in tenant.connections.values()}


@pytest.mark.timeout(600)
def test_the_life_of_a_fleet(fleet: Fleet) -> None:
    canary, changed, ordinary = "ap-00", "us-03", "eu-07"
    wave = "What came back from this wave"

    # Discover, and plan: everything is to be made everywhere, and nothing is written.
    run = fleet.run("plan")
    assert run.returncode == 0, run.output
    assert len(fleet.emulator.organization.log) == 2
    assert fleet.written() == {}
    plan = fleet.report("plan")
    assert plan["summary"]["tenants"] == {
        "total": SIZE,
        "changed": SIZE,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
        "not_reached": 0,
    }
    assert plan["summary"]["connections"]["created"] == 2 * SIZE
    assert len(plan["digests"]) == SIZE

    # The first tenant refuses to be written: the rollout stops there.
    fleet.tenants[canary].add_fault("status", match={"method": "POST", "path": "/spaces$"}, status=403, times=None)
    run = fleet.run("provision", qlik_approved_plan="qlik-reports/plan.json")
    assert run.returncode == 2
    assert {name for name, tenant in fleet.tenants.items() if tenant.writes()} == {canary}
    assert "Not reached: ap-01" in run.output

    # The cause is put right, and somebody works by hand on a tenant since the plan was approved: this one is passed by.
    fleet.tenants[canary].set_faults([])
    fleet.tenants[changed].add_space("Sales")
    run = fleet.run("provision", qlik_approved_plan="qlik-reports/plan.json", qlik_report_dir="qlik-reports")
    assert run.returncode == 0, run.output
    assert fleet.written() == {name: 3 for name in fleet.tenants if name != changed}
    # Two of them ask who the caller is: whose credentials were sent is remembered with them. Five are of the look.
    assert fleet.most_requests() == 13
    assert [line.split(":")[0] for line in lines(run, wave) if "SKIPPED" in line] == [changed]
    assert fleet.report("provision")["summary"]["tenants"]["skipped"] == 1

    # The audit finds what was passed by, and after a plan for it all is well. It costs two requests a tenant.
    run = fleet.run("audit")
    assert run.returncode == 2
    assert {host for host, status in run.statuses("Fail where something was found").items() if status == "failed"} == {
        changed
    }
    assert fleet.run("provision", "--limit", changed).returncode == 0
    run = fleet.run("audit")
    assert run.returncode == 0, run.output
    assert fleet.written() == {}
    # The first tenant's are those of the look, and once more those of the play that sums up.
    assert {name: len(tenant.log) for name, tenant in fleet.tenants.items() if len(tenant.log) != 2} == {canary: 4}
    assert (
        lines(run, "What was found over all tenants")[0]
        == f"{SIZE} of {SIZE} tenants match what is declared; 0 differ; 0 could not be audited."
    )

    # Drift by hand: the audit finds exactly that.
    orders = fleet.tenants[ordinary].connection("Orders", "Sales")
    fleet.tenants[ordinary].edit_connection(orders.id, properties={**orders.properties, "db": "other"})
    fleet.tenants["us-01"].remove_connection(fleet.tenants["us-01"].connection("Weather", "Sales").id)
    fleet.tenants["eu-01"].add_connection("Playground", "rest", {"url": "https://play.example.com"}, space="Sales")
    run = fleet.run("audit")
    assert run.returncode == 2
    assert lines(run, "What was found over all tenants")[:-2] == [
        "eu-01: 1 not managed (Sales:Playground)",
        "eu-07: 1 doesn't match its definition (Sales:Orders)",
        "us-01: 1 doesn't match its definition (Sales:Weather)",
    ]
    audited = fleet.report("audit")
    assert {name for name, item in audited["tenants"].items() if item["state"] == "changed"} == {"eu-07", "us-01"}
    assert fleet.written() == {}
    run = fleet.run("provision")
    assert run.returncode == 0, run.output
    assert fleet.written() == {"eu-07": 1, "us-01": 1}

    _a_tenant_of_each_kind(fleet)

    # Rotate: one tenant fails half-way, the next run finishes it; nothing but the password goes.
    fleet.write_password(NEW)
    fleet.tenants["us-13"].add_fault(
        "status", match={"method": "PATCH", "path": "data-connections/"}, status=403, times=1
    )
    run = fleet.run("rotate_secrets", qlik_connections_only=["Sales:Orders"])
    assert run.returncode == 2
    assert fleet.passwords() == {NEW: set(fleet.tenants) - {"us-13"}, OLD: {"us-13"}}
    proofs = [
        item["proof"]
        for one in fleet.report("rotation")["tenants"].values()
        for item in one["connections"]
        if not item["error"]
    ]
    assert len(proofs) == SIZE - 1
    assert all(epoch_of(proof["updated_before"]) < epoch_of(proof["updated_after"]) for proof in proofs)
    run = fleet.run("rotate_secrets", "--limit", "us-13", qlik_connections_only=["Sales:Orders"])
    assert run.returncode == 0, run.output
    assert fleet.passwords() == {NEW: set(fleet.tenants)}
    assert fleet.run("audit").returncode == 0

    # Export, and decommission one.
    run = fleet.run("export", qlik_export_directory="export", qlik_export_common=True)
    assert run.returncode == 0, run.output
    assert fleet.written() == {}
    text = (fleet.playbooks.folder / "export/host_vars/eu-01/qlik_connections.yml").read_text()
    exported = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    assert "Playground" in str(exported)
    run = fleet.run("decommission", qlik_hosts="eu-01", qlik_confirm="decommission eu-01")
    assert run.returncode == 0, run.output
    assert set(connections(fleet.tenants["eu-01"])) == {"Playground"}
    assert set(fleet.written()) == {"eu-01"}
    assert set(connections(fleet.tenants["eu-02"])) == {"Orders", "Weather"}
    assert no_canary_in_files(fleet.playbooks.folder) == []


def _a_tenant_of_each_kind(fleet: Fleet) -> None:
    """Who may use it, until when, whether it is allowed, who else reaches it: one audit finds each in its tenant, and
    nothing is left of that afterwards.
    """
    today = utc_today()
    expired, soon = (today - timedelta(days=2)).isoformat(), (today + timedelta(days=3)).isoformat()
    kim = fleet.tenants["eu-02"].add_user("kim", "kim@acme.example")
    for tenant in fleet.tenants.values():
        tenant.add_group("Analysts")
    fleet.write_members()
    run = fleet.run("provision")
    assert run.returncode == 0, run.output
    # A member for each tenant, and the host of Orders is its own from now on.
    assert fleet.written() == dict.fromkeys(fleet.tenants, 2)

    sales = fleet.tenants["eu-02"].space("Sales")
    fleet.tenants["eu-02"].assign(sales, kim.id, ["producer"])
    fleet.tenants["eu-03"].space("Sales").assignments.clear()
    days = {"us-02": expired, "us-04": soon}
    for name, day in days.items():
        weather = fleet.tenants[name].connection("Weather", "Sales")
        fleet.tenants[name].edit_connection(weather.id, tags=[*weather.tags, f"qlikops.cloud:expires:{day}"])
    orders = {"host": "db.evil.example", "db": "orders"}
    fleet.tenants["us-05"].add_connection("Breach", "postgres", orders, space="Sales")
    for name in ("ap-01", "ap-02"):
        same = {"host": "shared.example.com", "db": "customers"}
        fleet.tenants[name].add_connection("Customers", "postgres", same, space="Sales")
    kinds = ["drift", "unmanaged", "policy", "same_target", "expiring"]
    run = fleet.run(
        "audit",
        qlik_audit_fail_on=kinds,
        qlik_audit_same_target=True,
        qlik_audit_same_target_allowed=["*weather.example.com*"],
        qlik_connections_policy=[{"name": "no-evil", "hosts": {"deny": ["*.evil.example"]}}],
    )
    assert run.returncode == 2
    assert fleet.written() == {}
    tenants = fleet.report("audit")["tenants"]
    found = {
        name: {kind for kind in kinds if tenant["findings"].get(kind)}
        for name, tenant in tenants.items()
        if not tenant["passed"]
    }
    assert found == {
        "eu-01": {"unmanaged"},
        "eu-02": {"unmanaged"},
        "eu-03": {"drift"},
        "us-02": {"expiring"},
        "us-04": {"expiring"},
        "us-05": {"policy", "unmanaged"},
        "ap-01": {"same_target", "unmanaged"},
        "ap-02": {"same_target", "unmanaged"},
    }
    told = tenants["eu-02"]["undeclared_members"]
    assert told == [{"space": "Sales", "member": "user kim@acme.example", "roles": ["producer"]}]
    assert [row["tenant"] for row in fleet.report("audit")["expiring"]] == list(days)
    suites = ElementTree.parse(fleet.playbooks.folder / "qlik-reports" / "audit.junit.xml").getroot()  # noqa: S314 - its own report
    failing = {suite.get("name") for suite in suites.iter("testsuite") if suite.find(".//failure") is not None}
    assert failing == set(found)
    page = (fleet.playbooks.folder / "qlik-reports" / "audit.html").read_text()
    assert all(text in page for text in ("kim@acme.example", expired, soon, "no-evil", "shared.example.com"))

    del fleet.tenants["eu-02"].space("Sales").assignments[next(_assigned(sales, kim.id))]
    for name in ("us-05", "ap-01", "ap-02"):
        made = [one for one in fleet.tenants[name].connections.values() if one.name in ("Breach", "Customers")]
        fleet.tenants[name].remove_connection(made[0].id)
    for name, day in days.items():
        weather = fleet.tenants[name].connection("Weather", "Sales")
        kept = [tag for tag in weather.tags if day not in tag]
        fleet.tenants[name].edit_connection(weather.id, tags=kept)
    assert fleet.run("provision").returncode == 0
    assert fleet.written() == {"eu-03": 1}


def _assigned(space: Space, assignee_id: str) -> Iterator[str]:
    return (row.id for row in space.assignments.values() if row.assignee_id == assignee_id)


def no_canary_in_files(folder: Path) -> list[str]:
    """The files that hold a secret, beside those in which the owners of the fleet wrote it themselves."""
    own = folder / "inventory"
    files = [path for path in folder.rglob("*") if path.is_file() and own not in path.parents]
    return [str(path) for path in files if b"canary-" in path.read_bytes()]
