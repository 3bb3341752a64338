"""The playbook that tries the connections of a fleet: its exit status, its report, and how many tenants at once."""

from __future__ import annotations

import itertools
import json
from xml.etree import ElementTree

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks
from tests.integration.test_fleet_playbooks import Fleet

HELD = {"host": "db.example.com", "db": "x", "username": "u"}


@pytest.fixture
def fleet(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    fleet = Fleet(playbooks, emulator)
    for tenant in fleet.tenants.values():
        tenant.add_space("Sales")
        for name, managed in (("Orders", True), ("Theirs", False)):
            tags = ["qlikops.cloud:managed"] if managed else []
            tenant.add_connection(name, "postgres", HELD, space="Sales", tags=tags, secrets={"password": "canary-pw"})
    return fleet


def test_what_does_not_work_is_found_over_all_tenants(fleet: Fleet) -> None:
    run = fleet.run("test", variables={"qlik_report_dir": "qlik-reports"})
    assert run.returncode == 0, run.output
    assert "Connections: 3 work, 0 don't, 0 unknown." in run.output
    assert not any(tenant.apps for tenant in fleet.tenants.values())

    fleet.tenants["t2"].set_end("refused", "Orders", space="Sales", text="no {password}, password=canary-pw")
    fleet.tenants["t3"].set_end("no_row", "Theirs", space="Sales")
    fleet.break_keys("t1")
    run = fleet.run("test", variables={"qlik_report_dir": "qlik-reports", "qlik_test_managed": "any"})
    assert run.returncode == 2
    assert "1 of 2 connections doesn't connect" in run.output
    assert "Tenants: 3, of which 2 failed and 0 weren't reached." in run.output
    report = fleet.report("test")
    assert {name: tenant["state"] for name, tenant in report["tenants"].items()} == {
        "t1": "failed",
        "t2": "failed",
        "t3": "unchanged",
    }
    assert report["summary"]["tests"] == {"works": 3, "failed": 1, "unknown": 0}
    (dead,) = [one for one in report["tenants"]["t2"]["connections"] if one["error"]]
    assert (dead["space"], dead["name"]) == ("Sales", "Orders")
    assert "canary" not in json.dumps(report)
    folder = fleet.playbooks.folder / "qlik-reports"
    cases = ElementTree.parse(folder / "test.junit.xml").iter("testcase")  # noqa: S314 our own text
    assert {(case.get("classname"), case.get("name")) for case in cases if case.find("failure") is not None} == {
        ("t2.Sales", "Orders")
    }
    assert "Test of connections of 3 Qlik Cloud tenants" in (folder / "test.html").read_text()
    assert fleet.modes("test") == {0o600}


def test_a_fleet_is_tried_a_few_tenants_at_a_time(fleet: Fleet) -> None:
    run = fleet.run("test", "--forks", "3", variables={"qlik_test_parallel": 1})
    assert run.returncode == 0, run.output
    spans = []
    for tenant in fleet.tenants.values():
        times = [entry.when for entry in tenant.log if "/apps" in entry.path or "/reloads" in entry.path]
        spans.append((min(times), max(times)))
    spans.sort()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_check_mode_tries_nothing(fleet: Fleet) -> None:
    run = fleet.run("test", "--check")
    assert run.returncode == 0, run.output
    assert "Connections: 0 work, 0 don't, 3 unknown." in run.output
    assert fleet.writes() == 0
