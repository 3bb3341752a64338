# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as files: texts that nobody's names can break out of, put in place whole or not at all."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import PRIVATE, write_whole
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data, json_line


def json_lines(report: Data) -> Iterator[str]:
    """A report as JSON with a line for each connection, so that two reports can be compared line by line."""
    yield "{\n"
    for name in report:
        if name not in ("digests", "tenants"):
            yield f"  {json_line(name)}: {json_line(report[name])},\n"
    yield f'  "digests": {{{_members(report["digests"], 4)}}},\n'
    yield '  "tenants": {\n'
    separator = ""
    for host, tenant in report["tenants"].items():
        yield f"{separator}    {json_line(host)}: {{{_members(tenant, 6)}}}"
        separator = ",\n"
    yield "\n  }\n}\n" if separator else "  }\n}\n"


def _members(members: Data, indent: int) -> str:
    """The members of an object, each in a line of its own."""
    if not members:
        return ""
    margin = " " * indent
    lines = [f"\n{margin}{json_line(name)}: {_value(value)}" for name, value in members.items()]
    return f"{','.join(lines)}\n{margin[2:]}"


def _value(value: t.Any) -> str:
    """A value in a line, or a list with a line for each item."""
    if not isinstance(value, list):
        return json_line(value)
    if not value:
        return "[]"
    lines = ",".join(f"\n        {json_line(item)}" for item in value)
    return f"[{lines}\n      ]"


FORMATS: Mapping[str, tuple[str, Callable[[Data], Iterable[str]]]] = {
    "json": ("json", json_lines),
    "html": ("html", page_parts),
    "junit": ("junit.xml", junit_lines),
}


def paths_of(kind: str, directory: Path, formats: Iterable[str]) -> dict[str, Path]:
    """The absolute paths of a report's files, by format."""
    return {name: directory.absolute() / f"{kind}.{FORMATS[name][0]}" for name in formats}


def write(report: Data, directory: Path, formats: Iterable[str], mode: int = PRIVATE) -> dict[str, str]:
    """Write a report in each of the formats, as files of this mode. Gives their absolute paths by format. Raises
    OSError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = paths_of(report["kind"], directory, formats)
    for name, path in paths.items():
        parts = FORMATS[name][1](report)
        write_whole(str(path), (part.encode("utf-8") for part in parts), mode=mode)
    return {name: str(path) for name, path in paths.items()}


def file_mode(given: t.Any) -> int:
    """The mode of files that somebody gave as C("0640"), or as the number that YAML makes of C(0640). Raises
    ValueError.

    The owner must read and write, and nobody else write: a plan that others can change is no approval.
    """
    text = str(given)
    if isinstance(given, int) and not isinstance(given, bool):
        text = f"0{given:o}"
    if not re.fullmatch("0?[0-7]{3}", text) or int(text, 8) & ~0o044 != PRIVATE:
        raise ValueError(
            f"'{given}' is no mode for reports. Their owner reads and writes them, and others may read them at most:"
            " give one of"
            " '0600', '0640', '0604', '0644', in quotes."
        )
    return int(text, 8)
