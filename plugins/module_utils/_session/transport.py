# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to a tenant and its answer, as bytes: connections, redirects, and what went wrong on the way.

Source: qlik.dev, "Versioning" (C(qlik-api-version)).
"""

from __future__ import annotations

import json
import typing as t
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, TransportError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import Addresses
from ansible_collections.qlikops.cloud.plugins.module_utils._settings import Settings

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False

API_VERSION = "2026-11"
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_REDIRECTS = 5


class Request(t.NamedTuple):
    """One request; C(signed) ones carry the token, C(reads) marks a POST that changes nothing."""

    method: str
    url: str
    params: t.Mapping[str, t.Any] | None = None
    body: t.Any = None
    headers: t.Mapping[str, str] | None = None
    signed: bool = True
    reads: bool = False

    @property
    def what(self) -> str:
        """How messages call it."""
        return f"{self.method} {urlsplit(self.url).path}"


class Answer(t.NamedTuple):
    """What came back; C(token) is the one that was sent."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes
    token: str


class Transport:
    """Sends requests to one tenant, from any number of threads."""

    def __init__(self, settings: Settings, addresses: Addresses, parallel: int) -> None:
        if not HAS_REQUESTS:
            raise TransportError("The Python library requests is not installed: pip install requests", sent=False)
        self._settings = settings
        self._tenant = settings.tenant
        self._addresses = addresses
        self._http, self._verify = _pooled_session(settings, parallel)

    def close(self) -> None:
        self._http.close()

    def exchange(self, request: Request, token: str) -> Answer:
        """Send once, following redirects of a GET inside the tenant's own origin. Raises TransportError."""
        method, url, params, body = request.method, request.url, request.params, request.body
        headers = {"Accept": "application/json", "qlik-api-version": API_VERSION, **(request.headers or {})}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        try:
            for _hop in range(MAX_REDIRECTS + 1):
                with self._http.request(
                    method,
                    url,
                    params=params,
                    data=data,
                    headers=headers,
                    auth=_Bearer(token),
                    timeout=self._settings.timeout,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    if response.is_redirect and method == "GET":
                        url, params = self._addresses.inside(url, response.headers["location"], "redirects"), None
                        continue
                    return Answer(response.status_code, response.headers, self._bounded(response, url), token)
        except requests.exceptions.RequestException as error:
            raise self._transport_error(error) from None
        except (HTTPError, OSError) as error:
            raise TransportError(f"{self._tenant}: the connection failed ({type(error).__name__}).", sent=True) from None
        raise AnswerError(f"{self._tenant}: GET {urlsplit(url).path} is redirected without end.")

    def _bounded(self, response: requests.Response, url: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise AnswerError(f"{self._tenant}: {urlsplit(url).path} answered with more than {MAX_ANSWER_BYTES >> 20} MiB.")
        return bytes(body)

    def _transport_error(self, error: requests.exceptions.RequestException) -> TransportError:
        """What went wrong on the way, in words; and whether the request may have arrived."""
        reason = error.args[0] if error.args else error
        reason = getattr(reason, "reason", reason)
        if isinstance(error, requests.exceptions.SSLError):
            return TransportError(
                f"{self._tenant}: TLS failed: {_last_line(reason)}. Check the certificate, or name its CA with ca_path.",
                sent=False,
                passing=False,
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return TransportError(f"{self._tenant}: the proxy failed: {_last_line(reason)}.", sent=False)
        if isinstance(reason, NewConnectionError):
            return TransportError(
                f"{self._tenant} can't be reached: {_last_line(reason)}. Check {self._settings.url_option} and the network.", sent=False
            )
        if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, ConnectTimeoutError):
            return TransportError(f"{self._tenant}: no connection within {self._settings.timeout:.0f} s.", sent=False)
        if isinstance(error, requests.exceptions.Timeout):
            return TransportError(f"{self._tenant} gave no answer within {self._settings.timeout:.0f} s (timeout).", sent=True)
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, OSError)) and not isinstance(
            error, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
        ):
            return TransportError(f"{self._tenant}: the request can't be sent ({type(error).__name__}).", sent=False, passing=False)
        return TransportError(f"{self._tenant}: the connection broke off before an answer was complete.", sent=True)


class _Bearer:
    """Sets the Authorization header; given as C(auth) so that no .netrc entry takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _pooled_session(settings: Settings, parallel: int) -> tuple[requests.Session, t.Any]:
    """A session, and how it verifies TLS. Proxies and authorities of the environment are looked up once, not for each request."""
    http = requests.Session()
    environment = http.merge_environment_settings(settings.url, {}, None, settings.verify, None)
    http.trust_env = False
    http.proxies = environment["proxies"]
    http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=parallel, max_retries=0, pool_block=True)
    http.mount("https://", adapter)
    http.mount("http://", adapter)
    http.headers["User-Agent"] = "qlikops.cloud (Ansible collection)"
    if settings.verify is False:
        import urllib3

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return http, environment["verify"]


def _last_line(reason: t.Any) -> str:
    """The readable end of an error of urllib3, which starts with the object's own representation."""
    text = str(reason).strip().splitlines()[-1] if str(reason).strip() else type(reason).__name__
    return text.rsplit(">: ", 1)[-1].strip(" .'\")(")[:300]
