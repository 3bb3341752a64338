# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping a tenant's rate limits without being told, and waiting when told all the same.

Source: qlik.dev, "Rate limiting": requests count per tier, user and tenant, in windows of five minutes; tier 1 (reads)
1,000 a minute, tier 2 (writes) 100 a minute; a refusal is a 429 with C(Retry-After) in seconds and blocks its own
tier only. Reloads have a limit of their own: 50 a minute, 250 in five.
"""

from __future__ import annotations

import threading
import time
import typing as t
from collections import deque

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import WaitError

READS = 1
WRITES = 2
RELOADS = 3
WINDOW_SECONDS = 300.0
LIMITS = {READS: 5000, WRITES: 500, RELOADS: 250}
# The tiers that also have a limit for shorter times: so many, in a part of the window.
_AT_ONCE = {RELOADS: (50, 0.2)}
_WHAT = {READS: "reads", WRITES: "writes", RELOADS: "reloads"}


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


class WaitBudget:
    """Sleeps on behalf of all threads of a task and adds up the time in which at least one of them slept.

    C(max_wait) and C(waited) are seconds. C(tell) is told of each sleep beforehand: its seconds, and why. C(pause) is
    what sleeps.
    """

    def __init__(self, max_wait: float) -> None:
        self.max_wait = max_wait
        self.tell: t.Callable[[float, str], None] = lambda *_news: None
        self.pause = _sleep
        self._lock = threading.Lock()
        self._sleepers = 0
        self._since = 0.0
        self._finished = 0.0

    @property
    def waited(self) -> float:
        with self._lock:
            return self._waited()

    def _waited(self) -> float:
        if not self._sleepers:
            return self._finished
        return self._finished + time.monotonic() - self._since

    def sleep(self, seconds: float, tenant: str, why: str = "before the next try") -> None:
        """Sleep, or raise WaitError at once when that would take more than is left."""
        if seconds <= 0:
            return
        with self._lock:
            waited = self._waited()
            if waited + seconds > self.max_wait:
                raise WaitError(
                    f"{tenant}: {why}: {seconds:.0f} s more would be needed, after {waited:.0f} s of waiting, and"
                    f" max_wait allows {self.max_wait:.0f} s in all. Run again later, or raise max_wait.",
                    seconds,
                )
            if not self._sleepers:
                self._since = time.monotonic()
            self._sleepers += 1
        self.tell(seconds, why)
        try:
            self.pause(seconds)
        finally:
            with self._lock:
                self._sleepers -= 1
                if not self._sleepers:
                    self._finished += time.monotonic() - self._since


class CountedRequest:
    """When a request counted for the tenant's limit: no later than its answer came, however long it was on its way."""

    def __init__(self, when: float) -> None:
        self.when = when

    def answered(self) -> None:
        self.when = time.monotonic()


class Pacer:
    """Lets requests of one task through so that no window of five minutes holds more than the tier's limit."""

    def __init__(
        self,
        budget: WaitBudget,
        *,
        limits: t.Mapping[int, int] | None = None,
        window: float | None = None,
    ) -> None:
        self._budget = budget
        if limits is None:
            limits = LIMITS
        if window is None:
            window = WINDOW_SECONDS
        self._window = window
        self._sent: dict[int, deque[CountedRequest]] = {tier: deque(maxlen=most) for tier, most in limits.items()}
        self._blocked_until = dict.fromkeys(self._sent, 0.0)
        self._lock = threading.Lock()

    def admit(self, tier: int, tenant: str) -> CountedRequest:
        """Wait until a request of this tier may leave."""
        while True:
            with self._lock:
                now = time.monotonic()
                sent = self._sent[tier]
                due = self._blocked_until[tier]
                if len(sent) == sent.maxlen:
                    due = max(due, sent[0].when + self._window)
                most, part = _AT_ONCE.get(tier, (0, 0.0))
                if most and len(sent) >= most:
                    due = max(due, sent[-most].when + part * self._window)
                if due <= now:
                    sent.append(CountedRequest(now))
                    return sent[-1]
            self._budget.sleep(due - now, tenant, f"the rate limit for {_WHAT[tier]} is used up")

    def least(self, tier: int, requests: int) -> float:
        """The seconds that so many more requests take at least, because of the limit alone."""
        with self._lock:
            sent, now = self._sent[tier], time.monotonic()
            limit = t.cast(int, sent.maxlen)
            recent = [one.when for one in sent if one.when > now - self._window]
            excess = requests - (limit - len(recent))
            if excess <= 0 or not recent:
                return 0.0
            return recent[0] + self._window - now + (excess - 1) // limit * self._window

    def refused(self, tier: int, request: CountedRequest, retry_after: float) -> None:
        """The tenant answered 429: hold this tier back for so many seconds. What is refused doesn't count."""
        with self._lock:
            if request in self._sent[tier]:
                self._sent[tier].remove(request)
            self._blocked_until[tier] = max(self._blocked_until[tier], time.monotonic() + retry_after)
