"""What a list of connections says, and what the event source doesn't believe: then the connection itself is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import tenant as tenant_module

from tests.emulator import Tenant
from tests.unit.test_event_source import Collected, Events, driven, kinds, looked, options_for, watch_of
from tests.unit.test_event_source_truth import listing

Items = list[dict[str, Any]]
Item = dict[str, Any]

# What one list says of a connection otherwise than all the others do.
ODD: dict[str, Callable[[Item], Item]] = {
    "without updated": lambda item: {name: item[name] for name in item if name != "updated"},
    "without tags": lambda item: {name: item[name] for name in item if name != "tags"},
    "tags are null": lambda item: {**item, "tags": None},
    "tags are a text": lambda item: {**item, "tags": "blue"},
    "tags are doubled": lambda item: {**item, "tags": ["blue", "blue"]},
    "no more than id and name": lambda item: {name: item[name] for name in ("qID", "qName")},
    "nobody's and nowhere": lambda item: {**item, "space": None, "user": None},
    "of no source": lambda item: {**item, "datasourceID": ""},
    "an id in capitals": lambda item: {**item, "qID": item["qID"].upper()},
    "another zone": lambda item: {**item, "updated": item["updated"].replace("Z", "+00:00")},
    "no moment": lambda item: {**item, "updated": "garbage"},
    "seconds": lambda item: {**item, "updated": item["updated"][:19] + "Z"},
}


def compared(watch: tenant_module.TenantWatch) -> Events:
    """What a look finds that lists all."""
    watch._compared = None
    return looked(watch)


def odd_list(tenant: Tenant, change: Callable[[Item], Item]) -> None:
    listing(tenant, "/data-connections\\?", lambda data: [change(one) for one in data], 1)


def listed_now(tenant: Tenant, watch: tenant_module.TenantWatch) -> Items:
    """What the list of all holds, to be said again later."""
    before: Items = []

    def kept(data: Items) -> Items:
        before.extend(data)
        return data

    listing(tenant, "/data-connections", kept, 1)
    compared(watch)
    return before


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


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("form", ODD)
def test_an_odd_item_of_a_list_is_no_news(acme: Tenant, form: str, whole: bool) -> None:
    acme.add_space("Sales")
    made = acme.add_connection("A", space="Sales", tags=["blue"])
    watch = watch_of(acme)
    looked(watch)
    if not whole:
        looked(watch)
    odd_list(acme, ODD[form])
    assert looked(watch) == []
    assert looked(watch) == []
    assert compared(watch) == []
    acme.edit_connection(made.id, name="B", tags=[])
    assert [event["changes"] for event in looked(watch)] == [["name", "tags"]]


@pytest.mark.parametrize("form", ["without updated", "no more than id and name", "nobody's and nowhere", "no moment"])
def test_what_an_odd_list_showed_first_is_no_change_either(acme: Tenant, form: str) -> None:
    watch = watch_of(acme)
    acme.add_connection("A", tags=["blue"])
    odd_list(acme, ODD[form])
    looked(watch)
    assert compared(watch) == []
    acme.add_connection("B", tags=["blue"])
    odd_list(acme, ODD[form])
    (event,) = looked(watch)
    assert (event["event"], event["connection"]["tags"]) == ("connection_created", ["blue"])
    assert compared(watch) == []


def test_an_odd_answer_of_the_connection_itself_is_no_news_either(acme: Tenant) -> None:
    acme.add_connection("A", tags=["blue"])
    watch = watch_of(acme)
    looked(watch)

    def bare(_entry: Any, answer: Any) -> None:
        content = json.loads(answer.content())
        answer.payload, answer.raw = {name: content[name] for name in ("qID", "qName")}, None

    odd_list(acme, ODD["no moment"])
    acme.add_hook("after", bare, match={"method": "GET", "path": "/data-connections/"}, times=1)
    assert compared(watch) == []
    assert compared(watch) == []


def lasting(tenant: Tenant, change: Callable[[Item], Item]) -> None:
    """Have all answers about connections say it so."""

    def changed(_entry: Any, answer: Any) -> None:
        content = json.loads(answer.content())
        data = {"data": [change(one) for one in content["data"]]} if "data" in content else change(content)
        answer.payload, answer.raw = {**content, **data}, None

    tenant.add_hook("after", changed, match={"method": "GET", "path": "/data-connections"}, times=None)


@pytest.mark.parametrize(("member", "lost"), [("user", "owner_id"), ("datasourceID", "data_source")])
def test_what_has_lost_its_owner_or_its_source_is_still_told_of(acme: Tenant, member: str, lost: str) -> None:
    made = acme.add_connection("A", tags=["blue"])
    watch = watch_of(acme)
    looked(watch)
    lasting(acme, lambda item: {**item, member: ""})
    assert looked(watch) + compared(watch) == [], "it may be half an answer"
    acme.edit_connection(made.id, name="B")
    assert [event["changes"] for event in looked(watch)] == [["name", lost]]
    acme.edit_connection(made.id, tags=[])
    assert [event["changes"] for event in looked(watch)] == [["tags"]]
    assert looked(watch) + compared(watch) == []
    acme.hooks.clear()
    assert compared(watch) == [], "that it has it again is learned"
    lasting(acme, lambda item: {**item, member: ""})
    acme.edit_connection(made.id, name="C")
    assert [event["changes"] for event in looked(watch)] == [["name", lost]]
    acme.hooks.clear()
    acme.edit_connection(made.id, name="D")
    assert [event["changes"] for event in looked(watch)] == [["name", lost]]
    acme.remove_connection(made.id)
    assert kinds(compared(watch)) == [("connection_deleted", "D")]


def test_half_an_answer_with_a_later_time_is_no_news_where_the_list_says_more(acme: Tenant) -> None:
    made = acme.add_connection("A", tags=["blue"])
    watch = watch_of(acme)
    looked(watch)
    acme.edit_connection(made.id, name="B")

    def bare(_entry: Any, answer: Any) -> None:
        content = json.loads(answer.content())
        answer.payload, answer.raw = {name: content[name] for name in ("qID", "qName", "updated")}, None

    odd_list(acme, ODD["of no source"])
    acme.add_hook("after", bare, match={"method": "GET", "path": "/data-connections/"}, times=1)
    assert looked(watch) == []
    assert [event["changes"] for event in looked(watch)] == [["name"]]


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("doubt", ["gone from the list", "changed without a later time"])
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 410}, {"body": "garbage", "status": 200}])
def test_one_connection_that_cannot_be_read_hides_nothing_of_the_others(
    acme: Tenant, doubt: str, fault: dict[str, Any]
) -> None:
    one, other, gone = (acme.add_connection(name) for name in ("One", "Other", "Gone"))
    for connection in (one, other, gone):
        acme.edit_connection(connection.id, updated="2026-01-01T00:00:00Z")
    watch = watch_of(acme)
    looked(watch)
    acme.add_fault("status", match={"method": "GET", "path": f"/data-connections/{one.id}"}, times=None, **fault)
    acme.add_connection("New")
    acme.edit_connection(other.id, name="Other now")
    acme.remove_connection(gone.id)
    if doubt == "gone from the list":
        acme.remove_connection(one.id)
    else:
        acme.edit_connection(one.id, name="One now", updated="2026-01-01T00:00:00Z")
    watch._compared = None
    events: Events = []
    for _look in range(60):
        # A look asks for all until there is no doubt, in any order.
        look = watch.look()
        watch.handed_over(look)
        assert look.failure is not None
        assert one.id in watch.shown(look.failure)
        events += look.events
        if len(events) == 3:
            break
    assert sorted(kinds(events)) == [
        ("connection_created", "New"),
        ("connection_deleted", "Gone"),
        ("connection_updated", "Other now"),
    ]
    acme.faults.clear()
    last = {"gone from the list": ("connection_deleted", "One")}.get(doubt, ("connection_updated", "One now"))
    assert kinds(looked(watch)) == [last]
    assert looked(watch) == []


@pytest.mark.usefixtures("short_pauses")
def test_that_one_cannot_be_read_is_said_once_and_that_it_can_be(acme: Tenant) -> None:
    one = acme.add_connection("One")

    async def story(queue: Collected) -> None:
        while not acme.log:
            await queue.pause()
        await asyncio.sleep(0.5)
        path = f"/data-connections/{one.id}"
        acme.add_fault("status", match={"method": "GET", "path": path}, times=None, status=500)
        acme.remove_connection(one.id)
        await queue.until(lambda events: len(events) == 1)
        await asyncio.to_thread(acme.add_connection, "New")
        await queue.until(lambda events: len(events) == 2)
        acme.faults.clear()
        await queue.until(lambda events: len(events) == 4)

    events = driven(options_for(acme, interval=1, compare_interval=1), story)
    assert [event["event"] for event in events] == [
        "tenant_failed",
        "connection_created",
        "tenant_recovered",
        "connection_deleted",
    ]
    assert f"data-connections/{one.id}" in events[0]["message"]
    assert "500" in events[0]["message"]


def test_a_list_that_lags_behind_by_a_change_of_the_same_moment_is_none(acme: Tenant) -> None:
    made = acme.add_connection("A")
    watch = watch_of(acme)
    looked(watch)
    before = listed_now(acme, watch)
    acme.edit_connection(made.id, name="B", updated=before[0]["updated"])
    assert kinds(compared(watch)) == [("connection_updated", "B")]
    listing(acme, "/data-connections\\?", lambda _data: before, 1)
    assert compared(watch) == []
    assert compared(watch) == []


@pytest.mark.parametrize("end", ["another process", "another address"])
def test_what_was_told_as_deleted_stays_so_beyond_a_watch(acme: Tenant, tmp_path: Path, end: str) -> None:
    acme.add_connection("A")
    gone = acme.add_connection("B")
    watch = watch_of(acme, state_dir=str(tmp_path))
    looked(watch)
    before = listed_now(acme, watch)
    acme.remove_connection(gone.id)
    assert kinds(compared(watch)) == [("connection_deleted", "B")]
    listing(acme, "/data-connections\\?", lambda _data: before, 1)
    next_one = watch_of(acme, state_dir=str(tmp_path))
    if end == "another address":
        next_one = tenant_module.TenantWatch(watch.tenant, watch._options, watch.memory)
    assert looked(next_one) == []
    assert compared(next_one) == []


def test_what_the_version_before_kept_is_read(acme: Tenant, tmp_path: Path) -> None:
    acme.add_connection("A")
    looked(watch_of(acme, state_dir=str(tmp_path)))
    (file,) = tmp_path.iterdir()
    content = json.loads(file.read_text())
    del content["deleted"]
    file.write_text(json.dumps(content))
    acme.add_connection("B")
    assert kinds(looked(watch_of(acme, state_dir=str(tmp_path)))) == [("connection_created", "B")]


def test_one_of_many_in_doubt_that_gives_no_answer_is_told_once(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not each look asks for all of them."""
    monkeypatch.setattr(tenant_module, "_MOST_CONFIRMED", 10)
    watch = watch_of(acme)
    made = [acme.add_connection(f"C{number}") for number in range(13)]
    looked(watch)
    bad = made[0].id
    listing(acme, "/data-connections\\?", lambda data: [{**one, "qName": "lagging"} for one in data], 999)
    acme.add_fault("status", match={"method": "GET", "path": f"data-connections/{bad}"}, status=410, times=None)
    failures = []
    for _look in range(40):
        watch._compared = None
        look = watch.look()
        watch.handed_over(look)
        failures.append(look.failure is not None)
    told = failures.index(True)
    assert all(failures[told:])
    acme.faults.clear()
    watch._compared = None
    assert watch.look().failure is None


def test_deletions_are_told_whatever_many_others_answer(acme: Tenant) -> None:
    watch = watch_of(acme)
    made = [acme.add_connection(f"C{number}") for number in range(15)]
    looked(watch)
    for one in made:
        acme.remove_connection(one.id)
    for one in made[5:]:
        acme.add_fault("status", match={"method": "GET", "path": f"data-connections/{one.id}"}, status=410, times=None)
    events: Events = []
    for _look in range(11):
        watch._compared = None
        look = watch.look()
        watch.handed_over(look)
        events += look.events
    assert sorted(kinds(events)) == [("connection_deleted", f"C{number}") for number in range(5)]
