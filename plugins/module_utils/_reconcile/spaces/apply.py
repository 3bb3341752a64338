# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what is to be done about spaces."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import NotEmptyError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.create_once import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.apply import (
    KEPT,
    MembersError,
    apply_members,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction, patched
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class ChangedPartlyError(QlikError):
    """A space is there, as C(space) says, and not all that was to be changed about it could be."""

    def __init__(self, failures: t.Iterable[str], space: Space) -> None:
        self.space = space
        super().__init__(" ".join(failures))


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
    if space is None:
        return None
    return _changed(session, action, space)


def _changed(session: TenantSession, action: SpaceAction, space: Space) -> Space:
    """The space once its members and it itself are changed. Whatever fails, all is tried.

    Members come first, since the caller may be an owner who gives the space away; but who owns it until then can't be
    made one before. Where somebody didn't get the right to change members, the space isn't given away: the caller may
    need that one's. An owner who stays isn't made a member.
    """
    changes = () if action.members is None else action.members.changes
    of_owner = [one for one in changes if one.member.assignee_id == space.owner_id]
    patch = dict(action.patch)
    failures: list[str] = []
    try:
        apply_members(session, space.id, [one for one in changes if one not in of_owner])
    except MembersError as error:
        failures.append(str(error))
        if error.lacks_manager and patch.pop("ownerId", ""):
            failures += [f"{change}: {KEPT}" for change in ("owner", *(one.text for one in of_owner))]
            of_owner = []
    try:
        if patch:
            Spaces(session).patch(space.id, patch)
            space = patched(space, patch)
        apply_members(session, space.id, of_owner)
    except QlikError as error:
        failures.append(str(error))
    if failures:
        raise ChangedPartlyError(failures, space)
    return space


def _delete(spaces: Spaces, space: Space) -> None:
    try:
        spaces.delete(space.id)
    except NotEmptyError as error:
        raise QlikError(f"{error} Remove what it holds first; a space is only deleted when it is empty.") from None
