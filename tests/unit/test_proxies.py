"""What lies between here and a tenant:
proxies of both kinds, none of which sees a token or holds a request for ever.
"""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import TransportError
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)

from tests.emulator import Emulator, Tenant
from tests.jobs import fail, run, succeed
from tests.unit.rawserver import say, serving
from tests.unit.socksserver import Misbehave, socks, trickling

pytestmark = pytest.mark.usefixtures("short_pauses", "no_proxies")


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def secure(emulator: Emulator) -> Tenant:
    return emulator.add_tenant({"name": "secure", "tls": True})


def opened(url: str, **settings: Any) -> TenantSession:
    return TenantSession(Settings(url=url, access_token="key-secure", **settings), read_only=False, redact=Redactor())


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http", "socks5h", "socks4"])
def test_a_token_without_tls_is_shown_to_no_proxy(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    with serving(say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as proxy:
        monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:{proxy.port}")
        assert succeed("qlik_tenant_info", acme)["tenant"]["name"] == "acme"
    assert proxy.requests == []


ADDRESSES = [
    ("socks5h", "localhost", "localhost"),
    ("socks5", "localhost", "127.0.0.1"),
    ("socks4a", "localhost", "localhost"),
    ("socks4", "localhost", "127.0.0.1"),
    ("socks5h", "127.0.0.1", "127.0.0.1"),
    ("SOCKS5H", "localhost", "localhost"),
]


@pytest.mark.parametrize(("scheme", "host", "asked"), ADDRESSES)
def test_a_socks_proxy_is_given_what_its_scheme_says(
    emulator: Emulator, secure: Tenant, monkeypatch: pytest.MonkeyPatch, scheme: str, host: str, asked: str
) -> None:
    port = urlsplit(secure.url).port
    with socks() as proxy:
        monkeypatch.setenv("https_proxy", f"{scheme}://127.0.0.1:{proxy.port}")
        assert opened(f"https://{host}:{port}", verify=str(emulator.ca_path)).get("spaces")["data"] == []
    assert proxy.asked == [(asked, port)]


def test_many_requests_share_the_connections_of_a_socks_proxy(
    emulator: Emulator, secure: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.add_space("Sales")
    properties = {"host": "h", "db": "d", "username": "u"}
    one = {"space": "Sales", "data_source": "postgres", "properties": properties, "secrets": {"password": "swordfish"}}
    options = {"ca_path": emulator.ca_path, "connections": [{"name": f"c{number}", **one} for number in range(30)]}
    with socks(sign_in=(b"us er", b"p@ss")) as proxy:
        monkeypatch.setenv("https_proxy", f"socks5h://us%20er:p%40ss@127.0.0.1:{proxy.port}")
        assert succeed("qlik_data_connections", secure, options)["summary"]["created"] == 30
    assert len(secure.connections) == 30
    assert 1 <= len(proxy.asked) <= 8
    assert set(proxy.users) == {b"us er"}


def closing(text: bytes) -> Misbehave:
    return lambda client: client.sendall(text)


BROKEN_SOCKS: dict[str, Misbehave] = {
    "closed": closing(b""),
    "refused": closing(b"\5\5\0\1" + bytes(6)),
    "an error nobody knows": closing(b"\5\xee\0\1" + bytes(6)),
    "cut off": closing(b"\5\0\0\1\0"),
    "an address that there isn't": closing(b"\5\0\0\7" + bytes(6)),
    "another protocol": closing(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "trickling": trickling(b"\5\0\0\3\xff" + b"a" * 257),
    "silent": lambda _client: time.sleep(3),
}


@pytest.mark.parametrize("instead", BROKEN_SOCKS.values(), ids=BROKEN_SOCKS)
def test_a_socks_proxy_that_makes_no_connection_was_sent_nothing(
    instead: Misbehave, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socks(instead=instead) as proxy:
        monkeypatch.setenv("https_proxy", f"socks5h://127.0.0.1:{proxy.port}")
        start = time.monotonic()
        with pytest.raises(TransportError, match=r"proxy|no connection within") as caught:
            opened("https://acme.example.com", timeout=0.5, max_wait=0.0).write(
                "POST", "data-connections", {}, repeatable=False
            )
    assert not caught.value.sent
    assert time.monotonic() - start < 2.5, "however slowly it speaks"


def test_a_socks_proxy_that_refuses_who_asks_says_so_and_quotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socks(sign_in=(b"u", b"right")) as proxy:
        monkeypatch.setenv("https_proxy", f"socks5h://u:canary-password@127.0.0.1:{proxy.port}")
        with pytest.raises(TransportError, match="refused its user and password") as caught:
            opened("https://acme.example.com", max_wait=0.0).get("spaces")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks5h://slow.example.com:9", "http://slow.example.com:9"])
def test_a_name_that_nobody_resolves_ends_in_time_with_a_proxy_too(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def slow(host: Any, port: Any, family: int = 0, kind: int = 0, protocol: int = 0, flags: int = 0) -> Any:
        if "example" in str(host) and not flags:
            time.sleep(3)
        return real(host, port, family, kind, protocol, flags)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setenv("https_proxy", proxy)
    start = time.monotonic()
    with pytest.raises(TransportError, match="no connection within"):
        opened("https://acme.example.com", timeout=0.5, max_wait=0.0).get("spaces")
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:canary#canary@proxy:1",
        "http://user:canary?canary@proxy:1",
        "http://user:canary/canary@proxy:1",
        "http://user:ca//nary@proxy:1",
        "http://user:canary@[::bad",
        "http://canary@proxy:99999999",
        "socks5://user:canary#canary@proxy:1",
        "socks9://user:canary@proxy:1",
        f"socks5://user:canary{'y' * 300}@proxy:1",
    ],
)
def test_the_address_of_a_proxy_that_is_none_is_not_quoted(
    acme: Tenant, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    message = fail("qlik_tenant_info", acme, {"tenant_url": "https://acme.example.com", "max_wait": 0})
    assert "prox" in message.lower()
    assert "canary" not in message
    assert "nary" not in message


def test_a_proxy_that_quotes_who_asked_is_masked(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(say(b"HTTP/1.1 407 canary-password is wrong\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:canary-password@127.0.0.1:{proxy.port}")
        result = run("qlik_tenant_info", acme, {"tenant_url": "https://acme.example.com", "max_wait": 0})
    assert "407" in result["msg"]
    assert "canary" not in str(result)
