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
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.apply import KEPT, MemberSteps
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
    """The space once its members and it itself are changed. Whatever fails, all is tried by which nobody may be locked
    out.

    The caller may be an owner who gives the space away, or become one: so members gain first, and lose last. Who owns
    the space until then can't be made a member before.
    """
    changes = () if action.members is None else action.members.changes
    of_owner = [one for one in changes if one.member.assignee_id == space.owner_id]
    members = MemberSteps(session, space.id, [one for one in changes if one not in of_owner])
    members.gain()
    patch, failures = dict(action.patch), []
    if members.is_right_in_doubt and patch.pop("ownerId", ""):
        failures += _kept(("owner", *(one.text for one in of_owner)))
        of_owner = []
    try:
        if patch:
            Spaces(session).patch(space.id, patch)
            space = patched(space, patch)
    except QlikError as error:
        failures += [str(error), *_kept(one.text for one in of_owner)]
        of_owner = []
        members.is_right_in_doubt = members.is_right_in_doubt or "ownerId" in patch
    former_owner = MemberSteps(session, space.id, of_owner)
    former_owner.gain()
    members.lose()
    failures = [*members.failures, *failures, *former_owner.failures]
    if failures:
        raise ChangedPartlyError(failures, space)
    return space


def _kept(changes: t.Iterable[str]) -> list[str]:
    return [f"{change}: {KEPT}" for change in changes]


def _delete(spaces: Spaces, space: Space) -> None:
    try:
        spaces.delete(space.id)
    except NotEmptyError as error:
        raise QlikError(f"{error} Remove what it holds first; a space is only deleted when it is empty.") from None
