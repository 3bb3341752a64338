# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which day it is. What is decided by it gets it from the session, so that it can be decided for another day too."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timezone

Today = t.Callable[[], date]


def utc_today() -> date:
    """The day that it is in UTC."""
    return datetime.now(timezone.utc).date()
