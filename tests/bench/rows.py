"""What a bench gives: a row for each thing that was measured, and what it was measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.measuring import Command, Figures, measure, median


@dataclass(frozen=True)
class Case:
    """One thing to measure, and what its row says of it:
    `items` connections of each of `tenants` tenants are handled.
    """

    section: str
    method: str
    state: str
    connections: int
    items: int
    tenants: int
    latency: int
    command: Command


@dataclass(frozen=True)
class Row:
    """The medians of one case."""

    section: str
    method: str
    state: str
    connections: int
    items: int
    tenants: int
    latency: int
    runs: int
    figures: Figures

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Row:
        return cls(**{**data, "figures": Figures(**data["figures"])})


def side_by_side(cases: Sequence[Case], runs: int, say: Callable[[str], None], *, memory: bool = False) -> list[Row]:
    """Measure cases in turns, so that a machine that gets slower does so for all of them.

    With C(memory), and where there are no runs, a first round looks at the memory; its times don't count.
    """
    rounds = [True] * (memory or not runs) + [False] * runs
    found: dict[int, list[Figures]] = {number: [] for number in range(len(cases))}
    for looks_at_memory in rounds:
        for number, case in enumerate(cases):
            found[number].append(measure(case.command, look_at_memory=looks_at_memory))
    rows = []
    for number, case in enumerate(cases):
        told = {name: getattr(case, name) for name in Row.__dataclass_fields__ if name not in ("runs", "figures")}
        rows.append(Row(**told, runs=runs, figures=median(found[number])))
        figures = rows[-1].figures
        what = f"{case.tenants} x {case.items} of {case.connections} {case.state}, {case.latency} ms"
        say(f"{case.section:12} {case.method:32} {what:44} {figures.wall:8.2f} s {figures.cpu:8.2f} s CPU")
    return rows


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "ansible-core": version("ansible-core"),
        "load": round(os.getloadavg()[0], 1),
    }


def save(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """Keep what was measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"about": about, "rows": [asdict(row) for row in rows]}, indent=1))


def load(path: Path) -> tuple[dict[str, Any], list[Row]]:
    """What was kept; nothing when there is nothing."""
    if not path.exists():
        return {}, []
    data = json.loads(path.read_text())
    return data["about"], [Row.from_dict(row) for row in data["rows"]]
