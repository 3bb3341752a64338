# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's own cache of compiled code (C(__pycache__)) for the modules of this collection.

Ansible compiles what a plugin imports from its collection in every process anew, some 0.2 s for all of ours. While
C(kept_bytecode) lasts, they are found by Python's own loader instead, which reads what it compiled before where the
source is still the same, and keeps it beside the source where it may write. The plugins that Ansible loads import what
is ours so.

Whether a source is the same, its content says. Its size and time, by which Python usually goes, are those of another
version too where files are unpacked with a fixed time, as in images, and changed in a digit.

Source: importlib's documentation (finders on C(sys.meta_path), C(FileFinder), C(SourceFileLoader)), PEP 552.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import typing as t
from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from importlib.util import source_hash
from types import CodeType, ModuleType

_OURS = __name__.partition("plugin_utils.")[0]
# What is kept begins with which Python compiled it, how it tells that it is still valid, and what tells it.
_FLAGS = slice(4, 8)
_HEAD = 16
# By the content of the source, which is to be looked at.
_BY_CONTENT = (0b11).to_bytes(4, "little")
# By which Python says that it can make no code of what was kept. In a source, they are errors once more.
_BROKEN = (EOFError, ImportError, MemoryError, TypeError, ValueError)


class OwnSource(SourceFileLoader):
    """Python's own loader, which goes by the content of the sources alone."""

    _source = b""
    _is_broken = False

    def get_code(self, fullname: str) -> CodeType | None:
        """What a module does. What was kept of it may be cut off, as on a full disk: then it is compiled anew."""
        try:
            return super().get_code(fullname)
        except _BROKEN:
            self._is_broken = True
            return super().get_code(fullname)

    def get_data(self, path: str) -> bytes:
        """A source, or what was kept of it. Raises OSError, also for what is valid by a time, or unseen, or broken."""
        data = super().get_data(path)
        if path == self.path:
            self._source = data
        elif self._is_broken or data[_FLAGS] != _BY_CONTENT:
            raise OSError
        return data

    def set_data(self, path: str, data: t.Any, **how: t.Any) -> None:
        """Keep what was compiled from the source that was read last."""
        kept = data[: _FLAGS.start] + _BY_CONTENT + source_hash(self._source) + data[_HEAD:]
        super().set_data(path, kept, **how)


@functools.cache
def _finder(folder: str) -> FileFinder:
    """The one for a folder: it remembers what is in there."""
    return FileFinder(folder, (OwnSource, SOURCE_SUFFIXES))


class OwnModules:
    """Finds the modules below C(plugins), where Ansible found C(plugins) itself; everything else is left to others."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(_OURS):
            return None
        for folder in path or ():
            found = _finder(folder).find_spec(name, target)
            if found is not None and found.loader is not None:  # a folder alone is for Ansible to say what it is
                return found
        return None


@contextlib.contextmanager
def kept_bytecode() -> t.Iterator[None]:
    """For as long as this lasts, our modules are found by Python's own loader."""
    ours: t.Any = OwnModules
    sys.meta_path.insert(0, ours)
    try:
        yield
    finally:
        sys.meta_path.remove(ours)
