# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What qlik_data_connections returns: connection by connection, and in numbers."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import placed
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._connection import connection_diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._members import undeclared_members
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._verify import Verification
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import COUNTED_AS, COUNTS
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.expiry import days_left
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import expiry_after
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan, describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction

# Which of the connections that no definition is about are listed.
Listing = t.Literal["none", "spaces", "all"]


@dataclass
class SpaceOutcomes:
    """What became of spaces: those that were made or changed, and why others couldn't be, by name."""

    made: dict[str, Space] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class BulkPlan(t.NamedTuple):
    """What is planned for one tenant. C(digest) tells this plan from others; C(binds_all): it covers every secret."""

    tenant: str
    space_actions: t.Sequence[SpaceAction]
    connections: Plan
    digest: str
    binds_all: bool

    @property
    def problems(self) -> list[str]:
        """Why parts of it can't be carried out, each with its place."""
        found = [
            self.about_space(action.definition.name, action.problem) for action in self.space_actions if action.problem
        ]
        for faulty in self.connections.problems:
            found += [describe(self.tenant, faulty, problem) for problem in faulty.problems]
        return found

    def about_space(self, name: str, problem: str) -> str:
        """A problem of a space, with its place."""
        return placed(self.tenant, f"space '{name}'", problem)

    def foreseen(self) -> Applied:
        """What would become of the plan."""
        return Applied([Outcome(action, action.connection) for action in self.connections.actions], SpaceOutcomes())


class Applied(t.NamedTuple):
    """What became of a plan, or would."""

    outcomes: t.Sequence[Outcome]
    spaces: SpaceOutcomes


def bulk_result(
    plan: BulkPlan, done: Applied, verification: Verification | None = None, *, list_unchanged: bool = True
) -> Result:
    """The result of a plan, carried out or merely foreseen.

    Without C(list_unchanged), connections at which there is nothing to do are only counted, unless they were tried.
    """
    changed = [outcome.action for outcome in done.outcomes if outcome.action.writes and not _error(outcome)]
    changed_spaces = [action for action in plan.space_actions if _is_done(action, done.spaces)]
    diffs = [_space_diff(plan.tenant, action) for action in changed_spaces]
    diffs += [_connection_diff(plan.tenant, action) for action in changed]
    warnings = list(plan.connections.warnings)
    for outcome in done.outcomes:
        warnings += outcome.warnings
    result: Result = {
        "changed": bool(diffs),
        "results": _entries(done.outcomes, verification, list_unchanged=list_unchanged),
        "spaces": [_space_entry(action, done.spaces) for action in plan.space_actions],
        "summary": _summary(done.outcomes),
        "plan_digest": plan.digest,
        "diff": diffs,
    }
    if verification is not None:
        warnings += verification.warnings
        result["verified"] = verification.counts
    result["warnings"] = list(dict.fromkeys(warnings))
    return result


def _summary(outcomes: t.Iterable[Outcome]) -> dict[str, int]:
    counts = Counter("failed" if _error(outcome) else COUNTED_AS[outcome.action.kind] for outcome in outcomes)
    return {name: counts[name] for name in COUNTS}


def _is_done(action: SpaceAction, spaces: SpaceOutcomes) -> bool:
    return action.writes and action.definition.name not in spaces.errors


def undeclared(plan: Plan, which: Listing) -> list[Result]:
    """Those that no definition is about; C(which) is C(spaces), or C(all) for those in personal spaces too."""
    names = {space.id: space.name for space in plan.spaces.spaces if space.id}
    found = [connection for connection in plan.undeclared if connection.space_id or which == "all"]
    found.sort(key=lambda connection: (names.get(connection.space_id, ""), connection.name))
    return [{**_undeclared_entry(connection, names), **_expiry(connection.expires, plan.today)} for connection in found]


def _undeclared_entry(connection: Connection, names: t.Mapping[str, str]) -> Result:
    return {
        "name": connection.name,
        "space": names.get(connection.space_id, connection.space_id),
        "id": connection.id,
        "data_source": connection.data_source,
        "owner_id": connection.owner_id,
        "managed": connection.is_managed,
        "last_updated": connection.updated,
    }


def _expiry(day: str, today: date | None) -> Result:
    """Until when secrets are good, and how many days that is; nothing where nobody said it."""
    if not day or today is None:
        return {}
    return {"expires": day, "expires_in_days": days_left(day, today)}


def _expires(outcome: Outcome) -> str:
    """The day that a connection's tag tells, after the run or in check mode now; the one that it would get if it tells
    none.
    """
    action = outcome.action
    known = outcome.connection or action.connection
    if action.kind == "delete":
        return ""
    if known is not None and known.expires:
        return known.expires
    return "" if _error(outcome) else expiry_after(action)


def _error(outcome: Outcome) -> str:
    return outcome.error or " ".join(outcome.action.problems)


def _entries(outcomes: t.Sequence[Outcome], verification: Verification | None, *, list_unchanged: bool) -> list[Result]:
    entries = []
    for place, outcome in enumerate(outcomes):
        is_tried = verification is not None and place in verification.found
        if list_unchanged or is_tried or outcome.action.writes or _error(outcome):
            trial = verification.entry(place) if verification is not None else {}
            entries.append({**_entry(outcome), **trial})
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
    day = _expires(outcome)
    if day:
        entry.update(_expiry(day, action.target.today))
    if action.writes:
        entry.update(_last_change(action))
    if action.target.definition.only_secrets and action.connection is not None:
        entry["name"] = action.connection.name
        entry["proof"] = {
            "secrets": sorted(action.target.definition.write_only),
            "updated_before": action.connection.updated,
            "updated_after": known.updated if known else "",
        }
    return entry


def _last_change(action: Action) -> Result:
    """When Qlik says that a connection was updated last, and whose it is, where it isn't as declared: for whoever asks
    who did that.
    """
    connection = action.connection
    if connection is None:
        return {}
    return {"last_updated": connection.updated, "owner_id": connection.owner_id}


def _space_entry(action: SpaceAction, spaces: SpaceOutcomes) -> Result:
    name = action.definition.name
    made = spaces.made.get(name) or action.space
    entry: Result = {
        "name": name,
        "action": action.kind,
        "changes": list(action.changes),
        "id": made.id if made else "",
        "error": action.problem or spaces.errors.get(name, ""),
    }
    if action.members is not None and action.members.undeclared:
        entry["undeclared_members"] = undeclared_members(action)
    return entry


def _connection_diff(tenant: str, action: Action) -> Result:
    return {"space": action.space_name, "name": action.name, **connection_diff(tenant, action)}


def _space_diff(tenant: str, action: SpaceAction) -> Result:
    name = action.definition.name
    return {"space": name, **diff(action.before, action.after, f"{tenant} / space {name}")}
