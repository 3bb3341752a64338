"""Answers that are none: was the request sent? What may have happened is looked up, and what certainly didn't is said
to be so.
"""

from __future__ import annotations

import gzip
import socket
import time
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    OutcomeUnknownError,
    QlikError,
    TransportError,
    WaitError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session import answers, bodies, listing, session
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)

from tests.emulator import Tenant
from tests.emulator.certificates import Authority
from tests.faults.clock import fast_waits
from tests.unit.rawserver import Speak, say, serving, trickle

pytestmark = pytest.mark.usefixtures("short_pauses")

WHOLE = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"qID": "1"}'
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "no status line": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status that is none": b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
    "an early hint for an answer": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "closed after the status line": b"HTTP/1.1 201 Created\r\n",
    "cut between headers": b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n",
    "cut inside a header": b"HTTP/1.1 204 No Content\r\nContent-Ty",
    "cut inside a length": b"HTTP/1.1 201 Created\r\nContent-Length: 1",
    "two lengths": b'HTTP/1.1 201 Created\r\nContent-Length: 12\r\nContent-Length: 13\r\n\r\n{"qID": "1"}',
    "a length that is none": b'HTTP/1.1 201 Created\r\nContent-Length: twelve\r\n\r\n{"qID": "1"}',
    "a negative length": b'HTTP/1.1 201 Created\r\nContent-Length: -12\r\n\r\n{"qID": "1"}',
    "a body cut off": b'HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n{"qID"',
    "not gzip": b'HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n{"qID": "1"}',
    "gzip cut off": b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 15\r\n\r\n"
    + gzip.compress(b'{"qID": "1"}')[:15],
    "gzip twice": b'HTTP/1.1 201 Created\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 12\r\n\r\n{"qID": "1"}',
    "an encoding nobody knows": b'HTTP/1.1 201 Created\r\nContent-Encoding: canary\r\nContent-Length: 12\r\n\r\n{"qID":'
    b' "1"}',
    "a transfer nobody knows": b'HTTP/1.1 201 Created\r\nTransfer-Encoding: gzip, chunked\r\n\r\nc\r\n{"qID":'
    b' "1"}\r\n0\r\n\r\n',
    "a chunk that is none": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b'-1\r\n{"qID": "1"}',
    "chunks cut off": CHUNKED + b'c\r\n{"qID": "1"}\r\n',
    "a body that none may have": b'HTTP/1.1 204 No Content\r\nContent-Length: 12\r\n\r\n{"qID": "1"}',
    "chunks that none may have": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a redirect": b"HTTP/1.1 303 See Other\r\nLocation: /api/v1/data-connections/1\r\nContent-Length: 0\r\n\r\n",
    "a page of a gateway": b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
    "a gateway's own error": b"HTTP/1.1 524 A Timeout Occurred\r\nContent-Length: 0\r\n\r\n",
    "a header too long": b"HTTP/1.1 201 Created\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    "too many headers": b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 200 + b"\r\n",
}


def opened(url: str, **settings: Any) -> TenantSession:
    return TenantSession(
        Settings(url=url, access_token="key", **{"timeout": 5.0, **settings}), read_only=False, redact=Redactor()
    )


def create(url: str, **settings: Any) -> Any:
    return opened(url, **settings).write("POST", "data-connections", {"qName": "Orders"}, repeatable=False)


def seconds_of(action: Any) -> tuple[float, QlikError]:
    start = time.monotonic()
    with pytest.raises(QlikError) as caught:
        action()
    return time.monotonic() - start, caught.value


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_of_a_creation_that_arrived_nothing_is_known(answer: bytes) -> None:
    with serving(say(answer)) as server, pytest.raises(OutcomeUnknownError) as caught:
        create(server.url)
    assert len(server.requests) == 1, "it isn't sent again before somebody looked"
    assert b'{"qName": "Orders"}' in server.requests[0]
    assert "can't be sent" not in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(BROKEN) - {"a redirect"}))
