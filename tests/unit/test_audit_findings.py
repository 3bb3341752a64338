"""What an audit says of a tenant, and of a fleet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.filter.audit_findings import audit_findings
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Tenant, build


def entry(name: str, action: str = "none") -> dict[str, Any]:
    return {"name": name, "space": "Sales", "action": action}


def other(name: str, *, managed: bool) -> dict[str, Any]:
    return {"name": name, "space": "Sales", "managed": managed}


def found(**more: Any) -> dict[str, Any]:
    return {"results": [entry("Same")], "spaces": [{"name": "Sales", "action": "none"}], **more}


ALL = found(
    results=[entry("Same"), entry("Orders", "update")],
    spaces=[{"name": "Sales", "action": "update"}],
    undeclared=[other("Old", managed=True), other("Playground", managed=False)],
)


def test_a_tenant_as_declared_has_no_findings() -> None:
    assert audit_findings(found()) == []
    assert audit_findings({}) == []


def test_each_kind_of_finding_is_a_sentence() -> None:
    assert audit_findings(ALL) == [
        "2 don't match their definitions (space Sales, Sales:Orders)",
        "1 managed, but no longer declared (Sales:Old)",
        "1 not managed (Sales:Playground)",
    ]
    assert audit_findings(ALL, ["left_over"]) == ["1 managed, but no longer declared (Sales:Old)"]


def test_long_lists_are_cut() -> None:
    many = found(results=[entry(f"c{number}", "update") for number in range(8)])
    assert audit_findings(many) == [
        "8 don't match their definitions (Sales:c0, Sales:c1, Sales:c2, Sales:c3, Sales:c4 and 3 more)"
    ]


def test_what_is_no_result_and_unknown_kinds_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="takes the result"):
        audit_findings("text")
    known = "knows drift, left_over, unmanaged, policy, same_target, expiring; not drfit"
    with pytest.raises(AnsibleFilterError, match=known):
        audit_findings({}, ["drfit"])
    with pytest.raises(AnsibleFilterError, match="dictionary of results"):
        summarize_audit([])


def test_a_fleet_in_a_few_lines() -> None:
    alone = found(undeclared=[other("Playground", managed=False)])
    lines = summarize_audit(
        {"acme": ALL, "same": found(), "globex": alone, "gone": {"failed": True, "msg": "no"}, "never": None}
    )
    assert lines == [
        "acme: 2 don't match their definitions (space Sales, Sales:Orders); 1 managed, but no longer declared"
        " (Sales:Old);"
        " 1 not managed (Sales:Playground)",
        "globex: 1 not managed (Sales:Playground)",
        "gone: NOT AUDITED: no",
        "never: NOT AUDITED: nothing was tried",
        "2 of 5 tenants match what is declared; 1 differs; 2 could not be audited.",
    ]


def test_left_overs_and_what_others_made_are_counted_apart() -> None:
    left = found(undeclared=[other("Old", managed=True), other("Playground", managed=False)])
    alone = found(undeclared=[other("Playground", managed=False)])
    results = {"left": left, "alone": alone, "same": found()}
    assert summarize_audit(results)[-1] == (
        "2 of 3 tenants match what is declared; 0 differ; 1 holds what is no longer declared; 0 could not be audited."
    )
    assert summarize_audit(results, fail_on=["unmanaged"])[-1] == (
        "1 of 3 tenants match what is declared; 0 differ; 2 hold what this collection doesn't manage; 0 could not be"
        " audited."
    )
    # What doesn't count is said in the tenant's line.
    assert summarize_audit(results, fail_on=[]) == [
        "left: 1 managed, but no longer declared (Sales:Old); 1 not managed (Sales:Playground)",
        "alone: 1 not managed (Sales:Playground)",
        "3 of 3 tenants match what is declared; 0 differ; 0 could not be audited.",
    ]


def test_drift_is_never_as_declared_whether_it_counts_or_not() -> None:
    assert (
        summarize_audit({"acme": ALL}, fail_on=[])[-1]
        == "0 of 1 tenant matches what is declared; 1 differs; 0 could not be audited."
    )


UNTOLD = [
    ({"failed": True, "msg": "401"}, "401"),
    ({"unreachable": True, "changed": False, "msg": "no route"}, "no route"),
    ({"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}, "it was left out"),
    ({"changed": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, "what came back can't be read"),
]


@pytest.mark.parametrize(("result", "why"), UNTOLD)
def test_a_result_that_says_nothing_of_its_tenant_is_no_audit(result: dict[str, Any], why: str) -> None:
    line, last = summarize_audit({"acme": result})
    assert line.startswith(f"acme: NOT AUDITED: {why}")
    assert last == "0 of 1 tenant matches what is declared; 0 differ; 1 could not be audited."
    assert audit_findings(result, ["unmanaged"])[0].startswith(f"could not be audited: {why}")
    assert not build("audit", {"acme": Tenant(result)}, created="", version="")["tenants"]["acme"]["passed"]


@pytest.mark.parametrize(
    "result",
    [{}, found(results=[entry("Orders", "")]), found(spaces=[{"name": "Sales"}]), found(results=[{"name": "A"}])],
)
def test_the_report_says_of_what_is_not_told_what_the_exit_status_says(result: dict[str, Any]) -> None:
    report = build("audit", {"acme": Tenant(result)}, created="", version="")
    assert not report["tenants"]["acme"]["passed"]
    assert any("<failure" in line or "<error" in line for line in junit_lines(report))
    assert summarize_audit({"acme": result})[-1].startswith("0 of 1 tenant matches what is declared")
