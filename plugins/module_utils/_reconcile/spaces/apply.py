# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what is to be done about spaces."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import NotEmptyError, QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference, likeness, same_form
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.create_once import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.owners import Owners
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction, decide_space
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def plan_spaces(
    session: TenantSession, definitions: t.Sequence[SpaceDefinition], known: t.Sequence[Space]
) -> list[SpaceAction]:
    """Compare declared spaces with those that were read, looking up the owners that are to be given."""
    by_name = {space.name: space for space in known}
    names = [definition.name for definition in definitions]
    undeclared = {likeness(space.name): space for space in known if space.name not in names}
    owners = Owners(session)
    actions = []
    for definition in definitions:
        space, near = by_name.get(definition.name), undeclared.get(likeness(definition.name))
        owner_id, problem = _owner_of(definition, space, owners)
        action = decide_space(definition, space, owner_id, near)
        if action.kind == "create":
            problem = _twin_declared(definition, definitions) or problem
        if names.count(definition.name) > 1:
            problem = "it is declared more than once."
        actions.append(replace(action, kind="none", problem=problem) if problem else action)
    return actions


def _owner_of(definition: SpaceDefinition, space: Space | None, owners: Owners) -> tuple[str, str]:
    """The id of the declared owner (empty: none is declared), and why it can't be had."""
    if not definition.owner or definition.state != "present":
        return "", ""
    owner_id = owners.id_of(definition.owner)
    if space is not None and owner_id == space.owner_id:
        return owner_id, ""
    return owner_id, owners.missing(definition.owner)


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


def planned_spaces(actions: t.Iterable[SpaceAction]) -> list[Space]:
    """The spaces that will be there once the actions are done, and aren't yet."""
    return [
        Space(id="", name=action.definition.name, type=action.definition.type_if_new, planned=True)
        for action in actions
        if action.kind == "create"
    ]


def apply_space(session: TenantSession, action: SpaceAction) -> Space | None:
    """Carry out one action; the space as it is afterwards, or None when it is gone. Raises QlikError."""
    spaces = Spaces(session)
    definition, space = action.definition, action.space
    if action.kind == "delete" and space is not None:
        try:
            spaces.delete(space.id)
        except NotEmptyError as error:
            raise QlikError(f"{error} Remove what it holds first; a space is only deleted when it is empty.") from None
        return None
    if action.kind == "create":
        space = create_once(
            session,
            lambda: spaces.create(definition.name, definition.type_if_new, definition.description or ""),
            lambda: spaces.find(definition.name),
        )
    if space is not None and action.patch:
        spaces.patch(space.id, action.patch)
        space = replace(
            space,
            description=action.patch.get("description", space.description),
            owner_id=action.patch.get("ownerId", space.owner_id),
        )
    return space
