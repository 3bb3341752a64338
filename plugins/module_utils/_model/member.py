# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of spaces: who may use what is in a space, and the roles that say how.

Source: qlik.dev, "Spaces", assignments: one for each user, group or bot of a space, with at least one role. The owner
has none, and holds every role that can be assigned.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at

MemberKind = t.Literal["user", "group", "bot"]
KINDS: tuple[MemberKind, ...] = ("user", "group", "bot")

# What a space of each type takes, where Qlik wasn't asked.
ROLES_BY_TYPE: t.Mapping[str, tuple[str, ...]] = {
    "shared": ("codeveloper", "consumer", "dataconsumer", "facilitator", "producer"),
    "managed": ("basicconsumer", "consumer", "contributor", "dataconsumer", "facilitator", "publisher"),
    "data": ("consumer", "dataconsumer", "datapreview", "facilitator", "operator", "producer", "publisher"),
}
# With one of these a member may change who the members are.
MANAGING_ROLE = "facilitator"
# Without one of these a member can't use the connections of the space.
USING_ROLES = frozenset(("codeveloper", "dataconsumer", "facilitator", "producer"))
# The roles in a tenant whose holders may change members everywhere in it, and in which types of spaces.
ADMIN_ROLES: t.Mapping[str, tuple[str, ...]] = {
    "TenantAdmin": ("shared", "managed", "data"),
    "AnalyticsAdmin": ("shared", "managed"),
    "DataAdmin": ("data",),
}


class Member(t.NamedTuple):
    """Somebody's roles in a space. C(id) is the assignment's, empty for one that is to be made.

    C(name) is what people call the member (an e-mail address, a group's name), empty where nobody asked.
    """

    kind: str
    assignee_id: str
    roles: tuple[str, ...]
    id: str = ""
    name: str = ""

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> Member:
        """Roles that this version doesn't know are kept as they are."""
        roles = [role for role in list_at(answer, "roles") or () if isinstance(role, str)]
        return cls(
            kind=str(answer.get("type") or "user"),
            assignee_id=str(answer["assigneeId"]),
            roles=in_order(roles),
            id=str(answer.get("id") or ""),
        )

    @property
    def called(self) -> str:
        return self.name or self.assignee_id


def in_order(roles: t.Iterable[str]) -> tuple[str, ...]:
    """Roles as they are compared and shown: each once, sorted."""
    return tuple(sorted(set(roles)))


def show_member(member: Member) -> dict[str, t.Any]:
    """A member as in a definition, with the id of the user, group or bot beside."""
    return {member.kind: member.called, "roles": list(member.roles), "id": member.assignee_id}


def can_use(members: t.Iterable[Member]) -> bool:
    """Whether one of these members may use the connections of their space."""
    return any(not USING_ROLES.isdisjoint(member.roles) for member in members)
