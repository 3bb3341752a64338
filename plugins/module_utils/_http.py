# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pooled HTTP session to one tenant: signing in, pacing, retries, paging, and errors that say what happened.

Sources: qlik.dev, "Rate limiting", "Errors", "Pagination", "Versioning" (C(qlik-api-version), deprecation headers), and the
specifications of the single APIs.
"""

from __future__ import annotations

import json
import random
import re
import threading
import typing as t
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._auth import Authenticator, ClientAuthenticator, TokenAuthenticator
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    ERROR_BY_STATUS,
    AnswerError,
    ApiError,
    OutcomeUnknownError,
    ReadOnlyError,
    ServerError,
    TransportError,
    WaitError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secrets import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._progress import Progress, Say
from ansible_collections.qlikops.cloud.plugins.module_utils._rate_limit import READS, WRITES, Pacer, WaitBudget
from ansible_collections.qlikops.cloud.plugins.module_utils._settings import TOKEN, Settings
from ansible_collections.qlikops.cloud.plugins.module_utils._token_cache import TokenCache

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
TRIES = 5
FEW_TRIES = 3
BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 8.0

# POSTs that only read; no other may leave as a query.
QUERIES = frozenset(("data-credentials/actions/filter-orphan",))

# Resources that exist under a namespace as well; every other resource has the v1 form only.
NAMESPACED = {"data-connections": "connectivity", "data-credentials": "connectivity", "data-sources": "connectivity"}

# The organization API has neither form; its paths are given with their own first part.
ORGANIZATION = "core"

_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")

JsonObject = t.Dict[str, t.Any]


class Counts:
    """How many requests a task sent: C(reads) and C(writes) once each, C(retries) for every repetition of either."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reads = 0
        self.writes = 0
        self.retries = 0

    def count(self, *, write: bool, retry: bool) -> None:
        with self._lock:
            if retry:
                self.retries += 1
            elif write:
                self.writes += 1
            else:
                self.reads += 1


class _Request(t.NamedTuple):
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


class _Answer(t.NamedTuple):
    status: int
    headers: t.Mapping[str, str]
    body: bytes
    token: str


