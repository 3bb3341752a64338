"""JSON within properties, as the bodies of requests hold it: which texts of it are secret, and that nobody is shown
them, however the tenant writes quotation marks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import hidden_values
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
        ('{"password":null,"token":true,"pin":false}', set()),
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
    assert json_value('{"password":{"a":"x"}}', 12) == (12, 21)


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


@pytest.mark.parametrize("body", BODIES, ids=map(json.dumps, BODIES))
def test_no_result_shows_the_secret_of_a_body(acme: Tenant, body: dict[str, Any]) -> None:
    acme.add_space("Sales")
    declared = {
        "name": "R",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://h.example", "method": "POST", "requestBody": json.dumps(body)},
    }
    results = [succeed("qlik_data_connection", acme, declared) for _ in range(2)]
    assert [one["changed"] for one in results] == [True, False]
    assert CANARY not in json.dumps(results)
    for which in ({}, {"name": "R", "space": "Sales"}):
        assert CANARY not in json.dumps(succeed("qlik_data_connection_info", acme, which))
