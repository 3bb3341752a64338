# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How deep JSON is nested, whoever wrote it: what goes down into it takes a call for each level."""

from __future__ import annotations

import typing as t
from itertools import chain, compress

# Python makes nothing else of what JSON nests.
_NESTING = frozenset((dict, list))


def is_deeper(value: t.Any, levels: int) -> bool:
    """Whether what was read from JSON has more than so many levels of lists and objects."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _level in range(levels):
        if not level:
            return False
        # A tenant's answers hold tens of thousands of values, of which few nest anything.
        held = list(chain.from_iterable(outer.values() if isinstance(outer, dict) else outer for outer in level))
        level = list(compress(held, map(_NESTING.__contains__, map(type, held))))
    return bool(level)
