"""Data sources are enabled and disabled for a whole tenant: only when needed, foreseen by check mode, with what
vanishes foretold.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.sources.decide import find_switched_source

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

SWITCH = "qlik_data_source"


def switched(tenant: Tenant, source: str, *, enabled: bool, **more: Any) -> dict[str, Any]:
    """Foresee it in check mode, do it, do it again; the result of the real run, which check mode gave in the same
    words.
    """
    options = {"data_source": source, "enabled": enabled, **more}
    tenant.reset_log()
    foreseen = succeed(SWITCH, tenant, options, check=True)
    assert tenant.writes() == []
    tenant.reset_log()
    result = succeed(SWITCH, tenant, options)
    assert foreseen.pop("requests")["writes"] == 0
    assert {name: value for name, value in result.items() if name != "requests"} == foreseen
    log = tenant.log
    again = succeed(SWITCH, tenant, options)
    assert (again["changed"], again["action"], again["changes"], again["diff"]["before"]) == (
        False,
        "none",
        [],
        again["diff"]["after"],
    )
    assert again["requests"]["writes"] == 0
    tenant.log = log
    return result


@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
def test_a_source_is_disabled_and_enabled(acme: Tenant, namespace: str) -> None:
    off = switched(acme, "teradata", enabled=False, api_namespace=namespace)
    assert acme.disabled_sources == {"teradata"}
    assert off["changed"]
    assert off["action"] == "update"
    assert off["changes"] == ["enabled: true -> false"]
    assert off["data_source"] == off["diff"]["after"] == {"id": "teradata", "name": "Teradata", "enabled": False}
    assert off["diff"]["before"] == {"id": "teradata", "name": "Teradata", "enabled": True}
    on = switched(acme, "teradata", enabled=True, api_namespace=namespace)
    assert acme.disabled_sources == set()
    assert on["changes"] == ["enabled: false -> true"]
    assert requests_of(acme)[:3] == [
        f"GET {namespace}/data-sources",
        f"GET {namespace}/data-sources/teradata/settings",
        f"PUT {namespace}/data-sources/teradata/settings",
    ]
    assert (on["requests"]["reads"], on["requests"]["writes"]) == (2, 1)


def test_a_source_is_found_by_its_display_name_also_while_it_is_disabled(acme: Tenant) -> None:
    switched(acme, "Snowflake", enabled=False)
    assert acme.disabled_sources == {"snowflake"}
    switched(acme, "Snowflake", enabled=True)
    assert acme.disabled_sources == set()


@pytest.mark.parametrize("spelling", ["data_source_id", "dataSourceId", "datasourceID"])
def test_qliks_own_spellings_are_understood(acme: Tenant, spelling: str) -> None:
    succeed(SWITCH, acme, {spelling: "teradata", "enabled": False})
    assert acme.disabled_sources == {"teradata"}


def test_an_unknown_source_is_answered_with_a_suggestion(acme: Tenant) -> None:
    acme.disabled_sources.add("teradata")
    message = fail(SWITCH, acme, {"data_source": "teradatta", "enabled": True})
    assert message.startswith(f"{acme.host}: data source 'teradatta' is not known to this tenant.")
    assert "'teradata'" in message
    assert acme.writes() == []


def test_a_name_of_several_sources_is_refused_whether_they_are_enabled_or_not() -> None:
    sources = [
        DataSource("a", "Same", "x.exe"),
        DataSource("b", "Same", "x.exe", disabled=True),
        DataSource("c", "Own", "x.exe", disabled=True),
    ]
    assert find_switched_source("Same", sources) == (
        None,
        "'Same' is the name of several data sources; give one of their ids: a, b.",
    )
    found, problem = find_switched_source("Own", sources)
    assert found is not None
    assert (found.id, problem) == ("c", "")


@pytest.mark.parametrize("listed", ["hide", "show"])
@pytest.mark.parametrize("case_sensitive", [True, False])
def test_connections_that_vanish_are_counted_in_one_request(acme: Tenant, listed: str, case_sensitive: bool) -> None:
    acme.set_behaviours(disabled_source_connections=listed, filter_case_sensitive=case_sensitive)
    acme.add_space("Sales")
    for number in range(2):
        acme.add_connection(f"c{number}", "mysql", {"host": "h"}, space="Sales", owner="analyst")
    acme.add_connection("other", "postgres", {"host": "h"}, space="Sales")
    off = switched(acme, "mysql", enabled=False)
    (warning,) = off["warnings"]
    assert "2 connections of this source vanish from Qlik's lists" in warning
    lists = [entry for entry in acme.log if entry.path == "/api/v1/data-connections"]
    assert len(lists) == 1
    assert lists[0].query["filter"] == ['datasourceID eq "mysql"']
    assert "warnings" not in switched(acme, "mysql", enabled=True)
    assert len(acme.connections) == 3


def test_one_connection_is_one_and_none_is_no_warning(acme: Tenant) -> None:
    acme.add_connection("c", "mysql", {"host": "h"})
    assert "1 connection of this source vanishes" in switched(acme, "mysql", enabled=False)["warnings"][0]
    assert "warnings" not in switched(acme, "teradata", enabled=False)


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_is_told_who_may(acme: Tenant, status: int) -> None:
    acme.set_behaviours(settings_status=status)
    options = {"data_source": "mysql", "enabled": False, "access_token": "key-analyst"}
    message = fail(SWITCH, acme, options)
    assert message.startswith(f"{acme.host}: data source 'mysql': ")
    assert str(status) in message
    assert "is wrong, expired or revoked" not in message
    assert "Only an administrator of the tenant (TenantAdmin)" in message
    assert acme.disabled_sources == set()
    acme.set_faults([{"kind": "status", "status": 403, "match": {"method": "GET", "path": "settings"}}])
    assert "Only an administrator of the tenant (TenantAdmin)" in fail(SWITCH, acme, options, check=True)


def test_a_lost_answer_is_no_failure_since_the_switch_can_be_set_twice(acme: Tenant) -> None:
    acme.set_faults([{"kind": "lost_answer", "match": {"method": "PUT"}}])
    result = succeed(SWITCH, acme, {"data_source": "mysql", "enabled": False})
    assert result["changed"]
    assert result["requests"]["retries"] == 1
    assert acme.disabled_sources == {"mysql"}


@pytest.mark.parametrize("body", [{"disabled": False}, {}])
def test_an_answer_that_contradicts_is_no_success(acme: Tenant, body: dict[str, Any]) -> None:
    acme.set_faults([{"kind": "status", "status": 200, "body": body, "match": {"method": "PUT"}}])
    message = fail(SWITCH, acme, {"data_source": "mysql", "enabled": False})
    assert "data source 'mysql'" in message


def test_an_incomplete_list_of_connections_stops_the_switch(acme: Tenant) -> None:
    acme.add_connection("c", "mysql", {"host": "h"})
    acme.set_faults([{"kind": "partial_list", "times": None, "match": {"path": "data-connections"}}])
    assert "incomplete" in fail(SWITCH, acme, {"data_source": "mysql", "enabled": False})
    assert acme.disabled_sources == set()


@pytest.mark.parametrize("kind", ["lost_answer", "status"])
@pytest.mark.parametrize("same", ["accept", "conflict"])
def test_a_switch_that_conflicts_is_looked_at(acme: Tenant, same: str, kind: str) -> None:
    acme.set_behaviours(source_settings_same=same)
    acme.set_faults([{"kind": kind, "match": {"method": "PUT"}}])
    assert succeed(SWITCH, acme, {"data_source": "teradata", "enabled": False})["changed"]
    assert acme.disabled_sources == {"teradata"}
    assert not succeed(SWITCH, acme, {"data_source": "teradata", "enabled": False})["changed"]


def test_a_conflict_that_left_the_switch_as_it_was_is_a_failure(acme: Tenant) -> None:
    acme.set_faults([{"kind": "status", "status": 409, "match": {"method": "PUT"}}])
    assert "was answered with 409" in fail(SWITCH, acme, {"data_source": "teradata", "enabled": False})
    assert acme.disabled_sources == set()
