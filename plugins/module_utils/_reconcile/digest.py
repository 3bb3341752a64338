# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells one plan from another. Pure."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.actions import Action


def plan_digest(actions: t.Iterable[Action]) -> str:
    """Tells one plan from another: what would be done where. It covers no secret and no fingerprint."""
    steps = sorted(
        (
            action.kind,
            action.space.key if action.space else "",
            action.name,
            action.connection.id if action.connection else "",
            action.changes,
        )
        for action in actions
        if action.writes
    )
    return hashlib.sha256(json.dumps(steps).encode()).hexdigest()
