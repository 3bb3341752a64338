# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saying how far a task is while it runs: one that keeps rate limits may take minutes.

A task that is over soon says nothing, and a long one at most a line every few seconds.
"""

from __future__ import annotations

import threading
import time
import typing as t

QUIET_SECONDS = 5.0

Say = t.Callable[[str], None]


class Progress:
    """Counts what is done of a tenant's changes. C(say) prints a line; without it all is quiet.

    C(least) gives the seconds that so many more writes take at least, by the tenant's limits.
    """

    def __init__(
        self,
        tenant: str,
        say: Say | None = None,
        *,
        least: t.Callable[[int], float] = lambda _writes: 0.0,
        quiet: float = QUIET_SECONDS,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self._tenant = tenant
        self._say = say
        self._least = least
        self._quiet = quiet
        self._clock = clock
        self._lock = threading.Lock()
        self._total = self._done = 0
        self._began = clock()
        self._next = self._began + quiet
        self._wait_news = self._began - quiet

    def begin(self, total: int) -> None:
        """So many changes are to be made from now on."""
        with self._lock:
            self._total, self._done = total, 0
            self._began = self._clock()

    def step(self) -> None:
        """One more was tried."""
        with self._lock:
            self._done += 1
            if self._done < self._total and self._clock() >= self._next:
                self._speak("")

    def note(self, text: str) -> None:
        """Say how it stands, if it is time for a line."""
        with self._lock:
            if self._clock() >= self._next:
                self._speak(text)

    def waiting(self, seconds: float, why: str) -> None:
        """The task sleeps so long before its next request. Short pauses are no news, nor is that all its threads wait
        for one limit.
        """
        with self._lock:
            now = self._clock()
            if seconds >= self._quiet and now >= self._wait_news + self._quiet:
                self._wait_news = now
                self._speak(f"waiting {_duration(seconds)}: {why}")

    def _speak(self, why: str) -> None:
        if self._say is None:
            return
        now = self._clock()
        self._next = now + self._quiet
        parts = [*self._figures(now - self._began), why]
        self._say(f"{self._tenant}: {', '.join(filter(None, parts))}")

    def _figures(self, passed: float) -> t.Iterator[str]:
        if not self._total:
            return
        yield f"{self._done} of {self._total} changes"
        if self._done and passed > 0:
            rest = self._total - self._done
            yield f"{60 * self._done / passed:.0f} a minute"
            yield f"about {_duration(max(rest * passed / self._done, self._least(rest)))} left"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
