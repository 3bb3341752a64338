"""What must hold of what is declared by itself, whatever somebody wrote."""

from __future__ import annotations

from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import check_definition, check_sent
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import with_files, with_paths
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.kinds import kind_of
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.layers import merge_spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.placeholders import fill, secret_values
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.selection import selected
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    SEPARATION_PROPERTIES,
    STATEMENT_SIGN_IN,
    is_address_name,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.thoroughness import examples

many = settings(max_examples=examples(200))

TEXTS = st.text(max_size=10)
NAMES = st.sampled_from(["host", "port", "database", "username", "password", "apiKey", "SSLMode", "queryHeaders"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), TEXTS)
HEADER = st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}, optional={"encrypt": st.booleans()})
HEADERS = st.lists(HEADER, max_size=2)
PROPERTIES = st.dictionaries(NAMES, st.one_of(SCALARS, HEADERS), max_size=6)
OPTIONS = st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=6)},
    optional={
        "space": TEXTS,
        "state": st.sampled_from(["present", "absent"]),
        "properties": PROPERTIES,
        "secrets": st.dictionaries(st.sampled_from(["password", "token"]), TEXTS, max_size=2),
        "tags": st.lists(TEXTS, max_size=3),
        "tags_mode": st.sampled_from(["merge", "exact"]),
        "update_secrets": st.sampled_from(["on_change", "on_create", "always"]),
        "fingerprint_key": st.text(max_size=20),
        "secrets_version": TEXTS,
        "owner": TEXTS,
        "replace": st.sampled_from(["never", "when_required"]),
        "auth_code": TEXTS,
        "separate_credentials": st.booleans(),
        "credentials": TEXTS,
    },
)
DEFAULTS = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(TEXTS, max_size=3),
        "update_secrets": st.sampled_from(["on_change", "on_create", "always"]),
        "fingerprint_key": st.text(max_size=20),
        "replace": st.sampled_from(["never", "when_required"]),
    },
)


@many
@given(OPTIONS, DEFAULTS, st.data())
def test_null_is_left_out_and_what_is_left_out_has_its_default(
    options: dict[str, Any], defaults: dict[str, Any], data: st.DataObject
) -> None:
    spelt = Definition.from_options({**defaults, **options})
    assert Definition.from_options(options, defaults) == spelt
    nulls = dict.fromkeys(data.draw(st.sets(st.sampled_from(["owner", "tags", "space", "properties", "credentials"]))))
    assert Definition.from_options({**nulls, **options}, defaults) == spelt


@many
@given(OPTIONS)
def test_every_property_and_secret_is_sent_under_its_name(options: dict[str, Any]) -> None:
    definition = Definition.from_options(options)
    given_ = {**options.get("properties", {}), **options.get("secrets", {})}
    assert set(definition.sendable()) == {name for name, value in given_.items() if value is not None}
    assert not set(definition.properties) & set(definition.secrets) - set(options.get("secrets", {}))


@many
@given(OPTIONS, st.sampled_from(["true", "1", True, "false", 0]), TEXTS)
def test_separate_credentials_among_properties_are_the_options(
    options: dict[str, Any], separate: Any, name: str
) -> None:
    pasted = {**options.get("properties", {}), "separateCredentials": separate, "selectedCredentials": name}
    bare = {key: value for key, value in options.items() if key not in ("separate_credentials", "credentials")}
    definition = Definition.from_options({**bare, "properties": pasted})
    is_separate = str(separate).lower() in ("true", "1")
    assert definition == Definition.from_options({**bare, "separate_credentials": is_separate, "credentials": name})
    assert not set(SEPARATION_PROPERTIES) & set(definition.sendable())


@many
@given(OPTIONS, st.sampled_from([[], [{"name": "Key", "value": "v", "encrypt": True}]]))
def test_a_rotation_sends_the_credentials_and_touches_nothing_else(options: dict[str, Any], headers: list[Any]) -> None:
    properties = {**options.get("properties", {}), "queryHeaders": headers}
    definition = Definition.from_options({**options, "properties": properties})
    rotation = definition.rotation()
    assert rotation.secrets == definition.secrets
    assert rotation.properties.items() <= definition.properties.items()
    assert rotation.write_only == definition.write_only
    assert rotation.user_names == definition.user_names
    assert rotation.declared_address == definition.declared_address
    assert all(map(is_address_name, rotation.declared_address))
    assert (rotation.tags, rotation.owner, rotation.previous_name, rotation.replace) == (None, "", "", "never")


@many
@given(OPTIONS, st.sampled_from(sorted(STATEMENT_SIGN_IN)), st.text(min_size=1, max_size=6))
def test_a_user_name_or_password_beside_no_statement_is_refused_without_its_value(
    options: dict[str, Any], name: str, value: str
) -> None:
    canary = f"canary-{value}"
    definition = Definition.from_options({**options, "state": "present", name: canary})
    problems = check_definition(definition)
    assert any(name in problem for problem in problems)
    assert canary not in "".join(problems)


