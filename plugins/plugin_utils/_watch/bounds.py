# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at a tenant may take: so many seconds, whatever the tenant does, and nothing once it is to stop."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, WaitError
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import Settings
from ansible_collections.qlikops.cloud.plugins.module_utils._session.sockets import EXCHANGE
from ansible_collections.qlikops.cloud.plugins.module_utils._session.token_cache import TokenCache
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer, Request

MOST_ITEMS = 100_000
_MOST_TOKENS = 8


class Stop:
    """Ends a look that goes on in another thread: no request begins any more, and the one that is on its way breaks
    off.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def ask(self) -> None:
        self.asked.set()
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def over_sockets(self) -> t.Iterator[None]:
        """Be told of the sockets that this thread opens. A look asks one thing after another, so the newest counts."""
        EXCHANGE.opened = self._opened
        try:
            yield
        finally:
            EXCHANGE.opened = None
            self._hold(None)

    def _opened(self, connection: socket.socket) -> None:
        # TLS takes the descriptor over; another one for the same connection stays what it is.
        self._hold(connection.dup())
        if self.asked.is_set():
            raise ConnectionAbortedError("the look is over")

    def _hold(self, connection: socket.socket | None) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = connection


@dataclass
class KeptToken:
    """The token of an OAuth client, for all looks of one process, whether or not it may be kept in a file.

    C(told) are the last ones: one that was just replaced may still be good.
    """

    token: str = ""
    ends: float = 0.0
    told: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_TOKENS))


class _TokenCache(TokenCache):
    """The cache in a file, behind what this process knows."""

    def __init__(self, settings: Settings, kept: KeptToken) -> None:
        super().__init__(settings.url, settings.client_id, settings.client_secret)
        self._kept = kept

    def load(self) -> tuple[str, float] | None:
        if self._kept.token and self._kept.ends > time.time():
            return self._kept.token, self._kept.ends
        found = super().load()
        if found:
            self._kept.token, self._kept.ends = found
        return found

    def store(self, token: str, ends: float) -> None:
        self._kept.token, self._kept.ends = token, ends
        super().store(token, ends)

    def drop(self) -> None:
        self._kept.token = ""
        super().drop()


class BoundedSession(TenantSession):
    """A session that only reads, for a limited time: however slowly a tenant answers, a look at it ends.

    C(now) is the time by the tenant's own clock, as its last answer says it.
    """

    def __init__(self, settings: Settings, redact: Redactor, seconds: float, stop: Stop, kept: KeptToken) -> None:
        self._kept_token = kept
        super().__init__(settings, read_only=True, redact=redact, resources=RESOURCES, parallel=1)
        self._stop = stop
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self.now: datetime | None = None
        self.budget.pause = self._pause
        self.watchers.append(self)

    def pages(self, path: str, params: t.Mapping[str, t.Any]) -> t.Iterator[JsonObject]:
        items = 0
        for page in super().pages(path, params):
            items += len(page["data"])
            if items > MOST_ITEMS:
                raise AnswerError(f"{self.tenant}: GET {path} holds more than {MOST_ITEMS} items.")
            yield page

    def before(self, request: Request) -> None:
        """A watcher's: raises WaitError when no time is left."""
        self._transport.seconds = min(self._settings.timeout, self._left(request.what))

    def after(self, request: Request, answer: Answer) -> None:  # noqa: ARG002 - a watcher's
        try:
            self.now = parsedate_to_datetime(answer.headers.get("date", ""))
        except (TypeError, ValueError, IndexError):
            return
        if self.now.tzinfo is None:
            self.now = None

    def _left(self, what: str) -> float:
        left = self._until - time.monotonic()
        if self._stop.asked.is_set():
            raise WaitError(f"{self.tenant}: {what} was stopped.")
        if left <= 0:
            raise WaitError(f"{self.tenant}: {what} wasn't read to its end within {self._seconds:.0f} s.")
        return left

    def _pause(self, seconds: float) -> None:
        """Sleep until a look may go on. Raises WaitError at once where that is beyond its end."""
        if seconds > self._left("waiting"):
            raise WaitError(f"{self.tenant}: the next try would be after {self._seconds:.0f} s.", seconds)
        self._stop.asked.wait(seconds)

    def _learn_token(self, token: str) -> None:
        super()._learn_token(token)
        if token not in self._kept_token.told:
            self._kept_token.told.append(token)

    def _token_cache(self, settings: Settings) -> TokenCache:
        return _TokenCache(settings, self._kept_token)
