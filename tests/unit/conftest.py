"""What tests share that run jobs in this process."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._session import session


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collection waits next to nothing before it tries again."""
    monkeypatch.setattr(session, "BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr(create_once, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Without the garbage collector, which looks through a million objects again and again and finds none to free."""
    gc.disable()
    yield
    gc.enable()
