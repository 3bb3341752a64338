# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connection: one connection of one tenant."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._connection import ask_auth_url, connection_diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._verify import check_verify, verify_outcomes
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, show_connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Applier, Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.foresee import foreseen
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.planner import Planner
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring one connection to its declared state, or say where to sign in to its source first. Raises QlikError."""
    definition = Definition.from_options(options)
    check_verify(session.tenant, options)
    if options.get("auth_url_only"):
        return ask_auth_url(session, definition, check_mode)
    plan = Planner(session).plan([definition])
    action = plan.actions[0]
    if action.problems:
        raise DefinitionError([describe(session.tenant, action, problem) for problem in action.problems])

    result: Result = {
        "changed": action.writes,
        "action": action.kind,
        "changes": list(action.changes),
        "diff": connection_diff(session.tenant, action),
        "warnings": plan.warnings,
    }
    outcome = Outcome(action, action.connection)
    if check_mode or not action.writes:
        connection = foreseen(PlacedAction.at(_as_read_singly(session, action), plan.tenant_id))
    else:
        outcome = Applier(session, plan.tenant_id, look=True).apply([action])[0]
        if outcome.error:
            raise JobError(
                describe(session.tenant, action, outcome.error),
                {"action": action.kind, "changes": list(action.changes)},
            )
        connection = outcome.connection
        result["warnings"] = [*plan.warnings, *outcome.warnings]
    shown = connection or action.connection
    result["connection"] = show_connection(shown, _space_name(session, action, shown)) if shown else {}
    verification = verify_outcomes(session, options, [outcome], check_mode)
    if verification is None:
        return result
    result = {**result, **verification.entry(0), "warnings": [*result["warnings"], *verification.warnings]}
    if verification.failures:
        raise JobError(verification.failures[0], result)
    return result


def _space_name(session: TenantSession, action: Action, connection: Connection) -> str:
    if action.space is not None or action.found_in or not connection.space_id:
        return action.space_name
    try:
        found = Spaces(session).find(connection.space_id)
    except QlikError:
        return ""
    return found.name if found else ""


def _as_read_singly(session: TenantSession, action: Action) -> Action:
    """The action with its connection as a single read shows it, since that is how a real run shows what it changed."""
    if action.connection is None or action.builds or action.kind in ("delete", "none"):
        return action
    return replace(action, connection=DataConnections(session).get(action.connection.id))
