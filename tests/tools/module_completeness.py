# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module consists of, beside the file that Ansible knows it by; for the tree in any folder."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.tools.option_parity import constant, data, parsed

# Modules whose work is done by their action plugins, on the controller: they talk to no tenant.
ON_THE_CONTROLLER = ("qlik_definitions_files", "qlik_fleet_look", "qlik_fleet_report")
ATTRIBUTES = ("check_mode", "diff_mode", "idempotent", "platform")
# It runs every module, whatever that does.
GENERAL_TESTS = ("test_tenant_variables.py",)
FIRST_WORDS = ("Manage ", "Read ", "Look ")
# A module that reads is called _info, unless it does more: makes what it tries, writes files, or prepares a play.
MORE_THAN_INFORMATION = {
    "qlik_acceptance": "Read ",
    "qlik_data_connection_test": "Read ",
    "qlik_fleet_look": "Look ",
    "qlik_fleet_report": "Read ",
}


def problems(root: Path) -> list[str]:
    """What is missing from modules in a tree, and what is left of modules that aren't there any more."""
    modules = sorted(path.stem for path in (root / "plugins/modules").glob("*.py"))
    found: list[str] = []
    for module in modules:
        found += [f"{module}: {problem}" for problem in missing(root, module)]
    found += [f"{name}: there is no such module" for name in sorted(named(root) - set(modules))]
    return found


def missing(root: Path, module: str) -> Iterator[str]:
    """What one module lacks."""
    document = data(constant(root / f"plugins/modules/{module}.py", "DOCUMENTATION"))
    if not (root / f"plugins/action/{module}.py").exists():
        yield "there is no action plugin, plugins/action"
    if f"`{module}`" not in table_of_modules(root):
        yield "the README's table of modules doesn't name it"
    if not is_in_changelog(root, module):
        yield "neither a release in changelogs/changelog.yaml nor a fragment in changelogs/fragments names it"
    yield from undocumented(root, document)
    if module in ON_THE_CONTROLLER:
        return
    if module not in action_group(root):
        yield "the action group tenant in meta/runtime.yml doesn't name it"
    if not (root / f"plugins/module_utils/_jobs/{module.removeprefix('qlik_')}.py").exists():
        yield "there is no job, plugins/module_utils/_jobs"
    if "qlikops.cloud.tenant" not in document.get("extends_documentation_fragment", []):
        yield "it doesn't document the options that all modules share"
    if not is_tested_both_ways(root, module):
        yield "no test in tests/integration runs it over both_paths"
    if f'"{module}": (' not in (root / "tests/jobs.py").read_text():
        yield "tests/jobs.py doesn't name its job and its options"
    yield from what_runs(root, module)


def undocumented(root: Path, document: dict[str, Any]) -> Iterator[str]:
    """What the documentation of a module doesn't say."""
    if not document["short_description"].startswith(FIRST_WORDS):
        yield "its short description doesn't begin with Manage or Read"
    elif not document["short_description"].startswith(first_word(document["module"])):
        yield "it reads and isn't called _info, or the other way round, by its short description"
    if "version_added" not in document:
        yield "its documentation doesn't say since when there is such a module (version_added)"
    attributes = documented_attributes(root, document)
    for name in ATTRIBUTES:
        if "support" not in attributes.get(name, {}):
            yield f"its documentation says nothing of the attribute {name}"


def first_word(module: str) -> str:
    """With what the short description of a module begins."""
    return "Read " if module.endswith("_info") else MORE_THAN_INFORMATION.get(module, "Manage ")


def what_runs(root: Path, module: str) -> Iterator[str]:
    """Where a module or its action plugin, often a copy of another's, takes the options or the job of that other."""
    name = module.removeprefix("qlik_")
    for folder in ("plugins/modules", "plugins/action"):
        path = root / folder / f"{module}.py"
        code = without_documentation(path) if path.exists() else ""
        if not code:
            continue
        if set(re.findall(r"\b(\w+)_spec\(", code)) != {name}:
            yield f"{folder}/{module}.py doesn't take the options of {name}_spec"
        if not re.search(rf"\b{name}\.(run|job_with)\b", code):
            yield f"{folder}/{module}.py doesn't run the job of _jobs/{name}.py"
        if folder == "plugins/modules" and "supports_check_mode=True" not in code:
            yield f"{folder}/{module}.py doesn't support check mode"


