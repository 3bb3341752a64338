"""Apps and their reloads, and the clock that reloads go by."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field, fields
from typing import Any

from .ends import Ends
from .exchange import Router
from .privileges import Identity
from .script_log import Outcome, ScriptLog
from .site import Site

RUNNING_LIMIT = 3 * 3600.0
QUEUE_LIMIT = 6 * 3600.0
ACTIVE = ("QUEUED", "RELOADING", "CANCELING")


@dataclass
class App:
    """An analytics app, with the newest version of its script. `space` None: the owner's personal space."""

    id: str
    name: str
    owner: str
    space: str | None
    description: str
    created: float
    updated: float
    usage: str = "ANALYTICS"
    script: str = ""


@dataclass(eq=False)
class Reload:
    """One reload. Its script is run when it starts; what shows follows from the time of each line of its log."""

    id: str
    app_id: str
    caller: Identity
    created: float
    variables: dict[str, str]
    partial: bool | None = None
    weight: int | None = None
    started: float | None = None
    ended: float = math.inf
    canceled: float = math.inf
    log: ScriptLog | None = None
    outcome: Outcome = field(default_factory=Outcome)
    thread: threading.Thread | None = None
    withdrawn: float = math.inf
    abandoned: bool = False

    @property
    def free_at(self) -> float:
        """Give the time from which the reload takes no place any more."""
        limit = math.inf if self.started is None else self.started + RUNNING_LIMIT
        return min(self.ended, self.canceled, limit)

    def status(self, now: float, *, with_errors: str) -> str:
        """Give the status at a time; `with_errors` is how one ends that went on after errors."""
        if self.withdrawn < math.inf:
            return "CANCELED" if now >= self.canceled else "CANCELING"
        if self.started is None:
            return "EXCEEDED_LIMIT" if now > self.created + QUEUE_LIMIT else "QUEUED"
        if self.ended > self.started + RUNNING_LIMIT and now >= self.started + RUNNING_LIMIT:
            return "EXCEEDED_LIMIT"
        if now < self.ended:
            return "RELOADING"
        if self.abandoned or self.outcome.fault is not None or (self.outcome.errors and with_errors == "failed"):
            return "FAILED"
        return "SUCCEEDED"

    def finish(self) -> None:
        """Note when the script comes to its end; one that hangs never does."""
        assert self.started is not None
        assert self.log is not None
        self.ended = math.inf if self.outcome.hung else self.started + self.log.elapsed


@dataclass
class ReloadSettings:
    """How many reloads run at once, how long one waits at least, how long cancelling takes, all in seconds.

    `seconds_per_poll` pass whenever somebody looks at a reload. `quota`: reloads that the contract still has.
    `failures`: so many of the next reloads fail because the engine is gone, and leave no log.
    """

    slots: int = 10
    queued_seconds: float = 0.05
    cancel_seconds: float = 0.02
    seconds_per_poll: float = 0.0
    quota: int | None = None
    failures: int = 0

    def configure(self, **changes: Any) -> None:
        """Change settings by name."""
        known = {setting.name for setting in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"reload setting {name!r} doesn't exist; there are: {', '.join(sorted(known))}")
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Give the settings."""
        return {setting.name: getattr(self, setting.name) for setting in fields(self)}


class Analytics(Site):
    """What a tenant has besides its connections: apps, reloads, and what connections do when scripts open them."""

    def __init__(self, name: str, routes: Router) -> None:
        super().__init__(name, routes)
        self._forget()

    def clear(self) -> None:
        """Forget everything but the address."""
        super().clear()
        self._forget()

    def _forget(self) -> None:
        self.apps: dict[str, App] = {}
        self.reloads: dict[str, Reload] = {}
        self.reload_settings = ReloadSettings()
        self.ends = Ends()
        self.passed = 0.0
        self.app_number = 0

    def clock(self) -> float:
        """Give the time that reloads go by."""
        return round(time.time() + self.passed, 3)

    def pass_time(self, seconds: float) -> None:
        """Let time pass for reloads, without anybody's waiting for it."""
        with self.lock:
            self.passed += seconds

    def settle_reloads(self, seconds: float = 30.0) -> None:
        """Wait for the real servers that scripts are talking to."""
        for reload in list(self.reloads.values()):
            if reload.thread is not None:
                reload.thread.join(seconds)

    def set_end(self, kind: str, name: str | None = None, **details: Any) -> None:
        """Say what connections do when a script opens them: see `Ends.set`."""
        with self.lock:
            self.ends.set(kind, name, **details)
