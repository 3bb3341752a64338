# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the same for many tenants at once: nobody waits for one that hangs, and nobody's memory holds all of them."""

from __future__ import annotations

import os
import select
import threading
import time
from functools import partial
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look import fan_out
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.fan_out import Bounds, Work, for_each
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.hosts import choose, pattern_of, pays
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found

HOSTS = [f"t{number}" for number in range(60)]


def works(host: str) -> dict[str, Any]:
    return {"host": host, "process": os.getpid()}


def broken() -> dict[str, Any]:
    raise KeyError("a defect")


@pytest.mark.parametrize("processes", [1, 2])
def test_all_are_done_by_their_own_work(processes: int) -> None:
    found = for_each(HOSTS, lambda host: partial(works, host), Bounds(8, processes, 10))
    assert {host: result["host"] for host, result in found.items()} == {host: host for host in HOSTS}
    assert len({result["process"] for result in found.values()}) == processes


def test_what_hangs_fails_or_says_nothing_is_left_out_and_holds_nobody_up() -> None:
    def prepare(host: str) -> Work | None:
        if host == "t0":
            return lambda: time.sleep(60)
        if host == "t1":
            return broken
        if host == "t2":
            return lambda: None
        return None if host == "t3" else partial(works, host)

    began = time.monotonic()
    found = for_each(HOSTS[:20], prepare, Bounds(2, 1, 1))
    assert time.monotonic() - began < 10
    assert set(found) == set(HOSTS[4:20])


def test_where_more_hang_than_are_looked_at_together_no_further_one_is_tried() -> None:
    tried: list[str] = []

    def prepare(host: str) -> Work:
        tried.append(host)
        return lambda: time.sleep(60)

    assert for_each(HOSTS[:20], prepare, Bounds(3, 1, 0.2)) == {}
    assert len(tried) < 8


def test_no_more_are_prepared_than_are_looked_at_together() -> None:
    lock = threading.Lock()
    ready = most = 0

    def work() -> dict[str, Any]:
        nonlocal ready
        time.sleep(0.005)
        with lock:
            ready -= 1
        return {}

    def prepare(_host: str) -> Work:
        nonlocal ready, most
        with lock:
            ready += 1
            most = max(most, ready)
        return work

    assert len(for_each(HOSTS, prepare, Bounds(4, 1, 10))) == len(HOSTS)
    assert most <= 5


def test_a_process_that_dies_takes_only_its_share_with_it() -> None:
    here = os.getpid()

    def prepare(host: str) -> Work:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        return partial(works, host)

    assert set(for_each(HOSTS, prepare, Bounds(4, 2, 10))) == set(HOSTS[::2])


def test_where_preparing_waits_much_the_rest_is_left_to_ansible_which_waits_for_many_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where each tenant's secret is looked up in a vault that is far away."""
    monkeypatch.setattr(fan_out, "_WAITED_SECONDS", 0.3)

    def prepare(host: str) -> Work:
        time.sleep(0.1)
        return partial(works, host)

    assert 1 <= len(for_each(HOSTS, prepare, Bounds(4, 1, 10))) <= 5
    # Much for all of them isn't much for each.
    monkeypatch.setattr(fan_out, "_WAITED_FOR_ONE", 0.5)
    assert len(for_each(HOSTS[:10], prepare, Bounds(4, 1, 10))) == 10


def test_all_of_it_ends_with_the_process_that_began_it() -> None:
    """Of an Ansible that was killed nothing goes on asking tenants."""
    reading, writing = os.pipe()
    ansible = os.fork()
    if not ansible:
        if not os.fork():
            os.write(writing, b"begun")
            for_each(HOSTS, lambda _host: lambda: time.sleep(60), Bounds(4, 2, 60))
            os._exit(0)
        time.sleep(60)
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 5) == b"begun"
    time.sleep(0.5)
    os.kill(ansible, 9)
    os.waitpid(ansible, 0)
    # The end of the pipe comes once nobody holds it any more.
    ready, _, _ = select.select([reading], [], [], 10)
    assert ready
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_somebody_is_left_for_what_sums_up() -> None:
    result: dict[str, Any] = {"changed": False}
    everyone = ["lost", "a", "b", "c"]
    some = {"a": result, "b": result}
    assert choose("provision", everyone, everyone[1:], some).rest == ["lost", "c"]
    assert choose("audit", everyone, everyone[1:], some).rest == ["lost", "a", "c"]
    all_of_them = {**some, "c": result}
    assert choose("provision", everyone, everyone[1:], all_of_them).rest == ["lost", "a"]
    # The names of these would mean something else as patterns.
    odd = {"!a": result, "x[1]": result, "eu": result, "b": result}
    assert choose("provision", list(odd), list(odd), odd, groups={"eu"}).rest == ["!a", "x[1]", "eu"]


def test_the_rest_is_named_or_the_others_are_left_out() -> None:
    assert pattern_of(Found(["a", "b"], ["a"], {"b": {}}), ["all"], {"all"}) == ["a"]
    assert pattern_of(Found(["x:y", "b"], ["x:y"], {"b": {}}), ["all"], {"all"}) == ["all", "!b"]


@pytest.mark.parametrize(
    ("given", "hosts", "expected"),
    [("auto", 19, False), ("auto", 20, True), (True, 1, True), ("no", 500, False), ("on", 1, True), (False, 99, False)],
)
def test_when_to_look(given: object, hosts: int, expected: bool) -> None:
    assert pays(given, hosts) is expected


def test_neither_yes_nor_no_is_said() -> None:
    with pytest.raises(ValueError, match="qlik_look_first is auto, true or false"):
        pays("sometimes", 3)
