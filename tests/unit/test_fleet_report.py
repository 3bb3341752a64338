"""Reports of a fleet as data: what they count, what they show, and what they must not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.filter.audit_findings import audit_findings
from ansible_collections.qlikops.cloud.plugins.filter.plan_digests import plan_digests
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import KINDS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report import files, model
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import columns, page_parts
from hypothesis import given
from hypothesis import strategies as st

from tests import reports

COLLECTION = Path(model.__file__).parents[3]
SCHEMA = json.loads((COLLECTION / "docs/report.schema.json").read_text(encoding="utf-8"))
ANY_TEXT = st.text(alphabet=st.characters(codec=None, categories=None), max_size=30) | st.sampled_from(reports.HOSTILE)


def json_text(report: model.Data) -> str:
    return "".join(files.json_lines(report))


def parsed(report: model.Data) -> ElementTree.Element:
    return ElementTree.fromstring("".join(junit_lines(report)).encode("utf-8"))  # noqa: S314 our own text


def suites(report: model.Data) -> dict[str, ElementTree.Element]:
    return {suite.get("name", ""): suite for suite in parsed(report)}


def endings(suite: ElementTree.Element) -> dict[str, list[str]]:
    """How the tests of a suite ended, by their name: tag and text of what they hold."""
    return {case.get("name", ""): [part for child in case for part in (child.tag, child.text or "")] for case in suite}


def test_states_and_counts() -> None:
    report = reports.report("audit", reports.small_fleet())
    assert {host: tenant["state"] for host, tenant in report["tenants"].items()} == {
        "acme": "changed",
        "globex": "unchanged",
        "hooli": "failed",
        "initech": "failed",
        "umbrella": "not_reached",
    }
    assert report["summary"] == {
        "tenants": {
            "total": 5,
            "changed": 1,
            "policy": 0,
            "same_target": 0,
            "left_over": 0,
            "unmanaged": 0,
            "expiring": 0,
            "unchanged": 1,
            "failed": 2,
            "skipped": 0,
            "not_reached": 1,
        },
        "passed": 1,
        "findings": {"drift": 1, "left_over": 1, "unmanaged": 1, "policy": 0, "same_target": 0, "expiring": 0},
        "connections": {
            "created": 1,
            "updated": 1,
            "moved": 1,
            "replaced": 1,
            "deleted": 1,
            "unchanged": 5,
            "failed": 1,
        },
        "spaces": {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "failed": 0},
        "undeclared": {"managed": 1, "unmanaged": 1},
        "requests": {"reads": 12, "writes": 0, "retries": 3},
        "waited_seconds": 4.5,
        "seconds": 6.75,
    }


def test_only_tenants_that_were_read_well_have_a_digest_to_approve() -> None:
    assert reports.report("plan", reports.small_fleet())["digests"] == {
        "acme": reports.digest(6),
        "globex": reports.digest(3),
    }


def test_unreachable_and_skipped_hosts_were_not_reached() -> None:
    fleet = {
        "a": reports.tenant("a", {"unreachable": True, "msg": "no route"}),
        "b": reports.tenant("b", {"skipped": True, "changed": False}),
    }
    tenants = reports.report("plan", fleet)["tenants"]
    assert [tenant["state"] for tenant in tenants.values()] == ["not_reached", "not_reached"]
    assert tenants["a"]["error"] == "no route"


def test_what_was_merely_foreseen_is_not_reported_as_done() -> None:
    """One tenant was passed by, the other stopped before the first write:
    their results name what they would have done.
    """
    foreseen = (reports.connection("Orders", "create"), reports.connection("Weather"))
    bad = reports.connection("Stock", "create", error="no such property")
    fleet = {
        "other": reports.tenant(
            "other", reports.result(*foreseen, changed=False, skipped=True, plan_differs=True, msg="another plan")
        ),
        "stopped": reports.tenant("stopped", reports.result(*foreseen, bad, changed=False, msg="nothing was written")),
    }
    report = reports.report("provision", fleet)
    assert {host: tenant["state"] for host, tenant in report["tenants"].items()} == {
        "other": "skipped",
        "stopped": "failed",
    }
    assert report["tenants"]["other"]["error"] == "another plan"
    assert report["digests"] == {}
    assert report["summary"]["connections"] == {**dict.fromkeys(model.COUNTED, 0), "unchanged": 2, "failed": 1}
    found = suites(report)
    assert endings(found["other"]) == {"(tenant)": ["skipped", "another plan"], "Weather": []}
    assert reports.report("audit", fleet)["summary"]["connections"]["created"] == 2


def test_a_rotation_shows_its_proof() -> None:
    proof = {"secrets": ["password"], "updated_before": "2026-01-01T00:00:00Z", "updated_after": "2026-02-02T00:00:00Z"}
    sent = {**reports.connection("Orders", "update"), "proof": proof}
    report = reports.report(
        "rotation", {"acme": reports.tenant("acme", reports.result(sent, reports.connection("Weather")))}
    )
    assert [entry.get("proof") for entry in report["tenants"]["acme"]["connections"]] == [proof, None]
    assert '["updated at", "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"]' in "".join(page_parts(report))


def test_sides_belong_to_the_connection_that_changed() -> None:
    acme = reports.report("plan", reports.small_fleet())["tenants"]["acme"]
    sides = {entry["name"]: entry.get("after") for entry in acme["connections"]}
    assert sides.pop("Orders")["properties"]["host"] == "db.example.com"
    assert set(sides.values()) == {None}


def test_what_the_collection_remembers_of_secrets_is_in_no_form_of_a_report() -> None:
    report = reports.report("plan", reports.small_fleet())
    for parts in (files.json_lines, page_parts, junit_lines):
        text = "".join(parts(report))
        assert "canary" not in text
        assert "old.example.com" in text
    acme = report["tenants"]["acme"]
    orders = next(entry for entry in acme["connections"] if entry["name"] == "Orders")
    assert orders["before"]["tags"] == ["finance"]
    assert orders["changes"][1] == "tags: add qlikops.cloud:secrets:********"


@pytest.mark.parametrize(
    "fleet", [reports.small_fleet(), reports.hostile_fleet(), {}], ids=["small", "hostile", "empty"]
)
def test_json_is_as_its_schema_says(fleet: dict[str, model.Tenant]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for kind in ("plan", "audit"):
        report = reports.report(kind, fleet)
        assert json.loads(json_text(report)) == report
        jsonschema.validate(json.loads(json_text(report)), SCHEMA)


def test_the_order_of_hosts_and_results_makes_no_difference() -> None:
    fleet = reports.small_fleet()
    acme = fleet["acme"]
    assert acme.result
    turned = {**acme.result, "results": acme.result["results"][::-1], "diff": acme.result["diff"][::-1]}
    other = {host: fleet[host] for host in reversed(fleet)} | {"acme": model.Tenant(turned, acme.facts)}
    assert json_text(reports.report("plan", fleet)) == json_text(reports.report("plan", other))


def test_equal_plans_differ_in_their_time_only() -> None:
    first, second = (
        model.build("plan", reports.small_fleet(), created=created, version="1") for created in ("then", "now")
    )
    lines = zip(json_text(first).splitlines(), json_text(second).splitlines(), strict=True)
    assert [line for line in lines if line[0] != line[1]] == [('  "created": "then",', '  "created": "now",')]


def test_each_connection_has_a_line() -> None:
    report = reports.report("plan", reports.big_fleet(30, 20))
    connections = sum(len(tenant["connections"]) for tenant in report["tenants"].values())
    assert sum('"action"' in line for line in json_text(report).splitlines()) == connections == 600


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
def test_texts_survive_in_json_and_none_does_anything_to_a_terminal(texts: dict[str, str]) -> None:
    entries = [reports.connection(name, "update", space=text, changes=[text]) for name, text in texts.items()]
    fleet = {text: reports.tenant(text, reports.result(*entries, warnings=[text])) for text in texts.values()}
    report = reports.report("plan", fleet)
    text = json_text(report)
    assert json.loads(text) == json.loads(json.dumps(report))
    assert text.encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.usefixtures("no_collector")
def test_many_tenants_are_written_in_bounded_pieces() -> None:
    """The page of a fleet in which everything is new stays small, since tenants resemble each other; nothing holds it
    as a whole. In a browser the same is done with 2,000 tenants: tests/browser.
    """
    report = reports.report("plan", reports.big_fleet(400, differing=1))
    assert report["summary"]["connections"]["created"] == 396 * 100
    sizes = [len(part) for part in page_parts(report)]
    assert len(sizes) > 400
    assert sum(sizes) < 2_700_000
    assert max(sizes) < 1_100_000


def test_connections_that_nobody_declared_have_columns_while_there_is_room() -> None:
    entries = [reports.undeclared(f"Own {number}") for number in range(500)]
    fleet = {
        host: reports.tenant(host, reports.result(reports.connection("Orders"), undeclared=entries))
        for host in ("a", "b")
    }
    fleet["c"] = reports.tenant(
        "c", reports.result(undeclared=[reports.undeclared("Orders"), reports.undeclared("Rare", space="A")])
    )
    places = columns(reports.report("audit", fleet)["tenants"].values())
    assert ("Sales", "Orders") in places
    assert ("A", "Rare") not in places
    assert len(places) == 101


ANY_KINDS = st.sets(st.sampled_from(KINDS))


@given(
    st.lists(st.tuples(*[st.booleans()] * 5), min_size=1, max_size=5),
    ANY_KINDS,
)
def test_exit_status_summary_json_junit_and_page_say_the_same(found: list[tuple[bool, ...]], fail_on: set[str]) -> None:
    results = {}
    for number, (drift, left_over, unmanaged, expiring, broken) in enumerate(found):
        others = [reports.undeclared("Old", managed=True)] * left_over + [reports.undeclared("Own")] * unmanaged
        day = {"expires": "2026-02-01", "expires_in_days": 30 if expiring else 31}
        orders = {**reports.connection("Orders", "update" if drift else "none"), **day}
        results[f"t{number}"] = reports.result(orders, undeclared=others, msg="no" if broken else "")
    fleet = {host: reports.tenant(host, result) for host, result in results.items()}
    report = model.build("audit", fleet, created="2026-01-02T03:04:05Z", version="1", fail_on=sorted(fail_on))
    jsonschema.validate(json.loads(json_text(report)), SCHEMA)

    # What the role's last task fails for.
    failing = {
        host for host, result in results.items() if result.get("failed") or audit_findings(result, sorted(fail_on))
    }
    assert {host for host, tenant in report["tenants"].items() if not tenant["passed"]} == failing
    assert report["summary"]["passed"] == len(fleet) - len(failing)
    endings = {suite.get("name"): {child.tag for case in suite for child in case} for suite in parsed(report)}
    assert {host for host, tags in endings.items() if tags & {"failure", "error"}} == failing

    as_declared = {host for host, tenant in report["tenants"].items() if tenant["state"] == "unchanged"}
    assert not as_declared & failing
    assert summarize_audit(results, sorted(fail_on))[-1].startswith(
        f"{len(as_declared)} of {len(fleet)} {'tenant matches' if len(fleet) == 1 else 'tenants match'} what is"
        " declared;"
    )
    overview = "".join(page_parts(report)).split('id="overview">')[1].split("</script>")[0]
    assert {one["host"] for one in json.loads(overview)["tenants"] if one["state"] == "unchanged"} == as_declared


def test_a_left_over_is_a_state_of_its_own() -> None:
    fleet = {
        "left": reports.tenant("left", reports.result(undeclared=[reports.undeclared("Old", managed=True)])),
        "own": reports.tenant("own", reports.result(undeclared=[reports.undeclared("Own")])),
    }
    report = reports.report("audit", fleet)
    assert {host: (tenant["state"], tenant["passed"]) for host, tenant in report["tenants"].items()} == {
        "left": ("left_over", False),
        "own": ("unchanged", True),
    }
    found = report["summary"]["findings"]
    assert found == {"drift": 0, "left_over": 1, "unmanaged": 1, "policy": 0, "same_target": 0, "expiring": 0}
    assert [case.get("message") for case in parsed(report).iter() if case.tag in ("failure", "skipped")] == [
        "left over",
        "unmanaged",
    ]
    page = "".join(page_parts(report))
    assert '"cells": "l"' in page
    assert '"cells": "ax"' in page
    strict = model.build("audit", fleet, created="2026-01-02T03:04:05Z", version="1", fail_on=["unmanaged"])
    assert {host: tenant["state"] for host, tenant in strict["tenants"].items()} == {
        "left": "unchanged",
        "own": "unmanaged",
    }


@pytest.mark.parametrize(
    ("kind", "ending"), [("plan", "failure"), ("audit", "failure"), ("provision", None), ("rotation", None)]
)
def test_a_difference_fails_where_nobody_was_to_change_anything(kind: str, ending: str | None) -> None:
    found = endings(suites(reports.report(kind, reports.small_fleet()))["acme"])
    assert found["Weather"] == []
    assert found["Orders"] == (
        [ending, "host: old.example.com -> db.example.com\ntags: add qlikops.cloud:secrets:********"] if ending else []
    )
    assert found["Marketing"] == (["failure", "create"] if ending else [])
    assert found["Private notes"][0] == "skipped"
    assert found["Old orders"][0] == (ending or "skipped")


@pytest.mark.parametrize(("kind", "ending"), [("audit", "error"), ("provision", "skipped")])
def test_errors_are_errors(kind: str, ending: str) -> None:
    found = suites(reports.report(kind, reports.small_fleet()))
    assert endings(found["hooli"])["(tenant)"][0] == "error"
    assert endings(found["initech"]) == {
        "Orders": [],
        "Stock": ["error", "Qlik refused it: 403 DCERROR-0010, no right to update."],
    }
    assert endings(found["umbrella"])["(tenant)"][0] == ending


def test_suites_count_their_tests() -> None:
    report = reports.report("audit", reports.small_fleet())
    root = parsed(report)
    for suite in (root, *root):
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(attribute, "-1")) == len(list(suite.iter(tag))), (suite.get("name"), attribute)


def test_hostile_names_make_valid_xml() -> None:
    report = reports.report("audit", reports.hostile_fleet())
    assert len(list(parsed(report).iter("testcase"))) == 3 * len(reports.HOSTILE)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "".join(junit_lines(report)))


@given(ANY_TEXT)
def test_any_text_makes_valid_xml(text: str) -> None:
    fleet = {
        text: reports.tenant(
            text, reports.result(reports.connection(text, "update", space=text, error=text, changes=[text]))
        )
    }
    assert parsed(reports.report("audit", fleet)).get("tests") == "1"


def test_digests_of_a_plan_from_text_and_data() -> None:
    report = reports.report("plan", reports.small_fleet())
    assert (
        plan_digests(json_text(report))
        == plan_digests(report)
        == {"acme": reports.digest(6), "globex": reports.digest(3)}
    )


def test_digests_may_be_handed_on() -> None:
    digests = {"acme": f"v2:{'0' * 64}", "globex": f"v2:{'f' * 64}"}
    assert plan_digests(digests) == plan_digests(json.dumps(digests)) == digests


def test_a_plan_of_no_tenant_approves_none() -> None:
    assert plan_digests(reports.report("plan", {})) == {}
    assert plan_digests(json_text(reports.report("plan", {}))) == {}


PLAN = reports.report("plan", reports.small_fleet())
OLD = {"acme": "0" * 64}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (json_text(PLAN)[:-40], "no JSON, or was cut off"),
        ("\n", "no JSON, or was cut off"),
        ("", "none was given, or an empty one"),
        (b"", "none was given, or an empty one"),
        ("[]", "no report of qlikops.cloud"),
        ({}, "no report of qlikops.cloud"),
        (None, "none was given, or an empty one"),
        (False, "no report of qlikops.cloud"),
        (0, "no report of qlikops.cloud"),
        (OLD, "made by qlikops.cloud 0.1.0"),
        (json.dumps(OLD), "plan again with this version"),
        ({**PLAN, "digests": OLD}, "plan again with this version"),
        ({**PLAN, "digests": {**PLAN["digests"], **OLD}}, "made by qlikops.cloud 0.1.0 (the digest of acme)"),
        ({**PLAN, "digests": {"acme": ""}}, "damaged"),
        ({**PLAN, "digests": {"acme": "v2:cut"}}, "damaged"),
        ({"schema": "other/1"}, "no report of qlikops.cloud"),
        ({**PLAN, "schema": "qlikops.cloud/report/2"}, "has the form qlikops.cloud/report/2, and this version"),
        (reports.report("audit", reports.small_fleet()), "of kind 'audit', and only a plan can be approved"),
        ({**PLAN, "digests": None}, "damaged"),
        ({**PLAN, "digests": {"acme": 5}}, "damaged"),
    ],
)
def test_what_is_no_plan_gives_no_digests(given: Any, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(said)):
        plan_digests(given)