def without_documentation(path: Path) -> str:
    """The code of a module, without the texts before it."""
    tree = parsed(path.read_text())
    texts = (ast.Assign, ast.Expr)
    return "\n".join(ast.unparse(node) for node in tree.body if not isinstance(node, texts))


def named(root: Path) -> set[str]:
    """The modules that other files take for granted."""
    jobs = {path.stem for path in (root / "plugins/module_utils/_jobs").glob("[!_]*.py")}
    actions = {path.stem for path in (root / "plugins/action").glob("*.py")}
    rows = set(re.findall(r"`(qlik_\w+)`", table_of_modules(root)))
    return {f"qlik_{job}" for job in jobs} | actions | rows | set(action_group(root))


def action_group(root: Path) -> list[str]:
    """The modules of the action group, in which defaults for all of them are set."""
    found: list[str] = data((root / "meta/runtime.yml").read_text())["action_groups"]["tenant"]
    return found


def table_of_modules(root: Path) -> str:
    """The first column of the README's table of modules."""
    _before, _heading, rows = (root / "README.md").read_text().partition("\n| module | does |\n")
    return "\n".join(row.split("|")[1] for row in rows.partition("\n\n")[0].splitlines())


def is_in_changelog(root: Path, module: str) -> bool:
    """Whether users were, or will be, told that there is such a module."""
    releases = data((root / "changelogs/changelog.yaml").read_text())["releases"]
    if any(module in [one["name"] for one in release.get("modules", [])] for release in releases.values()):
        return True
    fragments = (path.read_text() for path in (root / "changelogs/fragments").glob("*.yml"))
    return any(re.search(rf"\b{module}\b", text) for text in fragments)


def documented_attributes(root: Path, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The attributes of a module, with those that it takes from what modules share."""
    found: dict[str, dict[str, Any]] = {}
    for fragment in document.get("extends_documentation_fragment", []):
        if fragment.startswith("qlikops.cloud.attributes"):
            part = fragment.removeprefix("qlikops.cloud.attributes").removeprefix(".").upper() or "DOCUMENTATION"
            shared = data(constant(root / "plugins/doc_fragments/attributes.py", part))["attributes"]
            merge(found, shared)
    merge(found, document.get("attributes", {}))
    return found


def merge(found: dict[str, dict[str, Any]], more: dict[str, dict[str, Any]]) -> None:
    for name, said in more.items():
        found[name] = found.get(name, {}) | said


def is_tested_both_ways(root: Path, module: str) -> bool:
    """Whether a test runs a module in Ansible's process and in its own."""
    for path in (root / "tests/integration").glob("test_*.py"):
        if path.name in GENERAL_TESTS:
            continue
        if module in texts_for_both_paths(path.read_text()):
            return True
    return False


@functools.cache
def texts_for_both_paths(text: str) -> set[str]:
    """The texts in a file's tests that take both paths, and in what of the file these tests use."""
    if "both_paths" not in text:
        return set()
    tree = parsed(text)
    parts = {name: node for node in tree.body for name in names_of(node)}
    waiting: list[ast.stmt] = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and takes_both_paths(node)
    ]
    seen: list[ast.stmt] = []
    while waiting:
        part = waiting.pop()
        if part not in seen:
            seen.append(part)
            used = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
            waiting += [parts[name] for name in used & parts.keys()]
    constants = (node.value for part in seen for node in ast.walk(part) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def names_of(node: ast.stmt) -> list[str]:
    """What a statement at the top of a file gives a name to."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def takes_both_paths(function: ast.FunctionDef) -> bool:
    return any(argument.arg == "both_paths" for argument in function.args.args)
