"""What a diff and a message say of a change: what is meant, in words that fit the number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, succeed

MANY, ONE = "qlik_data_connections", "qlik_data_connection"
KEY = "a fingerprint key of some length"
POSTGRES: dict[str, Any] = {
    "name": "Orders",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"host": "a.example.com", "db": "orders"},
    "secrets": {"password": "swordfish"},
}
REST: dict[str, Any] = {
    "name": "Weather",
    "space": "Sales",
    "data_source": "rest",
    "properties": {"url": "https://weather.example.com/api", "timeout": 7},
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    succeed(MANY, acme, {"connections": [POSTGRES, REST], "fingerprint_key": KEY})
    acme.reset_log()
    return acme


def side(tenant: Tenant, item: dict[str, Any], which: str = "before", **more: Any) -> dict[str, Any]:
    """One side of the diff of the only connection that would change."""
    options = {"connections": [item], "fingerprint_key": KEY, **more}
    (told,) = succeed(MANY, tenant, options, check=True)["diff"]
    return dict(told[which])


@pytest.mark.parametrize(
    ("name", "source", "kept"),
    [
        ("Orders", "postgres", {"host": "a.example.com", "port": "5432", "db": "orders", "SSLMode": "prefer"}),
        ("Weather", "rest", {"url": "https://weather.example.com/api", "method": "GET", "authSchema": "anonymous"}),
    ],
)
def test_a_deletion_shows_what_the_connection_is_without_its_defaults(
    tenant: Tenant, name: str, source: str, kept: dict[str, str]
) -> None:
    told = side(tenant, {"name": name, "space": "Sales", "state": "absent"})
    row = tenant.connection(name, "Sales")
    assert told.pop("properties") == kept
    assert told == {"name": name, "space": "Sales", "data_source": source, "tags": [], "owner_id": row.owner}


def test_a_deletion_shows_what_its_definition_declares_whatever_that_is(tenant: Tenant) -> None:
    gone = {**REST, "state": "absent"}
    assert side(tenant, gone)["properties"]["timeout"] == "7"
    replaced = {**POSTGRES, "data_source": "mysql", "replace": "when_required"}
    replaced["properties"] = {"host": "b.example.com", "QueryTimeout": "60"}
    assert side(tenant, replaced)["properties"]["QueryTimeout"] == "30"


def test_what_is_pruned_is_shown_alike(tenant: Tenant) -> None:
    told = side(tenant, POSTGRES, prune=True, prune_spaces=["Sales"])
    assert (told["name"], len(told["properties"])) == ("Weather", 3)


@pytest.mark.parametrize("item", [{"state": "absent"}, {**POSTGRES, "properties": {"host": "b.example.com"}}])
def test_by_its_id_a_change_is_told_as_by_its_name(tenant: Tenant, item: dict[str, Any]) -> None:
    item = {name: value for name, value in item.items() if name not in ("name", "space", "data_source")}
    row = tenant.connection("Orders", "Sales")
    options = {"fingerprint_key": KEY}
    named = {"name": "Orders", "space": "Sales", **item}
    by_name = succeed(MANY, tenant, {**options, "connections": [named]}, check=True)
    by_id = succeed(MANY, tenant, {**options, "connections": [{"id": row.id, **item}]}, check=True)
    shared = ("name", "space", "before_header", "after_header")
    assert [by_id["diff"][0][name] for name in shared] == [by_name["diff"][0][name] for name in shared]
    assert by_id["diff"][0]["before"]["space"] == by_name["diff"][0]["before"]["space"] == "Sales"
    assert by_id["results"][0]["space"] == by_name["results"][0]["space"] == "Sales"
    single = succeed(ONE, tenant, {**options, "id": row.id, **item}, check=True)
    assert single["diff"] == {name: by_id["diff"][0][name] for name in single["diff"]}


def test_a_space_that_cannot_be_read_keeps_its_id_and_stops_nothing(tenant: Tenant) -> None:
    row = tenant.connection("Orders", "Sales")
    tenant.set_faults([{"kind": "status", "status": 403, "match": {"method": "GET", "path": "/api/v1/spaces"}}])
    told = side(tenant, {"id": row.id, "state": "absent"})
    assert told["space"] == row.space


def test_spaces_are_read_only_for_what_changes(tenant: Tenant) -> None:
    row = tenant.connection("Orders", "Sales")
    item = {"id": row.id, "properties": {"host": "a.example.com"}}
    assert not succeed(MANY, tenant, {"connections": [item]}, check=True)["changed"]
    assert not [entry.path for entry in tenant.log if "/spaces" in entry.path]


def test_secrets_are_told_to_be_changed_or_the_same(tenant: Tenant) -> None:
    changed = {**POSTGRES, "secrets": {"password": "halibut"}}
    assert side(tenant, changed, "after")["secrets"] == {"password": "******** (changed)"}
    moved = {**POSTGRES, "properties": {"host": "b.example.com"}}
    assert side(tenant, moved, "after")["secrets"] == {"password": "******** (sent again)"}
    versioned = {**changed, "secrets_version": "2"}
    assert side(tenant, versioned, "after")["secrets"] == {"password": "******** (sent)"}
    succeed(MANY, tenant, {"connections": [versioned]})
    newer = {**versioned, "secrets_version": "3"}
    assert side(tenant, newer, "after", fingerprint_key=None)["secrets"] == {"password": "******** (changed)"}


def test_numbers_and_their_nouns_fit(tenant: Tenant) -> None:
    broken = {"name": "Broken", "space": "Sales", "data_source": "postgres", "properties": {"hosst": "x"}}
    assert "since 1 of 1 declared thing can't be" in fail(MANY, tenant, {"connections": [broken]})
    pruning = {"spaces": [{"name": "Sales"}], "prune": True, "prune_spaces": ["Sales"], "max_deletions": 0}
    one = fail(MANY, tenant, {**pruning, "connections": [POSTGRES]})
    assert "since 1 connection that is no longer declared would be deleted" in one
    assert "since 2 connections that are no longer declared would be deleted" in fail(MANY, tenant, pruning)
    tenant.set_faults([{"kind": "status", "status": 400, "match": {"method": "PATCH"}}])
    moved = {**POSTGRES, "properties": {"host": "b.example.com"}}
    assert "1 of 1 change failed" in fail(MANY, tenant, {"connections": [moved]})
