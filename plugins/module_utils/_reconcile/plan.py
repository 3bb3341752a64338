# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: desired and actual in, ordered actions out. A pure function; nothing here talks to a tenant.

Sources: qlik.dev, changelogs 157 and 236 (what PATCH may change and when it demands credentials), 134 (its body is a bare
array), and the create guide. C(add) is used where a member may be absent: by RFC 6902 it is right in both cases.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections import Counter
from dataclasses import dataclass, field, replace

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import HOST_NAMES, differing
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    format_connect_statement,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secrets import (
    CREDENTIAL_NAMES,
    MASK,
    TAG_MANAGED,
    TAG_SECRETS,
    TAG_USER,
    Fingerprint,
    fingerprint,
    has_encrypted_items,
    mask_properties,
    mask_statement,
    mask_value,
    read_fingerprint,
    user_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.validate import check_properties

WITHOUT_MEMORY = (
    "Secrets are declared without fingerprint_key or secrets_version, so a change of theirs can't be known: they are sent when a"
    " connection is created, and not again. Set one of the two, or update_secrets to on_create or always."
)


@dataclass(frozen=True)
class Target:
    """A definition whose space was found. C(space) is None when only the id says where the connection is."""

    definition: Definition
    space: Space | None
    previous_space: Space | None = None


@dataclass(frozen=True)
class Match:
    """A target and the connection that it is about, if there is one. C(relocated): it was found by its previous name."""

    target: Target
    connection: Connection | None
    relocated: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Delta:
    """What an update writes. Empty members are not touched."""

    properties: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    statement: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    name: str = ""
    space: Space | None = None
    tags: bool = False

    def __bool__(self) -> bool:
        return bool(self.properties or self.statement or self.username or self.password or self.name or self.space or self.tags)


@dataclass(frozen=True)
class Action:
    """One connection's part of the plan. C(kind): create, update, move, delete or none.

    C(changes) says what and why, a line each, without secrets; C(before) and C(after) are the masked sides of a diff;
    C(problems) say why this action can't be carried out. C(remembers) and C(knows_users): tags will tell next time which
    secrets and which user names were sent.
    """

    kind: str
    target: Target
    connection: Connection | None = None
    source: DataSource | None = None
    delta: Delta = field(default_factory=Delta)
    remembers: bool = False
    knows_users: bool = False
    changes: tuple[str, ...] = ()
    before: t.Mapping[str, t.Any] = field(default_factory=dict)
    after: t.Mapping[str, t.Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return self.kind != "none"

    @property
    def name(self) -> str:
        """The connection's name after this action."""
        return self.target.definition.name or (self.connection.name if self.connection else "")

    @property
    def space(self) -> Space | None:
        return self.target.space


# ---- which connection is meant


def match_targets(targets: t.Sequence[Target], connections: t.Iterable[Connection]) -> list[Match]:
    """Find for each target the connection that it is about: by id, else by space and name, else by its previous place.

    Names are compared exactly. A connection that differs from a missing one by case or blanks only is a problem, not a
    reason to create a second one beside it.
    """
    by_id: dict[str, Connection] = {}
    by_place: dict[tuple[str, str], Connection] = {}
    for connection in connections:
        if not connection.is_datafiles:
            by_id[connection.id] = connection
            by_place[(connection.space_id, connection.name)] = connection
    by_likeness: dict[tuple[str, str], Connection] = {
        (space_id, _likeness(name)): connection for (space_id, name), connection in by_place.items()
    }

    found = [_present_match(target, by_id, by_place) for target in targets]
    claims = Counter(match.connection.id for match in found if match.connection)
    places = Counter(_place(match) for match in found)

    matches = []
    for match in found:
        if places[_place(match)] > 1:
            match = replace(match, problem="it is declared more than once.")
        elif match.connection and claims[match.connection.id] > 1:
            match = replace(match, problem="another definition is about the same connection.")
        elif match.connection is None and match.target.definition.state == "present":
            match = _absent_match(match.target, by_place, by_likeness, claims)
        matches.append(match)
    return matches


def _present_match(target: Target, by_id: t.Mapping[str, Connection], by_place: t.Mapping[tuple[str, str], Connection]) -> Match:
    definition = target.definition
    if definition.id:
        connection = by_id.get(definition.id)
        if connection is None and definition.state == "present":
            return Match(target, None, problem=f"there is no connection with the id {definition.id}.")
        return Match(target, connection)
    if target.space is None:
        return Match(target, None)
    return Match(target, by_place.get((target.space.key, definition.name)))


def _absent_match(
    target: Target,
    by_place: t.Mapping[tuple[str, str], Connection],
    by_likeness: t.Mapping[tuple[str, str], Connection],
    claims: Counter[str],
) -> Match:
    """A target that isn't there yet: under its previous name or in its previous space, perhaps, or nearly so."""
    definition, space = target.definition, target.space
    if definition.id or space is None:
        return Match(target, None, problem=f"there is no connection with the id {definition.id}.")
    lost = definition.previous_space is not None and target.previous_space is None
    if (definition.previous_name or target.previous_space is not None) and not lost:
        old_space = target.previous_space or space
        old = by_place.get((old_space.key, definition.previous_name or definition.name))
        if old is not None and not claims[old.id]:
            claims[old.id] += 1
            return Match(target, old, relocated=True)
    near = by_likeness.get((space.key, _likeness(definition.name)))
    if near is not None and not claims[near.id]:
        return Match(
            target,
            None,
            problem=(
                f"a connection named '{near.name}' is there, which differs by case or blanks only. Nothing is created beside it:"
                f" correct the name, or set previous_name: '{near.name}' to rename it."
            ),
        )
    return Match(target, None)


def _place(match: Match) -> tuple[str, str]:
    definition, space = match.target.definition, match.target.space
    if definition.id:
        return ("id", definition.id)
    return (space.key if space else "", definition.name)


def _likeness(name: str) -> str:
    return name.strip().casefold()


# ---- what there is to do


def drifted_properties(match: Match, defaults: t.Mapping[str, t.Any] | None = None) -> dict[str, tuple[t.Any, t.Any]]:
    """The declared properties, or parts of the declared statement, that the connection doesn't hold."""
    connection, definition = match.connection, match.target.definition
    if connection is None or definition.state != "present":
        return {}
    shown = connection.properties or {}
    drift = differing(_declared(definition), shown, defaults)
    if _user_memory(match) == "stale":
        drift.update({name: (None, value) for name, value in definition.users.items() if name not in shown})
    return drift


def _user_memory(match: Match) -> str:
    """What the connection's tag says of the declared user names: C(fresh), C(stale) or (adopted) C(missing); empty without any."""
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    wanted = user_tag(connection.tenant_id, definition.users)
    if not wanted:
        return ""
    if wanted in connection.tags:
        return "fresh"
    return "stale" if connection.is_managed else "missing"


def needs_a_look(match: Match) -> bool:
    """Whether the statement in the list disagrees with the definition, or can't be read, and so must be confirmed.

    A raw statement is compared with the statement itself: nothing else could be more exact.
    """
    connection, definition = match.connection, match.target.definition
    if connection is None or definition.state != "present" or definition.statement or not definition.properties:
        return False
    if connection.properties is None or drifted_properties(match):
        return True
    return any(name not in connection.properties for name in definition.users) and _user_memory(match) != "fresh"


def _declared(definition: Definition) -> t.Mapping[str, t.Any]:
    if definition.statement:
        return parse_connect_statement(definition.statement).properties
    return definition.properties


def decide(match: Match, source: DataSource | None = None, spec: SourceSpec | None = None) -> Action:
    """What is to be done about one target.

    C(spec) is the source's specification; it is needed for what is written, and may be left out for what is merely compared.
    """
    target, connection, definition = match.target, match.connection, match.target.definition
    if match.problem:
        return Action("none", target, connection, problems=(match.problem,))
    if definition.state == "absent":
        return _decide_delete(target, connection)
    if connection is None:
        return _decide_create(target, source, spec)
    return _decide_update(match, source, spec)


def _decide_delete(target: Target, connection: Connection | None) -> Action:
    if connection is None:
        return Action("none", target)
    problem = _lacks(connection, "delete")
    return Action(
        "delete",
        target,
        connection,
        changes=("delete",),
        before=_side(connection, {}, target.space),
        problems=(problem,) if problem else (),
    )


def _decide_create(target: Target, source: DataSource | None, spec: SourceSpec | None) -> Action:
    definition = target.definition
    action = Action(
        "create",
        target,
        source=source,
        remembers=_has_memory(definition),
        knows_users=bool(definition.users),
        warnings=_memory_warning(definition),
    )
    if not (definition.data_source or source):
        return replace(action, problems=("it doesn't exist yet, and to create it data_source is needed.",))
    problems = check_properties(definition, spec) if spec else []
    after: dict[str, t.Any] = {
        "name": definition.name,
        "space": target.space.name if target.space else "",
        "data_source": source.id if source else definition.data_source,
        "tags": sorted(_user_tags(definition, ())),
    }
    if definition.statement:
        after["connect_statement"] = mask_statement(definition.statement)
    else:
        after["properties"] = mask_properties(definition.properties)
    if definition.secrets:
        after["secrets"] = dict.fromkeys(sorted(definition.secrets), MASK)
    return replace(action, changes=("create",), after=after, problems=tuple(problems))


def _decide_update(match: Match, source: DataSource | None, spec: SourceSpec | None) -> Action:
    target, definition = match.target, match.target.definition
    connection = t.cast(Connection, match.connection)
    wanted_source = source.id if source else definition.data_source
    if wanted_source and connection.data_source and wanted_source != connection.data_source:
        return Action(
            "none",
            target,
            connection,
            problems=(
                f"it is a connection of data source '{connection.data_source}', and Qlik can't turn it into one of '{wanted_source}'."
                " It needs to be replaced: remove it (state: absent) and create it anew, or declare the new one under another name.",
            ),
        )

    defaults = {name: said.default for name, said in spec.properties.items()} if spec else None
    drift = drifted_properties(match, defaults)
    secrets = _decide_secrets(match, drift)
    delta = Delta(
        name=definition.name if definition.name and definition.name != connection.name else "",
        space=target.space if target.space is not None and target.space.key != connection.space_id else None,
    )
    if definition.statement:
        delta = _with_statement(delta, definition, connection, drifted=bool(drift), send=secrets.send)
    else:
        credentials = _credentials_to_send(definition, connection) if secrets.send else {}
        delta = replace(delta, properties={**{name: value for name, (_now, value) in drift.items()}, **credentials})
    user_tags = _user_tags(definition, connection.user_tags)
    knows_users = _user_memory(match) in ("stale", "missing") and all(
        name in (connection.properties or {}) or name in delta.properties for name in definition.users
    )
    retags = set(user_tags) != set(connection.user_tags) or secrets.retag or knows_users or not connection.is_managed
    delta = replace(delta, tags=retags)
    action = Action("none", target, connection, source=source, delta=delta, knows_users=knows_users, warnings=secrets.warnings)
    if not delta:
        return action
    before, after = _sides(match, delta, drift, secrets, user_tags)
    return replace(
        action,
        kind="move" if delta.name or delta.space else "update",
        remembers=secrets.remember,
        changes=tuple(_changes(match, delta, drift, secrets, user_tags, knows_users=knows_users)),
        before=before,
        after=after,
        problems=tuple(_update_problems(match, delta, drift, secrets, spec)),
    )


def _with_statement(delta: Delta, definition: Definition, connection: Connection, *, drifted: bool, send: bool) -> Delta:
    """What is written of a raw statement: the statement where it differs, the credentials where they are to be sent."""
    if not (drifted or send):
        return delta
    return replace(
        delta,
        statement=_merged_statement(definition, connection) if drifted else "",
        username=_first(definition.secrets, "qUsername", "username"),
        password=_first(definition.secrets, "qPassword", "password"),
    )


def _changes(
    match: Match,
    delta: Delta,
    drift: t.Mapping[str, tuple[t.Any, t.Any]],
    secrets: _Secrets,
    user_tags: t.Sequence[str],
    *,
    knows_users: bool,
) -> t.Iterator[str]:
    """What an update does and why, a line each."""
    connection = t.cast(Connection, match.connection)
    if delta.name:
        yield f"rename '{connection.name}' to '{delta.name}'"
    if delta.space:
        yield f"move to {delta.space.label}"
    for name, (now, value) in drift.items():
        yield f"{name}: {_shown(name, now)} -> {_shown(name, value)}"
    yield from secrets.changes
    for tag in sorted(set(user_tags) - set(connection.user_tags)):
        yield f"tag '{tag}': add"
    for tag in sorted(set(connection.user_tags) - set(user_tags)):
        yield f"tag '{tag}': remove"
    if not connection.is_managed:
        yield "adopt: from now on managed by this collection"
    if secrets.retag and not secrets.send:
        yield "fingerprint of the secrets: kept for the new place"
    if knows_users and not any(name in drift for name in match.target.definition.users):
        yield "user name: remembered in a tag"


def _update_problems(
    match: Match, delta: Delta, drift: t.Mapping[str, tuple[t.Any, t.Any]], secrets: _Secrets, spec: SourceSpec | None
) -> list[str]:
    """Why an update can't be carried out."""
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    problems = [secrets.problem] if secrets.problem else []
    if spec and delta.properties:
        problems += check_properties(definition, spec, held=connection.properties or ())
    if connection.separate_credentials and any(name in HOST_NAMES for name in drift):
        problems.append("its users bring credentials of their own, which Qlik would detach when the host changes.")
    lacking = _lacks(connection, "change_space" if _only_moves(delta) else "update")
    return problems + ([lacking] if lacking else [])


def _sides(
    match: Match,
    delta: Delta,
    drift: t.Mapping[str, tuple[t.Any, t.Any]],
    secrets: _Secrets,
    user_tags: t.Sequence[str],
) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Both sides of an update's diff, secrets masked."""
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    before = _side(connection, drift, match.target.space, delta)
    if delta.space and match.target.previous_space and match.target.previous_space.id == connection.space_id:
        before["space"] = match.target.previous_space.name
    after = {**before, "name": delta.name or connection.name, "tags": sorted(user_tags)}
    if delta.space:
        after["space"] = delta.space.name
    if drift:
        after["properties"] = {name: mask_value(name, value) for name, (_now, value) in drift.items()}
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


def _only_moves(delta: Delta) -> bool:
    """Whether the space is all that changes: that right is a separate one."""
    return delta.space is not None and not replace(delta, space=None)


def _lacks(connection: Connection, privilege: str) -> str:
    """Qlik lists what the caller may do with a connection; an empty list says nothing."""
    if not connection.privileges or privilege in connection.privileges:
        return ""
    if privilege == "change_space" and "update" in connection.privileges:
        return ""
    verb = {"update": "change", "change_space": "move", "delete": "delete"}[privilege]
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


def _first(mapping: t.Mapping[str, t.Any], *names: str) -> str:
    return next((str(mapping[name]) for name in names if name in mapping), "")


# ---- tags


def _user_tags(definition: Definition, held: t.Sequence[str]) -> tuple[str, ...]:
    """The user's tags as they are to be: declared ones join the present ones, or replace them."""
    if definition.tags is None:
        return tuple(held)
    declared = [tag for tag in definition.tags if not is_reserved_tag(tag)]
    return tuple(dict.fromkeys([*(held if definition.tags_mode == "merge" else ()), *declared]))


def tags_after(action: Action, space: Space, tenant_id: str) -> list[str]:
    """All tags of a connection once the action is done: Qlik's own, the user's, this collection's."""
    definition, connection = action.target.definition, action.connection
    held = connection.tags if connection else ()
    kept = [tag for tag in held if is_reserved_tag(tag) and tag != TAG_MANAGED]
    memory = _wanted_fingerprint(definition, tenant_id, space.id, action.name) if action.remembers else None
    if memory is not None:
        kept = [tag for tag in kept if not tag.startswith(TAG_SECRETS)] + [memory.tag()]
    if action.knows_users:
        kept = [tag for tag in kept if not tag.startswith(TAG_USER)] + [user_tag(tenant_id, definition.users)]
    return [*_user_tags(definition, connection.user_tags if connection else ()), *kept, TAG_MANAGED]


# ---- secrets


@dataclass(frozen=True)
class _Secrets:
    """What the plan does about secrets: send them, remember them in the tag, write the tag anew."""

    send: bool = False
    remember: bool = False
    retag: bool = False
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: str = ""


def _has_memory(definition: Definition) -> bool:
    return bool(definition.kept_to_itself) and bool(definition.secrets_version or definition.fingerprint_key)


def _memory_warning(definition: Definition) -> tuple[str, ...]:
    if definition.kept_to_itself and definition.update_secrets == "on_change" and not _has_memory(definition):
        return (WITHOUT_MEMORY,)
    return ()


def _wanted_fingerprint(definition: Definition, tenant_id: str, space_id: str, name: str) -> Fingerprint | None:
    if not _has_memory(definition):
        return None
    if definition.secrets_version:
        return Fingerprint("version", "", definition.secrets_version)
    return fingerprint(definition.fingerprint_key, tenant_id=tenant_id, space_id=space_id, name=name, secrets=definition.kept_to_itself)


def _decide_secrets(match: Match, drift: t.Mapping[str, tuple[t.Any, t.Any]]) -> _Secrets:
    definition = match.target.definition
    connection = t.cast(Connection, match.connection)
    kept = definition.kept_to_itself
    demanded = "" if connection.separate_credentials else _demand(definition, drift)
    if not kept:
        if demanded and not _is_anonymous(definition, connection):
            return _Secrets(
                problem=f"{demanded}, but the definition declares no secrets. Declare the credentials of this connection in secrets."
            )
        return _Secrets()

    warnings = _memory_warning(definition)
    why, retag = _why_send(match) if definition.update_secrets == "on_change" and _has_memory(definition) else ("", False)
    if definition.update_secrets == "always":
        why = "update_secrets is always"
    elif not why:
        why = demanded or _changed_user(drift) or _changed_encrypted_list(drift)
    if not why:
        return _Secrets(retag=retag, remember=retag, warnings=warnings)
    names = ", ".join(sorted(definition.secrets) or sorted(kept))
    current = read_fingerprint(connection.tags)
    wanted = _place_fingerprint(match)
    return _Secrets(
        send=True,
        remember=_has_memory(definition),
        retag=_has_memory(definition) and current != wanted,
        changes=(f"secrets ({names}): send, because {why}",),
        warnings=() if definition.update_secrets == "always" else warnings,
    )


def _place_fingerprint(match: Match) -> Fingerprint | None:
    """The fingerprint that the connection is to have, at the place where it will be; none can match a planned space."""
    target, connection = match.target, t.cast(Connection, match.connection)
    space = target.space
    if space is not None and space.planned:
        return None
    space_id = space.id if space is not None else connection.space_id
    return _wanted_fingerprint(target.definition, connection.tenant_id, space_id, target.definition.name or connection.name)


def _why_send(match: Match) -> tuple[str, bool]:
    """Why on_change sends the secrets (empty: it doesn't), and whether the kept fingerprint must be written anew."""
    definition = match.target.definition
    connection = t.cast(Connection, match.connection)
    current, wanted = read_fingerprint(connection.tags), _place_fingerprint(match)
    if current is not None and current == wanted:
        return "", False
    moved = match.relocated or wanted is None or bool(definition.id)
    if current is not None and moved:
        here = _wanted_fingerprint(definition, connection.tenant_id, connection.space_id, connection.name)
        if current == here:
            return "", True
    if current is None and not connection.is_managed:
        return "nobody can know which ones an adopted connection holds (once)", True
    if current is None:
        return "no fingerprint of those sent last is kept yet", True
    if definition.secrets_version:
        if current.kind == "version":
            return f"secrets_version changed from '{current.value}' to '{definition.secrets_version}'", True
        return "they are now told apart by secrets_version (once)", True
    if current.kind == "version":
        return "they are now told apart by a fingerprint (once)", True
    if wanted is not None and current.key_id != wanted.key_id:
        return "the kept fingerprint was made with another key", True
    return "they differ from those sent last, or the connection was renamed or moved by hand since", True


def _demand(definition: Definition, drift: t.Mapping[str, tuple[t.Any, t.Any]]) -> str:
    if definition.statement and drift:
        return "Qlik demands the credentials when the connect statement changes"
    hosts = [name for name in drift if name in HOST_NAMES]
    return f"Qlik demands the credentials when {hosts[0]} changes" if hosts else ""


def _is_anonymous(definition: Definition, connection: Connection) -> bool:
    """A REST connection without sign-in has no credentials that Qlik could demand."""
    declared = _declared(definition)
    held = connection.properties or {}
    return str(declared.get("authSchema", held.get("authSchema", ""))).lower() == "anonymous"


def _changed_user(drift: t.Mapping[str, t.Any]) -> str:
    names = [name for name in drift if name.lower() in CREDENTIAL_NAMES]
    return f"they belong to {names[0]}, which changes" if names else ""


def _changed_encrypted_list(drift: t.Mapping[str, tuple[t.Any, t.Any]]) -> str:
    names = [name for name, (_now, value) in drift.items() if has_encrypted_items(value)]
    return f"{names[0]} changes, which is sent as a whole" if names else ""


def _credentials_to_send(definition: Definition, connection: Connection) -> dict[str, t.Any]:
    """The secrets, the lists with encrypted items, and a user name that the connection doesn't show."""
    shown = connection.properties or {}
    users = {name: value for name, value in definition.properties.items() if name.lower() in CREDENTIAL_NAMES and name not in shown}
    lists = {name: value for name, value in definition.properties.items() if has_encrypted_items(value)}
    return {**users, **lists, **definition.secrets}


# ---- requests


def create_body(action: Action, space: Space, tenant_id: str) -> dict[str, t.Any]:
    """The body of the one POST that makes a connection, tags and secrets included."""
    definition = action.target.definition
    source_id = action.source.id if action.source else definition.data_source
    body: dict[str, t.Any] = {"datasourceID": source_id, "qName": definition.name, "tags": tags_after(action, space, tenant_id)}
    if space.id:
        body["space"] = space.id
    if not definition.statement:
        return {**body, "connectionProperties": definition.sendable()}
    provider = action.source.provider if action.source else ""
    body["qType"] = provider or parse_connect_statement(definition.statement).provider
    body["qConnectStatement"] = definition.statement
    username = _first(definition.secrets, "qUsername", "username")
    password = _first(definition.secrets, "qPassword", "password")
    if username:
        body["qUsername"] = username
    if password:
        body["qPassword"] = password
    return body


def patch_operations(action: Action, space: Space, tenant_id: str) -> list[dict[str, t.Any]]:
    """The bare array of operations that brings a connection to the plan's state in one PATCH.

    A move to the personal space isn't among them: Qlik has no PATCH for it.
    """
    delta = action.delta
    operations: list[dict[str, t.Any]] = []
    if delta.name:
        operations.append(_operation("replace", "/qName", delta.name))
    if delta.space is not None and space.id:
        operations.append(_operation("add", "/space", space.id))
    if delta.statement:
        operations.append(_operation("replace", "/qConnectStatement", delta.statement))
    if delta.username:
        operations.append(_operation("add", "/qUsername", delta.username))
    if delta.password:
        operations.append(_operation("add", "/qPassword", delta.password))
    operations += [_operation("add", f"/connectionProperties/{_pointer(name)}", value) for name, value in delta.properties.items()]
    if delta.tags:
        operations.append(_operation("add", "/tags", tags_after(action, space, tenant_id)))
    return operations


def _operation(op: str, path: str, value: t.Any) -> dict[str, t.Any]:
    return {"op": op, "path": path, "value": value}


def _pointer(name: str) -> str:
    """A JSON pointer's member (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


# ---- the plan as a whole


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
