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

_CONNECTION = re.compile(r"data[._-]?connections?[._-]", re.IGNORECASE)
_CHANGE = re.compile(r"[._-](created|updated|changed|patched|replaced|moved|transferred)\Z", re.IGNORECASE)
_IDS = ("id", "qID", "connectionId", "dataConnectionId", "resourceId")


class Change(t.NamedTuple):
    """That somebody changed a connection: when (as the tenant writes it), and who, by the id of the user."""

    time: str
    user_id: str

    def is_after(self, other: Change) -> bool:
        """Times are in UTC, and trailing zeros of the milliseconds may be cut (C(.2Z) is before C(.276Z)): their texts
        sort as the moments do where no C(Z) is compared with a digit or a point.
        """
        return self.time.rstrip("Z") > other.time.rstrip("Z")


def tells_of_changes(event_type: str) -> bool:
    """Whether events of a type say that somebody made or changed a data connection."""
    return bool(_CONNECTION.search(event_type) and _CHANGE.search(event_type))


def last_changes(events: t.Iterable[Mapping[str, t.Any]], ids: t.Container[str]) -> dict[str, Change]:
    """The last change of each of these connections, by its id, as far as events tell of any."""
    found: dict[str, Change] = {}
    for event in events:
        connection_id, change = _change_of(event)
        if connection_id not in ids or not change.user_id:
            continue
        if connection_id not in found or change.is_after(found[connection_id]):
            found[connection_id] = change
    return found


def _change_of(event: Mapping[str, t.Any]) -> tuple[str, Change]:
    data = event.get("data")
    connection_id = ""
    if isinstance(data, Mapping):
        named = [data[name] for name in _IDS if isinstance(data.get(name), str) and data[name]]
        connection_id = named[0] if named else ""
    return connection_id, Change(_text(event, "eventTime"), _text(event, "userId"))


def _text(event: Mapping[str, t.Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""
