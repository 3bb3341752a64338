"""Whatever goes wrong during a run: one clean run later all is as declared, nothing is lost, doubled, touched or told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile import apply, creating, secret_policy
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.plan import Action

from tests.emulator import Emulator
from tests.faults.campaign import Scenario, play
from tests.faults.child import Nursery

SCENARIOS = range(1, 26)
pytestmark = pytest.mark.usefixtures("quick")


def test_drawn_faults_do_no_lasting_harm(world_server: Emulator, nursery: Nursery) -> None:
    for seed in SCENARIOS:
        report, command = play(world_server, nursery, seed)
        assert not report.violations, "\n".join([*report.violations, command])


def _first_violation(world_server: Emulator, nursery: Nursery) -> str:
    for seed in SCENARIOS:
        violations = Scenario(world_server, nursery, seed).play().violations
        if violations:
            return " ".join(violations)
    return ""


def test_the_campaign_sees_a_replacement_that_deletes_first(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = apply.Applier._replace

    def hasty(self: Any, action: Action, connection: Any, space: Any) -> Any:
        self._connections.delete(connection.id)
        return original(self, action, connection, space)

    monkeypatch.setattr(apply.Applier, "_replace", hasty)
    assert "at some moment no connection" in _first_violation(world_server, nursery)


def test_the_campaign_sees_secrets_that_are_sent_without_need(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_policy, "_why_send", lambda _match: ("of nothing", True))
    assert "holds the secret" in _first_violation(world_server, nursery)


def test_the_campaign_sees_a_create_that_is_given_up_too_early(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "create_once", lambda _session, create, _find: create())
    monkeypatch.setattr(creating, "create_once", lambda _session, create, _find: create())
    monkeypatch.setattr(apply, "tags_after", lambda *_: [])
    assert _first_violation(world_server, nursery)
