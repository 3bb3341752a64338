"""A server that says what it is told to, byte by byte: for answers that no library would write."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

Speak = Callable[[socket.socket], None]


class RawServer:
    """Takes connections one by one, and lets each be spoken to by the next of the speakers, or by the last of them."""

    def __init__(self, speakers: Sequence[Speak], context: ssl.SSLContext | None, listens: bool) -> None:
        self._speakers = list(speakers)
        self._context = context
        self._listens = listens
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.requests: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            speak = self._speakers.pop(0) if len(self._speakers) > 1 else self._speakers[0]
            threading.Thread(target=self._talk, args=(connection, speak), daemon=True).start()

    def _talk(self, connection: socket.socket, speak: Speak) -> None:
        with suppress(OSError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                if self._listens:
                    self.requests.append(read_request(connection))
                speak(connection)


def read_request(connection: socket.socket) -> bytes:
    """A request with its body."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = connection.recv(65536)
        if not part:
            return found
        found += part
    head, _mark, body = found.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def say(text: bytes) -> Speak:
    """Send this and close."""
    return lambda connection: connection.sendall(text)


def trickle(before: bytes, byte: bytes, pause: float = 0.1) -> Speak:
    """Send something, and then one byte after the other for ever."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(before)
        while True:
            time.sleep(pause)
            connection.sendall(byte)

    return speak


@contextmanager
def serving(*speakers: Speak, context: ssl.SSLContext | None = None, listens: bool = True) -> Iterator[RawServer]:
    """The server, which reads a request first unless it doesn't listen."""
    server = RawServer(speakers, context, listens)
    try:
        yield server
    finally:
        server.close()
