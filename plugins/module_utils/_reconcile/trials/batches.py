# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections are tried together, and what a reload that has ended says of each. Pure.

A statement that hangs blocks the rest of its script, and so does one that ends it: what was not reached is tried again
without it, and it alone. Every round settles at least one connection or makes the batch smaller, so there is an end.
"""

from __future__ import annotations

import typing as t
from collections import Counter, deque

from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import LogReading, Reading
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_verdict import Verdict, unfinished, verdict
from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import Way
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import Candidate, Trial

# How a reload ended: by itself, by us because nothing moved, with an error of its own, or for a reason of Qlik's.
End = t.Literal["finished", "hung", "failed", "stopped"]
_TRIES = 2


class Ended(t.NamedTuple):
    """A reload that is over: C(why) says what Qlik said of that."""

    end: End
    log: LogReading
    why: str = ""


class Batches:
    """Keeps what is still to be tried, and what was found. Connections are known by their places in the list."""

    def __init__(
        self,
        wanted: t.Sequence[Candidate],
        *,
        per_reload: int,
        timeout: float,
        hide: t.Callable[[str], str],
        statements_option: str = "statements",
    ) -> None:
        self._wanted = wanted
        self._size = max(1, per_reload)
        self._timeout = timeout
        self._hide = hide
        self._statements_option = statements_option
        self._found: dict[int, Trial] = {}
        self._again: list[int] = []
        self._tries: Counter[int] = Counter()
        self._hangs: Counter[int] = Counter()
        for place, candidate in enumerate(wanted):
            if candidate.way is None:
                self._found[place] = Trial(candidate, None, candidate.problem)
        self._queue = deque(self._cut([place for place in range(len(wanted)) if place not in self._found]))

    @property
    def tried(self) -> int:
        return len(self._found)

    @property
    def trials(self) -> list[Trial]:
        """All of them, in the order of the list."""
        return [self._found[place] for place in range(len(self._wanted))]

    def next(self) -> list[int]:
        """The places of those that are tried in the next reload; empty when all is known."""
        if not self._queue and self._again:
            self._queue.extend(self._cut(self._again))
            self._again = []
        return self._queue.popleft() if self._queue else []

    def give_up(self, why: str) -> None:
        """Nothing more can be tried: what isn't known stays unknown."""
        for place, candidate in enumerate(self._wanted):
            self._found.setdefault(place, Trial(candidate, None, why))
        self._queue.clear()
        self._again = []

    def note(self, batch: t.Sequence[int], ended: Ended) -> None:
        """Take in what a reload of this batch says. In its script they are numbered from 1 on."""
        rest: list[int] = []
        for number, place in enumerate(batch, 1):
            reading = ended.log.readings.get(number)
            if reading is None:
                rest.append(place)
            else:
                self._judge(place, reading)
        if not rest:
            return
        if ended.end == "stopped":
            for place in rest:
                self._settle(place, None, ended.why)
            self.give_up(ended.why)
        elif ended.end == "finished":
            self._lost(rest, "the log of the reload doesn't tell what became of it")
        else:
            self._blocked(batch, rest, ended)

    def _judge(self, place: int, reading: Reading) -> None:
        judged = self._verdict(place, reading)
        self._take(place, judged, reading.seconds)

    def _verdict(self, place: int, reading: Reading) -> Verdict:
        return verdict(reading, self._way(place), self._hide, self._statements_option)

    def _take(self, place: int, judged: Verdict, seconds: float | None) -> None:
        self._tries[place] += 1
        if judged.again and self._tries[place] < _TRIES:
            self._again.append(place)
        else:
            self._settle(place, judged.works, judged.message, seconds)

    def _lost(self, places: t.Sequence[int], why: str) -> None:
        for place in places:
            self._take(place, Verdict(None, why, again=True), None)

    def _blocked(self, batch: t.Sequence[int], rest: list[int], ended: Ended) -> None:
        """The reload ended before its script did: because of one connection, if the log says which was being tried."""
        begun = ended.log.begun
        blocking = batch[begun.number - 1] if begun is not None and begun.number <= len(batch) else None
        if blocking in rest and begun is not None and blocking is not None:
            rest.remove(blocking)
            self._suspect(blocking, begun, ended, alone=len(batch) == 1)
            self._front(rest)
        elif len(rest) < len(batch):
            self._front(rest)
        elif ended.end == "hung" and len(batch) > 1:
            middle = (len(batch) + 1) // 2
            self._front(rest[middle:])
            self._front(rest[:middle])
        elif ended.end == "hung":
            self._settle(rest[0], None, f"there was no answer within {self._timeout:g} s, and Qlik gave no log")
        else:
            self._lost(rest, ended.why)

    def _suspect(self, place: int, begun: Reading, ended: Ended, *, alone: bool) -> None:
        """The connection that was being tried when the reload ended. Alone in a reload it shows whether it was that."""
        if ended.end == "hung":
            self._hangs[place] += 1
            if self._hangs[place] < _TRIES:
                self._queue.append([place])
            else:
                state = unfinished(begun, self._hide)
                message = f"no answer came within {self._timeout:g} s, twice"
                self._settle(place, False, f"{message}: {state}" if state else message, self._timeout)
        elif alone:
            # It ended the script, which a mark can't say: the numbers in the log do.
            judged = self._verdict(place, begun._replace(connect=1, counted=1, whole=True))
            unclear = judged.works is None and not judged.message
            self._take(place, Verdict(None, ended.why) if unclear else judged, None)
        else:
            self._queue.append([place])

    def _front(self, places: t.Sequence[int]) -> None:
        if places:
            self._queue.appendleft(list(places))

    def _settle(self, place: int, works: bool | None, message: str, seconds: float | None = None) -> None:
        self._found[place] = Trial(self._wanted[place], works, message, seconds)

    def _way(self, place: int) -> Way:
        return t.cast(Way, self._wanted[place].way)

    def _cut(self, places: t.Sequence[int]) -> list[list[int]]:
        return [list(places[start : start + self._size]) for start in range(0, len(places), self._size)]
