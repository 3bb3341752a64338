"""Secrets that stand in a name, since a blank is missing, and in lists and mappings that stand where a text belongs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import with_files
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import hidden_values
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import shown_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    misplaced_values,
    shape_problems,
    strange_values,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.results import without_secrets
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_files import with_definitions

SPEC = data_connections_spec()
CANARY = "canary-4711"
IN_NAMES: list[dict[str, Any]] = [
    {"name": "x", "secrets": {f"password:{CANARY}": None}},
    {"name": "x", "secrets": {f"password={CANARY}": None}},
    {"name": "x", "secrets": {CANARY: None}},
    {"name": "x", "properties": {"host": "h", f"password:{CANARY}": None}},
    {"name": "x", f"password:{CANARY}": None},
]


def shown(options: dict[str, Any], text: str = "") -> str:
    """What a task shows of its options and of a message."""
    hidden = hidden_values(options) | strange_values(options, SPEC) | misplaced_values(options, SPEC)
    result = {"msg": text, "invocation": mask_options(options, SPEC)}
    return json.dumps(without_secrets(result, occurring(hidden, shown_texts(result))))


@pytest.mark.parametrize("definition", IN_NAMES)
def test_a_secret_in_a_name(definition: dict[str, Any]) -> None:
    options = {"connections": [definition]}
    problems = shape_problems(options, SPEC)
    assert CANARY not in "\n".join(problems)
    said = shown(options, f"property 'password:{CANARY}' is not known")
    assert CANARY not in said
    assert '"name": "x"' in said


def test_names_without_a_secret_are_shown() -> None:
    definition = {
        "name": "x",
        "secrets": {"KeyFilePath": None, "password": None},
        "properties": {"sslmode": None, "dummy:x": None},
    }
    said = mask_options({"connections": [definition]}, SPEC)["connections"][0]
    assert said["secrets"] == definition["secrets"]
    assert said["properties"] == definition["properties"]


@pytest.mark.parametrize("value", [{"password": CANARY}, [f"password={CANARY}"], [{"a": [CANARY]}]])
@pytest.mark.parametrize("option", ["name", "space", "owner", "previous_name", "credentials", "secrets_version"])
def test_what_stands_where_a_text_belongs(option: str, value: Any) -> None:
    definition = {"name": "x", "space": "Sales", option: value}
    misplaced = misplaced_values({"connections": [definition]}, SPEC)
    # Ansible makes a text of it, and takes that.
    taken = {"connections": [{**definition, option: str(value)}]}
    result = {"msg": f"'{value}' doesn't exist", "invocation": mask_options(taken, SPEC)}
    assert CANARY not in json.dumps(without_secrets(result, misplaced))


def test_what_stands_where_it_belongs_is_no_secret() -> None:
    definition = {
        "name": "Orders",
        "tags": ["finance", "nightly"],
        "properties": {"host": "db.example"},
        "secrets": {"password": CANARY},
    }
    options = {
        "connections": [definition],
        "spaces": [{"name": "Sales"}],
        "only": ["Sales:Orders"],
        "prune_spaces": ["Archive"],
    }
    assert misplaced_values(options, SPEC) == set()


def test_names_of_things_in_results() -> None:
    result = {"properties": {f"x {CANARY}": 1, "password": 2}, "password": "y"}
    secrets = {CANARY, "password"}
    assert occurring(secrets, shown_texts(result)) == secrets
    assert without_secrets(result, secrets) == {"properties": {"x ********": 1, "password": 2}, "password": "y"}


@pytest.mark.parametrize("path", [{"content": CANARY}, [CANARY], None, 4711])
def test_a_path_that_is_none(path: Any) -> None:
    with pytest.raises(QlikError, match=r"connection 'x': KeyFilePath: its path must be a text") as caught:
        with_files({"name": "x", "secrets": {"KeyFilePath": {"path": path}}}, lambda _path: b"")
    assert CANARY not in str(caught.value)


class _Controller:
    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, path: str) -> str:
        return f"/nowhere/{path}"

    def read(self, _path: str) -> bytes:
        return self._text.encode()

    def decrypt(self, text: str) -> str:
        return text


@pytest.mark.parametrize(
    "text",
    [
        f"connections: [{{name: x, password:{CANARY}}}]",
        f"spaces: [{{name: x, password:{CANARY}}}]",
        f"password={CANARY}: x",
        f"connections: [{{name: x, secrets: {{password={CANARY}: 1, password={CANARY}: 2}}}}]",
    ],
)
def test_a_secret_in_a_name_in_a_file(text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        with_definitions({}, ["all.yml"], {}, _Controller(text))
    said = "\n".join(caught.value.problems)
    assert "all.yml:1" in said
    assert "********" in said
    assert CANARY not in said


def test_the_name_of_a_value_is_no_secret() -> None:
    assert hidden_values({"values": {"region": None, "orders": {"with_ssl": None, "password": "canary-1"}}}) == {
        "canary-1"
    }
