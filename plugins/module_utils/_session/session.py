# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pooled HTTP session to one tenant: signing in, pacing, retries, paging, and errors that say what happened.

Sources: qlik.dev, "Rate limiting", "Errors", "Pagination", "Versioning" (C(qlik-api-version), deprecation headers), and
the specifications of the single APIs.
"""

from __future__ import annotations

import random
import threading
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    NotFoundError,
    OutcomeUnknownError,
    QlikError,
    ReadOnlyError,
    ServerError,
    TransportError,
    WaitError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import TELLING_LENGTH
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.answers import AnswerReader, retry_after
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
    TOKEN,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.listing import PageGuard
from ansible_collections.qlikops.cloud.plugins.module_utils._session.progress import Progress, Say
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import (
    READS,
    WRITES,
    CountedRequest,
    Pacer,
    WaitBudget,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
    proxy_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.sign_in import (
    Authenticator,
    ClientAuthenticator,
    TokenAuthenticator,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.today import Today, utc_today
from ansible_collections.qlikops.cloud.plugins.module_utils._session.token_cache import TokenCache
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer, Request, Transport
from ansible_collections.qlikops.cloud.plugins.module_utils._session.urls import Addresses, Resources

TRIES = 5
FEW_TRIES = 3
BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 8.0
# A tenant that goes on refusing is asked less and less often, whatever it says, and not for ever.
MAX_REFUSALS = 50
LONGEST_REFUSAL_SECONDS = 60.0
MAX_TOKEN_LENGTH = 16_384

_TEXT = {"Accept": "text/plain, */*;q=0.1"}

JsonObject = t.Dict[str, t.Any]
Given = t.TypeVar("Given")


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


class Watcher(t.Protocol):
    """What stands beside a session, and sees each request before it leaves and each answer before anybody else does."""

    def before(self, request: Request) -> None:
        """Let a request through, or raise QlikError: then nothing of it leaves."""

    def after(self, request: Request, answer: Answer) -> None:
        """Take note of what was answered."""


class TenantSession:
    """Requests to one tenant, from any number of threads.

    With C(read_only) a request that would write raises ReadOnlyError before it reaches the socket, and
    C(stopped_writes) says so afterwards. C(resources) says which POSTs don't, and under which paths things are.
    C(own_page_size) are the lists of which the tenant refused a C(limit), so that it chooses the length of their pages.
    C(redact) takes secrets out of what the tenant says in its errors; it learns the C(tokens) that the session fetches
    or finds kept. C(say) prints a line for the person who waits. C(today) gives the day in UTC.
    """

    transport = Transport

    def __init__(
        self,
        settings: Settings,
        *,
        read_only: bool,
        redact: Redactor,
        resources: Resources | None = None,
        parallel: int = 8,
        say: Say | None = None,
        today: Today = utc_today,
    ) -> None:
        self.today = today
        self._resources = resources or Resources()
        self.tenant = settings.tenant
        self.counts = Counts()
        self.budget = WaitBudget(settings.max_wait)
        self.deprecated: dict[str, str] = {}
        self.warnings: list[str] = []
        self.own_page_size: set[str] = set()
        self.watchers: list[Watcher] = []
        self._settings = settings
        self._read_only = read_only
        self.stopped_writes = False
        self.redact = redact
        self._pacer = Pacer(self.budget)
        self.progress = Progress(self.tenant, say, least=lambda writes: self._pacer.least(WRITES, writes))
        self.budget.tell = self.progress.waiting
        redact.learn(proxy_secrets())
        self._addresses = Addresses(settings, self._resources)
        self._transport = self.transport(settings, self._addresses, parallel)
        self._reader = AnswerReader(settings, redact)
        self.tokens: set[str] = set()
        self._auth = self._authenticator()

    def close(self) -> None:
        self._transport.close()

    def get(self, path: str, params: t.Mapping[str, t.Any] | None = None) -> t.Any:
        """Read a resource. C(path) is relative, such as C(data-connections/<id>)."""
        return self._json(Request("GET", self._addresses.of(path), params))

    def text(self, path: str) -> str:
        """Read a resource that is a text, such as a log."""
        return t.cast(str, self._json(Request("GET", self._addresses.of(path), headers=_TEXT, plain=True)))

    def pages(self, path: str, params: t.Mapping[str, t.Any]) -> t.Iterator[JsonObject]:
        """Read a list page by page, following C(links.next.href) as it is given until there is none.

        Raises AnswerError when it leads in a circle, or when a page holds what an earlier one held.
        """
        guard = PageGuard(f"{self.tenant}: GET {path}")
        url = self._addresses.of(path)
        query: t.Mapping[str, t.Any] | None = params
        while url:
            page, size = self._sized(Request("GET", url, query))
            guard.check(page, size)
            yield page
            url, query = self._addresses.next_page(page, path), None
            if url:
                guard.follow(url)

    def write(
        self,
        method: str,
        path: str,
        body: t.Any = None,
        *,
        repeatable: bool,
        headers: t.Mapping[str, str] | None = None,
        tier: int = WRITES,
        busy: str = "",
    ) -> t.Any:
        """Send a write and give its answer's JSON (None when the answer has no body).

        C(repeatable) says that sending it twice ends as sending it once does. For others OutcomeUnknownError is raised
        when no answer tells whether it happened. C(tier) is the limit that it counts for; a 429 whose code is C(busy)
        isn't about that limit, and is raised.
        """
        self.begin_writing(f"{method} {path}")
        request = Request(method, self._addresses.of(path), body=body, headers=headers, tier=tier, busy=busy)
        return self._json(request, repeatable=repeatable)

    def address(self, path: str, form: str = "") -> str:
        """The URL of a resource's path; in another of the two forms than the user's if C(form) says so."""
        return self._addresses.in_form(path, form or self._settings.api_namespace)

    def ask(self, request: Request) -> Answer:
        """Send a request once, and give what is answered, a refusal too: for those who want to know how one is worded.

        Only for the rate limit, and for a token that has ended, it is sent again. Raises ReadOnlyError, TransportError.
        """
        if request.writes:
            self.begin_writing(request.what)
        return self._admitted(request, retry=False)

    def begin_writing(self, what: str = "writing") -> None:
        """Raise ReadOnlyError where nothing may be written: before much is prepared for it."""
        if self._read_only:
            self.stopped_writes = True
            raise ReadOnlyError(f"{self.tenant}: {what} was stopped: check mode doesn't write.")

    def remove(self, path: str) -> None:
        """Delete a resource; one that is gone already is no error.

        A 404 alone doesn't say so, as a gateway on the way says that too, and nor does a missing answer say the
        contrary: one looks.
        """
        try:
            self.write("DELETE", path, repeatable=True)
        except (NotFoundError, OutcomeUnknownError) as error:
            if self._is_there(path, error):
                raise QlikError(f"{error} It is still there.") from None

    def _is_there(self, path: str, failure: QlikError) -> bool:
        try:
            self.get(path)
        except NotFoundError:
            return False
        except (TransportError, ApiError, WaitError) as error:
            raise OutcomeUnknownError(failure, looking=error) from None
        return True

    def query(self, path: str, body: t.Any) -> t.Any:
        """Read by a POST, where Qlik asks with a body; allowed in check mode too. Qlik counts it among the writes for
        its limits.
        """
        if path not in self._resources.reading_posts:
            raise ReadOnlyError(f"{self.tenant}: POST {path} was stopped: it isn't known to read only.")
        return self._json(Request("POST", self._addresses.of(path), body=body, reads=True))

    def quote(self, errors: t.Any) -> str:
        """The first of the errors inside an answer, for a message."""
        return self._reader.quote(errors)

    def _json(self, request: Request, *, repeatable: bool = True) -> t.Any:
        """Send a request until it is answered, as often as that is safe, and give the answer's JSON."""
        return self._sized(request, repeatable=repeatable)[0]

    def _sized(self, request: Request, *, repeatable: bool = True) -> tuple[t.Any, int]:
        """The same, with the bytes that it had."""
        attempt = 0
        is_unknown = False
        while True:
            attempt += 1
            try:
                return self._answered(request, retry=attempt > 1)
            except (TransportError, ServerError) as error:
                failure: TransportError | ServerError = error
            except NotFoundError:
                raise  # whatever became of an earlier try, what it was about isn't there
            except (ApiError, WaitError) as error:
                if is_unknown:
                    raise OutcomeUnknownError(error, earlier=True) from None
                raise
            if request.writes and _was_sent(failure):
                is_unknown = True
            gives_up = is_unknown and not repeatable
            if gives_up or attempt >= _tries(failure) or not self._backs_off(attempt, failure):
                break
        if is_unknown:
            raise OutcomeUnknownError(failure)
        raise failure

    def _answered(self, request: Request, *, retry: bool) -> tuple[t.Any, int]:
        """The JSON of the answer to one request, and the bytes that it had. Raises ApiError for one that says no."""
        answer = self._admitted(request, retry=retry)
        self._note_deprecation(request.what, answer.headers)
        if answer.status >= 400:
            raise self._reader.api_error(request.what, answer)
        if request.plain and answer.status < 300:
            return answer.body.decode("utf-8-sig", "replace"), len(answer.body)
        return self._reader.parse(request.what, answer), len(answer.body)

    def _backs_off(self, attempt: int, failure: TransportError | ServerError) -> bool:
        """Whether there was time for a pause before the next try: no shorter than the tenant wishes."""
        pause = min(BACKOFF_SECONDS * 2 ** (attempt - 1), LONGEST_BACKOFF_SECONDS) * random.uniform(0.7, 1.3)
        if isinstance(failure, ServerError):
            pause = max(pause, failure.retry_after)
        try:
            self.budget.sleep(pause, self.tenant)
        except WaitError:
            return False  # what went wrong says more than that no time is left to try again
        return True

    def _admitted(self, request: Request, *, retry: bool) -> Answer:
        """One exchange that was neither refused for the rate limit nor for a token that could be renewed."""
        may_renew = request.signed
        refusals = 0
        while True:
            counted, answer = self._paced(request, retry=retry)
            if answer.status == 429 and not self._is_busy(request, answer):
                refusals += 1
                self._note_refusal(request, counted, answer, refusals)
            elif answer.status == 401 and may_renew and self._sign_in(self._auth.renew, answer.token):
                may_renew = False
            else:
                return answer
            retry = True

    def _paced(self, request: Request, *, retry: bool) -> tuple[CountedRequest, Answer]:
        """One exchange, once the limits of the tenant have room for it."""
        token = self._sign_in(self._auth.token) if request.signed else ""
        counted = self._pacer.admit(_tier(request), self.tenant)
        self.counts.count(write=request.writes, retry=retry)
        try:
            return counted, self._exchange(request, token)
        finally:
            counted.answered()

    def _note_refusal(self, request: Request, counted: CountedRequest, answer: Answer, refusals: int) -> None:
        """Wait for as long as the tenant says, and longer each time. Raises WaitError when it goes on refusing."""
        if refusals > MAX_REFUSALS:
            raise WaitError(
                f"{self.tenant}: {request.what} was refused {refusals} times for the rate limit. Run again later."
            )
        least = min(2.0 ** (refusals - 1), LONGEST_REFUSAL_SECONDS)
        self._pacer.refused(_tier(request), counted, max(retry_after(answer.headers), least))

    def _is_busy(self, request: Request, answer: Answer) -> bool:
        """Whether a 429 tells of something else than the rate limit."""
        return bool(request.busy) and self._reader.api_error(request.what, answer).code == request.busy

    @staticmethod
    def _sign_in(give: t.Callable[..., Given], *refused: str) -> Given:
        """What signing in gives. When that fails, its own tries are over, and nothing of the request that it was for
        has left.
        """
        try:
            return give(*refused)
        except (TransportError, ServerError) as error:
            raise TransportError(str(error), sent=False, transient=False) from None

    def _exchange(self, request: Request, token: str) -> Answer:
        """Send once. Raises TransportError, and what a watcher raises."""
        for watcher in self.watchers:
            watcher.before(request)
        answer = self._transport.exchange(request, token)
        for watcher in self.watchers:
            watcher.after(request, answer)
        return answer

    def _authenticator(self) -> Authenticator:
        settings = self._settings
        if settings.access_token:
            return TokenAuthenticator(settings.access_token)
        cache = self._token_cache(settings)
        problem = cache.problem()
        if problem:
            self.warnings.append(problem)
        return ClientAuthenticator(cache, self._fetch_token, self._learn_token)

    def _token_cache(self, settings: Settings) -> TokenCache:
        """Where tokens are kept from one session to the next."""
        return TokenCache(settings.url, settings.client_id, settings.client_secret)

    def _learn_token(self, token: str) -> None:
        """A token is no less secret when it was kept by an earlier run, or has just been replaced."""
        self.tokens.add(token)
        self.redact.learn([token])

    def _fetch_token(self) -> t.Mapping[str, t.Any]:
        settings = self._settings
        body = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "grant_type": "client_credentials",
        }
        if settings.scope:
            body["scope"] = settings.scope
        answer = self._json(Request("POST", f"{settings.url}/oauth/token", body=body, signed=False))
        fetched = t.cast(JsonObject, answer) if isinstance(answer, dict) else {}
        for name, value in fetched.items():
            if is_secret_name(str(name)) and isinstance(value, str) and len(value) >= TELLING_LENGTH:
                self._learn_token(value)
        token = fetched.get("access_token")
        if not isinstance(token, str) or not TOKEN.match(token) or len(token) > MAX_TOKEN_LENGTH:
            raise AnswerError(f"{self.tenant}: POST /oauth/token answered without an access_token that could be sent.")
        return fetched

    def _note_deprecation(self, what: str, headers: t.Mapping[str, str]) -> None:
        if headers.get("deprecation"):
            path = what.split("/api/", 1)[-1].split("/")[:2]
            when = headers.get("sunset", "")
            if when:
                when = f" on {when}"
            self.deprecated.setdefault(
                "/".join(path),
                f"Qlik announces the end of the API {'/'.join(path)}{when}.",
            )


def _tier(request: Request) -> int:
    """The limit that a request counts for."""
    if request.tier:
        return request.tier
    return READS if request.method == "GET" else WRITES


def _was_sent(failure: TransportError | ServerError) -> bool:
    if isinstance(failure, TransportError):
        return failure.sent
    return True


def _tries(failure: TransportError | ServerError) -> int:
    """How often a request that ended so may be sent in all."""
    if isinstance(failure, TransportError) and not failure.transient:
        return 1
    if isinstance(failure, AnswerError) or not _was_sent(failure):
        return FEW_TRIES
    return TRIES
