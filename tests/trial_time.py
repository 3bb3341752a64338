"""A clock for tests of what waits for reloads: sleeping lets the time of an emulated tenant pass, and takes none."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials import script_run

from tests.emulator import Tenant


class TrialTime:
    """Stands for the module `time` where reloads are waited for."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.now = 1000.0
        self.sleeps = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        self.now += seconds
        self.tenant.pass_time(seconds)


def without_waiting(monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> TrialTime:
    clock = TrialTime(tenant)
    monkeypatch.setattr(script_run, "time", clock)
    return clock
