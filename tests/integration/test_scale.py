"""How much a large tenant costs, counted in requests."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, task
from tests.jobs import requests_of, succeed

KEY = "a fingerprint key of some length"
# One space holds a third, the last ones just a few: the list of the whole tenant is cheaper than ten lists.
SIZES = [333, 201, 150, 100, 99, 50, 40, 15, 9, 3]


def definition(number: int, space: str) -> dict[str, Any]:
    """One of many."""
    properties = {"host": f"h{number}.example.com", "port": 5432, "db": f"d{number}", "username": "reader"}
    name = f"Connection {number}"
    return {
        "name": name,
        "space": space,
        "data_source": "postgres",
        "properties": properties,
        "secrets": {"password": f"canary-{number}"},
    }


def estate(tenant: Tenant) -> list[dict[str, Any]]:
    """1,000 definitions in ten spaces, which are made."""
    for number in range(len(SIZES)):
        tenant.add_space(f"Space {number}")
    places = [f"Space {space}" for space, size in enumerate(SIZES) for _ in range(size)]
    return [definition(number, place) for number, place in enumerate(places)]


def fill(tenant: Tenant, options: dict[str, Any]) -> None:
    """Make all connections, in parts: each run has the burst that the tenant's limits allow before it must wait."""
    tenant.limits.configure(enabled=False)
    for start in range(0, len(options["connections"]), 250):
        part = options["connections"][start : start + 250]
        assert succeed("qlik_data_connections", tenant, {**options, "connections": part})["summary"]["created"] == len(
            part
        )
    tenant.reset_log()


def test_a_converged_tenant_costs_a_page_for_each_hundred_connections(playbooks: Playbooks, acme: Tenant) -> None:
    acme.has_datafiles = True
    options = {"connections": estate(acme), "fingerprint_key": KEY}
    fill(acme, options)
    bulk = task("bulk", "qlik_data_connections", {**options, "connections": "{{ definitions }}"})
    run = playbooks.tasks([bulk], tenant=acme, variables={"definitions": options["connections"]})
    result = run.result("bulk")
    assert result["status"] == "ok", run.output
    assert result["summary"]["unchanged"] == 1000
    requests = Counter(requests_of(acme))
    assert requests.pop("GET v1/data-connections") == 10
    assert sum(requests.values()) <= 4, requests
    assert {request.split()[0] for request in requests} <= {"GET"}
    assert result["requests"]["reads"] == len(acme.log)
    assert acme.writes() == []


def test_a_drifted_connection_costs_a_look_a_specification_and_a_patch(acme: Tenant) -> None:
    options = {"connections": estate(acme), "fingerprint_key": KEY}
    fill(acme, options)
    for name in ("Connection 1", "Connection 999", "Connection 500"):
        (drifted,) = (one for one in acme.connections.values() if one.name == name)
        acme.edit_connection(drifted.id, properties={"db": "by hand"})
    assert succeed("qlik_data_connections", acme, options)["summary"]["updated"] == 3
    requests = Counter(requests_of(acme))
    assert requests.pop("GET v1/data-connections") == 10
    assert requests.pop("GET v1/data-connections/<id>") == 3
    assert requests.pop("PATCH v1/data-connections/<id>") == 3
    assert requests.pop("GET v1/data-sources/postgres/api-specs") == 1
    assert sum(requests.values()) <= 4, requests


def test_a_hundred_new_connections_are_a_hundred_posts(playbooks: Playbooks, acme: Tenant) -> None:
    spaces = [{"name": f"Space {number}"} for number in range(4)]
    connections = [definition(number, f"Space {number % 4}") for number in range(100)]
    options = {"spaces": spaces, "connections": connections, "fingerprint_key": KEY, "tags": ["all"]}
    run = playbooks.tasks([task("bulk", "qlik_data_connections", options)], tenant=acme)
    assert run.result("bulk")["summary"]["created"] == 100
    writes = Counter(f"{entry.method} {entry.path}" for entry in acme.writes())
    assert writes == {"POST /api/v1/spaces": 4, "POST /api/v1/data-connections": 100}
    assert run.result("bulk")["requests"]["writes"] == 104
    assert len(acme.log) - 104 <= 6
    assert all(set(one.tags) >= {"all", "qlikops.cloud:managed"} for one in acme.connections.values())


def test_a_small_part_of_a_large_tenant_costs_its_own_spaces(acme: Tenant) -> None:
    acme.limits.configure(enabled=False)
    for number in range(30):
        acme.add_space(f"Space {number}")
        for other in range(60):
            acme.add_connection(f"Other {other}", "postgres", {"host": "h"}, space=f"Space {number}")
    options = {"connections": [definition(number, f"Space {number}") for number in range(2)], "fingerprint_key": KEY}
    succeed("qlik_data_connections", acme, options)
    acme.reset_log()
    assert succeed("qlik_data_connections", acme, options)["summary"]["unchanged"] == 2
    pages = Counter(requests_of(acme))["GET v1/data-connections"]
    assert pages <= 5, "a tenant of 1,800 connections was read for two"
