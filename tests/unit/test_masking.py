"""What a person gets to see of properties whose names say nothing, and of texts that are made of names and values."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec, definition_options
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import decode_list, encode_list
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    SECRET_OPTIONS,
    mask_for_export,
    mask_properties,
    mask_statement,
    mask_value,
    pasted_secrets,
    uncertain_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    harmless_names,
    is_hidden_name,
    is_secret_name,
    is_write_only,
    split_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import hidden_parts, masked_text
from hypothesis import example, given
from hypothesis import strategies as st

from tests.emulator.catalogue import CATALOGUE

CANARY = "canary-4711"
HEADERS = [
    *(
        "Ocp-Apim-Subscription-Key",
        "subscription-key",
        "x-functions-key",
        "appid",
        "access_key",
        "pass",
        "jwt",
        "Authorization",
    ),
    *("X-Tenant", "X-Whatever", "key", "code", "sig", "hash", "k", "client", "X-Auth", "Cookie", "id"),
]
INSIDE = {
    "a form": "grant_type=password&username=me&password={}",
    "a form that goes on": "pass={}&x=1",
    "ODBC": "uid=sa;pwd={};Encrypt=yes",
    "ODBC in braces": "uid=sa;Pwd={{{};x}};Encrypt=yes",
    "JDBC for SQL Server": "jdbc:sqlserver://db.example.com:1433;databaseName=sales;user=sa;password={};encrypt=true",
    "JDBC for MySQL": "jdbc:mysql://db.example.com/sales?user=sa&password={}",
    "JDBC for Oracle": "jdbc:oracle:thin:scott/{}@db.example.com:1521:x",
    "a user and password": "scott/{}@db.example.com",
    "a user and password with a colon": "scott:{}@db.example.com",
    "a user in a URL": "redis://me:{}@cache.example.com/0",
    "a password with an at sign": "https://me:p@{}@api.example.com/x",
    "a password with a slash": "https://me:p/{}@api.example.com/x",
    "a password alone": "redis://:{}@cache.example.com",
    "a fragment": "https://api.example.com/#access_token={}&state=x",
    "a query of unknown names": "https://api.example.com/x?zzz={}",
    "a query without a name": "https://api.example.com/x?{}",
    "a query in capitals": "https://api.example.com/x?SUBSCRIPTION-KEY={}",
    "a query with an escaped name": "https://api.example.com/x?%6bey={}",
    "a query as REST writes it": "https://api.example.com/x?key%2{}&page%21",
    "JSON": '{{"user": "me", "password": "{}"}}',
    "JSON with a quote": '{{"password": "a\\"{}", "user": "me"}}',
    "JSON of credentials": '{{"credentials": {{"a": "x", "b": "{}"}}, "user": "me"}}',
    "XML": "<login><user>me</user><password>{}</password></login>",
    "XML with a prefix": "<s:Envelope><wsse:Password Type='x'>{}</wsse:Password></s:Envelope>",
    "an attribute": '<login user="me" password="{}"/>',
    "Azure storage": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}==;EndpointSuffix=core.windows.net",
    "Azure Service Bus": "Endpoint=sb://x.example/;SharedAccessKeyName=Root;SharedAccessKey={}=",
    "Kafka": 'sasl.jaas.config=org.apache.PlainLoginModule required username="me" password="{}";',
    "lines of headers": "Accept: text/xml\nX-Api-Key: {}\nX: y",
    "YAML": "user: me\npassword: {}\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_and_parameters_of_any_name(name: str) -> None:
    items = [{"name": name, "value": CANARY}, {"name": "Accept", "value": "text/xml"}]
    shown = mask_properties(
        {
            "queryHeaders": items,
            "queryParameters": f"{name}%2{CANARY}%1page%22%1",
            "url": f"https://api.example.com/x?{name}={CANARY}&page=2",
        }
    )
    assert CANARY not in json.dumps(shown)
    assert shown["queryHeaders"] == [{"name": name, "value": MASK}, {"name": "Accept", "value": "text/xml"}]
    assert shown["url"] == f"https://api.example.com/x?{name}={MASK}&page=2"
    for member, value in (("queryHeaders", items), ("url", f"https://api.example.com/x?{name}={CANARY}")):
        assert mask_for_export(member, value) != value


@pytest.mark.parametrize("case", INSIDE)
def test_secrets_inside_texts(case: str) -> None:
    text = INSIDE[case].format(CANARY)
    shown = mask_value("customProperties", text)
    assert CANARY not in shown, shown
    assert MASK in shown
    assert mask_for_export("requestBody", text) != text
    certain = {part for part in pasted_secrets({"requestBody": text}) if CANARY in part}
    assert certain or CANARY in str(uncertain_secrets({"requestBody": text}))


def test_texts_without_secrets_stay_as_they_are() -> None:
    for text in (
        "db.example.com:5432",
        "https://api.example.com/users/@me?page=2&format=json",
        "SSLMode=require;Timeout=30",
        "mailto:me@example.com",
        "me@example.com",
        "arn:aws:iam::123456789012:role/reader",
        "C:\\data\\x",
        '{"query": {"match_all": {}}}',
        "primaryKey=id;partitionKey=day",
        "select * from t where a = 'b'",
        "passwordType=basic",
    ):
        assert mask_value("x", text) == text


@pytest.mark.parametrize(
    "name", ["accountKey", "AccountKey", "account_key", "pass", "jwt", "access-key", "SharedAccessKey", "appid"]
)
def test_names_in_statements(name: str) -> None:
    shown = mask_statement(f'CUSTOM CONNECT TO "provider=P;host=h;{name}={CANARY};"')
    assert shown == f'CUSTOM CONNECT TO "provider=P;host=h;{name}={MASK};"'


def test_a_secret_that_a_semicolon_parted_in_a_statement() -> None:
    assert CANARY not in mask_statement(f'CUSTOM CONNECT TO "provider=P;Pwd={{a;b={CANARY}}};host=h;"')
    # Also where another one follows it.
    assert CANARY not in mask_statement(f'CUSTOM CONNECT TO "provider=P;Pwd={{a;b={CANARY}}};Pwd=x;"')


def test_what_is_listed_as_harmless_is_shown_and_exported() -> None:
    properties = {
        "url": f"https://api.example.com/x?dataset={CANARY}&key=4711-canary",
        "queryHeaders": [{"name": "X-Tenant", "value": CANARY}, {"name": "X-Hidden", "value": CANARY, "encrypt": True}],
        "accountKey": CANARY,
    }
    with harmless_names(["dataset", "x-tenant", "x-hidden", "ACCOUNTKEY", "password"]):
        shown = mask_properties(properties)
        assert shown["url"] == f"https://api.example.com/x?dataset={CANARY}&key={MASK}"
        assert shown["queryHeaders"] == [
            {"name": "X-Tenant", "value": CANARY},
            {"name": "X-Hidden", "value": MASK, "encrypt": True},
        ]
        assert shown["accountKey"] == CANARY
        assert mask_value("password", CANARY) == MASK, "what Qlik keeps to itself stays hidden"
        assert mask_for_export("url", "https://api.example.com/x?dataset=a") == "https://api.example.com/x?dataset=a"
    assert CANARY not in json.dumps(mask_properties(properties))


def test_what_is_sent_as_a_secret_is_not_decided_by_what_is_masked() -> None:
    """Another answer here would send secrets, or write, to connections that are as they were declared."""
    plain = dict.fromkeys(
        ("accountKey", "pass", "jwt", "appid", "subscription-key", "pw", "sig", "auth", "access_key"), "x"
    )
    assert all(is_hidden_name(name) for name in plain)
    assert split_secrets(plain) == (plain, {})
    headers = [{"name": "X-Functions-Key", "value": "x"}]
    assert not is_write_only("queryHeaders", headers)


def test_properties_of_the_known_sources_are_hidden_only_where_they_are_secret() -> None:
    names = {name for source in CATALOGUE.values() for name in source.properties}
    assert len(names) > 50
    assert [name for name in sorted(names) if is_hidden_name(name) and not is_secret_name(name)] == []


def test_every_option_that_ansible_hides_is_hidden_here_too() -> None:
    for spec in (data_connections_spec(), definition_options()):
        hidden = {name for name, said in spec.items() if said.get("no_log")}
        assert hidden <= SECRET_OPTIONS


NAMES = st.sampled_from(["page", "Accept", "X-Key", "50%"])
ITEMS = st.lists(st.tuples(NAMES, st.text(st.sampled_from("a%12 "), max_size=5)), max_size=4)


@given(ITEMS, st.booleans())
@example([("page", "a%5C"), ("Accept", "text%1x")], True)
def test_a_list_in_a_statement_stays_one_of_the_same_items(items: list[tuple[str, str]], ends: bool) -> None:
    text = encode_list([{"name": name, "value": value} for name, value in items])
    if not ends:
        text = text.removesuffix("%1")
    shown = mask_value("queryParameters", text)
    open_items = ("page", "Accept")
    assert decode_list(shown) == [(name, value if name in open_items or not value else MASK) for name, value in items]
    if all(name in open_items or not value for name, value in items):
        assert shown == text


@pytest.mark.parametrize("text", ["page%1", "page%1limit", "Accept%2a%2b%1", "%1", "%2%1"])
def test_a_list_of_which_nothing_is_hidden_stays_as_it_is(text: str) -> None:
    assert mask_value("queryHeaders", text) == text
    statement = f'CUSTOM CONNECT TO "provider=QvRestConnector.exe;queryHeaders={text};"'
    assert mask_statement(statement) == statement


PIECES = st.sampled_from([*"ab/:@=&;?#%\"'{}[]<>\\ \n2", "password=", "://", "</", "<password>", '"key": '])
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS)
@example("://@")
@example("ftp://@host and //@/")
def test_parts_are_apart_and_in_order(text: str) -> None:
    end = 0
    for part in hidden_parts(text, is_url="?" in text):
        assert end <= part.start < part.end <= len(text)
        end = part.end


@given(TEXTS, st.sampled_from(["password", "pwd", "api_key", "accountKey"]), st.sampled_from([";", "&", "\n", ""]))
def test_a_pair_is_masked_wherever_it_stands(before: str, name: str, after: str) -> None:
    assert CANARY not in masked_text(f"{before};{name}={CANARY}{after}", MASK)


MEMBERS = st.sampled_from(["name", "value", "encrypt", "password", "x"])
ANY = st.recursive(
    st.text(max_size=5) | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=3),
    max_leaves=8,
)


@given(ANY)
def test_any_shape_can_be_masked(value: Any) -> None:
    json.dumps([mask_value("x", value), mask_for_export("queryHeaders", value), mask_value("url", value)])
    pasted_secrets({"x": value, "url": value})


@pytest.mark.parametrize(
    "unit",
    ["password=", "a:", "a/a@", "//a:", "<password>", "{", '"', "key={", "a=b&", "://?", "a.b-", "\\", "@", "x "],
)
def test_masking_takes_time_for_the_length(unit: str) -> None:
    def seconds(length: int) -> float:
        began = time.process_time()
        mask_value("url", "https://a?" + unit * length)
        mask_value("x", unit * length)
        return time.process_time() - began

    few = seconds(1_000)
    assert seconds(16_000) < 60 * few + 0.5
