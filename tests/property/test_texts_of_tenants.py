"""Whatever a tenant says, Ansible reads it back from an export as that text, and no templar evaluates it.

This file needs nothing but ansible-core, hypothesis and the collection: so it is also run with cores that the
collection doesn't support (tests/tools/matrix.py runs it with the others).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.qlikops.cloud.plugins.filter import (
    format_connect_statement,
    parse_connect_statement,
    summarize_decommission,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export import yaml_text
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.documents import (
    Holdings,
    layered_texts,
    tenant_text,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import Evaluation, host_layers
from ansible_collections.qlikops.cloud.plugins.plugin_utils._layer_names import export_names
from ansible_collections.qlikops.cloud.plugins.plugin_utils._plain import plain
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.thoroughness import examples

NAMES = export_names("export")
EVALUATED = "canary-" + "evaluated"
# Each gives EVALUATED (or 42) when it is taken for a template in one of the ways that some core knows.
EXPRESSION = "'canary-' ~ 'evaluated'"
HEADER = "#jinja2:variable_start_string:'[%',variable_end_string:'%]'"
HOSTILE = [
    f"{{{{ {EXPRESSION} }}}}",
    f"a{{{{ {EXPRESSION} }}}}b",
    f"{{% if true %}}{{{{ {EXPRESSION} }}}}{{% endif %}}",
    f"{HEADER}\n[% {EXPRESSION} %]",
    f"{HEADER}\n\n[% lookup('pipe', 'echo 42') %]",
    "#jinja2:variable_start_string:'<<',variable_end_string:'>>'\n<< 6 * 7 >>",
    "#jinja2: trim_blocks:False\n{{ 6 * 7 }}",
    "#jinja2:line_statement_prefix:'%'\n% if true\n42\n% endif",
    "#jinja2:block_start_string:'(%',block_end_string:'%)'\n(% set x = 1 %)",
    "{# gone #}",
    "{{ lookup('ansible.builtin.pipe', 'echo 42') }}",
    "{{ undefined_anywhere }}",
    "{{",
    "%}",
    "!unsafe {{ 6 * 7 }}",
    "!vault |",
    "$ANSIBLE_VAULT;1.1;AES256\n61",
    "&a *a <<: x",
    "yes",
    *("0123", "5432", "1.0", "12:30:45", "2026-11-01", "~", "null", "=", "<<", "!", "&", "*", "yes\n"),
    "harmless",
    "",
]
YAMLS_OWN = re.compile(r"[A-Za-z0-9+.:_~=<!&* \t\n-]*")
WORD = re.compile("[A-Za-z][A-Za-z0-9_]*")
PIECES = [*HOSTILE, HEADER, "[%", "%]", "{{", "}}", "{%", "%}", "\n", " ", "#", "x"]
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
VALUES = st.one_of(
    TEXTS, st.booleans(), st.integers(-9, 9), st.none(), st.lists(st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=2)
)
DEFINITIONS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "data_source": TEXTS,
        "properties": st.dictionaries(TEXTS, VALUES, max_size=3),
        "tags": st.lists(TEXTS, max_size=2),
    },
    optional={"space": TEXTS},
)
SPACES = st.fixed_dictionaries(
    {"name": TEXTS.filter(bool), "type": TEXTS.filter(bool), "description": TEXTS.filter(bool)}
)
HELD = st.lists(DEFINITIONS, min_size=1, max_size=3, unique_by=lambda one: (one.get("space", ""), one["name"]))
every_example = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=examples(60))


def evaluated(text: str, folder: str = "/") -> dict[str, Any]:
    """The variables of a file as a task sees them: loaded by this core's loader, each evaluated by its templar, in
    every usual way.
    """
    loader = DataLoader()
    loader.set_basedir(folder)
    variables = loader.load(text, file_name="/host_vars/acme/qlik_connections.yml")
    templar = Templar(loader, variables=variables)
    ways: list[Callable[[str], Any]] = [
        lambda name: templar.template(variables[name]),
        lambda name: templar.template(_template("{{ " + name + " }}")),
        lambda name: templar.template([_template("{{ " + name + " | list }}")])[0],
        lambda name: Evaluation(templar.template)(variables[name]),
    ]
    seen: dict[str, Any] = {}
    for name in variables:
        first, *others = [plain(way(name)) for way in ways]
        assert others == [first] * len(others), f"{name} depends on how it is evaluated"
        seen[name] = first
    return seen


def _template(text: str) -> Any:
    """A template that somebody trusted wrote."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return text
    return trust_as_template(text)


def place(definition: dict[str, Any]) -> tuple[str, str]:
    return definition.get("space", ""), definition["name"]


def holdings(held: list[dict[str, Any]], spaces: list[dict[str, Any]]) -> Holdings:
    noted = [
        {"id": "1", "managed": False, "secrets": [], "left_out": [], "masked": {}, "credentials_id": one["name"]}
        for one in held
    ]
    return Holdings(held, noted, spaces)


@every_example
@given(HELD, st.lists(SPACES, min_size=1, max_size=2))
@example(
    [{"name": HOSTILE[3], "data_source": "rest", "properties": {HOSTILE[4]: HOSTILE[3]}, "tags": [HOSTILE[4]]}], []
)
def test_every_text_comes_back_as_it_was(held: list[dict[str, Any]], spaces: list[dict[str, Any]]) -> None:
    read = evaluated(tenant_text("acme", holdings(held, spaces), NAMES))
    assert sorted(read[NAMES.tenant], key=place) == sorted(held, key=place)
    if spaces:
        assert read[NAMES.tenant_spaces] == sorted(spaces, key=lambda space: str(space["name"]))


