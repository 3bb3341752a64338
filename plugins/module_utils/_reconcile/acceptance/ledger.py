# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run made, remembered on disk before anybody acts on an answer: a killed run is cleaned up by the next.

The journal is a file of JSON lines. A run that was cleaned up to its end leaves none.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import stat
import threading
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._files.reading import read_bounded

JOURNAL = "journal.jsonl"
MARKER = re.compile(r"accept-[0-9a-f]{16}")
TITLE = "qlikops.cloud acceptance"
KINDS = ("spaces", "connections", "credentials", "apps")
_MODE = 0o600
# What a run notes is about 100 bytes for each thing that it makes, and 40 for each that was there before.
_MOST_BYTES = 256 * 1024 * 1024


class Ledger:
    """What one run promised to make, and what it was told that it made; ids that were there before it.

    C(marker) is in the name of each thing of the run, and of nothing else. C(unanswered) are the promises of which no
    answer told what came of them. C(is_resumed) says that another run wrote this.
    """

    APP = "app"

    def __init__(self, marker: str, tenant_id: str, before: t.Mapping[str, t.Iterable[str]]) -> None:
        self.marker = marker
        self.tenant_id = tenant_id
        self.before = {kind: frozenset(one.lower() for one in ids) for kind, ids in before.items()}
        self.claimed: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self.promised_spaces: list[str] = []
        self.has_apps = False
        self.unanswered: dict[str, float] = {}
        self.is_resumed = False
        self._path = ""
        self._lock = threading.Lock()

    def was_there(self, kind: str, identifier: str) -> bool:
        """Whether something was there before the run. Letter case makes no other id."""
        return identifier.lower() in self.before.get(kind, ())

    @property
    def knows_apps(self) -> bool:
        """Whether the apps were listed that were there before the run. Without that, none is the run's own."""
        return "apps" in self.before

    def begin(self, directory: str) -> None:
        """Write the journal's beginning. Raises QlikError when it can't be written: nothing may be made then."""
        self._path = os.path.join(directory, JOURNAL)
        before = {kind: sorted(ids) for kind, ids in self.before.items()}
        self._note({"marker": self.marker, "tenant": self.tenant_id, "before": before})

    def promise_space(self, name: str) -> None:
        """A space of this name is about to be made."""
        now = time.time()
        self._note({"promise": name, "at": now})
        self.promised_spaces.append(name)
        self.unanswered[name] = now

    def promise_app(self) -> None:
        """An app is about to be made."""
        now = time.time()
        self._note({"promise_app": True, "at": now})
        self.has_apps = True
        self.unanswered[self.APP] = now

    def answered(self, name: str) -> None:
        """The tenant said what came of a promise: it was made, or it was refused."""
        if name in self.unanswered:
            self._note({"answered": name})
            del self.unanswered[name]

    def claim(self, kind: str, identifier: str) -> None:
        """The tenant says that it made this. Whether that is so is looked at before it is written to."""
        if identifier in self.claimed[kind]:
            return
        self._note({"claim": kind, "id": identifier})
        self.claimed[kind].add(identifier)

    def close(self) -> None:
        """Nothing of the run is left."""
        if self._path and os.path.exists(self._path):
            os.unlink(self._path)

    def _note(self, entry: t.Mapping[str, t.Any]) -> None:
        if self._path:
            self._write(json.dumps(entry).encode() + b"\n")

    def end_line(self) -> None:
        """Put an end to the last line, if somebody took it away."""
        self._write(b"\n")

    def _write(self, line: bytes) -> None:
        try:
            with self._lock:
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, _MODE)
                try:
                    _append(handle, line)
                finally:
                    os.close(handle)
        except OSError as error:
            raise QlikError(
                f"{self._path}: what is made in the tenant can't be noted down ({error.strerror}), so nothing is made."
                " Choose another directory."
            ) from None


