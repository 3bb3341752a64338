# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of spaces as they can be declared elsewhere: by what other tenants know them by, too."""

from __future__ import annotations

import typing as t
from collections import Counter
from itertools import chain

from ansible_collections.qlikops.cloud.plugins.module_utils._api.assignments import Assignments
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import address_key
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.people import People
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.rights import may_not_read
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

PARALLEL = 8
_PORTABLE = ("user", "group")


class ExportedMembers:
    """The members of some spaces; C(warnings) say who couldn't be written down, or why nobody could."""

    def __init__(self, session: TenantSession, spaces: t.Sequence[Space]) -> None:
        self.warnings: list[str] = []
        self._tenant = session.tenant
        self._people = People(session)
        self._held: dict[str, list[Member]] = {}
        found = in_parallel(lambda space: self._members_of(session, space), spaces, PARALLEL)
        for space, members in zip(spaces, found):
            self._held[space.id] = members
        self._people.name([member for member in chain.from_iterable(found) if member.kind != "bot"])
        self._names = self._people.portable_names

    def of(self, space: Space) -> list[Result]:
        """The members of one space, as a definition has them, users first."""
        held = self._held.get(space.id, ())
        times = Counter(map(self._key, held))
        declared = []
        for member in held:
            reason = self._why_left_out(member, times[self._key(member)])
            if reason:
                roles = one_line(", ".join(member.roles))
                self.warnings.append(
                    f"{self._tenant}: space '{one_line(space.name)}': {one_line(member.kind)}"
                    f" {one_line(member.assignee_id)} ({roles}) is left out of its members: {reason}."
                )
                continue
            name = self._names[member.assignee_id]
            declared.append((member.kind == "group", name, {member.kind: name, "roles": list(member.roles)}))
        return [one for _is_group, _name, one in sorted(declared, key=lambda one: one[:2])]

    def _key(self, member: Member) -> tuple[str, str]:
        """By what a definition tells a member from others."""
        name = self._names.get(member.assignee_id, "")
        return member.kind, name if member.kind == "group" else address_key(name)

    def _why_left_out(self, member: Member, times: int) -> str:
        """Why nothing is written down of a member; empty when it is. C(times): how many members are called as it is."""
        if not self._names.get(member.assignee_id) or member.kind not in _PORTABLE:
            return "other tenants know nobody by this id"
        if times > 1:
            return f"{times} of its members are called '{one_line(self._names[member.assignee_id])}'"
        return "" if member.roles else "it holds no role"

    def _members_of(self, session: TenantSession, space: Space) -> list[Member]:
        try:
            return Assignments(session, space.id).all()
        except ForbiddenError as error:
            self.warnings.append(f"{self._tenant}: space '{one_line(space.name)}': {may_not_read(error)}")
            return []
