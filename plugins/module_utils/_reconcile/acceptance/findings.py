# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run found out: positions of open points, documented facts, rights that the client lacks."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.facts import FACTS
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.points import POINTS, Position


class Seen(t.NamedTuple):
    """The position of an open point, and what showed it."""

    position: Position
    why: str


class Held(t.NamedTuple):
    """Whether a documented fact held, and what showed it."""

    held: bool
    why: str


class Findings:
    """All that a run knows. What is found first about a point counts, but a fact that broke once is broken."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.untold: dict[str, str] = {}
        self.facts: dict[str, Held] = {}
        self.lacking: dict[str, str] = {}
        self.left: list[str] = []
        self.unforeseen: dict[str, str] = {}
        self.untaken: dict[str, str] = {}
        self.failures: list[str] = []
        self.stopped = ""
        self.obstacle = ""

    def position(self, name: str, position: Position, why: str) -> None:
        """Where an open point stands. A position that the registry doesn't know is said in words."""
        positions = POINTS[name].positions
        if positions and not any(position == one and type(position) is type(one) for one in positions):
            self.surprise(name, why)
            return
        self.seen.setdefault(name, Seen(position, why))

    def either(self, name: str, answers: t.Mapping[t.Any, Position], found: t.Any, why: str) -> None:
        """The position that an answer stands for; none for another answer."""
        if found in answers:
            self.position(name, answers[found], why)
        else:
            self.surprise(name, why)

    def surprise(self, name: str, why: str) -> None:
        """A point that is answered as nobody foresaw."""
        self.unforeseen.setdefault(name, why)
        self.cannot_tell(name, f"the tenant did something that isn't foreseen: {why}")

    def cannot_tell(self, name: str, why: str) -> None:
        """Why the position of a point could not be told."""
        self.untold.setdefault(name, why)

    def fact(self, name: str, held: bool, why: str) -> None:
        """Whether a documented fact held. C(why) is what was answered."""
        before = self.facts.get(FACTS[name].name)
        if before is None or (before.held and not held):
            self.facts[name] = Held(held, why)

    def lacks(self, right: str, feature: str) -> None:
        """A right that the client lacks, and what it can't do therefore."""
        self.lacking.setdefault(right, feature)

    def why_untold(self, name: str) -> str:
        """Why nothing is known of a point."""
        point = POINTS[name]
        if point.unseen:
            return point.unseen
        if name in self.untold:
            return self.untold[name]
        return f"It needs {point.needs}." if point.needs else "The run didn't come so far."

    @property
    def differences(self) -> dict[str, Seen]:
        """The points at which the tenant does otherwise than this collection takes for likelier."""
        found = {name: self.seen[name] for name in POINTS if name in self.seen}
        return {name: seen for name, seen in found.items() if seen.position != POINTS[name].expected}

    @property
    def broken(self) -> dict[str, Held]:
        """The documented facts that didn't hold."""
        return {name: held for name, held in self.facts.items() if not held.held}

    @property
    def profile(self) -> dict[str, Position]:
        """The positions, as an emulated tenant takes them."""
        return {name: seen.position for name, seen in sorted(self.seen.items())}
