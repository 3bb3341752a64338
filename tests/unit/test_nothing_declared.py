"""A tenant for which nothing is declared: it is read, and nobody is told that it is as declared."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
from ansible_collections.qlikops.cloud.plugins.filter.summarize_wave import summarize_wave
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import nearly_layers

from tests import jobs
from tests.emulator import Tenant

BULK = "qlik_data_connections"


@pytest.mark.parametrize(
    "options", [{}, {"connections": []}, {"connections": [], "spaces": []}, {"list_undeclared": "spaces"}]
)
@pytest.mark.parametrize("check", [True, False])
def test_it_is_read_and_warned_of(acme: Tenant, options: dict[str, object], check: bool) -> None:
    result = jobs.succeed(BULK, acme, {"connections": [], **options}, check=check)
    assert result["changed"] is False
    assert result["nothing_declared"] is True
    assert any("Neither connections nor spaces are declared" in warning for warning in result["warnings"])
    assert result["requests"]["reads"] == 1 or "list_undeclared" in options
    assert acme.log
    assert not acme.writes()


@pytest.mark.parametrize("options", [{}, {"connections": [{"name": "Orders", "data_source": "rest"}]}])
@pytest.mark.parametrize("check", [True, False])
def test_whoever_asks_for_none_is_not_warned(acme: Tenant, options: dict[str, object], check: bool) -> None:
    result = jobs.succeed(BULK, acme, {"connections": [], "only": [], **options}, check=check)
    assert (result["changed"], result["nothing_declared"], result["results"]) == (False, False, [])
    assert not result.get("warnings")
    assert not acme.log


def test_a_wrong_key_is_an_error(acme: Tenant) -> None:
    assert "401" in jobs.fail(BULK, acme, {"connections": [], "access_token": "wrong"})


@pytest.mark.parametrize(
    "options",
    [
        {"spaces": [{"name": "Sales"}]},
        {"connections": [{"name": "Orders", "state": "absent", "space": "Sales"}], "spaces": [{"name": "Sales"}]},
    ],
)
def test_what_declares_something_is_not_meant(acme: Tenant, options: dict[str, object]) -> None:
    result = jobs.succeed(BULK, acme, {"connections": [], **options})
    assert result["nothing_declared"] is False
    assert not any("are declared" in warning for warning in result.get("warnings", []))


def test_summaries_tell_them_from_tenants_that_are_as_declared() -> None:
    requests = {"reads": 1, "writes": 0}
    same = {"changed": False, "requests": requests, "nothing_declared": False}
    results = {"acme": same, "globex": {**same, "nothing_declared": True}}
    assert summarize_wave(results) == [
        "globex: NOTHING IS DECLARED here, so nothing was looked for (1 request)",
        "acme: as declared, nothing to change (1 request)",
    ]
    assert summarize_audit(results) == [
        "globex: NOTHING IS DECLARED here",
        "1 of 2 tenants match what is declared; 0 differ; for 1 nothing is declared; 0 could not be audited.",
    ]


def test_variables_that_look_like_layers() -> None:
    misspelt = ["qlik_conections_definitions", "qlik_connection_definitions_00_all", "qlik_connections_defintions"]
    others = [
        *(
            "qlik_connections_definitions",
            "qlik_connections_definitions_from",
            "qlik_connections_definitions_00_all",
            "qlik_connections_spaces",
        ),
        *("qlik_connections_result", "qlik_connections_list_undeclared", "connections_definitions", "qlik_tenant_url"),
    ]
    assert nearly_layers([*others, *misspelt]) == misspelt
