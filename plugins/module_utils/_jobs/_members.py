# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the jobs say of members of spaces: what to warn of, and who is there undeclared."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import show_member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction


def member_warnings(spaces: t.Iterable[SpaceAction], connections: t.Iterable[Action] = ()) -> t.Iterator[str]:
    """What to warn of: of each space once, however many connections are in it."""
    filled = {action.space_name for action in connections if action.kind != "delete" and not action.problems}
    for action in spaces:
        name = action.definition.name
        if action.problem or action.definition.state != "present":
            continue
        if action.members is not None:
            yield from (f"space '{one_line(name)}': {warning}" for warning in action.members.warnings)
        if name in filled and _is_of_no_use(action):
            yield (
                f"space '{one_line(name)}': nobody can use it but its owner: it has no member with the role"
                " dataconsumer or more. Declare members, or add them in Qlik."
            )


def _is_of_no_use(action: SpaceAction) -> bool:
    """Whether nobody but the owner may use a space, as far as its members are known."""
    if action.members is not None:
        return not action.members.is_of_use
    return action.kind == "create" and action.definition.members is None


def undeclared_members(action: SpaceAction) -> list[Result]:
    """The members of a space that stay and that nobody declares."""
    if action.members is None:
        return []
    return [show_member(member) for member in action.members.undeclared]
