"""Rate limits: tiers per user, a sliding window (qlik.dev, rate limits). Reloads have two windows of their own."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field

from .errors import ApiError

RELOAD_TIER = 4


@dataclass
class Limits:
    """Requests that a user may send within `window_seconds`: reads count for tier 1, writes for tier 2.

    `special_limit` is for the few endpoints with their own tier (3). Reloads (4) have `reload_limit` within the window
    and `reload_minute_limit` within a fifth of it. With `ceiling_users` set, all users together may
    send half of a user's limit times that number. `enabled=False` lets everything pass.
    """

    enabled: bool = True
    window_seconds: float = 300.0
    tier1_limit: int = 5000
    tier2_limit: int = 500
    special_limit: int = 1000
    reload_minute_limit: int = 50
    reload_limit: int = 250
    ceiling_users: int | None = None
    _sent: dict[tuple[str, int], deque[float]] = field(default_factory=dict, repr=False)

    def configure(self, **changes: float | bool | None) -> None:
        """Change settings by name and forget what was counted."""
        for name, value in changes.items():
            if name.startswith("_") or name not in self.__dataclass_fields__:
                raise ValueError(f"limit setting {name!r} doesn't exist")
            setattr(self, name, value)
        self._sent.clear()

    def as_dict(self) -> dict[str, float | bool | None]:
        """Give the settings."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if not name.startswith("_")}

    def count(self, user: str, tier: int) -> None:
        """Count a request; raise ApiError 429 with the seconds to wait when the window is full."""
        if not self.enabled:
            return
        limits = {1: self.tier1_limit, 2: self.tier2_limit, RELOAD_TIER: self.reload_limit}
        limit = limits.get(tier, self.special_limit)
        now = time.monotonic()
        own = self._window(user, tier, now)
        wait = self._wait(own, limit, now)
        if tier == RELOAD_TIER:
            minute = self.window_seconds / 5
            lately = deque(when for when in own if when > now - minute)
            wait = max(wait, self._wait(lately, self.reload_minute_limit, now, minute))
        everyone = None
        if self.ceiling_users is not None:
            everyone = self._window("*", tier, now)
            wait = max(wait, self._wait(everyone, max(1, int(limit * self.ceiling_users * 0.5)), now))
        if wait > 0:
            raise rate_limited(math.ceil(wait))
        own.append(now)
        if everyone is not None:
            everyone.append(now)

    def _window(self, user: str, tier: int, now: float) -> deque[float]:
        sent = self._sent.setdefault((user, tier), deque())
        while sent and sent[0] <= now - self.window_seconds:
            sent.popleft()
        return sent

    def _wait(self, sent: deque[float], limit: int, now: float, window: float | None = None) -> float:
        seconds = self.window_seconds if window is None else window
        if len(sent) < limit:
            return 0.0
        if not sent:
            return seconds
        return max(0.001, sent[len(sent) - limit] + seconds - now) if limit else seconds


def rate_limited(seconds: int) -> ApiError:
    """Give the 429 of the public documentation."""
    return ApiError(
        429,
        "API rate limit reached.",
        f"You need to wait {seconds} seconds until limit is lifted.",
        code="HTTP-429",
        headers={"retry-after": str(seconds)},
    )
