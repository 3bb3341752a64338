# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which memberships of the run's spaces its guard lets come about, and which it lets be changed again."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member

Look = t.Callable[[str], t.Any]


class Membership:
    """Decides about writes to the members of a space that is known to be the run's own.

    C(named) are who may become members at this moment. C(look) reads what stands at a path, or gives None.
    """

    def __init__(self, caller_id: str, look: Look) -> None:
        self.named: set[str] = set()
        self._caller_id = caller_id
        self._look = look
        self._made: set[str] = set()

    def note(self, answer: t.Any) -> None:
        """Remember a membership of which a creation's answer tells. It is looked at before it is changed."""
        identifier = member(answer, "id")
        if isinstance(identifier, str):
            self._made.add(identifier)

    def problem(self, method: str, parts: tuple[str, ...], body: t.Any) -> str:
        """Why a write may not leave; empty if it may."""
        if method == "POST" and len(parts) == 3 and member(body, "assigneeId") in self.named:
            return ""
        is_known = method == "DELETE" or (method == "PUT" and set(body or ()) == {"roles"})
        if len(parts) != 4 or not is_known or parts[3] not in self._made:
            return "nobody named that member"
        assignee = member(self._look("/".join(parts)), "assigneeId")
        if not assignee:
            return "whose membership that is isn't shown"
        if assignee == self._caller_id:
            return "it is the caller's own way into the space"
        return ""
