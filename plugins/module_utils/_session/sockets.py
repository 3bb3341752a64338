# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that know when the exchange of their thread must be over.

A timeout of Python's sockets begins anew with every byte, so a server that sends one now and then holds a request for
ever. These ask before each step how much time the whole request still has. No thread watches them, so a fork loses
nothing.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
import time
import typing as t


class Exchange(threading.local):
    """The exchange that this thread is at. C(ends) is a time of the monotonic clock; C(sent) says whether any of the
    request has left. C(opened) is told of each socket before it connects, and may raise OSError.
    """

    ends = math.inf
    sent = False
    opened: t.Callable[[socket.socket], None] | None = None

    def begin(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.sent = False

    def end(self) -> None:
        self.ends = math.inf

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends

    def remaining(self) -> float | None:
        """The seconds that are left, None without an end. Raises socket.timeout when there are none."""
        if self.ends == math.inf:
            return None
        left = self.ends - time.monotonic()
        if left <= 0:
            raise socket.timeout("the time for the whole request is over")
        return left


EXCHANGE = Exchange()


class BoundedSocket(socket.socket):
    """A socket none of whose steps goes on for longer than the exchange may."""

    def recv(self, *arguments: t.Any) -> bytes:
        self.settimeout(EXCHANGE.remaining())
        return super().recv(*arguments)

    def recv_into(self, *arguments: t.Any) -> int:
        self.settimeout(EXCHANGE.remaining())
        return super().recv_into(*arguments)

    def send(self, *arguments: t.Any) -> int:
        self.settimeout(EXCHANGE.remaining())
        return super().send(*arguments)

    def sendall(self, *arguments: t.Any) -> None:
        self.settimeout(EXCHANGE.remaining())
        super().sendall(*arguments)


class BoundedTLSSocket(ssl.SSLSocket):
    """The same with TLS, whose handshake is one step. C(sendall) is made of C(send)."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(EXCHANGE.remaining())
        super().do_handshake(block)

    def recv(self, *arguments: t.Any, **more: t.Any) -> bytes:
        self.settimeout(EXCHANGE.remaining())
        return super().recv(*arguments, **more)

    def recv_into(self, *arguments: t.Any, **more: t.Any) -> int:
        self.settimeout(EXCHANGE.remaining())
        return super().recv_into(*arguments, **more)

    def send(self, *arguments: t.Any, **more: t.Any) -> int:
        self.settimeout(EXCHANGE.remaining())
        return super().send(*arguments, **more)


def connect(host: str, port: int, family: int, options: t.Iterable[tuple[t.Any, ...]]) -> BoundedSocket:
    """A connection to the first address of a host that takes it. Raises OSError.

    An address that doesn't answer may have its share of the time only, so that there is some left for the others.
    """
    failure = OSError("the name has no address")
    addresses = addresses_of(host, port, family)
    for tried, (kind, socktype, protocol, _name, address) in enumerate(addresses):
        connection = BoundedSocket(kind, socktype, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            if EXCHANGE.opened is not None:
                EXCHANGE.opened(connection)
            left = EXCHANGE.remaining()
            connection.settimeout(left if left is None else left / (len(addresses) - tried))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def addresses_of(host: str, port: int, family: int) -> t.Sequence[t.Any]:
    """What a name stands for. Nothing can interrupt the system's own search, so another thread waits for it."""
    try:
        return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    found: list[t.Any] = []

    def search() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            found.append(error)

    searching = threading.Thread(target=search, daemon=True)
    searching.start()
    searching.join(EXCHANGE.remaining())
    if not found:
        raise socket.timeout(f"the name {host} was not resolved in time")
    if isinstance(found[0], Exception):
        raise found[0]
    return t.cast(t.Sequence[t.Any], found[0])
