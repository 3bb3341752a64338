"""The nightly test, killed at every request and under drawn faults: its word can be believed, and nothing is left."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_verdict import Verdict
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials import batches
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.test_app import TestApp

from tests.emulator import Emulator
from tests.faults.child import Nursery
from tests.faults.nightly import Night, NightlyScenario, play_night

SCENARIOS = range(1, 13)
NOT_DELETED = {"kind": "status", "status": 500, "match": {"method": "DELETE", "path": "/apps/"}, "times": None}
pytestmark = pytest.mark.usefixtures("quick")


def test_a_nightly_test_may_be_killed_at_every_request(world_server: Emulator, nursery: Nursery) -> None:
    left = 0
    for number in range(60):
        scenario = NightlyScenario(world_server, nursery, Night(kill_at=number, handled=True))
        assert not scenario.play(), (number, scenario.violations)
        left += scenario.seen["an app was left over"]
        if not scenario.seen["killed"]:
            assert left > 3
            return
    raise AssertionError("it never came to its end")


def test_drawn_faults_neither_mislead_nor_leave_anything(world_server: Emulator, nursery: Nursery) -> None:
    for seed in SCENARIOS:
        scenario = play_night(world_server, nursery, seed)
        assert not scenario.violations, (seed, scenario.plan, scenario.violations)


def test_apps_that_cannot_be_deleted_are_deleted_by_the_next_run(world_server: Emulator, nursery: Nursery) -> None:
    scenario = NightlyScenario(world_server, nursery, Night(faults=[NOT_DELETED]))
    assert not scenario.play(), scenario.violations
    assert scenario.seen["an app was left over"]


def test_the_campaign_sees_what_is_left_over(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TestApp, "_remove_leftovers", lambda _app: None)
    assert NightlyScenario(world_server, nursery, Night(faults=[NOT_DELETED])).play()


def test_the_campaign_sees_a_connection_that_is_called_dead_for_want_of_a_log(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Night(cuts=(0.5,) * 20)
    assert not NightlyScenario(world_server, nursery, plan).play()
    # As if what a log doesn't tell weren't left open.
    monkeypatch.setattr(batches, "Verdict", lambda works, message, **_again: Verdict(bool(works), message))
    assert NightlyScenario(world_server, nursery, plan).play()
