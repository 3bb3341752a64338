# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What events and files say of a connection, and what of it is other than before."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import telling
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject

_LONGEST_TEXT = 512
_MOST_TAGS = 100
_MOMENTS = ("created", "updated")


def described(connection: Connection, hidden: t.Collection[str]) -> JsonObject:
    """Never a statement, a property or a tag that remembers a secret; nor what is C(hidden), whoever wrote it there."""
    tags = {shown_text(tag, hidden) for tag in connection.tags if not is_reserved_tag(tag)}
    return {
        "name": shown_text(connection.name, hidden),
        "space_id": shown_text(connection.space_id, hidden),
        "data_source": shown_text(connection.data_source, hidden),
        "owner_id": shown_text(connection.owner_id, hidden),
        "managed": connection.is_managed,
        "tags": sorted(tags)[:_MOST_TAGS],
        "created": shown_text(connection.created, hidden),
        "updated": shown_text(connection.updated, hidden),
    }


def shown_text(text: str, hidden: t.Collection[str] = ()) -> str:
    """A line of it. The redactor, which knows all spellings of a secret, would take a second for a thousand texts."""
    return one_line(masked(text, hidden))[:_LONGEST_TEXT]


def masked(text: str, hidden: t.Iterable[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, MASK)
    return text


def to_hide(secrets: t.Iterable[str]) -> list[str]:
    """Secrets as they are looked for one after the other: the longest first, since one may hold another. None that may
    be a part of an ordinary name: names and ids must stay apart.
    """
    return sorted(telling(secrets), key=len, reverse=True)


def is_whole(item: JsonObject) -> bool:
    """Whether an answer holds all that each connection has. One without tags has none, and one without a space is its
    owner's.
    """
    return bool(item.get("data_source") and item.get("owner_id")) and None not in [
        moment_of(item.get(name)) for name in _MOMENTS
    ]


def differences(item: JsonObject, before: JsonObject) -> list[str]:
    """The names of what is other than before, however a moment or the tags are written."""
    if item == before:
        return []
    return [name for name in item if _value(item, name) != _value(before, name)]


def is_later(item: JsonObject, before: JsonObject) -> bool:
    """Whether it can be seen by its moment that this was so after what was so before."""
    moment, earlier = moment_of(item["updated"]), moment_of(before.get("updated"))
    return moment is not None and earlier is not None and moment > earlier


def lacks_nothing(item: JsonObject, before: JsonObject) -> bool:
    """Whether all is there that was there before."""
    return all(item[name] or not before.get(name) for name in item)


def moment_of(text: t.Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None


def _value(item: JsonObject, name: str) -> t.Any:
    value = item.get(name)
    if name in _MOMENTS:
        return moment_of(value) or value
    if isinstance(value, list):
        return set(map(str, value))
    return value
