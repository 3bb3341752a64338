# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection doesn't hold of its definition. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import differing
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secrets import user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.match import Match

# Property name -> (what the tenant shows, or None; what is declared).
Drift = t.Mapping[str, t.Tuple[t.Any, t.Any]]


def drifted_properties(match: Match, defaults: t.Mapping[str, t.Any] | None = None) -> dict[str, tuple[t.Any, t.Any]]:
    """The declared properties, or parts of the declared statement, that the connection doesn't hold."""
    connection, definition = match.connection, match.target.definition
    if connection is None or definition.state != "present" or (definition.only_secrets and definition.statement):
        return {}
    shown = connection.properties or {}
    drift = differing(declared_properties(definition), shown, defaults)
    if user_memory(match) == "stale":
        drift.update({name: (None, value) for name, value in definition.users.items() if name not in shown})
    return drift


def user_memory(match: Match) -> str:
    """What the connection's tag says of the declared user names: C(fresh), C(stale), C(missing); empty without any.

    It is missing on an adopted connection when they can't be sent without the secrets.
    """
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    wanted = user_tag(connection.tenant_id, definition.users)
    if not wanted:
        return ""
    if wanted in connection.tags:
        return "fresh"
    return "stale" if connection.is_managed or not definition.kept_to_itself else "missing"


def needs_a_look(match: Match) -> bool:
    """Whether the statement in the list disagrees with the definition, or can't be read, and so must be confirmed.

    A raw statement is compared with the statement itself: nothing else could be more exact.
    """
    connection, definition = match.connection, match.target.definition
    if connection is None or definition.state != "present" or definition.statement or not definition.properties:
        return False
    if connection.properties is None or drifted_properties(match):
        return True
    return any(name not in connection.properties for name in definition.users) and user_memory(match) != "fresh"


def declared_properties(definition: Definition) -> t.Mapping[str, t.Any]:
    if definition.statement:
        return parse_connect_statement(definition.statement).properties
    return definition.properties
