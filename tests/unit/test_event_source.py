"""The event source of Event-Driven Ansible, driven as ansible-rulebook drives it, against emulated tenants."""

from __future__ import annotations

import asyncio
import json
import logging
import runpy
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import bounds, fleet
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import read_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import TenantWatch, watched

from tests.emulator import Emulator, Tenant
from tests.jobs import succeed
from tests.unit.rawserver import serving

SOURCE = Path(fleet.__file__).parents[3] / "extensions/eda/plugins/event_source/qlik_connections.py"
CANARY = "canary-password"
PATIENCE = 10.0

Events = list[dict[str, Any]]


def options_for(tenant: Tenant, **more: Any) -> dict[str, Any]:
    return {"tenant_url": tenant.url, "access_token": tenant.api_key, **more}


def watch_of(tenant: Tenant, **more: Any) -> TenantWatch:
    options = read_options(options_for(tenant, **more))
    return TenantWatch(watched({**options.connection, **options.tenants[0]}, {}), options)


def looked(watch: TenantWatch) -> Events:
    look = watch.look()
    watch.handed_over(look)
    return look.events


def kinds(events: Events) -> list[tuple[str, str]]:
    return [(event["event"], event["connection"]["name"]) for event in events]


def written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Collected:
    """The queue of ansible-rulebook: what was put into it."""

    def __init__(self) -> None:
        self.events: Events = []
        self._news = asyncio.Event()

    async def put(self, item: Any) -> None:
        self.events.append(item["qlik"])
        self._news.set()

    async def pause(self) -> None:
        await asyncio.sleep(0.05)

    async def until(self, enough: Callable[[Events], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not enough(self.events):
                self._news.clear()
                await self._news.wait()


def driven(args: Mapping[str, Any], story: Callable[[Collected], Awaitable[None]]) -> Events:
    """Run the source as ansible-rulebook does, by its file, while a story goes on; then cancel it."""

    async def both() -> Events:
        queue = Collected()
        source = asyncio.ensure_future(runpy.run_path(str(SOURCE))["main"](queue, dict(args)))
        telling = asyncio.ensure_future(story(queue))
        await asyncio.wait({source, telling}, return_when=asyncio.FIRST_COMPLETED)
        if source.done():
            telling.cancel()
            source.result()
        telling.result()
        source.cancel()
        with pytest.raises(asyncio.CancelledError):
            await source
        return queue.events

    return asyncio.run(both())


def test_what_is_created_changed_and_deleted_comes_once_and_in_words(acme: Tenant) -> None:
    sales = acme.add_space("Sales")
    old = acme.add_connection("Old", space="Sales", properties={"host": "db"}, secrets={"password": CANARY})
    watch = watch_of(acme, compare_interval=1)
    assert looked(watch) == []
    new = acme.add_connection(
        "New", space="Sales", properties={"host": "db"}, tags=["blue"], secrets={"password": CANARY}
    )
    acme.edit_connection(old.id, name="Older")
    created, updated = sorted(looked(watch), key=lambda event: event["event"])
    assert (created["event"], created["connection"]["id"]) == ("connection_created", new.id)
    assert (updated["event"], updated["changes"]) == ("connection_updated", ["name"])
    connection = created["connection"]
    assert (connection["owner_id"], connection["managed"], connection["tags"]) == (new.owner, False, ["blue"])
    assert (connection["space_id"], connection["data_source"]) == (sales.id, "postgres")
    assert created["tenant"] == {"name": acme.host, "url": acme.url, "host": acme.host}
    assert looked(watch) == []
    acme.remove_connection(old.id)
    watch._compared = None  # an hour later
    (deleted,) = looked(watch)
    assert (deleted["event"], deleted["connection"]["name"]) == ("connection_deleted", "Older")
    assert looked(watch) == []


def test_it_says_what_we_manage_and_tells_no_secret(acme: Tenant) -> None:
    acme.add_space("Sales")
    watch = watch_of(acme)
    looked(watch)
    definition = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "username": "reader"},
        "secrets": {"password": CANARY},
        "fingerprint_key": "canary-fingerprint-key",
    }
    succeed("qlik_data_connection", acme, definition)
    (event,) = looked(watch)
    assert event["connection"]["managed"] is True
    told = json.dumps(event)
    assert not [word for word in (CANARY, "db.example.com", "reader", "hmac", acme.api_key) if word in told]
    assert not [tag for tag in event["connection"]["tags"] if tag.startswith("qlikops.cloud:")]


def test_our_own_credentials_are_in_no_event_and_no_file(acme: Tenant, tmp_path: Path) -> None:
    acme.add_connection(f"before {acme.api_key}", tags=[f"a {acme.api_key}"])
    watch = watch_of(acme, state_dir=str(tmp_path))
    looked(watch)
    acme.add_connection(f"{acme.api_key} after", tags=[f"b {acme.api_key}"])
    (event,) = looked(watch)
    assert event["connection"]["name"].endswith(" after")
    (file,) = tmp_path.iterdir()
    assert acme.api_key not in json.dumps(event) + file.read_text()
    watch._compared = None
    assert looked(watch) == []


