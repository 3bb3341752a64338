# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that nobody's names can break out of, and data that is nothing but data."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Callable, Iterable

# Control characters that JSON lets stand, marks that turn a line's direction, and halves of characters that UTF-8 can't
# hold.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# What this collection remembers in a tag: a digest, or somebody's version of a secret.
_OWN = "qlikops.cloud:"
_MEMORY = re.compile(r"(qlikops\.cloud:(?:secrets|user):)[^\s\"',\]]+")

Data = dict[str, t.Any]


def members(names: Iterable[str], value: Callable[[str], t.Any]) -> Data:
    """A member of each name, with the value that it has there."""
    return {name: value(name) for name in names}


def json_line(value: t.Any) -> str:
    """A value as one line of JSON that does nothing to a terminal."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def plain(value: t.Any) -> t.Any:
    """A copy without Ansible's own types, and without what this collection remembers of secrets and user names."""
    if isinstance(value, str):
        return _MEMORY.sub(r"\1********", value) if _OWN in value else str(value)
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value if not _remembers(item)]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def _remembers(item: t.Any) -> bool:
    return isinstance(item, str) and bool(_MEMORY.match(item))
