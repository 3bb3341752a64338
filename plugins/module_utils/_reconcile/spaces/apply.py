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
    return _Changes(session, action, space).carry_out()


class _Changes:
    """What is to be changed about a space. Whatever fails, all is tried by which nobody may be locked out.

    The caller may be an owner who gives the space away, or become one: so members gain first, and lose last. Who owns
    the space until then can't be made a member before.
    """

    def __init__(self, session: TenantSession, action: SpaceAction, space: Space) -> None:
        changes = () if action.members is None else action.members.changes
        self._session = session
        self._space = space
        self._patch = dict(action.patch)
        self._of_owner = [one for one in changes if one.member.assignee_id == space.owner_id]
        self._members = MemberSteps(session, space.id, [one for one in changes if one not in self._of_owner])
        self._failures: list[str] = []

    def carry_out(self) -> Space:
        """The space as it is then. Raises ChangedPartlyError."""
        self._members.gain()
        if self._members.is_right_in_doubt and self._patch.pop("ownerId", ""):
            self._keep_owner("owner")
        if self._patch:
            self._change_space()
        former_owner = MemberSteps(self._session, self._space.id, self._of_owner)
        former_owner.gain()
        self._members.lose()
        failures = [*self._members.failures, *self._failures, *former_owner.failures]
        if failures:
            raise ChangedPartlyError(failures, self._space)
        return self._space

    def _change_space(self) -> None:
        try:
            Spaces(self._session).patch(self._space.id, self._patch)
        except QlikError as error:
            self._failures.append(str(error))
            if "ownerId" in self._patch:
                self._members.is_right_in_doubt = True
                self._keep_owner()
            return
        self._space = patched(self._space, self._patch)

    def _keep_owner(self, *not_done: str) -> None:
        """The owner stays, and so isn't made a member."""
        left = (*not_done, *(one.text for one in self._of_owner))
        self._failures += [f"{change}: {KEPT}" for change in left]
        self._of_owner = []


def _delete(spaces: Spaces, space: Space) -> None:
    try:
        spaces.delete(space.id)
    except NotEmptyError as error:
        raise QlikError(f"{error} Remove what it holds first; a space is only deleted when it is empty.") from None
