"""Placeholders in definitions from files are filled, and nothing else happens to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.placeholders import (
    Problem,
    Verbatim,
    escape,
    fill,
    secret_values,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_text import DefinitionText
from hypothesis import given
from hypothesis import strategies as st

VALUES: dict[str, Any] = {
    "host": "db.example.com",
    "port": 5432,
    "share": 2.5,
    "on": True,
    "nothing": None,
    "tags": ["a", "b"],
    "db": {"name": "orders", "deep": {"er": 1}},
    "dotted.name": "flat",
    "sneaky": "${host} $${host} {{ host }}",
}
# Texts in which what matters is likely.
TEXTS = st.text(st.sampled_from(["$", "{", "}", "a", ".", " ", "\n", "ü"]), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=12
)


def filled(data: Any, values: Any = None) -> Any:
    """What data become, which must have no problem."""
    problems: list[Problem] = []
    found = fill(data, VALUES if values is None else values, problems)
    assert problems == []
    return found


def problems_of(data: Any) -> list[Problem]:
    problems: list[Problem] = []
    fill(data, VALUES, problems)
    return problems


def escaped(data: Any) -> Any:
    if isinstance(data, str):
        return escape(data)
    if isinstance(data, list):
        return [escaped(item) for item in data]
    return {name: escaped(item) for name, item in data.items()} if isinstance(data, dict) else data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${host}", "db.example.com"),
        ("a ${host}:${port}/${db.name}", "a db.example.com:5432/orders"),
        ("${ db.deep.er }", 1),
        ("${dotted.name}", "flat"),
        ("${on} ${share}", "true 2.5"),
        ("$${host} $${", "${host} ${"),
        ("$$${host}", "$${host}"),
        ("$ $$ $host {host} {{ host }} }", "$ $$ $host {host} {{ host }} }"),
        ("${sneaky}", VALUES["sneaky"]),
        ("<${sneaky}>", f"<{VALUES['sneaky']}>"),
    ],
)
def test_what_a_text_becomes(text: str, expected: Any) -> None:
    assert filled(text) == expected


def test_keys_and_decrypted_texts_stay_as_they_are() -> None:
    found = filled({"${host}": Verbatim("${host} $${"), "list": [{"deep": "${host}"}]})
    assert found == {"${host}": "${host} $${", "list": [{"deep": "db.example.com"}]}
    assert type(found["${host}"]) is str


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("${hst}", "there is no value for ${hst}. Did you mean 'host'?"),
        ("x${db.nme}", "there is no value for ${db.nme}. Did you mean 'db.name'?"),
        ("${host.name.x}", "there is no value for ${host.name.x}."),
        ("${}", "there is no value for ${}. Declare it in values, or write $${ for these characters themselves."),
        ("${port:-1}", "there is no value for ${port:-1}."),
        ("a ${host", "a ${ is never closed."),
        ("x ${tags}", "the value of ${tags} is a list, so the placeholder must be the whole text"),
        ("x ${db}", "the value of ${db} is a mapping"),
        ("x ${nothing}", "the value of ${nothing} is null"),
    ],
)
def test_what_can_not_be_filled_is_said(text: str, problem: str) -> None:
    (found,) = problems_of({"a": [1, {"b": text}]})
    assert found.path == ("a", 1, "b")
    assert found.text.startswith(problem)
    assert "db.example.com" not in found.text


def test_every_problem_is_found() -> None:
    assert [problem.path for problem in problems_of(["${x}", "${host}", {"a": "${y}", "b": "${"}])] == [
        (0,),
        (2, "a"),
        (2, "b"),
    ]


@given(DATA.filter(lambda data: escaped(data) == data))
def test_without_a_placeholder_nothing_changes(data: Any) -> None:
    assert filled(data) == data


@given(DATA)
def test_what_is_escaped_comes_back(data: Any) -> None:
    assert filled(escaped(data)) == data


@given(DATA)
def test_a_whole_placeholder_keeps_the_type_and_is_not_looked_at_again(value: Any) -> None:
    found = filled(["${it}", "${outer.it}"], {"it": value, "outer": {"it": value}})
    assert found == [value, value]
    assert [type(item) for item in found] == [type(value)] * 2


@given(TEXTS, TEXTS, TEXTS)
def test_a_value_inside_a_text_is_not_looked_at_again(before: str, value: str, after: str) -> None:
    before = before.rstrip("$")
    assert filled(f"{escape(before)}${{it}}{escape(after)}", {"it": value}) == before + value + after


def test_of_the_values_only_what_is_secret_by_its_name_is_kept_for_hiding() -> None:
    values = {
        "host": "db.example.com",
        "passwords": {"orders": "canary-1", "pin": "1234"},
        "api_token": "canary-2",
        "list": ["x"],
    }
    assert secret_values(values) == {
        "host": None,
        "passwords": {"orders": "canary-1", "pin": None},
        "api_token": "canary-2",
        "list": [None],
    }


def test_the_invocation_shows_the_names_of_values() -> None:
    values = {"host": "db.example.com", "passwords": {"orders": "canary"}, "list": [1]}
    shown = mask_options({"values": values}, data_connections_spec())["values"]
    assert shown == {"host": "********", "passwords": {"orders": "********"}, "list": "********"}


@given(DATA, st.booleans())
def test_what_is_told_to_be_plain_has_nothing_to_fill(data: Any, ascii_only: bool) -> None:
    text = DefinitionText(json.dumps(data, ensure_ascii=ascii_only).encode(), is_json=True)
    if text.is_plain:
        problems: list[Problem] = []
        assert fill(text.data(str), {"a": "filled"}, problems) == data
        assert not problems


@pytest.mark.parametrize("written", ['["${a}"]', r'["\u0024{a}"]', r'["$\u007ba}"]', '["\\"${a}"]'])
def test_no_way_of_writing_a_placeholder_passes_for_plain(written: str) -> None:
    text = DefinitionText(written.encode(), is_json=True)
    assert not text.is_plain
    assert "filled" in fill(text.data(str), {"a": "filled"}, [])[0]


def test_what_yaml_may_mark_is_never_told_to_be_plain() -> None:
    assert not DefinitionText(b"- !unsafe a\n", is_json=False).is_plain
