"""Prints the table of supported ansible-core and Python that README.md holds; with --write, puts it there.

The source is the list from which `make test-matrix` takes its environments.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.tools.matrix import PYTHONS, ran_on
from tests.tools.sections import table, write_section

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SECTION = "supported-versions"


def supported() -> str:
    """The table: a line for each ansible-core, a column for each Python."""
    pythons = sorted(
        {version for versions in PYTHONS.values() for version in versions},
        key=lambda version: int(version.split(".")[1]),
    )
    rows = [[core, *(cell(core, version) for version in pythons)] for core in PYTHONS]
    return table(["ansible-core", *(f"Python {version}" for version in pythons)], rows)


def cell(core: str, python: str) -> str:
    """What is known of an ansible-core on a Python; empty where the one doesn't support the other."""
    if python not in PYTHONS[core]:
        return ""
    return "tested" if python in ran_on(core) else "untested"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write_section(README, SECTION, supported())
    else:
        print(supported())
