# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The difference that a job returns, as C(--diff) shows it."""

from __future__ import annotations

import typing as t


def diff(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any], header: str) -> dict[str, t.Any]:
    """Both sides under one header. A side that doesn't exist is an empty text: an empty mapping would be printed as
    C({}).
    """
    return {
        "before": dict(before) or "",
        "after": dict(after) or "",
        "before_header": header,
        "after_header": header,
    }
