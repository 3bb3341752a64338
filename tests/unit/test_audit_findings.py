"""What an audit says of a tenant, and of a fleet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.filter.audit_findings import audit_findings
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit


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
        "2 as declared no longer (space Sales, Sales:Orders)",
        "1 managed, but no longer declared (Sales:Old)",
        "1 not managed (Sales:Playground)",
    ]
    assert audit_findings(ALL, ["left_over"]) == ["1 managed, but no longer declared (Sales:Old)"]


def test_long_lists_are_cut() -> None:
    many = found(results=[entry(f"c{number}", "update") for number in range(8)])
    assert audit_findings(many) == ["8 as declared no longer (Sales:c0, Sales:c1, Sales:c2, Sales:c3, Sales:c4 and 3 more)"]


def test_what_is_no_result_and_unknown_kinds_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="takes the result"):
        audit_findings("text")
    with pytest.raises(AnsibleFilterError, match="knows drift, left_over, unmanaged; not drfit"):
        audit_findings({}, ["drfit"])
    with pytest.raises(AnsibleFilterError, match="dictionary of results"):
        summarize_audit([])


def test_a_fleet_in_a_few_lines() -> None:
    alone = found(undeclared=[other("Playground", managed=False)])
    lines = summarize_audit({"acme": ALL, "same": found(), "globex": alone, "gone": {"failed": True, "msg": "no"}, "never": None})
    assert lines == [
        "acme: 2 as declared no longer (space Sales, Sales:Orders); 1 managed, but no longer declared (Sales:Old);"
        " 1 not managed (Sales:Playground)",
        "globex: 1 not managed (Sales:Playground)",
        "gone: NOT AUDITED: no",
        "never: NOT AUDITED: nothing was tried",
        "2 of 5 tenants hold what is declared; 1 differ; 2 could not be audited.",
    ]
