# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a tenant last, kept from one run of an event source to the next.

A file holds ids, names and owners: what a viewer of the tenant sees, and no secret. It is readable by its user alone.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._files.reading import read_bounded
from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import write_whole

_VERSION = 1
_MOST_BYTES = 100 * 1024 * 1024
_LONGEST_NAME = 150

Seen = dict[str, dict[str, t.Any]]


class Memory:
    """The things that were seen, by id; None before anything was. Kept in a file if there is a folder for it.

    C(deleted) are those whose deletion was told last: a list that lags behind may still hold what was deleted.
    """

    def __init__(self, folder: str, name: str) -> None:
        self.path = ""
        if folder:
            self.path = os.path.join(os.path.expanduser(folder), f"{_file_name(name)}.json")
        self.seen: Seen | None = None
        self.newest = ""
        self.deleted: dict[str, None] = {}
        self.problem = ""
        self._load()

    def keep(self, seen: Seen, newest: str, deleted: t.Sequence[str] = ()) -> None:
        """Remember, for the next run too. Raises QlikError."""
        self.seen = seen
        self.newest = newest
        self.deleted = dict.fromkeys(deleted)
        if not self.path:
            return
        told = {"version": _VERSION, "newest": newest, "seen": seen, "deleted": list(self.deleted)}
        content = json.dumps(told).encode()
        try:
            # What couldn't be read again must not take the place of what can.
            if len(content) > _MOST_BYTES:
                raise OSError(errno.EFBIG, f"more than {_MOST_BYTES >> 20} MiB")
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            write_whole(self.path, [content], lasting=False)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise QlikError(f"{self.path} can't be written ({reason}): what was seen is kept in memory.") from None

    def _load(self) -> None:
        """What can't be read counts as nothing: C(problem) says why, and the next look is the first one."""
        if not self.path or not os.path.exists(self.path):
            return
        try:
            content = json.loads(read_bounded(self.path, _MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            self.problem = f"{self.path} can't be read, so what changed before now isn't known."
            return
        if not _is_memory(content):
            self.problem = f"{self.path} isn't what this version writes, so what changed before now isn't known."
            return
        self.seen = content["seen"]
        self.newest = content["newest"]
        self.deleted = dict.fromkeys(content.get("deleted", ()))


def _file_name(name: str) -> str:
    """A name of letters, digits, dots, underscores and hyphens, which tells long ones apart, too."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    if len(safe) > _LONGEST_NAME:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{safe[:_LONGEST_NAME]}-{digest[:16]}"
    return safe


def _is_memory(content: t.Any) -> bool:
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        return False
    if not isinstance(content.get("newest"), str) or not isinstance(content.get("seen"), dict):
        return False
    deleted = content.get("deleted", [])
    if not isinstance(deleted, list) or not all(isinstance(one, str) for one in deleted):
        return False
    return all(isinstance(one, dict) for one in content["seen"].values())
