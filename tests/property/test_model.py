"""What must hold of the model by itself: comparison, tags and fingerprints, statements, names, and what is masked."""

from __future__ import annotations

from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import differing, same_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    format_connect_statement,
    parse_connect_statement,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, show_connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    Fingerprint,
    fingerprint,
    read_fingerprint,
    user_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    leaf_texts,
    mask_properties,
    mask_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    SEPARATION_PROPERTIES,
    is_hidden_name,
    is_secret_name,
    is_user_name,
    is_write_only,
    split_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import (
    address_of,
    is_other_owner,
    read_sending,
    sending,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    SERVER_TAG,
    TAG_MANAGED,
    TAG_OWN,
    TAG_REATTACH,
    TAG_REPLACES,
    TAG_SECRETS,
    TAG_SENT,
    TAG_USER,
    is_reserved_tag,
    tag_contents,
    without_kinds,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.thoroughness import examples

many = settings(max_examples=examples(200))

NAMES = st.sampled_from(
    ["host", "server", "url", "port", "database", "username", "User", "SSLMode", "password", "clientSecret", "timeout"]
)
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='";'), max_size=12)
HUNDREDTHS = st.integers(-999, 999).map(lambda number: number / 100)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 70000), HUNDREDTHS, TEXTS)
ITEMS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abc"), "value": TEXTS}, optional={"encrypt": st.booleans()}),
    max_size=3,
    unique_by=lambda item: item["name"],
)
VALUES = st.one_of(SCALARS, ITEMS)
PROPERTIES = st.dictionaries(NAMES, VALUES, max_size=6)
SECRETS = st.dictionaries(st.sampled_from(["password", "token", "keyFile"]), TEXTS, max_size=3)
KEYS = st.text(min_size=16, max_size=20)
IDS = st.text("0123456789abcdef", min_size=1, max_size=8)
USER_TAGS = TEXTS.filter(lambda tag: not is_reserved_tag(tag))
OWN_TAGS = st.one_of(
    st.just(TAG_MANAGED),
    st.tuples(st.sampled_from([TAG_SECRETS, TAG_USER, TAG_SENT, TAG_REPLACES, TAG_REATTACH]), IDS).map("".join),
)
TAGS = st.lists(st.one_of(USER_TAGS, OWN_TAGS, IDS.map((SERVER_TAG + "{}").format)), max_size=6)


BITS = st.sampled_from([True, False, "true", "false", 1, 0, "1", "0", 1.0, "1.0", "True", None, ""])


@many
@given(st.one_of(BITS, VALUES), st.one_of(BITS, VALUES))
def test_a_value_is_itself_and_comparing_has_no_direction(one: Any, other: Any) -> None:
    assert same_value(one, one)
    assert same_value(one, other) == same_value(other, one)


@many
@given(st.one_of(st.booleans(), st.integers(), st.floats(-1e6, 1e6)))
def test_the_type_of_a_number_or_switch_doesnt_matter_but_another_value_does(value: Any) -> None:
    text = statement_text(value)
    assert same_value(value, text)
    assert same_value(text, value)
    assert not same_value(value, text + "7")


@many
@given(PROPERTIES, PROPERTIES, PROPERTIES)
def test_only_what_is_declared_differs(declared: dict[str, Any], actual: dict[str, Any], more: dict[str, Any]) -> None:
    found = differing(declared, actual)
    assert set(found) <= set(declared)
    assert {name: value for name, (_now, value) in found.items()} == {name: declared[name] for name in found}
    undeclared = {name: value for name, value in more.items() if name not in declared}
    assert differing(declared, {**actual, **undeclared}) == found
    assert differing(declared, {**actual, **{name: declared[name] for name in found}}) == {}


@many
@given(PROPERTIES, PROPERTIES)
def test_what_the_tenant_doesnt_show_holds_its_default(declared: dict[str, Any], actual: dict[str, Any]) -> None:
    assert differing(declared, {}, declared) == {}
    hidden = {name: value for name, value in declared.items() if name not in actual}
    named = {name for name in differing(declared, actual) if name in hidden}
    assert named == {name for name, value in hidden.items() if not is_user_name(name) and not same_value(value, None)}


@many
@given(st.dictionaries(NAMES, SCALARS, max_size=6), st.sampled_from(["", "QvOdbcConnectorPackage.exe"]))
def test_what_a_statement_was_made_of_is_read_from_it(properties: dict[str, Any], provider: str) -> None:
    read = parse_connect_statement(format_connect_statement(provider, properties))
    assert read.provider == provider
    assert list(read.properties) == list(properties)
    assert differing(properties, read.properties) == {}


