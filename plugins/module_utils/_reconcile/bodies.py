# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies of the requests that carry out a plan. Pure.

Sources: qlik.dev, changelogs 157 (what PATCH may change) and 134 (its body is a bare array), and the create guide. C(add) is used
where a member may be absent: by RFC 6902 it is right in both cases.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import (
    TAG_REATTACH,
    TAG_REPLACES,
    Connection,
    is_reserved_tag,
    successor_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secrets import TAG_MANAGED, TAG_SECRETS, TAG_USER, user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.match import Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.plan import Action, first, user_tags
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.secret_policy import wanted_fingerprint


def tags_after(action: Action, space: Space, tenant_id: str) -> list[str]:
    """All tags of a connection once the action is done: Qlik's own, the user's, this collection's."""
    definition, connection = action.target.definition, action.connection
    held = connection.tags if connection else ()
    if action.kind == "replace" and not (connection and connection.succeeds):
        # What Qlik and this collection noted of the old connection isn't true of the new one.
        held = action.successor.tags if action.successor else ()
    kept = [tag for tag in held if is_reserved_tag(tag) and tag != TAG_MANAGED and not tag.startswith((TAG_REPLACES, TAG_REATTACH))]
    memory = wanted_fingerprint(definition, tenant_id, space.id, action.name) if action.remembers else None
    if memory is not None:
        kept = [tag for tag in kept if not tag.startswith(TAG_SECRETS)] + [memory.tag()]
    if action.gives_away:  # the new owner has none of the credentials that a fingerprint speaks of
        kept = [tag for tag in kept if not tag.startswith(TAG_SECRETS)]
    if action.knows_users:
        kept = [tag for tag in kept if not tag.startswith(TAG_USER)] + [user_tag(tenant_id, definition.users)]
    return [*user_tags(definition, connection.user_tags if connection else ()), *kept, TAG_MANAGED]


def successor_body(action: Action, space: Space, tenant_id: str) -> dict[str, t.Any]:
    """The body of the POST that makes a replacement, under a name of its own until its predecessor is gone."""
    connection = t.cast(Connection, action.connection)
    body = create_body(action, space, tenant_id)
    body["qName"] = successor_name(action.name, body["datasourceID"])
    body["tags"] = [*body["tags"], TAG_REPLACES + connection.id]
    if connection.separate_credentials and "connectionProperties" in body:
        body["connectionProperties"] = {
            **{name: value for name, value in body["connectionProperties"].items() if name not in action.target.definition.secrets},
            "separateCredentials": "true",
            "selectedCredentials": connection.credentials_id,
        }
    return body


def succession_operations(action: Action, space: Space, tenant_id: str) -> list[dict[str, t.Any]]:
    """The PATCH by which a replacement takes over the name of its predecessor."""
    # It holds what it was created with, and its tags say so: a run that only finishes it must not claim newer secrets.
    finishing = replace(action, remembers=False, knows_users=False)
    return [_operation("replace", "/qName", action.name), _operation("add", "/tags", tags_after(finishing, space, tenant_id))]


def create_body(action: Action, space: Space, tenant_id: str) -> dict[str, t.Any]:
    """The body of the one POST that makes a connection, tags and secrets included."""
    definition = action.target.definition
    source_id = action.source.id if action.source else definition.data_source
    body: dict[str, t.Any] = {"datasourceID": source_id, "qName": action.name, "tags": tags_after(action, space, tenant_id)}
    if space.id:
        body["space"] = space.id
    if not definition.statement:
        return {
            **body,
            "connectionProperties": {**definition.sendable(with_code=action.code_property), **_credential_properties(action.target)},
        }
    provider = action.source.provider if action.source else ""
    body["qType"] = provider or parse_connect_statement(definition.statement).provider
    body["qConnectStatement"] = definition.statement
    username = first(definition.secrets, "qUsername", "username")
    password = first(definition.secrets, "qPassword", "password")
    if username:
        body["qUsername"] = username
    if password:
        body["qPassword"] = password
    return body


def _credential_properties(target: Target) -> dict[str, str]:
    """What says that each user brings credentials of their own, and which the caller's are: existing ones, or new ones by name."""
    definition = target.definition
    if not definition.separate_credentials:
        return {}
    properties = {"separateCredentials": "true"}
    if target.credentials_id:
        properties["selectedCredentials"] = target.credentials_id
    elif definition.credentials:
        properties["credentialsName"] = definition.credentials
    return properties


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
    if delta.attach and not delta.reattach:
        operations.append(_operation("add", "/qCredentialsID", delta.attach))
    pending = [TAG_REATTACH + delta.attach] if delta.reattach else []
    if delta.tags or pending:
        operations.append(_operation("add", "/tags", [*tags_after(action, space, tenant_id), *pending]))
    return operations


def reattach_operations(action: Action, space: Space, tenant_id: str) -> list[dict[str, t.Any]]:
    """The PATCH that attaches the separate credentials again, which Qlik detached because the host changed (changelog 236)."""
    return [
        _operation("add", "/qCredentialsID", action.delta.attach),
        _operation("add", "/tags", tags_after(action, space, tenant_id)),
    ]


def _operation(op: str, path: str, value: t.Any) -> dict[str, t.Any]:
    return {"op": op, "path": path, "value": value}


def _pointer(name: str) -> str:
    """A JSON pointer's member (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