def test_a_look_costs_one_read_and_writes_nothing(acme: Tenant) -> None:
    for number in range(150):
        acme.edit_connection(acme.add_connection(f"C{number}").id, updated="2026-01-01T00:00:00Z")
    acme.add_connection("Newest")
    watch = watch_of(acme)
    looked(watch)
    acme.reset_log()
    looked(watch)
    lists = [entry for entry in acme.log if entry.path.endswith("/data-connections")]
    assert len(lists) == 1
    assert "updated gt" in lists[0].query["filter"][0]
    assert acme.writes() == []


@pytest.mark.parametrize("hours", [-30, -1, 1, 3])
def test_the_tenants_clock_need_not_be_ours(acme: Tenant, hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acme, "now", lambda: round(time.time(), 3) + hours * 3600)
    first = acme.add_connection("First")
    watch = watch_of(acme)
    looked(watch)
    looked(watch)
    acme.add_connection("Second")
    acme.edit_connection(first.id, tags=["x"])
    assert sorted(kinds(looked(watch))) == [("connection_created", "Second"), ("connection_updated", "First")]


def test_what_reaches_the_list_late_is_within_the_overlap(acme: Tenant) -> None:
    acme.add_connection("First")
    watch = watch_of(acme, overlap=120)
    looked(watch)
    looked(watch)
    late = acme.add_connection("Late")
    acme.edit_connection(late.id, updated=written(time.time() - 60))
    assert kinds(looked(watch)) == [("connection_created", "Late")]
    assert looked(watch) == []


def test_a_time_in_the_far_future_blinds_nobody(acme: Tenant) -> None:
    odd = acme.add_connection("Odd")
    acme.edit_connection(odd.id, updated=written(time.time() + 10 * 365 * 86400))
    acme.add_connection("First")
    watch = watch_of(acme)
    looked(watch)
    looked(watch)
    acme.add_connection("Second")
    assert kinds(looked(watch)) == [("connection_created", "Second")]


def test_a_restart_finds_what_changed_meanwhile(acme: Tenant, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    gone = acme.add_connection("Gone", secrets={"password": CANARY})
    acme.add_connection("Stays")
    looked(watch_of(acme, state_dir=str(folder)))
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert CANARY not in file.read_text()
    assert acme.api_key not in file.read_text()
    acme.remove_connection(gone.id)
    acme.add_connection("New")
    events = looked(watch_of(acme, state_dir=str(folder)))
    assert kinds(events) == [("connection_created", "New"), ("connection_deleted", "Gone")]
    assert looked(watch_of(acme, state_dir=str(folder))) == []


def test_what_was_not_handed_over_comes_again(acme: Tenant, tmp_path: Path) -> None:
    looked(watch_of(acme, state_dir=str(tmp_path)))
    acme.add_connection("New")
    assert kinds(watch_of(acme, state_dir=str(tmp_path)).look().events) == [("connection_created", "New")]
    assert kinds(watch_of(acme, state_dir=str(tmp_path)).look().events) == [("connection_created", "New")]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"version": 9}',
        '{"version": 1, "newest": 1, "seen": {}}',
        '{"version": 1, "newest": "", "seen": {}, "deleted": [[]]}',
        "[" * 9999,
    ],
)
def test_a_file_that_is_none_of_ours_is_a_first_look_with_a_warning(acme: Tenant, tmp_path: Path, content: str) -> None:
    looked(watch_of(acme, state_dir=str(tmp_path)))
    (file,) = tmp_path.iterdir()
    file.write_text(content)
    watch = watch_of(acme, state_dir=str(tmp_path))
    assert file.name in watch.problem
    acme.add_connection("New")
    assert looked(watch) == []


