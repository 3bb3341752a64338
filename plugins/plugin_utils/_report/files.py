# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as files: texts that nobody's names can break out of, put in place whole or not at all."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import json_line


def json_lines(report: Data) -> Iterator[str]:
    """A report as JSON with a line for each connection, so that two reports can be compared line by line."""
    yield "{\n"
    for name in report:
        if name not in ("digests", "tenants"):
            yield f"  {json_line(name)}: {json_line(report[name])},\n"
    yield f'  "digests": {{{_members(((host, json_line(digest)) for host, digest in report["digests"].items()), 4)}}},\n'
    yield '  "tenants": {\n'
    last = len(report["tenants"]) - 1
    for number, (host, tenant) in enumerate(report["tenants"].items()):
        members = ((name, _listed(value) if isinstance(value, list) else json_line(value)) for name, value in tenant.items())
        yield f"    {json_line(host)}: {{{_members(members, 6)}}}{',' if number < last else ''}\n"
    yield "  }\n}\n"


def _members(members: Iterable[tuple[str, str]], indent: int) -> str:
    lines = [f"\n{' ' * indent}{json_line(name)}: {text}" for name, text in members]
    return ",".join(lines) + (f"\n{' ' * (indent - 2)}" if lines else "")


def _listed(items: t.Sequence[t.Any]) -> str:
    lines = [f"\n        {json_line(item)}" for item in items]
    return f"[{','.join(lines)}\n      ]" if lines else "[]"


FORMATS: Mapping[str, tuple[str, Callable[[Data], Iterable[str]]]] = {
    "json": ("json", json_lines),
    "html": ("html", page_parts),
    "junit": ("junit.xml", junit_lines),
}


def write(report: Data, directory: Path, formats: Iterable[str]) -> dict[str, str]:
    """Write a report in each of the formats. Gives their absolute paths by format. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name in formats:
        suffix, parts = FORMATS[name]
        path = directory.absolute() / f"{report['kind']}.{suffix}"
        replace_file(path, parts(report))
        paths[name] = str(path)
    return paths


def replace_file(path: Path, parts: Iterable[str]) -> None:
    """Put a text in place of a file: whoever reads it meanwhile finds the old one or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
