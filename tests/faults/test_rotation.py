"""A rotation with a way back, killed at every request and drawn faults: nothing is left that nobody knows of."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import _put_back
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections import updates

from tests.emulator import Emulator
from tests.faults.child import Nursery
from tests.faults.rotation import OLD, Plan, RotationScenario, play_rotation

SCENARIOS = range(1, 16)
pytestmark = pytest.mark.usefixtures("quick")


def test_a_rotation_may_be_killed_at_every_request(world_server: Emulator, nursery: Nursery) -> None:
    # To be killed before a request is handled leaves the same as to be killed after the one before.
    for number in range(60):
        scenario = RotationScenario(world_server, nursery, Plan(right=OLD, kill_at=number, handled=True))
        assert not scenario.play(), (number, scenario.violations)
        if not scenario.seen["killed"]:
            assert number > 10
            return
    raise AssertionError("it never came to its end")


def test_drawn_faults_leave_nothing_that_nobody_knows_of(world_server: Emulator, nursery: Nursery) -> None:
    for seed in SCENARIOS:
        scenario = play_rotation(world_server, nursery, seed)
        assert not scenario.violations, (seed, scenario.plan, scenario.violations)


def test_the_campaign_sees_a_rotation_that_forgets_where_it_stood(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_may = {"kind": "status", "status": 403, "match": {"method": "POST", "path": "/apps$"}, "times": None}
    plan = Plan(faults=[nobody_may])
    assert not RotationScenario(world_server, nursery, plan).play()
    monkeypatch.setattr(updates, "rotation_notes", lambda _match, _connection: ("qlikops.cloud:rotating:x:y",))
    assert RotationScenario(world_server, nursery, plan).play()


def test_the_campaign_sees_secrets_that_are_not_put_back(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_put_back, "_returning", lambda _outcomes, _tried: [])
    assert RotationScenario(world_server, nursery, Plan()).play()
