# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when the secrets of a connection are good, and what becomes of the tag that tells it. Pure.

The day belongs to the secrets that were sent last. A day that is declared is written like any tag. One that is counted
(C(expires_after)) is counted from the run that sends the secrets, and from no other: nobody knows when those were sent
that are there already. So a run that sends none leaves the tag as it is, and makes none where there is none. A
definition that declares neither leaves it, too, until it sends secrets, of which the day says nothing any more.
"""

from __future__ import annotations

import typing as t
from datetime import date

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.expiry import (
    day_after,
    days_left,
    is_day,
    number_of_days,
    tells_just,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Target

_NAMED = 5


def expiry_after(action: Action) -> str:
    """The day that the tag of a connection tells once an action is done; empty when there is none."""
    definition = action.target.definition
    if definition.expires:
        return definition.expires
    if action.gives_away or action.forgets:  # the credentials are others by then
        return ""
    if action.sends or action.target.credentials_made:
        return counted_expiry(action)
    return _expiry_of_those_there(action)


def counted_expiry(action: Action) -> str:
    """The day that is counted from this run, because it sends the secrets; empty when none is."""
    definition, today = action.target.definition, action.target.today
    if definition.expires or not definition.expires_after or today is None:
        return ""
    if not (action.sends or action.target.credentials_made):
        return ""
    return day_after(today, number_of_days(definition.expires_after))


def _expiry_of_those_there(action: Action) -> str:
    """The day of credentials that stay as they are, or that a new connection attaches as they are."""
    connection, target = action.connection, action.target
    if connection is None or (action.builds and not _keeps_credentials(connection, target)):
        return target.credentials_expire
    return connection.expires


def _keeps_credentials(replaced: Connection, target: Target) -> bool:
    """Whether a replacement gets the separate credentials of the connection whose place it takes."""
    if not replaced.separate_credentials or target.definition.separate_credentials is False:
        return False
    return target.credentials_id in ("", replaced.credentials_id) and not target.definition.write_only


def changes_expiry(target: Target, connection: Connection, *, send: bool, loses: bool) -> bool:
    """Whether an update writes the tag. C(loses): the connection gets other credentials than the tag speaks of."""
    definition = target.definition
    if definition.expires:
        return not tells_just(connection.tags, definition.expires)
    return (send or loses) and bool(definition.expires_after or connection.expires)


def expiry_changes(target: Target, connection: Connection, *, send: bool, loses: bool) -> t.Iterator[str]:
    """What an update does to the day, in a line. It doesn't name a day that is counted from the run: what is approved
    is the number of days.
    """
    if not changes_expiry(target, connection, send=send, loses=loses):
        return
    definition, held = target.definition, connection.expires
    after = definition.expires
    if not after and send and not loses and definition.expires_after:
        after = f"{number_of_days(definition.expires_after)} days from now"
    if after or held:
        yield f"expires: {held or '(not set)'} -> {after or '(not set)'}"


def expired_problem(target: Target, *, send: bool) -> str:
    """Why secrets are not sent whose declared end has passed; empty when it hasn't, or none are sent."""
    definition, today = target.definition, target.today
    if not send or not _has_passed(definition.expires, today):
        return ""
    return (
        f"its secrets were good until {definition.expires} (expires), which has passed, and this run would send them:"
        " declare the new secrets, and until when they are good."
    )


def expired_warning(action: Action) -> tuple[str, ...]:
    """What is to be said of a definition whose secrets are past their end, and that are there all the same."""
    definition = action.target.definition
    if action.problems or not (definition.expires or definition.expires_after) or definition.state != "present":
        return ()
    day = expiry_after(action)
    if not _has_passed(day, action.target.today):
        return ()
    place = f"{action.target.space.label}: " if action.target.space is not None else ""
    return (f"{place}{definition.label}: its secrets were good until {day}, which has passed.",)


def _has_passed(day: str, today: date | None) -> bool:
    return today is not None and is_day(day) and days_left(day, today) < 0


def uncounted_warnings(actions: t.Iterable[Action]) -> t.Iterator[str]:
    """What is to be said of connections whose day isn't known, because their secrets were not sent since it is
    declared that it be counted.
    """
    sendable: list[str] = []
    never: list[str] = []
    for action in actions:
        definition = action.target.definition
        if _is_uncounted(definition, action):
            (sendable if definition.write_only or definition.auth_code else never).append(_called(action))
    if sendable:
        yield (
            f"{counted(len(sendable), 'definition')} with expires_after of which no day is known, since this run"
            f" doesn't send their secrets: {_some(sendable)}. The day is counted from the run that sends them, such as"
            " rotate_secrets; expires declares it without. Either ends this warning."
        )
    if never:
        yield (
            f"{counted(len(never), 'definition')} with expires_after, and without secrets that could be sent:"
            f" {_some(never)}. So no day is ever counted: declare the secrets, or expires, or leave expires_after out."
        )


def _some(called: t.Sequence[str]) -> str:
    shown = ", ".join(called[:_NAMED])
    if len(called) > _NAMED:
        return f"{shown} and {len(called) - _NAMED} more"
    return shown


def _is_uncounted(definition: Definition, action: Action) -> bool:
    if not definition.expires_after or definition.state != "present" or action.problems:
        return False
    return not expiry_after(action)


def _called(action: Action) -> str:
    return one_line(f"{action.space_name}:{action.name}")
