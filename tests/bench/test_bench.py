"""The bench itself works: its smallest form, judged by what the tenants were asked. How long anything took is for
people to read.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import sections
from tests.bench.rows import Row, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """The folder of the page, and the rows."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "tests.bench", "--smallest", "--output", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".cache/collections")}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, load(folder / "results.json")[1]


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
    assert asked(measured[1], "fleet") == {sections.DEBUG: (0, 0), sections.ROLE: (6, 0), sections.PROVISION: (6, 0)}
    assert asked(measured[1], "tenants")[sections.ROLE] == (4, 0)
    assert set(asked(measured[1], "connections").values()) == {(2, 0)}
    assert {counts for way, counts in asked(measured[1], "far tenants").items() if way != sections.DEBUG} == {(4, 0)}


def test_the_page_shows_every_row(measured: tuple[Path, list[Row]]) -> None:
    folder, rows = measured
    page = (folder / "performance.md").read_text()
    assert sum(
        line.startswith("|") and any(f" {row.method} " in line for row in rows) for line in page.splitlines()
    ) >= len(rows)
    for name in ("performance.svg", "performance-connections.svg", "performance-tenants.svg"):
        assert f"({name})" in page
        assert (folder / name).read_text().startswith("<svg")
