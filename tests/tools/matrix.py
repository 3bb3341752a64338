"""Runs pytest with every ansible-core that the collection supports, on a Python of this machine that it supports.

With --all: on every such Python; with --core=2.21: that ansible-core alone. Other arguments are pytest's. tests/matrix
holds the pins, made by tests/tools/lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

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


@dataclass
class Row:
    """One line of the table at the end."""

    core: str
    python: str
    result: str
    seconds: float
    passed: bool


def main(arguments: list[str]) -> int:
    """Run them all, then show a table; the result is the exit status."""
    everything = "--all" in arguments
    cores = [argument.removeprefix("--core=") for argument in arguments if argument.startswith("--core=")] or PYTHONS
    unknown = sorted(set(cores) - PYTHONS.keys())
    if unknown:
        print(f"{', '.join(unknown)}: not among the supported ansible-cores: {', '.join(PYTHONS)}")
        return 2
    pytest_arguments = [
        argument for argument in arguments if argument != "--all" and not argument.startswith("--core=")
    ]
    if not any(argument.startswith("-n") for argument in pytest_arguments):
        pytest_arguments = ["-n", "2", *pytest_arguments]
    found = find_pythons(sorted({version for versions in PYTHONS.values() for version in versions}))
    rows = []
    for core, versions in PYTHONS.items():
        if core not in cores:
            continue
        usable = [version for version in versions if version in found]
        if not usable:
            rows.append(Row(core, "-", f"not run: none of Python {', '.join(versions)} is on this machine", 0, True))
        chosen = usable if everything else usable[:1]
        rows.extend(run(core, version, found[version], pytest_arguments) for version in chosen)
    print(f"\n{'ansible-core':<13} {'Python':<7} {'seconds':>7}  result")
    for row in rows:
        print(f"{row.core:<13} {row.python:<7} {row.seconds:>7.0f}  {row.result}")
    return 0 if all(row.passed for row in rows) else 1


def run(core: str, version: str, python: Path, pytest_arguments: list[str]) -> Row:
    """Make the environment, unless it is there, and run pytest in it."""
    requirements = Path("tests/matrix") / f"ansible-core-{core}.txt"
    venv = Path(".cache/matrix") / f"core-{core}-python-{version}"
    environment = dict(os.environ, VENV=str(venv), PYTHON=str(python))
    print(f"\n==> ansible-core {core}, Python {version}", flush=True)
    began = time.monotonic()
    ready = venv / ".ready"
    if not ready.exists() or ready.stat().st_mtime < requirements.stat().st_mtime:
        venv.parent.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["tests/tools/venv", requirements], env=environment, check=False).returncode:
            return Row(core, version, "no environment", time.monotonic() - began, passed=False)
    status = subprocess.run(
        ["tests/tools/run", "tests/tools/pytest", *pytest_arguments], env=environment, check=False
    ).returncode
    lines = Path(".cache/pytest.log").read_text(encoding="utf-8").splitlines()
    result = lines[-1].strip("= ") if lines else f"pytest said nothing, status {status}"
    return Row(core, version, result, time.monotonic() - began, passed=status == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
