# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update of a connection that is there writes. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import check_properties, check_sent
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import ActionKind
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    changed_beside,
    merged_statement,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import HOST_NAMES, statement_sign_in
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import NOTHING, Action, Delta
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.attaching import (
    forgets,
    unsent_users,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    Drift,
    rival_addresses,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import (
    changes_expiry,
    expired_problem,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.explain import (
    UpdateReasons,
    explain_update,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.privileges import lacks
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    SecretDecision,
    credentials_to_send,
    decide_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import user_tags
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.wanted import Wanted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.way_back import rotation_notes

IN_PERSONAL_SPACE = "it is in a personal space, which can't have another owner: name a space."


def decide_update(match: Match, connection: Connection, wanted: Wanted) -> Action:
    """What is to be done about a connection that is there and is of the declared source."""
    target = match.target
    defaults = wanted.defaults
    drift = match.drift if defaults is None else match.drift_beside(defaults)
    secrets = decide_secrets(match, connection, drift, defaults)
    if secrets.send or (target.definition.statement and drift):
        drift = {**drift, **rival_addresses(target.definition.declared_address, connection)}
    content = _with_credentials(_content(match, connection, drift, send=secrets.send), match, connection, drift)
    new_tags = user_tags(target.definition, connection.user_tags)
    told = _told(drift, connection, content)
    reasons = UpdateReasons(told, secrets, new_tags, _learns_users(match, connection, content))
    forgotten = forgets(match, connection, send=secrets.send)
    owner_id = target.owner_id if target.owner_id != connection.owner_id else ""
    gives_away = bool(owner_id) and not target.owner_is_caller
    retags = forgotten or _retags(target, connection, reasons, gives_away=gives_away)
    retags = retags or changes_expiry(target, connection, send=secrets.send, loses=gives_away)
    delta = _with_place(content, target, connection, owner_id, retags=retags)
    action = Action(
        "none",
        target,
        connection,
        source=wanted.source,
        delta=delta,
        knows_users=reasons.learns_users,
        forgets=forgotten,
        warnings=secrets.warnings,
        discard=match.leftovers,
        problems=(secrets.problem,) if secrets.problem else (),
    )
    if not match.leftovers and (delta is NOTHING or not delta):
        return action
    action = replace(
        action,
        kind=_kind(connection, delta),
        remembers=secrets.remember and not gives_away and not forgotten,
        sends=secrets.send,
        notes=rotation_notes(match, connection) if target.definition.puts_back else (),
        problems=tuple(_problems(match, connection, delta, secrets, wanted.spec)),
    )
    return explain_update(action, match, connection, reasons)


def _kind(connection: Connection, delta: Delta) -> ActionKind:
    if connection.future_name:
        return "replace"
    if delta.name or delta.space:
        return "move"
    return "update"


def _content(match: Match, connection: Connection, drift: Drift, *, send: bool) -> Delta:
    """What is written of properties and secrets, or of a raw statement."""
    definition = match.target.definition
    if definition.statement:
        return _statement_content(definition, connection, drifted=bool(drift), send=send)
    properties = {name: value for name, (_now, value) in drift.items()}
    if not send:
        unsent = unsent_users(match, connection)
        return Delta({**properties, **unsent}) if properties or unsent else NOTHING
    sent = credentials_to_send(definition, connection)
    shown = {name: value for name, value in sent.items() if name not in definition.secrets}
    return Delta({**properties, **shown}, definition.secrets)


def _statement_content(definition: Definition, connection: Connection, *, drifted: bool, send: bool) -> Delta:
    """What is written of a raw statement: the statement where it differs, the credentials where they are to be sent."""
    statement, username, password = "", "", ""
    if drifted:
        statement = _merged_statement(definition, connection)
    if send:
        username = statement_sign_in(definition.secrets, "username")
        password = statement_sign_in(definition.secrets, "password")
    return Delta(statement=statement, username=username, password=password)


def _with_credentials(content: Delta, match: Match, connection: Connection, drift: Drift) -> Delta:
    """The same, and who brings the credentials, and which separate ones are attached."""
    target, definition = match.target, match.target.definition
    separate, declared = connection.separate_credentials, definition.separate_credentials
    if not separate and not declared:
        return content
    detaches = separate and not drift.keys().isdisjoint(HOST_NAMES)
    if declared is not None and declared != separate:
        separate = declared
        content = replace(content, separate=separate)
    if not separate:
        drops = bool(connection.credentials_id) or not match.credentials_shown
        return replace(content, detaches=detaches, drops=drops)
    if definition.credentials and not target.credentials_id:
        # A statement comes first, with secrets, which aren't meant for the credentials that it has now.
        others = bool(content.statement) and connection.separate_credentials and bool(connection.credentials_id)
        return replace(
            content, detaches=detaches, drops=others and not detaches, new_credentials=definition.credentials
        )
    attach = target.credentials_id or connection.detached_credentials_id
    if detaches:
        return replace(content, detaches=True, attach=attach or connection.credentials_id)
    return replace(content, attach=attach if attach != connection.credentials_id else "")


def _learns_users(match: Match, connection: Connection, content: Delta) -> bool:
    """Whether a tag tells the user names from now on. Which one an adopted connection holds may not be shown; unless it
    is sent, it is taken for the declared one.
    """
    if match.user_memory != "stale":
        return match.user_memory == "missing"
    shown = connection.properties or {}
    return all(name in shown or name in content.properties for name in match.target.definition.user_names)


def _retags(target: Target, connection: Connection, reasons: UpdateReasons, *, gives_away: bool) -> bool:
    """Whether the tags are written."""
    if reasons.secrets.retag or reasons.learns_users or target.forgets_refusal or not connection.is_managed:
        return True
    if connection.future_name or connection.detached_credentials_id:
        return True
    if gives_away and connection.fingerprint is not None:
        return True
    # A code for signing in travels in a header, and needs an operation to travel with.
    if target.definition.auth_code:
        return True
    return reasons.new_tags != connection.user_tags and set(reasons.new_tags) != set(connection.user_tags)


def _with_place(content: Delta, target: Target, connection: Connection, owner_id: str, *, retags: bool) -> Delta:
    """The same, and where the connection goes, whose it becomes, and whether its tags are written."""
    name = target.definition.name or connection.future_name or connection.name
    space = target.space
    if space is not None and space.key == connection.space_id:
        space = None
    if name == connection.name:
        name = ""
    if not (name or space or owner_id or retags):
        return content
    return replace(content, name=name, space=space, owner_id=owner_id, tags=retags)


def _problems(
    match: Match, connection: Connection, delta: Delta, secrets: SecretDecision, spec: SourceSpec | None
) -> t.Iterator[str]:
    """Why an update can't be carried out."""
    target, definition = match.target, match.target.definition
    if secrets.problem:
        yield secrets.problem
    expired = expired_problem(target, send=secrets.send)
    if expired:
        yield expired
    if spec and delta.sent:
        yield from check_properties(definition, spec, held=connection.properties or ())
    yield from check_sent(definition.secrets if delta.username or delta.password else delta.sent, spec)
    if definition.separate_credentials is False and connection.separate_credentials and not definition.write_only:
        yield (
            "its users bring credentials of their own; without separate credentials it needs secrets, and none are"
            " declared."
        )
    if delta.owner_id and not connection.space_id and target.space is not None and target.space.is_personal:
        yield IN_PERSONAL_SPACE
    yield from _lacking(target, connection, delta)


def _lacking(target: Target, connection: Connection, delta: Delta) -> t.Iterator[str]:
    """Which privileges the caller lacks for an update."""
    if delta.owner_id:
        yield from lacks(connection, "change_owner")
    if delta.space:
        yield from lacks(connection, "change_space")
    if delta.edits and not (delta.owner_id and target.owner_is_caller):
        yield from lacks(connection, "update")


def _merged_statement(definition: Definition, connection: Connection) -> str:
    """The connection's own statement with the declared pairs put in: what wasn't declared stays as it is. One that
    can't be read goes as a whole.
    """
    try:
        return merged_statement(connection.statement, parse_connect_statement(definition.statement))
    except StatementError:
        return definition.statement


def _told(drift: Drift, connection: Connection, content: Delta) -> Drift:
    """What differs, and what else becomes another when the statement is written."""
    if not (content.statement and connection.statement):
        return drift
    try:
        return {**drift, **changed_beside(connection.statement, content.statement)}
    except StatementError:
        return {"connect statement": ("(can't be read)", "as declared"), **drift}
