# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the same for many things at once."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

Item = t.TypeVar("Item")
Result = t.TypeVar("Result")


def in_parallel(work: t.Callable[[Item], Result], items: t.Iterable[Item], parallel: int) -> list[Result]:
    """Do the same for every item, a few at a time; the results keep the order."""
    items = list(items)
    if len(items) <= 1 or parallel <= 1:
        return [work(item) for item in items]
    context = copy_context()
    with ThreadPoolExecutor(max_workers=min(parallel, len(items))) as pool:
        return list(pool.map(lambda item: context.copy().run(work, item), items))
