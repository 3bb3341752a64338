# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a connection was changed last, and whose it is, in words. That somebody changed it is said only where an event
of the tenant says so: its owner need not be who did.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping


def last_change(entry: Mapping[str, t.Any]) -> str:
    """A sentence; empty where nothing is known."""
    parts = []
    if entry.get("last_updated"):
        parts.append(f"last updated {entry['last_updated']}")
    if entry.get("owner_id"):
        parts.append(f"owned by {entry['owner_id']}")
    if entry.get("changed_by"):
        parts.append(f"changed by {entry['changed_by']} at {entry.get('changed_at') or 'a time that is not told'}")
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""