@every_example
@given(HELD)
def test_what_tenants_have_in_common_comes_back_as_it_was(held: list[dict[str, Any]]) -> None:
    common, _own, _number = layered_texts({"a": holdings(held, []), "b": holdings(held, [])}, NAMES)
    read = evaluated(common)[NAMES.common]
    assert {one["name"] for one in read} <= {one["name"] for one in held}
    assert all(one in held for one in read)


@every_example
@given(HELD, st.lists(SPACES, max_size=2))
def test_every_text_is_tagged_whatever_is_in_it(held: list[dict[str, Any]], spaces: list[dict[str, Any]]) -> None:
    """Not only what looks like a template to this version of that core:
    no value of a tenant is left without the tag.
    """
    root: Any = yaml.compose(tenant_text("acme", holdings(held, spaces), NAMES), Loader=yaml.SafeLoader)
    for _variable, value in root.value:
        untagged = [node.value for node in values_of(value) if node.tag == "tag:yaml.org,2002:str"]
        untagged += [node.value for node in keys_of(value) if node.tag != "!unsafe" and not WORD.fullmatch(node.value)]
        # Numbers, dates and such words as "yes", in quotes. No template of whatever form can be made of these
        # characters.
        assert all(YAMLS_OWN.fullmatch(text) and is_not_text_for_yaml(text) for text in untagged)


def is_not_text_for_yaml(text: str) -> bool:
    resolver: Any = yaml.SafeLoader("")
    return bool(resolver.resolve(yaml.ScalarNode, text, (True, False)) != "tag:yaml.org,2002:str")


def values_of(node: yaml.Node) -> list[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        return [node]
    inside = [value for _key, value in node.value] if isinstance(node, yaml.MappingNode) else node.value
    return [scalar for value in inside for scalar in values_of(value)]


def keys_of(node: yaml.Node) -> list[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        return []
    if isinstance(node, yaml.SequenceNode):
        return [key for item in node.value for key in keys_of(item)]
    return [key for pair in node.value for key in (pair[0], *keys_of(pair[1]))]


def test_the_writer_knows_nothing_of_templates() -> None:
    """There is no recognition of templates that could be incomplete."""
    source = Path(yaml_text.__file__).read_text()
    assert not [mark for mark in ("{{", "{%", "{#", "jinja2:", "[%") if mark in source]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_key_is_text_too(text: str) -> None:
    held = [{"name": "n", "data_source": "rest", "properties": {text or "empty": "v"}, "tags": ["t"]}]
    assert evaluated(tenant_text("acme", holdings(held, []), NAMES))[NAMES.tenant] == held


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_comment_offers_is_text_when_the_comment_is_taken_away(text: str) -> None:
    masked = {"url": f"https://{text}.example?key=********"}
    note = {
        "id": "1",
        "managed": True,
        "secrets": [text or "x"],
        "left_out": ["url"],
        "masked": masked,
        "credentials_id": "",
    }
    held = {"name": text, "data_source": "rest", "properties": {"method": "GET"}, "tags": ["t"]}
    written = tenant_text("acme", Holdings([held], [note]), NAMES)
    offered = re.sub("(?m)^      # ?", "      ", written).replace("      Not whole", "      # Not whole")
    (definition,) = evaluated(offered)[NAMES.tenant]
    assert definition["properties"] == {"method": "GET", **masked}


def test_the_layers_of_an_export_are_recognised() -> None:
    variables = {
        NAMES.common: [1],
        NAMES.tenant: [2],
        NAMES.tenant_spaces: [3],
        "qlik_connections_definitions": [4],
        "other": [5],
    }
    layers = host_layers(
        {**variables, "qlik_connections_definitions_from": ["x"], "qlik_connections_spaces": [6]}, lambda value: value
    )
    assert layers.exported_definitions == [(NAMES.common, [1]), (NAMES.tenant, [2])]
    assert layers.exported_spaces == [(NAMES.tenant_spaces, [3])]
    assert layers.definitions == [("qlik_connections_definitions", [4])]


@pytest.mark.parametrize("text", [text for text in HOSTILE if not set(text) & set('\n";') and text])
def test_what_filters_make_of_a_text_is_no_template(text: str) -> None:
    statement = f'CUSTOM CONNECT TO "provider=p;host={text};"'
    parsed = parse_connect_statement.FilterModule().filters()["parse_connect_statement"](statement)
    formatted = format_connect_statement.FilterModule().filters()["format_connect_statement"](
        {"provider": "p", "properties": {"host": text}}
    )
    stopped = {"failed": True, "msg": text}
    read: dict[str, Any] = {"definition_notes": [], "definitions": []}
    summary = summarize_decommission.FilterModule().filters()["summarize_decommission"]([text], [read], [stopped], [{}])
    kept = {"parsed": parsed, "formatted": formatted, "summary": summary}
    templar = Templar(DataLoader(), variables=kept)
    assert plain(templar.template(kept["parsed"])) == {"provider": "p", "properties": {"host": text}}
    assert plain(templar.template(kept["formatted"])) == statement
    assert plain(templar.template(kept["summary"]))[0] == f"{text}: FAILED, nothing was deleted: {text}"
