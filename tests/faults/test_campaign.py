"""Whatever goes wrong during a run:
one clean run later all is as declared, nothing is lost, doubled, touched or told.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections import apply, bodies, secret_policy
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import PlacedAction

from tests.emulator import Emulator
from tests.faults.campaign import Scenario, play
from tests.faults.child import Nursery

SCENARIOS = range(1, 19)
pytestmark = pytest.mark.usefixtures("quick")


def test_drawn_faults_do_no_lasting_harm(world_server: Emulator, nursery: Nursery) -> None:
    for seed in SCENARIOS:
        report, command = play(world_server, nursery, seed)
        assert not report.violations, "\n".join([*report.violations, command])


def _sees(world_server: Emulator, nursery: Nursery, violation: str) -> bool:
    """Whether a scenario ends in such a violation."""
    played = (Scenario(world_server, nursery, seed).play().violations for seed in range(1, 60))
    return any(violation in found for violations in played for found in violations)


def test_the_campaign_sees_a_replacement_that_deletes_first(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = apply.Applier._replace

    def hasty(self: Any, placed: PlacedAction, connection: Any) -> Any:
        self._connections.delete(connection.id)
        return original(self, placed, connection)

    monkeypatch.setattr(apply.Applier, "_replace", hasty)
    assert _sees(world_server, nursery, "at some moment no connection")


def test_the_campaign_sees_secrets_that_are_sent_without_need(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_policy, "_why_send", lambda _match, _connection: ("of nothing", True))
    assert _sees(world_server, nursery, "holds the secret")


def test_the_campaign_sees_credentials_that_are_not_attached_again(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = bodies.patches
    monkeypatch.setattr(apply, "patches", lambda *given: original(*given)[:1])
    assert _sees(world_server, nursery, "has no credentials")


def test_the_campaign_sees_foreign_credentials_that_are_touched(
    world_server: Emulator, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = bodies.patches

    taken = [{"op": "add", "path": "/connectionProperties/password", "value": "canary-taken"}]
    monkeypatch.setattr(apply, "patches", lambda *given: [*original(*given), taken])
    assert _sees(world_server, nursery, "foreign credentials were touched")
