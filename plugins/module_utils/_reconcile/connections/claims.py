# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fingerprints claim of separate credentials that several connections have. Pure.

Source: qlik.dev, "Data credentials": separate ones belong to no connection, so that whoever sends secrets through one
connection changes them for all the others. The fingerprint of another then tells what was sent before. So it is taken
away first; and where an interrupted replacement shows that it was not, what was declared is sent again.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import planned_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import Fingerprint
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_EXPIRES, TAG_ROTATING, without_kinds
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    wanted_fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import without_claims


def with_doubts(matches: t.Sequence[Match], connections: t.Iterable[Connection]) -> list[Match]:
    """Note where separate credentials may hold what was sent for a replacement that wasn't finished, whatever the
    fingerprint of the connection says.

    A replacement may share its credentials with its predecessor, and these with others. Connections that merely have
    other fingerprints give no reason for doubt: which of them is newer can't be known.
    """
    waiting = [one for one in connections if one.future_name and one.separate_credentials and one.credentials_id]
    if not waiting and not any(match.predecessor or match.leftovers for match in matches):
        return list(matches)
    return [_with_doubt(match, waiting) for match in matches]


def _with_doubt(match: Match, waiting: t.Sequence[Connection]) -> Match:
    connection, definition = match.connection, match.target.definition
    if match.problem or connection is None or definition.state != "present" or not definition.credentials_sent:
        return match
    beside = _sharing(match, waiting)
    others = [one for one in beside if one.id != connection.id and _may_have_sent_others(one, definition)]
    if not others:
        return match
    return replace(match, target=match.target._replace(credentials_doubt=one_line(others[0].name)))


def _sharing(match: Match, waiting: t.Sequence[Connection]) -> list[Connection]:
    """The replacements that have the separate credentials of a match."""
    used = credentials_of(match)
    if not used:
        return []
    # Of these it is known that they were meant for the same, also where the tenant doesn't list which ones they have.
    own = [one for one in (match.predecessor, *match.leftovers) if one is not None and one.separate_credentials]
    beside = [one for one in own if one.credentials_id in ("", used)]
    return beside + [one for one in waiting if one.credentials_id == used]


def credentials_of(match: Match) -> str:
    """The id of the separate credentials that a match sends its secrets to; empty for embedded or unknown ones."""
    target, connection = match.target, match.connection
    if target.credentials_id or target.definition.credentials or connection is None:
        return target.credentials_id
    stays = connection.separate_credentials and target.definition.separate_credentials is not False
    return connection.credentials_id if stays and not _has_other_source(target.definition, connection) else ""


def _has_other_source(definition: Definition, connection: Connection) -> bool:
    """Whether the connection is replaced, with which credentials without a declared name don't go along."""
    return definition.data_source not in ("", connection.data_source)


def _may_have_sent_others(one: Connection, definition: Definition) -> bool:
    """Whether a connection may have sent other secrets than the declared ones to its credentials."""
    kept = one.fingerprint
    if kept is None:  # sent without a memory of which ones, or not at all
        return one.sending is not None
    return not _were_sent(one, kept, definition)


def _were_sent(one: Connection, kept: Fingerprint, definition: Definition) -> bool:
    """Whether the fingerprint of a connection says that the secrets of a definition were sent."""
    return kept == wanted_fingerprint(definition, one.tenant_id, one.space_id, one.future_name or one.name)


def with_disclaims(actions: t.Sequence[Action], connections: t.Sequence[Connection]) -> list[Action]:
    """Say in actions that send new secrets to separate credentials whose fingerprints go first, because they tell of
    others that these credentials were sent before.

    That holds for connections that this run sends the same secrets, too: it may be cut off between the two, and then
    the fingerprint would speak of what isn't there any more. Each fingerprint is one action's, which one doesn't depend
    on the order of the definitions.
    """
    found = [_with_shares(action) for action in actions]
    if not any(action.shares for action in found):
        return found
    sharing: dict[str, list[Connection]] = {}
    for connection in connections:
        sharing.setdefault(connection.credentials_id, []).append(connection)
    deciding = {action.connection.id: action for action in actions if action.connection and not action.problems}
    taken: set[str] = set()
    for index in sorted(range(len(found)), key=lambda index: _place(found[index])):
        if found[index].shares:
            others = [one for one in sharing.get(found[index].shares, ()) if one.id not in taken]
            found[index] = _with_disclaims(found[index], others, deciding)
            taken.update(one.id for one in found[index].disclaims)
    return [_as_disclaimed(action, taken) for action in found]


