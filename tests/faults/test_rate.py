"""The limits of a tenant are used up and not run into; another tenant has limits of its own."""

from __future__ import annotations

from tests.emulator import Emulator
from tests.faults.rate import Shape, both


def test_hardly_a_request_is_refused_and_another_tenant_does_not_wait(emulator: Emulator) -> None:
    busy, other = both(emulator, 240, Shape(writes=40, window=1.5))
    assert busy.writes == 240
    assert busy.refused_share < 0.01
    assert busy.waited > 0
    assert (other.writes, other.refused, other.waited) == (20, 0, 0)
