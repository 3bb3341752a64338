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
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    format_connect_statement,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import read_fingerprint
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    CODE_PROPERTY,
    HOST_NAMES,
    statement_sign_in,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, Delta
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.attaching import (
    forgets,
    unsent_users,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import Drift
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.explain import (
    attached_problem,
    building_under,
    creation_side,
    detach_warning,
    gone_side,
    moving_change,
    owner_warning,
    replaced_side,
    replacement_change,
    replacement_problem,
    replacement_warning,
    shown_value,
    update_changes,
    update_sides,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    SecretDecision,
    changed_user,
    credentials_to_send,
    decide_attached,
    decide_secrets,
    has_memory,
    is_anonymous,
    memory_warning,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.succession import free_successor_name
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import user_tags


def decide(match: Match, source: DataSource | None = None, spec: SourceSpec | None = None) -> Action:
    """What is to be done about one target.

    C(spec) is the source's specification; it is needed for what is written, and may be left out for what is merely
    compared.
    """
    target, connection, definition = match.target, match.connection, match.target.definition
    if match.problem:
        return Action("none", target, connection, problems=(match.problem,))
    problem = _rotation_problem(match, source, spec) if definition.only_secrets else ""
    if problem:
        return Action("none", target, connection, problems=(problem,))
    if definition.state == "absent":
        return _decide_delete(match)
    if connection is None:
        return _decide_create(target, source, spec)
    wanted_source = source.id if source else definition.data_source
    if wanted_source and connection.data_source and wanted_source != connection.data_source:
        return _decide_replace(match, wanted_source, source, spec)
    if match.predecessor is not None:
        return _decide_succession(match, wanted_source, source, spec)
    return _decide_update(match, source, spec)


def _rotation_problem(match: Match, source: DataSource | None, spec: SourceSpec | None) -> str:
    """Why the secrets of a connection can't be sent without doing more than that."""
    connection, definition = match.connection, match.target.definition
    if definition.state == "absent":
        return "it is declared absent, so it has no secrets to send."
    if not definition.write_only:
        return "its definition declares no secrets, so there is nothing to send."
    if connection is None:
        return "it doesn't exist on this tenant. Only secrets are sent here: provision the tenant first."
    if not connection.is_managed:
        return (
            "this collection doesn't manage it. Only secrets are sent here: provision the tenant first, which"
            " adopts"
            " it."
        )
    if match.leftovers or connection.future_name or connection.detached_credentials_id:
        return "an earlier run didn't finish replacing it or its credentials: provision the tenant first."
    wanted_source = source.id if source else definition.data_source
    if wanted_source and connection.data_source and wanted_source != connection.data_source:
        return (
            f"it is a connection of data source '{connection.data_source}', and '{wanted_source}' is declared: no"
            " secrets are sent to"
            " it. Provision the tenant first, or correct the definition."
        )
    for name, (now, value) in match.address_drift(_defaults(spec)).items():
        return (
            f"its {name} is {shown_value(name, now)}, and {shown_value(name, value)} is declared: no secrets are sent"
            " there. Provision"
            " the tenant first, which puts the address right together with the secrets, or correct the definition."
        )
    return ""


def _defaults(spec: SourceSpec | None) -> dict[str, t.Any] | None:
    return {name: said.default for name, said in spec.properties.items()} if spec else None


def _decide_delete(match: Match) -> Action:
    target, connection = match.target, match.connection
    if connection is None:
        return Action("none", target)
    lacking = lacks(connection, "delete")
    return Action(
        "delete",
        target,
        connection,
        changes=("delete",),
        before=gone_side(connection, target.space, target.definition),
        problems=(lacking,) if lacking else (),
        discard=match.leftovers,
    )


def prune_action(connection: Connection, space: Space) -> Action:
    """The deletion of a managed connection that is no longer declared."""
    definition = Definition(name=connection.name, id=connection.id, space=space.id, state="absent")
    action = _decide_delete(Match(Target(definition, space), connection))
    return replace(action, changes=("delete: managed by this collection, and no longer declared",))


def _decide_replace(match: Match, wanted_source: str, source: DataSource | None, spec: SourceSpec | None) -> Action:
    """A connection of another source: Qlik can't change it, so that a new one takes its place.

    One that waits to take a place is nobody's yet: what is declared now is made instead of it, whatever replace says.
    """
    target, definition = match.target, match.target.definition
    connection = t.cast(Connection, match.connection)
    if definition.replace != "when_required" and not connection.future_name:
        return Action("none", target, connection, problems=(replacement_problem(connection, wanted_source),))
    planned = _decide_create(target, source, spec, _other_user(match))
    problems = list(planned.problems)
    separate = connection.separate_credentials and definition.separate_credentials is not False
    if not (definition.write_only or separate or target.credentials_id or is_anonymous(definition, connection)):
        problems.append(
            "the definition declares no secrets, and those of the connection that is replaced can't be read."
        )
    lacking = lacks(connection, "delete")
    temporary_name, naming = "", []
    if not connection.future_name:
        others = match.taken - {one.name for one in match.leftovers}
        temporary_name = free_successor_name(definition.name or connection.name, wanted_source, others)
        naming = building_under(definition.name or connection.name, wanted_source, temporary_name)
    return replace(
        planned,
        kind="replace",
        connection=connection,
        temporary_name=temporary_name,
        afresh=bool(connection.future_name),
        discard=match.leftovers,
        changes=(replacement_change(connection, wanted_source), *moving_change(match), *naming, *planned.changes[1:]),
        before=replaced_side(match, connection),
        after={
            **planned.after,
            "name": planned.name or connection.name,
            "tags": sorted(user_tags(definition, connection.user_tags)),
        },
        warnings=(*planned.warnings, *replacement_warning(definition, connection)),
        problems=(*problems, *((lacking,) if lacking else ())),
    )


def _other_user(match: Match) -> str:
    """Why the credentials that a replacement takes over from its predecessor have another user name than declared."""
    connection, target = t.cast(Connection, match.connection), match.target
    same = target.credentials_id and connection.credentials_id == target.credentials_id
    return changed_user(match.drift) if same and target.definition.user_names else ""


def _decide_succession(match: Match, wanted_source: str, source: DataSource | None, spec: SourceSpec | None) -> Action:
    """A replacement that an earlier run built beside its predecessor: that goes, and it becomes all that is declared by
    now.
    """
    predecessor, definition = t.cast(Connection, match.predecessor), match.target.definition
    if definition.replace != "when_required":
        return Action("none", match.target, predecessor, problems=(replacement_problem(predecessor, wanted_source),))
    action = _decide_update(match, source, spec)
    lacking = lacks(predecessor, "delete")
    return replace(
        action,
        predecessor=predecessor,
        changes=(f"{replacement_change(predecessor, wanted_source)} (begun by an earlier run)", *action.changes),
        before=replaced_side(replace(match, connection=predecessor), predecessor),
        warnings=(*action.warnings, *replacement_warning(definition, predecessor)),
        problems=(*action.problems, *((lacking,) if lacking else ())),
    )


def _decide_create(target: Target, source: DataSource | None, spec: SourceSpec | None, other_user: str = "") -> Action:
    definition = target.definition
    delta = Delta(owner_id=target.owner_id if not target.owner_is_caller else "")
    attached = decide_attached(target, other_user) if target.credentials_id else SecretDecision()
    action = Action(
        "create",
        target,
        source=source,
        delta=delta,
        remembers=(attached.remember if target.credentials_id else has_memory(definition)) and not delta.owner_id,
        sends=attached.send if target.credentials_id else bool(definition.write_only),
        knows_users=bool(definition.user_names),
        code_property=spec is None or not spec.properties or CODE_PROPERTY in spec.properties,
        fills=attached.send or bool(other_user),
        warnings=(*memory_warning(definition), *attached.warnings, *owner_warning(Match(target, None), delta)),
    )
    if not (definition.data_source or source):
        return replace(action, problems=("it doesn't exist yet, and to create it data_source is needed.",))
    problems = [*(check_properties(definition, spec) if spec else []), *check_sent(definition.sendable(), spec)]
    problems += check_creation(definition, source.id if source else definition.data_source, spec)
    if target.credentials_id and definition.secrets and definition.statement:
        problems.append(attached_problem(target))
    problems += [attached.problem] if attached.problem else []
    if delta.owner_id and target.space is not None and target.space.is_personal:
        problems.append("it is in a personal space, which can't have another owner: name a space.")
    return replace(action, changes=("create", *attached.changes), after=creation_side(action), problems=tuple(problems))


def _decide_update(match: Match, source: DataSource | None, spec: SourceSpec | None) -> Action:
    target, definition = match.target, match.target.definition
    connection = t.cast(Connection, match.connection)
    defaults = _defaults(spec)
    drift = match.drift_beside(defaults) if defaults is not None else match.drift
    secrets = decide_secrets(match, drift, defaults)
    if definition.statement:
        content = _statement_content(definition, connection, drifted=bool(drift), send=secrets.send)
    else:
        content = _properties_content(match, connection, drift, send=secrets.send)
    content = _with_credentials(content, match, connection, drift)
    new_tags = user_tags(definition, connection.user_tags)
    # Which user name an adopted connection holds may not be shown; unless it is sent, it is taken for the declared one.
    told = all(name in (connection.properties or {}) or name in content.properties for name in definition.user_names)
    knows_users = match.user_memory == "missing" or (match.user_memory == "stale" and told)
    name = definition.name or connection.future_name or connection.name
    owner_id = target.owner_id if target.owner_id != connection.owner_id else ""
    retags = set(new_tags) != set(connection.user_tags) or secrets.retag or knows_users or not connection.is_managed
    retags = retags or bool(connection.future_name or connection.detached_credentials_id)
    gives_away = bool(owner_id) and not target.owner_is_caller
    retags = retags or (gives_away and read_fingerprint(connection.tags) is not None)
    forgotten = forgets(match, send=secrets.send)
    retags = retags or forgotten
    delta = replace(
        content,
        name=name if name != connection.name else "",
        space=target.space if target.space is not None and target.space.key != connection.space_id else None,
        owner_id=owner_id,
        # A code for signing in travels in a header, and needs an operation to travel with.
        tags=retags or bool(definition.auth_code),
    )
    discard = match.leftovers
    action = Action(
        "none",
        target,
        connection,
        source=source,
        delta=delta,
        knows_users=knows_users,
        forgets=forgotten,
        warnings=secrets.warnings,
        discard=discard,
    )
    if not (delta or discard):
        return replace(action, problems=(secrets.problem,) if secrets.problem else ())
    before, after = update_sides(match, delta, drift, secrets, new_tags)
    return replace(
        action,
        kind="replace" if connection.future_name else "move" if delta.name or delta.space else "update",
        warnings=(*secrets.warnings, *owner_warning(match, delta), *detach_warning(definition, delta)),
        remembers=secrets.remember and not (gives_away or forgotten),
        sends=secrets.send,
        changes=tuple(update_changes(match, delta, drift, secrets, new_tags, knows_users=knows_users)),
        before=before,
        after=after,
        problems=tuple(_update_problems(match, delta, secrets, spec)),
    )


def _properties_content(match: Match, connection: Connection, drift: Drift, *, send: bool) -> Delta:
    """What is written of declared properties: those that differ, and with secrets what has to come with them."""
    definition = match.target.definition
    properties = {name: value for name, (_now, value) in drift.items()}
    if not send:
        return Delta({**properties, **unsent_users(match)})
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
    separate = connection.separate_credentials
    if definition.separate_credentials not in (None, separate):
        separate = not separate
        content = replace(content, separate=separate)
    detaches = connection.separate_credentials and any(name in HOST_NAMES for name in drift)
    if not separate:
        return replace(content, detaches=detaches)
    if definition.credentials and not target.credentials_id:
        return replace(content, detaches=detaches, new_credentials=definition.credentials)
    wanted = target.credentials_id or connection.detached_credentials_id
    if detaches:
        return replace(content, detaches=True, attach=wanted or connection.credentials_id)
    return replace(content, attach=wanted if wanted != connection.credentials_id else "")


def _update_problems(match: Match, delta: Delta, secrets: SecretDecision, spec: SourceSpec | None) -> list[str]:
    """Why an update can't be carried out."""
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    problems = [secrets.problem] if secrets.problem else []
    if spec and delta.sent:
        problems += check_properties(definition, spec, held=connection.properties or ())
    problems += check_sent(definition.secrets if delta.username or delta.password else delta.sent, spec)
    if definition.separate_credentials is False and connection.separate_credentials and not definition.write_only:
        problems.append(
            "its users bring credentials of their own; without separate credentials it needs secrets, and none are"
            " declared."
        )
    if delta.owner_id and not connection.space_id and target_is_personal(match):
        problems.append("it is in a personal space, which can't have another owner: name a space.")
    needed = ["change_owner"] if delta.owner_id else []
    needed += ["change_space"] if delta.space else []
    needed += ["update"] if delta.edits and not (delta.owner_id and match.target.owner_is_caller) else []
    lacking = (lacks(connection, privilege) for privilege in needed)
    return problems + [problem for problem in lacking if problem]


def target_is_personal(match: Match) -> bool:
    """Whether the connection is to be in the caller's personal space."""
    return match.target.space is not None and match.target.space.is_personal


def _merged_statement(definition: Definition, connection: Connection) -> str:
    """The connection's own statement with the declared pairs put in: what wasn't declared stays as it is."""
    declared = parse_connect_statement(definition.statement)
    try:
        held = parse_connect_statement(connection.statement)
        return format_connect_statement(declared.provider or held.provider, {**held.properties, **declared.properties})
    except StatementError:
        return definition.statement


def lacks(connection: Connection, privilege: str) -> str:
    """Why the caller can't do this. Qlik lists what the caller may do with a connection; an empty list says nothing."""
    if not connection.privileges or privilege in connection.privileges:
        return ""
    if privilege == "change_space" and "update" in connection.privileges:
        return ""
    advice = " Sign in as that user, or have an administrator take the connection over with owner."
    if privilege == "change_owner":
        advice = " An administrator can give it to the declared owner; otherwise leave owner out."
    verb = {"update": "change", "change_space": "move", "change_owner": "change the owner of", "delete": "delete"}[
        privilege
    ]
    return (
        f"the caller may not {verb} it: it lacks the privilege '{privilege}' (it has"
        f" {', '.join(sorted(connection.privileges))});"
        f" the owner is user {connection.owner_id or 'unknown'}. Qlik lets only the owner edit a connection."
        f"{advice}"
    )
