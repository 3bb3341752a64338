# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies of the requests that carry out a plan. Pure.

Sources: qlik.dev, changelogs 157 (what PATCH may change) and 134 (its body is a bare array), and the create guide.
C(add) is used where a member may be absent: by RFC 6902 it is right in both cases.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_MEMBER,
    ATTACHED_PROPERTY,
    NEW_CREDENTIALS_MEMBER,
    NEW_CREDENTIALS_PROPERTY,
    SEPARATE_MEMBER,
    SEPARATE_PROPERTY,
    statement_sign_in,
    without_encrypted_values,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    TAG_EXPIRES,
    TAG_REATTACH,
    TAG_REPLACES,
    TAG_SECRETS,
    TAG_SENT,
    TAG_USER,
    without_kinds,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import (
    Action,
    Delta,
    PlacedAction,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import (
    memory_tag,
    tags_after,
    with_expiry,
    with_sending,
    without_claims,
)

_CREDENTIALS = f"/{ATTACHED_MEMBER}"


def successor_body(placed: PlacedAction, predecessor: Connection) -> dict[str, t.Any]:
    """The body of the POST that makes a replacement, under a name of its own until its predecessor is gone."""
    body = replacement_body(placed, predecessor)
    body["qName"] = placed.action.temporary_name
    body["tags"] = [*body["tags"], TAG_REPLACES + predecessor.id]
    return body


def replacement_body(placed: PlacedAction, replaced: Connection) -> dict[str, t.Any]:
    """The body of the POST that makes a connection instead of another, under its final name."""
    body = create_body(placed)
    definition = placed.action.target.definition
    if not replaced.separate_credentials or definition.separate_credentials is False:
        return body
    kept = replaced.credentials_id or replaced.detached_credentials_id
    if definition.credentials or definition.write_only:
        kept = ""
    properties = body.get("connectionProperties")
    if properties is None:
        return {**body, SEPARATE_MEMBER: True, **({ATTACHED_MEMBER: kept} if kept else {})}
    properties[SEPARATE_PROPERTY] = "true"
    if kept:
        properties[ATTACHED_PROPERTY] = kept
    return body


def succession_operations(name: str, tags: t.Iterable[str]) -> list[dict[str, t.Any]]:
    """The PATCH by which a replacement takes over the name of its predecessor; C(tags) are those that it has now."""
    kept = [tag for tag in tags if not tag.startswith(TAG_REPLACES)]
    return [_operation("replace", "/qName", name), _operation("add", "/tags", kept)]


def create_body(placed: PlacedAction) -> dict[str, t.Any]:
    """The body of the one POST that makes a connection, tags and secrets included."""
    action, definition = placed.action, placed.action.target.definition
    early = placed
    if action.fills:  # no tag says that secrets were sent before they were
        early = placed.but(remembers=False, knows_users=False, sends=False)
    body: dict[str, t.Any] = {
        "datasourceID": action.data_source,
        "qName": action.name,
        "tags": tags_after(early),
    }
    if placed.space.id:
        body["space"] = placed.space.id
    if definition.statement:
        return {**body, **_statement_members(action)}
    properties = definition.sendable(with_code=action.code_property)
    if action.target.credentials_id:  # those that are attached have secrets of their own
        plain = {name: value for name, value in properties.items() if name not in definition.secrets}
        properties = without_encrypted_values(plain)
    return {**body, "connectionProperties": {**properties, **_credential_properties(action.target)}}


def _statement_members(action: Action) -> dict[str, t.Any]:
    """The members of a body that is made of a raw statement."""
    definition = action.target.definition
    members: dict[str, t.Any] = {
        "qType": action.source_type or parse_connect_statement(definition.statement).provider,
        "qConnectStatement": definition.statement,
    }
    username = statement_sign_in(definition.secrets, "username")
    password = statement_sign_in(definition.secrets, "password")
    if username:
        members["qUsername"] = username
    if password:
        members["qPassword"] = password
    if definition.separate_credentials:
        members[SEPARATE_MEMBER] = True
    if action.target.credentials_id:
        members[ATTACHED_MEMBER] = action.target.credentials_id
    elif definition.credentials:
        members[NEW_CREDENTIALS_MEMBER] = definition.credentials
    return members


def filling_operations(placed: PlacedAction, tags: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """The PATCH that sends secrets to the existing credentials of a new connection, which has C(tags); empty when none
    are sent.
    """
    action, definition = placed.action, placed.action.target.definition
    if not action.fills:
        return []
    after = filled_tags(placed, tags)
    sent = definition.credentials_sent or definition.user_names
    return _operations(Delta(properties=sent, tags=after != list(tags)), placed.space, after)


def filled_tags(placed: PlacedAction, tags: t.Sequence[str]) -> list[str]:
    """The tags of a new connection that had these, once secrets are sent to the credentials that it attaches, if they
    are.
    """
    action, definition = placed.action, placed.action.target.definition
    if not action.fills:
        return list(tags)
    # A run beside this one may have sent others meanwhile, which are overwritten now.
    after = without_kinds(tags, TAG_SECRETS, TAG_SENT, TAG_USER, TAG_EXPIRES)
    memory = memory_tag(placed)
    if memory:
        after.append(memory)
    if action.knows_users:
        after.append(user_tag(placed.tenant_id, definition.user_names))
    return with_sending(action, with_expiry(action, after))


def disclaiming_operations(connection: Connection) -> list[dict[str, t.Any]]:
    """The PATCH that takes a fingerprint away, because the credentials are about to get other secrets."""
    return [_operation("add", "/tags", list(without_claims(connection.tags)))]


def _credential_properties(target: Target) -> dict[str, str]:
    """What says that each user brings credentials of their own, and which the caller's are: existing ones, or new ones
    by name.
    """
    definition = target.definition
    if not definition.separate_credentials:
        return {}
    properties = {SEPARATE_PROPERTY: "true"}
    if target.credentials_id:
        properties[ATTACHED_PROPERTY] = target.credentials_id
    elif definition.credentials:
        properties[NEW_CREDENTIALS_PROPERTY] = definition.credentials
    return properties


def patches(placed: PlacedAction) -> list[list[dict[str, t.Any]]]:
    """The bodies of the PATCHes, in their order, that bring a connection to the plan's state: mostly one, or none.

    Separate credentials that Qlik detaches because the host changes are attached again by a second one (changelog 236).
    Secrets that came with the host, or with other credentials, may be lost with the detached ones: they are sent once
    more at the end, and no tag says before that they were sent, nor that those sent before are still there. Separate
    credentials which the connection gives up may be those of others too, and Qlik may put secrets into them that come
    along: so these go first, by themselves. Qlik takes no properties beside a statement, so that what they say of
    separate credentials comes after it. A move to the personal space isn't among these: Qlik has no PATCH for it.
    """
    action, delta, space = placed.action, placed.action.delta, placed.space
    last = _credential_part(action)
    before = placed.but(remembers=False, knows_users=False, sends=False, forgets=action.sends)
    early = before if last else placed
    main, main_tags = delta, tags_after(early)
    if delta.reattach:
        main, main_tags = replace(main, tags=True), [*main_tags, TAG_REATTACH + delta.attach]
    if delta.detaches or delta.separates_later:
        main = replace(main, separate=None, new_credentials="", attach="")
    bodies = [_dropping_operations(tags_after(before))] if delta.drops else []
    bodies.append(_operations(main, space, main_tags))
    if delta.reattach:
        bodies.append(_operations(Delta(attach=delta.attach, tags=True), space, tags_after(early)))
    elif delta.separates_later and delta.attach:
        bodies.append(_operations(Delta(separate=delta.separate, attach=delta.attach), space, ()))
    if last:
        bodies.append(_operations(last, space, tags_after(placed)))
    return [operations for operations in bodies if operations]


def _dropping_operations(tags: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """The PATCH that takes separate credentials away from a connection; they stay for the others that have them."""
    return [{"op": "remove", "path": _CREDENTIALS}, _operation("add", "/tags", list(tags))]


def drops_credentials(operations: t.Iterable[t.Mapping[str, t.Any]]) -> bool:
    """Whether a PATCH takes separate credentials away."""
    return any(one["op"] == "remove" and one["path"] == _CREDENTIALS for one in operations)


def _credential_part(action: Action) -> Delta:
    """What is to be sent once more, after credentials were detached or others attached; empty when that is nothing."""
    delta, definition = action.delta, action.target.definition
    if not (delta.detaches or delta.attach or delta.separates_later):
        return Delta()
    names = {*definition.write_only, *definition.user_names}
    properties = {name: value for name, value in delta.properties.items() if name in names}
    part = Delta(properties, delta.secrets, username=delta.username, password=delta.password)
    if delta.detaches or not delta.attach:
        part = replace(part, separate=delta.separate, new_credentials=delta.new_credentials)
    return replace(part, tags=delta.tags) if part else part


def _operations(delta: Delta, space: Space, tags: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """The body of one PATCH: a bare array."""
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
    for name, value in delta.sent.items():
        operations.append(_operation("add", f"/connectionProperties/{_pointer(name)}", value))
    if delta.attach:
        operations.append(_operation("add", _CREDENTIALS, delta.attach))
    if delta.tags:
        operations.append(_operation("add", "/tags", list(tags)))
    return operations


def _operation(op: str, path: str, value: t.Any) -> dict[str, t.Any]:
    return {"op": op, "path": path, "value": value}


def _pointer(name: str) -> str:
    """A JSON pointer's member (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
