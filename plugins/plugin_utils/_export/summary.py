# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export did, in a few lines for a person."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import (
    failure_lines,
    listed,
    requests_text,
)

_DONE = {"create": "written", "update": "replaced"}
_FORESEEN = {"create": "to write", "update": "to replace"}


def summarize(
    files: t.Sequence[t.Mapping[str, t.Any]],
    read: t.Mapping[str, t.Mapping[str, t.Any]],
    failed: t.Mapping[str, str],
    errors: t.Sequence[str],
    *,
    check_mode: bool,
) -> list[str]:
    """A line for each file that differs, one for all others together, what is missing from them, and why some files are
    missing.
    """
    lines = []
    words = _DONE
    if check_mode:
        lines.append("Check mode: nothing was written. This is what a real run would do.")
        words = _FORESEEN
    same = []
    for entry in files:
        host = entry["host"]
        if entry["error"]:
            lines += failure_lines(host or "all tenants", "FAILED, the file was left as it is", entry["error"])
        elif entry["action"] != "none":
            lines.append(_changed_line(entry, words[entry["action"]], read))
        elif host:
            same.append(host)
    if same:
        lines.append(f"{listed(same)}: as the files say already ({requests_text(read[host] for host in same)})")
    lines += _missing_lines(files)
    for host, message in failed.items():
        lines += failure_lines(host, "FAILED, its file was left as it is", message)
    if not files:
        lines += errors
    return lines


def _missing_lines(files: t.Iterable[t.Mapping[str, t.Any]]) -> t.Iterator[str]:
    """What Qlik shows of a tenant, and its file doesn't hold."""
    for entry in files:
        if not entry["error"]:
            for what in entry["left_out"]:
                yield f"{entry['host']}: NOT in the file: {what}"


def _changed_line(entry: t.Mapping[str, t.Any], done: str, read: t.Mapping[str, t.Mapping[str, t.Any]]) -> str:
    """The line of a file that was, or is to be, written. One that is no host's holds what all have in common."""
    host = entry["host"]
    held = counted(entry["connections"], "connection")
    if host:
        return f"{host}: {held}, {entry['path']} {done} ({requests_text([read[host]])})"
    return f"all tenants: {held} in common, {entry['path']} {done}"
