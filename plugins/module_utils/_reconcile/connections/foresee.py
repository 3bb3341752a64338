# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection will be once its action is done. Pure."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import tags_after


def foreseen(action: Action, space: Space | None, tenant_id: str) -> Connection | None:
    """The connection as it will be: what check mode returns, so that later tasks can go on with it."""
    if action.kind == "delete":
        return None
    definition = action.target.definition
    if not action.writes:
        return action.connection
    space = space or Space(id=action.connection.space_id if action.connection else "", name="")
    tags = tuple(tags_after(action, space, tenant_id))
    if action.connection is None or action.builds:
        return Connection(
            id="",
            name=action.name,
            data_source=action.source.id if action.source else definition.data_source,
            type=action.source.provider if action.source else "",
            properties=dict(definition.properties),
            statement=definition.statement,
            space_id=space.id,
            tenant_id=tenant_id,
            tags=tags,
        )
    return replace(
        action.connection,
        name=action.name,
        space_id=space.id,
        owner_id=action.delta.owner_id or action.connection.owner_id,
        tags=tags if action.delta.tags else action.connection.tags,
        properties={
            **(action.connection.properties or {}),
            **{n: v for n, v in action.delta.properties.items() if n not in definition.secrets},
        },
        statement=action.delta.statement or action.connection.statement,
    )
