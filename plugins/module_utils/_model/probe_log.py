# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the log of a script that tries connections: what was said between two marks of ours, and no more. Pure.

Sources: Qlik's help about logs of reloads; the prefix of a line isn't documented for Qlik Cloud, so a mark may stand
anywhere in a line, and a statement that is shown before it is run repeats it.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime

_LONGEST_SEGMENT = 200
_LONGEST_LINE = 4000
_STAMP = re.compile(r"\s*(\d{8}T\d{6}(?:\.\d{1,6})?)([+-]\d{4}|Z)?\b")
_CODE = re.compile(r"EDC_ERROR:\s{0,4}(\d{1,6})\b")
_SQL_STATE = re.compile(r"SqlState:\s{0,4}(\w{5})\b")
_CONNECTOR_MESSAGE = re.compile(r"ErrorMsg:\s{0,4}(.*)")
_OCCURRED = re.compile(r"error occurred:?\s{0,4}(.*)", re.IGNORECASE)
_AFTER_TEXT = re.compile(r"engine error code|error occurred here|\bqlikops_", re.IGNORECASE)


def tells_of_an_error(text: str) -> bool:
    """Whether a line that shows this text would be read as one about an error, such as C(EDC_ERROR:11043)."""
    return any(pattern.search(text) for pattern in (_CODE, _SQL_STATE, _CONNECTOR_MESSAGE))


class Reading(t.NamedTuple):
    """What a log says of one connection.

    C(connect), C(read): the numbers of C(ScriptError) after both statements, C(counted): how many errors were counted
    meanwhile, C(found): whether there was a file, or a row. C(codes) and C(states) are Qlik's and ODBC's numbers of the
    errors, C(text) what the connector said. C(whole): both marks were there, so that nothing of it is lost.
    C(seconds) is None when the log has no times.
    """

    number: int
    connect: int = 0
    read: int = 0
    counted: int = 0
    found: bool = False
    codes: tuple[int, ...] = ()
    states: tuple[str, ...] = ()
    text: str = ""
    whole: bool = True
    seconds: float | None = None


class LogReading(t.NamedTuple):
    """C(readings): the connections whose last mark was there, by number. C(begun): the one that was being tried when
    the log ended, with what had been said of it, or None.
    """

    readings: t.Mapping[int, Reading]
    begun: Reading | None

    @property
    def marks(self) -> int:
        """How far it is: a number that grows with each mark."""
        return 2 * len(self.readings) + (self.begun is not None)


class _Segment:
    """The lines since a mark that says that a connection is tried."""

    def __init__(self, index: int, line: str) -> None:
        self.index = index
        self.began = _time(line)
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Keep a line. One that is too long goes as a whole: cut, it could show half a secret, which nobody knows."""
        if len(self.lines) < _LONGEST_SEGMENT and len(line) <= _LONGEST_LINE:
            self.lines.append(line)


def read_log(log: str, run: str) -> LogReading:
    """The log of one reload. Only marks that hold C(run) count, and only in their order: whatever else a line holds
    belongs to the connection between whose marks it stands.
    """
    begin = re.compile(rf"\bqlikops\s+{re.escape(run)}\s+begin\s+(\d{{1,6}})\s+mark\b")
    end = re.compile(rf"\bqlikops\s+{re.escape(run)}\s+end" + r"\s+(\d{1,9})" * 6 + r"\s+mark\b")
    readings: dict[int, Reading] = {}
    current: _Segment | None = None
    last = 0
    for line in log.splitlines():
        begins, ends = begin.search(line), end.search(line)
        if ends is not None:
            index = int(ends.group(1))
            if index < last:
                continue
            readings[index] = _reading(readings.get(index), ends, current, _time(line))
            current, last = None, index
        elif begins is not None:
            index = int(begins.group(1))
            if index > last:
                current, last = _Segment(index, line), index
        elif current is not None:
            current.add(line)
    begun = _unfinished(current) if current is not None else None
    return LogReading(readings, begun)


def _reading(earlier: Reading | None, mark: re.Match[str], segment: _Segment | None, ended: datetime | None) -> Reading:
    """What the mark at the end says, with what was said since the one at the beginning."""
    index, connect, read, before, after, found = (int(number) for number in mark.groups())
    reading = Reading(index, connect, read, after - before, found > 0, whole=False)
    if earlier is not None:
        same = reading == earlier._replace(codes=(), states=(), text="", whole=False, seconds=None)
        # A mark that is repeated says the same, or none of it can be believed.
        return earlier if same else reading
    if segment is None or segment.index != index:
        return reading
    return _with_texts(reading, segment, whole=True)._replace(seconds=_seconds(segment.began, ended))


def _unfinished(segment: _Segment) -> Reading:
    return _with_texts(Reading(segment.index), segment, whole=False)


def _with_texts(reading: Reading, segment: _Segment, *, whole: bool) -> Reading:
    codes: list[int] = []
    states: list[str] = []
    for line in segment.lines:
        codes += map(int, _CODE.findall(line))
        states += map(str.upper, _SQL_STATE.findall(line))
    return reading._replace(
        codes=tuple(dict.fromkeys(codes)),
        states=tuple(dict.fromkeys(states)),
        text=_connector_text(segment.lines),
        whole=whole,
    )


def _connector_text(lines: t.Sequence[str]) -> str:
    """What the connector said: for a person, no verdict comes from it."""
    for line in lines:
        message = _CONNECTOR_MESSAGE.search(line)
        if message is not None and message.group(1).strip():
            return message.group(1).strip()
    for place, line in enumerate(lines):
        occurred = _OCCURRED.search(line)
        if occurred is not None:
            return _text_from(occurred.group(1), lines[place + 1 :])
    return ""


def _text_from(rest: str, following: t.Sequence[str]) -> str:
    """The text of an error: behind the words that announce it, and in the lines up to its number."""
    parts = [rest.strip()]
    for line in following:
        if _AFTER_TEXT.search(line):
            break
        parts.append(_STAMP.sub("", line, count=1).strip())
    return " ".join(part for part in parts if part)


def _time(line: str) -> datetime | None:
    """The time at the beginning of a line, if there is one."""
    match = _STAMP.match(line)
    if match is None:
        return None
    stamp = match.group(1) if "." in match.group(1) else f"{match.group(1)}.0"
    try:
        return datetime.strptime(f"{stamp}+0000", "%Y%m%dT%H%M%S.%f%z")
    except ValueError:
        return None


def _seconds(began: datetime | None, ended: datetime | None) -> float | None:
    if began is None or ended is None or ended < began:
        return None
    return round((ended - began).total_seconds(), 1)
