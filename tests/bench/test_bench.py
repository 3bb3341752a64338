"""The bench itself works: its smallest form, judged by what the tenants were asked. How long anything took is for
people to read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import rows as bench_rows
from tests.bench import sections
from tests.bench.measuring import Command, Figures, measure
from tests.bench.rows import Row, load
from tests.integration.forking import FORKS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """The folder of the page, and the rows: of one section measured as it is, of the others asked the same by forks."""
    folder = tmp_path_factory.mktemp("bench")
    arguments = ["--smallest", "--output", str(folder)]
    command = [sys.executable, "-m", "tests.bench", *arguments, "--only", "tenants"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".cache/collections")}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    others = [word for section in sections.SECTIONS if section != "tenants" for word in ("--only", section)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench_rows, "measure", measure_forked)
        patch.setattr(sys, "argv", ["bench", *arguments, *others])
        bench.main()
    return folder, load(folder / "performance.json")[1]


def measure_forked(command: Command, *, look_at_memory: bool) -> Figures:
    """What `measure` gives, of a run that is forked where that is the same, see `forking`."""
    words = [str(word) for word in command.arguments]
    environment = {**os.environ, **command.environment}
    command.prepare()
    began = time.perf_counter()
    run = FORKS.run(words, command.folder, environment, answer="", usual=True, timeout=240)
    if run is None:
        return measure(command, look_at_memory=look_at_memory)
    assert run.returncode == command.status, run.stdout + run.stderr
    wall = time.perf_counter() - began
    writes = sum(entry.writes for tenant in command.tenants for entry in tenant.log)
    requests = sum(len(tenant.log) for tenant in command.tenants)
    return Figures(wall, wall, None, requests - writes, writes, wall, wall)


def asked(rows: list[Row], section: str, **which: object) -> dict[str, tuple[int, int]]:
    """The reads and writes by way."""
    chosen = [
        row
        for row in rows
        if row.section == section and all(getattr(row, name) == value for name, value in which.items())
    ]
    return {row.method: (row.figures.reads, row.figures.writes) for row in chosen}


def test_every_way_writes_what_differs_and_only_the_uri_loop_more(measured: tuple[Path, list[Row]]) -> None:
    writes = {way: count for way, (_reads, count) in asked(measured[1], "one tenant", state="drifted").items()}
    assert writes == {
        sections.EMPTY_PLAY: 0,
        sections.BARE_PLAY: 0,
        sections.FLOOR: 2,
        sections.BULK: 2,
        sections.BULK_FILE: 2,
        sections.ROLE: 2,
        sections.BULK_MODULE: 2,
        sections.SINGLE: 1,
        sections.SINGLE_MODULE: 1,
        sections.URI: 2,
    }


def test_a_converged_tenant_costs_two_reads(measured: tuple[Path, list[Row]]) -> None:
    rows = measured[1]
    assert asked(rows, "fleet", state="converged", latency=0) == {
        sections.DEBUG: (0, 0),
        sections.ROLE: (6, 0),
        sections.ROLE_CHECKED: (6, 0),
        sections.PROVISION: (6, 0),
        # The one that sums up is read once more.
        sections.LOOK: (8, 0),
        sections.AUDIT: (8, 0),
    }
    assert asked(rows, "fleet", state="converged, TLS")[sections.ROLE] == (6, 0)
    assert asked(rows, "tenants")[sections.LOOK] == (6, 0)
    found = asked(rows, "connections")
    assert [found.pop(way) for way in (sections.EMPTY_PLAY, sections.BARE_PLAY)] == [(0, 0), (0, 0)]
    assert set(found.values()) == {(2, 0)}
    far = asked(rows, "far tenants")
    assert far.pop(sections.DEBUG) == (0, 0)
    assert far.pop(sections.LOOK) == (6, 0)
    assert set(far.values()) == {(4, 0)}


def test_where_all_have_drifted_all_are_written_to(measured: tuple[Path, list[Row]]) -> None:
    _reads, writes = asked(measured[1], "fleet", state="100 % drifted")[sections.LOOK]
    assert writes == 3


def test_the_data_holds_every_row_and_the_page_what_decides(measured: tuple[Path, list[Row]]) -> None:
    folder, rows = measured
    assert load(folder / "performance.json")[1] == rows
    assert all(row.figures.shortest <= row.figures.wall <= row.figures.longest for row in rows)
    page = (folder / "performance.md").read_text()
    for method in {row.method for row in rows}:
        assert f" {method} " in page
    for name in ("performance.svg", "performance-connections.svg", "performance-tenants.svg"):
        assert f"({name})" in page
        assert (folder / name).read_text().startswith("<svg")
