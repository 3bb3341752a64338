"""A process that is killed at any request leaves nothing that the next run doesn't put right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.jobs import succeed

KEY = "a fingerprint key of some length"
BEFORE: list[dict[str, Any]] = [
    {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h"},
        "secrets": {"password": "one"},
    },
    {
        "name": "Old name",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h"},
        "secrets": {"password": "one"},
    },
    {
        "name": "Gone",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h"},
        "secrets": {"password": "one"},
    },
]
AFTER: list[dict[str, Any]] = [
    {
        "name": "Orders",
        "space": "Sales",
        "data_source": "mssql",
        "properties": {"host": "h"},
        "secrets": {"password": "other"},
    },
    {
        "name": "New name",
        "previous_name": "Old name",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "elsewhere"},
        "secrets": {"password": "other"},
    },
    {
        "name": "Added",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h"},
        "secrets": {"password": "other"},
    },
    {"name": "Gone", "space": "Sales", "state": "absent"},
]
JOB = """
import json, sys
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import run_job
run_job(data_connections.run, json.loads(sys.stdin.read()), False)
"""
LONG = 60_000


def options(connections: list[dict[str, Any]]) -> dict[str, Any]:
    return {"connections": connections, "fingerprint_key": KEY, "replace": "when_required", "parallel": 1}


def run_until_request(tenant: Tenant, number: int) -> bool:
    """Run the job in a process and kill it while its request of this number waits; False when it was done before."""
    tenant.set_faults([{"kind": "latency", "ms": LONG, "after": number, "times": None}])
    (fault,) = tenant.faults
    given = {"tenant_url": tenant.url, "access_token": tenant.api_key, **options(AFTER)}
    path = os.pathsep.join([str(Path(".cache/collections").resolve()), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", JOB], stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}, text=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(given))
    process.stdin.close()
    deadline = time.monotonic() + 30
    while process.poll() is None and not fault.struck and time.monotonic() < deadline:
        time.sleep(0.01)
    cut_off = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    tenant.set_faults([])
    return cut_off


@pytest.fixture
def acme() -> Iterator[Tenant]:
    """A server of its own: what a killed process asked for must not be carried out during another test."""
    with Emulator() as emulator:
        yield emulator.tenant("acme")


def test_killed_at_every_request_and_run_again(acme: Tenant) -> None:
    acme.add_space("Sales", "shared")
    for number in range(40):
        for connection_id in list(acme.connections):
            acme.remove_connection(connection_id)
        succeed("qlik_data_connections", acme, options(BEFORE))
        cut_off = run_until_request(acme, number)
        assert any(connection.name.startswith("Orders") for connection in acme.connections.values())
        succeed("qlik_data_connections", acme, options(AFTER))
        held = {connection.name: connection for connection in acme.connections.values()}
        assert sorted(held) == ["Added", "New name", "Orders"]
        assert held["Orders"].data_source == "mssql"
        assert all(acme.secrets_of(connection.id)["password"] == "other" for connection in held.values())
        assert not succeed("qlik_data_connections", acme, options(AFTER))["changed"]
        if not cut_off:
            break
    assert not cut_off
    assert number > 8
