# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connection: one connection of one tenant."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._http import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, show_connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.apply import Applier, foreseen
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.bodies import create_body
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.observe import Observer, describe


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring one connection to its declared state, or say where to sign in to its source first. Raises QlikError."""
    definition = Definition.from_options(options)
    if options.get("auth_url_only"):
        return ask_auth_url(session, definition, check_mode)
    plan = Observer(session).plan([definition])
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
    if check_mode or not action.writes:
        connection = foreseen(action, action.space, plan.tenant_id)
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
    return result


def ask_auth_url(session: TenantSession, definition: Definition, check_mode: bool) -> Result:
    """Ask where to sign in to an OAuth source, for a connection that may exist already.
    Nothing changes on the tenant.
    """
    observer = Observer(session)
    action, space, tenant_id = observer.plan_sign_in(definition)
    if action.problems:
        raise DefinitionError([describe(session.tenant, action, problem) for problem in action.problems])
    result: Result = {"changed": False, "action": "none", "changes": [], "auth_url": ""}
    if check_mode:
        return {
            **result,
            "warnings": ["Asking for the URL is a POST, which check mode doesn't send: auth_url is empty."],
        }
    return {**result, "auth_url": DataConnections(session).auth_url(create_body(action, space, tenant_id))}


def _space_name(session: TenantSession, action: Action, connection: Connection) -> str:
    if action.space is not None or not connection.space_id:
        return action.space.name if action.space else ""
    try:
        found = Spaces(session).find(connection.space_id)
    except QlikError:
        return ""
    return found.name if found else ""


def connection_diff(tenant: str, action: Action) -> Result:
    """Before and after as C(--diff) shows them, secrets masked on both sides."""
    place = one_line(
        " / ".join(part for part in (tenant, action.space.name if action.space else "", action.name) if part)
    )
    return diff(action.before, action.after, place)
