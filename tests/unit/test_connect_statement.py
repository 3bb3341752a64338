"""Connect statements survive reading and writing, and what can't be written is refused."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    decode_list,
    encode_list,
    format_connect_statement,
    parse_connect_statement,
)
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.text(
    st.characters(blacklist_characters='=;"\r\n', blacklist_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12
).filter(lambda key: key.lower() != "provider")
VALUES = st.text(st.characters(blacklist_characters=';"\r\n', blacklist_categories=["Cs"]), max_size=30)
ITEMS = st.lists(
    st.fixed_dictionaries({"name": st.text(min_size=1, max_size=8), "value": st.text(max_size=12)}), max_size=5
)


@given(
    provider=st.sampled_from(["QvOdbcConnectorPackage.exe", "QvRestConnector.exe", ""]),
    properties=st.dictionaries(KEYS, VALUES),
)
def test_what_is_written_can_be_read(provider: str, properties: dict[str, str]) -> None:
    statement = parse_connect_statement(format_connect_statement(provider, properties))
    assert statement.provider == provider
    assert statement.properties == properties


@given(ITEMS)
def test_rest_lists_keep_names_and_values_whatever_they_hold(items: list[dict[str, str]]) -> None:
    assert decode_list(encode_list(items)) == [(item["name"], item["value"]) for item in items]


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ('CUSTOM CONNECT TO "provider=P;host=a=b;path=/x?y&z:1;"', {"host": "a=b", "path": "/x?y&z:1"}),
        ("custom connect to 'Provider=P; host=h ;db=d'", {"host": "h ", "db": "d"}),
        ('CUSTOM CONNECT TO "provider=P;SSLMode=require;";', {"SSLMode": "require"}),
        ('  CUSTOM  CONNECT TO "host=h"', {"host": "h"}),
        ('CUSTOM CONNECT TO "provider=P;note=(a b) \\ +;"', {"note": "(a b) \\ +"}),
    ],
)
def test_statements_as_people_and_qlik_write_them(text: str, properties: dict[str, str]) -> None:
    assert parse_connect_statement(text).properties == properties


def test_a_missing_provider_is_told_apart() -> None:
    assert parse_connect_statement('CUSTOM CONNECT TO "host=h;"').provider == ""


@pytest.mark.parametrize(
    ("pairs", "doubled"),
    [
        ("provider=P;host=a;host=b;host=a;", ("host",)),
        ("provider=P;Provider=Q;db=a;port=1; port=2", ("provider", "port")),
        ("provider=;provider=P;password=x;password=;", ("provider", "password")),
        ("provider=P;host=a;host=a;Host=b;provider=P;", ()),
    ],
)
def test_what_stands_twice_and_not_the_same_is_told(pairs: str, doubled: tuple[str, ...]) -> None:
    assert parse_connect_statement(f'CUSTOM CONNECT TO "{pairs}"').doubled == doubled


@pytest.mark.parametrize(
    "text", ["", "lib://x", "OLEDB CONNECT TO [Provider=X]", 'CUSTOM CONNECT TO "host"', 'CUSTOM CONNECT TO "=x;"']
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(StatementError):
        parse_connect_statement(text)


@pytest.mark.parametrize("value", ["a;b", 'a"b', "a\nb"])
def test_a_value_that_no_statement_can_hold_is_refused_by_the_name_of_its_property(value: str) -> None:
    with pytest.raises(StatementError, match="'host'"):
        format_connect_statement("P", {"host": value})


def test_lists_in_qliks_own_encoding() -> None:
    assert decode_list("xrfkey%20000000000000000") == [("xrfkey", "0000000000000000")]
    assert decode_list("X-API-Key%2%1Accept%2a%%b%1") == [("X-API-Key", ""), ("Accept", "a%b")]
    assert encode_list([{"name": "k", "value": "v", "encrypt": True}]) == "k%2%1"


def test_booleans_and_numbers_are_written_as_qlik_writes_them() -> None:
    assert (
        format_connect_statement("P", {"a": True, "b": 443, "c": 1.0})
        == 'CUSTOM CONNECT TO "provider=P;a=true;b=443;c=1;"'
    )
