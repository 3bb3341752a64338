"""What an audit tells of secrets that have expired or will soon, and of who changed what."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible_collections.qlikops.cloud.plugins.filter.audit_findings import audit_findings
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report import files, model
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts

from tests import reports
from tests.emulator import Emulator, Tenant
from tests.jobs import succeed

TODAY = date(2026, 11, 26)
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text())


def audit(results: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    """The report of an audit, which is of its schema."""
    fleet = {host: reports.tenant(host, result) for host, result in results.items()}
    report = model.build("audit", fleet, created="2026-11-26T03:04:05Z", version="1", **keywords)
    jsonschema.validate(json.loads(json_text(report)), SCHEMA)
    return report


def json_text(report: dict[str, Any]) -> str:
    return "".join(files.json_lines(report))


def overview(report: dict[str, Any]) -> dict[str, Any]:
    text = "".join(page_parts(report)).split('id="overview">')[1].split("</script>")[0]
    read: dict[str, Any] = json.loads(text)
    return read


def secrets_tests(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The JUnit tests of secrets: how each ended, and what it says."""
    suites = ElementTree.fromstring("".join(junit_lines(report)))  # noqa: S314 our own text
    found = {}
    for case in suites.iter("testcase"):
        for ending in case:
            if case.get("name", "").endswith(" (secrets)"):
                found[f"{case.get('classname')}.{case.get('name')}"] = (ending.tag, str(ending.text))
    return found


def ending(name: str, days: int, **more: Any) -> dict[str, Any]:
    day = {"expires": (TODAY + timedelta(days=days)).isoformat(), "expires_in_days": days}
    return {**reports.connection(name), **day, **more}


def test_forty_tenants_by_their_last_day(emulator: Emulator) -> None:
    definition = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h", "db": "d", "username": "u"},
        "secrets": {"password": "canary-password"},
        "fingerprint_key": "a fingerprint key of some length",
        "expires_after": "31d",
    }
    results = {}
    for number in range(40):
        tenant = emulator.add_tenant({"name": f"t{number}"})
        tenant.add_space("Sales")
        sent = TODAY - timedelta(days=number)
        succeed("qlik_data_connections", tenant, {"connections": [definition]}, today=sent)
        left = {**definition, "name": "Left", "expires_after": None, "expires": "2027-12-31"}
        if number == 39:
            left.update(expires_after="10d", expires=None)
        succeed("qlik_data_connections", tenant, {"connections": [left]}, today=sent)
        options = {"connections": [definition], "list_undeclared": "spaces"}
        results[f"t{number}"] = succeed("qlik_data_connections", tenant, options, check=True, today=TODAY)
    report = audit(results, fail_on=["expiring"], expiry_days=5)
    rows = [(row["tenant"], row["name"], row["expires_in_days"], row["declared"]) for row in report["expiring"]]
    declared = [(f"t{number}", "Orders", 31 - number, True) for number in range(39, 25, -1)]
    assert rows == [("t39", "Left", -29, False), *declared]
    assert [row["expires"] for row in report["expiring"]] == sorted(row["expires"] for row in report["expiring"])
    failed = {host for host, tenant in report["tenants"].items() if not tenant["passed"]}
    assert failed == {f"t{number}" for number in range(26, 40)}
    assert {report["tenants"][host]["state"] for host in failed} == {"expiring"}
    tests = secrets_tests(report)
    assert {tag for tag, _said in tests.values()} == {"failure"}
    assert tests["t31.Sales.Orders (secrets)"] == ("failure", "good until 2026-11-26: expires today")
    assert tests["t39.Sales.Left (secrets)"] == ("failure", "good until 2026-10-28: expired 29 days ago")
    shown = overview(report)
    assert [(row["tenant"], row["soon"]) for row in shown["expiring"]][:2] == [
        ("t39", "expired 29 days ago"),
        ("t39", "expired 8 days ago"),
    ]
    assert shown["summary"]["findings"]["expiring"] == 14
    lenient = audit(results, expiry_days=5)
    assert lenient["expiring"] == report["expiring"]
    assert {tag for tag, _said in secrets_tests(lenient).values()} == {"skipped"}
    assert lenient["tenants"]["t39"]["state"] == "left_over", "the first kind that counts"


