# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words for what is done to things, in one table: for counts, for reports, and for what a person reads. Pure."""

from __future__ import annotations

import typing as t

ActionKind = t.Literal["create", "update", "move", "replace", "delete", "none"]

# How a summary counts what was done; it counts what failed beside that.
COUNTED_AS: t.Mapping[ActionKind, str] = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "replace": "replaced",
    "delete": "deleted",
    "none": "unchanged",
}
# What check mode says would be done, by the word that a summary counts it with.
FORESEEN_AS: t.Mapping[str, str] = {
    COUNTED_AS[kind]: f"to {kind}" for kind in ("create", "update", "move", "replace", "delete")
}
COUNTS = (*COUNTED_AS.values(), "failed")
