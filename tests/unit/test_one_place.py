# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs in one place is there and nowhere else; what belongs in two is in both. CONTRIBUTING.md has the map."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils import _argspec
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model import property_names

from tests.emulator.catalogue import CATALOGUE
from tests.emulator.emulator import TENANT_ROUTES
from tests.emulator.organization import ROUTES as ORGANIZATION_ROUTES
from tests.emulator.records import LogEntry

ROOT = Path(__file__).parents[2]
MODULE_UTILS = ROOT / "plugins/module_utils"
ROUTES = [(route.method, route.path) for route in (*TENANT_ROUTES.routes, *ORGANIZATION_ROUTES)]
# Options of a definition that say what a run does with it, and nothing of the connection.
OF_THE_RUN = {"auth_url_only"}


def literals(path: Path) -> Iterator[str]:
    """The texts in a file that are no documentation."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def property_literals() -> set[str]:
    """Names that can't be anything but properties: those of the sources in mixed case, and those with a constant."""
    of_sources = {name for source in CATALOGUE.values() for name in source.properties if name != name.lower()}
    constants = {value for name, value in vars(property_names).items() if name.endswith("_PROPERTY")}
    return {name for name in of_sources | constants if name not in ("url", "port")}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in MODULE_UTILS.rglob("*.py")])
def test_particular_properties_are_known_in_one_place(path: Path) -> None:
    if path.name == "property_names.py":
        assert property_literals() & set(literals(path))
    else:
        assert property_literals() & set(literals(path)) == set(), "ask property_names.py instead"


def test_the_same_properties_are_secrets_for_both_sides() -> None:
    """The emulator has them from Qlik's documentation. One more here would send secrets to what is as declared."""
    for source in CATALOGUE.values():
        assert {name for name in source.properties if property_names.is_secret_name(name)} == source.secret_names


def test_every_option_of_a_definition_says_something_of_it() -> None:
    samples: dict[str, Any] = {"str": "some", "dict": {"a": "b"}, "list": ["some"], "bool": True}
    silent = set()
    for name, said in _argspec.definition_options().items():
        value = said["choices"][-1] if "choices" in said else samples[said["type"]]
        if Definition.from_options({name: value}) == Definition.from_options({}):
            silent.add(name)
    assert silent == OF_THE_RUN


def resources() -> Iterator[tuple[str, str]]:
    """The resources that files of _api name, with the file."""
    for path in (MODULE_UTILS / "_api").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                name = getattr(node.targets[0], "id", "")
                if name.endswith("RESOURCE"):
                    yield path.name, str(node.value.value)


def emulated(path: str) -> set[str]:
    """The methods by which the emulator answers a path, or what is below a resource, in whichever form."""
    return {method for method, known in ROUTES if f"{known.split('/', 3)[-1]}/".startswith(f"{path}/")}


def test_what_is_asked_of_qlik_is_in_the_emulator_too() -> None:
    named = dict(resources())
    assert len(named) > 3
    assert {file: resource for file, resource in named.items() if not emulated(resource)} == {}


@pytest.mark.parametrize("path", sorted(RESOURCES.reading_posts))
def test_a_post_that_reads_does_so_on_both_sides(path: str) -> None:
    """Here it is let through in check mode, there it is no write; so each finds out when the other forgot it."""
    assert "POST" in emulated(path)
    assert not LogEntry(1, "POST", f"/api/v1/{path}", {}, None, {}, 0.0).writes