def test_a_folder_that_cannot_be_written_stops_nothing(
    acme: Tenant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")

    async def story(queue: Collected) -> None:
        await asyncio.sleep(1.5)
        await asyncio.to_thread(acme.add_connection, "New")
        await queue.until(bool)

    with caplog.at_level(logging.WARNING):
        events = driven(options_for(acme, interval=1, state_dir=str(tmp_path / "file/state")), story)
    assert kinds(events) == [("connection_created", "New")]
    assert "can't be written" in caplog.text


def test_a_tenant_that_fails_is_said_once_and_when_it_is_back(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "LONGEST_PAUSE_SECONDS", 1.0)

    async def story(queue: Collected) -> None:
        await queue.until(lambda events: len(events) == 1)
        await asyncio.sleep(2.5)
        acme.add_api_key("key-late", "admin")
        await queue.until(lambda events: len(events) == 2)

    events = driven(options_for(acme, access_token="key-late", interval=1), story)
    assert [event["event"] for event in events] == ["tenant_failed", "tenant_recovered"]
    assert "401" in events[0]["message"]
    assert events[1]["message"] == f"{acme.host} can be read again."
    assert "key-late" not in json.dumps(events)


def test_a_slow_tenant_and_one_that_is_not_there_hold_up_no_other(acme: Tenant) -> None:
    with serving(lambda _connection: time.sleep(3)) as slow:
        tenants = [
            {"name": "slow", "tenant_url": slow.url, "access_token": "x" * 20},
            {"name": "nobody", "tenant_url": "http://127.0.0.1:1", "access_token": "x" * 20},
            {"name": "good", "tenant_url": acme.url, "access_token": acme.api_key},
        ]

        async def story(queue: Collected) -> None:
            await asyncio.sleep(2.5)
            await asyncio.to_thread(acme.add_connection, "New")
            await queue.until(lambda events: "connection_created" in {event["event"] for event in events})

        events = driven({"tenants": tenants, "interval": 1, "poll_seconds": 2, "timeout": 1}, story)
    (created,) = [event for event in events if event["event"] == "connection_created"]
    assert created["tenant"]["name"] == "good"
    assert {event["tenant"]["name"] for event in events if event["event"] == "tenant_failed"} <= {"slow", "nobody"}


def test_a_list_without_an_end_ends(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ITEMS", 150)
    for number in range(250):
        acme.add_connection(f"C{number}")
    with pytest.raises(QlikError, match="more than 150 items"):
        watch_of(acme).look()


def test_texts_of_a_tenant_stay_texts_of_one_line(acme: Tenant) -> None:
    watch = watch_of(acme)
    looked(watch)
    acme.add_connection("{{ lookup('pipe', 'id') }}\n\x1b[31m" + "x" * 2000)
    (event,) = looked(watch)
    name = event["connection"]["name"]
    assert "\n" not in name
    assert "\x1b" not in name
    assert len(name) <= 512


@pytest.mark.parametrize("where", ["options", "environment"])
def test_tenants_of_an_organization_come_and_go(
    emulator: Emulator, acme: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    emulator.organization.add_oauth_client("org-id", "canary-org-secret")
    acme.subscription = "s1"
    args: dict[str, Any] = {
        "organization": {
            "client_id": "org-id",
            "client_secret": "canary-org-secret",
            "organization_url": emulator.organization.url,
            "subscriptions": ["s1"],
        },
        "clients": {acme.region: {"client_id": "client-acme", "client_secret": "secret-acme"}},
        "interval": 1,
        "state_dir": str(tmp_path),
    }
    if where == "environment":
        monkeypatch.setenv("QLIK_ORGANIZATION_CLIENT_ID", args["organization"].pop("client_id"))
        monkeypatch.setenv("QLIK_ORGANIZATION_CLIENT_SECRET", args["organization"].pop("client_secret"))
        monkeypatch.setenv("QLIK_CLIENT_ID", "client-acme")
        monkeypatch.setenv("QLIK_CLIENT_SECRET", "secret-acme")
        del args["clients"]
    part: dict[str, Any] = {"name": "globex", "subscription": "s1", "region": acme.region}
    part["oauth_clients"] = [{"client_id": "client-acme", "client_secret": "secret-acme"}]

    async def story(queue: Collected) -> None:
        await asyncio.sleep(2)
        globex = await asyncio.to_thread(emulator.add_tenant, part)
        await queue.until(lambda events: len(events) >= 1)
        await asyncio.sleep(2.5)
        await asyncio.to_thread(globex.add_connection, "New")
        await asyncio.to_thread(acme.add_connection, "Here")
        await queue.until(lambda events: len(events) >= 3)

    events = driven(args, story)
    assert (events[0]["event"], events[0]["tenant"]["name"]) == ("tenant_created", "globex")
    assert sorted((event["event"], event["tenant"]["name"]) for event in events[1:]) == [
        ("connection_created", "acme"),
        ("connection_created", "globex"),
    ]
    assert "canary" not in json.dumps(events)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"intervall": 5}, "Did you mean 'interval'?"),
        ({"interval": "often"}, "interval must be a number."),
        ({"interval": 0}, "interval must be 1 or more."),
        ({"interval": float("inf")}, "interval must be 31622400 or less."),
        ({"tenants": {"a": 1}}, "tenants must be a list"),
        ({"tenants": [{"tenant_urll": "x"}]}, "Did you mean 'tenant_url'?"),
        ({"tenants": [{"tenant_url": "x"}], "organization": {"client_id": "x"}}, "not both"),
        ({"client_secret": ["canary-secret"]}, "client_secret must be a text."),
        ({"organization": {"hostname": "nick"}}, "hostname must be one of"),
        ({"clients": {"eu": "canary-secret"}}, "clients must be a dictionary of regions"),
    ],
)
def test_mistakes_are_named_without_what_was_given(args: dict[str, Any], said: str) -> None:
    with pytest.raises(QlikError) as error:
        read_options(args)
    assert said in str(error.value)
    assert "canary" not in str(error.value)


def test_what_cannot_be_watched_ends_the_rulebook_with_the_reason(acme: Tenant) -> None:
    async def story(_queue: Collected) -> None:
        await asyncio.sleep(PATIENCE)

    with pytest.raises(Exception, match="no way to sign in was given"):
        driven({"tenant_url": acme.url}, story)
    twice = {"tenant_url": acme.url, "access_token": acme.api_key}
    with pytest.raises(Exception, match="twice"):
        driven({"tenants": [twice, twice], "eda_feedback_queue": None}, story)
