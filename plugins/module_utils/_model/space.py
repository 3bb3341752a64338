# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spaces: where connections live.

Source: the spaces API on qlik.dev. A personal space has no id of its own and no entry in the list of spaces.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at


class Space(t.NamedTuple):
    """A space as it is, or (C(id) empty and C(planned)) as it will be once a run has made it."""

    id: str
    name: str
    type: str = ""
    description: str = ""
    owner_id: str = ""
    tenant_id: str = ""
    planned: bool = False
    # The roles that the caller can give somebody in it; empty where the answer doesn't say.
    assignable_roles: tuple[str, ...] = ()
    # Whether the caller may change it, as far as the answer says.
    may_update: bool = True

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> Space:
        return cls(
            id=str(answer["id"]),
            name=str(answer.get("name") or ""),
            type=str(answer.get("type") or ""),
            description=str(answer.get("description") or ""),
            owner_id=str(answer.get("ownerId") or ""),
            tenant_id=str(answer.get("tenantId") or ""),
            assignable_roles=tuple(map(str, list_at(answer, "meta", "assignableRoles") or ())),
            may_update="update" in (list_at(answer, "meta", "actions") or ("update",)),
        )

    @property
    def key(self) -> str:
        """Tells spaces apart, also one that doesn't exist yet (no id holds a colon)."""
        if self.planned:
            return f"planned:{self.name}"
        return self.id

    @property
    def is_personal(self) -> bool:
        return not self.id and not self.planned

    @property
    def label(self) -> str:
        """How messages call it."""
        if self.is_personal:
            return "the personal space"
        return f"space '{one_line(self.name)}'"


def personal_space(tenant_id: str) -> Space:
    """The caller's own space."""
    return Space(id="", name="", type="personal", tenant_id=tenant_id)


def show_space(space: Space) -> dict[str, t.Any]:
    """The C(space) of a module's result."""
    return {
        "id": space.id,
        "name": space.name,
        "type": space.type,
        "description": space.description,
        "owner_id": space.owner_id,
    }
