# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came after the last release says since when there is it, and users read of it in the changelog.

Compared with the release as it was, so that nobody needs to keep a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tools.option_parity import Tree, constant, data
from tests.upgrade.released import COMMITS, collections_of

ROOT = Path(__file__).parents[2]
Documented = Mapping[str, Mapping[str, Any]]


def newer(before: Documented, now: Documented, inside: str, where: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """What is documented now and wasn't before: the place, the name, and what is said of it.

    What stands inside something new is as new as that, and need not say so.
    """
    for name, said in now.items():
        if name not in before:
            yield where, name, said
        else:
            yield from newer(before[name].get(inside) or {}, said.get(inside) or {}, inside, f"{where}.{name}")


def results(tree: Tree, module: str) -> Documented:
    """What a module is documented to return."""
    return data(constant(tree.root / f"plugins/modules/{module}.py", "RETURN")) or {}


def new_options(tree: Tree, released: Tree) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The options of modules and roles that the release has, and that are newer than it."""
    for path in sorted((tree.root / "plugins/modules").glob("*.py")):
        if (released.root / "plugins/modules" / path.name).exists():
            before, now = released.documentation(path.stem), tree.documentation(path.stem)
            yield from newer(before, now, "suboptions", path.stem)
    for role in tree.roles():
        if (released.root / "roles" / role).exists():
            yield from newer(released.role_spec(role), tree.role_spec(role), "options", role)


def new_results(tree: Tree, released: Tree) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The same of what modules return."""
    for path in sorted((tree.root / "plugins/modules").glob("*.py")):
        if (released.root / "plugins/modules" / path.name).exists():
            yield from newer(results(released, path.stem), results(tree, path.stem), "contains", path.stem)


def endings(where: str, name: str, said: Mapping[str, Any]) -> tuple[str, ...]:
    """How the words end by which the changelog may name an option: its own, Qlik's, or a role's or playbook's variable.

    Each has an underline before it, so that no word ends so by chance.
    """
    short = name.removeprefix(f"{where.partition('.')[0]}_")
    return tuple(f"_{word}" for word in (short, *said.get("aliases", [])))


@pytest.fixture(scope="module")
def released() -> Tree:
    return Tree(collections_of(list(COMMITS)[-1]) / "ansible_collections/qlikops/cloud")


def test_what_is_newer_than_the_release_says_since_when(released: Tree) -> None:
    tree = Tree(ROOT)
    new = [*new_options(tree, released), *new_results(tree, released)]
    assert [f"{where}: {name} lacks version_added" for where, name, said in new if "version_added" not in said] == []
    assert len(new) > 50


def test_users_read_of_every_new_option_in_the_changelog(released: Tree) -> None:
    told = "".join(path.read_text() for path in (ROOT / "changelogs/fragments").glob("*.yml"))
    told += (ROOT / "changelogs/changelog.yaml").read_text()
    words = {f"_{word}" for word in re.findall(r"\w+", told)}
    assert [
        f"{where}: no fragment in changelogs/fragments names {name}"
        for where, name, said in new_options(Tree(ROOT), released)
        if not any(word.endswith(tuple(endings(where, name, said))) for word in words)
    ] == []


def test_a_new_option_is_found_wherever_it_stands() -> None:
    before: Documented = {"old": {"suboptions": {"inner": {}}}}
    now: Documented = {"old": {"suboptions": {"inner": {}, "more": {}}}, "new": {"suboptions": {"part": {}}}}
    assert [(where, name) for where, name, _said in newer(before, now, "suboptions", "m")] == [
        ("m.old", "more"),
        ("m", "new"),
    ]
