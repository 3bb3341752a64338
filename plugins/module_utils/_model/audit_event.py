# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of a tenant about data connections. Pure.

No such event is documented: which ones a tenant emits, it says itself (qlik.dev, "Audits": C(/audits/types)). So a type
is known by its words, as those that are documented are made (C(com.qlik.v1.app.updated)), and the connection by its id,
in a member that other events use. What isn't understood tells nothing.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from datetime import datetime, timedelta

_CONNECTION = re.compile(r"data[._-]?connections?[._-]", re.IGNORECASE)
_CHANGE = re.compile(r"[._-](created|updated|changed|patched|replaced|moved|transferred)\Z", re.IGNORECASE)
_IDS = ("id", "qID", "connectionId", "dataConnectionId", "resourceId")
# RFC 3339, and what is commonly taken for it. (What C(datetime.fromisoformat) takes depends on Python's version.)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::([0-5]\d|60)(?:[.,](\d+))?)?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?\Z",
    re.ASCII | re.IGNORECASE,
)


class Change(t.NamedTuple):
    """That somebody changed a connection: when (as the tenant writes it), and who, by the id of the user."""

    time: str
    user_id: str


def tells_of_changes(event_type: str) -> bool:
    """Whether events of a type say that somebody made or changed a data connection."""
    return bool(_CONNECTION.search(event_type) and _CHANGE.search(event_type))


def last_changes(events: t.Iterable[Mapping[str, t.Any]], ids: t.Iterable[str]) -> dict[str, Change]:
    """The last change of each of these connections, by its id, as far as events tell of any.

    Where the last one doesn't say whose it was, nobody is named. Of two of the same moment the first counts: a tenant
    lists the newest first.
    """
    ours = {one.lower(): one for one in ids}
    found: dict[str, tuple[tuple[datetime, str], Change]] = {}
    for event in events:
        meant = {ours[one] for one in _ids_in(event) if one in ours}
        change = Change(_text(event, "eventTime"), _text(event, "userId"))
        moment = _moment_of(change.time) if meant else None
        if moment is None:
            continue
        for connection_id in meant:
            if connection_id not in found or moment > found[connection_id][0]:
                found[connection_id] = (moment, change)
    return {connection_id: change for connection_id, (_moment, change) in found.items() if change.user_id}


def _ids_in(event: Mapping[str, t.Any]) -> list[str]:
    """In small letters: a UUID is the same in capitals."""
    data = event.get("data")
    if not isinstance(data, Mapping):
        return []
    return [data[name].lower() for name in _IDS if isinstance(data.get(name), str)]


def _moment_of(time: str) -> tuple[datetime, str] | None:
    """What sorts as moments do: the second in UTC, which a time without a zone is taken to be in, and the digits of its
    fraction, of which trailing zeros may be cut (C(.2Z) is before C(.276Z)). None where that can't be read.
    """
    match = _TIME.match(time)
    if match is None:
        return None
    date, minute, second, fraction, sign, hours, minutes = match.groups(default="")
    offset = timedelta(hours=int(f"{sign}{hours or 0}"), minutes=int(f"{sign}{minutes or 0}"))
    try:
        local = datetime.strptime(f"{date} {minute} +0000", "%Y-%m-%d %H:%M %z")
        return local + timedelta(seconds=int(second or 0)) - offset, fraction.rstrip("0")
    except (ValueError, OverflowError):
        return None


def _text(event: Mapping[str, t.Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""
