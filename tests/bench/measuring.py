"""How long a command takes, what it costs in CPU and memory, and what it asks the emulated tenants."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.emulator import Tenant

SAMPLE_SECONDS = 0.05


class BenchError(Exception):
    """A command failed, so that its figures would say nothing."""


@dataclass(frozen=True)
class Figures:
    """Of one run: seconds of wall and CPU (all of its processes), MiB at the peak (None: not measured), requests. Of
    several runs their medians, with the shortest and the longest wall time. C(load): of the machine, when it ended.
    """

    wall: float
    cpu: float
    memory: float | None
    reads: int
    writes: int
    shortest: float = 0
    longest: float = 0
    load: float = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Command:
    """What is run, what puts the tenants into their state first, and the tenants whose requests are counted. A command
    that ends with another C(status) than the expected one measures nothing.
    """

    arguments: Sequence[str]
    folder: Path
    prepare: Callable[[], None]
    tenants: Sequence[Tenant]
    environment: Mapping[str, str]
    status: int = 0


def measure(command: Command, *, look_at_memory: bool = False) -> Figures:
    """Run once. Looking at the memory takes time from what is looked at, so its run gives no times.
    Raises BenchError.
    """
    command.prepare()
    output = command.folder / "output.txt"
    with output.open("wb") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env={**os.environ, **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        memory = _watch(process.pid) if look_at_memory else None
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != command.status:
        raise BenchError(f"{' '.join(command.arguments)} failed:\n{output.read_text()[-4000:]}")
    log = [entry for tenant in command.tenants for entry in tenant.log]
    writes = sum(entry.writes for entry in log)
    cpu = usage.ru_utime + usage.ru_stime
    return Figures(wall, cpu, memory, len(log) - writes, writes, wall, wall, round(os.getloadavg()[0], 1))


def median(runs: Iterable[Figures]) -> Figures:
    """The median of each figure; times are those of the runs whose memory wasn't looked at."""
    runs = list(runs)
    timed = [run for run in runs if run.memory is None] or runs
    peaks = [run.memory for run in runs if run.memory is not None]
    return Figures(
        statistics.median(run.wall for run in timed),
        statistics.median(run.cpu for run in timed),
        max(peaks, default=None),
        round(statistics.median(run.reads for run in runs)),
        round(statistics.median(run.writes for run in runs)),
        min(run.wall for run in timed),
        max(run.wall for run in timed),
        max(run.load for run in timed),
    )


def _watch(pid: int) -> float | None:
    """The peak of the memory of a process with all that it started, in MiB, until it ends; None where the system
    doesn't tell.

    Forked processes share most of their memory; each page is counted once (PSS).
    """
    peak = 0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, sum(_proportional_kib(one) for one in _tree(pid)))
        time.sleep(SAMPLE_SECONDS)
    return peak / 1024 if peak else None


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _proportional_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
