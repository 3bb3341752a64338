"""A server of its own for scenarios: what a killed client asked for must not be carried out during another test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator import Emulator
from tests.faults.campaign import SEED
from tests.faults.child import Nursery
from tests.faults.clock import fast_waits


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """A process whose children may be killed."""
    with Nursery() as running:
        yield running


@pytest.fixture(scope="module")
def world_server() -> Iterator[Emulator]:
    """An emulator with the campaign's tenant."""
    with Emulator(SEED) as running:
        yield running


@pytest.fixture
def quick() -> Iterator[None]:
    """All waiting of the collection is over in a moment."""
    with fast_waits():
        yield
