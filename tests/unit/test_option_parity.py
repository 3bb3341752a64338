# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An option is in every place where it belongs, and says the same there. What is forgotten is named."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from ansible_collections.qlikops.cloud.plugins.action import qlik_definitions_files, qlik_fleet_look, qlik_fleet_report
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import LEAST
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import SECRET_OPTIONS
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_hidden_name
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import OPTIONS, TENANT_OPTIONS

from tests.tools.option_parity import Options, Tree, problems, shown_secrets, texts, undocumented, unread

ROOT = Path(__file__).parents[2]
# Refused by the declared space, and by the job, in words of their own.
NUMBERS_CHECKED_ELSEWHERE = {"max_member_removals", "time_limit"}
DEFAULT_OF_EXTRA = (
    "qlik_connections: the default of qlik_connections_extra is another in meta/argument_specs.yml than in defaults"
)
PLACES = {
    "the bulk module's specification": (
        "plugins/module_utils/_argspec.py",
        '        "max_deletions": {',
        '        "extra": {"type": "str"},\n        "max_deletions": {',
        ["qlik_data_connections: extra is only specified", "no variable of a host sets extra"],
    ),
    "a definition's specification": (
        "plugins/module_utils/_argspec.py",
        '        "previous_name": {',
        '        "extra": {"type": "str"},\n        "previous_name": {',
        ["qlik_data_connection: extra is only specified", "qlik_data_connections.connections: extra is only specified"],
    ),
    "the tenant's specification": (
        "plugins/module_utils/_argspec.py",
        '        "ca_path": {',
        '        "extra": {"type": "str"},\n        "ca_path": {',
        ["qlik_space: extra is only specified", "no variable of a host sets extra"],
    ),
    "the documentation of one connection": (
        "plugins/modules/qlik_data_connection.py",
        "  previous_name:\n",
        "  extra:\n    description: [Extra.]\n    type: str\n  previous_name:\n",
        ["qlik_data_connection: extra is only documented"],
    ),
    "the documentation of many connections": (
        "plugins/modules/qlik_data_connections.py",
        "      previous_name:\n",
        "      extra:\n        description: [Extra.]\n        type: str\n      previous_name:\n",
        [
            "qlik_data_connections.connections: extra is only documented",
            "connections[].extra isn't explained in the words of the module for one",
        ],
    ),
    "the documentation of the bulk module": (
        "plugins/modules/qlik_data_connections.py",
        "  max_deletions:\n",
        "  extra:\n    description: [Extra.]\n    type: str\n  max_deletions:\n",
        ["qlik_data_connections: extra is only documented"],
    ),
    "the documentation of what modules share": (
        "plugins/doc_fragments/tenant.py",
        "  ca_path:\n",
        "  extra:\n    description: [Extra.]\n    type: str\n  ca_path:\n",
        ["qlik_tenant_info: extra is only documented"],
    ),
    "the variables that roles pass on": (
        "plugins/plugin_utils/_host_variables.py",
        '    "max_deletions",\n',
        '    "extra",\n    "max_deletions",\n',
        [
            "qlik_connections_extra sets no option",
            "qlik_connections: qlik_connections_extra is not in meta/argument_specs.yml",
        ],
    ),
    "the variables of a tenant": (
        "plugins/plugin_utils/_host_variables.py",
        '    "ca_path",\n',
        '    "extra",\n    "ca_path",\n',
        [
            "qlik_extra sets no option",
            "the documentation of tenant_variables doesn't name extra",
            "qlik_connections: qlik_extra is not in meta/argument_specs.yml",
        ],
    ),
    "the role's specification": (
        "roles/qlik_connections/meta/argument_specs.yml",
        "      qlik_connections_max_deletions:\n",
        "      qlik_connections_extra:\n        description: Extra.\n        type: str\n        default: x\n"
        "      qlik_connections_max_deletions:\n",
        [
            "qlik_connections: nothing passes qlik_connections_extra on",
            DEFAULT_OF_EXTRA,
            "qlik_connections: the README doesn't name qlik_connections_extra",
        ],
    ),
    "another role's specification": (
        "roles/qlik_export/meta/argument_specs.yml",
        "      qlik_validate_certs:\n",
        "      qlik_extra:\n        description: Extra.\n        type: str\n      qlik_validate_cert:\n",
        [
            "qlik_export: the README doesn't name qlik_extra",
            "qlik_export: qlik_validate_certs isn't specified as in qlik_connections",
        ],
    ),
    "the role's defaults": (
        "roles/qlik_connections/defaults/main.yml",
        "qlik_connections_max_deletions:",
        "qlik_connections_extra: 5\nqlik_connections_max_deletions:",
        [DEFAULT_OF_EXTRA],
    ),
    "the role's README": (
        "roles/qlik_connections/README.md",
        "| `qlik_connections_max_deletions` |",
        "| `qlik_connections_extra` | extra |\n| `qlik_connections_max_deletions` |",
        ["qlik_connections: the README names qlik_connections_extra, which is no option"],
    ),
    "a type": (
        "roles/qlik_connections/meta/argument_specs.yml",
        "        type: int\n        default: 10\n",
        "        type: str\n        default: 10\n",
        ["qlik_connections: max_deletions has type 'str' in the role, 'int' in the module"],
    ),
    "a default of the module": (
        "plugins/module_utils/_argspec.py",
        '"max_deletions": {"type": "int", "default": 10}',
        '"max_deletions": {"type": "int", "default": 11}',
        [
            "qlik_data_connections: max_deletions has default 11, documented is 10",
            "qlik_connections: the default of max_deletions differs from the module's",
        ],
    ),
    "the word of a secret": (
        "roles/qlik_connections/meta/argument_specs.yml",
        "        type: str\n        no_log: true\n      qlik_connections_update_secrets:",
        "        type: str\n      qlik_connections_update_secrets:",
        ["qlik_connections: no_log of fingerprint_key differs from the module's"],
    ),
    "the words of an explanation": (
        "plugins/modules/qlik_data_connection.py",
        "      - A name that the connection had before.",
        "      - A former name of the connection.",
        ["connections[].previous_name isn't explained in the words of the module for one"],
    ),
    "the words of an explanation at the task": (
        "plugins/modules/qlik_data_connections.py",
        "      - V(on_create) sends them when the connection is created only.",
        "      - V(on_create) sends them once.",
        ["update_secrets isn't explained in the words of the module for one"],
    ),
}


