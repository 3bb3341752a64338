"""What is decided about members of a space, whatever is declared and held: pure functions on drawn cases."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import State
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.member import MemberDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member, in_order
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import (
    Found,
    MemberPlan,
    SpaceState,
    decide_members,
)
from hypothesis import given
from hypothesis import strategies as st

ROLES = ("codeveloper", "consumer", "dataconsumer", "facilitator", "producer")
IDS = tuple(f"id{number}" for number in range(7))
OWNER = "id0"
SPACE = Space("s", "Sales", "shared", owner_id=OWNER, assignable_roles=ROLES)

some_roles = st.lists(st.sampled_from(ROLES), min_size=1, unique=True).map(in_order)
# A role of a version after ours may be held.
held_roles = st.lists(st.sampled_from((*ROLES, "superviewer")), min_size=1, unique=True).map(in_order)
kinds = st.sampled_from(("user", "group", "bot"))
held_members = st.dictionaries(st.sampled_from(IDS), st.tuples(kinds, held_roles)).map(
    lambda rows: [Member(kind, one, roles, f"a-{one}") for one, (kind, roles) in rows.items()]
)
STATES: tuple[State, ...] = ("present", "present", "absent")
states = st.sampled_from(STATES)
definitions = st.dictionaries(st.sampled_from(IDS), st.tuples(kinds, some_roles, states)).map(
    lambda rows: tuple(
        MemberDefinition(kind, f"ref-{one}", roles, state, position)
        for position, (one, (kind, roles, state)) in enumerate(rows.items(), 1)
    )
)
declared_spaces = st.builds(
    SpaceDefinition,
    name=st.just("Sales"),
    members=definitions,
    members_mode=st.sampled_from(("merge", "exact")),
    max_member_removals=st.integers(0, 7),
)
callers = st.builds(
    User,
    id=st.sampled_from(IDS),
    roles=st.sampled_from(((), ("TenantAdmin",), ("DataAdmin",))),
    groups=st.one_of(st.none(), st.frozensets(st.sampled_from(IDS), max_size=2)),
)


def known_of(definition: SpaceDefinition, held: list[Member], caller: User | None = None) -> SpaceState:
    people = {one: Found(one.reference.removeprefix("ref-")) for one in definition.members or ()}
    return SpaceState(SPACE, OWNER, held, people, caller=caller)


def made(plan: MemberPlan) -> list[Member]:
    """The members once a plan is carried out, as the tenant would show them."""
    return [member._replace(id=f"a-{member.assignee_id}", name="") for member in plan.after]


@given(declared_spaces, held_members)
def test_what_was_foreseen_needs_nothing_more(definition: SpaceDefinition, held: list[Member]) -> None:
    plan = decide_members(definition, known_of(definition, held))
    again = decide_members(definition, known_of(definition, made(plan)))
    assert again.changes == ()
    assert {one.assignee_id: one.roles for one in again.after} == {one.assignee_id: one.roles for one in plan.after}


@given(declared_spaces, held_members)
def test_the_changes_are_what_leads_from_before_to_after(definition: SpaceDefinition, held: list[Member]) -> None:
    plan = decide_members(definition, known_of(definition, held))
    members = {member.assignee_id: member.roles for member in held}
    for change in plan.changes:
        if change.kind == "remove":
            del members[change.member.assignee_id]
        else:
            assert (change.kind == "add") is (change.member.assignee_id not in members)
            members[change.member.assignee_id] = change.member.roles
    assert members == {member.assignee_id: member.roles for member in plan.after}
    assert all(change.member.roles for change in plan.changes)


@given(declared_spaces, held_members)
def test_who_is_named_holds_just_the_declared_roles(definition: SpaceDefinition, held: list[Member]) -> None:
    plan = decide_members(definition, known_of(definition, held))
    after = {member.assignee_id: member.roles for member in plan.after}
    named = {one.reference.removeprefix("ref-"): one for one in definition.members or ()}
    for assignee_id, one in named.items():
        if assignee_id == OWNER:
            continue
        if one.state == "absent":
            assert assignee_id not in after
        else:
            assert after[assignee_id] == one.roles
    before = {member.assignee_id: member.roles for member in held}
    for assignee_id, roles in before.items():
        if assignee_id in named and assignee_id != OWNER:
            continue
        if definition.members_mode == "merge" or assignee_id == OWNER:
            assert after[assignee_id] == roles, "nobody else is touched, nor is the owner"
        else:
            assert assignee_id not in after
    removed = set(before) - set(after) - set(named)
    assert bool(plan.problems and "max_member_removals" in "".join(plan.problems)) is (
        len(removed) > definition.max_member_removals
    )


@given(declared_spaces, held_members, callers)
def test_no_caller_loses_the_way_in(definition: SpaceDefinition, held: list[Member], caller: User) -> None:
    """Whoever could change the members before may do so afterwards, or the plan has a problem."""
    plan = decide_members(definition, known_of(definition, held, caller))
    if plan.problems:
        return
    mine = {caller.id, *(caller.groups or ())}

    def manages(members: list[Member]) -> bool:
        ways = {member.assignee_id for member in members if "facilitator" in member.roles}
        return caller.id == OWNER or "TenantAdmin" in caller.roles or bool(ways & mine)

    assert manages(list(plan.after)) or not manages(held)
    ids = {member.assignee_id for member in plan.after}
    named = {one.reference.removeprefix("ref-") for one in definition.members or ()}
    if caller.id in {member.assignee_id for member in held} and caller.id not in named:
        assert caller.id in ids, "nobody is removed by being left out who is the caller"


@given(declared_spaces, held_members)
def test_the_order_of_things_makes_no_difference(definition: SpaceDefinition, held: list[Member]) -> None:
    plan = decide_members(definition, known_of(definition, held))
    turned = definition._replace(members=tuple(reversed(definition.members or ())))
    other = decide_members(turned, known_of(turned, held[::-1]))
    assert (other.changes, other.after, sorted(other.problems)) == (plan.changes, plan.after, sorted(plan.problems))
