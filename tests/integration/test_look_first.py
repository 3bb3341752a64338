"""Looking at all tenants first changes nothing that is said, written or counted, but for one line. Each playbook is run
with and without it over the same fleet, and what came of both is compared.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from typing import Any

import pytest

from tests import jobs
from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run

KEY = "canary-fingerprint-key-0123456789"
LOOK = "Look"
SUMMARIES = ("What was found over all tenants", "What would be done over all tenants", "What came back from this wave")
FAILURES = ("What failed in this wave",)
# Each answer has another one; and when somebody changed a connection by hand is another time.
TRACE = re.compile(r"trace id: \w+|\d{4}-\d\d-\d\dT[\d:.]+Z")
WAITED = re.compile(r", waited \d+ s")
# One that is as declared beforehand counts in no wave.
BEFOREHAND = re.compile(r" \(\d+ more were as declared beforehand\)")
# With the odd ones just so many that it pays.
AS_DECLARED = [f"t{number:02}" for number in range(8)]
ODD = (
    "drifted",
    "incomplete",
    "stranger",
    "left-over",
    "locked",
    "away",
    "other-connection",
    "other-user",
    "as-module",
    "vaulted",
    "undefined",
    "empty",
)


def definitions(password: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "Orders",
            "space": "Sales",
            "data_source": "postgres",
            "properties": {"host": "db.example.com", "db": "orders", "username": "qlik"},
            "secrets": {"password": password},
        },
        {
            "name": "Weather",
            "space": "Sales",
            "data_source": "rest",
            "properties": {"url": "https://weather.example.com"},
        },
    ]


class Fleet:
    """Tenants that are as declared, and one of each kind that isn't, or can't be looked at in one process."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator, names: tuple[str, ...]) -> None:
        self.playbooks = playbooks
        self.tenants: dict[str, Tenant] = {name: emulator.add_tenant({"name": name}) for name in names}
        self.hosts: dict[str, dict[str, Any]] = {}
        for name, tenant in self.tenants.items():
            self.hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
            declared = {
                "fingerprint_key": KEY,
                "spaces": [{"name": "Sales"}],
                "connections": definitions(f"canary-of-{name}"),
            }
            jobs.succeed("qlik_data_connections", tenant, declared)

    def run(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        declared: dict[str, Any] = {
            "qlik_connections_fingerprint_key": KEY,
            "qlik_connections_spaces": [{"name": "Sales"}],
            "qlik_connections_definitions": definitions("canary-of-{{ inventory_hostname }}"),
        }
        # What only an extra variable gives.
        declared["qlik_connections_definitions"][1]["properties"]["url"] = "https://{{ weather_host }}"
        given = {"weather_host": "weather.example.com", **variables}
        inventory = {"qlik_tenants": {"hosts": self.hosts, "vars": declared}}
        run = self.playbooks.run(f"qlikops.cloud.{playbook}", *arguments, inventory=inventory, variables=given)
        assert "canary" not in run.output
        return run

    def report(self, kind: str) -> dict[str, Any]:
        """A report without what differs from run to run."""
        text = (self.playbooks.folder / "qlik-reports" / f"{kind}.json").read_text()
        assert "canary" not in text
        report: dict[str, Any] = json.loads(TRACE.sub("", text))
        del report["created"]
        for part in (report["summary"], *report["tenants"].values()):
            for counts in (part, part.get("requests") or {}):
                counts.pop("seconds", None)
                counts.pop("waited_seconds", None)
        return report

    def junit(self, kind: str) -> str:
        text = (self.playbooks.folder / "qlik-reports" / f"{kind}.junit.xml").read_text()
        return re.sub(r' (?:time|timestamp)="[^"]*"', "", TRACE.sub("", text))

    def writes(self) -> dict[str, int]:
        return {name: len(tenant.writes()) for name, tenant in self.tenants.items()}

    def make_odd(self) -> None:
        self.drift()
        stranger = self.tenants["stranger"]
        stranger.add_connection("Own", "rest", {"url": "https://own.example.com"}, space=stranger.space("Sales").id)
        jobs.succeed(
            "qlik_data_connections",
            self.tenants["left-over"],
            {
                "fingerprint_key": KEY,
                "connections": [{**definitions("x")[1], "name": "Former"}],
            },
        )
        self.hosts["locked"]["qlik_access_token"] = "canary-wrong-key"
        self.hosts["away"]["qlik_tenant_url"] = "http://127.0.0.1:1"
        self.hosts["other-connection"].update(
            {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "qlik_in_process": False}
        )
        self.hosts["other-user"].update({"ansible_become": True, "ansible_become_exe": "/no/such/sudo"})
        self.hosts["as-module"]["qlik_in_process"] = False
        vaulted = self.playbooks.encrypt(self.tenants["vaulted"].api_key)
        self.hosts["vaulted"]["vault_token"] = vaulted
        self.hosts["vaulted"]["qlik_access_token"] = "{{ vault_token }}"
        self.hosts["undefined"]["qlik_connections_app_space"] = "{{ nobody_said }}"
        self.hosts["empty"].update({"qlik_connections_definitions": [], "qlik_connections_spaces": []})

    def drift(self) -> None:
        """Somebody changes connections by hand."""
        tenant = self.tenants["drifted"]
        tenant.edit_connection(tenant.connection("Orders", "Sales").id, properties={"db": "changed by hand"})
        tenant = self.tenants["incomplete"]
        for connection in list(tenant.connections.values()):
            if connection.name == "Weather":
                tenant.remove_connection(connection.id)


def settled(run: Run) -> str:
    """What the look said."""
    (line,) = run.result(LOOK)["msg"]
    return str(line)


def said(run: Run) -> list[str]:
    """What summaries say, of the last wave if there are several."""
    lines: list[str] = []
    for line in run.results:
        if line["task"].split(" : ")[-1] in SUMMARIES + FAILURES:
            lines += line["result"]["msg"]
    return [WAITED.sub("", BEFOREHAND.sub("", line)) for line in lines]


def failed(run: Run) -> dict[str, str]:
    """Why tenants failed, or couldn't be reached."""
    return {
        line["host"]: TRACE.sub("", str(line["result"].get("msg")))
        for line in run.results
        if line["status"] in ("failed", "unreachable") and "Count the tenant" not in line["task"]
    }


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    found = Fleet(playbooks, emulator, (*AS_DECLARED, *ODD))
    found.make_odd()
    return found


def test_the_same_comes_of_it_as_without(fleet: Fleet) -> None:
    vault = fleet.playbooks.vault_arguments
    for playbook, variables in (
        # As on a command line, where a list is a text.
        ("audit", {"qlik_audit_fail_on": "drift,left_over,policy"}),
        ("provision", {"qlik_report_dir": "qlik-reports", "qlik_waves": ["100%"], "qlik_max_failed_percent": 50}),
        ("plan", {"qlik_plan_max_failed_percent": 80}),
    ):
        if playbook == "plan":
            # The way in which hosts are reached is the same as in an audit.
            for name in (*AS_DECLARED[2:], "as-module", "other-user", "other-connection"):
                del fleet.hosts[name]
        fleet.drift()
        without = fleet.run(playbook, *vault, qlik_look_first=False, **variables)
        report, junit, lines = fleet.report(playbook), fleet.junit(playbook), said(without)
        fleet.drift()
        before = fleet.writes()
        look = fleet.run(playbook, *vault, qlik_look_first=playbook == "plan" or "auto", **variables)
        assert look.returncode == without.returncode == (0 if playbook == "plan" else 2)
        assert failed(look) == failed(without)
        found = fleet.report(playbook)
        for name, tenant in found.pop("tenants").items():
            assert tenant == report["tenants"][name], name
        del report["tenants"]
        assert found == report
        assert fleet.junit(playbook) == junit
        told = settled(look)
        # Beside those that nothing is odd with: the stranger, the vaulted and, where nobody asks, what is left over.
        settled_ones = len(fleet.hosts.keys() & set(AS_DECLARED)) + (2 if playbook == "audit" else 3)
        assert told.startswith(f"Looked first: {settled_ones} of {len(fleet.hosts)} tenants as declared"), told
        wrote = {name for name, count in fleet.writes().items() if count > before[name]}
        if playbook == "provision":
            assert wrote == {"drifted", "incomplete"}
            share = f"of {len(fleet.hosts)} tenants in this wave"
            lines = [line.replace(share, f"of {len(ODD) - 3} tenants in this wave") for line in lines]
        else:
            assert not wrote
        assert said(look) == lines
        once = {line["host"] for line in look.results if line["task"].endswith("to their declared state")}
        assert not once & set(AS_DECLARED)


@pytest.fixture
def few(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    return Fleet(playbooks, emulator, ("t0", "t1", "t2", "t3", "t4", "drifted", "incomplete"))


def waves(run: Run) -> list[list[str]]:
    return [line["result"]["msg"] for line in run.results if line["task"].endswith(SUMMARIES[2])]


def test_waves_and_shares_are_of_those_with_something_to_do(few: Fleet) -> None:
    few.drift()
    few.hosts["t3"]["qlik_access_token"] = "canary-wrong"
    run = few.run("provision", qlik_look_first=True, qlik_waves=[1, "100%"])
    assert run.returncode == 2
    told = "4 of 7 tenants as declared (8 requests). The waves are those of the other 3 tenants: t3, drifted,"
    assert told in settled(run)
    # The first wave is a tenant that might fail, and not one at which there is nothing to do.
    assert "1 of 1 tenant in this wave failed: t3." in run.output
    assert few.writes()["drifted"] == few.writes()["t0"]
    run = few.run("provision", qlik_look_first=True, qlik_waves=["100%"], qlik_max_failed_percent=40)
    assert "1 of 3 tenants in this wave (4 more were as declared beforehand) failed: t3." in run.output
    assert "In all 7 tenants: 2 changed, 4 as declared already, 1 failed." in run.output


def test_where_all_are_as_declared_the_first_sums_up_and_checks_foresee(few: Fleet) -> None:
    del few.hosts["drifted"], few.hosts["incomplete"]
    run = few.run("provision", "--limit", "t1,t2,t3", qlik_look_first=True, qlik_report_dir="qlik-reports")
    assert run.returncode == 0, run.output
    assert "3 of 3 tenants as declared (6 requests). Only t1 is read once more" in settled(run)
    assert "t1, t2, t3: as declared, nothing to change (6 requests)" in run.output
    assert set(few.report("provision")["tenants"]) == {"t1", "t2", "t3"}
    assert len(few.tenants["t0"].log) == len(few.tenants["t4"].log)
    # An approval is for these too, and one that can't be read stops everything before any tenant is asked.
    run = few.run("plan", qlik_look_first=True)
    assert run.returncode == 0, run.output
    plan = few.playbooks.folder / "qlik-reports/plan.json"
    run = few.run("provision", qlik_look_first=True, qlik_approved_plan=str(plan))
    assert run.returncode == 0, run.output
    assert "5 of 5 tenants as declared" in settled(run)
    plan.write_text("{")
    before = {name: len(tenant.log) for name, tenant in few.tenants.items()}
    run = few.run("provision", qlik_look_first=True, qlik_approved_plan=str(plan))
    assert run.returncode == 2
    assert "the text is no JSON" in run.result("What is approved, and whether there will be a report", "t0")["msg"]
    assert {name: len(tenant.log) for name, tenant in few.tenants.items()} == before


def test_what_only_the_play_says_counts(few: Fleet) -> None:
    """Variables of an import count for all hosts; where a host has its own, it can't be known which one counts."""
    few.hosts["t1"]["qlik_connections_max_deletions"] = 3
    few.hosts["t2"]["qlik_connections_app_space"] = "{{ ansible_play_name | default('Sales') }}"
    site: list[dict[str, Any]] = [
        {"name": "Facts", "hosts": "t3", "gather_facts": False, "connection": "local", "tasks": []},
        {
            "name": "Provision",
            "ansible.builtin.import_playbook": "qlikops.cloud.provision",
            "vars": {
                "qlik_connections_max_deletions": 7,
                "qlik_look_first": True,
                "orders_db": "changed",
                "qlik_waves": ["100%"],
            },
        },
    ]
    site[0]["tasks"] = [{"name": "A fact", "ansible.builtin.set_fact": {"orders_db": "orders"}}]
    few.playbooks.write("site.yml", site)
    inventory: dict[str, Any] = {
        "qlik_tenants": {
            "hosts": few.hosts,
            "vars": {
                "qlik_connections_fingerprint_key": KEY,
                "qlik_connections_spaces": [{"name": "Sales"}],
                "qlik_connections_definitions": definitions("canary-of-{{ inventory_hostname }}"),
            },
        }
    }
    layer = inventory["qlik_tenants"]["vars"]["qlik_connections_definitions"]
    layer[0]["properties"]["db"] = "{{ orders_db }}"
    run = few.playbooks.run(str(few.playbooks.folder / "site.yml"), inventory=inventory)
    assert run.returncode == 0, run.output
    # The import says another database than what the tenants hold; only t3 has a fact, which counts more.
    assert "0 of 7 tenants as declared" in settled(run)
    held = {name: tenant.connection("Orders", "Sales").properties["db"] for name, tenant in few.tenants.items()}
    assert held.pop("t3") == "orders"
    assert set(held.values()) == {"changed"}
    again = few.playbooks.run(str(few.playbooks.folder / "site.yml"), inventory=inventory)
    # t1 and t3 have a value of their own, t2 asks for what differs from play to play.
    assert "4 of 7 tenants as declared" in settled(again)
    assert again.returncode == 0, again.output


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_it_looks_ends_all_of_it(few: Fleet, how: signal.Signals) -> None:
    for tenant in few.tenants.values():
        tenant.latency_ms = 1000
    inventory = few.playbooks.write("inventory.yml", {"qlik_tenants": {"hosts": few.hosts}})
    command = ["ansible-playbook", "qlikops.cloud.audit", "-i", str(inventory), "-e", "qlik_look_first=true"]
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=few.playbooks.folder,
        env=few.playbooks._environment(few.playbooks.folder / "results.jsonl", None),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while not any(tenant.log for tenant in few.tenants.values()) and process.poll() is None:
        time.sleep(0.1)
        assert time.monotonic() - began < 60
    process.send_signal(how)
    output, _ = process.communicate(timeout=20)
    assert process.returncode not in (0, None), output
    asked = sum(len(tenant.log) for tenant in few.tenants.values())
    time.sleep(2)
    assert sum(len(tenant.log) for tenant in few.tenants.values()) <= asked + len(few.tenants)
