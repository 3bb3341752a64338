# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of a tenant.

Source: the groups API on qlik.dev: names are told apart by case, and unique. Everyone is built in.
"""

from __future__ import annotations

import typing as t


class Group(t.NamedTuple):
    """A group of users; one that is disabled gives them nothing."""

    id: str
    name: str
    status: str = ""

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> Group:
        return cls(
            id=str(answer["id"]), name=str(answer.get("name") or ""), status=str(answer.get("status") or "").lower()
        )
