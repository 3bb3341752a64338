# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about a declared space: a pure function, like the plan for connections.

Source: qlik.dev, "Spaces": name, description and owner can be changed, the type can't; names are at most 256 characters
without C(" * ? < > / | \\ :).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition, check_space
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space, show_space


@dataclass(frozen=True)
class SpaceAction:
    """C(kind): create, update, delete or none. C(patch) holds the members to replace; C(changes) says what, a line
    each.
    """

    kind: str
    definition: SpaceDefinition
    space: Space | None = None
    patch: t.Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def writes(self) -> bool:
        return self.kind != "none"

    @property
    def before(self) -> dict[str, t.Any]:
        return show_space(self.space) if self.space else {}

    @property
    def after(self) -> dict[str, t.Any]:
        if self.kind == "delete":
            return {}
        renamed = {"ownerId": "owner_id"}
        changed = {renamed.get(member, member): value for member, value in self.patch.items()}
        if self.space:
            return {**show_space(self.space), **changed}
        if self.kind == "none":
            return {}
        definition = self.definition
        new = Space(id="", name=definition.name, type=definition.type_if_new, description=definition.description or "")
        return {**show_space(new), **changed}


def decide_space(
    definition: SpaceDefinition, space: Space | None, owner_id: str = "", near: Space | None = None
) -> SpaceAction:
    """Compare a definition with the space of its name. C(owner_id) is the declared owner's id, empty when none is
    declared.

    C(near) is a space that nobody declares and whose name is nearly the declared one.
    """
    if definition.state == "absent":
        return (
            SpaceAction("delete", definition, space, changes=("delete",)) if space else SpaceAction("none", definition)
        )
    problem = check_space(definition)
    if problem:
        return SpaceAction("none", definition, space, problem=problem)
    if space is None:
        problem = _unlike_any(definition, near)
        if problem:
            return SpaceAction("none", definition, problem=problem)
        patch = {"ownerId": owner_id} if owner_id else {}
        return SpaceAction("create", definition, patch=patch, changes=(f"create ({definition.type_if_new})",))
    if definition.type and space.type != definition.type:
        return SpaceAction(
            "none",
            definition,
            space,
            problem=f"it is a {space.type} space, and Qlik can't turn it into a {definition.type} space.",
        )
    patch = {}
    changes = []
    if definition.description is not None and definition.description != space.description:
        patch["description"] = definition.description
        changes.append(f"description: {space.description or '(not set)'} -> {definition.description or '(not set)'}")
    if owner_id and owner_id != space.owner_id:
        patch["ownerId"] = owner_id
        changes.append(f"owner: {space.owner_id} -> {owner_id}")
    return SpaceAction("update" if patch else "none", definition, space, patch, tuple(changes))


def _unlike_any(definition: SpaceDefinition, near: Space | None) -> str:
    """Why a space of this name isn't created; empty when there is no reason."""
    if definition.name != definition.name.strip():
        return "its name begins or ends with a blank, which Qlik doesn't keep: leave the blank out."
    if near is None:
        return ""
    return (
        f"a space named '{one_line(near.name)}' is there, {difference(definition.name, near.name)}. Nothing is created"
        " beside it:"
        " correct the name."
    )
