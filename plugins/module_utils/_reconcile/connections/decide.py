# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: desired and actual in, actions out. A pure function; nothing here talks to a tenant."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import (
    check_creation,
    check_properties,
    check_sent,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import CODE_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, Delta
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.demands import is_anonymous
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import expired_problem
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.explain import (
    attached_problem,
    creation_warnings,
    explain_creation,
    explain_deletion,
    explain_replacement,
    explain_succession,
    replacement_problem,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.privileges import lacks
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.rotation import rotation_problem
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    SecretDecision,
    changed_user,
    decide_attached,
    has_memory,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.succession import free_successor_name
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.updates import (
    IN_PERSONAL_SPACE,
    decide_update,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.wanted import Wanted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.way_back import is_nothing_to_send


def decide(match: Match, source: DataSource | None = None, spec: SourceSpec | None = None) -> Action:
    """What is to be done about one target.

    C(spec) is the source's specification; it is needed for what is written, and may be left out for what is merely
    compared.
    """
    target, connection, definition = match.target, match.connection, match.target.definition
    wanted = Wanted(source.id if source is not None else definition.data_source, source, spec)
    problem = match.problem
    if not problem and definition.only_secrets:
        problem = rotation_problem(match, wanted)
    if problem:
        return Action("none", target, connection, problems=(problem,))
    if connection is not None and definition.puts_back and is_nothing_to_send(match, connection):
        return Action("none", target, connection)
    if connection is None:
        return _decide_create(target, wanted) if definition.state == "present" else Action("none", target)
    if definition.state == "absent":
        return _decide_delete(match, connection)
    if wanted.is_other(connection):
        return _decide_replace(match, connection, wanted)
    if match.predecessor is not None:
        return _decide_succession(match, connection, match.predecessor, wanted)
    return decide_update(match, connection, wanted)


def _decide_delete(match: Match, connection: Connection) -> Action:
    problems = tuple(lacks(connection, "delete"))
    action = Action("delete", match.target, connection, problems=problems, discard=match.leftovers)
    return explain_deletion(action, connection)


def prune_action(connection: Connection, space: Space) -> Action:
    """The deletion of a managed connection that is no longer declared."""
    definition = Definition(name=connection.name, id=connection.id, space=space.id, state="absent")
    action = _decide_delete(Match(Target(definition, space), connection), connection)
    return replace(action, changes=("delete: managed by this collection, and no longer declared",))


def _decide_replace(match: Match, connection: Connection, wanted: Wanted) -> Action:
    """A connection of another source: Qlik can't change it, so that a new one takes its place.

    One that waits to take a place is nobody's yet: what is declared now is made instead of it, whatever replace says.
    """
    target, definition = match.target, match.target.definition
    waits = bool(connection.future_name)
    if definition.replace != "when_required" and not waits:
        problem = replacement_problem(connection, wanted.source_id)
        return Action("none", target, connection, problems=(problem,))
    planned = _decide_create(target, wanted, _other_user(match, connection))
    problems = list(planned.problems)
    if not _has_secrets_for_another(target, connection):
        problems.append(
            "the definition declares no secrets, and those of the connection that is replaced can't be read."
        )
    problems += lacks(connection, "delete")
    temporary_name = ""
    if not waits:
        others = match.taken - {one.name for one in match.leftovers}
        temporary_name = free_successor_name(definition.name or connection.name, wanted.source_id, others)
    action = replace(
        planned,
        kind="replace",
        connection=connection,
        temporary_name=temporary_name,
        afresh=waits,
        discard=match.leftovers,
        problems=tuple(problems),
    )
    return explain_replacement(action, match, connection, wanted.source_id)


def _has_secrets_for_another(target: Target, connection: Connection) -> bool:
    """Whether a connection that takes the place of another one has something to sign in with, or needs nothing."""
    definition = target.definition
    if definition.write_only or target.credentials_id:
        return True
    if connection.separate_credentials and definition.separate_credentials is not False:
        return True
    return is_anonymous(definition, connection)


def _other_user(match: Match, connection: Connection) -> str:
    """Why the credentials that a replacement takes over from its predecessor have another user name than declared."""
    target = match.target
    if not target.credentials_id or connection.credentials_id != target.credentials_id:
        return ""
    return changed_user(match.drift) if target.definition.user_names else ""


def _decide_succession(match: Match, connection: Connection, predecessor: Connection, wanted: Wanted) -> Action:
    """A replacement that an earlier run built beside its predecessor: that goes, and it becomes all that is declared by
    now.
    """
    if match.target.definition.replace != "when_required":
        problem = replacement_problem(predecessor, wanted.source_id)
        return Action("none", match.target, predecessor, problems=(problem,))
    action = decide_update(match, connection, wanted)
    problems = (*action.problems, *lacks(predecessor, "delete"))
    action = replace(action, predecessor=predecessor, problems=problems)
    return explain_succession(action, match, predecessor, wanted.source_id)


def _decide_create(target: Target, wanted: Wanted, other_user: str = "") -> Action:
    """A new connection. C(other_user): why the credentials that it attaches have another user name than declared."""
    definition = target.definition
    delta = Delta(owner_id="" if target.owner_is_caller else target.owner_id)
    attached = SecretDecision(send=bool(definition.write_only), remember=has_memory(definition))
    fills = False
    if target.credentials_id:
        attached = decide_attached(target, other_user)
        fills = attached.send or bool(other_user)
    action = Action(
        "create",
        target,
        source=wanted.source,
        delta=delta,
        remembers=attached.remember and not delta.owner_id,
        sends=attached.send,
        knows_users=bool(definition.user_names),
        code_property=_takes_code(wanted.spec),
        fills=fills,
        warnings=creation_warnings(target, attached, delta),
    )
    if not wanted.source_id:
        return replace(action, problems=("it doesn't exist yet, and to create it data_source is needed.",))
    problems = tuple(_creation_problems(target, delta, attached, wanted))
    return explain_creation(replace(action, problems=problems), attached)


def _takes_code(spec: SourceSpec | None) -> bool:
    """Whether a source takes the code for signing in among its properties, as far as is known."""
    return spec is None or not spec.properties or CODE_PROPERTY in spec.properties


def _creation_problems(target: Target, delta: Delta, attached: SecretDecision, wanted: Wanted) -> t.Iterator[str]:
    """Why a connection can't be created."""
    definition, spec = target.definition, wanted.spec
    if spec:
        yield from check_properties(definition, spec)
    yield from check_sent(definition.sendable(), spec)
    yield from check_creation(definition, wanted.source_id, spec)
    if target.credentials_id and definition.secrets and definition.statement:
        yield attached_problem(target)
    if attached.problem:
        yield attached.problem
    expired = expired_problem(target, send=attached.send)
    if expired:
        yield expired
    if delta.owner_id and target.space is not None and target.space.is_personal:
        yield IN_PERSONAL_SPACE
