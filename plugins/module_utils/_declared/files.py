# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File properties: C({path: ...}) in a definition becomes the C([{name, value: <base64>}]) that Qlik takes.

Source: the file properties (key files, certificates) in qlik.dev's examples.
"""

from __future__ import annotations

import base64
import errno
import os
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._files.reading import read_bounded
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import holds_scalars

# All files of one task together: each is kept in memory several times over.
MAX_FILES_BYTES = 200 * 1024 * 1024

_LONGEST_PATH = 200
_NAMES = ("name", "qName", "connectionName", "id")
_MEMBERS = ("properties", "connectionProperties", "connection_properties", "secrets", "secrets_previous")


def read_local_file(path: str) -> bytes:
    """The content of a file on this machine. Raises OSError."""
    return read_bounded(path)


def with_files(options: t.Mapping[str, t.Any], read: t.Callable[[str], bytes]) -> dict[str, t.Any]:
    """The same options with every C({path}) among properties and secrets read and encoded.

    C(read) gives the content of a path, or raises OSError; QlikError then says whose file it was, for each connection.
    """
    total = 0

    def counted(path: str) -> bytes:
        nonlocal total
        content = read(path)
        total += len(content)
        if total > MAX_FILES_BYTES:
            raise OSError(errno.EFBIG, f"the files of this task have more than {MAX_FILES_BYTES >> 20} MiB together")
        return content

    return _with_files(options, counted)


def _with_files(options: t.Mapping[str, t.Any], read: t.Callable[[str], bytes]) -> dict[str, t.Any]:
    changed = dict(options)
    if options.get("state") == "absent":
        return changed
    for member, held in _members_with_files(options):
        label = next((str(options[name]) for name in _NAMES if options.get(name)), "")
        changed[member] = {name: _loaded(value, read, f"connection '{label}': {name}") for name, value in held.items()}
    if isinstance(options.get("connections"), (list, tuple)):
        changed["connections"] = _each_with_files(options["connections"], read)
    return changed


def _members_with_files(definition: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Mapping[str, t.Any]]]:
    """The members of a definition that may name files, each with its mapping. Texts and numbers name none."""
    for member in _MEMBERS:
        held = definition.get(member)
        if held and isinstance(held, Mapping) and not holds_scalars(held.values()):
            yield member, held


def with_paths(definition: t.Mapping[str, t.Any], resolve: t.Callable[[str], str]) -> dict[str, t.Any]:
    """The same definition with every C({path}) resolved, but not read."""

    def resolved(value: t.Any) -> t.Any:
        if isinstance(value, (list, tuple)):
            return list(map(resolved, value))
        if _is_path(value):
            return {**value, "path": resolve(str(value["path"]))}
        return value

    changed = dict(definition)
    for member, held in _members_with_files(definition):
        changed[member] = {name: resolved(value) for name, value in held.items()}
    return changed


def _each_with_files(definitions: t.Sequence[t.Any], read: t.Callable[[str], bytes]) -> list[t.Any]:
    problems: list[str] = []
    found = []
    for definition in definitions:
        if isinstance(definition, Mapping):
            try:
                definition = _with_files(definition, read)
            except QlikError as error:
                problems.append(str(error))
        found.append(definition)
    if problems:
        raise DefinitionError(problems)
    return found


def _loaded(value: t.Any, read: t.Callable[[str], bytes], place: str) -> t.Any:
    if _is_path(value):
        return [_encoded(value, read, place)]
    if not isinstance(value, (list, tuple)) or not any(map(_is_path, value)):
        return value
    loaded = []
    for item in value:
        if _is_path(item):
            item = _encoded(item, read, place)
        loaded.append(item)
    return loaded


def _is_path(value: t.Any) -> bool:
    if isinstance(value, str):  # as nearly all are
        return False
    return isinstance(value, Mapping) and "path" in value and set(value) <= {"path", "name"}


def _encoded(value: t.Mapping[str, t.Any], read: t.Callable[[str], bytes], place: str) -> dict[str, str]:
    path = value["path"]
    if not isinstance(path, str):
        raise QlikError(f"{place}: its path must be a text, the path of a file.")
    try:
        content = read(path)
    except OSError as error:
        raise QlikError(f"{place}: the file{_named(path)} can't be read: {error.strerror}.") from None
    except ValueError:
        raise QlikError(f"{place}: its path holds a character that no path can hold.") from None
    return {
        "name": str(value.get("name") or os.path.basename(path)),
        "value": base64.b64encode(content).decode("ascii"),
    }


def _named(path: str) -> str:
    """A path for a message; where somebody gave the content of a key in its place, nothing."""
    if len(path) > _LONGEST_PATH or not path.isprintable() or path.lstrip().startswith("{"):
        return ""
    return f" {path}"