def _append(handle: int, line: bytes) -> None:
    """Append a whole line, or nothing of it. Raises OSError.

    A disk that is nearly full takes a part, and says so by a number only.
    """
    length = os.fstat(handle).st_size
    written = os.write(handle, line)
    if written < len(line):
        os.ftruncate(handle, length)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextlib.contextmanager
def alone_in(directory: str) -> t.Iterator[None]:
    """While this lasts, no other run works with this directory. Raises QlikError when one does.

    A run that is killed holds nothing any more.
    """
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise QlikError(
                f"{directory}: another run works with this directory at this moment. Wait until it is over, or choose"
                " another directory."
            ) from None
        except OSError:
            pass  # a file system that knows no locks
        yield
    finally:
        os.close(handle)


def unfinished(directory: str) -> Ledger | None:
    """What the last run noted, if it didn't come to its end. Raises QlikError for a file that can't be understood."""
    path = os.path.join(directory, JOURNAL)
    if not os.path.lexists(path):
        return None
    content = _content(path)
    ledger: Ledger | None = None
    length = 0
    lines = content.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        try:
            ledger = _taken_up(ledger, json.loads(line))
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            if number == len(lines) and not line.endswith(b"\n"):
                break  # the run was killed while it wrote, and what it wanted to note hadn't left yet
            raise QlikError(
                f"{path}: line {number} is none that this module writes, so it isn't known what an earlier run left."
                f" Look in the tenant for spaces named '{TITLE} …', and remove the file if it isn't this module's."
            ) from None
        length += len(line)
    _cut(path, length)
    if ledger is not None:
        ledger._path = path
        ledger.is_resumed = True
        if not content[:length].endswith(b"\n"):
            ledger.end_line()
    return ledger


def _content(path: str) -> bytes:
    """The content of a journal that this user wrote. Raises QlikError."""
    try:
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            return read_bounded(path, _MOST_BYTES)
        why = "it is no file of the user who runs this"
    except OSError as error:
        why = str(error.strerror)
    raise QlikError(
        f"{path}: what an earlier run left isn't known, and what is made can't be noted down: {why}. Remove it, or"
        " choose another directory."
    )


def _cut(path: str, length: int) -> None:
    """Take off half a line at the end, to which the next one would be appended; a journal without a line goes."""
    try:
        if not length:
            os.unlink(path)
        elif os.path.getsize(path) > length:
            os.truncate(path, length)
    except OSError as error:
        raise QlikError(f"{path} can't be changed: {error.strerror}.") from None


def _taken_up(ledger: Ledger | None, entry: t.Any) -> Ledger:
    """A journal with one more of its entries. Raises ValueError or TypeError for what is none.

    Nothing in it is believed that a run wouldn't have written: each space has the mark in its name.
    """
    if "marker" in entry:
        if ledger is not None or not MARKER.fullmatch(entry["marker"]):
            raise ValueError
        listed = dict(entry["before"])
        before = {kind: [str(one) for one in listed[kind]] for kind in KINDS if kind in listed}
        return Ledger(entry["marker"], str(entry.get("tenant") or ""), before)
    if ledger is None:
        raise ValueError
    if "promise" in entry:
        if ledger.marker not in entry["promise"] or not entry["promise"].startswith(TITLE):
            raise ValueError
        ledger.promised_spaces.append(entry["promise"])
        ledger.unanswered[entry["promise"]] = float(entry.get("at") or 0)
    elif "promise_app" in entry:
        ledger.has_apps = True
        ledger.unanswered[Ledger.APP] = float(entry.get("at") or 0)
    elif "answered" in entry:
        ledger.unanswered.pop(entry["answered"], None)
    else:
        ledger.claimed[entry["claim"]].add(str(entry["id"]))
    return ledger


def path_of(url: str) -> tuple[str, ...]:
    """The parts of a URL's path behind /api/v1 or /api/<namespace>, still encoded."""
    parts = urlsplit(url).path.strip("/").split("/")
    return tuple(parts[2:]) if parts[:1] == ["api"] else ()
