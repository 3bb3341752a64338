# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps about who may use a space of the run: a group that was named, nobody at all, and the caller's own bot."""

from __future__ import annotations

import secrets

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Reply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.reading import MANY, most_accepted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import StepError, World

_FIRST_ROLE, _SECOND_ROLE = "consumer", "dataconsumer"


@step("Read the roles that a space can give, in a list", "assignable_roles_listed")
def roles_in_list(world: World) -> None:
    single = world.ask.get(f"spaces/{world.space}")
    if not list_at(single.body, "meta", "assignableRoles"):
        raise StepError("a single space doesn't show the roles that it can give either")
    listed = world.ask.get("spaces", {"name": world.ledger.marker})
    held = [list_at(row, "meta", "assignableRoles") for row in listed.rows]
    kind = "shown" if any(held) else "empty"
    world.findings.position("assignable_roles_listed", kind, f"a list of {len(held)} spaces")


@step("Ask for limits of the members of a space", "assignments_max_limit")
def limits(world: World) -> None:
    path = f"spaces/{world.space}/assignments"
    most = most_accepted(lambda limit: world.ask.get(path, {"limit": limit}))
    seen = world.findings.seen.get("limit_out_of_range")
    if most == MANY and (seen is None or seen.position == "clamp"):
        raise StepError("every limit is accepted, and there are too few members to see")
    world.findings.position("assignments_max_limit", most % MANY, f"limit={MANY} and smaller ones were tried")


@step("Filter users by two conditions", "filters_with_or")
def joined_filters(world: World) -> None:
    one = world.caller.id
    reply = world.ask.get("users", {"filter": f'id eq "{one}" or id eq "{one}"', "limit": 1})
    world.findings.either("filters_with_or", {200: "accept", 400: "reject"}, reply.status, reply.words)


@step("Read groups", "groups_read_by")
def groups(world: World) -> None:
    if world.caller.is_admin:
        raise StepError("the caller is an administrator, who may read groups in any case")
    reply = world.ask.get("groups", {"limit": 1})
    if reply.status == 403:
        world.findings.lacks("reading groups", "members of spaces that are groups")
    world.findings.either("groups_read_by", {200: "everybody", 403: "admins"}, reply.status, reply.words)


@step("Make a member of somebody who doesn't exist", "unknown_assignee_status")
def nobody(world: World) -> None:
    assignee = secrets.token_hex(12)
    if world.ask.get(f"users/{assignee}").status != 404:
        raise StepError("no id was found that no user has")
    reply = _add(world, "user", assignee)
    world.findings.either("unknown_assignee_status", {404: 404, 400: 400}, reply.status, reply.words)


@step("Make a member of the group that was named, change its roles, and remove it", option="group")
def named_group(world: World) -> None:
    if not world.group:
        return
    reply = _add(world, "group", world.group)
    world.findings.fact("member_add", reply.status == 201, reply.words)
    if not reply.ok:
        return
    again = _add(world, "group", world.group)
    world.findings.fact("member_twice", again.status == 409, again.words)
    path = f"spaces/{world.space}/assignments/{reply['id']}"
    changed = world.ask.send("PUT", path, {"roles": [_SECOND_ROLE]})
    world.findings.fact("member_change", member(changed.body, "roles") == [_SECOND_ROLE], changed.words)
    removed = world.ask.send("DELETE", path)
    world.findings.fact("member_remove", removed.status == 204, removed.words)


@step("If an OAuth client runs this, try to make its bot a member of the space that the bot owns")
def own_bot(world: World) -> None:
    """Nothing is taken back should that be accepted: no run removes its own way in. It goes with the space."""
    if not world.caller.is_bot:
        return
    listed = world.ask.get(f"spaces/{world.space}/assignments", {"assigneeId": world.caller.id})
    if not listed.ok:
        raise StepError(f"the members of a space of the run can't be read: {listed.words}")
    world.findings.fact("owner_unlisted", not listed.rows, f"{len(listed.rows)} assignments of the owner")
    reply = _add(world, "bot", world.caller.id)
    world.findings.fact("owner_no_member", 400 <= reply.status < 500, reply.words)


def _add(world: World, kind: str, assignee: str) -> Reply:
    """Try to make somebody a member of the run's first space."""
    world.guard.members.named.add(assignee)
    body = {"type": kind, "assigneeId": assignee, "roles": [_FIRST_ROLE]}
    try:
        return world.ask.send("POST", f"spaces/{world.space}/assignments", body)
    finally:
        world.guard.members.named.discard(assignee)
