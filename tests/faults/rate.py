"""How well the limits of a tenant are used: `tests/tools/run python -m tests.faults.rate`.

The limits have the shape of Qlik's (ten reads for each write, both within a window), scaled down in time and number, so
that a thousand connections, which take ten minutes of a real tenant, take a minute here. A second tenant is provisioned
meanwhile.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._session import rate_limit as _rate_limit

from tests.emulator import Emulator, Tenant
from tests.jobs import succeed


@dataclass(frozen=True)
class Shape:
    """Limits: so many writes, and ten times as many reads, within a window of so many seconds."""

    writes: int
    window: float

    def seconds_for(self, writes: int) -> float:
        """What the limit itself makes so many writes take at least."""
        return (math.ceil(writes / self.writes) - 1) * self.window


@dataclass
class Figures:
    """What provisioning one tenant took."""

    writes: int
    refused: int
    seconds: float
    allowed: float
    waited: float

    @property
    def refused_share(self) -> float:
        return self.refused / (self.writes + self.refused)


@contextmanager
def scaled(shape: Shape) -> Iterator[None]:
    """Have the collection know of these limits instead of Qlik's."""
    before = _rate_limit.LIMITS, _rate_limit.WINDOW_SECONDS
    _rate_limit.LIMITS = {_rate_limit.READS: 10 * shape.writes, _rate_limit.WRITES: shape.writes}
    _rate_limit.WINDOW_SECONDS = shape.window
    try:
        yield
    finally:
        _rate_limit.LIMITS, _rate_limit.WINDOW_SECONDS = before


def limit(tenant: Tenant, shape: Shape) -> None:
    """Have a tenant enforce them."""
    tenant.limits.configure(window_seconds=shape.window, tier1_limit=10 * shape.writes, tier2_limit=shape.writes)


def provision(tenant: Tenant, count: int, shape: Shape) -> Figures:
    """Create so many connections by one task."""
    one: dict[str, Any] = {
        "data_source": "postgres",
        "properties": {"host": "h", "username": "u"},
        "secrets": {"password": "secret"},
    }
    options = {"connections": [{"name": f"Connection {number}", "space": "Sales", **one} for number in range(count)]}
    tenant.reset_log()
    started = time.monotonic()
    result = succeed(
        "qlik_data_connections", tenant, {**options, "fingerprint_key": "a fingerprint key of some length"}
    )
    seconds = time.monotonic() - started
    refused = sum(entry.status == 429 for entry in tenant.log)
    writes = len(tenant.writes()) - sum(entry.status == 429 for entry in tenant.writes())
    return Figures(writes, refused, seconds, shape.seconds_for(writes), result["requests"]["waited_seconds"])


def both(emulator: Emulator, count: int, shape: Shape) -> tuple[Figures, Figures]:
    """Provision a busy tenant, and beside it another one with no more than a window's worth."""
    tenants = [emulator.tenant("acme"), emulator.add_tenant({"name": "other"})]
    for tenant in tenants:
        tenant.add_space("Sales")
        limit(tenant, shape)
    with scaled(shape), ThreadPoolExecutor(2) as pool:
        busy = pool.submit(provision, tenants[0], count, shape)
        other = pool.submit(provision, tenants[1], shape.writes // 2, shape)
        return busy.result(), other.result()


def main() -> int:
    """Measure and print; 1 when it takes more than 1.05 times what the limit allows, or 1 % are refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rate", description=__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--writes", type=int, default=100, help="how many writes a window allows")
    parser.add_argument("--window", type=float, default=6.0, help="seconds")
    given = parser.parse_args()
    shape = Shape(given.writes, given.window)
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        os.environ["QLIK_TOKEN_CACHE"] = folder
        busy, other = both(emulator, given.connections, shape)
    share = busy.seconds / busy.allowed if busy.allowed else 0.0
    print(
        f"{busy.writes} writes at {shape.writes} in {shape.window:g} s: the limit allows no less than"
        f" {busy.allowed:.1f} s."
    )
    print(
        f"It took {busy.seconds:.1f} s, {share:.3f} times that; {busy.refused} requests were refused"
        f" ({busy.refused_share:.2%})."
    )
    print(
        f"Beside it: {other.writes} writes in {other.seconds:.1f} s, {other.waited:.1f} s of them waiting,"
        f" {other.refused} refused."
    )
    return 1 if share > 1.05 or busy.refused_share >= 0.01 or other.waited else 0


if __name__ == "__main__":
    sys.exit(main())
