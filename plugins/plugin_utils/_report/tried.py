# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of trying connections, in the form that reports take. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, text
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data, plain

UNTOLD = "unknown"
_NO_REASON = "no reason was given"


def as_results(result: Mapping[str, t.Any]) -> Data:
    """The same result with C(results): connections that are as they were, and what was found of each."""
    return {**result, "results": [_result(entry) for entry in entries(result.get("tests"))], "summary": {}}


def _result(entry: Mapping[str, t.Any]) -> Data:
    row: Data = {"space": entry.get("space"), "name": entry.get("name"), "action": "none"}
    message = text(entry.get("message"))
    if entry.get("works") is False:
        return {**row, "works": False, "error": message or _NO_REASON}
    if entry.get("works") is True:
        return {**row, "works": True}
    return {**row, "works": None, "verify_message": message or _NO_REASON}


def trial(entry: Mapping[str, t.Any]) -> Data:
    """What a report says of a connection that was tried; nothing of one that wasn't."""
    works = entry.get("works")
    message = text(plain(entry.get("verify_message") or ""))
    if not isinstance(works, bool):
        return {"works": None, "verify_message": message} if message else {}
    return {"works": works, "verify_message": message}


def is_untold(entry: Mapping[str, t.Any]) -> bool:
    """Whether a connection was tried, and what came of it could not be told."""
    return "works" in entry and entry["works"] is None


def trial_line(entry: Mapping[str, t.Any]) -> tuple[str, ...]:
    """What was found, for a person; of one that failed the error says it."""
    if "works" not in entry or entry["works"] is False:
        return ()
    if entry["works"]:
        return ("works",)
    return (f"whether it works could not be told: {entry['verify_message']}",)


def tested(connections: t.Iterable[Mapping[str, t.Any]]) -> Counter[str]:
    """How many of these connections work, don't, or could not be told of."""
    found: Counter[str] = Counter()
    for entry in connections:
        if "works" in entry:
            found[{True: "works", False: "failed"}.get(entry["works"], UNTOLD)] += 1
    return found
