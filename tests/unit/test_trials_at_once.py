"""On how many tenants connections are tried at the same time: who waits for a turn, and that turns are taken."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.qlikops.cloud.plugins.action import qlik_data_connections
from ansible_collections.qlikops.cloud.plugins.plugin_utils import _turns
from ansible_collections.qlikops.cloud.plugins.plugin_utils._in_process import TenantAction
from ansible_collections.qlikops.cloud.plugins.plugin_utils._turns import taking_turns

HOLD = """
import sys, time
from ansible_collections.qlikops.cloud.plugins.plugin_utils._turns import taking_turns
with taking_turns(sys.argv[1], "tests", int(sys.argv[2])):
    print("holds", flush=True)
    time.sleep(float(sys.argv[3]))
"""


class Action(qlik_data_connections.ActionModule):
    """The action as far as it needs no Ansible around it."""

    _supports_async = False

    def __init__(self, *, check_mode: bool) -> None:
        self._task = SimpleNamespace(check_mode=check_mode, delegate_to=None)
        self._templar = SimpleNamespace(template=lambda value: value)
        self._args = {"host_variables": True}


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tenants at a time a task was held to, each time that it took a turn."""
    taken: list[int] = []

    @contextlib.contextmanager
    def take(_folder: str, _what: str, most: int) -> Iterator[None]:
        taken.append(most)
        yield

    monkeypatch.setattr(qlik_data_connections, "taking_turns", take)
    monkeypatch.setattr(TenantAction, "_run_where_it_may", lambda *_given: {"changed": False})
    return taken


@pytest.mark.parametrize(
    ("options", "at_once", "tenants"),
    [
        ({}, {}, []),
        ({"verify": "never"}, {}, []),
        ({"verify": "changed"}, {}, [3]),
        ({"verify": "all"}, {"qlik_test_parallel": "10"}, [10]),
        ({"put_back": True}, {}, [3]),
        ({"put_back": "true"}, {"qlik_test_parallel": 1}, [1]),
        ({"put_back": "false"}, {}, []),
        ({"verify": ""}, {}, []),
        ({"verify": "all"}, {"qlik_test_parallel": 0}, [1]),
        ({"verify": "all"}, {"qlik_test_parallel": "-1"}, [1]),
        ({"verify": "all"}, {"qlik_test_parallel": None}, [3]),
    ],
)
def test_only_a_run_that_tries_is_held_back(
    turns: list[int], options: dict[str, Any], at_once: dict[str, Any], tenants: list[int]
) -> None:
    assert Action(check_mode=False)._run_where_it_may(options, at_once) == {"changed": False}
    assert turns == tenants
    turns.clear()
    Action(check_mode=True)._run_where_it_may(options, at_once)
    assert turns == []


def test_what_is_no_number_of_tenants_is_said(turns: list[int]) -> None:
    with pytest.raises(AnsibleError, match="qlik_test_parallel must be a number of tenants"):
        Action(check_mode=False)._run_where_it_may({"verify": "all"}, {"qlik_test_parallel": "three"})
    assert turns == []


def hold(folder: Path, most: int, seconds: float) -> subprocess.Popen[str]:
    """A process that holds a place for so long."""
    command = [sys.executable, "-c", HOLD, str(folder), str(most), str(seconds)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_no_more_than_so_many_at_a_time_and_the_killed_hold_nobody_up(tmp_path: Path) -> None:
    first = [hold(tmp_path, 2, 60) for _ in range(2)]
    for process in first:
        assert process.stdout
        assert process.stdout.readline() == "holds\n"
    assert [_turns._free_place(str(tmp_path), "tests", 2) for _ in range(3)] == [None] * 3
    other = _turns._free_place(str(tmp_path), "others", 2)
    assert other is not None
    os.close(other)

    waiting = hold(tmp_path, 2, 0)
    time.sleep(0.3)
    assert waiting.poll() is None
    first[1].send_signal(signal.SIGKILL)
    first[1].communicate()
    assert waiting.communicate(timeout=30)[0] == "holds\n"
    first[0].kill()
    first[0].communicate()
    before = len(os.listdir("/dev/fd"))
    with taking_turns(str(tmp_path), "tests", 1_000_000):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["others-0", "tests-0", "tests-1"]
    assert len(os.listdir("/dev/fd")) == before


class OutOfTimeError(Exception):
    """What Ansible raises when a task's time is over, by the alarm that it set."""


def test_waiting_for_a_turn_is_no_part_of_the_tasks_time(tmp_path: Path) -> None:
    def ring(_signal: int, _frame: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        holder = hold(tmp_path, 1, 2)
        assert holder.stdout
        assert holder.stdout.readline() == "holds\n"
        signal.alarm(1)
        # From its turn on its time runs.
        with taking_turns(str(tmp_path), "tests", 1), pytest.raises(OutOfTimeError):
            time.sleep(10)
        holder.communicate()
        assert signal.alarm(0) == 0
        # Without a timeout none is set.
        with taking_turns(str(tmp_path), "tests", 1):
            assert signal.alarm(0) == 0
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


RUN = """
import subprocess, sys, time
waiting = subprocess.Popen([sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
print(waiting.pid, flush=True)
time.sleep(60)
"""


def test_who_waits_does_nothing_after_the_end_of_the_run(tmp_path: Path) -> None:
    holder = hold(tmp_path, 1, 60)
    assert holder.stdout
    assert holder.stdout.readline() == "holds\n"
    command = [sys.executable, "-c", RUN, HOLD, str(tmp_path), "1", "0"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert run.stdout
    int(run.stdout.readline())
    time.sleep(1.5)
    run.kill()
    time.sleep(0.5)
    holder.kill()
    holder.communicate()
    # The pipes are those of who waits, too: they end with it.
    output, errors = run.communicate(timeout=30)
    assert "holds" not in output
    assert "the run ended before it was this host's turn" in errors


def test_a_folder_in_which_nothing_can_be_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_place: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    before = len(os.listdir("/dev/fd"))
    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(AnsibleError) as no_locks, taking_turns(str(tmp_path), "tests", 3):
        pytest.fail("nothing is done without a place")
    with pytest.raises(AnsibleError) as no_folder, taking_turns(str(tmp_path / "none"), "tests", 3):
        pytest.fail("nothing is done without a place")
    assert f"Nothing was done, since files can't be locked in {tmp_path}: No locks available." in str(no_locks.value)
    assert "ANSIBLE_LOCAL_TEMP" in str(no_folder.value)
    assert len(os.listdir("/dev/fd")) == before
