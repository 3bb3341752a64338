# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a connection whose secrets are, or were, rotated with a way back. Pure.

A rotation that can put the old secrets back writes three things, each together with the secrets, so that a run that is
killed leaves one state or the other: the fingerprint of what it sends, a tag with that of what was there before
(C(rotating)), and where that was put back, a tag with a keyed digest of what was refused (C(refused)).
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import MAX_TAGS, check_sent
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.previous import previous_definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    Fingerprint,
    fingerprint,
    has_key,
    is_rotating_from,
    refused_tag,
    rotating_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    SERVER_TAG,
    TAG_REFUSED,
    TAG_ROTATING,
    TAG_SENT,
    without_kinds,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    drifted_properties,
    user_memory,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target

# What a connection holds before its secrets are rotated: the previous ones; one or the other, since an earlier run was
# cut off; the declared ones already; or something else.
Standing = t.Literal["previous", "begun", "declared", "other"]


def standing(match: Match, connection: Connection) -> Standing:
    """Where the rotation of a connection stands."""
    definition = match.target.definition
    previous = previous_definition(definition)
    kept = connection.fingerprint
    now, before = _fingerprint_of(definition, connection), _fingerprint_of(previous, connection)
    is_rotating = any(is_rotating_from(tag, before) for tag in connection.tags)
    if is_rotating and kept in (None, now, before):
        return "begun"
    if kept == now:
        return "declared"
    if kept == before and not _has_another_user(previous, connection):
        return "previous"
    return "other"


def is_nothing_to_send(match: Match, connection: Connection) -> bool:
    """Whether a rotation with a way back leaves it alone: the declared secrets are there already, or were refused."""
    return match.target.is_refused or standing(match, connection) == "declared"


def holds_declared(definition: Definition, connection: Connection) -> bool:
    """Whether the declared secrets are those that a connection was sent last."""
    return connection.fingerprint == _fingerprint_of(definition, connection)


def rotation_notes(match: Match, connection: Connection) -> tuple[str, ...]:
    """The tags that say, from the sending of new secrets on, which were there before."""
    previous = previous_definition(match.target.definition)
    return (rotating_tag(_fingerprint_of(previous, connection)),)


def refusal(definition: Definition, connection: Connection) -> str:
    """The tag that says of the declared credentials that this connection was sent them, and that they don't connect."""
    credentials = {**definition.user_names, **definition.write_only}
    key = definition.fingerprint_key
    return refused_tag(key, tenant_id=connection.tenant_id, connection_id=connection.id, credentials=credentials)


def way_back_problem(match: Match, connection: Connection) -> str:
    """Why new secrets can't be sent with a way back to the previous ones; empty when they can, or are there already."""
    definition = match.target.definition
    if not definition.fingerprint_key or definition.secrets_version:
        return (
            "put_back (qlik_rotate_verify) needs fingerprint_key, and no secrets_version: only the digest that it makes"
            " shows which secrets a connection holds. Nothing was sent."
        )
    if not connection.tenant_id:
        return "the tenant doesn't say which one it is, so that no digest can show which secrets the connection holds."
    stands = standing(match, connection)
    if stands == "declared":
        return ""
    if not definition.secrets_previous:
        return (
            "secrets_previous aren't declared, so nothing could be put back if the new secrets don't connect. Declare"
            " them beside secrets, or rotate without qlik_rotate_verify."
        )
    previous = previous_definition(definition)
    if stands == "other":
        return f"{_why_not_previous(previous, connection)} Nothing was sent."
    unfit = check_sent(previous.credentials_sent)
    if unfit:
        return f"secrets_previous can't be sent: {unfit[0]}"
    own = [tag for tag in connection.tags if not tag.startswith(SERVER_TAG)]
    if len(without_kinds(own, TAG_SENT, TAG_ROTATING, TAG_REFUSED)) >= MAX_TAGS:
        return f"it has {MAX_TAGS} tags, so that there is no room for the one by which a rotation can be undone."
    return ""


def with_refusals(
    matches: t.Sequence[Match], connections: t.Iterable[Connection], source_of: t.Callable[[Match], str]
) -> list[Match]:
    """Note which declared secrets were tried, didn't connect and were put back: these aren't sent again.

    Where the definition has those that were put back as secrets_previous, these are what it stands for until others are
    declared. C(source_of) gives the data source that a match is to be of: what another one refused says nothing.
    """
    noted = [one for one in connections if TAG_REFUSED in one.notes or TAG_ROTATING in one.notes]
    if not noted:
        return list(matches)
    return [_with_refusal(match, noted, source_of) for match in matches]


def with_further_refusals(
    matches: t.Sequence[Match], connections: t.Sequence[Connection], source_of: t.Callable[[Match], str]
) -> list[Match]:
    """The same for what is noted of further connections, which no match is about."""
    found = with_refusals(matches, connections, source_of)
    return [match if match.target.is_refused else noted for match, noted in zip(matches, found)]


def has_refusal(connection: Connection) -> bool:
    """Whether a tag says that secrets of a connection were refused."""
    return TAG_REFUSED in connection.notes


def _with_refusal(match: Match, noted: t.Sequence[Connection], source_of: t.Callable[[Match], str]) -> Match:
    connection, definition = match.connection, match.target.definition
    if match.problem or definition.state != "present" or not definition.write_only:
        return match
    concerned = [one for one in noted if _is_concerned(match, one) and source_of(match) == one.data_source]
    if not definition.send_refused:
        if definition.fingerprint_key:
            for one in concerned:
                if refusal(definition, one) in one.tags:
                    return _standing_for_previous(match, one)
        if any(_has_untold_refusal(one, definition.fingerprint_key) for one in concerned):
            match = replace(match, target=match.target._replace(hides_refusal=True))
    if connection is None or not definition.fingerprint_key or source_of(match) != connection.data_source:
        return match
    return replace(match, target=_with_notes(match.target, connection))


