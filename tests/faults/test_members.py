"""Members of spaces under faults: nobody is locked out, and what was declared is so after a quiet run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members import apply, planner
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import decide_members

from tests.emulator import Emulator
from tests.faults.child import Nursery
from tests.faults.members import MembersPlan, MembersScenario, SpaceOfMembers, play_members

SCENARIOS = range(1, 13)
pytestmark = pytest.mark.usefixtures("quick")
MOVED = SpaceOfMembers(
    {"Runners": ["facilitator"], "jo": ["producer"]},
    {"runner": ["facilitator"], "kim": ["dataconsumer"], "jo": ["consumer"]},
    "exact",
)


def test_a_change_of_members_may_be_killed_at_every_request(world_server: Emulator, nursery: Nursery) -> None:
    for number in range(40):
        plan = MembersPlan("group", {"Sales": MOVED}, kill_at=number, handled=True)
        scenario = MembersScenario(world_server, nursery, plan)
        assert not scenario.play(), (number, scenario.violations)
        if not scenario.seen["killed"]:
            assert number > 5
            return
    raise AssertionError("it never came to its end")


def test_drawn_faults_lock_nobody_out(world_server: Emulator, nursery: Nursery) -> None:
    for seed in SCENARIOS:
        scenario = play_members(world_server, nursery, seed)
        assert not scenario.violations, (seed, scenario.plan, scenario.violations)


def test_the_campaign_sees_a_caller_that_is_locked_out(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_gets_it = {"kind": "status", "status": 403, "match": {"method": "POST", "path": "/assignments"}}
    plan = MembersPlan("group", {"Sales": MOVED}, faults=[{**nobody_gets_it, "times": 2}])
    assert not MembersScenario(world_server, nursery, plan).play()
    monkeypatch.setattr(apply, "_gives_management", lambda _change: False)
    assert MembersScenario(world_server, nursery, plan).play()


def test_the_campaign_sees_that_others_are_taken_away(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = MembersPlan("admin", {"Sales": SpaceOfMembers({"kim": ["producer"]}, {"jo": ["consumer"]})})
    assert not MembersScenario(world_server, nursery, plan).play()
    monkeypatch.setattr(
        planner, "decide_members", lambda space, known: decide_members(replace(space, members_mode="exact"), known)
    )
    assert MembersScenario(world_server, nursery, plan).play()
