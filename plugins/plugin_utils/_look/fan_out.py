# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same for many tenants at once: by threads, in as many processes as there are processors.

Waiting for tenants takes threads; comparing what they hold takes processors, of which Python's threads share one. A
tenant that doesn't answer has its own time, and is then left alone: its thread ends with the process.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import select
import threading
import time
import typing as t
from collections.abc import Callable, Sequence

Result = dict[str, t.Any]
Work = Callable[[], "Result | None"]
Prepare = Callable[[str], "Work | None"]
GoesOn = Callable[[], bool]

# So many tenants are worth a process.
_WORTH_A_PROCESS = 25
_LOOK_AGAIN_SECONDS = 0.5
_PART_BYTES = 1 << 20
# For so long in all, and so long for each host, may be waited while hosts are prepared.
_WAITED_SECONDS = 10.0
_WAITED_FOR_ONE = 0.05


class Bounds(t.NamedTuple):
    """How many tenants at the same time, in how many processes at most, and for how many seconds each."""

    tenants: int
    processes: int
    seconds: float


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def for_each(hosts: Sequence[str], prepare: Prepare, bounds: Bounds) -> dict[str, Result]:
    """What the work for each host gave, without hosts for which there is none, that gave nothing, or took too long.

    C(prepare) is called for one host after the other; what it gives, in a thread. So no more than C(tenants) of them
    lie in memory at once. Where C(prepare) waits much, as lookups of a vault do, the rest is left out: tasks of Ansible
    wait for many hosts at the same time. When the process that began all this ends, so does this.
    """
    number = max(1, min(bounds.processes, bounds.tenants, len(hosts) // _WORTH_A_PROCESS))
    shares = [hosts[start::number] for start in range(number)]
    threads = -(-bounds.tenants // number)
    goes_on = _while_child_of(os.getppid())
    children: list[_Child] = []
    try:
        for share in shares[1:]:
            # One after the other: those that are there are ended, should there be no process for the next.
            children.append(_Child(share, prepare, threads, bounds.seconds))  # noqa: PERF401
        found = _Threads(prepare, threads, bounds.seconds, goes_on).run(shares[0])
        for child in children:
            found |= child.results(goes_on)
    finally:
        for child in children:
            child.end()
    return found


def _while_child_of(parent: int) -> GoesOn:
    """Whether the process that began this is still there."""
    return lambda: os.getppid() == parent


class _Child:
    """A process that does a share, and says what came of it."""

    def __init__(self, share: Sequence[str], prepare: Prepare, threads: int, seconds: float) -> None:
        self._reading, writing = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid:
            os.close(writing)
            return
        try:
            os.close(self._reading)
            found = _Threads(prepare, threads, seconds, _while_child_of(parent)).run(share)
            with os.fdopen(writing, "wb") as stream:
                stream.write(json.dumps(found).encode("utf-8", "surrogatepass"))
        finally:
            # Whatever happened: what stands above this in the stack is the other process's business.
            os._exit(0)

    def results(self, goes_on: GoesOn) -> dict[str, Result]:
        """What came of the share; nothing where the process ended before it could say so, or nobody waits any more."""
        content = b""
        more = True
        waiting = select.poll()
        waiting.register(self._reading, select.POLLIN)
        while more and goes_on():
            if waiting.poll(1000 * _LOOK_AGAIN_SECONDS):
                part = os.read(self._reading, _PART_BYTES)
                content += part
                more = bool(part)
        try:
            found: dict[str, Result] = json.loads(content.decode("utf-8", "surrogatepass"))
        except ValueError:
            return {}
        return found

    def end(self) -> None:
        os.close(self._reading)
        with contextlib.suppress(OSError):
            os.kill(self._pid, 9)
        with contextlib.suppress(OSError):
            os.waitpid(self._pid, 0)


class _Threads:
    """A thread for each host, a few at a time."""

    def __init__(self, prepare: Prepare, most: int, seconds: float, goes_on: GoesOn) -> None:
        self._prepare = prepare
        self._most = most
        self._seconds = seconds
        self._goes_on = goes_on
        self._began: dict[str, float] = {}
        self._given_up = 0
        self._prepared = 0
        self._waited = 0.0
        self._ended: queue.SimpleQueue[tuple[str, Result | None]] = queue.SimpleQueue()
        self._found: dict[str, Result] = {}

    def run(self, hosts: Sequence[str]) -> dict[str, Result]:
        """Do all of them. Where so many hang that something is wrong with more than single tenants, no further one."""
        with _young_cycles_only():
            for host in hosts:
                work = self._prepared_work(host)
                while len(self._began) >= self._most and self._goes_on():
                    self._settle()
                if self._given_up >= self._most or self._waits_too_much() or not self._goes_on():
                    break
                if work is not None:
                    self._start(host, work)
            while self._began and self._goes_on():
                self._settle()
        return self._found

    def _prepared_work(self, host: str) -> Work | None:
        # What its threads do meanwhile isn't waiting.
        began, worked = time.monotonic(), time.process_time()
        work = self._prepare(host)
        self._waited += max(0.0, time.monotonic() - began - (time.process_time() - worked))
        self._prepared += 1
        return work

    def _waits_too_much(self) -> bool:
        return self._waited > _WAITED_SECONDS and self._waited > _WAITED_FOR_ONE * self._prepared

    def _start(self, host: str, work: Work) -> None:
        def do() -> None:
            result = None
            # What it says, Python would print; the ordinary way says it without secrets.
            with contextlib.suppress(Exception):
                result = work()
            self._ended.put((host, result))

        self._began[host] = time.monotonic()
        # Nobody waits for it at the end.
        threading.Thread(target=do, daemon=True).start()

    def _settle(self) -> None:
        """Wait until one has ended, or until one has had its time."""
        oldest = next(iter(self._began))
        left = self._began[oldest] + self._seconds - time.monotonic()
        if left <= 0:
            del self._began[oldest]
            self._given_up += 1
            return
        try:
            host, result = self._ended.get(timeout=min(left, _LOOK_AGAIN_SECONDS))
        except queue.Empty:
            return
        if self._began.pop(host, None) is not None and result is not None:
            self._found[host] = result


@contextlib.contextmanager
def _young_cycles_only() -> t.Iterator[None]:
    """The search for cycles goes through what is made from here on, and not through all that Ansible holds."""
    gc.freeze()
    gc.enable()
    yield
