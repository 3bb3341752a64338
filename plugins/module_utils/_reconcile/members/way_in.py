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
    caller: User, space: Space, owner_after: str, before: t.Iterable[Member], after: t.Iterable[Member]
) -> bool:
    """Whether the caller may change members before, and not after."""
    if owner_after == caller.id or _administers(caller, space.type):
        return False
    was_owner = space.owner_id == caller.id
    earlier = {member.assignee_id for member in before if MANAGING_ROLE in member.roles}
    later = {member.assignee_id for member in after if MANAGING_ROLE in member.roles}
    # An owner can't be made a member, and once the space is somebody else's may not any more.
    if caller.id in later and (caller.id in earlier or not was_owner):
        return False
    if caller.groups is None:
        # Nobody knows by which group the caller came: none may be taken away.
        return caller.id in earlier or was_owner or bool(earlier - later)
    if not caller.groups.isdisjoint(later):
        return False
    return was_owner or not {caller.id, *caller.groups}.isdisjoint(earlier)


def _administers(caller: User, space_type: str) -> bool:
    return any(space_type in ADMIN_ROLES.get(role, ()) for role in caller.roles)
