"""Options that aren't known, or not of their shape, are named, and nothing of what they hold is shown."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    shape_problems,
    strange_values,
    texts_problems,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from hypothesis import given
from hypothesis import strategies as st

SPEC = data_connections_spec()
CANARY = "canary-4711"
SECRET = {"password": CANARY}
GOOD = {"name": "Orders", "space": "Sales", "secrets": SECRET}
# What is given, and what is said of it (empty: that is for Ansible to say).
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a dash too many": (
        {"connections": [[GOOD]]},
        "connections: item 1 must be a dictionary, but is a list. Is there a dash too many?",
    ),
    "a mapping for a list": ({"connections": GOOD}, "connections must be a list of dictionaries, but is a dictionary."),
    "a text for a list": (
        {"connections": json.dumps([GOOD])},
        "connections must be a list of dictionaries, but is another text.",
    ),
    "a text in a list": (
        {"connections": [GOOD, CANARY]},
        "connections: item 2 must be a dictionary, but is another text.",
    ),
    "a list for a mapping": (
        {"connections": [{**GOOD, "properties": [SECRET]}]},
        "connections, item 1 ('Orders'): properties must be a dictionary, but is a list.",
    ),
    "a list of secrets": (
        {"connections": [{"name": "x", "secrets": [SECRET]}]},
        "connections, item 1 ('x'): secrets must be a dictionary, but is a list.",
    ),
    "a mapping for tags": (
        {"connections": [{**GOOD, "tags": SECRET}]},
        "connections, item 1 ('Orders'): tags must be a list of texts",
    ),
    "no choice": (
        {"connections": [{**GOOD, "state": CANARY}]},
        "connections, item 1 ('Orders'): state must be one of: present, absent",
    ),
    "nearly a choice": ({"connections": [{**GOOD, "state": "presnt"}]}, "Did you mean 'present'?"),
    "no number": ({"timeout": CANARY}, "timeout must be an integer, but is another text."),
    "no boolean": ({"prune": CANARY}, "prune must be true or false, but is another text."),
    "misspelt secrets": (
        {"connections": [{"name": "x", "secretts": SECRET}]},
        "connections, item 1 ('x'): there is no option 'secretts'. Did you mean 'secrets'?",
    ),
    "misspelt password": (
        {"connections": [{"name": "x", "pasword": CANARY}]},
        "connections, item 1 ('x'): there is no option 'pasword'. Did you mean 'password'?",
    ),
    "misspelt client secret": ({"client_secrett": CANARY}, ""),
    "misspelt connections": ({"conections": [GOOD]}, ""),
    "a mapping for a name": (
        {"connections": [{"name": SECRET}]},
        "connections, item 1: name must be a text, but is a dictionary.",
    ),
    "a text for properties": (
        {"connections": [{**GOOD, "properties": CANARY}]},
        "connections, item 1 ('Orders'): properties must be a dictionary, but is another text.",
    ),
    "a text for secrets": (
        {"connections": [GOOD, {**GOOD, "secrets": f"password: {CANARY}"}]},
        "connections, item 2 ('Orders'): secrets must be a dictionary, but is another text.",
    ),
    "a dictionary written out": ({"connections": [{**GOOD, "properties": "host=h port=1"}]}, ""),
    "a list for a space": (
        {"connections": [{**GOOD, "space": [CANARY]}]},
        "connections, item 1 ('Orders'): space must be a text, but is a list.",
    ),
    "a mapping among tags": (
        {"connections": [{**GOOD, "tags": ["finance", {"team": CANARY}]}]},
        "connections, item 1 ('Orders'): tags: item 2 must be a text, but is a dictionary.",
    ),
    "a list among names": ({"prune_spaces": [[CANARY]]}, "prune_spaces: item 1 must be a text, but is a list."),
    "a definition among the spaces": (
        {"spaces": [{"name": "Sales", "secrets": SECRET, "properties": SECRET}]},
        "spaces, item 1 ('Sales'): there is no option 'secrets'. The options: description, max_member_removals,",
    ),
    "a misspelt name": (
        {"connections": [GOOD, {"nam": "x"}]},
        "connections, item 2: there is no option 'nam'. Did you mean 'name'?",
    ),
    "a text for a connection": (
        {"connections": ["Orders"]},
        "connections: item 1 must be a dictionary, but is another text.",
    ),
    "a text for a space": ({"spaces": ["Sales"]}, "spaces: item 1 must be a dictionary, but is another text."),
    "an app's id": (
        {"connections": [{"qName": "Orders", "ownerId": CANARY}]},
        "connections, item 1 ('Orders'): ownerId can't be given. In a body that creates a connection, this is the id of"
        " an app",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_nothing_of_it_is_shown(case: str) -> None:
    given_options, said = WRONG[case]
    problems = shape_problems(given_options, SPEC)
    assert said in " ".join(problems)
    assert bool(problems) is bool(said)
    assert CANARY not in json.dumps([problems, mask_options(given_options, SPEC)])
    secrets = strange_values(given_options, SPEC)
    for message in ArgumentSpecValidator(SPEC).validate(given_options).error_messages:
        if not problems:
            assert CANARY not in message or CANARY in secrets


def test_what_is_right_is_shown_but_for_its_secrets() -> None:
    options = {
        "tenant_url": "https://acme.eu.qlikcloud.com",
        "access_token": CANARY,
        "timeout": "30",
        "validate_certs": "yes",
        "connections": [{**GOOD, "qName": "x", "properties": {"host": "h", "password": CANARY}, "tags": "a,b"}],
    }
    shown = mask_options(options, SPEC)
    assert shape_problems(options, SPEC) == []
    assert strange_values(options, SPEC) == set()
    assert CANARY not in json.dumps(shown)
    assert (shown["timeout"], shown["tenant_url"], shown["connections"][0]["properties"]["host"]) == (
        "30",
        options["tenant_url"],
        "h",
    )
    assert (shown["connections"][0]["qName"], shown["connections"][0]["tags"]) == ("x", "a,b")


@pytest.mark.parametrize(
    "option", [{"name": {}}, {"tags": [[]]}, {"properties": {"a": 1}, "owner": ["x"]}, {"previous_space": {"a": "b"}}]
)
def test_what_ansible_would_make_a_text_of_is_refused(option: dict[str, Any]) -> None:
    options = {"connections": [GOOD, {**GOOD, **option}]}
    assert not ArgumentSpecValidator(SPEC).validate(options).error_messages
    assert len(texts_problems(options, SPEC)) == 1


@pytest.mark.parametrize(
    "option",
    [
        {"name": 5, "tags": [1, True, None], "secrets_version": datetime.date(2026, 11, 26)},
        {"tags": "a,b", "properties": {"headers": [{"name": "x"}]}, "owner": None},
    ],
)
def test_what_can_be_a_text_is_none_of_it(option: dict[str, Any]) -> None:
    options = {"connections": [{**GOOD, **option}], "spaces": [{"name": "Sales"}], "values": {"a": [1]}}
    assert texts_problems(options, SPEC) == []


# Without name: messages call an item by its own.
KEYS = st.sampled_from(["password", "secrets", "connections", "x"])
VALUES = st.recursive(
    st.just(CANARY) | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
UNKNOWN = st.dictionaries(
    st.sampled_from(["secretts", "conections", "client_secrett", "x"]), VALUES, min_size=1, max_size=3
)


@given(UNKNOWN, st.lists(UNKNOWN | VALUES.filter(lambda value: not isinstance(value, dict)), max_size=2) | VALUES)
def test_no_option_in_a_wrong_place_is_shown(outside: dict[str, Any], connections: Any) -> None:
    options = {**outside, "connections": connections, "prune": connections, "properties": connections}
    said = json.dumps([mask_options(outside, SPEC), shape_problems(options, SPEC)])
    assert CANARY not in said
