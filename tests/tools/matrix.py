"""Runs pytest and ansible-test's sanity tests with every ansible-core that the collection supports, on a Python of this
machine that it supports.

With --all: on every such Python; with --core=2.21: that ansible-core alone; with --without=sanity or --without=pytest:
only the other. Further arguments are pytest's. The table at the end is also in .cache/matrix/table.md, and in the
summary of a GitHub job. tests/matrix holds the pins, made by tests/tools/lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.tools.pythons import find_pythons
from tests.tools.sections import table

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


TABLE = Path(".cache/matrix/table.md")
CHECKS = ("pytest", "sanity")


@dataclass
class Row:
    """One line of the table at the end: what each check said, or why there is nothing to say."""

    core: str
    python: str
    results: dict[str, str]
    seconds: float = 0
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
            rows.extend(run_core(core, wanted, found))
    show(rows, wanted.checks)
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
        missing = f"not run: none of Python {', '.join(PYTHONS[core])} is on this machine"
        return [Row(core, "-", dict.fromkeys(wanted.checks, missing))]
    rows = []
    for version in chosen:
        if version in found:
            rows.append(run(core, version, found[version], wanted))
        else:
            rows.append(Row(core, version, dict.fromkeys(wanted.checks, "not run: it isn't on this machine")))
    return rows


def run(core: str, version: str, python: Path, wanted: Wanted) -> Row:
    """Make the environment, unless it is there, and run the checks in it."""
    requirements = Path("tests/matrix") / f"ansible-core-{core}.txt"
    venv = Path(".cache/matrix") / f"core-{core}-python-{version}"
    environment = dict(os.environ, VENV=str(venv), PYTHON=str(python))
    print(f"\n==> ansible-core {core}, Python {version}", flush=True)
    row = Row(core, version, {})
    began = time.monotonic()
    if (
        not ready(venv, requirements)
        and subprocess.run(["tests/tools/venv", requirements], env=environment, check=False).returncode
    ):
        row.results = dict.fromkeys(wanted.checks, "no environment")
        row.passed = False
    else:
        for check in wanted.checks:
            passed, row.results[check] = CHECK[check](environment, wanted)
            row.passed = row.passed and passed
    row.seconds = time.monotonic() - began
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
    """Whether ansible-test of this ansible-core found nothing."""
    command = ["tests/tools/run", "python", "-m", "tests.tools.sanity"]
    status = subprocess.run(command, env=environment, check=False).returncode
    return status == 0, "passed" if status == 0 else "FAILED"


CHECK = {"pytest": run_pytest, "sanity": run_sanity}


def show(rows: list[Row], checks: list[str]) -> None:
    """Print the table, and keep it."""
    lines = [[row.core, row.python, *(row.results[check] for check in checks), f"{row.seconds:.0f}"] for row in rows]
    text = table(["ansible-core", "Python", *checks, "seconds"], lines)
    print(f"\n{text}")
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(f"{text}\n", encoding="utf-8")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as stream:
            stream.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
