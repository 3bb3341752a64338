# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs in one place is there and nowhere else; what belongs in two is in both. CONTRIBUTING.md has the map."""

from __future__ import annotations

import ast
import functools
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils import _argspec
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model import property_names, property_roles

from tests.emulator.catalogue import CATALOGUE
from tests.emulator.emulator import TENANT_ROUTES
from tests.emulator.organization import ROUTES as ORGANIZATION_ROUTES
from tests.emulator.records import LogEntry
from tests.upgrade.released import COMMITS, collections_of

ROOT = Path(__file__).parents[2]
MODULE_UTILS = ROOT / "plugins/module_utils"
ROUTES = [(route.method, route.path) for route in (*TENANT_ROUTES.routes, *ORGANIZATION_ROUTES)]
# Options of a definition that say what a run does with it, and nothing of the connection.
OF_THE_RUN = {"auth_url_only"}
PLUGINS = [
    path
    for folder in ("module_utils", "plugin_utils", "action", "filter", "inventory", "lookup")
    for path in sorted((ROOT / "plugins" / folder).rglob("*.py"))
]
# The two that know properties, and the order in which an export shows them.
KNOWING = ("_model/property_names.py", "_model/property_roles.py", "_export/documents.py")
# Words that are names of properties, in lower case, and mean other things elsewhere: options, members of bodies.
ORDINARY = {"password", "token", "qpassword", "catalog", "schema", "email", "role", "path", "url", "port", "method"}
# Names that Qlik has documented as secrets since: connections with such a property get their secrets once more.
SECRET_SINCE: set[str] = set()
# What says in a release which names are secrets and user names: of 0.1.0, and of later ones.
CLASSIFYING = {"_SECRET_NAMES", "_SECRET_PATTERN", "_NOT_SECRET", "_ABOUT_A_SECRET", "is_secret_name"}
CLASSIFYING |= {"CREDENTIAL_NAMES", "_USER_NAMES", "_words"}
# What the documentation calls sources whose ids it doesn't list.
CALLED = {"amazons3": "Amazon S3", "googlecloudstorage": "Google Cloud Storage", "filetransfer": "SFTP"}


def literals(path: Path) -> Iterator[str]:
    """The texts in a file that are no documentation."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@functools.cache
def property_literals() -> frozenset[str]:
    """Names that can't be anything but properties: those of the sources, secrets, and those with a constant."""
    of_sources = {name for source in CATALOGUE.values() for name in source.properties if name != name.lower()}
    constants = {value for name, value in vars(property_names).items() if name.endswith("_PROPERTY")}
    lowered = {name.lower() for name in of_sources | constants} | property_names._SECRET_NAMES
    return frozenset((of_sources | constants | lowered) - ORDINARY)


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT / "plugins"))) for path in PLUGINS])
def test_particular_properties_are_known_in_one_place(path: Path) -> None:
    if path.as_posix().endswith(KNOWING):
        assert property_literals() & set(literals(path))
    else:
        assert property_literals() & set(literals(path)) == set(), "ask property_names.py or property_roles.py instead"


def classified_by_the_release(work: Path) -> dict[str, Any]:
    """How the last release tells secrets and user names, as its file says it, without the rest of that file."""
    folder = collections_of(list(COMMITS)[-1]) / "ansible_collections/qlikops/cloud/plugins/module_utils/_model"
    path = folder / "property_names.py"
    tree = ast.parse((path if path.exists() else folder / "secrets.py").read_text())
    lines = ["from __future__ import annotations", "import re", "from functools import lru_cache"]
    for node in tree.body:
        names = [node.name] if isinstance(node, ast.FunctionDef) else []
        if isinstance(node, ast.Assign):
            names = [getattr(target, "id", "") for target in node.targets]
        if not CLASSIFYING.isdisjoint(names):
            lines.append(ast.unparse(node))
    (work / "released.py").write_text("\n".join(lines))
    return runpy.run_path(str(work / "released.py"))


