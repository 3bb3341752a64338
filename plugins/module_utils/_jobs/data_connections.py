# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connections: all declared spaces and connections of one tenant in one call."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import Policy
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, counted
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._approval import (
    NOTHING_APPROVED,
    UNBOUND,
    Unapproved,
    approved_digest,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._bulk_options import (
    Declared,
    declared_of,
    pruned_spaces,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._bulk_result import (
    Applied,
    BulkPlan,
    Listing,
    SpaceOutcomes,
    bulk_result,
    undeclared,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._changed_by import Changers, read_changers
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._connection import ask_auth_url
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._members import member_warnings
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._policy import Held, hold, policy_of
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._put_back import verified_rotation
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._targets import targets
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._verify import (
    Verification,
    check_verify,
    places_to_try,
    statements_that_work,
    verify_outcomes,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Applier
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.digest import plan_digest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.planner import Planner
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.proofs import with_proofs
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.planner import plan_members
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.apply import (
    ChangedPartlyError,
    apply_space,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import (
    SpaceAction,
    decide_spaces,
    planned_spaces,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.read import read_owners
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

NOTHING_DECLARED = (
    "Neither connections nor spaces are declared for this tenant, so nothing was done but to read it. If that isn't"
    " meant, see whether the"
    " variables with the definitions are those of its host and groups, and whether their names begin with"
    " qlik_connections_definitions."
)


class _Found(t.NamedTuple):
    """What a tenant was found to be: the plan for it, why that must not be carried out (C(obstacle)), and what the
    result says beside the plan.
    """

    plan: BulkPlan
    obstacle: str
    beside: Result
    changers: Changers
    list_unchanged: bool

    def result(self, done: Applied, verification: Verification | None = None) -> Result:
        """What the task returns once so much was done."""
        result = bulk_result(self.plan, done, verification, list_unchanged=self.list_unchanged)
        return self.changers.told_in({**result, **self.beside})


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring a tenant's declared spaces and connections to their declared state. Raises JobError with all results."""
    approved = approved_digest(session.tenant, options)
    declared = declared_of(session.tenant, options)
    check_verify(session.tenant, options)
    found = _find(session, options, declared, check_mode=check_mode)
    plan = found.plan
    if not plan.binds_all and (check_mode or approved):
        plan.connections.warnings.append(UNBOUND)
    done = plan.foreseen()
    result = found.result(done)
    if approved and approved != plan.digest:
        # A plan that does nothing is that of a tenant where the approved one was carried out: a rollout that was
        # stopped goes on so. Where nobody approved anything, nothing is tried either, which writes.
        unnamed = approved == NOTHING_APPROVED and bool(places_to_try(options, done.outcomes))
        if result["changed"] or found.obstacle or unnamed:
            return Unapproved(session.tenant, options, found.obstacle).result(result)
    if found.obstacle:
        raise JobError(found.obstacle, {**result, "changed": False})
    proven: t.Mapping[str, str] = {}
    if result["changed"] and not check_mode:
        session.begin_writing()
        if options.get("put_back"):
            proven = statements_that_work(session, options, plan.connections.actions)
            plan.connections.actions = with_proofs(plan.connections.actions, proven)
        done = _apply(session, plan, _parallel(options), look=declared.only_secrets)
        result = found.result(done)
    done, verification = _tried(session, options, done, check_mode, proven)
    if verification is not None:
        result = found.result(done, verification)
    failures = [*_failed_changes(plan, done), *_failed_trials(session.tenant, verification, options)]
    if failures:
        raise JobError("\n".join(failures), result)
    return _with_auth_urls(session, declared.sign_ins, check_mode, result)


def _find(session: TenantSession, options: Options, declared: Declared, *, check_mode: bool) -> _Found:
    """Read the tenant, and hold what is declared, and the policy, against it."""
    policy = policy_of(session.tenant, options)
    listing: Listing = options.get("list_undeclared") or "none"
    everything = listing != "none" or bool(options.get("list_targets")) or (bool(policy) and declared.whole)
    plan = _plan(session, options, declared, everything=everything, policy=policy.digest)
    nothing = _is_nothing_declared(options)
    if nothing:
        _look(session)
        plan.connections.warnings.append(NOTHING_DECLARED)
    held = _held_against_policy(
        session, plan, policy, whole=declared.whole, listing=check_mode and options.get("breaches") == "list"
    )
    obstacles = [_obstacle(plan, len(declared.definitions), int(options.get("max_deletions", 10)))]
    if held is not None:
        plan.connections.warnings += held.warnings
        obstacles.append(held.obstacle)
    return _Found(
        plan=plan,
        obstacle="\n".join(filter(None, obstacles)),
        beside={"nothing_declared": nothing, **_beside(session, options, plan, held, listing)},
        changers=read_changers(session, plan.connections) if options.get("change_events") else Changers(),
        list_unchanged=options.get("list_unchanged") is not False,
    )


def _tried(
    session: TenantSession, options: Options, done: Applied, check_mode: bool, proven: t.Collection[str]
) -> tuple[Applied, Verification | None]:
    """What was found by trying what was written, if that is wanted; and what is there after secrets were put back."""
    if not options.get("put_back"):
        return done, verify_outcomes(session, options, done.outcomes, check_mode)
    outcomes, verification = verified_rotation(session, options, done.outcomes, check_mode, proven)
    return done._replace(outcomes=outcomes), verification


def _is_nothing_declared(options: Options) -> bool:
    """Whether a tenant has no definition at all. Whoever asks for none of them knows that there is none."""
    return not (options.get("connections") or options.get("spaces")) and options.get("only") != []


def _parallel(options: Options) -> int:
    return max(1, int(options.get("parallel") or 8))


def _plan(session: TenantSession, options: Options, declared: Declared, *, everything: bool, policy: str) -> BulkPlan:
    known = Spaces(session).all() if declared.spaces or everything else []
    space_actions = decide_spaces(declared.spaces, known, read_owners(session, declared.spaces, known))
    are_listed = (options.get("list_undeclared") or "none") != "none"
    space_actions = plan_members(session, space_actions, name_undeclared=are_listed)
    connections = Planner(session, parallel=_parallel(options)).plan(
        declared.definitions,
        planned_spaces=planned_spaces(space_actions),
        known_spaces=known,
        validate=bool(options.get("validate", True)),
        prune_spaces=pruned_spaces(options),
        everything=everything,
        whole=declared.whole,
    )
    connections.warnings += member_warnings(space_actions, connections.actions)
    digest, is_unbound = plan_digest(session.tenant, space_actions, connections.actions, connections.tenant_id, policy)
    return BulkPlan(session.tenant, space_actions, connections, digest, binds_all=not is_unbound)


def _held_against_policy(
    session: TenantSession, plan: BulkPlan, policy: Policy, *, whole: bool, listing: bool
) -> Held | None:
    """The plan held against the policy; None without one. C(listing): breaches are only listed, which a run that writes
    never does.
    """
    if not policy:
        return None
    return hold(session, policy, plan.connections, whole=whole, listing=listing)


def _beside(session: TenantSession, options: Options, plan: BulkPlan, held: Held | None, listing: Listing) -> Result:
    """What the result says of the tenant beside the plan, as far as it is asked for."""
    found: Result = {}
    if listing != "none":
        found["undeclared"] = undeclared(plan.connections, listing)
    if held is not None:
        found["policy"] = held.result()
    if options.get("list_targets"):
        found["targets"] = targets(session, plan.connections)
    return found


def _look(session: TenantSession) -> None:
    """See that the tenant answers its caller: with a wrong key, it must not look as if all were as declared. Raises
    QlikError.
    """
    if not session.counts.reads:
        Users(session).me()


def _obstacle(plan: BulkPlan, declared: int, max_deletions: int) -> str:
    """Why the plan must not be carried out, so that nothing is written; empty when it may. C(declared) is the number of
    definitions.
    """
    problems = plan.problems
    if problems:
        wrong = len(plan.connections.problems) + sum(bool(action.problem) for action in plan.space_actions)
        things = counted(len(plan.space_actions) + declared, "declared thing")
        return f"{plan.tenant}: nothing was written, since {wrong} of {things} can't be:\n{_as_list(problems)}"
    pruned = plan.connections.actions[declared:]
    if len(pruned) <= max_deletions:
        return ""
    names = [f"{action.space.label if action.space else ''}: {action.target.definition.label}" for action in pruned]
    connections = counted(
        len(pruned), "connection that is no longer declared", "connections that are no longer declared"
    )
    return (
        f"{plan.tenant}: nothing was written, since {connections} would be deleted, and max_deletions allows"
        f" {max_deletions}:\n{_as_list(names)}"
    )


def _apply(session: TenantSession, plan: BulkPlan, parallel: int, *, look: bool) -> Applied:
    """Carry the plan out, spaces that are made or changed first, those that go last; whatever fails, all is tried."""
    spaces = SpaceOutcomes()
    for action in plan.space_actions:
        if action.kind in ("create", "update"):
            _apply_space(session, action, spaces)
    tenant_id = plan.connections.tenant_id
    if not tenant_id:
        tenant_id = next((space.tenant_id for space in spaces.made.values() if space.tenant_id), "")
    applier = Applier(session, tenant_id, parallel=parallel, look=look)
    outcomes = applier.apply(plan.connections.actions, spaces.made)
    for action in plan.space_actions:
        if action.kind == "delete":
            _apply_space(session, action, spaces)
    return Applied(outcomes, spaces)


def _apply_space(session: TenantSession, action: SpaceAction, spaces: SpaceOutcomes) -> None:
    """Carry out one action and note what became of it: one that fails doesn't stop the others."""
    name = action.definition.name
    try:
        made = apply_space(session, action)
    except ChangedPartlyError as error:
        spaces.errors[name] = str(error)
        made = error.space
    except QlikError as error:
        spaces.errors[name] = str(error)
        return
    if made is not None:
        spaces.made[name] = made


def _failed_changes(plan: BulkPlan, done: Applied) -> t.Iterator[str]:
    """What is to be said of changes that failed, if any did."""
    failures = [plan.about_space(name, error) for name, error in done.spaces.errors.items()]
    failures += [describe(plan.tenant, outcome.action, outcome.error) for outcome in done.outcomes if outcome.error]
    if failures:
        tried = sum(action.writes for action in (*plan.space_actions, *plan.connections.actions))
        changes = counted(tried, "change")
        yield f"{plan.tenant}: {len(failures)} of {changes} failed:\n{_as_list(failures)}"


def _failed_trials(tenant: str, verification: Verification | None, options: Options) -> t.Iterator[str]:
    """What is to be said of connections that were tried and don't work, if any doesn't."""
    if verification is not None and verification.failures:
        connections = counted(len(verification.found), "connection")
        dead = _as_list(verification.failures.values())
        if options.get("put_back"):
            yield f"{tenant}: the rotation failed at {len(verification.failures)} of {connections}:\n{dead}"
        else:
            yield f"{tenant}: {len(verification.failures)} of {connections} that were tried don't work:\n{dead}"


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
            result["warnings"] = list(dict.fromkeys([*result["warnings"], *asked.get("warnings", [])]))
        except QlikError as error:
            entry["error"] = str(error)
            failures.append(str(error))
        result["summary"]["failed" if entry["error"] else "unchanged"] += 1
        result["results"].append(entry)
    if failures:
        urls = counted(len(failures), "URL for signing in", "URLs for signing in")
        raise JobError(f"{session.tenant}: {urls} could not be had:\n{_as_list(failures)}", result)
    return result


def _as_list(problems: t.Iterable[str]) -> str:
    """A line for each; what is said of two definitions in the same words stands there once."""
    return "\n".join(f"- {problem}" for problem in dict.fromkeys(problems))
