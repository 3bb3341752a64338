"""A server that answers what no server should: an error that names tenant and request, in bounded memory, and no token
elsewhere.
"""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._session import bodies

from tests.emulator import Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.faults.clock import fast_waits
from tests.jobs import fail, succeed

MODULE = "qlik_data_connections"
OPTIONS: dict[str, Any] = {
    "connections": [{"name": "Orders", "space": "Sales", "data_source": "postgres"}],
    "max_wait": 60,
}
BODIES = {
    "deep": b"[" * 200_000,
    "deep and whole": b'{"data":' * 50_000 + b"1" + b"}" * 50_000,
    "not UTF-8": b'{"data": ["\xff\xfe\xfa"]}',
    "a long number": b'{"data": [' + b"9" * 100_000 + b"]}",
    "a byte order mark": b'\xef\xbb\xbf{"data": []}x',
    "UTF-16": '{"data": [}'.encode("utf-16"),
    "nothing but zeros": b"\0" * 1000,
    "a text": b'"all is well"',
}


def answering(tenant: Tenant, body: bytes, *, path: str = "/spaces", status: int = 200, **headers: str) -> None:
    """Have every answer of a path be this."""

    def act(_entry: LogEntry, answer: Answer | None) -> None:
        assert answer is not None
        answer.raw, answer.status = body, status
        answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})

    tenant.add_hook("after", act, match={"path": path}, times=None)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_none(acme: Tenant, body: bytes, status: int) -> None:
    answering(acme, body, status=status)
    with fast_waits():
        message = fail(MODULE, acme, OPTIONS)
    assert message.startswith(acme.host)
    assert "GET " in message
    assert len(message) < 500
    assert acme.writes() == []


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_huge_body_is_not_read_to_its_end(acme: Tenant, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(bodies, "MAX_ANSWER_BYTES", 1 << 20)
    body = b'{"data": [' + b" " * (1 << 26)
    answering(acme, gzip.compress(body) if packed else body, content_encoding="gzip" if packed else "identity")
    assert f"{acme.host}: /api/v1/spaces answered with more than 1 MiB." in fail(MODULE, acme, OPTIONS)


@pytest.mark.parametrize(
    "href",
    [
        "http://[",
        "https://127.0.0.1:99999999/x",
        "//evil.example/x",
        "javascript:alert(1)",
        "http://x@127.0.0.1/",
        "\x1b[2J",
    ],
)
def test_a_link_that_leads_nowhere(acme: Tenant, href: str) -> None:
    escaped = href.replace("\x1b", "\\u001b")
    answering(acme, f'{{"data": [], "links": {{"next": {{"href": "{escaped}"}}}}}}'.encode(), path="limit=")
    with fast_waits():
        message = fail(MODULE, acme, OPTIONS)
    assert acme.host in message
    assert "\x1b" not in message


@pytest.mark.parametrize("token", ['""', '"a\\r\\nX-Evil: 1"', '"\\u2026"', "null", '["a"]', '"\\ud800"', '" "'])
def test_a_token_that_can_not_be_one(acme: Tenant, token: str) -> None:
    answering(acme, f'{{"access_token": {token}, "expires_in": 1e999}}'.encode(), path="/oauth/token")
    options = {**OPTIONS, "access_token": None, "client_id": "client-acme", "client_secret": "secret-acme"}
    assert f"{acme.host}: POST /oauth/token answered without an access_token" in fail(MODULE, acme, options)


@pytest.mark.parametrize("lifetime", ["1" + "0" * 400, "1e999", "-1", "[]", '"soon"', "null"])
def test_a_token_whose_lifetime_can_not_be_one_is_used(acme: Tenant, lifetime: str) -> None:
    answering(acme, f'{{"access_token": "{acme.api_key}", "expires_in": {lifetime}}}'.encode(), path="/oauth/token")
    options = {"access_token": None, "client_id": "client-acme", "client_secret": "secret-acme"}
    assert succeed("qlik_tenant_info", acme, options)["tenant"]["name"] == "acme"


@pytest.mark.parametrize("count", ["1" + "0" * 400, "1e999", "-1e999", '"many"', "[]"])
def test_how_often_a_credential_is_used_can_not_be_a_number(acme: Tenant, count: str) -> None:
    answering(
        acme, f'{{"data": [{{"qID": "1", "qName": "login", "qConnCount": {count}}}]}}'.encode(), path="/filter-orphan"
    )
    assert (
        succeed("qlik_data_credential_info", acme, {"orphans": True, "owner": "any"})["credentials"][0]["name"]
        == "login"
    )


@pytest.mark.parametrize("token", ["canary\nkey", "canary key", "canary…key", "canary\udcffkey"])
def test_a_key_that_can_not_be_one(acme: Tenant, token: str) -> None:
    message = fail(MODULE, acme, {**OPTIONS, "access_token": token})
    assert message.startswith(acme.host)
    assert "no token has" in message
    assert "canary" not in message
    assert acme.log == []


def test_control_characters_in_what_a_tenant_says_are_shown_as_escapes(acme: Tenant) -> None:
    errors = {
        "errors": [{"code": "X", "title": "a\x1b]0;title\x07b\nc", "detail": "\x9b31m\u202etxt.exe"}],
        "traceId": "\x1b[2J",
    }
    acme.set_faults([{"kind": "status", "status": 400, "body": errors, "times": None}])
    message = fail(MODULE, acme, OPTIONS)
    assert "X: a\\x1b]0;title\\x07b\\nc: \\x9b31m\\u202etxt.exe" in message


def test_halves_of_characters_become_whole_ones(acme: Tenant) -> None:
    body = b'{"data": [{"qID": "1", "qName": "a\\ud800b \\ud83d\\ude00 \xed\xa0\x80"}]}'
    answering(acme, body, path="/data-connections")
    (connection,) = succeed("qlik_data_connection_info", acme)["connections"]
    assert connection["name"].replace("\ufffd", "?").startswith("a?b \N{GRINNING FACE} ?")
    connection["name"].encode()