def test_a_name_means_of_a_secret_what_it_meant_in_the_release(tmp_path: Path) -> None:
    """Fingerprints cover secrets and tags cover user names: another answer writes to what is as declared."""
    released = classified_by_the_release(tmp_path)
    words = {word for table in vars(property_names).values() if isinstance(table, frozenset) for word in table}
    names = {name for source in CATALOGUE.values() for name in source.properties} | words
    assert len(names) > 200
    secret = {name for name in names if property_names.is_secret_name(name) != released["is_secret_name"](name)}
    assert secret - SECRET_SINCE == set(), "is it to be hidden only? Then it is for is_hidden_name"
    users = released.get("CREDENTIAL_NAMES") or released["_USER_NAMES"]
    assert {name for name in names if property_names.is_user_name(name) != (name.lower() in users)} == set()


def test_the_documentation_says_which_sources_are_encrypted() -> None:
    table = (ROOT / "docs/policy.md").read_text().partition("## Encryption")[2].partition("\n\n`DG_")[0]
    known = property_roles._ENCRYPTED_ALWAYS | set(property_roles._ENCRYPTED_BY) | property_roles._ENCRYPTED_BY_SCHEME
    missing = [
        source
        for source in sorted(known)
        if f"`{source}`" not in table and not any(part in source and word in table for part, word in CALLED.items())
    ]
    assert missing == [], "name it in the table of docs/policy.md"


@functools.cache
def choices() -> dict[str, set[str]]:
    """The words that options can be, whichever module's they are."""
    found: dict[str, set[str]] = {}
    waiting = [make() for name, make in vars(_argspec).items() if name.endswith(("_spec", "_options"))]
    while waiting:
        for name, said in waiting.pop().items():
            if "choices" in said:
                found.setdefault(name, set()).update(said["choices"])
            if "options" in said:
                waiting.append(said["options"])
    return found


def misspelt(text: str) -> list[str]:
    """Comparisons of an option that is one of a few words with another word, which could never be true."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Compare):
            continue
        asked = [part for part in ast.walk(node.left) if isinstance(part, (ast.Call, ast.Subscript))]
        names = [
            part.args[0] if isinstance(part, ast.Call) and part.args else getattr(part, "slice", None) for part in asked
        ]
        words = [part.value for other in node.comparators for part in ast.walk(other) if isinstance(part, ast.Constant)]
        for name in names:
            known = choices().get(getattr(name, "value", ""))
            if known and "options" in ast.unparse(node.left):
                found += [f"{ast.unparse(node)}" for word in words if isinstance(word, str) and word not in known]
    return found


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT / "plugins"))) for path in PLUGINS])
def test_options_are_compared_with_words_that_they_can_be(path: Path) -> None:
    assert misspelt(path.read_text()) == []


def test_a_word_that_no_option_can_be_is_found() -> None:
    assert misspelt('options.get("breaches") == "lst"') == ["options.get('breaches') == 'lst'"]
    assert misspelt('(self.options["verify"] or "") in ("all", "chnged")') != []
    assert misspelt('options.get("breaches") == "list"') == []


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


def test_the_emulator_takes_nothing_from_the_collection() -> None:
    """Else what one side has wrong, the other would have wrong too."""
    imported = [
        f"{path.name}: {ast.unparse(node)}"
        for path in (ROOT / "tests/emulator").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom)) and "ansible_collections" in ast.unparse(node)
    ]
    assert imported == []


def test_what_is_asked_of_qlik_is_in_the_emulator_too() -> None:
    named = dict(resources())
    assert len(named) > 3
    assert {file: resource for file, resource in named.items() if not emulated(resource)} == {}


@pytest.mark.parametrize("path", sorted(RESOURCES.reading_posts))
def test_a_post_that_reads_does_so_on_both_sides(path: str) -> None:
    """Here it is let through in check mode, there it is no write; so each finds out when the other forgot it."""
    assert "POST" in emulated(path)
    assert not LogEntry(1, "POST", f"/api/v1/{path}", {}, None, {}, 0.0).writes
