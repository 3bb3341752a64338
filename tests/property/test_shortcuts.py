"""What is seen at sight is what the long way finds: shortcuts for the thousand connections that are as usual."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._files.json_bounds import is_deeper
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import differing
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    format_connect_statement,
    holds_at_sight,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.expiry import held_expiry
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    fingerprint,
    read_fingerprint,
    user_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import hidden_parts, is_plain_word
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import read_sending
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    TAG_EXPIRES,
    TAG_MANAGED,
    TAG_NOT_WORKING,
    TAG_OWN,
    TAG_REATTACH,
    TAG_REFUSED,
    TAG_REPLACES,
    TAG_ROTATING,
    TAG_SECRETS,
    TAG_SENT,
    TAG_USER,
    contents_by_kind,
    tag_contents,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import drifted_properties
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    misplaced_values,
    texts_problems,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_option_check import LISTS, REST
from tests.thoroughness import examples

many = settings(max_examples=examples(400))

NAMES = st.sampled_from(
    ["host", "port", "db", "url", "username", "provider", "Provider", "auth.type", "a=b", "a b", ""]
)
BLANK = st.sampled_from([" ", "\t", "\n", "\u00a0", "\x1c", "\u2003"])
VALUES = st.sampled_from(["", "a", "b", "5432", "true", "a=b", "a;port=1", '"', "%2", "1.0", "é", " a"])
DECLARED = st.dictionaries(NAMES, VALUES | st.sampled_from([5432, True, 1.0, None, ["x"]]), min_size=1, max_size=2)


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@st.composite
def statements(draw: st.DrawFn, declared: dict[str, Any]) -> str:
    """Statements as Qlik writes them that hold what is declared; most with one thing that is otherwise."""
    pairs = [f"{name}={written(value)}" for name, value in declared.items()]
    name, value = draw(st.sampled_from(list(declared))), draw(VALUES)
    begin, end = 'CUSTOM CONNECT TO "provider=x.exe;', ';"'
    kind = draw(st.sampled_from(["usual", "twice", "blank", "provider", "left out", "odd", "frame"]))
    if kind == "left out":
        pairs.pop()
    elif kind == "twice":
        pairs.append(f"{name}={value}")
    elif kind == "blank":
        blank = draw(BLANK)
        pairs.append(draw(st.sampled_from([f"{blank}{name}={value}", f"{name}{blank}={value}"])))
    elif kind == "provider":
        pairs.append(draw(st.sampled_from([f"Provider={value}", f"provider={value}", f"PROVIDER={value}"])))
    elif kind == "odd":
        pairs.append(draw(st.sampled_from(["nonsense", "=x", "=", "", " "])))
    elif kind == "frame":
        begin = draw(st.sampled_from(["CUSTOM CONNECT TO 'provider=x;", 'custom connect to "', 'CUSTOM CONNECT TO "']))
        end = draw(st.sampled_from(['"', ";", ';"\n', ";'", ';";', ';" ']))
    return f"{begin}{';'.join(draw(st.permutations(pairs)))}{end}"


@many
@given(st.data(), DECLARED)
def test_what_a_statement_is_seen_to_hold_it_holds(data: st.DataObject, declared: dict[str, Any]) -> None:
    text = data.draw(statements(declared))
    if holds_at_sight(text, declared):
        assert differing(declared, parse_connect_statement(text).properties) == {}


HEAD = 'CUSTOM CONNECT TO "provider=x;'
BLANKS = ("\t", " ", "\u00a0", "\u2003", "\x1c")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}host=a;port=1;'",
        f'{HEAD}host=a;port=1;";',
        f'{HEAD}host=a;port=1"',
        f'{HEAD.lower()}host=a;port=1;"',
        'CUSTOM CONNECT TO "driver=x;host=a;port=1;"',
        f'{HEAD}host=a;port=1;nonsense;"',
        f'{HEAD}host=a;port=1;=b;"',
        *(f'{HEAD}host=a;{blank}host=b;port=1;"' for blank in BLANKS),
        *(f'{HEAD}host=a;host{blank}=b;port=1;"' for blank in BLANKS),
        f'{HEAD}host=a;port=1;host=b;"',
        f'{HEAD}host=b;port=1;"',
        f'{HEAD}port=1;"',
        "",
    ],
)
def test_what_is_not_seen_at_sight(text: str) -> None:
    assert not holds_at_sight(text, {"host": "a", "port": 1})
    assert holds_at_sight(f'{HEAD}host=a;port=1;"', {"host": "a", "port": 1})


@many
@given(
    st.dictionaries(st.sampled_from(["host", "port", "db", "url"]), st.sampled_from(["a", "b c", "5432"]), max_size=4)
)
def test_a_usual_statement_is_seen_to_hold_what_it_does(declared: dict[str, str]) -> None:
    shown = {"driver": "postgres", **declared, "queryTimeout": "30"}
    text = format_connect_statement("x.exe", shown)
    assert holds_at_sight(text, {**declared, "username": "reader"})
    assert not holds_at_sight(text, {**declared, "database": "other"})
    assert not holds_at_sight(text, {**declared, "driver": "other"})


@many
@given(st.data(), DECLARED, st.booleans())
def test_drift_is_the_same_at_sight(data: st.DataObject, declared: dict[str, Any], managed: bool) -> None:
    space = Space(id="s", name="S")
    connection = Connection(
        "i", "n", statement=data.draw(statements(declared)), space_id="s", tags=(TAG_MANAGED,) if managed else ()
    )
    definition = Definition.from_options(
        {"name": "n", "space": "S", "properties": declared, "secrets": {"password": "x"}}
    )
    match = Match(Target(definition, space), connection)
    found = match.needs_a_look, match.drift
    whole = Match(Target(definition, space), Connection("i", "n", shown=connection.properties, tags=connection.tags))
    assert match.drift == drifted_properties(definition, connection, match.user_memory)
    if connection.properties is not None:
        assert found == (whole.needs_a_look, whole.drift)
    else:
        assert match.needs_a_look


KINDS = (TAG_SECRETS, TAG_USER, TAG_SENT, TAG_REPLACES, TAG_REATTACH, TAG_EXPIRES, TAG_ROTATING, TAG_REFUSED)
TAGS = st.lists(
    st.builds(
        lambda kind, content: kind + content,
        st.sampled_from([*KINDS, TAG_MANAGED, TAG_NOT_WORKING, TAG_OWN, "DcaasAPI:", "mine", TAG_SECRETS[:-1], ""]),
        st.sampled_from(["", "a", "hmac:1:2", "version:3", "2027-01-31", "x:y:z", ":", "2027-01-30"]),
    ),
    max_size=6,
)


@many
@given(TAGS)
def test_tags_say_the_same_by_their_kinds(tags: list[str]) -> None:
    found = contents_by_kind(tags)
    for kind in KINDS:
        assert found.get(kind, []) == list(tag_contents(tags, kind))
    connection = Connection("i", "n", tags=tuple(tags))
    assert connection.fingerprint == read_fingerprint(tags)
    assert connection.sending == read_sending(tags)
    assert connection.expires == held_expiry(tags)
    assert connection.predecessor_id == next(tag_contents(tags, TAG_REPLACES), "")
    assert connection.detached_credentials_id == next(tag_contents(tags, TAG_REATTACH), "")


@many
@given(
    st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers() | st.booleans(), min_size=1, max_size=3)
)
def test_the_tag_of_users_is_that_of_0_1_0(users: dict[str, Any]) -> None:
    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    message = json.dumps(["t", {name: text(value) for name, value in users.items()}], sort_keys=True).encode()
    digest = hashlib.sha256(b"qlikops.cloud user\0" + message).hexdigest()[:16]
    assert user_tag("t", users) == user_tag("t", dict(reversed(users.items()))) == TAG_USER + digest


SECRETS = st.dictionaries(
    st.text(max_size=3),
    st.text(max_size=3)
    | st.integers()
    | st.lists(st.fixed_dictionaries({"name": st.text(max_size=2), "value": st.text(max_size=2)}), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=2),
    max_size=3,
)


@many
@given(SECRETS, st.text(max_size=3))
def test_a_fingerprint_is_that_of_0_1_0(secrets: dict[str, Any], name: str) -> None:
    def texts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: texts(item) for key, item in value.items()}
        if isinstance(value, list):
            return list(map(texts, value))
        return str(value)

    place = {"tenant": "t", "space": "s", "name": name, "secrets": texts(secrets)}
    message = b"qlikops.cloud secrets\0" + json.dumps(place, sort_keys=True, separators=(",", ":")).encode()
    found = fingerprint("key", tenant_id="t", space_id="s", name=name, secrets=secrets)
    assert found.value == hmac.digest(b"key", message, "sha256").hex()[:40]


@many
@given(st.text(alphabet="aZ9_.éß٣-=:@%<& /?#\n", max_size=12) | st.text(max_size=8), st.booleans())
def test_nothing_is_hidden_in_a_plain_word(text: str, is_url: bool) -> None:
    if is_plain_word(text):
        assert hidden_parts(text, is_url=is_url) == []


@many
@given(LISTS, REST)
def test_items_that_are_fine_need_no_further_look(connections: Any, rest: dict[str, Any]) -> None:
    spec = data_connections_spec()
    arguments = {**rest, "connections": connections}
    checked = OptionCheck(spec).check(arguments)
    is_fine = not checked.validation.error_messages and not texts_problems(arguments, spec)
    assert checked.is_fine == is_fine
    if is_fine:
        assert checked.misplaced == misplaced_values(arguments, spec)


def levels_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(levels_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(levels_of, value), default=0)
    return 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


@many
@given(JSON, st.integers(min_value=0, max_value=5))
def test_how_deep_json_is(value: Any, levels: int) -> None:
    assert is_deeper(value, levels) == (levels_of(value) > levels)


@pytest.mark.parametrize("levels", [1, 64, 2000])
def test_how_deep_json_is_takes_no_depth_itself(levels: int) -> None:
    value: Any = 1
    for _level in range(levels):
        value = [value]
    assert is_deeper(value, levels - 1)
    assert not is_deeper(value, levels)
