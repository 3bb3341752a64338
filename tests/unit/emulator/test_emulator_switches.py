# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every switch is asked for where the emulator answers, and compared with nothing but its own positions.

A position that is misspelt there would never be taken, and every test under it would pass.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.behaviours import Behaviours

EMULATOR = Path(__file__).parents[2] / "emulator"
CHOICES: dict[str, tuple[Any, ...]] = {switch.name: switch.metadata["choices"] for switch in fields(Behaviours)}
FILES = [path for path in sorted(EMULATOR.glob("*.py")) if path.name != "behaviours.py"]


def asked(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Where a switch is asked for: `behaviours.NAME`, whoever's these are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CHOICES:
            holder = node.value
            if getattr(holder, "attr", getattr(holder, "id", "")) == "behaviours":
                yield node.attr, node


def held(function: ast.AST) -> dict[str, str]:
    """The switches that a function keeps in names of its own."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, taken in pairs:
                if isinstance(name, ast.Name) and isinstance(taken, ast.Attribute) and taken.attr in CHOICES:
                    found[name.id] = taken.attr
    return found


def foreign(text: str) -> list[str]:
    """What switches are compared with in a file and is none of their positions."""
    found = []
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = held(function)
        nodes = {id(node): name for name, node in asked(function)}
        for node in ast.walk(function):
            if isinstance(node, ast.Compare):
                name = nodes.get(id(node.left)) or names.get(getattr(node.left, "id", ""))
                constants = [part for other in node.comparators for part in ast.walk(other)]
                values = [part.value for part in constants if isinstance(part, ast.Constant)]
                found += [f"{name}: {value!r}" for value in values if name and value not in CHOICES[name]]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_switches_are_compared_with_their_own_positions(path: Path) -> None:
    assert foreign(path.read_text()) == []


def test_every_switch_is_asked_for() -> None:
    everywhere = {name for path in FILES for name, _node in asked(ast.parse(path.read_text()))}
    assert set(CHOICES) - everywhere == set(), "no answer of the emulator depends on these"


@pytest.mark.parametrize(
    "line",
    [
        'return tenant.behaviours.patch_empty == "rejct"',
        'return behaviours.patch_empty in ("accept", "rejct")',
        'how, other = tenant.behaviours.patch_empty, 1\n    return how != "rejct"',
    ],
)
def test_a_misspelt_position_is_found(line: str) -> None:
    text = f"def answer(tenant, behaviours):\n    {line}\n"
    assert foreign(text) == ["patch_empty: 'rejct'"]
    assert foreign(text.replace("rejct", "reject")) == []
