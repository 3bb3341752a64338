# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what is to be done about spaces."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import NotEmptyError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.create_once import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction, patched
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def apply_space(session: TenantSession, action: SpaceAction) -> Space | None:
    """Carry out one action; the space as it is afterwards, or None when it is gone. Raises QlikError."""
    spaces = Spaces(session)
    definition, space = action.definition, action.space
    if action.kind == "delete" and space is not None:
        _delete(spaces, space)
        return None
    if action.kind == "create":
        space = create_once(
            session,
            lambda: spaces.create(definition.name, definition.type_if_new, definition.description or ""),
            lambda: spaces.find(definition.name),
        )
    if space is not None and action.patch:
        spaces.patch(space.id, action.patch)
        space = patched(space, action.patch)
    return space


def _delete(spaces: Spaces, space: Space) -> None:
    try:
        spaces.delete(space.id)
    except NotEmptyError as error:
        raise QlikError(f"{error} Remove what it holds first; a space is only deleted when it is empty.") from None
