"""A clock that runs fast, so that a run which waits for minutes is over in a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials import script_run as _script_run
from ansible_collections.qlikops.cloud.plugins.module_utils._session import rate_limit as _rate_limit

FACTOR = 400.0
# That of reloads runs slower: on a busy machine one that works mustn't seem to hang.
RELOAD_FACTOR = 20.0


class FastClock:
    """Stands in for the module `time`: the seconds of all waiting are shorter than real ones."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def monotonic(self) -> float:
        return time.monotonic() * self._factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._factor)


@contextmanager
def fast_waits(factor: float = FACTOR) -> Iterator[None]:
    """All waiting of the collection (retries, Retry-After, the pacing of requests) takes a fraction of its time."""
    real = vars(_rate_limit)["time"]
    vars(_rate_limit)["time"] = FastClock(factor)
    vars(_script_run)["time"] = FastClock(RELOAD_FACTOR)
    try:
        yield
    finally:
        vars(_rate_limit)["time"] = real
        vars(_script_run)["time"] = real
