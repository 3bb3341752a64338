# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connections: all declared spaces and connections of one tenant in one call."""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections import Counter

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._http import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs.data_connection import ask_auth_url, diff
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.apply import Applier, Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.apply_spaces import (
    apply_space,
    plan_spaces,
    planned_spaces,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.observe import Observer, Plan, describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.plan import plan_digest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.space_plan import SpaceAction, SpaceDefinition

_COUNTED = {"create": "created", "update": "updated", "move": "moved", "replace": "replaced", "delete": "deleted", "none": "unchanged"}


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring a tenant's declared spaces and connections to their declared state. Raises JobError with all results."""
    parallel = max(1, int(options.get("parallel") or 8))
    defaults = {name: options.get(name) for name in ("update_secrets", "fingerprint_key", "tags", "replace")}
    items = options.get("connections") or []
    definitions = [Definition.from_options(item, defaults) for item in items if not item.get("auth_url_only")]
    sign_ins = [Definition.from_options(item, defaults) for item in items if item.get("auth_url_only")]
    declared_spaces = [SpaceDefinition.from_options(item) for item in options.get("spaces") or []]

    if options.get("prune") and not options.get("prune_spaces"):
        raise QlikError(f"{session.tenant}: prune needs prune_spaces: name the spaces in which undeclared connections may be deleted.")

    known = Spaces(session).all() if declared_spaces else []
    space_actions = plan_spaces(session, declared_spaces, known)
    plan = Observer(session, parallel=parallel).plan(
        definitions,
        planned_spaces=planned_spaces(space_actions),
        known_spaces=known,
        validate=bool(options.get("validate", True)),
        prune_spaces=(options.get("prune_spaces") or []) if options.get("prune") else [],
    )
    digest = _digest(space_actions, plan)
    foreseen = [Outcome(action, action.connection) for action in plan.actions]
    result = _result(session.tenant, space_actions, {}, plan, foreseen, digest)

    problems = _problems(session.tenant, space_actions, plan)
    if problems:
        raise JobError(
            f"{session.tenant}: nothing was written, since {len(problems)} of {len(space_actions) + len(definitions)} declared"
            f" things can't be:\n{_listed(problems)}",
            {**result, "changed": False},
        )
    pruned = plan.actions[len(definitions) :]
    most = int(options.get("max_deletions", 10))
    if len(pruned) > most:
        names = [f"- {action.space.label if action.space else ''}: {action.target.definition.label}" for action in pruned]
        raise JobError(
            f"{session.tenant}: nothing was written, since {len(pruned)} connections that are no longer declared would be deleted, and"
            f" max_deletions allows {most}:\n" + "\n".join(names),
            {**result, "changed": False},
        )
    approved = options.get("approved_plan")
    if approved and approved != digest:
        raise JobError(
            f"{session.tenant}: nothing was written, since the plan is not the one that was approved: the tenant or the"
            " definitions changed since. Plan and approve again.",
            {**result, "changed": False},
        )
    if not check_mode:
        result = _apply(session, space_actions, plan, digest, parallel)
    return _with_auth_urls(session, sign_ins, check_mode, result)


def _apply(session: TenantSession, space_actions: t.Sequence[SpaceAction], plan: Plan, digest: str, parallel: int) -> Result:
    spaces: dict[str, Space] = {}
    space_errors: dict[str, str] = {}

    def ensure(actions: t.Iterable[SpaceAction]) -> None:
        for action in actions:
            name = action.definition.name
            made, error = _try_space(session, action)
            if error:
                space_errors[name] = error
            elif made is not None:
                spaces[name] = made

    ensure(action for action in space_actions if action.kind in ("create", "update"))
    tenant_id = plan.tenant_id or next((space.tenant_id for space in spaces.values() if space.tenant_id), "")
    outcomes = Applier(session, tenant_id, parallel=parallel).apply(plan.actions, spaces)
    ensure(action for action in space_actions if action.kind == "delete")

    result = _result(session.tenant, space_actions, space_errors, plan, outcomes, digest, spaces)
    failures = [_describe_space(session.tenant, name, error) for name, error in space_errors.items()]
    failures += [describe(session.tenant, outcome.action, outcome.error) for outcome in outcomes if outcome.error]
    if failures:
        tried = sum(action.writes for action in space_actions) + sum(action.writes for action in plan.actions)
        raise JobError(f"{session.tenant}: {len(failures)} of {tried} changes failed:\n{_listed(failures)}", result)
    return result


def _with_auth_urls(session: TenantSession, sign_ins: t.Sequence[Definition], check_mode: bool, result: Result) -> Result:
    """Add where to sign in for the definitions that ask just that, at the end of the results."""
    failures = []
    for definition in sign_ins:
        entry = {"name": definition.name, "space": definition.space or "", "action": "none", "changes": [], "id": "", "error": ""}
        try:
            asked = ask_auth_url(session, definition, check_mode)
            entry["auth_url"] = asked["auth_url"]
            result["warnings"] += [warning for warning in asked.get("warnings", []) if warning not in result["warnings"]]
        except QlikError as error:
            entry["error"] = str(error)
            failures.append(str(error))
        result["summary"]["failed" if entry["error"] else "unchanged"] += 1
        result["results"].append(entry)
    if failures:
        raise JobError(f"{session.tenant}: {len(failures)} URLs for signing in could not be had:\n{_listed(failures)}", result)
    return result


def _try_space(session: TenantSession, action: SpaceAction) -> tuple[Space | None, str]:
    """The space after its action, or why that failed: one that fails doesn't stop the others."""
    try:
        return apply_space(session, action), ""
    except QlikError as error:
        return None, str(error)


def _problems(tenant: str, space_actions: t.Sequence[SpaceAction], plan: Plan) -> list[str]:
    spaces = [_describe_space(tenant, action.definition.name, action.problem) for action in space_actions if action.problem]
    return spaces + [describe(tenant, action, problem) for action in plan.problems for problem in action.problems]


def _describe_space(tenant: str, name: str, problem: str) -> str:
    return f"{tenant}: space '{name}': {problem}"


def _listed(problems: t.Iterable[str]) -> str:
    return "\n".join(f"- {problem}" for problem in problems)


def _digest(space_actions: t.Sequence[SpaceAction], plan: Plan) -> str:
    spaces = sorted((action.kind, action.definition.name, action.changes) for action in space_actions if action.writes)
    return hashlib.sha256(f"{json.dumps(spaces)} {plan_digest(plan.actions)}".encode()).hexdigest()


def _result(
    tenant: str,
    space_actions: t.Sequence[SpaceAction],
    space_errors: t.Mapping[str, str],
    plan: Plan,
    outcomes: t.Sequence[Outcome],
    digest: str,
    spaces: t.Mapping[str, Space] | None = None,
) -> Result:
    """What came back, connection by connection, and in numbers."""
    results: list[Result] = []
    diffs: list[Result] = []
    space_diffs: list[Result] = []
    counts: Counter[str] = Counter()
    warnings = list(plan.warnings)
    for outcome in outcomes:
        action = outcome.action
        error = outcome.error or " ".join(action.problems)
        known = outcome.connection or action.connection
        counts["failed" if error else _COUNTED[action.kind]] += 1
        results.append(
            {
                "name": action.name,
                "space": action.space.name if action.space else (action.target.definition.space or ""),
                "action": action.kind,
                "changes": list(action.changes),
                "id": known.id if known else "",
                "error": error,
            }
        )
        warnings += outcome.warnings
        if action.writes and not error:
            diffs.append(diff(tenant, action))
    for space_action in space_actions:
        if space_action.writes and space_action.definition.name not in space_errors:
            header = f"{tenant} / space {space_action.definition.name}"
            space_diffs.append(
                {"before": space_action.before, "after": space_action.after, "before_header": header, "after_header": header}
            )
    done = [action for action in space_actions if action.writes and action.definition.name not in space_errors]
    return {
        "changed": bool(done) or any(outcome.action.writes and not outcome.error for outcome in outcomes),
        "results": results,
        "spaces": [
            {
                "name": action.definition.name,
                "action": action.kind,
                "changes": list(action.changes),
                "id": _space_id(action, spaces),
                "error": action.problem or space_errors.get(action.definition.name, ""),
            }
            for action in space_actions
        ],
        "summary": {name: counts[name] for name in ("created", "updated", "moved", "replaced", "deleted", "unchanged", "failed")},
        "plan_digest": digest,
        "diff": space_diffs + diffs,
        "warnings": list(dict.fromkeys(warnings)),
    }


def _space_id(action: SpaceAction, spaces: t.Mapping[str, Space] | None) -> str:
    made = (spaces or {}).get(action.definition.name)
    return made.id if made else (action.space.id if action.space else "")
