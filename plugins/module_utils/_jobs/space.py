# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_space: one space of one tenant."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError, placed
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._members import member_warnings
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import show_space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.planner import plan_members
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.apply import apply_space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import decide_spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.read import read_owners, read_spaces_for
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring one space to its declared state. Raises QlikError."""
    definition = SpaceDefinition.from_options(options)
    known = read_spaces_for(session, definition)
    decided = decide_spaces([definition], known, read_owners(session, [definition], known))
    action = plan_members(session, decided)[0]
    place = f"space '{definition.name}'"
    if action.problem:
        raise DefinitionError([placed(session.tenant, place, action.problem)])
    shown = action.after or action.before
    if action.writes and not check_mode:
        try:
            made = apply_space(session, action)
        except QlikError as error:
            raise QlikError(placed(session.tenant, place, error)) from None
        if made is not None:
            shown = {**shown, **show_space(made)}
    return {
        "changed": action.writes,
        "action": action.kind,
        "changes": list(action.changes),
        "space": shown,
        "warnings": list(member_warnings([action])),
        "diff": diff(action.before, action.after, f"{session.tenant}: {place}"),
    }