def test_a_change_that_may_be_repeated_is_and_then_works(name: str) -> None:
    with serving(say(BROKEN[name]), say(WHOLE)) as server:
        opened(server.url).write("PATCH", "data-connections/1", [], repeatable=True)
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", ["two lengths", "a redirect", "nothing"])
def test_a_change_that_never_had_an_answer_is_not_called_undone(name: str) -> None:
    with (
        serving(say(BROKEN[name])) as server,
        pytest.raises(OutcomeUnknownError, match="Whether the write happened is unknown"),
    ):
        opened(server.url).write("PATCH", "data-connections/1", [], repeatable=True)


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_a_read_is_never_called_a_write(answer: bytes) -> None:
    with serving(say(answer)) as server, pytest.raises((TransportError, ApiError)) as caught:
        opened(server.url).get("spaces")
    assert str(caught.value).startswith("127.0.0.1:")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "identity"])
def test_what_is_packed_as_asked_for_is_unpacked(encoding: str) -> None:
    body = b'{"qID": "1"}' if encoding == "identity" else gzip.compress(b'{"qI') + gzip.compress(b'D": "1"}')
    head = f"HTTP/1.1 201 Created\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(say(head + body)) as server:
        assert create(server.url) == {"qID": "1"}
    assert b"accept-encoding: gzip\r\n" in server.requests[0].lower()


def _refused() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_creation_that_never_left_is_known_not_to_have_happened() -> None:
    with pytest.raises(TransportError, match="can't be reached") as caught:
        create(_refused())
    assert not caught.value.sent


def test_a_name_that_stands_for_nothing_was_sent_nothing() -> None:
    with pytest.raises(TransportError, match="can't be reached") as caught:
        create("https://nowhere.invalid")
    assert not caught.value.sent


