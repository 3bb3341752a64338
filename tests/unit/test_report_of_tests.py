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
