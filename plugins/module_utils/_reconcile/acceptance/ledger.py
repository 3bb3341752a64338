# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run made, remembered on disk before anybody acts on an answer: a killed run is cleaned up by the next.

The journal is a file of JSON lines. A run that was cleaned up to its end leaves none.
"""

from __future__ import annotations

import json
import os
import re
import threading
import typing as t
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError

JOURNAL = "journal.jsonl"
MARKER = re.compile(r"accept-[0-9a-f]{16}")
TITLE = "qlikops.cloud acceptance"
KINDS = ("spaces", "connections", "credentials", "apps")
_MODE = 0o600


class Ledger:
    """What one run promised to make, and what it was told that it made; ids that were there before it.

    C(marker) is in the name of each thing of the run, and of nothing else.
    """

    def __init__(self, marker: str, tenant_id: str, before: t.Mapping[str, t.Iterable[str]]) -> None:
        self.marker = marker
        self.tenant_id = tenant_id
        self.before: dict[str, frozenset[str]] = {kind: frozenset(before.get(kind) or ()) for kind in KINDS}
        self.claimed: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self.promised_spaces: list[str] = []
        self.has_apps = False
        self._path = ""
        self._lock = threading.Lock()

    def begin(self, directory: str) -> None:
        """Write the journal's beginning. Raises QlikError when it can't be written: nothing may be made then."""
        self._path = os.path.join(directory, JOURNAL)
        before = {kind: sorted(ids) for kind, ids in self.before.items()}
        self._note({"marker": self.marker, "tenant": self.tenant_id, "before": before})

    def promise_space(self, name: str) -> None:
        """A space of this name is about to be made."""
        self._note({"promise": name})
        self.promised_spaces.append(name)

    def promise_app(self) -> None:
        """An app is about to be made."""
        self._note({"promise_app": True})
        self.has_apps = True

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
        if not self._path:
            return
        line = json.dumps(entry).encode() + b"\n"
        try:
            with self._lock:
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, _MODE)
                try:
                    os.write(handle, line)
                finally:
                    os.close(handle)
        except OSError as error:
            raise QlikError(
                f"{self._path}: what is made in the tenant can't be noted down ({error.strerror}), so nothing is made."
                " Choose another directory."
            ) from None


def unfinished(directory: str) -> Ledger | None:
    """What the last run noted, if it didn't come to its end. Raises QlikError for a file that can't be understood."""
    path = os.path.join(directory, JOURNAL)
    try:
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        raise QlikError(f"{path}: it can't be read, so it isn't known what an earlier run left: {error}") from None
    ledger: Ledger | None = None
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            if number == len(lines):
                break  # the run was killed while it wrote, and what it wanted to note hadn't left yet
            raise QlikError(f"{path}: line {number} isn't JSON. Remove the file if it isn't this module's.") from None
        ledger = _taken_up(ledger, entry)
    if ledger is not None:
        ledger._path = path
    return ledger


def _taken_up(ledger: Ledger | None, entry: t.Any) -> Ledger | None:
    """A journal with one more of its entries."""
    if not isinstance(entry, dict):
        return ledger
    if "marker" in entry and MARKER.fullmatch(str(entry["marker"])):
        return Ledger(str(entry["marker"]), str(entry.get("tenant") or ""), entry.get("before") or {})
    if ledger is None:
        return None
    if isinstance(entry.get("promise"), str):
        ledger.promised_spaces.append(entry["promise"])
    if entry.get("promise_app"):
        ledger.has_apps = True
    if entry.get("claim") in KINDS:
        ledger.claimed[str(entry["claim"])].add(str(entry.get("id")))
    return ledger


def path_of(url: str) -> tuple[str, ...]:
    """The parts of a URL's path behind /api/v1 or /api/<namespace>, still encoded."""
    parts = urlsplit(url).path.strip("/").split("/")
    return tuple(parts[2:]) if parts[:1] == ["api"] else ()
