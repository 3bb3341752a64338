# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module has all that belongs to one. Of a half-made one, each missing part is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.test_tenant_variables import WORK
from tests.tools.module_completeness import ON_THE_CONTROLLER, problems

ROOT = Path(__file__).parents[2]
FOLDERS = ("plugins/modules", "plugins/action", "plugins/doc_fragments", "plugins/module_utils/_jobs", "meta")
NO_GROUP = "the action group tenant in meta/runtime.yml doesn't name it"
NO_ROW = "the README's table of modules doesn't name it"
NO_TEST = "no test in tests/integration runs it over both_paths"
NO_CHANGELOG = "neither a release in changelogs/changelog.yaml nor a fragment in changelogs/fragments names it"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what a module consists of."""
    for folder in (*FOLDERS, "changelogs", "tests/integration"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copy(ROOT / "tests/jobs.py", tmp_path / "tests")
    return tmp_path


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    changed = re.sub(before, after, text)
    assert changed != text, "the test changes what isn't there any more"
    path.write_text(changed)


def without_tests(root: Path) -> None:
    for path in (root / "tests/integration").glob("test_*.py"):
        path.write_text(path.read_text().replace('"qlik_space"', '"qlik_other"'))


def without_release(root: Path) -> None:
    for path in (root / "changelogs").rglob("*.y*ml"):
        path.write_text(path.read_text().replace("qlik_space", "qlik_other"))


PARTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "action": (
        lambda root: (root / "plugins/action/qlik_space.py").unlink(),
        "there is no action plugin, plugins/action",
    ),
    "group": (lambda root: change(root / "meta/runtime.yml", "    - qlik_space\n", ""), NO_GROUP),
    "row": (lambda root: change(root / "README.md", r"\| `qlik_space` \|.*\n", ""), NO_ROW),
    "job": (
        lambda root: (root / "plugins/module_utils/_jobs/space.py").unlink(),
        "there is no job, plugins/module_utils/_jobs",
    ),
    "attributes": (
        lambda root: change(root / "plugins/modules/qlik_space.py", r"  - qlikops.cloud.attributes.write\n", ""),
        "its documentation says nothing of the attribute diff_mode",
    ),
    "options": (
        lambda root: change(root / "plugins/modules/qlik_space.py", r"  - qlikops.cloud.tenant\n", ""),
        "it doesn't document the options that all modules share",
    ),
    "short description": (
        lambda root: change(
            root / "plugins/modules/qlik_space.py", "short_description: Manage", "short_description: Do"
        ),
        "its short description doesn't begin with Manage or Read",
    ),
    "name of one that reads": (
        lambda root: change(
            root / "plugins/modules/qlik_space.py", "short_description: Manage", "short_description: Read"
        ),
        "it reads and isn't called _info, or the other way round, by its short description",
    ),
    "version": (
        lambda root: change(root / "plugins/modules/qlik_space.py", "\nversion_added: .*", ""),
        "its documentation doesn't say since when there is such a module (version_added)",
    ),
    "check mode": (
        lambda root: change(root / "plugins/modules/qlik_space.py", ", supports_check_mode=True", ""),
        "plugins/modules/qlik_space.py doesn't support check mode",
    ),
    "job in tests": (
        lambda root: change(root / "tests/jobs.py", r' +"qlik_space": .*\n', ""),
        "tests/jobs.py doesn't name its job and its options",
    ),
    "options of the module": (
        lambda root: change(root / "plugins/modules/qlik_space.py", "space_spec", "tenant_info_spec"),
        "plugins/modules/qlik_space.py doesn't take the options of space_spec",
    ),
    "options of the action": (
        lambda root: change(root / "plugins/action/qlik_space.py", "space_spec", "tenant_info_spec"),
        "plugins/action/qlik_space.py doesn't take the options of space_spec",
    ),
    "job of the module": (
        lambda root: change(root / "plugins/modules/qlik_space.py", r"space\.run", "tenant_info.run"),
        "plugins/modules/qlik_space.py doesn't run the job of _jobs/space.py",
    ),
    "job of the action": (
        lambda root: change(root / "plugins/action/qlik_space.py", r"space\.run", "tenant_info.run"),
        "plugins/action/qlik_space.py doesn't run the job of _jobs/space.py",
    ),
    "test": (without_tests, NO_TEST),
    "changelog": (without_release, NO_CHANGELOG),
}


def test_every_module_is_whole() -> None:
    assert problems(ROOT) == []


def test_every_module_takes_the_tenants_variables_in_a_test() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    assert set(WORK) == modules - set(ON_THE_CONTROLLER)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_named(copy: Path, part: str) -> None:
    take_away, problem = PARTS[part]
    take_away(copy)
    assert f"qlik_space: {problem}" in problems(copy)


def test_of_a_half_made_module_all_that_is_missing_is_named(copy: Path) -> None:
    text = (copy / "plugins/modules/qlik_space.py").read_text()
    text = text.replace("qlik_space", "qlik_thing").replace("  - qlikops.cloud.attributes\n", "")
    (copy / "plugins/modules/qlik_thing.py").write_text(text)
    assert problems(copy) == [
        f"qlik_thing: {problem}"
        for problem in (
            "there is no action plugin, plugins/action",
            NO_ROW,
            NO_CHANGELOG,
            "its documentation says nothing of the attribute platform",
            NO_GROUP,
            "there is no job, plugins/module_utils/_jobs",
            NO_TEST,
            "tests/jobs.py doesn't name its job and its options",
            "plugins/modules/qlik_thing.py doesn't take the options of thing_spec",
            "plugins/modules/qlik_thing.py doesn't run the job of _jobs/thing.py",
        )
    ]


def test_a_test_over_one_path_only_is_none(copy: Path) -> None:
    text = (copy / "plugins/modules/qlik_space.py").read_text().replace("qlik_space", "qlik_thing")
    (copy / "plugins/modules/qlik_thing.py").write_text(text)
    test = copy / "tests/integration/test_thing.py"
    test.write_text('def test_it(both_paths):\n    pass\n\ndef test_other():\n    run("qlik_thing")\n')
    assert f"qlik_thing: {NO_TEST}" in problems(copy)
    test.write_text('TASKS = ["qlik_thing"]\n\ndef test_it(both_paths):\n    run(TASKS, both_paths)\n')
    assert f"qlik_thing: {NO_TEST}" not in problems(copy)


def test_what_is_left_of_a_module_that_went_is_named(copy: Path) -> None:
    (copy / "plugins/modules/qlik_space.py").unlink()
    assert problems(copy) == ["qlik_space: there is no such module"]
