# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections by a SOCKS proxy, on sockets that know when the exchange must be over.

Libraries for it begin their timeouts anew with every byte, and wait for the system's search for names without end.
Sources: RFC 1928 (SOCKS 5), RFC 1929 (user and password), and for SOCKS 4 and 4A the notes of their authors.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t
from urllib.parse import unquote, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record
from ansible_collections.qlikops.cloud.plugins.module_utils._session.sockets import BoundedSocket, addresses_of, connect

_DEFAULT_PORT = 1080
# Version of the protocol, and whether the proxy itself looks up names.
_SCHEMES = {"socks4": (4, False), "socks4a": (4, True), "socks5": (5, False), "socks5h": (5, True)}
_NO_SIGN_IN, _USER_AND_PASSWORD = 0, 2
_IP4, _NAME, _IP6 = 1, 3, 4
_ADDRESS_BYTES = {_IP4: 4, _IP6: 16}
_GRANTED = 0x5A
_LONGEST = 255
_REFUSALS = {
    1: "it failed",
    2: "its rules don't allow this connection",
    3: "the network can't be reached",
    4: "the host can't be reached",
    5: "the connection was refused",
    6: "it took too long",
    7: "it can't make connections",
    8: "it doesn't take this kind of address",
}


@record
class SocksProxy:
    """A proxy: C(version) of SOCKS that it speaks, and whether it is given names (C(takes_names)) or addresses."""

    version: int
    takes_names: bool
    host: str
    port: int
    user: bytes = member_with(default=b"", repr=False)
    password: bytes = member_with(default=b"", repr=False)

    @classmethod
    def from_url(cls, url: str) -> SocksProxy:
        """Raises ValueError, which quotes nothing of it."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("the address of a SOCKS proxy begins with socks5h://, socks5://, socks4a:// or socks4://")
        user, password = (unquote(text or "").encode() for text in (parts.username, parts.password))
        if max(len(user), len(password)) > _LONGEST or b"\0" in user:
            raise ValueError(
                "the user or the password of the SOCKS proxy is longer than SOCKS allows, or holds a zero byte"
            )
        return cls(*_SCHEMES[parts.scheme], parts.hostname, parts.port or _DEFAULT_PORT, user, password)


def connect_by(
    proxy: SocksProxy, host: str, port: int, family: int, options: t.Iterable[tuple[t.Any, ...]]
) -> BoundedSocket:
    """A connection to a host by a proxy. Raises OSError."""
    speak, kind = _speak_5, family
    if proxy.version == 4:
        speak, kind = _speak_4, socket.AF_INET
    if not proxy.takes_names:
        host = str(addresses_of(host, port, kind)[0][4][0])
    connection = connect(proxy.host, proxy.port, family, options)
    try:
        speak(connection, proxy, host, port)
    except BaseException:
        connection.close()
        raise
    return connection


def _speak_4(connection: BoundedSocket, proxy: SocksProxy, host: str, port: int) -> None:
    kind, address = _address(host)
    if kind == _IP6:
        raise OSError("SOCKS 4 takes no IPv6 addresses")
    name = b""
    if kind == _NAME:
        address, name = b"\0\0\0\1", address[1:] + b"\0"
    connection.sendall(struct.pack(">BBH", 4, 1, port) + address + proxy.user + b"\0" + name)
    version, answer = _read_bytes(connection, 8)[:2]
    if version != 0:
        raise OSError("what answers is no SOCKS 4 proxy")
    if answer != _GRANTED:
        raise OSError("the SOCKS proxy refused the connection")


def _speak_5(connection: BoundedSocket, proxy: SocksProxy, host: str, port: int) -> None:
    _sign_in_5(connection, proxy)
    kind, address = _address(host)
    connection.sendall(bytes((5, 1, 0, kind)) + address + struct.pack(">H", port))
    version, answer, _reserved, kind = _read_bytes(connection, 4)
    if version != 5:
        raise OSError("what answers is no SOCKS 5 proxy")
    if answer != 0:
        raise OSError(f"the SOCKS proxy says that {_REFUSALS.get(answer, f'there is an error {answer}')}")
    if kind == _NAME:
        length = _read_bytes(connection, 1)[0]
    elif kind in _ADDRESS_BYTES:
        length = _ADDRESS_BYTES[kind]
    else:
        raise OSError("the SOCKS proxy answered with a kind of address that there isn't")
    _read_bytes(connection, length + 2)


def _sign_in_5(connection: BoundedSocket, proxy: SocksProxy) -> None:
    """Agree with the proxy on how to sign in to it, and do so."""
    offered = [_NO_SIGN_IN]
    if proxy.user:
        offered.append(_USER_AND_PASSWORD)
    connection.sendall(bytes((5, len(offered), *offered)))
    version, chosen = _read_bytes(connection, 2)
    if version != 5:
        raise OSError("what answers is no SOCKS 5 proxy")
    if chosen not in offered:
        raise OSError("the SOCKS proxy takes none of the ways to sign in: with user and password, or without")
    if chosen == _USER_AND_PASSWORD:
        connection.sendall(b"\1" + _counted(proxy.user) + _counted(proxy.password))
        if _read_bytes(connection, 2)[1] != 0:
            raise OSError("the SOCKS proxy refused its user and password")


def _address(host: str) -> tuple[int, bytes]:
    """A host as SOCKS 5 says it: the kind of its address, and that."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _NAME, _counted(host.encode("ascii"))
    if address.version == 4:
        return _IP4, address.packed
    return _IP6, address.packed


def _counted(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def _read_bytes(connection: BoundedSocket, count: int) -> bytes:
    """Just so many bytes: what comes after them is the tenant's."""
    found = b""
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            raise OSError("the SOCKS proxy closed the connection")
        found += part
    return found