def _is_concerned(match: Match, one: Connection) -> bool:
    """Whether what is noted of a connection is about the credentials of a match too."""
    connection = match.connection
    if connection is not None and one.id == connection.id:
        return True
    used = match.target.credentials_id
    if not used and connection is not None and connection.separate_credentials:
        used = connection.credentials_id
    return bool(used) and one.separate_credentials and one.credentials_id == used


def _has_untold_refusal(one: Connection, key: str) -> bool:
    """Whether secrets were refused, and this key doesn't tell which."""
    return any(not key or not has_key(tag, key) for tag in _notes(one, TAG_REFUSED))


def _with_notes(target: Target, connection: Connection) -> Target:
    """The target, and what the connection's tags say of other secrets that were refused, or that are being tried."""
    definition = target.definition
    stale = any(has_key(tag, definition.fingerprint_key) for tag in _notes(connection, TAG_REFUSED))
    rotating = _notes(connection, TAG_ROTATING)
    pending: tuple[str, ...] = ()
    before = _fingerprint_of(previous_definition(definition), connection)
    if not definition.only_secrets and len(rotating) == 1 and is_rotating_from(rotating[0], before):
        pending = tuple(rotating)
    return target._replace(forgets_refusal=stale, pending=pending, is_unfinished=bool(rotating))


def _standing_for_previous(match: Match, refusing: Connection) -> Match:
    definition = match.target.definition
    target = match.target._replace(is_refused=True)
    if definition.secrets_previous and not definition.only_secrets:
        previous = replace(previous_definition(definition), expires=refusing.expires, expires_after="")
        if refusing.fingerprint == _fingerprint_of(previous, refusing):
            target = target._replace(definition=previous, holds_previous=True)
    return replace(match, target=target)


def rotation_warning(target: Target) -> str:
    """What is to be said of a connection whose secrets were put back, or whose rotation was cut off."""
    definition = target.definition
    if definition.only_secrets:
        return _cut_off(definition) if target.is_unfinished and definition.puts_back else ""
    if target.is_refused:
        held = " It is kept as it is with secrets_previous." if target.holds_previous else ""
        return (
            f"{definition.label}: its declared secrets were sent by a rotation, didn't connect, and were put back, so"
            f" they aren't sent again.{held} Declare others, or set send_refused once if they are right by now."
        )
    if target.is_unfinished:
        return (
            f"{definition.label}: a rotation of its secrets was cut off, or could not tell whether the new ones"
            " connect. Run rotate_secrets with qlik_rotate_verify to try them, and put the previous ones back if they"
            " don't; or without it, to keep them."
        )
    return ""


def refusal_problem(target: Target) -> str:
    """Why the secrets that a definition stands for aren't sent, though something asks for it; empty when they may."""
    if target.is_refused and not target.holds_previous:
        return (
            "its declared secrets were sent to these credentials before, didn't connect, and were put back, so they"
            " aren't sent again. Declare others; or those that were put back, as secrets_previous; or set send_refused."
        )
    if target.hides_refusal:
        return (
            "secrets of it were sent by a rotation, didn't connect, and were put back, and whether the declared ones"
            " are those can't be told without the fingerprint_key of then: they aren't sent. Set that key; or"
            " send_refused once, if the declared ones are right."
        )
    return ""


def _cut_off(definition: Definition) -> str:
    return (
        f"{definition.label}: an earlier rotation was cut off, or could not tell whether the new secrets connect. This"
        " one goes on with it: it sends the declared ones, tries them, and puts secrets_previous back if they don't."
    )


def _notes(connection: Connection, kind: str) -> list[str]:
    return [tag for tag in connection.tags if tag.startswith(kind)]


def _fingerprint_of(definition: Definition, connection: Connection) -> Fingerprint:
    """The fingerprint of a definition's secrets where the connection is."""
    name = connection.future_name or connection.name
    key, secrets = definition.fingerprint_key, definition.write_only
    return fingerprint(key, tenant_id=connection.tenant_id, space_id=connection.space_id, name=name, secrets=secrets)


def _has_another_user(previous: Definition, connection: Connection) -> bool:
    """Whether the connection has another user name than the one that belongs to the previous secrets."""
    drift = drifted_properties(previous, connection, user_memory(previous, connection))
    return not drift.keys().isdisjoint(previous.user_names)


def _why_not_previous(previous: Definition, connection: Connection) -> str:
    kept = connection.fingerprint
    if kept is None:
        return (
            "no fingerprint tells which secrets it holds, so nothing shows that secrets_previous are those. Provision"
            " the tenant with fingerprint_key first, or rotate without qlik_rotate_verify."
        )
    if kept.kind == "version" or not has_key(kept.tag(), previous.fingerprint_key):
        return (
            "its fingerprint wasn't made with this fingerprint_key, so nothing shows that secrets_previous are what it"
            " holds. Provision the tenant with this key first, or rotate without qlik_rotate_verify."
        )
    if kept == _fingerprint_of(previous, connection):
        return (
            "it has another user name than the one that belongs to secrets_previous: name the user in secrets_previous"
            " too, or provision the tenant first."
        )
    return (
        "secrets_previous aren't what it holds: its fingerprint tells others, or it was renamed or moved by hand since."
        " Declare those that were sent last, or rotate without qlik_rotate_verify."
    )
