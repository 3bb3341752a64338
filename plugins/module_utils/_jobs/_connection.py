# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the jobs about one connection and about many share: the difference that is shown, and where to sign in."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import create_body
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.planner import Planner
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def ask_auth_url(session: TenantSession, definition: Definition, check_mode: bool) -> Result:
    """Ask where to sign in to an OAuth source, for a connection that may exist already.
    Nothing changes on the tenant.
    """
    placed = Planner(session).plan_sign_in(definition)
    if placed.action.problems:
        problems = [describe(session.tenant, placed.action, problem) for problem in placed.action.problems]
        raise DefinitionError(problems)
    result: Result = {"changed": False, "action": "none", "changes": [], "auth_url": ""}
    if check_mode:
        return {
            **result,
            "warnings": ["Asking for the URL is a POST, which check mode doesn't send: auth_url is empty."],
        }
    return {**result, "auth_url": DataConnections(session).auth_url(create_body(placed))}


def connection_diff(tenant: str, action: Action) -> Result:
    """Before and after as C(--diff) shows them, secrets masked on both sides."""
    place = one_line(" / ".join(part for part in (tenant, action.space_name, action.name) if part))
    return diff(action.before, action.after, place)
