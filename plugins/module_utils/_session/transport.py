# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to a tenant and its answer, as bytes: in how many seconds, which redirects, and what went wrong on the
way.

Source: qlik.dev, "Versioning" (C(qlik-api-version)).
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import typing as t
from urllib.parse import urlencode, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, TransportError
from ansible_collections.qlikops.cloud.plugins.module_utils._session import bodies
from ansible_collections.qlikops.cloud.plugins.module_utils._session.connections import (
    HAS_REQUESTS,
    connections_to,
    usual_authorities,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.sockets import EXCHANGE
from ansible_collections.qlikops.cloud.plugins.module_utils._session.urls import Addresses

if HAS_REQUESTS:
    import urllib3
    from requests.utils import get_environ_proxies
    from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError, ProxyError, SSLError

API_VERSION = "2026-11"
USER_AGENT = "qlikops.cloud (Ansible collection)"
MAX_REDIRECTS = 5
# The system's clocks know no larger numbers than some.
LONGEST_TIMEOUT_SECONDS = 86_400.0
_REDIRECTS = (301, 302, 303, 307, 308)
# A redirect's body is read only so that its connection can be used again.
_REDIRECT_BODY_BYTES = 65536

# `<urllib3.connection.HTTPSConnection object at 0x7f…>: ` or `HTTPSConnection(host='acme.example', port=443): `
_REPRESENTATION = re.compile(r"^(.*>: |\w+\([^()]*\): )")
# `[Errno -2] `, ` (_ssl.c:1006)`
_NUMBERS = re.compile(r"\[Errno -?\d+\] | ?\(_ssl\.c:\d+\)")


class Request(t.NamedTuple):
    """One request; C(signed) ones carry the token, C(reads) marks a POST that changes nothing.

    C(tier) is the limit that it counts for, where that isn't the one of its method. C(busy) is the code by which a 429
    tells of something else than the rate limit. C(plain): what comes back is a text, not JSON. C(follows): redirects
    are followed, not handed back.
    """

    method: str
    url: str
    params: t.Mapping[str, t.Any] | None = None
    body: t.Any = None
    headers: t.Mapping[str, str] | None = None
    signed: bool = True
    reads: bool = False
    tier: int = 0
    busy: str = ""
    plain: bool = False
    follows: bool = True

    @property
    def what(self) -> str:
        """How messages call it."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def writes(self) -> bool:
        """Whether it may change something. Fetching a token doesn't."""
        return self.method != "GET" and self.signed and not self.reads


class Answer(t.NamedTuple):
    """What came back; C(token) is the one that was sent."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes
    token: str


class Transport:
    """Sends requests to one tenant, from any number of threads."""

    connections_to = staticmethod(connections_to)

    def __init__(self, settings: Settings, addresses: Addresses, parallel: int) -> None:
        if not HAS_REQUESTS:
            raise TransportError("The Python library requests is not installed: pip install requests", sent=False)
        self._settings = settings
        self._tenant = settings.tenant
        # All of an exchange takes so many seconds at most.
        self.seconds = settings.timeout
        self._addresses = addresses
        proxies, verify = _environment(settings)
        try:
            self._connections = self.connections_to(settings.url, proxies, verify, parallel)
        except (OSError, ValueError) as error:
            raise TransportError(
                f"{self._tenant}: no connection can be made: {_last_line(error)}. Check ca_path, and the proxy and the"
                " authorities (CA)"
                " that environment variables name.",
                sent=False,
                transient=False,
            ) from None

        self._has_proxy = bool(self._connections.proxy or getattr(self._connections, "by_socks", False))

    def close(self) -> None:
        self._connections.clear()

    def exchange(self, request: Request, token: str) -> Answer:
        """Send once, following redirects of a GET inside the tenant's own origin. All of it takes C(seconds) at most.

        Raises TransportError, which says whether any of the request may have arrived.
        """
        EXCHANGE.begin(min(self.seconds, LONGEST_TIMEOUT_SECONDS))
        try:
            return self._follow(request, token)
        except bodies.BrokenAnswerError as error:
            raise AnswerError(
                f"{self._tenant}: {request.what} was answered in a form that can't be used: {error}.", transient=True
            ) from None
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise self._failure(error) from None
        finally:
            EXCHANGE.end()

    def _follow(self, request: Request, token: str) -> Answer:
        headers = _headers(request, token)
        data = None
        if request.body is not None:
            data = json.dumps(request.body).encode()
        url = request.url
        if request.params:
            url = f"{url}?{urlencode(request.params)}"
        for _hop in range(MAX_REDIRECTS + 1):
            response = self._send(request.method, url, data, headers)
            try:
                bodies.check_head(response.status, response.headers)
                location = response.headers.get("location")
                is_followed = request.method == "GET" and request.follows and response.status in _REDIRECTS
                if not is_followed or location is None:
                    body = bodies.read_body(response, f"{self._tenant}: {urlsplit(url).path}")
                    return Answer(response.status, response.headers, body, token)
                response.read(_REDIRECT_BODY_BYTES, decode_content=False)
                url = self._addresses.inside(url, location, "redirects")
            finally:
                _release(response)
        raise AnswerError(f"{self._tenant}: GET {urlsplit(url).path} is redirected without end.")

    def _send(self, method: str, url: str, data: bytes | None, headers: t.Mapping[str, str]) -> t.Any:
        return self._connections.request(
            method,
            url,
            body=data,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            timeout=EXCHANGE.remaining(),
        )

    def _failure(self, error: Exception) -> TransportError:
        """What went wrong on the way, in words. Whether it may have arrived doesn't follow from that, but from what was
        done.
        """
        seconds = f"{self.seconds:.0f} s"
        if EXCHANGE.sent:
            if EXCHANGE.is_over:
                return TransportError(f"{self._tenant} gave no whole answer within {seconds} (timeout).", sent=True)
            return TransportError(f"{self._tenant}: the connection broke off before an answer was complete.", sent=True)
        reason = _last_line(_cause(error))
        if EXCHANGE.is_over:
            return TransportError(f"{self._tenant}: no connection within {seconds} (timeout).", sent=False)
        if _is_about_tls(error):
            return TransportError(
                f"{self._tenant}: TLS failed: {reason}. Check the certificate, or name its CA with ca_path.",
                sent=False,
                transient=False,
            )
        if isinstance(error, ProxyError) or (self._has_proxy and isinstance(error, (HTTPError, OSError))):
            return TransportError(f"{self._tenant}: the proxy failed: {reason}.", sent=False)
        if isinstance(error, (NewConnectionError, OSError)) or not isinstance(error, (LocationValueError, ValueError)):
            where = self._settings.url_option
            return TransportError(
                f"{self._tenant} can't be reached: {reason}. Check {where} and the network.", sent=False
            )
        return TransportError(
            f"{self._tenant}: the request can't be sent ({type(error).__name__}).", sent=False, transient=False
        )


def _headers(request: Request, token: str) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": USER_AGENT,
        "qlik-api-version": API_VERSION,
    }
    headers.update(request.headers or {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _environment(settings: Settings) -> tuple[t.Mapping[str, str], bool | str]:
    """The proxies for a tenant, and how TLS is verified: looked up once, not for each request."""
    verify = settings.verify
    if verify is True:
        verify = usual_authorities()
    if verify is False:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return get_environ_proxies(settings.url), verify


def _release(response: t.Any) -> None:
    """Give the connection back, if the answer was read to its end; one with something left in it is closed."""
    if not getattr(response, "closed", False):
        response.close()
    response.release_conn()


def _cause(error: Exception) -> Exception:
    """The innermost of the errors that urllib3 wraps in one another."""
    for _depth in range(5):
        inner = _wrapped_in(error)
        if inner is None:
            break
        error = inner
    return error


def _wrapped_in(error: Exception) -> Exception | None:
    inner = getattr(error, "original_error", None) or getattr(error, "reason", None)
    if isinstance(inner, Exception):
        return inner
    for argument in reversed(error.args):
        if isinstance(argument, Exception):
            return argument
    return None


def _is_about_tls(error: Exception) -> bool:
    kinds = (SSLError, ssl.SSLError, ssl.CertificateError)
    return isinstance(error, kinds) or isinstance(_cause(error), kinds)


def _last_line(reason: t.Any) -> str:
    """What urllib3 says of an error, without the object's own representation in front and the numbers of system and
    source code.
    """
    lines = [type(reason).__name__, *str(reason).strip().splitlines()]
    text = _REPRESENTATION.sub("", lines[-1])
    text = _NUMBERS.sub("", text).strip(" .'\"")
    while text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1]
    return text[:300]
