# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what is to be done about spaces."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    NotEmptyError,
    QlikError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._http import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.creating import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.space_plan import SpaceAction, SpaceDefinition, decide_space


def plan_spaces(session: TenantSession, definitions: t.Sequence[SpaceDefinition], known: t.Sequence[Space]) -> list[SpaceAction]:
    """Compare declared spaces with those that were read, looking up declared owners by e-mail."""
    by_name = {space.name: space for space in known}
    names = [definition.name for definition in definitions]
    users = Users(session)
    owners: dict[str, str] = {}
    actions = []
    for definition in definitions:
        owner = definition.owner or ""
        problem = "it is declared more than once." if names.count(definition.name) > 1 else ""
        if "@" in owner and owner not in owners and definition.state == "present":
            found = users.find_by_email(owner)
            owners[owner] = found.id if found else ""
        owner_id = owners.get(owner, owner)
        if owner and not owner_id:
            problem = f"no user of this tenant has the e-mail address {owner}."
        action = decide_space(definition, by_name.get(definition.name), owner_id)
        actions.append(replace(action, kind="none", problem=problem) if problem else action)
    return actions


def planned_spaces(actions: t.Iterable[SpaceAction]) -> list[Space]:
    """The spaces that will be there once the actions are done, and aren't yet."""
    return [
        Space(id="", name=action.definition.name, type=action.definition.type, planned=True)
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
            lambda: spaces.create(definition.name, definition.type, definition.description or ""),
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
