"""Separate credentials that a replacement was built with go with it, when it is given up:
nobody would look for them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
KEY = "a fingerprint key of some length"
CUTS = {"beside its predecessor": "DELETE", "alone": "PATCH"}


def definition(source: str, **changes: Any) -> dict[str, Any]:
    content = {
        "data_source": source,
        "properties": {"host": "h", "username": "u"},
        "secrets": {"password": f"of {source}"},
    }
    return {"name": "Orders", "space": "Sales", "separate_credentials": True, **content, **changes}


NEXT: dict[str, list[dict[str, Any]]] = {
    "the same": [definition("mysql")],
    "back": [definition("postgres")],
    "back, embedded": [definition("postgres", separate_credentials=False)],
    "a third": [definition("mssql")],
    "renamed to a third": [definition("mssql", name="New", previous_name="Orders")],
    "absent": [{"name": "Orders", "space": "Sales", "state": "absent"}],
    "undeclared": [],
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.add_connection("Foreign", "postgres", {"host": "h"}, space="Sales", secrets={"password": "foreign"})
    return acme


def options(connections: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    pruning = {"prune": True, "prune_spaces": ["Sales"]}
    return {"connections": connections, "fingerprint_key": KEY, "replace": "when_required", **pruning, **more}


def cut_off(tenant: Tenant, method: str, wanted: dict[str, Any], first: dict[str, Any] | None = None) -> None:
    succeed("qlik_data_connections", tenant, options([first or definition("postgres")]))
    tenant.set_faults([{"kind": "reset", "match": {"method": method, "path": "data-connections"}, "times": None}])
    assert run("qlik_data_connections", tenant, options([wanted]))["failed"]
    tenant.set_faults([])


def left_behind(tenant: Tenant) -> list[str]:
    """The credentials of replacements that no connection uses."""
    used = {row.credentials_id for row in tenant.connections.values()}
    return [row.name for row in tenant.credentials.values() if row.id not in used and "(becoming" in row.name]


@pytest.mark.parametrize("then", NEXT)
@pytest.mark.parametrize("cut", CUTS)
def test_credentials_of_a_given_up_replacement_go_with_it(tenant: Tenant, cut: str, then: str) -> None:
    cut_off(tenant, CUTS[cut], definition("mysql"))
    succeed("qlik_data_connections", tenant, options(NEXT[then]))
    assert left_behind(tenant) == []
    for wanted in NEXT[then]:
        if wanted.get("state") != "absent":
            row = tenant.connection(wanted["name"], "Sales")
            assert tenant.secrets_of(row.id) == wanted["secrets"]
    assert not succeed("qlik_data_connections", tenant, options(NEXT[then]))["changed"]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("shown", [True, False])
def test_credentials_that_others_use_or_named_stay(tenant: Tenant, cut: str, shown: bool) -> None:
    tenant.set_behaviours(credential_count_shown=shown)
    cut_off(tenant, CUTS[cut], definition("mysql"))
    row = next(row for row in tenant.connections.values() if "(becoming" in row.name)
    tenant.add_connection("Borrows", "mysql", {"host": "h"}, space="Sales").credentials_id = row.credentials_id
    succeed("qlik_data_connections", tenant, options(NEXT["back"]))
    assert row.credentials_id in tenant.credentials
    assert tenant.connection("Borrows", "Sales").credentials_id == row.credentials_id


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("first", ["Own", ""])
def test_credentials_that_were_attached_stay(tenant: Tenant, cut: str, first: str) -> None:
    base = {"credentials": first} if first else {}
    cut_off(tenant, CUTS[cut], {**definition("mysql", **base), "secrets": None}, definition("postgres", **base))
    before = {row.id: dict(row.secrets) for row in tenant.credentials.values()}
    succeed("qlik_data_connections", tenant, options([{**definition("mssql", **base), "secrets": None}]))
    assert {row.id: dict(row.secrets) for row in tenant.credentials.values()} == before
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": "of postgres"}


@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
def test_a_clearing_that_is_cut_off_is_finished(tenant: Tenant, kind: str) -> None:
    cut_off(tenant, "DELETE", definition("mysql"))
    for after in range(1, 12):
        fault = {
            "kind": kind,
            "after": after,
            "match": {"method": "POST|PATCH|DELETE|GET"},
            "times": None if kind == "reset" else 1,
        }
        tenant.set_faults([fault])
        run("qlik_data_connections", tenant, options(NEXT["back"]))
        tenant.set_faults([])
    succeed("qlik_data_connections", tenant, options(NEXT["back"]))
    assert left_behind(tenant) == []


@pytest.mark.parametrize("at", range(1, 16))
def test_the_same_run_beside_itself_leaves_none(tenant: Tenant, at: int) -> None:
    """The other run goes from its beginning to its end while a request of the first waits."""
    succeed("qlik_data_connections", tenant, options([definition("postgres")]))
    tenant.add_hook("before", lambda *_: run("qlik_data_connections", tenant, options([definition("mysql")])), after=at)
    run("qlik_data_connections", tenant, options([definition("mysql")]))
    tenant.hooks = []
    succeed("qlik_data_connections", tenant, options([definition("mysql")]))
    assert left_behind(tenant) == []
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": "of mysql"}
    assert not succeed("qlik_data_connections", tenant, options([definition("mysql")]))["changed"]
