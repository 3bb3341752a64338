"""Connections whose server is really there, on this machine. A host that isn't loopback is never contacted."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from .postgres_client import CONNECTION_FAILED, PostgresClient, PostgresError
from .records import Connection
from .script_text import EngineError

SFTP = "File_FileTransferConnector"
HTTP_NUMBERS = frozenset((401, 403, 404, 408, 500, 503, 504))
HTTP_SECONDS = 30.0


@dataclass(frozen=True)
class RealEnd:
    """A server, and what it needs to be asked: `send` takes the properties and a statement, and gives the rows.

    Without a statement `send` only connects.
    """

    properties: Mapping[str, Any]
    send: Callable[[Mapping[str, Any], str | None], int]

    def ask(self, statement: str | None) -> tuple[int | EngineError, float]:
        """Ask it; give the rows or what went wrong, and the seconds that took."""
        started = time.monotonic()
        answer: int | EngineError
        try:
            answer = self.send(self.properties, statement)
        except EngineError as error:
            answer = error
        return answer, time.monotonic() - started


def is_loopback(host: object) -> bool:
    """Tell whether a host is this machine by its address alone: no name is ever looked up."""
    text = str(host).strip("[]").lower()
    if text == "localhost":
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def real_end(connection: Connection, properties: Mapping[str, Any]) -> RealEnd | None:
    """Give the server of a connection; None when it isn't of a kind, or not at a place, that may be contacted."""
    if connection.data_source == "postgres" and is_loopback(properties.get("host")):
        return RealEnd(properties, ask_postgres)
    if connection.data_source == SFTP and is_loopback(properties.get("host")):
        return RealEnd(properties, _list_files)
    if connection.data_source == "rest" and is_loopback(_url(properties).hostname):
        return RealEnd(properties, send_request)
    return None


def _url(properties: Mapping[str, Any]) -> Any:
    try:
        return urlsplit(str(properties.get("url", "")))
    except ValueError:
        return urlsplit("")


def ask_postgres(properties: Mapping[str, Any], statement: str | None) -> int:
    """Sign in to a PostgreSQL with the properties and secrets of a postgres connection, and send a statement."""
    host = str(properties["host"]).strip("[]")
    address = "127.0.0.1" if host.lower() == "localhost" else host
    try:
        with PostgresClient(
            address,
            _port(properties),
            str(properties.get("username", "")),
            str(properties.get("password", "")),
            str(properties.get("db", "")),
            seconds=float(properties.get("QueryTimeout") or 30),
            tls=str(properties.get("SSLMode", "")).lower() in ("require", "verify-ca", "verify-full"),
        ) as client:
            return len(client.query(statement)) if statement is not None else 0
    except PostgresError as error:
        code = 101 if error.state == CONNECTION_FAILED else 210
        text = f"SQL##f - SqlState: {error.state}, ErrorCode: {code}, ErrorMsg: [Qlik][PostgreSQL] {error.text}"
        raise EngineError(11043 if statement is None else 11042, text, 5) from None


def _list_files(properties: Mapping[str, Any], statement: str | None) -> int:
    from .sftp import list_files  # importing asyncssh takes a fifth of a second, which few runs of the emulator need

    return list_files(properties, statement)


def _port(properties: Mapping[str, Any]) -> int:
    try:
        return int(properties.get("port") or 5432)
    except ValueError:
        return -1


def send_request(properties: Mapping[str, Any], statement: str | None) -> int:
    """Send the request of a REST connection; a redirection isn't followed. Rows: the items of a list, or one."""
    if statement is None:
        return 0
    url = _url(properties)
    query = "&".join(part for part in (url.query, urlencode(_pairs(properties, "queryParameters"))) if part)
    headers = _pairs(properties, "queryHeaders")
    if properties.get("authSchema") == "basic":
        text = f"{properties.get('username', '')}:{properties.get('password', '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(text.encode()).decode()}"
    method = str(properties.get("method") or "GET")
    body = str(properties.get("requestBody") or "") if method == "POST" else None
    client = _client(url, float(properties.get("timeout") or HTTP_SECONDS))
    try:
        client.request(method, (url.path or "/") + (f"?{query}" if query else ""), body, headers)
        response = client.getresponse()
        content = response.read()
    except TimeoutError:
        raise EngineError(30012, f"Timeout was reached: {url.geturl()}") from None
    except ssl.SSLCertVerificationError as error:
        raise EngineError(30020, f"Peer verification failed: {error}") from None
    except ssl.SSLError as error:
        raise EngineError(30015, f"SSL connect error: {error}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EngineError(30002, f"Could not connect to {url.netloc}: {error}") from None
    finally:
        client.close()
    return _rows(response, content, url.geturl())


def _client(url: Any, seconds: float) -> http.client.HTTPConnection:
    host = "127.0.0.1" if url.hostname == "localhost" else url.hostname
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(host, url.port, timeout=seconds)


def _pairs(properties: Mapping[str, Any], name: str) -> dict[str, str]:
    items = properties.get(name) or []
    return {str(item["name"]): str(item.get("value", "")) for item in items if item.get("name")}


def _rows(response: http.client.HTTPResponse, content: bytes, url: str) -> int:
    if response.status >= 300:
        number = response.status if response.status in HTTP_NUMBERS else 18
        said = f"HTTP protocol error {response.status} ({response.reason}): {url}"
        raise EngineError(number, f"{said}\n{content[:500].decode('utf-8', 'replace')}")
    try:
        data = json.loads(content)
    except ValueError:
        raise EngineError(11042, "The response is not valid JSON", 5) from None
    return len(data) if isinstance(data, list) else 1
