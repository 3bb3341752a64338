# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to one origin, direct or by a proxy, kept for the next request.

They note when a request begins to leave, which no exception tells, and take no answer whose headers were cut off for a
whole one.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import stat
import typing as t
from functools import lru_cache

from ansible_collections.qlikops.cloud.plugins.module_utils._session.sockets import EXCHANGE, BoundedTLSSocket, connect
from ansible_collections.qlikops.cloud.plugins.module_utils._session.socks import SocksProxy, connect_by

try:
    import urllib3
    from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url, prepend_scheme_if_needed, select_proxy
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
    from urllib3.util.connection import allowed_gai_family
    from urllib3.util.ssl_ import create_urllib3_context
    from urllib3.util.url import parse_url

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False
    HTTPConnection = HTTPSConnection = object  # type: ignore[assignment, misc]
    HTTPConnectionPool = HTTPSConnectionPool = object  # type: ignore[assignment, misc]


class _Lines:
    """The lines of an answer's head, the last of which is remembered."""

    def __init__(self, stream: t.Any) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, *limit: int) -> bytes:
        self.last = self._stream.readline(*limit)
        return self.last

    def close(self) -> None:
        self._stream.close()


class WholeResponse(http.client.HTTPResponse):
    """An answer that isn't begun before the empty line that ends its headers has come.

    Python takes the end of the stream for the end of the headers, and so a head that was cut for an answer without a
    body.
    """

    def begin(self) -> None:
        stream = self.fp
        lines = _Lines(stream)
        self.fp = t.cast(t.Any, lines)
        try:
            super().begin()
        finally:
            if t.cast(t.Any, self.fp) is lines:
                self.fp = stream
        if lines.last not in (b"\r\n", b"\n"):
            raise http.client.IncompleteRead(b"")

    def _read_status(self) -> tuple[str, int, str]:
        """The first line of an answer that isn't of a passing kind (RFC 9110, section 15.2): Python knows 100 alone of
        those.

        101 is no such one: nobody asked for another protocol.
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def _read_next_chunk_size(self) -> int:
        """Python takes a chunk of -1 bytes for all that is still to come."""
        size = int(super()._read_next_chunk_size())  # type: ignore[misc]
        if size < 0:
            raise http.client.IncompleteRead(b"")
        return size


class _Noting(HTTPConnection):
    """What both kinds of connections have in common."""

    response_class = WholeResponse
    _is_ready = False

    def connect(self) -> None:
        self._is_ready = False
        super().connect()
        self._is_ready = True

    def send(self, data: t.Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        # What a proxy is told before isn't the request.
        if self._is_ready:
            EXCHANGE.sent = True
        super().send(data)


class Direct(_Noting):
    """A connection that this collection makes itself, be it to the tenant or to a proxy. C(through): the SOCKS proxy
    that leads there.
    """

    through: SocksProxy | None = None

    def _new_conn(self) -> t.Any:
        host = str(getattr(self, "_dns_host", self.host)).strip("[]")
        where = host, int(self.port or 0), allowed_gai_family(), self.socket_options or ()
        try:
            return connect_by(self.through, *where) if self.through else connect(*where)
        except socket.timeout as error:
            raise ConnectTimeoutError(self, f"no connection to {host} ({error})") from None
        except socket.gaierror:
            raise NewConnectionError(self, f"the name {host} can't be resolved") from None
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from None


class _Secure(Direct, HTTPSConnection):
    pass


class PlainPool(HTTPConnectionPool):
    ConnectionCls: type[Direct] = Direct


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def connections_to(url: str, proxies: t.Mapping[str, str], verify: bool | str, parallel: int) -> urllib3.PoolManager:
    """The connections to an origin, as many as may be in use at a time.

    C(proxies) are those of the environment. Without TLS none is used: it would read the token, and this machine's own
    address means another machine to it. C(verify) is how TLS is verified: by the usual authorities (true), by those of
    a file or folder, or not at all. Raises ValueError for a proxy that can't be one, OSError for authorities that can't
    be read.
    """
    given: dict[str, t.Any] = {"num_pools": 2, "maxsize": parallel, "block": True}
    proxy = _proxy(url, proxies)
    if url.startswith("https:"):
        context = _context(verify)
        given.update(ssl_context=context, cert_reqs=context.verify_mode.name)
    if not proxy:
        manager = urllib3.PoolManager(**given)
    elif proxy.lower().startswith("socks"):
        return _behind_socks(proxy, given)
    else:
        manager = _behind(proxy, given)
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": _SecurePool}
    return manager


def _proxy(url: str, proxies: t.Mapping[str, str]) -> str:
    """The address of the proxy for an origin; empty without one. Raises ValueError, which doesn't quote it: it may hold
    a password.
    """
    if not url.startswith("https:"):
        return ""
    proxy = select_proxy(url, dict(proxies))
    if not proxy:
        return ""
    try:
        proxy = str(prepend_scheme_if_needed(proxy, "http"))  # type: ignore[no-untyped-call] # requests has no types
        parse_url(proxy)
    except ValueError:
        raise ValueError(
            "the address of the proxy is none; marks in its user and password are written with percent signs"
        ) from None
    return proxy


def _behind(proxy: str, given: dict[str, t.Any]) -> urllib3.PoolManager:
    user, password = get_auth_from_url(proxy)
    headers = None
    if user:
        headers = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}")
    if proxy.startswith("https:"):
        given["proxy_ssl_context"] = given["ssl_context"]
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **given)


def _behind_socks(proxy: str, given: dict[str, t.Any]) -> urllib3.PoolManager:
    class Manager(urllib3.PoolManager):
        by_socks = True

    class Secure(_Secure):
        through = SocksProxy.from_url(proxy)

    class SecurePool(_SecurePool):
        ConnectionCls = Secure

    manager = Manager(**given)
    manager.pool_classes_by_scheme = {"https": SecurePool}
    return manager


def usual_authorities() -> bool | str:
    """By which authorities TLS is verified where nobody says so: those that the environment names, as requests takes
    them, or true for those that come with requests.
    """
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def read_usual_authorities() -> None:
    """Read them before they are needed, for all processes that begin as copies of this one.

    That takes 20 to 40 ms, which is more than all else that a tenant as declared takes. What is wrong with them, the
    first that needs them says.
    """
    if HAS_REQUESTS:
        with contextlib.suppress(OSError, ValueError):
            _context(usual_authorities())


def _context(verify: bool | str) -> ssl.SSLContext:
    """How TLS is spoken. It says nothing of a tenant, so that all share it, for as long as the authorities' file stays
    what it is.

    With a folder, each tenant has its own: OpenSSL reads single files of it when it needs them, and would go on
    trusting one that is there no more.
    """
    if not verify:
        return _made_context(None, ())
    place = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
    found = os.stat(place)
    if stat.S_ISDIR(found.st_mode):
        return _new_context(place)
    if not stat.S_ISREG(found.st_mode):
        # A pipe can be read once, and its time is when something was last written to it.
        return _made_context(place, (found.st_dev, found.st_ino))
    # Size and time stay where a file is swapped for another of the same image; the rest nobody can set.
    return _made_context(place, (found.st_dev, found.st_ino, found.st_ctime_ns, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=8)
def _made_context(place: str | None, _file: tuple[int, ...]) -> ssl.SSLContext:
    """One for all. C(_file) tells files of the same name apart."""
    return _new_context(place)


def _new_context(place: str | None) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if place else ssl.CERT_NONE)
    context.sslsocket_class = BoundedTLSSocket
    if place is None:
        return context
    if os.path.isdir(place):
        context.load_verify_locations(capath=place)
    else:
        context.load_verify_locations(cafile=place)
    return context
