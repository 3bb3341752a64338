# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File properties: C({path: ...}) in a definition becomes the C([{name, value: <base64>}]) that Qlik takes.

Source: the file properties (key files, certificates) in qlik.dev's examples.
"""

from __future__ import annotations

import base64
import os
import typing as t
from collections.abc import Mapping

_MEMBERS = ("properties", "connectionProperties", "connection_properties", "secrets")


def read_local_file(path: str) -> bytes:
    """The content of a file on this machine. Raises OSError."""
    with open(os.path.expanduser(path), "rb") as stream:
        return stream.read()


def with_files(options: t.Mapping[str, t.Any], read: t.Callable[[str], bytes]) -> dict[str, t.Any]:
    """The same options with every C({path}) among properties and secrets read and encoded.

    C(read) gives the content of a path; what it raises is passed on.
    """
    changed = dict(options)
    for member in _MEMBERS:
        if isinstance(options.get(member), Mapping):
            changed[member] = {name: _loaded(value, read) for name, value in options[member].items()}
    if isinstance(options.get("connections"), (list, tuple)):
        changed["connections"] = [with_files(item, read) if isinstance(item, Mapping) else item for item in options["connections"]]
    return changed


def _loaded(value: t.Any, read: t.Callable[[str], bytes]) -> t.Any:
    if _is_path(value):
        return [_encoded(value, read)]
    if isinstance(value, (list, tuple)) and any(_is_path(item) for item in value):
        return [_encoded(item, read) if _is_path(item) else item for item in value]
    return value


def _is_path(value: t.Any) -> bool:
    return isinstance(value, Mapping) and "path" in value and set(value) <= {"path", "name"}


def _encoded(value: t.Mapping[str, t.Any], read: t.Callable[[str], bytes]) -> dict[str, str]:
    path = str(value["path"])
    content = base64.b64encode(read(path)).decode("ascii")
    return {"name": str(value.get("name") or os.path.basename(path)), "value": content}