@many
@given(KEYS, SECRETS, IDS, IDS, TEXTS, TAGS)
def test_a_fingerprint_is_read_from_the_tag_that_it_makes(
    key: str, secrets: dict[str, str], tenant: str, space: str, name: str, tags: list[str]
) -> None:
    made = fingerprint(key, tenant_id=tenant, space_id=space, name=name, secrets=secrets)
    turned = dict(reversed(list(secrets.items())))
    assert fingerprint(key, tenant_id=tenant, space_id=space, name=name, secrets=turned) == made
    assert read_fingerprint([*without_kinds(tags, TAG_SECRETS), made.tag()]) == made
    assert is_reserved_tag(made.tag())
    assert not any(secret in made.tag().removeprefix(TAG_SECRETS) for secret in secrets.values() if len(secret) > 3)


@many
@given(KEYS, SECRETS, IDS, IDS, TEXTS, st.data())
def test_whatever_is_changed_changes_the_fingerprint(
    key: str, secrets: dict[str, str], tenant: str, space: str, name: str, data: st.DataObject
) -> None:
    place: dict[str, Any] = {"tenant_id": tenant, "space_id": space, "name": name, "secrets": secrets}
    what = data.draw(st.sampled_from([*place, "key"]))
    other_key, other = key, dict(place)
    if what == "key":
        other_key = key + "x"
    elif what == "secrets":
        other["secrets"] = {**secrets, "password": secrets.get("password", "") + "x"}
    else:
        other[what] += "x"
    assert fingerprint(other_key, **other) != fingerprint(key, **place)


@given(TEXTS)
def test_a_version_is_read_from_its_tag_whatever_it_holds(version: str) -> None:
    made = Fingerprint("version", "", version)
    assert read_fingerprint([made.tag()]) == made


@many
@given(TAGS, st.one_of(st.just(""), IDS), PROPERTIES, IDS)
def test_what_is_remembered_of_a_sending_is_read_from_its_tag(
    tags: list[str], owner: str, properties: dict[str, Any], other: str
) -> None:
    others = without_kinds(tags, TAG_SENT)
    made = sending(others, owner, address_of(properties))
    assert read_sending([*others, made.tag()]) == made
    assert read_sending([made.tag(), *others]) == made
    assert is_other_owner(made, other) == (bool(owner) and other != owner)
    assert not is_other_owner(made, "")
    # Another fingerprint than the one that it speaks of makes it void.
    new = f"{TAG_SECRETS}version:another"
    assert read_sending([new, *without_kinds(others, TAG_SECRETS), made.tag()]) is None


@many
@given(TAGS)
def test_a_tag_is_the_servers_ours_or_the_users(tags: list[str]) -> None:
    kept = Connection("i", "n", tags=tuple(tags)).user_tags
    assert list(kept) == without_kinds(tags, SERVER_TAG, TAG_OWN)
    for kind in (TAG_SECRETS, TAG_SENT, TAG_REPLACES, TAG_REATTACH):
        contents = list(tag_contents(tags, kind))
        assert sorted([*without_kinds(tags, kind), *(kind + content for content in contents)]) == sorted(tags)


@many
@given(IDS, st.dictionaries(st.sampled_from(["username", "userId"]), TEXTS, min_size=1, max_size=2))
def test_the_tag_of_user_names_says_nothing_of_them_and_is_the_same_for_the_same(
    tenant: str, names: dict[str, str]
) -> None:
    tag = user_tag(tenant, names)
    assert user_tag(tenant, dict(reversed(list(names.items())))) == tag
    assert user_tag(tenant + "x", names) != tag
    assert user_tag(tenant, {name: value + "x" for name, value in names.items()}) != tag
    assert user_tag(tenant, {}) == ""


@many
@given(PROPERTIES)
def test_properties_are_parted_into_what_can_be_read_back_and_what_cant(properties: dict[str, Any]) -> None:
    plain, secrets = split_secrets(properties)
    assert {**plain, **secrets} == properties
    assert not any(is_write_only(name, value) for name, value in plain.items())
    assert all(is_write_only(name, value) for name, value in secrets.items())


@many
@given(st.text(max_size=20))
def test_what_is_a_secret_is_hidden_too(name: str) -> None:
    assert is_hidden_name(name) or not is_secret_name(name)
    assert is_secret_name(name) == is_secret_name(name.upper())
    assert not any(map(is_secret_name, SEPARATION_PROPERTIES))


SECRET_NAMES = st.sampled_from(["password", "clientSecret", "PWD", "jwt", "sas"])
CANARIES = st.integers(10**9, 10**10 - 1).map("canary{}".format)


@many
@given(st.dictionaries(NAMES, SCALARS, max_size=4), CANARIES, SECRET_NAMES)
def test_no_secret_of_a_statement_is_shown(properties: dict[str, Any], canary: str, name: str) -> None:
    statement = format_connect_statement("p.exe", {**properties, name: canary})
    assert canary not in mask_statement(statement)
    assert mask_statement(mask_statement(statement)) == mask_statement(statement)
    shown = show_connection(Connection.from_api({"qID": "i", "qName": "n", "qConnectStatement": statement}), "Sales")
    assert canary not in str(shown)
    masked = mask_properties({**properties, name: canary})
    assert masked[name] == MASK
    assert canary not in leaf_texts(masked)
