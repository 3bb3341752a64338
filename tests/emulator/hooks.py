"""Hooks: Python of a test that runs beside a request, such as what somebody else does to the tenant meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .exchange import Answer
from .faults import Fault
from .records import LogEntry

Action = Callable[[LogEntry, Answer | None], object]
WHEN = ("before", "after")


@dataclass
class Hook:
    """Something that is called with the matching requests, before they are handled or before they are answered.

    It runs in a thread of its own while the request waits and others go on, so that it may itself talk to the tenant.
    It gets the entry of the log, and after the handling the answer, which it may change in place.
    """

    when: str
    action: Action
    matcher: Fault

    @classmethod
    def make(cls, when: str, action: Action, settings: Mapping[str, Any]) -> Hook:
        """Read `match`, `after` and `times`, which mean what they mean for a fault."""
        if when not in WHEN:
            raise ValueError(f"a hook runs {' or '.join(WHEN)}, not {when!r}")
        return cls(when, action, Fault.from_dict({"kind": "reset", **settings}))

    def meets(self, method: str, target: str) -> bool:
        """Count a request and tell whether the hook is to run."""
        return self.matcher.strikes(method, target)
