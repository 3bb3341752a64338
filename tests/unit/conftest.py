"""What tests share that run jobs in this process."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils import _http
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile import creating


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collection waits next to nothing before it tries again."""
    monkeypatch.setattr(_http, "BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr(creating, "PAUSE_SECONDS", 0.01)
