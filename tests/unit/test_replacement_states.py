"""Wherever a replacement was cut off, and whatever is declared by then: one run makes it so, or says why not, and
leaves nothing behind.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
KEY = "a fingerprint key of some length"
MANAGED = "qlikops.cloud:managed"


def definition(source: str, password: str = "", **changes: Any) -> dict[str, Any]:
    content = {
        "data_source": source,
        "properties": {"host": "h", "username": "u"},
        "secrets": {"password": password or f"of {source}"},
    }
    return {"name": "Orders", "space": "Sales", **content, **changes}


RENAMED = {"name": "Bestellungen", "previous_name": "Orders"}
MOVED = {"space": "Finance", "previous_space": "Sales"}
BOTH = {**RENAMED, **MOVED}
ABSENT = {"name": "Orders", "space": "Sales", "state": "absent"}
# What the replacement was to make of postgres "Orders" in Sales.
FIRST = {"in its place": {}, "renamed": RENAMED, "moved": MOVED, "both": BOTH}
# How far it came: what was refused from then on.
CUTS = {"beside its predecessor": "DELETE", "alone": "PATCH"}
NEXT: dict[str, list[dict[str, Any]]] = {
    "the same": [definition("mysql")],
    "the same with other secrets": [definition("mysql", "newer than it")],
    "the same with another host": [definition("mysql", properties={"host": "other", "username": "u"})],
    "back": [definition("postgres")],
    "a third": [definition("mssql")],
    "renamed": [definition("mysql", **RENAMED)],
    "renamed and back": [definition("postgres", **RENAMED)],
    "renamed to a third": [definition("mssql", **RENAMED)],
    "moved": [definition("mysql", **MOVED)],
    "moved and back": [definition("postgres", **MOVED)],
    "moved to a third": [definition("mssql", **MOVED)],
    "renamed, moved": [definition("mysql", **BOTH)],
    "renamed, moved to a third": [definition("mssql", "another", **BOTH)],
    "absent": [ABSENT],
    "absent in both places": [ABSENT, {**ABSENT, "name": "Bestellungen"}],
    "undeclared": [],
    "another beside it": [definition("postgres"), definition("mysql", name="Bestellungen")],
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.add_space("Finance")
    acme.add_connection("Foreign", "postgres", {"host": "h"}, space="Sales", secrets={"password": "foreign"})
    return acme


def options(connections: list[dict[str, Any]], *, key: str | None = KEY) -> dict[str, Any]:
    pruning = {"prune": True, "prune_spaces": ["Sales", "Finance"]}
    return {"connections": connections, "fingerprint_key": key, "replace": "when_required", **pruning}


def held(tenant: Tenant) -> list[tuple[Any, ...]]:
    rows = [row for row in tenant.connections.values() if row.name != "Foreign"]
    return sorted(
        (tenant.spaces[str(row.space)].name, row.name, row.data_source, tenant.secrets_of(row.id).get("password"))
        for row in rows
    )


def cut_off(tenant: Tenant, method: str, wanted: dict[str, Any], key: str | None) -> None:
    succeed("qlik_data_connections", tenant, options([definition("postgres", tags=["keep"])], key=key))
    tenant.set_faults([{"kind": "reset", "match": {"method": method, "path": "data-connections"}, "times": None}])
    assert run("qlik_data_connections", tenant, options([wanted], key=key))["failed"]
    tenant.set_faults([])
    assert len(held(tenant)) == (2 if method == "DELETE" else 1)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("then", "key"), [*((then, KEY) for then in NEXT), *((then, None) for then in list(NEXT)[:5])])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("first", FIRST)
def test_the_next_run_makes_it_what_is_declared_by_then(
    tenant: Tenant, first: str, cut: str, then: str, key: str | None
) -> None:
    cut_off(tenant, CUTS[cut], definition("mysql", **FIRST[first]), key)
    foreseen = succeed("qlik_data_connections", tenant, options(NEXT[then], key=key), check=True)
    done = succeed("qlik_data_connections", tenant, options(NEXT[then], key=key))
    assert [item["changes"] for item in done["results"]] == [item["changes"] for item in foreseen["results"]]
    wanted = [item for item in NEXT[then] if item.get("state") != "absent"]
    assert held(tenant) == sorted(
        (item["space"], item["name"], item["data_source"], item["secrets"]["password"]) for item in wanted
    )
    for row in tenant.connections.values():
        assert not any("replaces:" in tag for tag in row.tags)
        assert row.name == "Foreign" or (MANAGED in row.tags and tenant.properties_of(row.id)["host"])
    tenant.reset_log()
    assert not succeed("qlik_data_connections", tenant, options(NEXT[then], key=key))["changed"]
    assert tenant.writes() == []


@pytest.mark.parametrize("cut", CUTS)
def test_a_run_cut_off_again_on_another_way_is_finished_too(tenant: Tenant, cut: str) -> None:
    for then in ("a third", "back", "renamed to a third", "moved"):
        for method in ("POST", "DELETE", "PATCH"):
            for row in [row for row in tenant.connections.values() if row.name != "Foreign"]:
                tenant.remove_connection(row.id)
            cut_off(tenant, CUTS[cut], definition("mysql"), KEY)
            tenant.set_faults(
                [{"kind": "reset", "match": {"method": method, "path": "data-connections"}, "times": None}]
            )
            run("qlik_data_connections", tenant, options(NEXT[then]))
            tenant.set_faults([])
            succeed("qlik_data_connections", tenant, options(NEXT["the same"]))
            assert held(tenant) == [("Sales", "Orders", "mysql", "of mysql")], (then, method)
            assert not succeed("qlik_data_connections", tenant, options(NEXT["the same"]))["changed"]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("then", ["mysql", "postgres", "mssql", ""])
@pytest.mark.parametrize("place", [None, "Sales"])
def test_known_by_its_id(tenant: Tenant, cut: str, then: str, place: str | None) -> None:
    cut_off(tenant, CUTS[cut], definition("mysql"), KEY)
    mark = "qlikops.cloud:replaces:"
    gone = next(
        tag.removeprefix(mark) for row in tenant.connections.values() for tag in row.tags if tag.startswith(mark)
    )
    wanted = (
        {**definition(then, name=None, space=place), "id": gone}
        if then
        else {"id": gone, "space": place, "state": "absent"}
    )
    succeed("qlik_data_connections", tenant, {**options([wanted]), "prune": False})
    expected = [("Sales", "Orders", then, f"of {then}")] if then else []
    assert held(tenant) == expected
    if cut == "beside its predecessor" and then in ("postgres", ""):  # else it has another id by now
        assert not succeed("qlik_data_connections", tenant, {**options([wanted]), "prune": False})["changed"]


def test_known_by_its_id_in_the_personal_space_and_by_the_single_module(tenant: Tenant) -> None:
    wanted = [definition("postgres", space=None)]
    succeed("qlik_data_connections", tenant, {**options(wanted), "prune": False})
    connection = next(row for row in tenant.connections.values() if row.space is None)
    tenant.set_faults([{"kind": "reset", "match": {"method": "DELETE"}, "times": None}])
    assert run("qlik_data_connections", tenant, {**options([definition("mysql", space=None)]), "prune": False})[
        "failed"
    ]
    tenant.set_faults([])
    back = {**definition("postgres", name=None, space=None), "id": connection.id, "fingerprint_key": KEY}
    assert succeed("qlik_data_connection", tenant, back)["changed"]
    assert [row.name for row in tenant.connections.values() if row.space is None] == ["Orders"]
    assert not succeed("qlik_data_connection", tenant, back)["changed"]


@pytest.mark.parametrize("cut", CUTS)
def test_without_leave_to_replace_it_is_said(tenant: Tenant, cut: str) -> None:
    cut_off(tenant, CUTS[cut], definition("mysql"), KEY)
    never = {**options(NEXT["the same"]), "replace": "never"}
    if cut == "alone":  # there is nothing left to replace
        succeed("qlik_data_connections", tenant, never)
        assert held(tenant) == [("Sales", "Orders", "mysql", "of mysql")]
    else:
        tenant.reset_log()
        assert "set replace to when_required" in fail("qlik_data_connections", tenant, never)
        assert tenant.writes() == []


@pytest.mark.parametrize("cut", CUTS)
def test_what_nobody_declares_any_more_is_told_of(tenant: Tenant, cut: str) -> None:
    cut_off(tenant, CUTS[cut], definition("mysql"), KEY)
    result = succeed("qlik_data_connections", tenant, {**options([definition("mssql", name="Other")]), "prune": False})
    assert any(
        "'Orders (becoming mysql)'" in warning and "live connection" in warning for warning in result["warnings"]
    )
    pruned = succeed("qlik_data_connections", tenant, options([]))
    assert not any("live connection" in warning for warning in pruned.get("warnings", []))


def test_absent_in_the_new_place_removes_what_waits_for_it_and_nothing_else(tenant: Tenant) -> None:
    cut_off(tenant, "DELETE", definition("mysql", **BOTH), KEY)
    succeed("qlik_data_connection", tenant, {"name": "Bestellungen", "space": "Finance", "state": "absent"})
    assert held(tenant) == [("Sales", "Orders", "postgres", "of postgres")]


@pytest.mark.parametrize("sensitive", [True, False])
@pytest.mark.parametrize(
    "taken", [["Orders (becoming mysql)"], ["ORDERS (becoming mysql)", "Orders (becoming mysql 2)"]]
)
def test_a_name_that_somebody_has_is_not_built_under(tenant: Tenant, taken: list[str], sensitive: bool) -> None:
    tenant.set_behaviours(names_case_sensitive=sensitive)
    foreign = [
        tenant.add_connection(name, "mysql", {"host": "h"}, space="Sales", secrets={"password": "foreign"})
        for name in taken
    ]
    states = [(one.name, tuple(one.tags), one.updated) for one in foreign]
    succeed("qlik_data_connections", tenant, {**options([definition("postgres")]), "prune": False})
    wanted = {**options([definition("mysql")]), "prune": False}
    foreseen = succeed("qlik_data_connections", tenant, wanted, check=True)
    done = succeed("qlik_data_connections", tenant, wanted)
    number = len(taken) + 1
    for result in (foreseen, done):
        (item,) = result["results"]
        assert f"build it as 'Orders (becoming mysql {number})'" in item["changes"][1]
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] == "of mysql"
    assert [(one.name, tuple(one.tags), one.updated) for one in foreign] == states
    assert not succeed("qlik_data_connections", tenant, wanted)["changed"]


@pytest.mark.parametrize("cut", CUTS)
def test_one_that_was_built_under_another_name_is_finished(tenant: Tenant, cut: str) -> None:
    tenant.add_connection("Orders (becoming mysql)", "mysql", {"host": "h"}, space="Sales")
    succeed("qlik_data_connection", tenant, definition("postgres", fingerprint_key=KEY))
    tenant.set_faults([{"kind": "reset", "match": {"method": CUTS[cut]}, "times": None}])
    wanted = definition("mysql", fingerprint_key=KEY, replace="when_required")
    assert run("qlik_data_connection", tenant, wanted)["failed"]
    tenant.set_faults([])
    assert any(row.name == "Orders (becoming mysql 2)" for row in tenant.connections.values())
    succeed("qlik_data_connection", tenant, wanted)
    assert sorted(row.name for row in tenant.connections.values()) == ["Foreign", "Orders", "Orders (becoming mysql)"]
    assert not succeed("qlik_data_connection", tenant, wanted)["changed"]


@pytest.mark.parametrize("cut", ["", *CUTS.values(), "POST"])
@pytest.mark.parametrize("held_by", ["admin", "analyst"])
def test_a_replacement_for_somebody_else_takes_one_run(tenant: Tenant, held_by: str, cut: str) -> None:
    analyst = "analyst@acme.example"
    before = {"owner": analyst} if held_by == "analyst" else {}
    succeed("qlik_data_connections", tenant, options([definition("postgres", **before)]))
    wanted = options([definition("mysql", owner=analyst)])
    if cut:
        fault = {"kind": "reset", "match": {"method": cut, "path": "data-connections"}, "times": None}
        tenant.set_faults([fault])
        run("qlik_data_connections", tenant, wanted)
        tenant.set_faults([])
    done = succeed("qlik_data_connections", tenant, wanted)
    assert done["changed"]
    row = tenant.connection("Orders", "Sales")
    assert (row.data_source, tenant.users[row.owner].email) == ("mysql", analyst)
    assert len(held(tenant)) == 1
    tenant.reset_log()
    assert not succeed("qlik_data_connections", tenant, wanted)["changed"]
    assert tenant.writes() == []
