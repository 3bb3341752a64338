# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the caller could still change the members of a space once a plan is carried out. Pure.

Source: qlik.dev, "Spaces", and Qlik's help: the owner may, who has the role facilitator may, and administrators of the
tenant may.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import ADMIN_ROLES, MANAGING_ROLE, Member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User


def lost_way_in(
    caller: User,
    space: Space,
    owner_after: str,
    before: t.Iterable[Member],
    after: t.Iterable[Member],
    disabled: t.Container[str] = (),
) -> bool:
    """Whether the caller may change members before, and not after. C(disabled): groups that give nobody roles."""
    if owner_after == caller.id or administers(caller, space.type):
        return False
    was_owner = space.owner_id == caller.id
    earlier, later = _managers(before, disabled), _managers(after, disabled)
    if _enters_alone(caller, earlier, later, was_owner=was_owner):
        return False
    if caller.groups is None:
        # Nobody knows by which group the caller came: none may be taken away.
        return caller.id in earlier or was_owner or bool(earlier - later)
    if not caller.groups.isdisjoint(later):
        return False
    return was_owner or not earlier.isdisjoint({caller.id, *caller.groups})


def administers(caller: User, space_type: str) -> bool:
    """Whether the caller may change members everywhere in the tenant, in spaces of this type."""
    return any(space_type in ADMIN_ROLES.get(role, ()) for role in caller.roles)


def _managers(members: t.Iterable[Member], disabled: t.Container[str]) -> frozenset[str]:
    return frozenset(
        member.assignee_id
        for member in members
        if MANAGING_ROLE in member.roles and not (member.kind == "group" and member.assignee_id in disabled)
    )


def _enters_alone(caller: User, earlier: t.Container[str], later: t.Container[str], *, was_owner: bool) -> bool:
    """Whether the caller holds the role itself afterwards. An owner can't be made a member, and once the space is
    somebody else's may not any more.
    """
    return caller.id in later and (caller.id in earlier or not was_owner)
