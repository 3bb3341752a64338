# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of spaces as they can be declared elsewhere: by what other tenants know them by, too."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.assignments import Assignments
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.people import People
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.rights import may_not_read
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

PARALLEL = 8


class ExportedMembers:
    """The members of some spaces; C(warnings) say who couldn't be written down, or why nobody could."""

    def __init__(self, session: TenantSession, spaces: t.Sequence[Space]) -> None:
        self.warnings: list[str] = []
        self._tenant = session.tenant
        self._people = People(session)
        self._held: dict[str, list[Member]] = {}
        found = in_parallel(lambda space: self._read(session, space), spaces, PARALLEL)
        for space, members in zip(spaces, found):
            self._held[space.id] = members
        self._people.name([member for members in found for member in members if member.kind != "bot"])
        self._names = self._people.portable_names

    def of(self, space: Space) -> list[Result]:
        """The members of one space, as a definition has them, users first."""
        declared = []
        for member in self._held.get(space.id, ()):
            name = self._names.get(member.assignee_id, "")
            if name and member.kind != "bot":
                declared.append((member.kind == "group", name, {member.kind: name, "roles": list(member.roles)}))
            else:
                self.warnings.append(
                    f"{self._tenant}: space '{one_line(space.name)}': {member.kind} {one_line(member.assignee_id)}"
                    f" ({', '.join(member.roles)}) is left out of its members: other tenants know nobody by this id."
                )
        return [one for _is_group, _name, one in sorted(declared, key=lambda one: one[:2])]

    def _read(self, session: TenantSession, space: Space) -> list[Member]:
        try:
            return Assignments(session, space.id).all()
        except ForbiddenError as error:
            self.warnings.append(f"{self._tenant}: space '{one_line(space.name)}': {may_not_read(error)}")
            return []
