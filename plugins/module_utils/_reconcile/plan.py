# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: desired and actual in, actions out. A pure function; nothing here talks to a tenant."""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import HOST_NAMES
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    format_connect_statement,
    parse_connect_statement,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import CODE_PROPERTY, Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secrets import (
    CREDENTIAL_NAMES,
    MASK,
    mask_properties,
    mask_statement,
    mask_value,
    read_fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.drift import Drift
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.secret_policy import (
    SecretDecision,
    credentials_to_send,
    decide_secrets,
    has_memory,
    is_anonymous,
    memory_warning,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.validate import check_properties


@dataclass(frozen=True)
class Delta:
    """What an update writes. Empty members are not touched.

    C(attach) is the id of separate credentials. C(detaches): the host changes, with which Qlik takes separate credentials away, so
    that those of the plan come in PATCHes of their own afterwards.
    """

    properties: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    statement: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    name: str = ""
    space: Space | None = None
    owner_id: str = ""
    attach: str = ""
    detaches: bool = False
    tags: bool = False

    @property
    def reattach(self) -> bool:
        return self.detaches and bool(self.attach)

    def __bool__(self) -> bool:
        return self.edits or bool(self.space or self.owner_id)

    @property
    def edits(self) -> bool:
        """Whether more changes than where the connection is and whose: other rights are asked for that."""
        return bool(self.properties or self.statement or self.username or self.password or self.name or self.attach or self.tags)


@dataclass(frozen=True)
class Action:
    """One connection's part of the plan. C(kind): create, update, move, replace, delete or none.

    C(code_property): a code for signing in, which always travels in a header, goes among the properties of a new connection too;
    a source that has no such property would refuse it there.
    C(changes) says what and why, a line each, without secrets; C(before) and C(after) are the masked sides of a diff;
    C(problems) say why this action can't be carried out. C(remembers) and C(knows_users): tags will tell next time which
    secrets and which user names were sent. C(successor) is a replacement that is there already; C(discard) are connections that
    an interrupted replacement left behind.
    """

    kind: str
    target: Target
    connection: Connection | None = None
    source: DataSource | None = None
    delta: Delta = field(default_factory=Delta)
    remembers: bool = False
    knows_users: bool = False
    code_property: bool = True
    changes: tuple[str, ...] = ()
    before: t.Mapping[str, t.Any] = field(default_factory=dict)
    after: t.Mapping[str, t.Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    successor: Connection | None = None
    discard: tuple[Connection, ...] = ()

    @property
    def writes(self) -> bool:
        return self.kind != "none"

    @property
    def gives_away(self) -> bool:
        """Whether somebody else than the caller becomes the owner."""
        return bool(self.delta.owner_id) and not self.target.owner_is_caller

    @property
    def name(self) -> str:
        """The connection's name after this action."""
        return self.target.definition.name or (self.connection.name if self.connection else "")

    @property
    def space(self) -> Space | None:
        return self.target.space


def decide(match: Match, source: DataSource | None = None, spec: SourceSpec | None = None) -> Action:
    """What is to be done about one target.

    C(spec) is the source's specification; it is needed for what is written, and may be left out for what is merely compared.
    """
    target, connection, definition = match.target, match.connection, match.target.definition
    if match.problem:
        return Action("none", target, connection, problems=(match.problem,))
    problem = _rotation_problem(match) if definition.only_secrets else ""
    if problem:
        return Action("none", target, connection, problems=(problem,))
    if definition.state == "absent":
        return _decide_delete(match)
    if connection is None:
        return _decide_create(target, source, spec)
    wanted_source = source.id if source else definition.data_source
    if wanted_source and connection.data_source and wanted_source != connection.data_source:
        return _decide_replace(match, wanted_source, source, spec)
    return _decide_update(match, source, spec)


def _rotation_problem(match: Match) -> str:
    """Why the secrets of a connection can't be sent without doing more than that."""
    connection, definition = match.connection, match.target.definition
    if definition.state == "absent":
        return "it is declared absent, so it has no secrets to send."
    if not definition.kept_to_itself:
        return "its definition declares no secrets, so there is nothing to send."
    if connection is None:
        return "it doesn't exist on this tenant. Only secrets are sent here: provision the tenant first."
    if not connection.is_managed:
        return "this collection doesn't manage it. Only secrets are sent here: provision the tenant first, which adopts it."
    if match.successor or connection.succeeds or connection.detached_credentials_id:
        return "an earlier run didn't finish replacing it or its credentials: provision the tenant first."
    return ""


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
        before=_side(connection, {}, target.space),
        problems=(lacking,) if lacking else (),
        discard=(match.successor,) if match.successor else (),
    )


def prune_action(connection: Connection, space: Space) -> Action:
    """The deletion of a managed connection that is no longer declared."""
    definition = Definition(name=connection.name, id=connection.id, space=space.id, state="absent")
    action = _decide_delete(Match(Target(definition, space), connection))
    return replace(action, changes=("delete: managed by this collection, and no longer declared",))


def _decide_replace(match: Match, wanted_source: str, source: DataSource | None, spec: SourceSpec | None) -> Action:
    """A connection of another source: Qlik can't change it, so that a new one takes its place."""
    target, definition = match.target, match.target.definition
    connection = t.cast(Connection, match.connection)
    if definition.replace != "when_required":
        return Action(
            "none",
            target,
            connection,
            problems=(
                f"it is a connection of data source '{connection.data_source}', and Qlik can't turn it into one of '{wanted_source}'."
                " It needs to be replaced: set replace to when_required to have a new one take its place.",
            ),
        )
    begun = match.successor if match.successor is not None and match.successor.data_source == wanted_source else None
    planned = _decide_create(replace(target, owner_id=""), source, spec)
    made = begun is not None and begun.credentials_id == target.credentials_id  # its credentials are there because it made them
    problems = [problem for problem in planned.problems if not (made and problem == _attached_problem(target))]
    separate = connection.separate_credentials and definition.separate_credentials is not False
    if not (definition.kept_to_itself or separate or target.credentials_id or is_anonymous(definition, connection)):
        problems.append("the definition declares no secrets, and those of the connection that is replaced can't be read.")
    lacking = lacks(connection, "delete")
    tags = user_tags(definition, connection.user_tags)
    change = f"replace the connection of data source '{connection.data_source}' by one of '{wanted_source}'"
    moves = target.space is not None and target.space.key != connection.space_id
    moving = (f"move to {target.space.label}",) if moves and target.space else ()
    return replace(
        planned,
        kind="replace",
        target=target,
        connection=connection,
        successor=begun,
        discard=(match.successor,) if match.successor is not None and begun is None else (),
        changes=(f"{change} (begun by an earlier run)" if begun else change, *moving),
        before=_side(connection, {}, None if moves else target.space),
        after={**planned.after, "name": definition.name or connection.name, "tags": sorted(tags)},
        warnings=(
            *planned.warnings,
            f"{definition.label} is replaced: its id changes ({connection.id} goes). Load scripts that refer to it by name go on;"
            " what refers to it by id (data integration projects, automations, lineage) must be pointed to the new one.",
        ),
        problems=(*problems, *((lacking,) if lacking else ())),
    )


def _decide_create(target: Target, source: DataSource | None, spec: SourceSpec | None) -> Action:
    definition = target.definition
    delta = Delta(owner_id=target.owner_id if not target.owner_is_caller else "")
    action = Action(
        "create",
        target,
        source=source,
        delta=delta,
        remembers=has_memory(definition) and not delta.owner_id,
        knows_users=bool(definition.users),
        code_property=spec is None or not spec.properties or CODE_PROPERTY in spec.properties,
        warnings=(*memory_warning(definition), *_owner_warning(Match(target, None), delta)),
    )
    if not (definition.data_source or source):
        return replace(action, problems=("it doesn't exist yet, and to create it data_source is needed.",))
    problems = check_properties(definition, spec) if spec else []
    if target.credentials_id and definition.secrets:
        problems.append(_attached_problem(target))
    if delta.owner_id and target.space is not None and target.space.is_personal:
        problems.append("it is in a personal space, which can't have another owner: name a space.")
    after: dict[str, t.Any] = {
        "name": definition.name,
        "space": target.space.name if target.space else "",
        "data_source": source.id if source else definition.data_source,
        "tags": sorted(user_tags(definition, ())),
    }
    if definition.statement:
        after["connect_statement"] = mask_statement(definition.statement)
    else:
        after["properties"] = mask_properties(definition.properties)
    if definition.separate_credentials:
        after["separate_credentials"] = True
    if definition.credentials:
        after["credentials"] = definition.credentials
    if definition.secrets:
        after["secrets"] = dict.fromkeys(sorted(definition.secrets), MASK)
    if delta.owner_id:
        after["owner_id"] = delta.owner_id
    return replace(action, changes=("create",), after=after, problems=tuple(problems))


def _attached_problem(target: Target) -> str:
    """Why a new connection isn't made with both existing credentials and secrets."""
    return (
        f"credentials '{target.definition.credentials}' exist already and are attached as they are: leave the secrets out, or change"
        " them with qlik_data_credential."
    )


def _decide_update(match: Match, source: DataSource | None, spec: SourceSpec | None) -> Action:
    target, definition = match.target, match.target.definition
    connection = t.cast(Connection, match.connection)
    drift = match.drift_beside({name: said.default for name, said in spec.properties.items()}) if spec else match.drift
    secrets = decide_secrets(match, drift)
    members: dict[str, t.Any] = {"properties": {}}
    if definition.statement:
        members.update(_statement_members(definition, connection, drifted=bool(drift), send=secrets.send))
    else:
        credentials = credentials_to_send(definition, connection) if secrets.send else {}
        members["properties"] = {**{name: value for name, (_now, value) in drift.items()}, **credentials}
    members.update(_credentials_members(match, drift, members["properties"]))
    new_tags = user_tags(definition, connection.user_tags)
    # Which user name an adopted connection holds may not be shown; unless it is sent, it is taken for the declared one.
    told = all(name in (connection.properties or {}) or name in members["properties"] for name in definition.users)
    knows_users = match.user_memory == "missing" or (match.user_memory == "stale" and told)
    owner_id = target.owner_id if target.owner_id != connection.owner_id else ""
    retags = set(new_tags) != set(connection.user_tags) or secrets.retag or knows_users or not connection.is_managed
    retags = retags or bool(connection.succeeds or connection.detached_credentials_id)
    gives_away = bool(owner_id) and not target.owner_is_caller
    retags = retags or (gives_away and read_fingerprint(connection.tags) is not None)
    delta = Delta(
        name=definition.name if definition.name and definition.name != connection.name else "",
        space=target.space if target.space is not None and target.space.key != connection.space_id else None,
        owner_id=owner_id,
        # A code for signing in travels in a header, and needs an operation to travel with.
        tags=retags or bool(definition.auth_code),
        **members,
    )
    discard = (match.successor,) if match.successor else ()
    action = Action(
        "none", target, connection, source=source, delta=delta, knows_users=knows_users, warnings=secrets.warnings, discard=discard
    )
    if not (delta or discard):
        return action
    before, after = _sides(match, delta, drift, secrets, new_tags)
    return replace(
        action,
        kind="replace" if connection.succeeds else "move" if delta.name or delta.space else "update",
        warnings=(*secrets.warnings, *_owner_warning(match, delta), *_detach_warning(definition, delta)),
        remembers=secrets.remember and not gives_away,
        changes=tuple(_changes(match, delta, drift, secrets, new_tags, knows_users=knows_users)),
        before=before,
        after=after,
        problems=tuple(_update_problems(match, delta, secrets, spec)),
    )


def _credentials_members(match: Match, drift: Drift, properties: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The members of a delta that say who brings the credentials, and which separate ones are attached."""
    target, definition, connection = match.target, match.target.definition, t.cast(Connection, match.connection)
    added: dict[str, t.Any] = {}
    declared = definition.separate_credentials
    separate = connection.separate_credentials if declared is None else declared
    if separate != connection.separate_credentials:
        added["separateCredentials"] = statement_text(separate)
    attach, detaches = "", connection.separate_credentials and any(name in HOST_NAMES for name in drift)
    if separate and definition.credentials and not target.credentials_id:
        added["credentialsName"] = definition.credentials
    elif separate:
        attached = "" if detaches else connection.credentials_id
        wanted = target.credentials_id or connection.detached_credentials_id or (connection.credentials_id if detaches else "")
        attach = wanted if wanted != attached else ""
    return {"properties": {**properties, **added}, "attach": attach, "detaches": detaches}


def _statement_members(definition: Definition, connection: Connection, *, drifted: bool, send: bool) -> dict[str, t.Any]:
    """The members of a delta for a raw statement: the statement where it differs, the credentials where they are to be sent."""
    if not (drifted or send):
        return {}
    return {
        "statement": _merged_statement(definition, connection) if drifted else "",
        "username": first(definition.secrets, "qUsername", "username"),
        "password": first(definition.secrets, "qPassword", "password"),
    }


def _changes(
    match: Match,
    delta: Delta,
    drift: Drift,
    secrets: SecretDecision,
    new_tags: t.Sequence[str],
    *,
    knows_users: bool,
) -> t.Iterator[str]:
    """What an update does and why, a line each."""
    connection = t.cast(Connection, match.connection)
    if connection.succeeds:
        yield "finish the replacement that an earlier run began"
    if match.successor:
        yield f"remove '{match.successor.name}', which an interrupted replacement left"
    if delta.name:
        yield f"rename '{connection.name}' to '{delta.name}'"
    if delta.space:
        yield f"move to {delta.space.label}"
    yield from _credential_changes(connection, delta)
    if delta.owner_id:
        yield f"owner: {connection.owner_id or '(unknown)'} -> {delta.owner_id}"
    for name, (now, value) in drift.items():
        yield f"{name}: {_shown(name, now)} -> {_shown(name, value)}"
    yield from secrets.changes
    if match.target.definition.auth_code:
        yield "sign in: send the authorization code, which works once"
    yield from _tag_changes(connection, new_tags)
    if secrets.retag and not secrets.send:
        yield "fingerprint of the secrets: kept for the new place"
    if knows_users and not any(name in drift for name in match.target.definition.users):
        yield "user name: remembered in a tag"


def _credential_changes(connection: Connection, delta: Delta) -> t.Iterator[str]:
    if "separateCredentials" in delta.properties:
        yield f"separate credentials: {statement_text(connection.separate_credentials)} -> {delta.properties['separateCredentials']}"
    if delta.attach:
        again = " again, since Qlik detaches them when the host changes" if delta.reattach or connection.detached_credentials_id else ""
        yield f"credentials: attach {delta.attach}{again}"
    elif "credentialsName" in delta.properties:
        yield f"credentials: create '{delta.properties['credentialsName']}'"


def _tag_changes(connection: Connection, new_tags: t.Sequence[str]) -> t.Iterator[str]:
    for tag in sorted(set(new_tags) - set(connection.user_tags)):
        yield f"tag '{tag}': add"
    for tag in sorted(set(connection.user_tags) - set(new_tags)):
        yield f"tag '{tag}': remove"
    if not connection.is_managed:
        yield "adopt: from now on managed by this collection"


def _update_problems(match: Match, delta: Delta, secrets: SecretDecision, spec: SourceSpec | None) -> list[str]:
    """Why an update can't be carried out."""
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    problems = [secrets.problem] if secrets.problem else []
    if spec and delta.properties:
        problems += check_properties(definition, spec, held=connection.properties or ())
    if definition.separate_credentials is False and connection.separate_credentials and not definition.kept_to_itself:
        problems.append("its users bring credentials of their own; without separate credentials it needs secrets, and none are declared.")
    if delta.owner_id and not connection.space_id and target_is_personal(match):
        problems.append("it is in a personal space, which can't have another owner: name a space.")
    needed = ["change_owner"] if delta.owner_id else []
    needed += ["change_space"] if delta.space else []
    needed += ["update"] if delta.edits and not (delta.owner_id and match.target.owner_is_caller) else []
    lacking = (lacks(connection, privilege) for privilege in needed)
    return problems + [problem for problem in lacking if problem]


def _detach_warning(definition: Definition, delta: Delta) -> tuple[str, ...]:
    if not delta.reattach:
        return ()
    return (
        f"{definition.label}: Qlik detaches separate credentials when the host changes. The caller's are attached again; other users"
        " have to choose theirs anew.",
    )


def target_is_personal(match: Match) -> bool:
    """Whether the connection is to be in the caller's personal space."""
    return match.target.space is not None and match.target.space.is_personal


def _owner_warning(match: Match, delta: Delta) -> tuple[str, ...]:
    """Qlik hands no credentials on to a new owner (qlik.dev, actions/update)."""
    connection = match.connection
    definition, target = match.target.definition, match.target
    if not delta.owner_id or (connection is not None and connection.separate_credentials):
        return ()
    if target.owner_is_caller and definition.kept_to_itself:
        return ()
    return (
        f"{definition.label}: Qlik doesn't hand the credentials on to the new owner ({delta.owner_id}), who has to enter them"
        " before the connection works again.",
    )


def _sides(
    match: Match,
    delta: Delta,
    drift: Drift,
    secrets: SecretDecision,
    new_tags: t.Sequence[str],
) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Both sides of an update's diff, secrets masked."""
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    before = _side(connection, drift, match.target.space, delta)
    if delta.space and match.target.previous_space and match.target.previous_space.id == connection.space_id:
        before["space"] = match.target.previous_space.name
    after = {**before, "name": delta.name or connection.name, "tags": sorted(new_tags)}
    if delta.space:
        after["space"] = delta.space.name
    if delta.owner_id:
        before["owner_id"], after["owner_id"] = connection.owner_id, delta.owner_id
    if drift:
        after["properties"] = {name: mask_value(name, value) for name, (_now, value) in drift.items()}
    if delta.attach:
        before["credentials_id"], after["credentials_id"] = connection.credentials_id, delta.attach
    if "separateCredentials" in delta.properties:
        before["separate_credentials"] = connection.separate_credentials
        after["separate_credentials"] = not connection.separate_credentials
    if secrets.send:
        names = sorted(definition.secrets) or sorted(definition.kept_to_itself)
        before["secrets"] = dict.fromkeys(names, MASK)
        after["secrets"] = dict.fromkeys(names, f"{MASK} (sent again)")
    if not connection.is_managed:
        before["managed"], after["managed"] = False, True
    return before, after


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
    verb = {"update": "change", "change_space": "move", "change_owner": "change the owner of", "delete": "delete"}[privilege]
    return (
        f"the caller may not {verb} it: it lacks the privilege '{privilege}' (it has {', '.join(sorted(connection.privileges))});"
        f" the owner is user {connection.owner_id or 'unknown'}. Qlik lets only the owner edit a connection."
    )


def _side(connection: Connection, drift: t.Mapping[str, t.Any], space: Space | None, delta: Delta | None = None) -> dict[str, t.Any]:
    """One side of a diff as the connection is now, reduced to what the plan is about."""
    moved = delta is not None and delta.space is not None
    side: dict[str, t.Any] = {
        "name": connection.name,
        "space": connection.space_id if moved or space is None else space.name,
        "data_source": connection.data_source,
        "tags": sorted(connection.user_tags),
    }
    if delta is None:
        side["properties"] = mask_properties(connection.properties or {})
    elif drift:
        side["properties"] = {name: mask_value(name, now) for name, (now, _value) in drift.items() if now is not None}
    return side


def _shown(name: str, value: t.Any) -> str:
    if value is None and name.lower() in CREDENTIAL_NAMES:
        return "(not shown)"
    if value is None:
        return "(not set)"
    shown = mask_value(name, value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def first(mapping: t.Mapping[str, t.Any], *names: str) -> str:
    return next((str(mapping[name]) for name in names if name in mapping), "")


def user_tags(definition: Definition, held: t.Sequence[str]) -> tuple[str, ...]:
    """The user's tags as they are to be: declared ones join the present ones, or replace them."""
    if definition.tags is None:
        return tuple(held)
    declared = [tag for tag in definition.tags if not is_reserved_tag(tag)]
    return tuple(dict.fromkeys([*(held if definition.tags_mode == "merge" else ()), *declared]))


def plan_digest(actions: t.Iterable[Action]) -> str:
    """Tells one plan from another: what would be done where. It covers no secret and no fingerprint."""
    steps = sorted(
        (
            action.kind,
            action.space.key if action.space else "",
            action.name,
            action.connection.id if action.connection else "",
            action.changes,
        )
        for action in actions
        if action.writes
    )
    return hashlib.sha256(json.dumps(steps).encode()).hexdigest()