class TenantSession:
    """Requests to one tenant, from any number of threads.

    With C(read_only) a request that would write raises ReadOnlyError before it reaches the socket.
    C(own_page_size) are the lists of which the tenant refused a C(limit), so that it chooses the length of their pages.
    C(redact) takes secrets out of what the tenant says in its errors; it learns the tokens that the session fetches.
    C(say) prints a line for the person who waits.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        read_only: bool,
        redact: Redactor,
        parallel: int = 8,
        say: Say | None = None,
    ) -> None:
        if not HAS_REQUESTS:
            raise TransportError("The Python library requests is not installed: pip install requests", sent=False)
        self.tenant = settings.tenant
        self.counts = Counts()
        self.budget = WaitBudget(settings.max_wait)
        self.deprecated: dict[str, str] = {}
        self.own_page_size: set[str] = set()
        self._settings = settings
        self._read_only = read_only
        self.redact = redact
        self._pacer = Pacer(self.budget)
        self.progress = Progress(self.tenant, say, least=lambda writes: self._pacer.least(WRITES, writes))
        self.budget.tell = self.progress.waiting
        self._http, self._verify = _pooled_session(settings, parallel)
        self._auth = self._authenticator()

    def close(self) -> None:
        self._http.close()

    # ---- what the API layer uses

    def get(self, path: str, params: t.Mapping[str, t.Any] | None = None) -> t.Any:
        """Read a resource. C(path) is relative, such as C(data-connections/<id>)."""
        return self._json(_Request("GET", self._url(path), params))

    def pages(self, path: str, params: t.Mapping[str, t.Any]) -> t.Iterator[JsonObject]:
        """Read a list page by page, following C(links.next.href) as it is given until there is none."""
        url = self._url(path)
        seen: set[str] = set()
        query: t.Mapping[str, t.Any] | None = params
        while url:
            page = self._json(_Request("GET", url, query))
            if not isinstance(page, dict) or not isinstance(page.get("data"), list):
                raise AnswerError(f"{self.tenant}: GET {path} did not answer with a list.")
            yield page
            url, query = self._next_page(page, path), None
            if url in seen:
                raise AnswerError(f"{self.tenant}: GET {path}: the pages of this list lead in a circle.")
            seen.add(url)

    def write(
        self,
        method: str,
        path: str,
        body: t.Any = None,
        *,
        repeatable: bool,
        headers: t.Mapping[str, str] | None = None,
    ) -> t.Any:
        """Send a write and give its answer's JSON (None when the answer has no body).

        C(repeatable) says that sending it twice ends as sending it once does. For others OutcomeUnknownError is raised when no
        answer tells whether it happened.
        """
        if self._read_only:
            raise ReadOnlyError(f"{self.tenant}: {method} {path} was stopped: check mode doesn't write.")
        return self._json(_Request(method, self._url(path), body=body, headers=headers), repeatable=repeatable)

    def query(self, path: str, body: t.Any) -> t.Any:
        """Read by a POST, where Qlik asks with a body; allowed in check mode too. Qlik counts it among the writes for its limits."""
        if path not in QUERIES:
            raise ReadOnlyError(f"{self.tenant}: POST {path} was stopped: it isn't known to read only.")
        return self._json(_Request("POST", self._url(path), body=body, reads=True))

    def quote(self, errors: t.Any) -> str:
        """The first of the errors inside an answer, for a message."""
        first = errors[0] if isinstance(errors, list) and errors else errors
        if isinstance(first, dict):
            first = " ".join(str(first[member]) for member in ("code", "title", "detail") if first.get(member))
        return one_line(self.redact(str(first)))[:300]

    # ---- one exchange, repeated where that is safe

    def _json(self, request: _Request, *, repeatable: bool = True) -> t.Any:
        """Send a request until it is answered, as often as that is safe, and give the answer's JSON."""
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._admitted(request, retry=attempt > 1)
                self._note_deprecation(request.what, answer.headers)
                if answer.status >= 400:
                    raise self._api_error(request.what, answer)
                return self._parse(request.what, answer)
            except (TransportError, ServerError) as error:
                failure: TransportError | ServerError = error
            if _was_sent(failure) and not repeatable:
                raise OutcomeUnknownError(failure)
            if attempt >= _tries(failure):
                raise failure
            self._back_off(attempt, failure)

    def _back_off(self, attempt: int, failure: TransportError | ServerError) -> None:
        pause = min(BACKOFF_SECONDS * 2 ** (attempt - 1), LONGEST_BACKOFF_SECONDS) * random.uniform(0.7, 1.3)
        try:
            self.budget.sleep(pause, self.tenant)
        except WaitError:
            raise failure from None  # what went wrong says more than that no time is left to try again

    def _admitted(self, request: _Request, *, retry: bool) -> _Answer:
        """One exchange that was neither refused for the rate limit nor for a token that could be renewed."""
        tier = READS if request.method == "GET" else WRITES
        renewed = False
        while True:
            token = self._auth.token() if request.signed else ""
            sent = self._pacer.admit(tier, self.tenant)
            is_write = request.method != "GET" and request.signed and not request.reads
            self.counts.count(write=is_write, retry=retry)
            try:
                answer = self._exchange(request, token)
            finally:
                sent.answered()
            if answer.status == 429:
                self._pacer.refused(tier, sent, _retry_after(answer.headers))
            elif answer.status == 401 and request.signed and not renewed and self._auth.renew(answer.token):
                renewed = True
            else:
                return answer
            retry = True

    def _exchange(self, request: _Request, token: str) -> _Answer:
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
                        url, params = self._inside(url, response.headers["location"], "redirects"), None
                        continue
                    return _Answer(response.status_code, response.headers, self._bounded(response, url), token)
        except requests.exceptions.RequestException as error:
            raise self._transport_error(error) from None
        except (HTTPError, OSError) as error:
            raise TransportError(f"{self.tenant}: the connection failed ({type(error).__name__}).", sent=True) from None
        raise AnswerError(f"{self.tenant}: GET {urlsplit(url).path} is redirected without end.")

    def _bounded(self, response: requests.Response, url: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise AnswerError(f"{self.tenant}: {urlsplit(url).path} answered with more than {MAX_ANSWER_BYTES >> 20} MiB.")
        return bytes(body)

    # ---- addresses

    def _url(self, path: str) -> str:
        resource = path.split("/", 1)[0]
        if resource == ORGANIZATION:
            return f"{self._settings.url}/api/{path}"
        namespace = "v1"
        if self._settings.api_namespace != "v1":
            namespace = NAMESPACED.get(resource, "v1")
        return f"{self._settings.url}/api/{namespace}/{path}"

    def _next_page(self, page: JsonObject, path: str) -> str:
        links = page.get("links")
        following = links.get("next") if isinstance(links, dict) else None
        href = following.get("href") if isinstance(following, dict) else None
        if not href:
            return ""
        return self._inside(self._url(path), str(href), "continues a list")

    def _inside(self, base: str, href: str, does: str) -> str:
        """Where a link leads, when that lies in the tenant's own origin: the token goes nowhere else."""
        own = urlsplit(self._settings.url)
        try:
            url = urljoin(base, href)
            parts = urlsplit(url)
            same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
        except ValueError:
            raise AnswerError(f"{self.tenant} {does} at what is no address.") from None
        if not same or parts.username is not None:
            where = f"{parts.scheme}://{parts.hostname}"
            raise AnswerError(f"{self.tenant} {does} at another address ({where}). If it moved, set {self._settings.url_option} to that.")
        return url

    # ---- signing in

    def _authenticator(self) -> Authenticator:
        settings = self._settings
        if settings.access_token:
            return TokenAuthenticator(settings.access_token)
        cache = TokenCache(settings.url, settings.client_id, settings.client_secret)
        return ClientAuthenticator(cache, self._fetch_token)

    def _fetch_token(self) -> t.Mapping[str, t.Any]:
        settings = self._settings
        body = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "grant_type": "client_credentials",
        }
        if settings.scope:
            body["scope"] = settings.scope
        answer = self._json(_Request("POST", f"{settings.url}/oauth/token", body=body, signed=False))
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not TOKEN.match(token):
            raise AnswerError(f"{self.tenant}: POST /oauth/token answered without an access_token that could be sent.")
        self.redact.learn([token])
        return t.cast(JsonObject, answer)

    # ---- reading answers

    def _parse(self, what: str, answer: _Answer) -> t.Any:
        if answer.status >= 300:
            raise AnswerError(f"{self.tenant}: {what} was redirected; a write is never sent elsewhere.", sent=False)
        if not answer.body.strip():
            return None
        try:
            return _whole_characters(answer.body, json.loads(answer.body))
        except (ValueError, RecursionError):
            kind = "HTML" if answer.body.lstrip()[:1] == b"<" else "something"
            raise AnswerError(
                f"{self.tenant}: {what} answered with {kind} that is not JSON. Is {self._settings.url_option} an address of Qlik Cloud?",
                passing=True,
            ) from None

    def _api_error(self, what: str, answer: _Answer) -> ApiError:
        """The error in the answer's body, whichever of the services' forms it has."""
        first: t.Any = {}
        trace_id = answer.headers.get("X-B3-Traceid", "")
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict):
            errors = document.get("errors")
            first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else document
            trace_id = trace_id or str(document.get("traceId") or "")

        def text(member: str) -> str:
            value = first.get(member)
            return one_line(self.redact(str(value)))[:500] if value else ""

        kind = ERROR_BY_STATUS.get(answer.status, ApiError)
        return kind(
            tenant=self.tenant,
            request=what,
            status=answer.status,
            code=text("code"),
            title=text("title"),
            detail=text("detail"),
            trace_id=one_line(trace_id)[:64],
            advice=self._advice(what, answer.status),
        )

    def _advice(self, what: str, status: int) -> str:
        if "/oauth/token" in what and status in (400, 401, 403):
            if self._settings.scope:
                return f"Check client_id and client_secret, and that the OAuth client has the scope {self._settings.scope}."
            return "Check client_id and client_secret, and that the OAuth client is published and trusted on this tenant."
        if status == 401 and self._settings.access_token:
            return "The API key or access token is wrong, expired or revoked for this tenant."
        if status == 401:
            return "The token that the OAuth client was given is not accepted."
        if status == 403:
            return "The caller lacks the right to do this."
        return ""

    def _transport_error(self, error: requests.exceptions.RequestException) -> TransportError:
        """What went wrong on the way, in words; and whether the request may have arrived."""
        reason = error.args[0] if error.args else error
        reason = getattr(reason, "reason", reason)
        if isinstance(error, requests.exceptions.SSLError):
            return TransportError(
                f"{self.tenant}: TLS failed: {_last_line(reason)}. Check the certificate, or name its CA with ca_path.",
                sent=False,
                passing=False,
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return TransportError(f"{self.tenant}: the proxy failed: {_last_line(reason)}.", sent=False)
        if isinstance(reason, NewConnectionError):
            return TransportError(
                f"{self.tenant} can't be reached: {_last_line(reason)}. Check {self._settings.url_option} and the network.", sent=False
            )
        if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, ConnectTimeoutError):
            return TransportError(f"{self.tenant}: no connection within {self._settings.timeout:.0f} s.", sent=False)
        if isinstance(error, requests.exceptions.Timeout):
            return TransportError(f"{self.tenant} gave no answer within {self._settings.timeout:.0f} s (timeout).", sent=True)
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, OSError)) and not isinstance(
            error, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
        ):
            return TransportError(f"{self.tenant}: the request can't be sent ({type(error).__name__}).", sent=False, passing=False)
        return TransportError(f"{self.tenant}: the connection broke off before an answer was complete.", sent=True)

    def _note_deprecation(self, what: str, headers: t.Mapping[str, str]) -> None:
        if headers.get("deprecation"):
            path = what.split("/api/", 1)[-1].split("/")[:2]
            ends = headers.get("sunset", "")
            self.deprecated.setdefault(
                "/".join(path),
                f"Qlik announces the end of the API {'/'.join(path)}" + (f" on {ends}" if ends else "") + ".",
            )


