"""The report of connections that were tried: what works, what doesn't, and what isn't known, in each of its files."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report import model
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts

from tests import reports
from tests.unit.test_fleet_report import SCHEMA, endings, json_text, suites


def tried(works: bool | None, name: str, message: str = "") -> dict[str, Any]:
    return {"name": name, "space": "Sales", "id": "x", "data_source": "postgres", "works": works, "message": message}


def overview(report: model.Data) -> Any:
    page = "".join(page_parts(report))
    return json.loads(page.split('id="overview">')[1].split("</script>")[0])


def report_of(tenants: dict[str, dict[str, Any]]) -> model.Data:
    return reports.report("test", {host: model.Tenant(result) for host, result in tenants.items()})


def test_each_file_says_what_works_and_what_does_not() -> None:
    mixed = [tried(True, "Orders"), tried(False, "Dead", "no login"), tried(None, "Post", "only GET is sure")]
    report = report_of(
        {
            "acme": {"changed": False, "failed": True, "msg": "1 of 3", "tests": mixed},
            "globex": {"changed": False, "tests": [tried(True, "Orders"), tried(None, "Odd")]},
            "hooli": {"failed": True, "msg": "wrong key"},
            "umbrella": {"changed": False, "tests": []},
        }
    )
    jsonschema.validate(json.loads(json_text(report)), SCHEMA)
    assert {host: one["state"] for host, one in report["tenants"].items()} == {
        "acme": "failed",
        "globex": "unchanged",
        "hooli": "failed",
        "umbrella": "unchanged",
    }
    assert report["summary"]["tests"] == {"works": 2, "failed": 1, "unknown": 2}
    assert report["summary"]["connections"]["updated"] == 0
    rows = {row["host"]: row for row in overview(report)["tenants"]}
    # Dead, Odd (which this tenant hasn't), Orders, Post
    assert (rows["acme"]["cells"], rows["globex"]["cells"]) == ("fank", "akn")
    found = suites(report)
    assert endings(found["acme"]) == {
        "Orders": [],
        "Dead": ["failure", "no login"],
        "Post": ["skipped", "only GET is sure"],
    }
    assert endings(found["globex"])["Odd"] == ["skipped", "no reason was given"]
    assert endings(found["hooli"]) == {"(tenant)": ["error", "wrong key"]}
    page = "".join(page_parts(report))
    assert "Test of connections of 4 Qlik Cloud tenants" in page
    assert "2 nothing failed" in page


def test_other_reports_have_no_numbers_of_tests() -> None:
    assert "tests" not in reports.report("plan", reports.small_fleet())["summary"]


def test_a_rollout_names_what_it_wrote_and_what_does_not_connect() -> None:
    entries: list[dict[str, Any]] = [
        {"name": name, "space": "Sales", "action": "create", "changes": [], "works": works, "verify_message": said}
        for name, works, said in (("Orders", True, ""), ("Dead", False, "no login"), ("Odd", None, "unknown"))
    ]
    result = {"changed": True, "failed": True, "msg": "1 of 3", "results": entries}
    (tenant,) = reports.report("provision", {"acme": model.Tenant(result)})["tenants"].values()
    assert {one["name"]: one["error"] for one in tenant["connections"]} == {
        "Orders": "",
        "Dead": "it doesn't connect: no login",
        "Odd": "",
    }
    assert {one["name"]: one.get("works") for one in tenant["connections"]} == {
        "Orders": True,
        "Dead": False,
        "Odd": None,
    }


def test_each_report_of_what_was_done_says_what_was_tried() -> None:
    entries: list[dict[str, Any]] = [
        {"name": "New", "action": "update", "works": True, "verify_message": ""},
        {"name": "Back", "action": "update", "works": True, "verify_message": "", "put_back": True},
        {"name": "Old", "action": "none", "works": None, "verify_message": "only GET is sure"},
        {"name": "Untried", "action": "none", "works": None, "verify_message": ""},
    ]
    shown = [{"space": "Sales", "changes": [], **entry} for entry in entries]
    result = {"changed": True, "results": shown}
    report = reports.report("rotation", {"acme": model.Tenant(result)})
    jsonschema.validate(json.loads(json_text(report)), SCHEMA)
    assert report["summary"]["tests"] == {"works": 2, "failed": 0, "unknown": 1}
    told = {one["name"]: one for one in report["tenants"]["acme"]["connections"]}
    assert "put back" in told["Back"]["error"]
    assert "works" not in told["Untried"]
    page = "".join(page_parts(report))
    assert "whether it works could not be told: only GET is sure" in page
    assert [row["cells"] for row in overview(report)["tenants"]] == ["fukn"]
    # What would be tried wasn't.
    foreseen = [{**entry, "verify_message": "would be tried", "works": None} for entry in shown]
    plan = reports.report("plan", {"acme": model.Tenant({"changed": True, "results": foreseen})})
    assert "tests" not in plan["summary"]
    assert "would be tried" not in json_text(plan)
