# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of trying connections, in the form that reports take. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, text
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data

WORKS, UNKNOWN = "none", "update"
_NO_REASON = "no reason was given"


def as_results(result: Mapping[str, t.Any]) -> Data:
    """The same result with C(results): one that works is left as it is, one that doesn't failed, and what is unknown
    is what a person has to do something about.
    """
    return {**result, "results": [_result(entry) for entry in entries(result.get("tests"))], "summary": {}}


def _result(entry: Mapping[str, t.Any]) -> Data:
    told: Data = {"space": entry.get("space"), "name": entry.get("name"), "action": WORKS}
    works = entry.get("works")
    if works is True:
        return told
    said = text(entry.get("message")) or _NO_REASON
    if works is False:
        return {**told, "error": said}
    return {**told, "action": UNKNOWN, "changes": [said]}


def tested(connections: Mapping[str, int]) -> dict[str, int]:
    """How many work, by how reports count them."""
    return {"works": connections["unchanged"], "failed": connections["failed"], "unknown": connections["updated"]}
