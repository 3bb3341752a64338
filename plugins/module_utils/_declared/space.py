# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A space as declared. Pure.

Source: qlik.dev, "Spaces": names are at most 256 characters without C(" * ? < > / | \\ :).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import SharedSpaceType, State

_FORBIDDEN = '"*?<>/|\\:'
_LONGEST_NAME = 256


@dataclass(frozen=True)
class SpaceDefinition:
    """A space as declared; C(type) is empty and C(description) and C(owner) (a user's id or e-mail) are None when left
    out.
    """

    name: str
    type: SharedSpaceType | t.Literal[""] = ""
    description: str | None = None
    owner: str | None = None
    state: State = "present"

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any]) -> SpaceDefinition:
        return cls(
            name=options["name"],
            type=options.get("type") or "",
            description=options.get("description"),
            owner=options.get("owner") or None,
            state=options.get("state") or "present",
        )

    @property
    def type_if_new(self) -> SharedSpaceType:
        """The type that a space of this name is made with."""
        return self.type or "shared"


def check_space(definition: SpaceDefinition) -> str:
    """What is wrong with a definition whatever the tenant holds: a sentence, or nothing."""
    name = definition.name
    if not name.strip() or len(name) > _LONGEST_NAME or not set(name).isdisjoint(_FORBIDDEN):
        return f"a space's name must be 1 to {_LONGEST_NAME} characters long, without any of: {' '.join(_FORBIDDEN)}"
    return ""