class _Bearer:
    """Sets the Authorization header; given as C(auth) so that no .netrc entry takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _whole_characters(body: bytes, value: t.Any) -> t.Any:
    """A parsed body without halves of characters, which JSON can spell but nothing can write."""
    return _without_halves(value) if _HALF.search(body) else value


def _without_halves(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(item) for name, item in value.items()}
    return value


def _was_sent(failure: TransportError | ServerError) -> bool:
    return failure.sent if isinstance(failure, TransportError) else True


def _tries(failure: TransportError | ServerError) -> int:
    """How often a request that ended so may be sent in all."""
    if isinstance(failure, TransportError) and not failure.passing:
        return 1
    if isinstance(failure, AnswerError) or not _was_sent(failure):
        return FEW_TRIES
    return TRIES


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


def _retry_after(headers: t.Mapping[str, str]) -> float:
    """Whole seconds by the documentation; 1 when the header is absent or no number."""
    try:
        return min(max(float(headers.get("retry-after", "1")), 1.0), 3600.0)
    except ValueError:
        return 1.0


def _last_line(reason: t.Any) -> str:
    """The readable end of an error of urllib3, which starts with the object's own representation."""
    text = str(reason).strip().splitlines()[-1] if str(reason).strip() else type(reason).__name__
    return text.rsplit(">: ", 1)[-1].strip(" .'\")(")[:300]
