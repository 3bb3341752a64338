# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What qlik_data_connections returns: connection by connection, and in numbers."""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._connection import connection_diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._verify import Verification
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import COUNTED_AS, COUNTS
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction


def bulk_result(
    tenant: str,
    space_actions: t.Sequence[SpaceAction],
    space_errors: t.Mapping[str, str],
    plan: Plan,
    outcomes: t.Sequence[Outcome],
    spaces: t.Mapping[str, Space],
    *,
    digest: str,
    list_unchanged: bool = True,
    verification: Verification | None = None,
) -> Result:
    """The result of a plan, carried out or merely foreseen. C(spaces) are those that were made, C(digest) is the
    plan's.

    Without C(list_unchanged), connections at which there is nothing to do are only counted, unless they were tried.
    """
    failed = [bool(_error(outcome)) for outcome in outcomes]
    counts = Counter("failed" if fails else COUNTED_AS[outcome.action.kind] for outcome, fails in zip(outcomes, failed))
    done = [outcome.action for outcome, fails in zip(outcomes, failed) if outcome.action.writes and not fails]
    spaces_done = [action for action in space_actions if action.writes and action.definition.name not in space_errors]
    warnings = [*plan.warnings, *(warning for outcome in outcomes for warning in outcome.warnings)]
    if verification is not None:
        warnings += verification.warnings
    result = {
        "changed": bool(spaces_done or done),
        "results": _entries(outcomes, verification, list_unchanged=list_unchanged),
        "spaces": [_space_entry(action, space_errors, spaces) for action in space_actions],
        "summary": {name: counts[name] for name in COUNTS},
        "plan_digest": digest,
        "diff": [
            *(_space_diff(tenant, action) for action in spaces_done),
            *(_connection_diff(tenant, action) for action in done),
        ],
        "warnings": list(dict.fromkeys(warnings)),
    }
    return result if verification is None else {**result, "verified": verification.counts}


def undeclared(plan: Plan, which: str) -> list[Result]:
    """The connections that no definition is about;
    C(which) is C(spaces), or C(all) for those in personal spaces too.
    """
    names = {space.id: space.name for space in plan.spaces.spaces if space.id}
    found = [connection for connection in plan.undeclared if connection.space_id or which == "all"]
    return [
        _undeclared_entry(connection, names)
        for connection in sorted(found, key=lambda one: (names.get(one.space_id, ""), one.name))
    ]


def _undeclared_entry(connection: Connection, names: t.Mapping[str, str]) -> Result:
    return {
        "name": connection.name,
        "space": names.get(connection.space_id, connection.space_id),
        "id": connection.id,
        "data_source": connection.data_source,
        "owner_id": connection.owner_id,
        "managed": connection.is_managed,
    }


def _error(outcome: Outcome) -> str:
    return outcome.error or " ".join(outcome.action.problems)


def _entries(outcomes: t.Sequence[Outcome], verification: Verification | None, *, list_unchanged: bool) -> list[Result]:
    entries = []
    for place, outcome in enumerate(outcomes):
        is_tried = verification is not None and place in verification.found
        if list_unchanged or is_tried or outcome.action.writes or _error(outcome):
            told = verification.entry(place) if verification is not None else {}
            entries.append({**_entry(outcome), **told})
    return entries


def _entry(outcome: Outcome) -> Result:
    action = outcome.action
    known = outcome.connection or action.connection
    entry: Result = {
        "name": action.name,
        "space": action.space_name or action.target.definition.space or "",
        "action": action.kind,
        "changes": list(action.changes),
        "id": known.id if known else "",
        "error": _error(outcome),
    }
    if action.target.definition.only_secrets and action.connection is not None:
        entry["name"] = action.connection.name
        entry["proof"] = {
            "secrets": sorted(action.target.definition.write_only),
            "updated_before": action.connection.updated,
            "updated_after": known.updated if known else "",
        }
    return entry


def _space_entry(action: SpaceAction, errors: t.Mapping[str, str], spaces: t.Mapping[str, Space]) -> Result:
    name = action.definition.name
    made = spaces.get(name) or action.space
    return {
        "name": name,
        "action": action.kind,
        "changes": list(action.changes),
        "id": made.id if made else "",
        "error": action.problem or errors.get(name, ""),
    }


def _connection_diff(tenant: str, action: Action) -> Result:
    return {"space": action.space_name, "name": action.name, **connection_diff(tenant, action)}


def _space_diff(tenant: str, action: SpaceAction) -> Result:
    name = action.definition.name
    return {"space": name, **diff(action.before, action.after, f"{tenant} / space {name}")}
