# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what must be known to decide about declared spaces: those that are there, and who the owners are."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.owners import Owners
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import DeclaredOwner
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def read_spaces_for(session: TenantSession, definition: SpaceDefinition) -> list[Space]:
    """The space of the declared name; all spaces when there is none and one is to be made: another may nearly have the
    name.
    """
    spaces = Spaces(session)
    found = spaces.find(definition.name)
    if found is not None and found.name == definition.name:  # else an id was taken for a name
        return [found]
    return spaces.all() if definition.state == "present" else []


def read_owners(
    session: TenantSession, definitions: t.Iterable[SpaceDefinition], known: t.Iterable[Space]
) -> dict[str, DeclaredOwner]:
    """The declared owners by the space's name; whether one exists is only asked where the space isn't theirs yet."""
    by_name = {space.name: space for space in known}
    users = Owners(session)
    owners: dict[str, DeclaredOwner] = {}
    for definition in definitions:
        if not definition.owner or definition.state != "present":
            continue
        owner_id, problem = users.id_of(definition.owner), ""
        space = by_name.get(definition.name)
        if space is None or space.owner_id != owner_id:
            problem = users.missing(definition.owner)
        owners[definition.name] = DeclaredOwner(owner_id, problem)
    return owners
