"""What a test can have done beside a request, and cursors that expire."""

from __future__ import annotations

import threading

import pytest
import requests

from tests.emulator import Emulator, Tenant
from tests.unit.emulator.conftest import Client, error_of


def test_a_hook_runs_before_a_request_is_handled(admin: Client, acme: Tenant) -> None:
    made = acme.add_connection("A")
    acme.add_hook("before", lambda _entry, _answer: acme.remove_connection(made.id), match={"method": "PATCH"})
    assert admin("GET", f"data-connections/{made.id}").status_code == 200
    assert admin.patch(made.id, ("replace", "/qName", "B")).status_code == 404


def test_a_hook_may_talk_to_the_tenant_itself(admin: Client, acme: Tenant) -> None:
    acme.add_hook(
        "before",
        lambda _entry, _answer: admin("GET", "data-sources").raise_for_status(),
        match={"path": "/spaces"},
        times=1,
    )
    assert admin("GET", "spaces").status_code == 200
    assert [entry.path.rsplit("/", 1)[1] for entry in acme.log] == ["spaces", "data-sources"]


def test_a_hook_sees_and_changes_the_answer_of_the_request_it_is_meant_for(admin: Client, acme: Tenant) -> None:
    seen = []

    def act(entry: object, answer: object) -> None:
        seen.append((getattr(entry, "path", ""), getattr(answer, "status", 0)))
        setattr(answer, "raw", b"[1]")  # noqa: B010 - as a test's lambda does it

    acme.add_hook("after", act, after=1)
    assert [admin("GET", "spaces").json() == [1] for _ in range(3)] == [False, True, False]
    assert seen == [("/api/v1/spaces", 200)]
    with pytest.raises(ValueError, match="before or after"):
        acme.add_hook("while", act)


def test_a_cursor_may_expire(admin: Client, acme: Tenant) -> None:
    for name in "ABC":
        acme.add_connection(name)
    first = admin("GET", "data-connections?limit=2").json()
    acme.add_fault("expired_cursor", status=410)
    assert admin("GET", "data-connections?limit=2").status_code == 200
    refused = admin("GET", first["links"]["next"]["href"])
    assert refused.status_code == 410
    assert "expired" in error_of(refused)["detail"]
    assert len(admin("GET", first["links"]["next"]["href"]).json()["data"]) == 1


def test_settling_waits_for_what_was_sent_and_given_up(emulator: Emulator, acme: Tenant) -> None:
    go_on = threading.Event()
    acme.add_hook("before", lambda _entry, _answer: go_on.wait(10), match={"method": "POST"})
    headers = {"Authorization": f"Bearer {acme.api_key}"}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(
            f"{acme.url}/api/v1/spaces", json={"name": "Late", "type": "shared"}, headers=headers, timeout=0.1
        )
    assert acme.spaces == {}
    threading.Timer(0.05, go_on.set).start()
    emulator.settle()
    assert [space.name for space in acme.spaces.values()] == ["Late"]
