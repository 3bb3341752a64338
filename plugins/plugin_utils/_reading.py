# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading results of tasks, whatever became of them on their way: what can't be read must not make a failure of what
was done.

A secret that is hidden in the wrong place, another version's module, or a variable of the same name may have put
anything there.
"""

from __future__ import annotations

import math
import typing as t
from collections.abc import Mapping

UNREADABLE = "what came back can't be read; a run in check mode says how the tenant is"


def is_readable(result: t.Any) -> bool:
    """Whether a task's result says what became of the tenant."""
    return isinstance(result, Mapping) and ("unreachable" in result or isinstance(result.get("changed", False), bool))


def untold(result: t.Any) -> str:
    """Why a task's result says nothing of how the tenant is; empty if it does."""
    if not result:
        return "nothing was tried"
    if not is_readable(result):
        return UNREADABLE
    if result.get("failed") or result.get("unreachable"):
        return text(result.get("msg")) or "no reason was given"
    # A condition skipped the task; a tenant that was passed by for its plan was read.
    if result.get("skipped") and not result.get("plan_digest"):
        return "it was left out"
    return ""


def number(value: t.Any) -> float | None:
    """A count or duration; null for what is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        return value
    return None


def count(value: t.Any) -> int:
    """A count, 0 for what is none."""
    return int(number(value) or 0)


def mapping(value: t.Any) -> Mapping[str, t.Any]:
    """A mapping, empty for what is none."""
    return value if isinstance(value, Mapping) else {}


def listing(value: t.Any) -> list[t.Any]:
    """A list, empty for what is none."""
    return list(value) if isinstance(value, (list, tuple)) else []


def entries(value: t.Any) -> list[Mapping[str, t.Any]]:
    """The mappings in a list."""
    return [entry for entry in listing(value) if isinstance(entry, Mapping)]


def text(value: t.Any) -> str:
    """A text, empty for null."""
    return "" if value is None else str(value)
