"""What a list of connections says, and what the event source doesn't believe: then the connection itself is asked."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import tenant as tenant_module

from tests.emulator import Tenant
from tests.unit.test_event_source import Events, looked, watch_of
from tests.unit.test_event_source_truth import listing

Items = list[dict[str, Any]]


def compared(watch: tenant_module.TenantWatch) -> Events:
    """What a look finds that lists all."""
    watch._compared = None
    return looked(watch)


def told(events: Events, kind: str) -> list[str]:
    return [event["connection"]["id"] for event in events if event["event"] == kind]


def test_only_what_was_asked_for_is_told_as_deleted(acme: Tenant) -> None:
    made = [acme.add_connection(f"C{number:03}").id for number in range(130)]
    watch = watch_of(acme)
    looked(watch)
    for connection_id in made[:100]:
        acme.remove_connection(connection_id)
    listing(acme, "/data-connections", lambda data: [one for one in data if one["qID"] not in made[100:]], 1)
    acme.reset_log()
    events = compared(watch)
    assert len([entry for entry in acme.log if "/data-connections/" in entry.path]) == 100
    # The rest comes at once with the next looks, not an hour later.
    while set(told(events, "connection_deleted")) != set(made[:100]):
        more = looked(watch)
        assert more
        events += more
    assert len(events) == 100
    assert looked(watch) == []


def test_more_doubts_than_a_look_may_settle_are_settled_by_the_next_ones(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_module, "_MOST_CONFIRMED", 3)
    made = [acme.add_connection(f"C{number}").id for number in range(5)]
    watch = watch_of(acme, overlap=0)
    looked(watch)
    for connection_id in made:
        acme.edit_connection(connection_id, name="Before", updated="2026-01-01T00:00:00Z")
    first, second = compared(watch), looked(watch)
    assert (len(first), len(second)) == (3, 2)
    assert set(told(first + second, "connection_updated")) == set(made)
    assert looked(watch) == []


def test_what_has_no_room_is_told_when_there_is(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenant_module, "MOST_ITEMS", 4)
    monkeypatch.setattr(tenant_module, "_MOST_CONFIRMED", 1)
    old = [acme.add_connection(f"Old {number}").id for number in range(4)]
    watch = watch_of(acme)
    looked(watch)
    for connection_id in old:
        acme.remove_connection(connection_id)
    new = [acme.add_connection(f"New {number}").id for number in range(4)]
    events: Events = []
    for _look in range(4):
        events += compared(watch)
        assert len(watch.memory.seen or {}) == 4
    assert set(told(events, "connection_created")) == set(new)
    assert set(told(events, "connection_deleted")) == set(old)
