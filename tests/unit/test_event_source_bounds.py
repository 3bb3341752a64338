"""What a look of the event source may take, whatever a tenant answers; and that nothing goes on when it is over."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import bounds
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import tenant as tenant_module
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import read_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import TenantWatch, watched

from tests.emulator import Tenant
from tests.unit.rawserver import Speak, serving, trickle
from tests.unit.test_event_source import Collected, driven, looked, watch_of

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"
TOKEN = "x" * 20


def watch_at(url: str, **more: Any) -> TenantWatch:
    options = read_options({"tenant_url": url, "access_token": TOKEN, **more})
    return TenantWatch(watched({**options.connection, **options.tenants[0]}, {}), options)


def answering(status: int, *, after: float = 0.0, headers: bytes = b"", body: bytes = b"{}") -> Speak:
    head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n" % status

    def speak(connection: socket.socket) -> None:
        time.sleep(after)
        connection.sendall(head + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return speak


def looking() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("qlik_connections")]


@pytest.mark.parametrize(
    "speak",
    [
        answering(503, after=0.7),
        answering(503, headers=b"Retry-After: 2\r\n"),
        answering(429, headers=b"Retry-After: 1\r\n"),
        answering(429, after=0.4),
        trickle(HEAD, b" "),
    ],
)
def test_a_look_takes_no_longer_than_it_may(speak: Speak) -> None:
    with serving(speak) as server:
        watch = watch_at(server.url, poll_seconds=1, timeout=30)
        begun = time.monotonic()
        with pytest.raises(QlikError):
            watch.look()
        assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("speak", [answering(503, after=0.2), trickle(HEAD, b" "), lambda _c: time.sleep(20)])
def test_nothing_goes_on_after_a_cancellation(speak: Speak) -> None:
    async def story(_queue: Collected) -> None:
        while not server.requests:
            await asyncio.sleep(0.02)

    with serving(speak) as server:
        begun = time.monotonic()
        driven({"tenant_url": server.url, "access_token": TOKEN}, story)
        assert time.monotonic() - begun < 3
        asked = len(server.requests)
        assert looking() == []
        time.sleep(1)
        assert len(server.requests) == asked


def test_a_tenant_is_not_asked_before_the_time_that_it_names() -> None:
    async def story(queue: Collected) -> None:
        await queue.until(bool)
        await asyncio.sleep(3)

    with serving(answering(429, headers=b"Retry-After: 600\r\n")) as server:
        (event,) = driven({"tenant_url": server.url, "access_token": TOKEN, "interval": 1}, story)
        assert event["event"] == "tenant_failed"
        assert len(server.requests) == 1


@pytest.mark.parametrize("cache", ["off", "on"])
def test_a_token_is_fetched_once_and_not_for_each_look(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    if cache == "off":
        monkeypatch.setenv("QLIK_TOKEN_CACHE", "off")
    options = read_options({"tenant_url": acme.url, "client_id": "client-acme", "client_secret": "secret-acme"})
    watch = TenantWatch(watched({**options.connection, **options.tenants[0]}, {}), options)
    for _look in range(3):
        looked(watch)
    assert [entry.path for entry in acme.log].count("/oauth/token") == 1
    acme.expire_tokens()
    looked(watch)
    assert [entry.path for entry in acme.log].count("/oauth/token") == 2


def test_what_is_seen_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ITEMS", 50)
    monkeypatch.setattr(tenant_module, "MOST_ITEMS", 50)
    made = 0

    def others(connection: socket.socket) -> None:
        """Each list holds connections that none held before, and none of them can be read by itself."""
        nonlocal made
        if b"/data-connections?" not in server.requests[-1]:
            answering(404)(connection)
            return
        moments = dict.fromkeys(("created", "updated"), "2026-11-27T01:00:00Z")
        whole = {"qName": "n", "datasourceID": "postgres", "user": "u", **moments}
        items = [{"qID": f"id-{made + number}", **whole} for number in range(20)]
        made += 20
        answering(200, body=json.dumps({"data": items}).encode())(connection)

    with serving(others) as server:
        watch = watch_at(server.url)
        for _look in range(12):
            looked(watch)
            assert watch.memory.seen
            assert len(watch.memory.seen) <= 50


def test_our_clock_may_be_years_behind(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    class Behind(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # only its year matters
            return datetime(2020, 1, 1, tzinfo=tz or UTC)

    monkeypatch.setattr(tenant_module, "datetime", Behind)
    acme.add_connection("First")
    watch = watch_of(acme)
    looked(watch)
    looked(watch)
    acme.reset_log()
    looked(watch)
    assert "updated gt" in acme.log[0].query["filter"][0]
