# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sends the previous secrets of a connection again, because the new ones don't connect. Pure."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.previous import previous_definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.updates import decide_update
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.wanted import Wanted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.way_back import (
    holds_declared,
    refusal,
)


def returning_action(action: Action, now: Connection) -> Action:
    """The action that puts back what an action of a rotation replaced, on the connection as it is C(now).

    A tag says from then on which credentials were refused. There are problems when the connection doesn't hold what
    the rotation sent.
    """
    refused = action.target.definition
    definition = replace(previous_definition(refused), puts_back=False, expires=_day_before(action), expires_after="")
    target = Target(definition, action.target.space)
    if not holds_declared(refused, now):
        problem = "somebody else sent it other secrets since, which stay."
        return Action("none", target, now, problems=(problem,))
    found = decide_update(Match(target, now), now, Wanted(source=action.source))
    return replace(found, notes=(refusal(refused, now),))


def _day_before(action: Action) -> str:
    """Until when the previous secrets are good, as far as a tag told it before the new ones were sent."""
    before, definition = action.connection, action.target.definition
    if before is None or holds_declared(definition, before):
        return ""
    return before.expires
