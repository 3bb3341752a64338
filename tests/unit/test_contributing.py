# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files, commands and names of CONTRIBUTING.md are there, as it says them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.*?```", "", TEXT))))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# Made by running things, and what somebody is to write.
MADE = re.compile(r"\.cache|\.venv|docs/docsite/rst|docs/performance\.json|.*(NAME|\.\.\.|…|\*)")
FILES_OF = {
    "_declared/": "plugins/module_utils/",
    "_reconcile/": "plugins/module_utils/",
    "_api/": "plugins/module_utils/",
    "_jobs/": "plugins/module_utils/",
    "_model/": "plugins/module_utils/",
    "meta/argument_specs.yml": "roles/qlik_connections/",
    "defaults/main.yml": "roles/qlik_connections/",
}
# Files that a recipe calls by their names alone, after a file of the same folder.
FOLDERS = ("tests/property", "tests/unit", "tests/emulator", "plugins/module_utils/_model", ".github/workflows")
IDENTIFIERS = [word for word in QUOTED if re.fullmatch(r"[a-z]+_[a-z_]+|[A-Z_]{4,}|[A-Z]\w+\.\w+", word)]
SOURCES = [
    ROOT / "galaxy.yml",
    *(
        path
        for folder in ("plugins", "tests", "changelogs", "meta", ".github")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yml", ".yaml") and path.name != Path(__file__).name
    ),
]


def is_there(name: str) -> bool:
    """Whether a file, or a folder, or a name that stands for one, is in the repository."""
    for start, folder in FILES_OF.items():
        if name.startswith(start):
            return (ROOT / folder / name).exists()
    return (ROOT / name).exists() or any((ROOT / folder / name).exists() for folder in FOLDERS)


@pytest.mark.parametrize(
    "name", [word for word in QUOTED if re.fullmatch(r"[\w./-]+(/[\w.-]*|\.(py|yml|md|txt|in))", word)]
)
def test_files_are_there(name: str) -> None:
    assert MADE.match(name) or is_there(name)


def test_targets_and_their_variables_are_those_of_the_makefile() -> None:
    targets = set(re.findall(r"(?m)^(?:\$ )?make ([a-z][a-z-]*)", "\n".join([*QUOTED, *TEXT.splitlines()])))
    listed = set(re.findall(r"(?m)^([a-z-]+):", MAKEFILE)) | {"unit", "pytest"}
    assert targets - listed == set()
    variables = set(re.findall(r"\b([A-Z]+(?:_ARGS)?)=(?!\d+ )", " ".join(word for word in QUOTED if "make " in word)))
    assert {name for name in variables if name not in MAKEFILE} == set()


def test_steps_of_make_test_are_those_of_the_table() -> None:
    table = TEXT.partition("| step | checks |")[2].partition("\n\n")[0]
    steps = re.findall(r"(?m)^(?:QUICK|LONG) := (.+)$", MAKEFILE)
    assert re.findall(r"(?m)^\| `([\w-]+)` \|", table) == [*" ".join(steps).split(), "pytest"]


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_names_of_functions_and_constants_are_there(name: str) -> None:
    last = name.rpartition(".")[2]
    assert any(re.search(rf"\b{last}\b", path.read_text(encoding="utf-8")) for path in SOURCES)


def test_the_rooms_of_the_map_are_those_that_are_there_in_their_order() -> None:
    shown = re.findall(r"(?m)^    (_\w+) ", TEXT)
    there = {
        path.name for path in (ROOT / "plugins/module_utils").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert set(shown) == there
