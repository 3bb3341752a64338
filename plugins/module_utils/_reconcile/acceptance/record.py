# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exchanges of a run, for a report to others: nothing in them tells whose tenant it was.

Not what is secret is taken out, but only what is known to be harmless is left in: names of members, numbers, words that
Qlik's documentation and this collection use. Each other text is replaced, the same one always by the same word.
"""

from __future__ import annotations

import json
import re
import threading
import typing as t
from urllib.parse import unquote, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import MARKER, path_of
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.points import POINTS
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer, Request

_IDENTIFIER = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b[0-9a-f]{24,}\b")
_ADDRESS = re.compile(r"https?://[^/\s\"']+")
# Texts that are words of the API, wherever they stand as the values of these members.
_WORDS_OF = frozenset(
    (
        "code",
        "datasourceID",
        "dataSourceId",
        "op",
        "path",
        "privileges",
        "qLogOn",
        "qType",
        "spaceType",
        "status",
        "title",
        "type",
        "version",
    )
)
_WORD = re.compile(r"[A-Za-z0-9_./ \-]{1,120}")
_KNOWN = frozenset(str(position) for point in POINTS.values() for position in point.positions) | {
    "false",
    "get",
    "none",
    "rest",
    "true",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")


class Replacer:
    """Replaces texts, the same one always by the same word, counted for each kind."""

    def __init__(self, keep: t.Iterable[str]) -> None:
        self._keep = frozenset(keep)
        self._words: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}

    def word(self, kind: str, text: str) -> str:
        """The word for a text."""
        key = (kind, text.lower())
        if key not in self._words:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._words[key] = f"<{kind}-{self._numbers[kind]}>"
        return self._words[key]

    def text(self, text: str, name: str = "") -> str:
        """A text that stands as the value of a member of this name."""
        if _TIME.fullmatch(text):
            return "<time>"
        if _IDENTIFIER.fullmatch(text):
            return self.word("id", text)
        if text.lower() in _KNOWN or text in self._keep or text.isdecimal():
            return text
        if name in _WORDS_OF and _WORD.fullmatch(text):
            return self._inside(text)
        if name == "link":
            return self._link(text)
        if MARKER.match(text):
            return self._inside(text)
        return self.word("text", text) if text else ""

    def value(self, value: t.Any, name: str = "") -> t.Any:
        """JSON with its texts replaced."""
        if isinstance(value, str):
            return self.text(value, name)
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        if isinstance(value, dict):
            return {str(key): self.value(item, str(key)) for key, item in value.items()}
        return value

    def path(self, path: str) -> str:
        """The path of a request: its first part is a resource."""
        parts = [unquote(part) for part in path.split("/")]
        shown = [parts[0]]
        for part in parts[1:]:
            is_word = part.replace("-", "").isalpha() or part.startswith("<")
            shown.append(part if is_word and len(part) < 40 else self.text(part))
        return "/".join(shown)

    def _link(self, text: str) -> str:
        return "/".join(self.path(urlsplit(text).path.strip("/")).split("/"))

    def _inside(self, text: str) -> str:
        """A text of known words in which ids, the run's mark and addresses may stand."""
        text = MARKER.sub("<run>", text)
        text = _ADDRESS.sub(lambda match: self.word("address", match.group()), text)
        return _IDENTIFIER.sub(lambda match: self.word("id", match.group()), text)


class Recorder:
    """Stands in a session and keeps what is asked and answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[tuple[Request, Answer]] = []

    def before(self, request: Request) -> None:
        """It lets everything through."""

    def after(self, request: Request, answer: Answer) -> None:
        with self._lock:
            self._exchanges.append((request, answer))

    def bodies(self) -> t.Iterator[bytes]:
        """What the tenant answered."""
        for _request, answer in self._exchanges:
            yield answer.body

    def redacted(self, own: t.Collection[str], words: t.Iterable[str]) -> list[dict[str, t.Any]]:
        """The exchanges that are about what the run made: C(own) are its ids and its mark. C(words) are left as they
        are.
        """
        replace = Replacer(words)
        shown: list[dict[str, t.Any]] = []
        for request, answer in self._exchanges:
            if _is_about(request, own):
                shown.append(_exchange(replace, request, answer))
        return shown


def _is_about(request: Request, own: t.Collection[str]) -> bool:
    """Whether a request names something of the run. Lists of the whole tenant don't."""
    asked = json.dumps([request.url, dict(request.params or {}), request.body], default=str)
    asked = unquote(asked)
    return any(one in asked for one in own)


def _exchange(replace: Replacer, request: Request, answer: Answer) -> dict[str, t.Any]:
    query = {str(name): replace.value(str(value), str(name)) for name, value in (request.params or {}).items()}
    try:
        body = json.loads(answer.body or b"null")
    except ValueError:
        body = f"<{len(answer.body)} bytes that aren't JSON>"
    is_paged = "page" in urlsplit(request.url).query
    return {
        "method": request.method,
        "path": replace.path("/".join(path_of(request.url))) + ("?<page>" if is_paged else ""),
        "query": query,
        "body": replace.value(request.body),
        "status": answer.status,
        "answer": replace.value(body),
    }


def error_bodies(exchanges: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """The first refusal of each kind, by method, resource and status: what a tenant's errors look like."""
    found: dict[str, t.Any] = {}
    for one in exchanges:
        status = int(one["status"])
        errors = member(one["answer"], "errors")
        if status >= 400 and errors:
            found.setdefault(f"{one['method']} {str(one['path']).split('/', 1)[0]} {status}", errors)
    return found
