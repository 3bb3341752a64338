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
# Members whose values are words of the API. Each word of them is looked at, since a tenant's title may name things.
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
_TOKEN = re.compile(r"[^\W_]+(?:_[^\W_]+)*|_+")
# The shapes of codes of errors, of versions, of connectors' programs.
_SHAPES = re.compile(r"(?:[A-Z]{2,16}-){1,3}\d{1,5}|[vV]\d{1,2}|Qv[A-Za-z]{1,40}\.exe")
# Words with dots or an at sign between them are names of machines and people, whatever the words are.
_ADDRESS = re.compile(r"[\w-][.@:][\w-]|[@%=+]")
_PART_OF_KEY = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]")
_LARGEST_NUMBER = 99_999
_SHORT_NUMBER = re.compile(r"[0-9]{1,5}")
_KNOWN = frozenset(str(position) for point in POINTS.values() for position in point.positions) | {
    "false",
    "get",
    "none",
    "rest",
    "true",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")
_OF_THE_API = """
    a access action actions add added admin allow allowed already an and answer app architecture are array as
    assignable assignee assignments at attributes audit auth authenticated authentication authorized bad batch be
    binary body bucket bulk by can cannot case catalog certificate change change_owner change_space changed check
    code codeveloper column conflict connect connection connectionname connectionproperties connections connector
    consumer could count create created credential credentials data dataconsumer datafiles dataset datasets
    datasource decimal delete deleted denied description detail disabled display doesn domain driver due duplicate
    empty enable enabled encrypted end ended engine entity enum error errors events exist exists extended external
    facilitator failed fetch field file filter filters first folder forbidden format found from gateway get group
    groups has hash have header headers host href id in include incorrect insufficient internal internet invalid is
    isn it item items json key keys kind label last length limit links list log logs long malformed managed many max
    may mechanism member message meta method min missing mode must name names next no non not null number object of
    offset on only operation options or out owner pagination parameter parse password patch patchdata path
    permission permissions permitted personal port post prev private privileges producer properties property
    protocol provided provider public published q qconnectstatement qcredentialsid qid qlik qlikops qname qpassword
    qri qtype quantity queries query qusername range rate reached read reader redirect reference refused region
    rejected reload remove replace request required reserved resource right rights role roles row rows schema scope
    secret secured select selected self sensitive separate separated server service settings shared shown size
    source space spaceid spaces specification sql ssl start started statement statements status string support
    supported t table tag tags taken target tenant text that the there this time timeout timestamp title to token
    too total trace type types unable unauthorized unavailable unexpected unicode unknown unprocessable unsupported
    update updated url use used user username valid validation value values version was were with without you
"""
_VOCABULARY = frozenset(_OF_THE_API.split()) | _KNOWN


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
        if MARKER.match(text) and text in self._keep:
            return MARKER.sub("<run>", text)
        if text.lower() in _KNOWN or text in self._keep or _SHORT_NUMBER.fullmatch(text):
            return text
        if name in _WORDS_OF:
            return text if _SHAPES.fullmatch(text) else self._words_of(text)
        return self.word("text", text) if text else ""

    def key(self, key: str) -> str:
        """The name of a member: left as it is if it is made of words of the API."""
        parts = _PART_OF_KEY.findall(key)
        if key in self._keep or all(_is_part(part.lower()) for part in parts):
            return key
        return self.word("name", key)

    def value(self, value: t.Any, name: str = "") -> t.Any:
        """JSON with its texts replaced."""
        if isinstance(value, str):
            return self.text(value, name)
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        if isinstance(value, dict):
            return {self.key(str(key)): self.value(item, str(key)) for key, item in value.items()}
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return self.word("number", str(value)) if is_number and not abs(value) <= _LARGEST_NUMBER else value

    def path(self, path: str) -> str:
        """The path of a request: its first part is a resource."""
        parts = [unquote(part) for part in path.split("/")]
        shown = [parts[0]]
        for part in parts[1:]:
            is_word = part.replace("-", "").isalpha() or part.startswith("<")
            shown.append(part if is_word and len(part) < 40 else self.text(part))
        return "/".join(shown)

    def _words_of(self, text: str) -> str:
        """A text with each word replaced that isn't one of the API's; all of it when an id or an address is inside."""
        if _IDENTIFIER.search(text) or _ADDRESS.search(text):
            return self.word("text", text)
        return _TOKEN.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        token = match.group()
        is_known = token.lower() in _VOCABULARY or token in self._keep or _SHORT_NUMBER.fullmatch(token)
        return token if is_known else self.word("text", token)


def _is_part(part: str) -> bool:
    """Whether this may stand in the name of a member."""
    return part in _VOCABULARY or part == "_" or bool(_SHORT_NUMBER.fullmatch(part))


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
