# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose secrets have expired over a fleet, or will soon. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import Expiring, expiring
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import is_readable, mapping
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data, plain


def expiring_over(results: Mapping[str, t.Any], within: int) -> list[Data]:
    """The connections of a fleet whose secrets have expired, or will within so many days: the first to end first.

    Those of tenants that failed are among them, as far as their results tell.
    """
    rows: list[Data] = []
    for host, result in results.items():
        if not result or not is_readable(result):
            continue
        rows += [_row(host, one) for one in expiring(mapping(result), within)]
    return sorted(rows, key=lambda row: (row["expires"], row["tenant"], row["space"], row["name"]))


def _row(host: str, one: Expiring) -> Data:
    return {
        "tenant": host,
        "space": str(plain(one.space)),
        "name": str(plain(one.name)),
        "expires": str(plain(one.day)),
        "expires_in_days": one.days,
        "declared": one.declared,
    }


def how_soon(days: int) -> str:
    """How far a day is away, in words."""
    if days < 0:
        return f"expired {counted(-days, 'day')} ago"
    if days == 0:
        return "expires today"
    return f"expires in {counted(days, 'day')}"
