# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds of YAML that somebody wrote: how deep it is nested, and how much its aliases make of it.

The parser in C goes down with the process where a text is nested a hundred thousand times, and few lines of aliases
stand for more than any memory holds. Both are found out before data is made of a text.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._files.json_bounds import is_deeper

try:
    import yaml
except ImportError:  # who has no YAML reads none
    yaml = None  # type: ignore[assignment]

MAX_LEVELS = 100
MAX_NODES = 1_000_000
TOO_DEEP = f"it is nested more than {MAX_LEVELS} levels deep"
# The parser in C from libyaml 0.2.6 on refuses a thousand levels of brackets in a line before it gives the first event.
REFUSED_AS_TOO_DEEP = "maximum nesting depth"
TOO_MANY = f"its aliases (*) make more than {MAX_NODES} values of it"
HOLDS_ITSELF = "it holds itself: an alias (*) stands inside of its own anchor (&)"

# What is opened and closed in a line, with nothing opened in between: most lists and mappings in brackets, and Jinja's
# braces.
_CLOSED = re.compile(r"[\[{][^\[\]{}\n\"'#]*[\]}]")
_INDENT = re.compile(r"^[ \t?:-]*", re.MULTILINE)


class BoundsError(Exception):
    """What bound a text exceeds, and in which line (0 when that can't be told)."""

    def __init__(self, text: str, line: int = 0) -> None:
        self.line = line
        super().__init__(text)


def check_text(text: str) -> None:
    """Raises BoundsError for YAML that is nested too deeply. Costs next to nothing where that can be seen from afar."""
    if _most_levels(text) <= MAX_LEVELS:
        return
    level = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.CollectionStartEvent):
                level += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                level -= 1
            if level > MAX_LEVELS:
                raise BoundsError(TOO_DEEP, event.start_mark.line + 1 if event.start_mark else 0)
    except yaml.YAMLError as error:
        if REFUSED_AS_TOO_DEEP in str(error):
            mark = getattr(error, "problem_mark", None)
            raise BoundsError(TOO_DEEP, mark.line + 1 if mark else 0) from error
        # What else is wrong is said by whoever reads it.


def _most_levels(text: str) -> int:
    """No less than the levels that a text has: each is a bracket that stays open, or a deeper column."""
    inside, levels = text, 0
    while levels < 2:
        inside, levels = _CLOSED.sub("", inside), levels + 1
    columns = max((len(match.group()) for match in _INDENT.finditer(text)), default=0)
    return levels + inside.count("[") + inside.count("{") + 2 * (columns + 1)


def check_nodes(root: t.Any) -> None:
    """Raises BoundsError where aliases make a document too large, too deep, or one that holds itself."""
    measured: dict[int, tuple[int, int] | None] = {}

    def measure(node: t.Any) -> tuple[int, int]:
        """How many values a node stands for, and how many levels."""
        if not isinstance(node, yaml.CollectionNode):
            return 1, 0
        if id(node) in measured:
            known = measured[id(node)]
            if known is None:
                raise BoundsError(HOLDS_ITSELF)
            return known
        measured[id(node)] = None
        values, levels = 1, 0
        for inner in _inside(node):
            its_values, its_levels = measure(inner)
            values += its_values
            levels = max(levels, its_levels)
        if values > MAX_NODES:
            raise BoundsError(TOO_MANY, node.start_mark.line + 1)
        if levels >= MAX_LEVELS:
            raise BoundsError(TOO_DEEP, node.start_mark.line + 1)
        measured[id(node)] = values, levels + 1
        return values, levels + 1

    if root is not None:
        measure(root)


def _inside(node: t.Any) -> t.Iterator[t.Any]:
    for item in node.value:
        if isinstance(item, tuple):
            yield from item
        else:
            yield item


def check_data(value: t.Any) -> None:
    """Raises BoundsError for data, such as JSON's, that is nested too deeply."""
    if is_deeper(value, MAX_LEVELS + 1):
        raise BoundsError(TOO_DEEP)