@many
@given(st.dictionaries(st.sampled_from(["password", "clientSecret", "port"]), SCALARS))
def test_a_secret_that_is_no_text_is_refused(values: dict[str, Any]) -> None:
    wrong = {name for name, value in values.items() if name != "port" and isinstance(value, (bool, int))}
    problems = check_sent(values)
    assert len(problems) == len(wrong)
    assert all(any(f"'{name}'" in problem for problem in problems) for name in wrong)


SPACES = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("ABC")}, optional={"description": SCALARS, "owner": SCALARS, "type": SCALARS}
    ),
    max_size=3,
    unique_by=lambda space: str(space["name"]),
)


@many
@given(SPACES, SPACES, SPACES)
def test_layers_of_spaces_can_be_merged_step_by_step(first: Any, second: Any, third: Any) -> None:
    whole = merge_spaces([first, second, third])
    assert merge_spaces([merge_spaces([first, second]), third]) == whole
    assert merge_spaces([first, None, second, [], third]) == whole
    members: dict[str, dict[str, Any]] = {}
    for space in (*first, *second, *third):
        members.setdefault(space["name"], {}).update(space)
    assert [space["name"] for space in whole] == list(members)
    for space in whole:
        declared = members[space["name"]]
        assert space == {name: value for name, value in declared.items() if value is not None}


DATA = st.recursive(
    st.one_of(SCALARS, st.just("${a}"), st.just("x ${a.b}"), st.just("$${a}")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@many
@given(DATA, st.one_of(SCALARS, st.just("${a}")), st.integers())
def test_whole_placeholders_become_values_which_are_not_filled_again(data: Any, value: Any, number: int) -> None:
    values = {"a": value, "a.b": number}
    assert fill(data, values, []) == _filled(data, value, number)


def _filled(data: Any, value: Any, number: int) -> Any:
    """The same by hand, for the texts that are drawn here."""
    if isinstance(data, dict):
        return {name: _filled(item, value, number) for name, item in data.items()}
    if isinstance(data, list):
        return [_filled(item, value, number) for item in data]
    known = {"${a}": value, "x ${a.b}": f"x {number}", "$${a}": "${a}"}
    return known[data] if isinstance(data, str) and data in known else data


@many
@given(st.dictionaries(st.sampled_from(["password", "note", "tokens"]), DATA, max_size=3))
def test_only_secret_values_are_carried(values: dict[str, Any]) -> None:
    kept = secret_values(values)
    assert set(kept) == set(values)
    assert "note" not in kept or _texts(kept["note"]) <= _texts_below_secret_names(values["note"])
    for name in ("password", "tokens"):
        assert name not in kept or _texts(kept[name]) == {text for text in _texts(values[name]) if len(text) >= 6}


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {value} if isinstance(value, str) else set()


def _texts_below_secret_names(value: Any) -> set[str]:
    """All that may be carried of what isn't a secret by its own name."""
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts_below_secret_names, value))
    return set()


@many
@given(st.dictionaries(NAMES, st.one_of(SCALARS, st.fixed_dictionaries({"path": TEXTS}))), TEXTS)
def test_files_are_read_where_a_path_stands_and_nothing_else_changes(properties: dict[str, Any], content: str) -> None:
    read: list[str] = []

    def reader(path: str) -> bytes:
        read.append(path)
        return content.encode("utf-8", "surrogatepass")

    loaded = with_files({"name": "x", "properties": properties}, reader)["properties"]
    paths = {name: value["path"] for name, value in properties.items() if isinstance(value, dict)}
    assert read == list(paths.values())
    assert list(loaded) == list(properties)
    assert {name: loaded[name] for name in loaded if name not in paths} == {
        name: value for name, value in properties.items() if name not in paths
    }
    resolved = with_paths({"name": "x", "properties": properties}, "/base/{}".format)["properties"]
    assert {name: resolved[name]["path"] for name in paths} == {name: f"/base/{path}" for name, path in paths.items()}


@many
@given(st.lists(st.tuples(st.sampled_from(["", "S", "T"]), st.sampled_from("ABC")), min_size=1, max_size=4), st.data())
def test_a_name_picks_what_has_it(places: list[tuple[str, str]], data: st.DataObject) -> None:
    definitions = [Definition(name=name, space=space or None) for space, name in places]
    space, name = data.draw(st.sampled_from(places))
    assert selected(definitions, [f"{space}:{name}"], "t") == [place == (space, name) for place in places]
    assert selected(definitions, [name], "t") == [other == name for _space, other in places]
    assert selected(definitions, [], "t") == [False] * len(places)


@given(st.one_of(SCALARS, st.floats(), st.lists(SCALARS), st.dictionaries(TEXTS, SCALARS)))
def test_what_a_value_is_says_nothing_of_it(value: Any) -> None:
    kinds = {"null", "a text", "a boolean", "a number", "a mapping", "a list"}
    assert kind_of(value) in kinds
