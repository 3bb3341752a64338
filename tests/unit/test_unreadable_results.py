"""A secret that stands in everything, and results that came back damaged: what was written stays written, in every
report of it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.qlikops.cloud.plugins.filter.audit_findings import audit_findings
from ansible_collections.qlikops.cloud.plugins.filter.plan_digests import plan_digests
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
from ansible_collections.qlikops.cloud.plugins.filter.summarize_decommission import summarize_decommission
from ansible_collections.qlikops.cloud.plugins.filter.summarize_wave import summarize_wave
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import leaf_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.results import without_secrets
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report import files, model
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts

from tests import reports

SCHEMA = json.loads((Path(model.__file__).parents[3] / "docs/report.schema.json").read_text(encoding="utf-8"))
# Secrets as people have them, each of which stands in some member of nearly every result.
SHORT = ["1", "2", "0", "e", "none", "update", "create", "a", "4.5", "True", "changed", "v2:0", "0006"]
DAMAGES: list[Any] = [
    "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
    "********",
    None,
    [],
    {},
    7,
    -1.5,
    float("nan"),
    True,
    ["x"],
    {"x": 1},
]


def acme() -> dict[str, Any]:
    """The result of a tenant with one connection of each kind."""
    task = reports.small_fleet()["acme"].result
    assert task
    return copy.deepcopy(dict(task))


def hidden(result: dict[str, Any], *secrets: str) -> dict[str, Any]:
    return without_secrets(result, occurring(secrets, leaf_texts(result)))


def damaged(value: Any) -> Iterator[Any]:
    """Copies of a value in which one part, however deep, is something else."""
    yield from DAMAGES
    if isinstance(value, dict):
        for name, item in value.items():
            yield {other: one for other, one in value.items() if other != name}
            yield from ({**value, name: one} for one in damaged(item))
    elif isinstance(value, list):
        yield from (
            [*value[:place], one, *value[place + 1 :]] for place, item in enumerate(value) for one in damaged(item)
        )


@pytest.mark.parametrize("secret", SHORT)
def test_counts_durations_actions_and_digests_are_never_hidden(secret: str) -> None:
    result, shown = acme(), hidden(acme(), secret)
    for name in ("requests", "summary", "plan_digest", "changed"):
        assert shown[name] == result[name]
    assert [entry["action"] for entry in shown["results"]] == [entry["action"] for entry in result["results"]]
    assert [entry["managed"] for entry in shown["undeclared"]] == [entry["managed"] for entry in result["undeclared"]]
    assert counted(summarize_wave({"acme": shown})) == counted(summarize_wave({"acme": result}))


def counted(lines: list[str]) -> list[str]:
    """The lines that count; those below them say what changed and why, in words, where any secret is hidden."""
    return [line for line in lines if not line.startswith(" ")]


def tenants_of(line: str) -> int:
    """How many tenants a line speaks of: it names a few, and counts more."""
    tenants = line.partition(":")[0]
    many = re.fullmatch(r"([\d,]+) tenants?", tenants)
    return int(many[1].replace(",", "")) if many else len(tenants.split(", "))


def test_a_secret_is_hidden_in_every_text_and_number_where_it_could_be() -> None:
    secret = "s3cret-of-orders"
    result = {
        **acme(),
        "msg": f"Qlik says: {secret}",
        "warnings": [secret],
        "more": {"pin": 123456, "port": 5432, "list": [f"<{secret}>"]},
    }
    result["results"][0]["id"] = f"id-{secret}"
    shown = hidden(result, secret, "123456", "s3cret")
    assert "s3cret" not in json.dumps(shown)
    assert shown["msg"] == "Qlik says: ********"
    assert shown["warnings"] == ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"]
    assert shown["more"] == {"pin": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "port": 5432, "list": ["<********>"]}
    assert shown["results"][0]["id"] == "id-********"


def test_what_has_the_name_of_counts_further_inside_is_hidden() -> None:
    shown = hidden(
        {"before": {"summary": "the secret", "requests": ["the secret"]}, "action": "the secret"}, "the secret"
    )
    assert "the secret" not in str(shown)


def test_a_short_secret_leaves_the_ids_that_qlik_gave_out() -> None:
    result = {"results": [{"id": "65f0c1d2-e3b4-4596", "name": "Orders 65"}]}
    assert hidden(result, "65") == {"results": [{"id": "65f0c1d2-e3b4-4596", "name": "Orders ********"}]}


@pytest.mark.parametrize("kind", ["audit", "rotation"])
def test_no_damage_to_a_result_stops_a_report(kind: str) -> None:
    proof = {"secrets": ["password"], "updated_before": "2026-01-01", "updated_after": "2026-01-02"}
    whole = reports.result(
        {**reports.connection("Orders", "update"), "proof": proof},
        reports.connection("Stock", "create", error="no"),
        diff=[reports.sides(reports.connection("Orders"), host=("old", "new"))],
        spaces=[{"name": "Sales", "action": "create", "changes": ["create"], "id": "", "error": ""}],
        undeclared=[reports.undeclared("Old", managed=True)],
        warnings=["a warning"],
    )
    results = {f"t{number}": one for number, one in enumerate(damaged(whole))}
    assert len(results) > 500
    report = reports.report(kind, {host: reports.tenant(host, one) for host, one in results.items()})
    jsonschema.validate(json.loads("".join(files.json_lines(report))), SCHEMA)
    assert all("".join(parts(report)) for parts in (page_parts, junit_lines))
    # Among these damages there is no failure, so none may be made of them.
    assert report["summary"]["tenants"]["failed"] == 0
    assert set(plan_digests({**report, "kind": "plan"})) <= set(results)


def test_no_damage_to_a_result_stops_a_summary() -> None:
    results = {f"t{number}": one for number, one in enumerate(damaged(acme()))}
    lines = summarize_wave(results)
    failed = [host for host, one in results.items() if not one]
    assert [line for line in lines if "FAILED" in line] == [f"{', '.join(failed)}: FAILED, nothing was tried"]
    assert "what came back can't be read" in "".join(lines)
    assert "an unknown number created" in "".join(lines)
    assert "an unknown number of requests" in "".join(lines)
    assert sum(map(tenants_of, counted(summarize_audit(results)))) >= len(results)
    for one in results.values():
        if isinstance(one, dict):
            assert isinstance(audit_findings(one), list)


def test_no_damage_to_a_result_stops_the_summary_of_a_decommissioning() -> None:
    read = {
        "definitions": [{"name": "Orders"}],
        "definition_notes": [{"id": "1", "credentials_id": "c"}],
        "connections": [{"id": "1", "name": "Orders", "owner_id": "u"}, {"id": "2", "name": "Mine", "owner_id": "u"}],
        "requests": {"reads": 1, "writes": 0},
    }
    gone = {
        "results": [{"id": "1", "action": "delete", "error": ""}],
        "requests": {"reads": 1, "writes": 1, "waited_seconds": 0},
    }
    written = {"files": [{"host": "t", "path": "/way/back", "error": ""}]}
    wholes: list[dict[str, Any]] = [read, {}, gone, written]
    for place, whole in enumerate(wholes):
        for one in damaged(whole):
            given: list[Any] = [*wholes[:place], one, *wholes[place + 1 :]]
            lines = summarize_decommission(["t"], [given[0]], [given[1]], [given[2]], given[3])
            assert lines[0].startswith("t: ")


def test_a_result_that_does_not_say_what_became_of_the_tenant_is_no_success() -> None:
    report = reports.report("audit", {"acme": reports.tenant("acme", {**acme(), "changed": "********"})})
    assert report["tenants"]["acme"]["state"] == "not_reached"
    assert "can't be read" in report["tenants"]["acme"]["error"]
    assert report["digests"] == {}
