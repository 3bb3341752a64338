# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The assignments of a space: who its members are.

Source: qlik.dev, "Spaces": one assignment for each member; a second one for the same is answered with 409. A change
gives the complete list of roles.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._api.pages import all_items
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_RESOURCE = "spaces"
_KIND = "assignments"


class Assignments:
    """The members of one space."""

    def __init__(self, session: TenantSession, space_id: str) -> None:
        self._session = session
        self._space_id = space_id
        self._path = f"{_RESOURCE}/{quote(space_id, safe='')}/assignments"

    def all(self) -> list[Member]:
        items = all_items(self._session, self._path, {}, _KIND)
        return list({member.id: member for member in map(self._member, items)}.values())

    def of(self, assignee_id: str) -> Member | None:
        """The member of this id as it is now; None when it is none."""
        items = all_items(self._session, self._path, {"assigneeId": assignee_id}, _KIND)
        for member in map(self._member, items):
            if member.assignee_id == assignee_id:
                return member
        return None

    def add(self, member: Member) -> None:
        """Give somebody who has none roles. Raises AnswerError when the answer is about somebody else."""
        body = {"type": member.kind, "assigneeId": member.assignee_id, "roles": list(member.roles)}
        made = self._member(self._session.write("POST", self._path, body, repeatable=False))
        if made.assignee_id != member.assignee_id:
            raise AnswerError(f"{self._session.tenant}: POST {self._path} answered with another member.")

    def change(self, member_id: str, roles: t.Sequence[str]) -> None:
        """Give a member exactly these roles."""
        path = f"{self._path}/{quote(member_id, safe='')}"
        self._session.write("PUT", path, {"roles": list(roles)}, repeatable=True)

    def remove(self, member_id: str) -> None:
        """Take a member's roles away. Raises NotFoundError when there is no such assignment any more."""
        self._session.write("DELETE", f"{self._path}/{quote(member_id, safe='')}", repeatable=True)

    def _member(self, answer: t.Any) -> Member:
        """Raises AnswerError for what isn't about a member of this space: who isn't shown here may not be removed."""
        if not isinstance(answer, dict) or not _is_id(answer.get("id")) or not _is_id(answer.get("assigneeId")):
            raise AnswerError(
                f"{self._session.tenant}: an answer about a member of a space holds no id.", transient=True
            )
        if answer.get("spaceId") not in (None, "", self._space_id):
            raise AnswerError(
                f"{self._session.tenant}: {self._path} was answered with a member of another space.", transient=True
            )
        return Member.from_api(answer)


def _is_id(value: t.Any) -> bool:
    return isinstance(value, str) and bool(value)
