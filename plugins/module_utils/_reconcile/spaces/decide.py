# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about declared spaces: pure functions, like the plan for connections.

Source: qlik.dev, "Spaces": name, description and owner can be changed, the type can't; names are at most 256 characters
without C(" * ? < > / | \\ :).
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition, check_space
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import ActionKind
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member, show_member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference, likeness, same_form
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space, show_space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import MemberPlan
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.planned_action import ResourceAction
from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record


class DeclaredOwner(t.NamedTuple):
    """The id of a declared owner (empty: none is declared), and why that one can't be had."""

    id: str = ""
    problem: str = ""


@record
class SpaceAction(ResourceAction[Space]):
    """C(kind): create, update, delete or none. C(patch) holds the members to replace; C(changes) says what, a line
    each. C(members) is what is done about members, None where nobody declares any.
    """

    kind: ActionKind
    definition: SpaceDefinition
    space: Space | None = None
    patch: t.Mapping[str, str] = member_with(default_factory=dict)
    changes: tuple[str, ...] = ()
    problem: str = ""
    members: MemberPlan | None = None

    @property
    def before(self) -> dict[str, t.Any]:
        return self._with_members(super().before, () if self.members is None else self.members.before)

    @property
    def after(self) -> dict[str, t.Any]:
        return self._with_members(super().after, () if self.members is None else self.members.after)

    def _with_members(self, side: dict[str, t.Any], members: t.Iterable[Member]) -> dict[str, t.Any]:
        if self.members is None or not side:
            return side
        return {**side, "members": [show_member(member) for member in members]}

    @property
    def held(self) -> Space | None:
        return self.space

    @property
    def foreseen(self) -> Space | None:
        if self.kind == "delete":
            return None
        if self.space is not None:
            return patched(self.space, self.patch)
        if self.kind == "none":
            return None
        definition = self.definition
        new = Space(id="", name=definition.name, type=definition.type_if_new, description=definition.description or "")
        return patched(new, self.patch)

    def shown(self, resource: Space) -> dict[str, t.Any]:
        return show_space(resource)


def patched(space: Space, patch: t.Mapping[str, str]) -> Space:
    """A space once the members of a PATCH were replaced."""
    return space._replace(
        description=patch.get("description", space.description),
        owner_id=patch.get("ownerId", space.owner_id),
    )


def decide_spaces(
    definitions: t.Sequence[SpaceDefinition], known: t.Sequence[Space], owners: t.Mapping[str, DeclaredOwner]
) -> list[SpaceAction]:
    """Compare definitions with the spaces of a tenant. C(owners) gives the declared owners by the space's name."""
    by_name = {space.name: space for space in known}
    times = Counter(definition.name for definition in definitions)
    undeclared = {likeness(space.name): space for space in known if space.name not in times}
    actions = []
    for definition in definitions:
        owner = owners.get(definition.name, DeclaredOwner())
        near = undeclared.get(likeness(definition.name))
        action = decide_space(definition, by_name.get(definition.name), owner.id, near)
        problem = owner.problem
        if action.kind == "create":
            problem = _twin_declared(definition, definitions) or problem
        if times[definition.name] > 1:
            problem = "it is declared more than once."
        if problem:
            action = replace(action, kind="none", problem=problem)
        actions.append(action)
    return actions


def _twin_declared(definition: SpaceDefinition, definitions: t.Iterable[SpaceDefinition]) -> str:
    """Why a space isn't created beside another declared one that looks the same; names that differ by case are told
    apart.
    """
    form = same_form(definition.name)
    for other in definitions:
        if other.state == "present" and other.name != definition.name and same_form(other.name) == form:
            return (
                f"'{one_line(other.name)}' is declared too, {difference(definition.name, other.name)}: give one of"
                " them another name."
            )
    return ""


def decide_space(
    definition: SpaceDefinition, space: Space | None, owner_id: str = "", near: Space | None = None
) -> SpaceAction:
    """Compare a definition with the space of its name. C(owner_id) is the declared owner's id, empty when none is
    declared.

    C(near) is a space that nobody declares and whose name is nearly the declared one.
    """
    if definition.state == "absent":
        if space is None:
            return SpaceAction("none", definition)
        return SpaceAction("delete", definition, space, changes=("delete",))
    problem = check_space(definition)
    if problem:
        return SpaceAction("none", definition, space, problem=problem)
    if space is None:
        return _decide_create(definition, owner_id, near)
    return _decide_update(definition, space, owner_id)


def _decide_create(definition: SpaceDefinition, owner_id: str, near: Space | None) -> SpaceAction:
    problem = _unlike_any(definition, near)
    if problem:
        return SpaceAction("none", definition, problem=problem)
    patch = {"ownerId": owner_id} if owner_id else {}
    return SpaceAction("create", definition, patch=patch, changes=(f"create ({definition.type_if_new})",))


def _unlike_any(definition: SpaceDefinition, near: Space | None) -> str:
    """Why a space of this name isn't created; empty when there is no reason."""
    if definition.name != definition.name.strip():
        return "its name begins or ends with a blank, which Qlik doesn't keep: leave the blank out."
    if near is None:
        return ""
    return (
        f"a space named '{one_line(near.name)}' is there, {difference(definition.name, near.name)}. Nothing is created"
        " beside it: correct the name."
    )


def _decide_update(definition: SpaceDefinition, space: Space, owner_id: str) -> SpaceAction:
    if definition.type and space.type != definition.type:
        problem = f"it is a {space.type} space, and Qlik can't turn it into a {definition.type} space."
        return SpaceAction("none", definition, space, problem=problem)
    patch: dict[str, str] = {}
    changes = []
    if definition.description is not None and definition.description != space.description:
        patch["description"] = definition.description
        changes.append(f"description: {space.description or '(not set)'} -> {definition.description or '(not set)'}")
    if owner_id and owner_id != space.owner_id:
        patch["ownerId"] = owner_id
        changes.append(f"owner: {space.owner_id} -> {owner_id}")
    return SpaceAction("update" if patch else "none", definition, space, patch, tuple(changes))


def with_members(action: SpaceAction, plan: MemberPlan) -> SpaceAction:
    """The same, with what is to be done about members."""
    kind = action.kind
    if plan.changes and kind == "none":
        kind = "update"
    return replace(
        action,
        kind=kind,
        changes=(*action.changes, *(change.text for change in plan.changes)),
        problem=" ".join(filter(None, (action.problem, *plan.problems))),
        members=plan,
    )


def planned_spaces(actions: t.Iterable[SpaceAction]) -> list[Space]:
    """The spaces that will be there once the actions are done, and aren't yet."""
    return [
        Space(id="", name=action.definition.name, type=action.definition.type_if_new, planned=True)
        for action in actions
        if action.kind == "create"
    ]
