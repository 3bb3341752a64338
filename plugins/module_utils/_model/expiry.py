# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when the secrets of a connection are good: a day, kept in a tag. Pure.

Days are those of UTC, as texts: C(2027-01-31). Secrets are good on that day, and no longer on the next.
"""

from __future__ import annotations

import re
import typing as t
from datetime import date, timedelta

from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_EXPIRES, tag_contents

MOST_DAYS = 36500
_DAY = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DAYS = re.compile(r"\A([1-9][0-9]{0,4})d\Z")


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, in the one form that is taken."""
    if not _DAY.match(text):
        return False
    try:
        _date(text)
    except ValueError:
        return False
    return True


def number_of_days(text: str) -> int:
    """How many days C(90d) is; 0 for what isn't from C(1d) to C(36500d)."""
    found = _DAYS.match(text)
    days = int(found.group(1)) if found else 0
    return days if days <= MOST_DAYS else 0


def day_after(today: date, days: int) -> str:
    """The day that is so many days from today; the last one of the calendar where it ends before."""
    try:
        return (today + timedelta(days=days)).isoformat()
    except OverflowError:
        return date.max.isoformat()


def days_left(day: str, today: date) -> int:
    """How many days it is until that day: 0 on the day itself, less than 0 once it has passed."""
    return (_date(day) - today).days


def held_expiry(tags: t.Iterable[str]) -> str:
    """The day that a connection's tags tell, the earliest if there are several; empty when none does."""
    return earliest_day(tag_contents(tags, TAG_EXPIRES))


def earliest_day(contents: t.Iterable[str]) -> str:
    """The same, of what the tags of this kind say."""
    return min(filter(is_day, contents), default="")


def tells_just(tags: t.Iterable[str], day: str) -> bool:
    """Whether the tags of this kind are the one of that day, and no other."""
    return list(tag_contents(tags, TAG_EXPIRES)) == [day]


def _date(day: str) -> date:
    """Raises ValueError. (C(date.fromisoformat) takes other forms too, which ones depends on Python's version.)"""
    year, month, of_month = map(int, day.split("-"))
    return date(year, month, of_month)
