"""Runs pytest and ansible-test's sanity tests with every ansible-core that the collection supports, on a Python of this
machine that it supports.

With --all: on every such Python; with --core=2.21: that ansible-core alone; with --without=sanity or --without=pytest:
only the other. Further arguments are pytest's; with TESTS_QUICK in the environment it draws fewer examples. The table
at the end has what earlier runs found too, each with its commit and day; it is also in .cache/matrix/table.md. The
summary of a GitHub job has this run's rows. tests/matrix holds the pins, made by tests/tools/lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests import thoroughness
from tests.tools import matrix_record
from tests.tools.matrix_record import FAILED, NOT_RUN, PASSED, Result
from tests.tools.pythons import find_pythons

# The Pythons on which each ansible-core runs, and in which order to prefer them: between them they meet the oldest and
# the newest.
PYTHONS = {
    "2.16": ["3.11", "3.12"],
    "2.17": ["3.12", "3.11"],
    "2.18": ["3.11", "3.12", "3.13"],
    "2.19": ["3.13", "3.12", "3.11"],
    "2.20": ["3.12", "3.13", "3.14"],
    "2.21": ["3.14", "3.13", "3.12"],
    "2.22": ["3.13", "3.14"],
}
# Pythons on which nobody has run the tests yet; CONTRIBUTING.md says so.
NOT_AT_HAND = {"3.14"}
# Where `make test` runs, beside what the matrix chooses: the Python on which development uses that ansible-core.
DEVELOPMENT = {"2.19": "3.11"}


def ran_on(core: str) -> set[str]:
    """On which Pythons all tests were run with an ansible-core: not on each that it supports, which takes --all."""
    chosen = next(version for version in PYTHONS[core] if version not in NOT_AT_HAND)
    return {chosen, DEVELOPMENT.get(core, chosen)}


TABLE = Path(".cache/matrix/table.md")
RECORD = Path(".cache/matrix/record.json")
CHECKS = ("pytest", "sanity")


@dataclass
class Row:
    """One line of the table at the end: how each check ended, or why it wasn't run."""

    core: str
    python: str
    results: dict[str, Result]
    passed: bool = True


@dataclass
class Wanted:
    """What the command line asks for."""

    cores: list[str]
    checks: list[str]
    every_python: bool
    pytest_arguments: list[str]


def main(arguments: list[str]) -> int:
    """Run them all, then show a table; the result is the exit status."""
    wanted = read_arguments(arguments)
    unknown = sorted(set(wanted.cores) - PYTHONS.keys())
    if unknown:
        print(f"{', '.join(unknown)}: not among the supported ansible-cores: {', '.join(PYTHONS)}")
        return 2
    found = find_pythons(sorted({version for versions in PYTHONS.values() for version in versions}))
    rows = []
    for core in PYTHONS:
        if core in wanted.cores:
            of_core = run_core(core, wanted, found)
            # At once: who stops a long run keeps what it found.
            keep(of_core, wanted)
            rows.extend(of_core)
    show(rows, wanted)
    return 0 if all(row.passed for row in rows) else 1


def read_arguments(arguments: list[str]) -> Wanted:
    """Take our own arguments out; the rest is pytest's."""
    wanted = Wanted([], list(CHECKS), every_python=False, pytest_arguments=[])
    for argument in arguments:
        if argument == "--all":
            wanted.every_python = True
        elif argument.startswith("--core="):
            wanted.cores.append(argument.removeprefix("--core="))
        elif argument.startswith("--without="):
            wanted.checks.remove(argument.removeprefix("--without="))
        else:
            wanted.pytest_arguments.append(argument)
    wanted.cores = wanted.cores or list(PYTHONS)
    if not any(argument.startswith("-n") for argument in wanted.pytest_arguments):
        wanted.pytest_arguments = ["-n", "2", *wanted.pytest_arguments]
    return wanted


def run_core(core: str, wanted: Wanted, found: dict[str, Path]) -> list[Row]:
    """Run one ansible-core on the Pythons that are wanted; those that aren't here have a row that says so."""
    usable = [version for version in PYTHONS[core] if version in found]
    chosen = PYTHONS[core] if wanted.every_python else usable[:1]
    if not chosen:
        missing = Result(NOT_RUN, f"none of Python {', '.join(PYTHONS[core])} is on this machine")
        return [Row(core, "-", dict.fromkeys(wanted.checks, missing))]
    rows = []
    for version in chosen:
        if version in found:
            rows.append(run(core, version, found[version], wanted))
        else:
            missing = Result(NOT_RUN, "this Python isn't on this machine")
            rows.append(Row(core, version, dict.fromkeys(wanted.checks, missing)))
    return rows