def _with_shares(action: Action) -> Action:
    shares = written_credentials(action)
    return replace(action, shares=shares) if shares else action


def _place(action: Action) -> tuple[str, str]:
    return (action.space.key if action.space is not None else "", action.name)


def _with_disclaims(action: Action, sharing: t.Iterable[Connection], deciding: t.Mapping[str, Action]) -> Action:
    going = {one.id for one in (*action.discard, action.predecessor) if one is not None}
    found = [one for one in sharing if one.id not in going and _is_disclaimed(one, action, deciding.get(one.id))]
    own = action.connection.id if action.connection is not None else ""
    changes = [
        f"fingerprint of '{one_line(one.name)}': remove, because its credentials get other secrets"
        for one in found
        if one.id != own and not _is_sent_again(deciding.get(one.id))
    ]
    noted = [_with_notes(one, deciding.get(one.id)) for one in found]
    return replace(action, disclaims=tuple(noted), changes=(*action.changes, *changes))


def _with_notes(one: Connection, other: Action | None) -> Connection:
    """The same, with the tags that tell what it held before its own secrets are rotated; or, when nobody declares it,
    without the day of secrets that are overwritten.
    """
    if other is None:
        return replace(one, tags=tuple(without_kinds(one.tags, TAG_EXPIRES)))
    if not other.notes:
        return one
    return replace(one, tags=(*without_kinds(one.tags, TAG_ROTATING), *other.notes))


def _is_sent_again(other: Action | None) -> bool:
    """Whether a connection gets a new fingerprint in this run."""
    return other is not None and other.sends


def _is_disclaimed(one: Connection, action: Action, other: Action | None) -> bool:
    """Whether a connection with the same credentials loses its fingerprint. C(other) is what is done about it."""
    if not one.is_managed or not _claims_otherwise(one, action) or _is_settled(one, action, other):
        return False
    return not one.privileges or "update" in one.privileges


def written_credentials(action: Action) -> str:
    """The id of the separate credentials that are there already and that an action sends secrets to."""
    connection, target = action.connection, action.target
    if action.problems or not action.sends or planned_name(target.credentials_id):
        return ""
    if action.builds:
        return target.credentials_id if action.fills else ""
    if connection is None or action.delta.new_credentials:
        return ""
    separate = connection.separate_credentials
    if target.definition.separate_credentials is not None:
        separate = target.definition.separate_credentials
    if not separate:
        return ""
    return action.delta.attach or target.credentials_id or connection.credentials_id


def _claims_otherwise(one: Connection, action: Action) -> bool:
    """Whether the fingerprint of a connection tells other secrets than those that an action sends."""
    if not action.builds and action.connection is not None and one.id == action.connection.id:
        return False  # it gets a new one with the secrets
    kept = one.fingerprint
    if kept is None:
        return False
    own = action.builds and action.connection is not None and one.id == action.connection.id
    if own and action.target.credentials_doubt:
        return True  # what made it doubtful goes before the secrets are sent
    return not _were_sent(one, kept, action.target.definition)


def _is_settled(one: Connection, action: Action, other: Action | None) -> bool:
    """Whether the definition of a connection declares the same secrets, and its fingerprint says that they were sent:
    with another key perhaps, or as a version.
    """
    if other is None or other.target is action.target:
        return False
    declared, kept = other.target.definition, one.fingerprint
    if declared.state != "present" or declared.write_only != action.target.definition.write_only:
        return False
    return kept is not None and _were_sent(one, kept, declared)


def _as_disclaimed(action: Action, taken: t.Container[str]) -> Action:
    """The same action upon the tags that its connection has by then."""
    connection = action.connection
    if connection is None or connection.id not in taken:
        return action
    return replace(action, connection=replace(connection, tags=without_claims(connection.tags)))
