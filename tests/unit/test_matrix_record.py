"""A matrix that is run in pieces has one table, which claims nothing that wasn't run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import matrix
from tests.tools.matrix_record import FAILED, NOT_RUN, PASSED, Record, Result, add, show

TODAY = "2026-11-27"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[bool, str]]:
    """How the checks end, by their name; the matrix runs with nothing made and nothing run."""
    ends = {"pytest": (True, "600 passed"), "sanity": (True, "nothing found")}
    monkeypatch.setattr(matrix, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(matrix, "TABLE", tmp_path / "table.md")
    monkeypatch.setattr(matrix, "ready", lambda _venv, _requirements: True)
    monkeypatch.setattr(matrix, "find_pythons", lambda versions: {version: Path(version) for version in versions})
    monkeypatch.setattr(matrix, "CHECK", {name: lambda _environment, _wanted, name=name: ends[name] for name in ends})
    monkeypatch.setattr("tests.tools.matrix_record._git", lambda word, *_more: {"rev-parse": "1234567"}.get(word, ""))
    monkeypatch.setattr("time.strftime", lambda _format: TODAY)
    monkeypatch.setattr("tests.thoroughness.QUICK", False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return ends


def lines() -> dict[str, str]:
    """The table's lines by their ansible-core."""
    rows = matrix.TABLE.read_text().splitlines()[2:]
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def test_a_run_of_one_core_leaves_the_rows_of_the_others(runs: dict[str, tuple[bool, str]]) -> None:
    runs["pytest"] = (False, "12 failed, 603 passed")
    assert matrix.main(["--core=2.17"]) == 1
    runs["pytest"] = (True, "600 passed")
    assert matrix.main(["--core=2.22"]) == 0
    assert lines().keys() == matrix.PYTHONS.keys()
    assert f"FAILED: 12 failed, 603 passed (0 s); 1234567, {TODAY} | passed: nothing found (0 s)" in lines()["2.17"]
    assert f"passed: 600 passed (0 s); 1234567, {TODAY}" in lines()["2.22"]
    assert lines()["2.16"] == "| 2.16 | - | not run | not run |"


def test_a_check_that_is_left_out_keeps_what_was_found_before(runs: dict[str, tuple[bool, str]]) -> None:
    matrix.main(["--core=2.16", "--without=pytest"])
    assert "| not run | passed" in lines()["2.16"]
    runs["pytest"] = (False, "1 failed")
    matrix.main(["--core=2.16", "--without=sanity"])
    assert "FAILED: 1 failed" in lines()["2.16"]
    assert "passed: nothing found (0 s)" in lines()["2.16"]


def test_pieces_are_told_as_such(runs: dict[str, tuple[bool, str]]) -> None:
    matrix.main(["--core=2.16", "--without=sanity", "-n", "1", "tests/unit"])
    matrix.main(["--core=2.16", "--without=sanity", "-n1", "tests/upgrade"])
    assert "| not run as a whole<br>passed (only tests/unit): 600 passed" in lines()["2.16"]
    assert "<br>passed (only tests/upgrade): 600 passed" in lines()["2.16"]
    matrix.main(["--core=2.16", "--without=sanity", "-n", "1"])
    assert "only" not in lines()["2.16"]
    assert runs


def test_fewer_examples_are_no_whole_run(runs: dict[str, tuple[bool, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.thoroughness.QUICK", True)
    matrix.main(["--core=2.16", "--without=sanity"])
    assert "| not run as a whole<br>passed (only TESTS_QUICK): 600 passed" in lines()["2.16"]
    matrix.main(["--core=2.16", "--without=sanity", "tests/unit"])
    assert "<br>passed (only TESTS_QUICK tests/unit): 600 passed" in lines()["2.16"]
    assert runs


def test_the_summary_of_a_job_has_its_own_rows(
    runs: dict[str, tuple[bool, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert matrix.main(["--core=2.18"]) == 0
    assert [row[:6] for row in (tmp_path / "summary.md").read_text().splitlines()[2:]] == ["| 2.18"]
    assert runs


def test_what_was_not_run_takes_the_place_of_nothing() -> None:
    record: Record = {}
    cell = ("2.16", "3.11", "pytest")
    missing = Result(NOT_RUN, "this Python isn't on this machine")
    add(record, cell, missing)
    assert "not run: this Python isn't on this machine" in show(record, {"2.16": ["3.11"]}, ["pytest"])
    add(record, cell, Result(FAILED, "1 failed"))
    add(record, cell, missing)
    assert record[cell] == [Result(FAILED, "1 failed")]
    add(record, cell, Result(PASSED, part="-k 'a|b'"))
    assert show(record, {"2.16": ["3.11"]}, ["pytest"]).splitlines()[-1] == (
        "| 2.16 | 3.11 | FAILED: 1 failed<br>passed (only -k 'a\\|b') |"
    )