def run(core: str, version: str, python: Path, wanted: Wanted) -> Row:
    """Make the environment, unless it is there, and run the checks in it."""
    requirements = Path("tests/matrix") / f"ansible-core-{core}.txt"
    venv = Path(".cache/matrix") / f"core-{core}-python-{version}"
    environment = dict(os.environ, VENV=str(venv), PYTHON=str(python))
    print(f"\n==> ansible-core {core}, Python {version}", flush=True)
    row = Row(core, version, {})
    if (
        not ready(venv, requirements)
        and subprocess.run(["tests/tools/venv", requirements], env=environment, check=False).returncode
    ):
        row.results = dict.fromkeys(wanted.checks, Result(NOT_RUN, "its environment can't be made"))
        row.passed = False
    else:
        for check in wanted.checks:
            began = time.monotonic()
            passed, text = CHECK[check](environment, wanted)
            status = PASSED if passed else FAILED
            row.results[check] = Result(status, f"{text} ({time.monotonic() - began:.0f} s)")
            row.passed = row.passed and passed
    return row


def ready(venv: Path, requirements: Path) -> bool:
    """Whether the environment is there, and no older than its pins."""
    mark = venv / ".ready"
    venv.parent.mkdir(parents=True, exist_ok=True)
    return mark.exists() and mark.stat().st_mtime >= requirements.stat().st_mtime


def run_pytest(environment: dict[str, str], wanted: Wanted) -> tuple[bool, str]:
    """Whether the tests passed, and pytest's last line."""
    command = ["tests/tools/run", "tests/tools/pytest", *wanted.pytest_arguments]
    status = subprocess.run(command, env=environment, check=False).returncode
    lines = Path(".cache/pytest.log").read_text(encoding="utf-8").splitlines()
    return status == 0, lines[-1].strip("= ") if lines else f"pytest said nothing, status {status}"


def run_sanity(environment: dict[str, str], _wanted: Wanted) -> tuple[bool, str]:
    """Whether ansible-test of this ansible-core found nothing, and what it says of that."""
    verdict = Path(".cache/sanity.txt")
    verdict.unlink(missing_ok=True)
    command = ["tests/tools/run", "python", "-m", "tests.tools.sanity"]
    status = subprocess.run(command, env=environment, check=False).returncode
    said = verdict.read_text(encoding="utf-8") if verdict.exists() else f"it ended with {status}"
    return status == 0, said.replace("|", "/")


CHECK = {"pytest": run_pytest, "sanity": run_sanity}


def keep(rows: list[Row], wanted: Wanted) -> None:
    """Add what was run to the record of the runs before."""
    record = matrix_record.load(RECORD)
    part = {"pytest": selection(wanted.pytest_arguments)}
    for row in rows:
        for check, result in row.results.items():
            whole = replace(result, part=part.get(check, matrix_record.WHOLE))
            row.results[check] = matrix_record.stamped(whole, time.strftime("%Y-%m-%d"))
            matrix_record.add(record, (row.core, row.python, check), row.results[check])
    matrix_record.save(RECORD, record)


def selection(arguments: list[str]) -> str:
    """What makes a run of pytest less than the whole: those of its arguments that choose tests, and TESTS_QUICK; how
    many processes run them chooses none.
    """
    chosen = ["TESTS_QUICK"] if thoroughness.QUICK else []
    left = iter(arguments)
    for argument in left:
        if argument in ("-n", "--numprocesses"):
            next(left, None)
        elif not argument.startswith(("-n", "--numprocesses=")):
            chosen.append(argument)
    return " ".join(chosen)


def show(rows: list[Row], wanted: Wanted) -> None:
    """Print the table of all runs, and keep it; a job's summary gets the rows of this run."""
    text = matrix_record.show(matrix_record.load(RECORD), PYTHONS, CHECKS)
    print(f"\n{text}")
    TABLE.write_text(f"{text}\n", encoding="utf-8")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        own: matrix_record.Record = {}
        for row in rows:
            for check, result in row.results.items():
                own[row.core, row.python, check] = [result]
        pythons = {core: versions for core, versions in PYTHONS.items() if core in wanted.cores}
        with Path(summary).open("a", encoding="utf-8") as stream:
            stream.write(f"{matrix_record.show(own, pythons, wanted.checks)}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
