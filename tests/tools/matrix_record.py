"""What was run of the matrix so far, with its commit and day: a run of one ansible-core, or of some tests, adds to it.

A cell is an ansible-core, a Python and a check. It holds the last run of the whole check, and what was run of it in
pieces since. In .cache/matrix/record.json.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.tools.sections import table

PASSED = "passed"
FAILED = "FAILED"
NOT_RUN = "not run"
WHOLE = ""


@dataclass(frozen=True)
class Result:
    """How a check ended: `status`; `text` in its own words, or why it wasn't run; `part`: pytest's arguments that chose
    tests, WHOLE if none did; `commit` and `day` of the run.
    """

    status: str
    text: str = ""
    part: str = WHOLE
    commit: str = ""
    day: str = ""

    def __str__(self) -> str:
        words = self.status
        if self.part:
            words = f"{words} (only {self.part})"
        if self.text:
            words = f"{words}: {self.text}"
        if self.commit:
            words = f"{words}; {self.commit}, {self.day}"
        # A bar in an argument, such as a choice of pytest's, would end the cell of the table.
        return words.replace("|", "\\|")


# By ansible-core, Python and check.
Cell = tuple[str, str, str]
Record = dict[Cell, list[Result]]


def load(path: Path) -> Record:
    """The record that a file holds; an empty one where there is none."""
    if not path.exists():
        return {}
    lines = json.loads(path.read_text(encoding="utf-8"))
    return {(line["core"], line["python"], line["check"]): [Result(**one) for one in line["results"]] for line in lines}


def save(path: Path, record: Record) -> None:
    """Write a record into a file."""
    lines = []
    for (core, python, check), results in record.items():
        lines.append({"core": core, "python": python, "check": check, "results": [asdict(one) for one in results]})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{json.dumps(lines, indent=1)}\n", encoding="utf-8")


def add(record: Record, cell: Cell, result: Result) -> None:
    """Add how a check ended. A whole run takes the place of all before it, a piece that of the same piece; what wasn't
    run takes the place of nothing that was.
    """
    earlier = [one for one in record.get(cell, []) if one.status != NOT_RUN]
    if result.status == NOT_RUN:
        record[cell] = earlier or [result]
    elif result.part == WHOLE:
        record[cell] = [result]
    else:
        record[cell] = [*(one for one in earlier if one.part != result.part), result]


def show(record: Record, pythons: Mapping[str, Iterable[str]], checks: Iterable[str]) -> str:
    """The table: each ansible-core with the Pythons on which something of it is known, in the order of `pythons`."""
    headings = list(checks)
    rows = []
    for core, versions in pythons.items():
        known = [version for version in [*versions, "-"] if any((core, version, check) in record for check in headings)]
        for version in known or ["-"]:
            cells = [_cell(record.get((core, version, check), [])) for check in headings]
            rows.append([core, version, *cells])
    return table(["ansible-core", "Python", *headings], rows)


def _cell(results: list[Result]) -> str:
    """Results of a cell; pieces alone aren't the check, and the cell says so first."""
    if not results:
        return NOT_RUN
    words = [str(one) for one in results]
    if all(one.part != WHOLE for one in results):
        words.insert(0, "not run as a whole")
    return "<br>".join(words)


def stamped(result: Result, day: str) -> Result:
    """A result with the commit of the work tree, which says when it isn't just that."""
    if result.status == NOT_RUN:
        return result
    commit = _git("rev-parse", "--short", "HEAD") or "no commit"
    if _git("status", "--porcelain"):
        commit = f"{commit} with changes"
    return replace(result, commit=commit, day=day)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()
