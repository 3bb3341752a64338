"""Speaks to a PostgreSQL: signs in and sends one statement at a time (PostgreSQL's manual, frontend/backend protocol).

Small on purpose: what a driver adds isn't needed here, and so no driver has to be installed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import socket
import ssl
import struct
from types import TracebackType

PROTOCOL_3 = 196608
SSL_REQUEST = 80877103
MAXIMAL_MESSAGE = 64 * 1024 * 1024
CONNECTION_FAILED = "08001"


class PostgresError(Exception):
    """What the server, or the way to it, says: an SQLSTATE and a text."""

    def __init__(self, state: str, text: str, *, fatal: bool = True) -> None:
        super().__init__(text)
        self.state = state
        self.text = text
        self.fatal = fatal


class PostgresClient:
    """One session, ready when it is made; raise PostgresError when it can't be."""

    def __init__(
        self, host: str, port: int, user: str, password: str, database: str, *, seconds: float = 30.0, tls: bool = False
    ) -> None:
        self.password = password.encode()
        try:
            self.socket = socket.create_connection((host, port), seconds)
        except (OSError, OverflowError) as error:
            raise PostgresError(CONNECTION_FAILED, f"could not connect to server {host}:{port}: {error}") from None
        try:
            if tls:
                self._start_tls(host)
            parameters = f"user\0{user}\0database\0{database}\0\0".encode()
            self._send(b"", struct.pack(">i", PROTOCOL_3) + parameters)
            self._sign_in()
            self._until_ready()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> PostgresClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def query(self, statement: str) -> list[list[str | None]]:
        """Send a statement; give its rows as text."""
        self._send(b"Q", statement.encode() + b"\0")
        return self._until_ready()

    # messages

    def _send(self, kind: bytes, body: bytes) -> None:
        try:
            self.socket.sendall(kind + struct.pack(">i", len(body) + 4) + body)
        except OSError as error:
            raise PostgresError(CONNECTION_FAILED, f"connection lost: {error}") from None

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except OSError as error:
                raise PostgresError(CONNECTION_FAILED, f"connection lost: {error}") from None
            if not part:
                raise PostgresError(CONNECTION_FAILED, "server closed the connection unexpectedly")
            data += part
        return data

    def _receive(self) -> tuple[bytes, bytes]:
        kind, length = struct.unpack(">ci", self._read(5))
        if not 4 <= length <= MAXIMAL_MESSAGE:
            raise PostgresError(CONNECTION_FAILED, "this isn't a PostgreSQL server")
        return kind, self._read(length - 4)

    def _until_ready(self) -> list[list[str | None]]:
        rows: list[list[str | None]] = []
        failure: PostgresError | None = None
        while True:
            kind, body = self._receive()
            if kind == b"E":
                failure = failure or _error(body)
                if failure.fatal:  # nothing comes after those
                    raise failure
            elif kind == b"D":
                rows.append(_row(body))
            elif kind == b"Z":
                if failure is not None:
                    raise failure
                return rows

    def _start_tls(self, host: str) -> None:
        self._send(b"", struct.pack(">i", SSL_REQUEST))
        if self._read(1) != b"S":
            raise PostgresError(CONNECTION_FAILED, "server does not support SSL, but SSL was required")
        try:
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=host)
        except OSError as error:
            raise PostgresError(CONNECTION_FAILED, f"SSL error: {error}") from None

    # signing in

    def _sign_in(self) -> None:
        kind, body = self._receive()
        if kind == b"E":
            raise _error(body)
        (method,) = struct.unpack(">i", body[:4])
        if method == 10:
            self._scram()
        elif method == 3:
            self._send(b"p", self.password + b"\0")
        elif method != 0:
            raise PostgresError("28000", f"authentication method {method} not supported")

    def _challenge(self, *codes: int) -> bytes:
        kind, body = self._receive()
        if kind == b"E":
            raise _error(body)
        if kind != b"R" or struct.unpack(">i", body[:4])[0] not in codes:
            raise PostgresError("28000", "unexpected answer while signing in")
        return body[4:]

    def _scram(self) -> None:
        """Sign in by SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""
        first = f"n=,r={secrets.token_urlsafe(18)}".encode()
        message = b"n,," + first
        self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack(">i", len(message)) + message)
        challenge = self._challenge(11)
        parts = dict(part.split(b"=", 1) for part in challenge.split(b","))
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(parts[b"s"]), int(parts[b"i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        last = b"c=biws,r=" + parts[b"r"]
        signature = hmac.digest(hashlib.sha256(key).digest(), first + b"," + challenge + b"," + last, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._send(b"p", last + b",p=" + base64.b64encode(proof))
        self._challenge(12)
        self._challenge(0)


def _error(body: bytes) -> PostgresError:
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    severity = fields.get(b"V", "FATAL")
    text = f"{severity}: {fields.get(b'M', '')}"
    return PostgresError(fields.get(b"C", "XX000"), text, fatal=severity != "ERROR")


def _row(body: bytes) -> list[str | None]:
    (count,) = struct.unpack(">h", body[:2])
    values: list[str | None] = []
    place = 2
    for _column in range(count):
        (size,) = struct.unpack(">i", body[place : place + 4])
        place += 4
        values.append(None if size < 0 else body[place : place + size].decode("utf-8", "replace"))
        place += max(size, 0)
    return values
