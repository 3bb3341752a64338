# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connections: all declared spaces and connections of one tenant in one call."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.selection import selected
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, counted
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._bulk_result import bulk_result, undeclared
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._connection import ask_auth_url
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._verify import Verification, verify_outcomes
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Applier, Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.digest import (
    is_first_form,
    plan_digest,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan, describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.planner import Planner
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.apply import apply_space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import (
    SpaceAction,
    decide_spaces,
    planned_spaces,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.read import read_owners
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

# What stands for the digest of a tenant that an approval doesn't name. No plan has it.
NOTHING_APPROVED = "none"
UNBOUND = (
    "plan_digest doesn't bind the secrets, and what may be one (keys in URLs and headers), of connections without"
    " fingerprint_key: who"
    " approves this plan approves that they are sent, and not which. Set fingerprint_key to bind them."
)

NOTHING_DECLARED = (
    "Neither connections nor spaces are declared for this tenant, so nothing was done but to read it. If that isn't"
    " meant, see whether the"
    " variables with the definitions are those of its host and groups, and whether their names begin with"
    " qlik_connections_definitions."
)


class Applied(t.NamedTuple):
    """What became of a plan, carried out or not yet. C(failure) says what of it failed."""

    outcomes: t.Sequence[Outcome]
    space_errors: t.Mapping[str, str] = {}
    spaces: t.Mapping[str, Space] = {}
    failure: str = ""


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring a tenant's declared spaces and connections to their declared state. Raises JobError with all results."""
    parallel = max(1, int(options.get("parallel") or 8))
    approved = _approved(session.tenant, options)
    definitions, sign_ins = _declared(session.tenant, options)
    only_secrets = bool(options.get("secrets_only"))
    listing = options.get("list_undeclared") or "none"
    declared_spaces = (
        [] if only_secrets else [SpaceDefinition.from_options(item) for item in options.get("spaces") or []]
    )

    known = Spaces(session).all() if declared_spaces or listing != "none" else []
    space_actions = decide_spaces(declared_spaces, known, read_owners(session, declared_spaces, known))
    plan = Planner(session, parallel=parallel).plan(
        definitions,
        planned_spaces=planned_spaces(space_actions),
        known_spaces=known,
        validate=bool(options.get("validate", True)),
        prune_spaces=(options.get("prune_spaces") or []) if options.get("prune") else [],
        everything=listing != "none",
        whole=options.get("only") is None and not only_secrets,
    )

    # Whoever asks for none of them knows that there is none.
    nothing = not (options.get("connections") or options.get("spaces")) and options.get("only") != []
    if nothing:
        _look(session)
        plan.warnings.append(NOTHING_DECLARED)

    digest, unbound = plan_digest(session.tenant, space_actions, plan.actions, plan.tenant_id)
    if unbound and (check_mode or approved):
        plan.warnings.append(UNBOUND)

    def told(done: Applied, verification: Verification | None) -> Result:
        result = bulk_result(
            session.tenant,
            space_actions,
            done.space_errors,
            plan,
            done.outcomes,
            done.spaces,
            digest=digest,
            list_unchanged=options.get("list_unchanged") is not False,
            verification=verification,
        )
        result["nothing_declared"] = nothing
        return {**result, "undeclared": undeclared(plan, listing)} if listing != "none" else result

    done = Applied([Outcome(action, action.connection) for action in plan.actions])
    result = told(done, None)
    obstacle = _obstacle(session.tenant, options, space_actions, plan, len(definitions))
    # A plan that does nothing is that of a tenant where the approved one was carried out: a rollout that was stopped
    # goes on so.
    if approved and (result["changed"] or obstacle) and approved != digest:
        return _other_plan(session.tenant, options, result, obstacle)
    if obstacle:
        raise JobError(obstacle, {**result, "changed": False})
    if not check_mode and result["changed"]:
        done = _apply(session, space_actions, plan, parallel, look=only_secrets)
        result = told(done, None)
    verification = verify_outcomes(session, options, done.outcomes, check_mode)
    if verification is not None:
        result = told(done, verification)
    _refuse(session.tenant, done, verification, result)
    return _with_auth_urls(session, sign_ins, check_mode, result)


def _approved(tenant: str, options: Options) -> str:
    """The digest of the plan that was approved; empty without one.
    Raises QlikError for one that approves too little.
    """
    given = options.get("approved_plan")
    if given is None:
        return ""
    approved = str(given)
    if not approved:
        raise QlikError(
            f"{tenant}: approved_plan is empty, which approves nothing. Nothing was done: give the digest of an"
            " approved plan, or leave"
            " approved_plan out if none is needed."
        )
    if is_first_form(approved):
        raise QlikError(
            f"{tenant}: approved_plan is a digest of qlikops.cloud 0.1.0, which left out much of what would be written."
            " Nothing was"
            " done: plan again with this version, and have that plan approved."
        )
    return approved


def _declared(tenant: str, options: Options) -> tuple[list[Definition], list[Definition]]:
    """The definitions to hold, and those that ask where to sign in. Raises QlikError when options contradict each
    other.
    """
    for name in ("definitions_from", "host_variables", "approved_plans"):
        if options.get(name):
            raise QlikError(
                f"{tenant}: {name} is read on the controller, by the action plugin qlikops.cloud.qlik_data_connections,"
                " which didn't"
                " run. Call the module in a task, by its full name."
            )
    only, only_secrets, prune = options.get("only"), options.get("secrets_only"), options.get("prune")
    if prune and not options.get("prune_spaces"):
        raise QlikError(
            f"{tenant}: prune needs prune_spaces: name the spaces in which undeclared connections may be deleted."
        )
    if prune and (only is not None or only_secrets):
        raise QlikError(
            f"{tenant}: prune is about all declared connections, and {'only' if only is not None else 'secrets_only'}"
            " is not."
        )
    defaults = {name: options.get(name) for name in ("update_secrets", "fingerprint_key", "tags", "replace")}
    items = options.get("connections") or []
    definitions = [Definition.from_options(item, defaults, position) for position, item in enumerate(items, 1)]
    chosen = [True] * len(items) if only is None else selected(definitions, only, tenant)
    asking = [bool(item.get("auth_url_only")) for item in items]
    sign_ins = [definition for definition, here, asks in zip(definitions, chosen, asking) if here and asks]
    definitions = [definition for definition, here, asks in zip(definitions, chosen, asking) if here and not asks]
    if only_secrets:
        return [definition.rotation() for definition in definitions], []
    return definitions, sign_ins


def _obstacle(tenant: str, options: Options, space_actions: t.Sequence[SpaceAction], plan: Plan, declared: int) -> str:
    """Why the plan must not be carried out, so that nothing is written; empty when it may."""
    problems = _problems(tenant, space_actions, plan)
    if problems:
        wrong, things = (
            len(plan.problems) + sum(bool(action.problem) for action in space_actions),
            len(space_actions) + declared,
        )
        declared_things = counted(things, "declared thing")
        return f"{tenant}: nothing was written, since {wrong} of {declared_things} can't be:\n{_listed(problems)}"
    pruned = plan.actions[declared:]
    most = int(options.get("max_deletions", 10))
    if len(pruned) > most:
        names = [f"{action.space.label if action.space else ''}: {action.target.definition.label}" for action in pruned]
        connections = counted(
            len(pruned), "connection that is no longer declared", "connections that are no longer declared"
        )
        return (
            f"{tenant}: nothing was written, since {connections} would be deleted, and max_deletions allows"
            f" {most}:\n{_listed(names)}"
        )
    return ""


def _look(session: TenantSession) -> None:
    """See that the tenant answers its caller: with a wrong key, it must not look as if all were as declared. Raises
    QlikError.
    """
    if not session.counts.reads:
        Users(session).me()


def _other_plan(tenant: str, options: Options, result: Result, obstacle: str) -> Result:
    """What comes back when the plan isn't the approved one: an error, or a tenant that was skipped.

    C(obstacle): why it could not be carried out anyway, because the tenant can't be changed any more as it could when
    it was planned.
    """
    why = (
        f"{tenant}: nothing was written, since the plan is not the one that was approved: the tenant or the"
        " definitions changed since. Plan and approve again."
    )
    if options.get("approved_plan") == NOTHING_APPROVED:
        why = f"{tenant}: nothing was written, since no plan was approved for this tenant. Plan and approve again."
    if obstacle:
        why += f" As it is now, it can't be carried out: {obstacle}"
    result = {**result, "changed": False, "plan_differs": True}
    if options.get("when_plan_differs") == "skip":
        return {**result, "skipped": True, "skip_reason": why, "msg": why}
    raise JobError(why, result)


def _apply(
    session: TenantSession, space_actions: t.Sequence[SpaceAction], plan: Plan, parallel: int, *, look: bool
) -> Applied:
    """Carry the plan out; whatever fails, everything is tried."""
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
    outcomes = Applier(session, tenant_id, parallel=parallel, look=look).apply(plan.actions, spaces)
    ensure(action for action in space_actions if action.kind == "delete")

    failures = [_describe_space(session.tenant, name, error) for name, error in space_errors.items()]
    failures += [describe(session.tenant, outcome.action, outcome.error) for outcome in outcomes if outcome.error]
    failure = ""
    if failures:
        tried = sum(action.writes for action in space_actions) + sum(action.writes for action in plan.actions)
        changes = counted(tried, "change")
        failure = f"{session.tenant}: {len(failures)} of {changes} failed:\n{_listed(failures)}"
    return Applied(outcomes, space_errors, spaces, failure)


def _refuse(tenant: str, done: Applied, verification: Verification | None, result: Result) -> None:
    """Raise JobError when a change failed, or when what was written doesn't work."""
    problems = [done.failure] if done.failure else []
    if verification is not None and verification.failures:
        of = counted(len(verification.found), "connection")
        dead = _listed(verification.failures)
        problems.append(f"{tenant}: {len(verification.failures)} of {of} that were tried don't work:\n{dead}")
    if problems:
        raise JobError("\n".join(problems), result)


def _with_auth_urls(
    session: TenantSession, sign_ins: t.Sequence[Definition], check_mode: bool, result: Result
) -> Result:
    """Add where to sign in for the definitions that ask just that, at the end of the results."""
    failures = []
    for definition in sign_ins:
        entry = {
            "name": definition.name,
            "space": definition.space or "",
            "action": "none",
            "changes": [],
            "id": "",
            "error": "",
        }
        try:
            asked = ask_auth_url(session, definition, check_mode)
            entry["auth_url"] = asked["auth_url"]
            result["warnings"] += [
                warning for warning in asked.get("warnings", []) if warning not in result["warnings"]
            ]
        except QlikError as error:
            entry["error"] = str(error)
            failures.append(str(error))
        result["summary"]["failed" if entry["error"] else "unchanged"] += 1
        result["results"].append(entry)
    if failures:
        urls = counted(len(failures), "URL for signing in", "URLs for signing in")
        raise JobError(f"{session.tenant}: {urls} could not be had:\n{_listed(failures)}", result)
    return result


def _try_space(session: TenantSession, action: SpaceAction) -> tuple[Space | None, str]:
    """The space after its action, or why that failed: one that fails doesn't stop the others."""
    try:
        return apply_space(session, action), ""
    except QlikError as error:
        return None, str(error)


def _problems(tenant: str, space_actions: t.Sequence[SpaceAction], plan: Plan) -> list[str]:
    spaces = [
        _describe_space(tenant, action.definition.name, action.problem) for action in space_actions if action.problem
    ]
    return spaces + [describe(tenant, action, problem) for action in plan.problems for problem in action.problems]


def _describe_space(tenant: str, name: str, problem: str) -> str:
    return f"{tenant}: space '{name}': {problem}"


def _listed(problems: t.Iterable[str]) -> str:
    return "\n".join(f"- {problem}" for problem in problems)
