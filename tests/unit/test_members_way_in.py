"""Nobody locks themselves out of a space: not by a group that is disabled or built in, nor by a change that failed."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.way_in import lost_way_in

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed
from tests.unit.test_members import BULK, SPACE, declared, members_of, of_analysts, people

__all__ = ["people"]

pytestmark = pytest.mark.usefixtures("short_pauses")
KEY = "key-of-the-runner-0123456789"
POSTS = {"method": "POST", "path": "assignments"}


def runner(tenant: Tenant, *groups: str, roles: tuple[str, ...] = ()) -> str:
    """Somebody who runs the collection, as KEY, and is in these groups; the id."""
    user = tenant.add_user("runner", "runner@acme.example", roles=roles, groups=groups)
    tenant.add_api_key(KEY, user.id)
    return user.id


def by_runner(*members: dict[str, Any], **options: Any) -> dict[str, Any]:
    return declared(*members, access_token=KEY, **options)


@pytest.mark.parametrize("wanted", [{"state": "absent"}, {"roles": ["consumer"]}], ids=["absent", "less"])
def test_who_comes_in_by_the_group_of_everybody(people: Tenant, wanted: dict[str, Any]) -> None:
    runner(people)
    people.assign(people.space("Sales"), people.everyone, ["facilitator"], "group")
    people.reset_log()
    message = fail(SPACE, people, by_runner({"group": "Everyone", **wanted}))
    assert "could not change this space's members any more" in message
    assert people.writes() == []
    moved = by_runner({"group": "Everyone", **wanted}, {"user": "runner@acme.example", "roles": ["facilitator"]})
    succeed(SPACE, people, moved)
    assert members_of(people)["runner"] == ["facilitator"]


def test_exact_leaves_the_group_of_everybody_where_the_caller_needs_it(people: Tenant) -> None:
    runner(people)
    people.assign(people.space("Sales"), people.everyone, ["facilitator"], "group")
    fail(SPACE, people, by_runner(members_mode="exact"))
    assert members_of(people) == {"Everyone": ["facilitator"]}


@pytest.mark.parametrize("declares_group", [True, False])
def test_a_group_that_is_disabled_lets_nobody_in(people: Tenant, declares_group: bool) -> None:
    people.add_group("Off", status="disabled")
    user_id = runner(people, "Off")
    people.assign(people.space("Sales"), user_id, ["facilitator"])
    people.assign(people.space("Sales"), people.group("Off").id, ["facilitator"], "group")
    members = [{"user": user_id, "roles": ["consumer"]}]
    if declares_group:
        members.append({"group": "Off", "roles": ["facilitator"]})
    assert "could not change" in fail(SPACE, people, by_runner(*members))
    people.groups[people.group("Off").id].status = "active"
    succeed(SPACE, people, by_runner(*members))
    assert members_of(people)["runner"] == ["consumer"]


@pytest.mark.parametrize("module", [SPACE, BULK])
@pytest.mark.parametrize("status", [500, 403, 400])
def test_nobody_loses_the_right_while_who_was_to_get_it_has_not(people: Tenant, status: int, module: str) -> None:
    user_id = runner(people, "Finance")
    space = people.space("Sales")
    people.assign(space, user_id, ["facilitator"])
    people.assign(space, people.user("kim").id, ["consumer"])
    people.set_faults([{"kind": "status", "status": status, "times": None, "match": POSTS}])
    members = (
        {"group": "Finance", "roles": ["facilitator"]},
        {"user": user_id, "roles": ["consumer"]},
        {"user": "kim@acme.example", "state": "absent"},
    )
    options = by_runner(*members)
    if module == BULK:
        options = {"access_token": options.pop("access_token"), "spaces": [options]}
    message = fail(module, people, {**options, "max_wait": 2})
    assert "2 of 3 changes of members failed" in message
    assert "facilitator -> consumer: not done" in message
    assert members_of(people) == {"runner": ["facilitator"]}
    people.set_faults([])
    succeed(module, people, options)
    assert members_of(people) == {"runner": ["consumer"], "Finance": ["facilitator"]}


@pytest.mark.parametrize(
    "old_owner", [[], [{"user": "runner@acme.example", "roles": ["consumer"]}]], ids=["gone", "member"]
)
def test_a_space_is_not_given_away_while_its_owner_has_no_other_way_in(
    people: Tenant, old_owner: list[dict[str, Any]]
) -> None:
    space = people.space("Sales")
    space.owner_id = runner(people, "Finance")
    people.set_faults([{"kind": "status", "status": 500, "times": None, "match": POSTS}])
    members = [{"group": "Finance", "roles": ["facilitator"]}, *old_owner]
    options = by_runner(*members, owner=people.user("kim").id, description="ours")
    message = fail(SPACE, people, {**options, "max_wait": 2})
    assert "owner: not done" in message
    assert (space.owner_id, space.description) == (people.user("runner").id, "ours")
    people.set_faults([])
    succeed(SPACE, people, options)
    assert space.owner_id == people.user("kim").id
    assert members_of(people)["Finance"] == ["facilitator"]


def test_who_takes_a_space_over_loses_nothing_before_it_is_its_own(people: Tenant) -> None:
    user_id = runner(people)
    space = people.space("Sales")
    people.assign(space, people.everyone, ["facilitator"], "group")
    options = by_runner(members_mode="exact", owner=user_id)
    people.set_faults([{"kind": "status", "status": 500, "times": None, "match": {"method": "PATCH"}}])
    assert "group Everyone: remove (facilitator): not done" in fail(SPACE, people, {**options, "max_wait": 2})
    assert members_of(people) == {"Everyone": ["facilitator"]}
    people.set_faults([])
    succeed(SPACE, people, options)
    assert (members_of(people), space.owner_id) == ({}, user_id)


class TestWhateverFails:
    """A caller who may change the members of a space before a run may do so after it, whatever was declared, and
    whichever requests failed.
    """

    USERS, GROUPS = ("jo", "kim", "runner"), ("Analysts", "Finance", "Off", "Everyone")

    def may_change(self, people: Tenant) -> bool:
        user, space = people.user("runner"), people.space("Sales")
        return space.owner_id == user.id or "facilitator" in space.roles_of({user.id, *people.groups_of(user)})

    def roles(self, draw: Random) -> list[str]:
        return draw.sample(["consumer", "facilitator", "producer"], draw.randint(1, 2))

    def a_space(self, people: Tenant, draw: Random, owners: tuple[str, ...]) -> None:
        space, user = people.space("Sales"), people.user("runner")
        space.assignments.clear()
        space.owner_id = draw.choice(owners)
        user.groups = [people.group(name).id for name in self.GROUPS[:3] if draw.random() < 0.5]
        for name in (*self.USERS, *self.GROUPS):
            assignee, kind = people.assignee(name)
            if assignee != space.owner_id and draw.random() < 0.5:
                people.assign(space, assignee, self.roles(draw), kind)

    def a_definition(self, draw: Random, owners: tuple[str, ...]) -> dict[str, Any]:
        named = [{"user": f"{name}@acme.example"} for name in self.USERS] + [{"group": name} for name in self.GROUPS]
        members = [
            {**one, "roles": self.roles(draw), "state": draw.choice(["present", "present", "absent"])}
            for one in named
            if draw.random() < 0.5
        ]
        owner = {"owner": draw.choice(owners)} if draw.random() < 0.4 else {}
        return by_runner(*members, members_mode=draw.choice(["merge", "exact"]), max_wait=0, **owner)

    def a_fault(self, draw: Random) -> dict[str, Any]:
        match = {"method": draw.choice(["POST", "PUT", "DELETE", "PATCH"])}
        kinds: list[dict[str, Any]] = [{"kind": "status", "status": status} for status in (403, 500)]
        kind = draw.choice([*kinds, {"kind": "reset"}])
        return {**kind, "times": draw.choice([1, 3, None]), "after": draw.randint(0, 2), "match": match}

    @pytest.mark.exhaustive
    @pytest.mark.parametrize("seed", range(4))
    def test_the_way_in_stays(self, people: Tenant, seed: int) -> None:
        people.limits.configure(enabled=False)
        people.add_group("Off", status="disabled")
        draw, owner, user_id = Random(seed), people.space("Sales").owner_id, runner(people)
        results = set()
        for number in range(60):
            self.a_space(people, draw, (owner, owner, user_id))
            before = self.may_change(people)
            options = self.a_definition(draw, (owner, user_id, people.user("kim").id))
            people.set_faults([self.a_fault(draw)] if draw.random() < 0.6 else [])
            result = run(SPACE, people, options)
            assert self.may_change(people) or not before, (number, options, result.get("msg"))
            people.set_faults([])
            results.add((before, bool(result.get("failed"))))
        assert {(True, True), (True, False), (False, True)} <= results


def test_a_failure_that_gives_nobody_the_right_stops_nothing(people: Tenant) -> None:
    space = people.space("Sales")
    people.assign(space, people.user("kim").id, ["facilitator"])
    people.set_faults([{"kind": "status", "status": 400, "times": None, "match": POSTS}])
    options = declared(of_analysts("consumer"), {"user": "kim@acme.example", "state": "absent"})
    assert "1 of 2 changes of members failed" in fail(SPACE, people, options)
    assert members_of(people) == {}


@pytest.mark.parametrize(("roles", "asks"), [(("TenantAdmin",), 0), ((), 2)], ids=["administrator", "member"])
def test_groups_are_looked_up_for_those_who_come_in_by_them(people: Tenant, roles: tuple[str, ...], asks: int) -> None:
    runner(people, "Analysts", roles=roles)
    people.assign(people.space("Sales"), people.everyone, ["facilitator"], "group")
    people.assign(people.space("Sales"), people.user("kim").id, ["facilitator"])
    people.reset_log()
    succeed(SPACE, people, by_runner({"user": people.user("kim").id, "state": "absent"}))
    assert requests_of(people).count("GET v1/groups") == asks


def test_who_may_not_look_up_groups_keeps_its_own(people: Tenant) -> None:
    user_id = runner(people, "Finance")
    people.assign(people.space("Sales"), user_id, ["facilitator"])
    people.assign(people.space("Sales"), people.group("Finance").id, ["facilitator"], "group")
    people.set_behaviours(groups_read_by="admins")
    assert run(SPACE, people, by_runner({"user": user_id, "roles": ["consumer"]}))["changed"]
    last = {"group": people.group("Finance").id, "state": "absent"}
    assert "could not change" in fail(SPACE, people, by_runner(last))


@pytest.mark.parametrize("was_owner", [True, False])
@pytest.mark.parametrize("groups", [None, frozenset(), frozenset({"g"})], ids=["unknown", "none", "one"])
@pytest.mark.parametrize("before", [(), ("c",), ("g",), ("c", "g"), ("x",)], ids=str)
@pytest.mark.parametrize("after", [(), ("c",), ("g",), ("x",), ("c", "g")], ids=str)
def test_lost_is_what_was_there_and_is_not_any_more(
    was_owner: bool, groups: frozenset[str] | None, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    def managers(ids: tuple[str, ...]) -> list[Member]:
        return [Member("user" if one == "c" else "group", one, ("facilitator",)) for one in ids]

    space = Space(id="s", name="S", type="shared", owner_id="c" if was_owner else "o")
    lost = lost_way_in(User("c", groups=groups), space, "o", managers(before), managers(after))
    if groups is None and not was_owner and "c" not in before:
        assert lost == ("c" not in after and bool(set(before) - set(after)))
        return
    ways = {"c", *(groups or ())}
    could = was_owner or not ways.isdisjoint(before)
    # An owner who gives the space away can't be made a member any more.
    can = not (ways - {"c"} if was_owner and "c" not in before else ways).isdisjoint(after)
    assert lost == (could and not can)
