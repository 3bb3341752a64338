"""Until when secrets are good, through the playbooks: provision, audit, rotate_secrets, export, decommission."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run

KEY = "canary-fingerprint-key-0123456789"
FOUND = "What was found over all tenants"
# No test takes as long, nor half as long.
WITHIN_A_DAY = datetime.timedelta(minutes=5)
_began: list[datetime.date] = []


def begin(now: datetime.datetime) -> float:
    """The day on which a test is, and how many seconds it has to wait, so that it doesn't end on another."""
    later = now + WITHIN_A_DAY
    _began[:] = [later.date()]
    midnight = datetime.datetime.combine(later.date(), datetime.time(), now.tzinfo)
    return max((midnight - now).total_seconds(), 0)


@pytest.fixture(autouse=True)
def one_day() -> None:
    time.sleep(begin(datetime.datetime.now(datetime.UTC)))


def in_days(days: int) -> datetime.date:
    """A day that YAML writes, and reads back, as a date."""
    return _began[0] + datetime.timedelta(days=days)


def test_no_test_begins_right_before_midnight() -> None:
    for clock, day, wait in (("12:00:00", 27, 0), ("23:54:59", 27, 0), ("23:56:30", 28, 210), ("00:00:00", 27, 0)):
        assert begin(datetime.datetime.fromisoformat(f"2026-11-27T{clock}+00:00")) == wait
        assert in_days(0) == datetime.date(2026, 11, day)


def definition(name: str, **expiry: Any) -> dict[str, Any]:
    return {
        "name": name,
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "orders", "username": "qlik"},
        "secrets": {"password": "canary-password"},
        **expiry,
    }


def days_of(tenant: Tenant) -> dict[str, str]:
    kind = "qlikops.cloud:expires:"
    return {
        row.name: tag.removeprefix(kind)
        for row in tenant.connections.values()
        for tag in row.tags
        if tag.startswith(kind)
    }


def test_a_fleet_whose_secrets_end(playbooks: Playbooks, emulator: Emulator) -> None:
    tenants = {name: emulator.add_tenant({"name": name}) for name in ("t1", "t2", "t3")}
    namespaces = {"t1": "v1", "t2": "connectivity", "t3": "v1"}
    hosts: dict[str, Any] = {
        name: {
            "qlik_tenant_url": tenant.url,
            "qlik_access_token": tenant.api_key,
            "qlik_api_namespace": namespaces[name],
        }
        for name, tenant in tenants.items()
    }
    hosts["t2"]["qlik_connections_definitions_90"] = [{"name": "Soon", "space": "Sales", "expires": in_days(3)}]
    declared = {
        "qlik_connections_fingerprint_key": KEY,
        "qlik_connections_spaces": [{"name": "Sales"}],
        "qlik_connections_definitions_00": [
            definition("Soon", expires=in_days(60)),
            definition("Counted", expires_after="90d"),
        ],
    }

    def run(playbook: str, *arguments: str, **variables: Any) -> Run:
        inventory = {"qlik_tenants": {"hosts": hosts, "vars": declared}}
        done = playbooks.run(f"qlikops.cloud.{playbook}", *arguments, inventory=inventory, variables=variables)
        assert "canary" not in done.output
        return done

    reports = playbooks.folder / "qlik-reports"
    assert run("plan").returncode == 0
    done = run("provision", qlik_approved_plan=str(reports / "plan.json"))
    assert done.returncode == 0, done.output
    counted = in_days(90).isoformat()
    for name, tenant in tenants.items():
        assert days_of(tenant) == {"Soon": in_days(3 if name == "t2" else 60).isoformat(), "Counted": counted}
        tenant.reset_log()
    done = run("audit", qlik_audit_fail_on=["expiring"])
    assert done.returncode == 2
    assert f"t2: 1 expired or expiring soon (Sales:Soon {in_days(3)})" in done.result(FOUND)["msg"]
    assert done.statuses("Fail where something was found") == {"t1": "ok", "t2": "failed", "t3": "ok"}
    assert [row["tenant"] for row in json.loads((reports / "audit.json").read_text())["expiring"]] == ["t2"]
    assert 'name="Soon (secrets)"><failure message="expires soon"' in (reports / "audit.junit.xml").read_text()
    done = run("audit", qlik_audit_fail_on=["expiring"], qlik_audit_expiry_days=60)
    assert done.result(FOUND)["msg"][-2].startswith("0 of 3 tenants match")
    assert run("audit").returncode == 0
    assert not any(tenant.writes() for tenant in tenants.values())

    hosts["t2"]["qlik_connections_definitions_90"][0]["expires"] = in_days(200)
    done = run("rotate_secrets", qlik_connections_only=["Sales:Soon"])
    assert done.returncode == 0, done.output
    assert days_of(tenants["t2"])["Soon"] == in_days(200).isoformat()

    assert run("export", qlik_export_directory="exported").returncode == 0
    exported = "".join(path.read_text() for path in (playbooks.folder / "exported").rglob("*.yml"))
    assert f"expires: !unsafe '{counted}'" in exported or f"expires: '{counted}'" in exported
    confirm = {"qlik_hosts": "t1", "qlik_confirm": "decommission t1", "qlik_decommission_directory": "back"}
    assert run("decommission", **confirm).returncode == 0
    back = "".join(path.read_text() for path in (playbooks.folder / "back").rglob("*.yml"))
    assert counted in back


@pytest.mark.parametrize("in_process", [True, False], ids=["action", "module"])
def test_dates_of_yaml_on_both_paths(playbooks: Playbooks, acme: Tenant, in_process: bool) -> None:
    acme.add_space("Sales")
    options = {"tenant_url": acme.url, "access_token": acme.api_key}
    tasks: list[dict[str, Any]] = [
        {
            "name": "One",
            "qlikops.cloud.qlik_data_connection": {**options, **definition("One", expires=in_days(9))},
        },
        {
            "name": "Many",
            "qlikops.cloud.qlik_data_connections": {
                **options,
                "connections": [definition("Date", expires=in_days(9)), definition("Text", expires=str(in_days(9)))],
            },
        },
        {
            "name": "A time",
            "qlikops.cloud.qlik_data_connection": {
                **options,
                **definition("Time", expires=datetime.datetime(2027, 1, 31, 12, 0, tzinfo=datetime.UTC)),
            },
            "register": "refused",
            "ignore_errors": True,
        },
    ]
    done = playbooks.tasks(tasks, "-v", variables={"qlik_in_process": in_process})
    assert done.returncode == 0, done.output
    day = in_days(9).isoformat()
    assert days_of(acme) == {"One": day, "Date": day, "Text": day}
    assert "connection 'Time': expires is '2027-01-31" in done.output
    assert "no day of the calendar" in done.output
