# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns as shells have them: C(*) for any text, C(?) for one character, C([a-z]) and C([!a-z]) for one of some.

Read here rather than by fnmatch, which makes a regular expression of them: what a tenant's people call things must not
be able to stop an audit. A text of n characters takes at most n steps for each character of the pattern, whatever is in
either, and both are bounded.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import has_control_characters, likeness

# Names of connections, spaces and hosts are no longer than this.
LONGEST = 256

_STAR = "*"
# What nobody sees in a name: with it, a name that is denied would be another one.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


class _OneOf(t.NamedTuple):
    """A character of some, or of all others."""

    ranges: tuple[tuple[str, str], ...]
    others: bool

    def takes(self, character: str) -> bool:
        inside = any(low <= character <= high for low, high in self.ranges)
        return inside != self.others


# A character stands for itself, None for any.
_Step = t.Union[str, None, _OneOf]


def pattern_problem(pattern: t.Any) -> str:
    """Why something can't be a pattern; empty when it can."""
    if not isinstance(pattern, str):
        return "a pattern must be a text"
    if not _UNSEEN.sub("", pattern).strip():
        return "a pattern must not be empty"
    if len(pattern) > LONGEST:
        return f"a pattern has at most {LONGEST} characters, and this one has {len(pattern)}"
    if has_control_characters(pattern):
        return "a pattern holds no line breaks"
    try:
        _steps(pattern)
    except ValueError as problem:
        return str(problem)
    return ""


class Pattern:
    """One pattern. C(text): as it was written.

    C(alike): case, blanks and the form of Unicode characters don't matter, as is right where something is forbidden or
    picked out; where something is allowed, only the same text will do.
    """

    def __init__(self, text: str, *, alike: bool) -> None:
        self.text = text
        self._alike = alike
        self._steps = _steps(_without_form(text) if alike else text)

    def matches(self, text: str) -> bool:
        """Whether the whole of a text is of this pattern. One that is too long to be a name never is."""
        if len(text) > LONGEST:
            return False
        return _is_match(self._steps, _without_form(text) if self._alike else text)


def _without_form(text: str) -> str:
    """A text without what makes no other name of it."""
    return likeness(_UNSEEN.sub("", text))


def _steps(pattern: str) -> list[_Step]:
    """What a pattern asks for, character by character. Raises ValueError."""
    steps: list[_Step] = []
    place = 0
    while place < len(pattern):
        character = pattern[place]
        place += 1
        if character == "[":
            inside, place = _bracket(pattern, place)
            steps.append(inside)
        elif character == "?":
            steps.append(None)
        elif character != _STAR or steps[-1:] != [_STAR]:
            steps.append(character)
    return steps


def _bracket(pattern: str, start: int) -> tuple[_OneOf, int]:
    """What stands between brackets, and where the pattern goes on. Raises ValueError."""
    others = pattern[start : start + 1] == "!"
    first = start + others
    end = pattern.find("]", first + 1)
    if end < 0:
        raise ValueError(f"'{pattern}' has a [ without its ]")
    ranges = []
    place = first
    while place < end:
        low = high = pattern[place]
        place += 1
        if pattern[place : place + 1] == "-" and place + 1 < end:
            high = pattern[place + 1]
            place += 2
        if low > high:
            raise ValueError(f"'{pattern}' has a range that holds nothing: {low}-{high}")
        ranges.append((low, high))
    return _OneOf(tuple(ranges), others), end + 1


def _is_match(steps: t.Sequence[_Step], text: str) -> bool:
    """Go through a text once; where it doesn't fit, the last star takes one character more."""
    step = place = 0
    star = resume = -1
    while place < len(text):
        if step < len(steps) and steps[step] == _STAR:
            star, resume = step, place
            step += 1
        elif step < len(steps) and _takes(steps[step], text[place]):
            step += 1
            place += 1
        elif star >= 0:
            resume += 1
            step, place = star + 1, resume
        else:
            return False
    return all(left == _STAR for left in steps[step:])


def _takes(step: _Step, character: str) -> bool:
    if isinstance(step, _OneOf):
        return step.takes(character)
    return step is None or step == character
