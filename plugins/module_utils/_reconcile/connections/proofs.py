# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that worked before a rotation sent new secrets: noted in the tag that tells of the rotation. Pure.

Once the new secrets are there nobody can find that out any more, and a run may be cut off.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import with_proven_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_ROTATING
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action


def is_proven(action: Action, statement: str) -> bool:
    """Whether a rotation that was cut off noted of a connection that this statement worked beforehand."""
    if action.connection is None or not action.notes:
        return False
    noted = [tag for tag in action.connection.tags if tag.startswith(TAG_ROTATING)]
    return _noting(action.notes, action, statement) == tuple(noted)


def with_proofs(actions: t.Sequence[Action], statements: t.Mapping[str, str]) -> list[Action]:
    """The actions of a rotation, which note the statements that worked beforehand, by the ids of connections."""
    rotating = {action.connection.id: action for action in actions if action.connection is not None}

    def noting(tags: t.Iterable[str], connection: Connection | None) -> tuple[str, ...]:
        if connection is None or connection.id not in statements:
            return tuple(tags)
        return _noting(tags, rotating[connection.id], statements[connection.id])

    # One whose fingerprint goes first carries its own note from then on.
    return [
        replace(
            action,
            notes=noting(action.notes, action.connection),
            disclaims=tuple(replace(one, tags=noting(one.tags, one)) for one in action.disclaims),
        )
        for action in actions
    ]


def _noting(tags: t.Iterable[str], action: Action, statement: str) -> tuple[str, ...]:
    key = action.target.definition.fingerprint_key
    return tuple(with_proven_statement(tag, key, statement) for tag in tags)
