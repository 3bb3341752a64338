"""JSON within properties, as the bodies of requests hold it: which texts of it are secret, and that nobody is shown
them, however the tenant writes quotation marks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import hidden_values
from ansible_collections.qlikops.cloud.plugins.module_utils._model import secret_texts, spellings
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_texts import json_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_properties, mask_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import Fragment
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Tenant
from tests.jobs import succeed

CANARY = "canary-in-json"
BODIES = (
    {"password": CANARY},
    {"client_id": "x", "client_secret": CANARY},
    {"client_secret": CANARY, "scope": "y"},
    {"login": {"client_secret": CANARY}},
    {"a": [{"token": CANARY}], "b": 1},
    {"a": {"b": {"token": CANARY}}},
    {"password": [CANARY]},
    {"password": {"value": CANARY, "n": 1}},
    {"auth": {"grant_type": "client_credentials", "client_secret": CANARY}},
    {"name": "password", "value": CANARY},
)
WRITTEN: dict[str, Callable[[Any], str]] = {
    "on one line": json.dumps,
    "without blanks": lambda body: json.dumps(body, separators=(",", ":")),
    "on several lines": lambda body: json.dumps(body, indent=2),
    "in a text": lambda body: json.dumps({"body": json.dumps(body)}),
    "with quotes doubled": lambda body: json.dumps(body).replace('"', '""'),
    "with signs for quotes": lambda body: json.dumps(body).replace('"', "%4"),
    "with such signs doubled": lambda body: json.dumps(body).replace('"', "%4%4"),
    "with such signs escaped": lambda body: json.dumps(body).replace('"', "\\%4"),
    "with entities whose ends are signs": lambda body: json.dumps(body).replace('"', "&quot%3"),
    "in a form": lambda body: quote_plus(json.dumps(body)),
    "in a URL": lambda body: json.dumps(body).replace('"', "%22").replace("{", "%7B").replace("}", "%7D"),
}


def learnt(text: str) -> set[str]:
    return hidden_values({"properties": {"requestBody": text}})


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("body", BODIES, ids=map(json.dumps, BODIES))
def test_the_secret_of_a_body_is_known_and_masked(body: dict[str, Any], written: Callable[[Any], str]) -> None:
    text = written(body)
    known = learnt(text)
    assert CANARY in known
    assert "client_credentials" not in known
    assert CANARY not in str(mask_properties({"requestBody": text}))
    if ";" not in text:
        shown = mask_statement(f'CUSTOM CONNECT TO "provider=rest;requestBody={text};method=POST;"')
        assert CANARY not in shown
        assert "method=POST" in shown


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ('{"password":12345678}', {"12345678"}),
        ('{"password":-1.5e30, "a": 1}', {"-1.5e30"}),
        ('{"password":null,"pin":false,"secret":NaN,"jwt":-Infinity}', set()),
        (
            '{"auth":[{"key":"username","value":"jo-user"},{"key":"password","value":"kept-apart"}]}',
            {"kept-apart", '[{"key":"username","value":"jo-user"},{"key":"password","value":"kept-apart"}]'},
        ),
        ('{"password"\n: "kept-apart","host":"db"}', {"kept-apart"}),
        ('{"pin":443}', set()),
        ('{"token":["true"],"keys":{"value":"POST"}}', {'["true"]'}),
        ('{"token":[NaN,1e99999]}', {"[NaN,1e99999]", "1e99999"}),
        ('{"token":[12345678901234567890.50]}', {"[12345678901234567890.50]", "12345678901234567890.50"}),
        ('{"password":"","a":"b"}', set()),
        ('{"password":"x\\"}y-z","a":"b"}', {'x\\"}y-z', 'x"}y-z'}),
        ('{"password" :\n   "kept-apart"}', {"kept-apart"}),
        ("{'password': 'kept-apart', 'a': \"b\"}", {"kept-apart"}),
    ],
)
def test_what_is_secret_in_json(text: str, secrets: set[str]) -> None:
    assert learnt(text) == secrets


@pytest.mark.parametrize("text", ['password="x"}y-z', 'Pwd={x"}y-z', 'password="x}"y-z'])
def test_what_is_no_json_is_read_as_before(text: str) -> None:
    assert any(secret.endswith("y-z") for secret in learnt(text))


@pytest.mark.parametrize(
    ("header", "quoted"),
    [
        (f"Bearer {CANARY}", CANARY),
        (f"Token token={CANARY}", CANARY),
        (f"ApiKey {CANARY}", CANARY),
        ("Basic am86Y2FuYXJ5LWluLWpzb24=", CANARY),
    ],
)
@pytest.mark.parametrize("encrypt", [True, False])
def test_what_a_server_may_quote_of_a_header_is_known(header: str, quoted: str, encrypt: bool) -> None:
    item = {"name": "Authorization", "value": header, "encrypt": encrypt}
    assert {header, quoted} <= hidden_values({"properties": {"queryHeaders": [item]}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Company", "Company db.example.com"),
        ("X-Grant", "x grant_type=client_credentials"),
        ("Content-Type", "text/plain; charset=iso-8859-1"),
        ("Cookie", "region=eu-central-1; Domain=db.example.com; Path=/"),
        ("Authorization", "Basic am86dHJ1ZQ=="),
        ("X-Authority", "https db.example.com:8443"),
        ("X-Author", "Jane Miller-Stone"),
        ("X-Auth-Url", "Issuer https://db.example.com/x"),
        ("Cookie", "residence=germany; inside=db.example.com"),
    ],
)
def test_ordinary_words_in_a_header_are_no_secrets_by_themselves(name: str, value: str) -> None:
    item = {"name": name, "value": value, "encrypt": True}
    assert hidden_values({"properties": {"queryHeaders": [item]}}) <= {value, "am86dHJ1ZQ=="}


@pytest.mark.parametrize("secret", ["canary-x", "0a-canary", "Canary-x", "%canary"])
def test_what_follows_a_sign_for_a_quotation_mark_is_no_part_of_it(secret: str) -> None:
    text = json.dumps({"password": secret, "host": "db.example.com", "b": "c"})
    written = text.replace("%", "%%").replace('"', "%4")
    assert learnt(written) >= {secret}
    shown = mask_properties({"requestBody": written})["requestBody"]
    assert shown == "{%4password%4: %4********%4, %4host%4: %4db.example.com%4, %4b%4: %4c%4}"


@pytest.mark.parametrize(
    "text",
    ['"name":"password","value":{', '"token":"\\\\', '"password":{"} ":1,', "%4password%4:", '""password"":""'],
)
def test_json_without_end_takes_time_for_its_length(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in the characters that are read in search of an end."""
    read = 0
    closed_at = secret_texts._closed_at

    def counted(held: str, start: int, closing: str) -> int:
        nonlocal read
        end = closed_at(held, start, closing)
        read += end - start
        return end

    monkeypatch.setattr(secret_texts, "_closed_at", counted)
    long = text * (40_000 // len(text))
    learnt(long)
    assert read <= 20 * len(long)


def test_a_header_of_blanks_is_read_once() -> None:
    item = {"name": "Authorization", "value": " " * 100_000 + "x", "encrypt": True}
    assert hidden_values({"properties": {"queryHeaders": [item]}}) == {item["value"]}


@pytest.mark.parametrize(
    "text",
    [
        '{name:"pin",value:1234},{name:"password",value:"canary-in\njson"}',
        '{"name":"token","value":x},{"name":"password","value":{\n"a":"canary-in-json"\n}}',
        '{"name":"DB","secret":true,"value":"canary-in-json"}',
        '"password": 12,canary-in-json',
    ],
)
def test_what_is_no_json_to_its_end_is_hidden_as_far_as_it_may_be_secret(text: str) -> None:
    assert "json" not in mask_properties({"requestBody": text})["requestBody"]


def test_a_secret_is_known_of_json_that_is_cut() -> None:
    text = '[{"name": "pin", "value": 12}, {"name": "apiKey", "value": "canary-in-json'
    known = learnt(f"https://h.example/x?{text}")
    assert any("canary-in-json" in one for one in known)


def test_headers_in_a_statement_are_known_as_those_in_properties() -> None:
    statement = f'CUSTOM CONNECT TO "provider=rest;queryHeaders=Authorization%2Bearer {CANARY}%1;"'
    assert {CANARY, f"Bearer {CANARY}"} <= hidden_values({"connect_statement": statement})


def test_few_signs_are_tried_for_quotation_marks() -> None:
    marks = [f"%{one}%{other}" for one in range(3, 10) for other in range(3, 10)]
    text = ",".join(f"{mark}a{mark}:1" for mark in marks)
    assert len(list(spellings.as_json(spellings.levels(text)))) <= 3 * 9


def test_cookies_that_sign_in_are_known_and_no_other() -> None:
    cookies = f"JSESSIONID={CANARY}; region=eu-central-1; access_token=canary-two; connect.sid=canary-three"
    item = {"name": "Cookie", "value": cookies, "encrypt": True}
    known = hidden_values({"properties": {"queryHeaders": [item]}})
    assert {CANARY, "canary-two", "canary-three"} <= known
    assert "eu-central-1" not in known


def test_a_closed_text_in_doubled_quotes_is_not_torn() -> None:
    text = 'CUSTOM CONNECT TO "provider=rest;requestBody={""password"":""a""};method=POST;"'
    held = parse_connect_statement(text).properties
    assert not any(isinstance(value, Fragment) for value in held.values())


def test_an_object_without_end_is_not_read_to_the_end_of_the_text() -> None:
    text = '{"password":{"a":"' + "x" * 100_000 + '"}}'
    assert json_value(text, 12) is None
    assert json_value('{"password":{"a":"x"}}', 12) == (12, 21, "{")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda below: st.lists(below) | st.dictionaries(st.text(), below)
    )
)
def test_values_of_json_end_where_they_end(value: Any) -> None:
    written = json.dumps(value)
    text = f'{{"password": {written}, "a": ["b"]}}'
    found = json_value(text, 13)
    if len(written) <= 8192:
        assert found
        assert text[found[0] : found[1]] == (written[1:-1] if isinstance(value, str) else written)


@pytest.mark.parametrize("way", ["on one line", "in a text", "with quotes doubled"])
@pytest.mark.parametrize("body", BODIES, ids=map(json.dumps, BODIES))
def test_no_result_shows_the_secret_of_a_body(acme: Tenant, body: dict[str, Any], way: str) -> None:
    acme.add_space("Sales")
    declared = {
        "name": "R",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://h.example", "method": "POST", "requestBody": WRITTEN[way](body)},
    }
    results = [succeed("qlik_data_connection", acme, declared) for _ in range(2)]
    assert [one["changed"] for one in results] == [True, False]
    assert CANARY not in json.dumps(results)
    for which in ({}, {"name": "R", "space": "Sales"}):
        assert CANARY not in json.dumps(succeed("qlik_data_connection_info", acme, which))
