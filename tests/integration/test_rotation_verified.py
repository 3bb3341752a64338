"""Rotating a fleet's secrets with a way back: it stops where the new one is wrong, and nothing dead is left."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks
from tests.integration.test_fleet_playbooks import DEFINITIONS, Fleet

OLD, NEW = "canary-password", "canary-password-2"
ROTATION: dict[str, Any] = {"qlik_connections_only": ["Sales:Orders"], "qlik_rotate_verify": True}
ROTATION |= {"qlik_waves": [1, 1, "100%"], "qlik_report_dir": "qlik-reports"}
ORDERS = DEFINITIONS[0]
ROTATED = [{**ORDERS, "secrets": {"password": NEW}, "secrets_previous": {"password": OLD}}, DEFINITIONS[1]]


def held(fleet: Fleet) -> list[str]:
    tenants = fleet.tenants.values()
    return [tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] for tenant in tenants]


def test_a_rotation_stops_and_puts_back_where_the_new_secret_is_wrong(playbooks: Playbooks, emulator: Emulator) -> None:
    fleet = Fleet(playbooks, emulator)
    fleet.hosts["t2"]["qlik_api_namespace"] = "connectivity"
    assert fleet.run("provision", variables={"qlik_waves": ["100%"]}).returncode == 0
    # The database of t2 is late.
    for name, right in (("t1", NEW), ("t2", OLD), ("t3", NEW)):
        fleet.tenants[name].set_end(
            "accepts", "Orders", space="Sales", secrets={"password": right}, text="no {password} for {username}"
        )
    run = fleet.run("rotate_secrets", "-vvv", variables=ROTATION, qlik_connections_definitions=ROTATED)
    assert run.returncode == 2
    assert "put back: it doesn't connect with the new secrets" in run.output
    assert "t1: 1 updated; tried: 1 works (" in run.output
    assert "t2: FAILED, 1 updated, 1 put back; tried: 1 works (" in run.output
    assert held(fleet) == [NEW, OLD, OLD]
    report = fleet.report("rotation")
    assert "put back" in json.dumps(report["tenants"]["t2"])
    assert "canary" not in json.dumps(report)
    assert report["summary"]["tests"] == {"works": 2, "failed": 0, "unknown": 0}
    states = {name: tenant["state"] for name, tenant in report["tenants"].items()}
    assert states == {"t1": "changed", "t2": "failed", "t3": "not_reached"}

    # Nobody sends what was refused, be it as a module of its own.
    for playbook in ("provision", "rotate_secrets"):
        run = fleet.run(
            playbook, "-vvv", variables=ROTATION, qlik_connections_definitions=ROTATED, qlik_in_process=False
        )
        assert (run.returncode == 0) is (playbook == "provision")
        assert "sent again" in run.output
        assert held(fleet)[1] == OLD
    fleet.tenants["t2"].set_end("works", "Orders", space="Sales")
    forced = {**ROTATION, "qlik_connections_send_refused": True}
    run = fleet.run("rotate_secrets", variables=forced, qlik_connections_definitions=ROTATED)
    assert run.returncode == 0, run.output
    assert held(fleet) == [NEW, NEW, NEW]
    run = fleet.run("provision", "--check", variables=ROTATION, qlik_connections_definitions=ROTATED)
    assert "Connections: none to change" in run.output


def test_a_source_that_nobody_knows_is_tried_as_the_inventory_says(playbooks: Playbooks, emulator: Emulator) -> None:
    fleet = Fleet(playbooks, emulator)
    fleet.hosts["t2"]["qlik_api_namespace"] = "connectivity"
    for tenant in fleet.tenants.values():
        tenant.gateways = {"DG_*": [{"id": "g1::g1", "name": "Frankfurt"}]}
    properties = {"host": "db.example.com", "database": "x", "username": "qlik", "gatewayInstance": "g1::g1"}
    orders = {**ORDERS, "data_source": "DG_mongo", "properties": properties}
    shared: dict[str, Any] = {"qlik_test_statements": {"DG_mongo": "SELECT _id AS x FROM health LIMIT 1"}}
    waves = {"qlik_waves": ["100%"], "qlik_connections_verify": "changed", "qlik_verify_unknown": "fail"}
    run = fleet.run("provision", variables=waves, qlik_connections_definitions=[orders], **shared)
    assert run.returncode == 0, run.output
    for name, right in (("t1", NEW), ("t2", OLD)):
        fleet.tenants[name].set_end("accepts", "Orders", space="Sales", secrets={"password": right})
    rotated = {**orders, "secrets": {"password": NEW}, "secrets_previous": {"password": OLD}}
    run = fleet.run("rotate_secrets", "-vvv", variables=ROTATION, qlik_connections_definitions=[rotated], **shared)
    assert "put back: it doesn't connect with the new secrets" in run.output
    assert held(fleet) == [NEW, OLD, OLD]
    assert fleet.report("rotation")["summary"]["tests"] == {"works": 2, "failed": 0, "unknown": 0}


def test_what_cannot_be_told_stops_a_rotation_unless_it_may_go_on(playbooks: Playbooks, emulator: Emulator) -> None:
    fleet = Fleet(playbooks, emulator)
    assert fleet.run("provision", variables={"qlik_waves": ["100%"]}).returncode == 0
    for tenant in fleet.tenants.values():
        tenant.add_fault("status", match={"method": "POST", "path": "/apps$"}, status=403, times=None)
        tenant.reset_log()
    run = fleet.run("rotate_secrets", variables=ROTATION, qlik_connections_definitions=ROTATED)
    assert run.returncode == 2
    assert "neither known to work nor put back" in run.output
    assert held(fleet) == [NEW, OLD, OLD]
    lenient = {**ROTATION, "qlik_verify_unknown": "warn", "qlik_waves": ["100%"], "qlik_test_parallel": 1}
    run = fleet.run("rotate_secrets", "--forks", "3", variables=lenient, qlik_connections_definitions=ROTATED)
    assert run.returncode == 0, run.output
    assert held(fleet) == [NEW, NEW, NEW]
    # One tenant after the other was written and tried.
    spans = []
    for name in ("t2", "t3"):
        times = [entry.when for entry in fleet.tenants[name].log]
        spans.append((min(times), max(times)))
    spans.sort()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