@pytest.mark.parametrize(("within", "count"), [(0, 2), (1, 3), (30, 4)])
def test_the_days_are_counted_whole(within: int, count: int) -> None:
    result = reports.result(*(ending(f"C{days}", days) for days in (-1, 0, 1, 30)))
    assert len(audit({"t": result}, expiry_days=within)["expiring"]) == count
    # Before ansible-core 2.19, and from the command line, a number from a variable is a text.
    for given in (within, str(within)):
        in_the_words_of_audits(result, given, count)


def in_the_words_of_audits(result: dict[str, Any], within: Any, count: int) -> None:
    said = audit_findings(result, ["expiring"], expiry_days=within)
    assert said[0].startswith(f"{count} expired or expiring soon (Sales:C-1 2026-11-25, Sales:C0 2026-11-26")
    line, last = summarize_audit({"t": result}, ["expiring"], expiry_days=within)
    assert line.startswith(f"t: {count} expired or expiring soon")
    assert "1 holds secrets that have expired or will soon" in last


def test_what_is_not_there_does_not_expire() -> None:
    result = reports.result(ending("New", 3, action="create", changes=["create"]))
    assert audit({"t": result})["expiring"] == []


def test_tenants_that_failed_tell_what_they_know() -> None:
    result = reports.result(ending("Old", -3), msg="something else")
    report = audit({"t": result, "unreadable": "\x1b[31m", "none": None}, fail_on=["expiring"])
    assert [(row["tenant"], row["name"]) for row in report["expiring"]] == [("t", "Old")]
    assert report["tenants"]["t"]["state"] == "failed"


@pytest.mark.parametrize("days", ["3", None, True, 3.5, [], {"a": 1}])
def test_what_is_no_number_of_days_is_none(days: Any) -> None:
    assert audit({"t": reports.result(ending("A", 1, expires_in_days=days))})["expiring"] == []


def test_a_plan_shows_the_day_too() -> None:
    entry = ending("Orders", 66, action="update", changes=["host: a -> b"])
    result = reports.result(entry, diff=[reports.sides(entry, host=("a", "b"))])
    report = model.build("plan", {"t": reports.tenant("t", result)}, created="2026-11-26T03:04:05Z", version="1")
    jsonschema.validate(json.loads(json_text(report)), SCHEMA)
    assert report["tenants"]["t"]["connections"][0]["expires"] == "2027-01-31"
    assert '["expires", "2027-01-31", "2027-01-31"]' in "".join(page_parts(report))


def test_the_last_change_is_told_where_something_differs(acme: Tenant) -> None:
    tenant = acme
    tenant.add_space("Sales")
    tenant.add_connection("Orders", "rest", {"url": "https://a.example"}, space="Sales")
    tenant.add_connection("Own", "rest", {"url": "https://b.example"}, space="Sales")
    options = {
        "connections": [
            {"name": "Orders", "space": "Sales", "properties": {"url": "https://c.example"}},
            {"name": "New", "space": "Sales", "data_source": "rest", "properties": {"url": "https://c.example"}},
        ],
        "list_undeclared": "spaces",
    }
    result = succeed("qlik_data_connections", tenant, options, check=True)
    orders, new = result["results"]
    row = next(one for one in tenant.connections.values() if one.name == "Orders")
    assert orders["owner_id"] == row.owner
    assert orders["last_updated"].startswith("20")
    assert "last_updated" not in new
    own = result["undeclared"][0]["last_updated"]
    report = audit({"acme": result}, fail_on=["drift", "unmanaged"])
    said = f"Last updated {orders['last_updated']}, owned by {row.owner}."
    assert said in "".join(page_parts(report))
    junit = "".join(junit_lines(report))
    assert said in junit
    assert "changed by" not in junit.lower()
    assert f"Last updated {own}." in junit
