"""What is done once before Ansible forks: a whole job that says "as declared", and that nobody else notices."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.action.qlik_data_connections import ActionModule
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Transport
from ansible_collections.qlikops.cloud.plugins.plugin_utils import _warm_up
from ansible_collections.qlikops.cloud.plugins.plugin_utils._warm_up import CONNECTIONS, rehearse, warm_up

CANARY = "canary-of-the-environment"
# In how many seconds nobody can miss it.
HELD_UP = 6.0


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
    """What other tests left may be closed meanwhile."""
    rehearsed()
    open_before, running = set(os.listdir("/proc/self/fd")), set(threading.enumerate())
    rehearsed()
    assert set(os.listdir("/proc/self/fd")) <= open_before
    assert set(threading.enumerate()) <= running


def test_other_sessions_are_what_they_were() -> None:
    rehearsed()
    assert TenantSession.transport is Transport
    assert Transport.connections_to.__name__ == "connections_to"


def test_what_goes_wrong_in_it_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(_warm_up, "rehearse", broken)
    warm_up(ActionModule.job, ActionModule.check)


def test_a_socket_that_takes_little_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems are set up so."""
    pair = socket.socketpair

    def small(*given: Any) -> tuple[socket.socket, ...]:
        sockets = pair(*given)
        for one in sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            one.settimeout(HELD_UP)
        return sockets

    monkeypatch.setattr(socket, "socketpair", small)
    assert took() < HELD_UP / 2


@pytest.mark.parametrize("refused", [OSError(24, "Too many open files"), PermissionError(1, "Not permitted")])
def test_nobody_waits_for_it_where_there_are_no_sockets(monkeypatch: pytest.MonkeyPatch, refused: OSError) -> None:
    def none_left(*_given: Any) -> None:
        raise refused

    monkeypatch.setattr(socket, "socketpair", none_left)
    assert took() < HELD_UP / 2
    assert "failed" in rehearsed()


@pytest.mark.parametrize("error", [ValueError("disabled for FIPS"), OSError("none of it")])
def test_nobody_waits_for_an_answer_that_does_not_come(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def no_answer(_request: bytes) -> bytes:
        raise error

    monkeypatch.setattr(_warm_up, "_answer", no_answer)
    assert took() < HELD_UP / 2


def test_nobody_waits_for_a_half_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_warm_up, "_answer", lambda _request: b"HTTP/1.1 200 OK\r\n")
    assert took() < HELD_UP / 2


def test_no_log_tells_of_requests_that_are_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    before = logging.getLogger("urllib3").level
    warm_up(ActionModule.job, ActionModule.check)
    assert caplog.records == []
    assert logging.getLogger("urllib3").level == before


def took() -> float:
    """The seconds that the whole of it takes."""
    began = time.monotonic()
    warm_up(ActionModule.job, ActionModule.check)
    return time.monotonic() - began