def test_a_server_without_tls_was_sent_nothing() -> None:
    with serving(say(WHOLE), listens=False) as server, pytest.raises(TransportError, match="TLS failed") as caught:
        create(server.url.replace("http:", "https:"))
    assert not caught.value.sent


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway", "200"])
def test_a_proxy_that_makes_no_tunnel_was_sent_nothing(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(say(f"HTTP/1.1 {status}\r\n\r\n".encode())) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(TransportError) as caught:
            create("https://acme.eu.qlikcloud.com")
    assert not caught.value.sent
    assert proxy.requests[0].startswith(b"CONNECT acme.eu.qlikcloud.com:443 ")
    assert b"Orders" not in b"".join(proxy.requests)


@pytest.mark.parametrize("proxy", ["http://[", "gopher://127.0.0.1:1", "http://"])
def test_a_proxy_that_is_none(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(TransportError, match=r"acme\.eu\.qlikcloud\.com") as caught:
        create("https://acme.eu.qlikcloud.com")
    assert not caught.value.sent


def test_authorities_that_can_not_be_read_are_named(tmp_path: Any) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(TransportError, match="ca_path"):
        create("https://acme.eu.qlikcloud.com", verify=str(tmp_path / "ca.pem"))


TRICKLES: dict[str, Speak] = {
    "the status line": trickle(b"", b"H"),
    "hints before the answer": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "a header": trickle(b"HTTP/1.1 200 OK\r\nX-Long: ", b"y"),
    "many headers": trickle(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "the size of a chunk": trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "what follows the chunks": trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"x"),
    "the body": trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", b" "),
    "the body of a redirect": trickle(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n", b" "),
    "the body of an error": trickle(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n", b" "),
}


@pytest.mark.parametrize("speak", TRICKLES.values(), ids=TRICKLES)
def test_what_trickles_ends_with_the_time_of_the_whole_request(speak: Speak) -> None:
    with serving(speak) as server:
        seconds, error = seconds_of(lambda: create(server.url, timeout=1.0))
        assert isinstance(error, OutcomeUnknownError)
        assert "gave no whole answer within 1 s (timeout)" in str(error)
    assert 0.9 <= seconds < 2


def test_tls_that_trickles_ends_in_time_too() -> None:
    authority = Authority()
    with serving(TRICKLES["a header"], context=authority.context) as server:
        seconds, error = seconds_of(lambda: create(server.url, timeout=1.0, verify=False))
    authority.close()
    assert isinstance(error, OutcomeUnknownError)
    assert 0.9 <= seconds < 2


# A record of a handshake that announces more than ever comes.
@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x03\x10\x00"], ids=["silent", "begun"])
def test_a_handshake_that_trickles_ends_in_time(beginning: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FEW_TRIES", 1)
    monkeypatch.setattr(session, "TRIES", 1)
    with serving(trickle(beginning, beginning[:1]), listens=False) as server:
        seconds, error = seconds_of(lambda: create(server.url.replace("http:", "https:"), timeout=1.0))
    assert isinstance(error, TransportError)
    assert not error.sent
    assert 0.9 <= seconds < 2


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "], ids=["status", "headers", "one header"]
)
def test_a_proxy_that_trickles_ends_in_time(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FEW_TRIES", 1)
    monkeypatch.setattr(session, "TRIES", 1)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(trickle(said, b"A: b\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        seconds, error = seconds_of(lambda: create("https://acme.eu.qlikcloud.com", timeout=1.0))
    assert isinstance(error, TransportError)
    assert not error.sent
    assert seconds < 10


def test_a_name_that_nobody_resolves_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FEW_TRIES", 1)
    real = socket.getaddrinfo

    def slow(host: Any, port: Any, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0) -> Any:
        if not flags:
            time.sleep(3)
        return real(host, port, family, kind, proto, flags)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    seconds, error = seconds_of(lambda: create("https://acme.eu.qlikcloud.com", timeout=1.0))
    assert isinstance(error, TransportError)
    assert not error.sent
    assert 0.9 <= seconds < 2


def test_an_address_that_is_silent_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(say(WHOLE)) as server, socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        crowd = [socket.socket() for _ in range(3)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", where)
            for where in (full.getsockname(), ("127.0.0.1", server.port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_given: found)
        assert create(server.url, timeout=2.0) == {"qID": "1"}
        for one in crowd:
            one.close()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("nan", 1),
        ("inf", 1),
        ("-inf", 1),
        ("1e9", 1),
        ("soon", 1),
        ("", 1),
        ("٣", 1),
        ("9" * 400, 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
        ("Thu, 99 Foo 1970 00:00:00 GMT", 1),
    ],
)
def test_how_long_a_refusal_says_to_wait(text: str, seconds: float) -> None:
    assert answers.retry_after({"retry-after": text}) == seconds


@pytest.mark.parametrize("text", ["nan", "0", "1", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_tenant_that_refuses_for_ever_is_asked_a_few_times_only(acme: Tenant, text: str) -> None:
    acme.set_faults([{"kind": "status", "status": 429, "retry_after": text, "times": None}])
    with fast_waits(), pytest.raises(WaitError):
        opened(acme.url, max_wait=300.0).get("spaces")
    assert len(acme.log) < 15


def test_one_that_may_be_waited_for_long_is_not_asked_for_ever(acme: Tenant) -> None:
    acme.set_faults([{"kind": "status", "status": 429, "retry_after": 0, "times": None}])
    with fast_waits(40000.0), pytest.raises(WaitError, match="was refused 51 times"):
        opened(acme.url, max_wait=1e9).get("spaces")


def test_the_body_of_a_redirect_is_not_read_to_its_end() -> None:
    read = [0]

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /api/v1/other\r\nContent-Length: 2000000000\r\n\r\n")
        while True:
            read[0] += connection.send(b"x" * 65536)

    with serving(endless, say(WHOLE)) as server:
        assert opened(server.url).get("spaces") == {"qID": "1"}
    assert read[0] < 20_000_000


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_ANSWER_BYTES", 1 << 20)
    body = gzip.compress(gzip.compress(b" " * (1 << 24)))
    for encoding in ("gzip", "gzip, gzip", "br", "zstd", "deflate"):
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with serving(say(head + body)) as server, pytest.raises(AnswerError):
            opened(server.url).get("spaces")


def test_a_list_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_PAGES", 20)
    monkeypatch.setattr(listing, "MAX_EMPTY_PAGES", 5)
    for item, pages in (('{"id": "%d"}', 20), ("", 6)):
        with _endless_list(item) as server, pytest.raises(AnswerError, match="this list has no end"):
            list(opened(server.url).pages("spaces", {}))
        assert len(server.requests) == pages


def test_a_list_that_is_endlessly_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_LIST_BYTES", 1000)
    with (
        _endless_list('{"id": "%d", "padding": "' + "x" * 300 + '"}') as server,
        pytest.raises(AnswerError, match="together"),
    ):
        list(opened(server.url).pages("spaces", {}))
    assert len(server.requests) == 3


PASSING = {
    "one": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    "several": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink:"
    b" </x>\r\n\r\n",
    "one nobody knows": b"HTTP/1.1 199 Soon\r\n\r\n",
}


@pytest.mark.parametrize("before", PASSING.values(), ids=PASSING)
def test_what_passes_before_the_answer_is_skipped(before: bytes) -> None:
    with serving(say(before + WHOLE)) as server:
        assert create(server.url) == {"qID": "1"}
    with serving(say(before)) as server, pytest.raises(OutcomeUnknownError):
        create(server.url)


def test_another_protocol_is_no_passing_answer() -> None:
    with (
        serving(say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + WHOLE)) as server,
        pytest.raises(OutcomeUnknownError),
    ):
        create(server.url)


def test_passing_answers_without_end_end_in_time() -> None:
    def speak(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    with serving(speak) as server:
        seconds, _error = seconds_of(lambda: create(server.url, timeout=0.5))
    assert seconds < 1.5


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(number: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n[%b]" % (len(number) + 2, number)
    with serving(say(answer)) as server, pytest.raises(AnswerError, match="not JSON"):
        opened(server.url).get("spaces")


def _endless_list(item: str) -> Any:
    number = [0]

    def speak(connection: socket.socket) -> None:
        number[0] += 1
        entry = item % number[0] if item else ""
        body = f'{{"data": [{entry}], "links": {{"next": {{"href": "?next={number[0]}"}}}}}}'.encode()
        connection.sendall(
            f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )

    return serving(speak)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(b"[", b"]"), (b'{"a":', b"}"), (b'[0,{"b":[],"a":', b"}]")],
    ids=["lists", "objects", "both"],
)
@pytest.mark.parametrize("levels", [80, 200, 50_000])
def test_json_that_is_nested_deeply_is_refused(opening: bytes, closing: bytes, levels: int) -> None:
    body = opening * levels + b"1" + closing * levels
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with serving(say(answer)) as server, pytest.raises(AnswerError, match="not JSON"):
        opened(server.url).get("spaces")


def test_what_a_tenant_says_at_length_is_quoted_briefly() -> None:
    redact = Redactor()
    long = "canary+key/of+a+file" * 6_000
    redact.learn([long, "canary-pw"])
    body = b'{"errors": [{"title": "%s", "detail": "canary-pw%s"}]}' % (b"the file " + long.encode(), b"y" * 3_000_000)
    with serving(say(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n" % len(body) + body)) as server:
        asking = TenantSession(Settings(url=server.url, access_token="key"), read_only=False, redact=redact)
        seconds, error = seconds_of(lambda: asking.get("spaces"))
    assert len(str(error)) < 1500
    assert "the file ********" in str(error)
    assert "canary" not in str(error)
    assert seconds < 10


def test_a_time_of_ages_is_taken_for_a_day() -> None:
    with serving(say(WHOLE)) as server:
        assert create(server.url, timeout=1e12) == {"qID": "1"}
