"""A proxy on loopback for SOCKS 4, 4A and 5, and for HTTP tunnels, which notes what it is asked for and misbehaves when
told to.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Misbehave = Callable[[socket.socket], None]


class SocksServer:
    """C(sign_in): the only user and password that it takes. C(instead): what it does in place of its last answer.
    C(leads_to): where it connects to, whatever it is asked for; nothing: where it is asked to."""

    def __init__(self, sign_in: tuple[bytes, bytes] | None, instead: Misbehave | None, leads_to: int) -> None:
        self._sign_in = sign_in
        self._instead = instead
        self._leads_to = leads_to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.asked: list[tuple[str, int]] = []
        self.users: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            speak = {b"\5": self._speak_5, b"\4": self._speak_4}.get(_read(client, 1), self._speak_http)
            host, port, granted = speak(client)
            self.asked.append((host, port))
            if self._instead:
                self._instead(client)
                return
            with socket.create_connection(("127.0.0.1", self._leads_to or port)) as tenant:
                client.sendall(granted)
                threading.Thread(target=_pump, args=(client, tenant), daemon=True).start()
                _pump(tenant, client)

    @staticmethod
    def _speak_http(client: socket.socket) -> tuple[str, int, bytes]:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += _read(client, 1)
        host, _colon, port = head.split()[1].decode().rpartition(":")
        return host, int(port), b"HTTP/1.1 200 Connection established\r\n\r\n"

    def _speak_4(self, client: socket.socket) -> tuple[str, int, bytes]:
        port, address = struct.unpack(">xH4s", _read(client, 7))
        self.users.append(_line(client))
        is_name = address[:3] == b"\0\0\0" and address[3]
        return _line(client).decode() if is_name else socket.inet_ntoa(address), port, b"\0\x5a" + bytes(6)

    def _speak_5(self, client: socket.socket) -> tuple[str, int, bytes]:
        _read(client, _read(client, 1)[0])
        client.sendall(b"\5\2" if self._sign_in else b"\5\0")
        if self._sign_in:
            _read(client, 1)
            given = _read(client, _read(client, 1)[0]), _read(client, _read(client, 1)[0])
            self.users.append(given[0])
            client.sendall(b"\1\0" if given == self._sign_in else b"\1\1")
        kind = _read(client, 4)[3]
        host = socket.inet_ntoa(_read(client, 4)) if kind == 1 else _read(client, _read(client, 1)[0]).decode()
        # An answer with a name, of which not a byte may be left for the tenant's own.
        return host, struct.unpack(">H", _read(client, 2))[0], b"\5\0\0\3\5proxy\0\0"


def _read(client: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = client.recv(count - len(found))
        if not part:
            raise OSError("closed")
        found += part
    return found


def _line(client: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\0"):
        found += _read(client, 1)
    return found[:-1]


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def trickling(text: bytes, pause: float = 0.1) -> Misbehave:
    def speak(client: socket.socket) -> None:
        for byte in text:
            client.sendall(bytes((byte,)))
            time.sleep(pause)

    return speak


@contextmanager
def socks(
    sign_in: tuple[bytes, bytes] | None = None, instead: Misbehave | None = None, leads_to: int = 0
) -> Iterator[SocksServer]:
    server = SocksServer(sign_in, instead, leads_to)
    try:
        yield server
    finally:
        server.close()
