# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A space as declared. Pure.

Source: qlik.dev, "Spaces": names are at most 256 characters without C(" * ? < > / | \\ :).
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import MembersMode, SharedSpaceType, State
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.member import MemberDefinition, check_members

_FORBIDDEN = '"*?<>/|\\:'
_LONGEST_NAME = 256


class SpaceDefinition(t.NamedTuple):
    """A space as declared; C(type) is empty and C(description), C(owner) (a user's id or e-mail) and C(members) are
    None when left out.

    C(members_mode): whether members that aren't named are left alone (merge), or removed (exact), no more than
    C(max_member_removals).
    """

    name: str
    type: SharedSpaceType | t.Literal[""] = ""
    description: str | None = None
    owner: str | None = None
    state: State = "present"
    members: tuple[MemberDefinition, ...] | None = None
    members_mode: MembersMode = "merge"
    max_member_removals: int = 10

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any]) -> SpaceDefinition:
        return cls(
            name=options["name"],
            type=options.get("type") or "",
            description=options.get("description"),
            owner=options.get("owner") or None,
            state=options.get("state") or "present",
            members=_members(options.get("members")),
            members_mode=options.get("members_mode") or "merge",
            max_member_removals=_number(options.get("max_member_removals"), 10),
        )

    @property
    def declares_members(self) -> bool:
        """Whether anything is said of who the members are."""
        if self.members is None or self.state != "present":
            return False
        return bool(self.members) or self.members_mode == "exact"

    @property
    def type_if_new(self) -> SharedSpaceType:
        """The type that a space of this name is made with."""
        return self.type or "shared"


def check_space(definition: SpaceDefinition) -> str:
    """What is wrong with a definition whatever the tenant holds: a sentence, or nothing."""
    name = definition.name
    if not name.strip() or len(name) > _LONGEST_NAME or not set(name).isdisjoint(_FORBIDDEN):
        return f"a space's name must be 1 to {_LONGEST_NAME} characters long, without any of: {' '.join(_FORBIDDEN)}"
    if definition.members_mode == "exact" and definition.members is None:
        return "members_mode: exact needs members: name those who are to stay, or an empty list if nobody is."
    if definition.max_member_removals < 0:
        return "max_member_removals must be 0 or more."
    return " ".join(check_members(definition.members or ()))


def _members(options: t.Sequence[t.Mapping[str, t.Any]] | None) -> tuple[MemberDefinition, ...] | None:
    if options is None:
        return None
    return tuple(MemberDefinition.from_options(one, position) for position, one in enumerate(options, 1))


def _number(value: t.Any, default: int) -> int:
    return default if value is None else int(value)
