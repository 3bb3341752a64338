# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit finds in the result of one tenant."""

from __future__ import annotations

import typing as t

DRIFT = "drift"
LEFT_OVER = "left_over"
UNMANAGED = "unmanaged"
KINDS = (DRIFT, LEFT_OVER, UNMANAGED)
_LISTED = 5


def findings(result: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    """The connections and spaces of each kind of finding, as C(Space:Name). C(result) is what qlik_data_connections returned."""
    drifted = [f"space {space['name']}" for space in result.get("spaces") or [] if space["action"] != "none"]
    drifted += [_called(item) for item in result.get("results") or [] if item["action"] != "none"]
    undeclared = result.get("undeclared") or []
    return {
        DRIFT: drifted,
        LEFT_OVER: [_called(item) for item in undeclared if item["managed"]],
        UNMANAGED: [_called(item) for item in undeclared if not item["managed"]],
    }


def sentences(result: t.Mapping[str, t.Any], kinds: t.Collection[str] = KINDS) -> list[str]:
    """The findings of these kinds for a person, one sentence for each kind that has any."""
    words = {
        DRIFT: "as declared no longer",
        LEFT_OVER: "managed, but no longer declared",
        UNMANAGED: "not managed",
    }
    return [f"{len(found)} {words[kind]} ({_listed(found)})" for kind, found in findings(result).items() if found and kind in kinds]


def _called(item: t.Mapping[str, t.Any]) -> str:
    return f"{item['space']}:{item['name']}"


def _listed(names: t.Sequence[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown
