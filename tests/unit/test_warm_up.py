"""What is done once before Ansible forks: a whole job that says "as declared", and that nobody else notices."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.action.qlik_data_connections import ActionModule
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Transport
from ansible_collections.qlikops.cloud.plugins.plugin_utils import _warm_up
from ansible_collections.qlikops.cloud.plugins.plugin_utils._warm_up import CONNECTIONS, rehearse, warm_up

CANARY = "canary-of-the-environment"


def rehearsed() -> dict[str, Any]:
    return rehearse(ActionModule.job, ActionModule.check)


def test_it_does_the_whole_job_of_a_tenant_that_is_as_declared() -> None:
    result = rehearsed()
    assert not result["changed"], result
    assert "failed" not in result, result
    assert "warnings" not in result, result
    assert result["summary"]["unchanged"] == CONNECTIONS
    assert (result["requests"]["reads"], result["requests"]["writes"]) == (2, 0)


def test_nothing_leaves_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_given: Any) -> None:
        raise AssertionError("something was to be reached")

    monkeypatch.setattr(socket.socket, "connect", reached)
    monkeypatch.setattr(socket, "getaddrinfo", reached)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert rehearsed()["summary"]["unchanged"] == CONNECTIONS


def test_the_users_own_settings_take_no_part_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    answer = _warm_up._answer

    def noted(request: bytes) -> bytes:
        sent.append(request)
        return answer(request)

    monkeypatch.setattr(_warm_up, "_answer", noted)
    for name in ("QLIK_TENANT_URL", "QLIK_API_KEY", "QLIK_CLIENT_ID", "QLIK_CLIENT_SECRET", "QLIK_CONTEXT"):
        monkeypatch.setenv(name, CANARY)
    assert rehearsed()["summary"]["unchanged"] == CONNECTIONS
    assert len(sent) == 2
    assert CANARY.encode() not in b"".join(sent)


def test_nothing_of_it_stays_open() -> None:
    rehearsed()
    open_before, running = sorted(os.listdir("/proc/self/fd")), threading.active_count()
    rehearsed()
    assert sorted(os.listdir("/proc/self/fd")) == open_before
    assert threading.active_count() == running


def test_other_sessions_are_what_they_were() -> None:
    rehearsed()
    assert TenantSession.transport is Transport
    assert Transport.connections_to.__name__ == "connections_to"


def test_what_goes_wrong_in_it_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(_warm_up, "rehearse", broken)
    warm_up(ActionModule.job, ActionModule.check)