def all_specs() -> list[tuple[str, Options]]:
    tree = Tree(ROOT)
    return [(module, tree.spec(module)) for module in tree.modules()]


def test_every_option_is_read_by_something() -> None:
    assert [problem for module, spec in all_specs() for problem in unread(spec, ROOT, module)] == []
    extra: Options = {"connections": {"options": {"extra": {}}}, "name": {}}
    assert list(unread(extra, ROOT, "m")) == ["m.connections: nothing reads extra"]


def test_an_option_that_is_secret_is_so_everywhere() -> None:
    assert [problem for module, spec in all_specs() for problem in shown_secrets(spec, SECRET_OPTIONS, module)] == []
    secret: dict[str, object] = {"aliases": ["other"], "no_log": True}
    shown: dict[str, object] = {"aliases": ["other"], "no_log": False}
    assert list(shown_secrets({"extra": secret}, frozenset({"extra"}), "m")) != []
    assert list(shown_secrets({"extra": shown}, frozenset({"extra"}), "m")) != []
    assert list(shown_secrets({"extra": secret}, frozenset({"extra", "other"}), "m")) == []


def test_every_option_that_looks_like_a_secret_says_whether_it_is() -> None:
    """Ansible warns of some of them only, and of those when a user's task runs."""
    silent = []
    waiting = all_specs()
    while waiting:
        where, spec = waiting.pop()
        for name, meant in spec.items():
            silent += [f"{where}: {name}"] if is_hidden_name(name) and "no_log" not in meant else []
            waiting += [(f"{where}.{name}", meant["options"])] if meant.get("options") else []
    assert silent == []


def test_every_number_has_its_least() -> None:
    numbers = {name for _module, spec in all_specs() for name, meant in spec.items() if meant["type"] == "int"}
    assert numbers - set(LEAST) == NUMBERS_CHECKED_ELSEWHERE


@pytest.mark.parametrize("playbook", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.stem)
def test_a_playbook_says_which_variables_it_takes(playbook: Path) -> None:
    """In the comment at its top, which is what a reader of the command line has."""
    lines = playbook.read_text().splitlines()
    said = set(re.findall(r"^#   (qlik_\w+)", "\n".join(lines), re.MULTILINE))
    plays = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    taken = set(re.findall(r"\b(qlik_\w+)\s*\|\s*default", plays))
    assert taken - said == set(), "name it in the comment"
    others = "".join(texts(ROOT / folder) for folder in ("roles", "plugins"))
    assert {name for name in said if not re.search(rf"\b{name}\b", plays + others)} == set(), "nothing reads it"


def test_every_option_is_in_all_its_places() -> None:
    assert problems(ROOT) == []


def test_the_variables_are_those_that_the_action_takes() -> None:
    tree = Tree(ROOT)
    assert tree.host_variables() == OPTIONS
    assert list(TENANT_OPTIONS) == tree.tenant_options()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The places where options stand, copied."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("modules", "doc_fragments"):
        shutil.copytree(ROOT / "plugins" / name, tmp_path / "plugins" / name, ignore=ignored)
    for name in ("module_utils/_argspec.py", "plugin_utils/_host_variables.py"):
        path = tmp_path / "plugins" / name
        path.parent.mkdir(parents=True)
        shutil.copy(ROOT / "plugins" / name, path)
    shutil.copytree(ROOT / "roles", tmp_path / "roles", ignore=ignored)
    return tmp_path


@pytest.mark.parametrize("place", PLACES)
def test_an_option_that_is_added_or_changed_in_one_place_only_is_noticed(copy: Path, place: str) -> None:
    name, before, after, expected = PLACES[place]
    path = copy / name
    text = path.read_text()
    assert before in text, "the test looks for what isn't there any more"
    path.write_text(text.replace(before, after, 1))
    found = problems(copy)
    for problem in expected:
        assert problem in found, (problem, found)


@pytest.mark.parametrize(
    ("module", "spec"),
    [
        ("qlik_fleet_report", qlik_fleet_report.SPEC),
        ("qlik_fleet_look", qlik_fleet_look.SPEC),
        ("qlik_definitions_files", qlik_definitions_files.OPTIONS),
    ],
)
def test_options_of_what_runs_on_the_controller_are_documented(module: str, spec: dict[str, dict[str, object]]) -> None:
    assert undocumented(spec, Tree(ROOT).documentation(module), module) == []
