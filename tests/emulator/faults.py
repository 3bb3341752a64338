"""Faults on request: what goes wrong, for which requests, how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "latency": "wait `ms` milliseconds before the request is handled",
    "reset": "drop the connection without handling the request",
    "lost_answer": "handle the request, then drop the connection instead of answering",
    "status": "answer `status` (default 503) without handling; optional `body`, `headers`, `retry_after`",
    "html": "answer an HTML page with `status` (default 502) without handling",
    "truncate": "handle the request, then send only `bytes` (default half) of the body and drop the connection",
    "garble": "handle the request, then send a body that is no JSON, with the right status",
    "expired_cursor": "answer `status` (default 400) without handling, to a request for a further page of a list only",
    "partial_list": "leave the last `rows` (default 1) out of a list and say so in `errors`, status 200",
    "redirect": "answer `status` (default 302) with Location at `location` (an origin: the path is appended)",
    "foreign_next": "put links.next at the origin `origin`",
    "deprecation": "add deprecation, sunset and link headers, unless the request says qlik-api-version: latest",
}
_KEYS = {"match", "after", "times", "kind"}
_PARAMETERS = {
    "latency": {"ms"},
    "status": {"status", "body", "headers", "retry_after"},
    "html": {"status"},
    "expired_cursor": {"status"},
    "truncate": {"bytes"},
    "partial_list": {"rows"},
    "redirect": {"status", "location"},
    "foreign_next": {"origin"},
    "deprecation": {"since", "sunset", "link"},
}
_FURTHER_PAGE = re.compile(r"[?&](page|next|prev)=")


@dataclass
class Fault:
    """Something that goes wrong. `method` and `path` are regular expressions; `path` is searched in the path with
    query.

    The first `after` matching requests pass unharmed, then `times` of them (None: all) are struck.
    """

    kind: str
    method: str = ""
    path: str = ""
    after: int = 0
    times: int | None = 1
    parameters: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    struck: int = 0

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fault:
        """Read {match: {method, path}, after, times, kind, and the kind's own parameters}."""
        kind = data.get("kind")
        if kind not in KINDS:
            raise ValueError(f"fault kind {kind!r} doesn't exist; there are: {', '.join(KINDS)}")
        parameters = {key: value for key, value in data.items() if key not in _KEYS}
        unknown = set(parameters) - _PARAMETERS.get(kind, set())
        match = data.get("match") or {}
        unknown |= set(match) - {"method", "path"}
        if unknown:
            raise ValueError(f"fault {kind} doesn't take {', '.join(sorted(unknown))}")
        required = {"latency": "ms", "redirect": "location", "foreign_next": "origin"}.get(kind)
        if required and required not in parameters:
            raise ValueError(f"fault {kind} needs {required}")
        method, path = str(match.get("method", "")), str(match.get("path", ""))
        re.compile(path)
        return cls(kind, method, path, int(data.get("after", 0)), data.get("times", 1), parameters)

    def strikes(self, method: str, target: str) -> bool:
        """Count a request and tell whether it is struck."""
        if self.method and not re.fullmatch(self.method, method, re.IGNORECASE):
            return False
        if self.path and not re.search(self.path, target):
            return False
        if self.kind == "expired_cursor" and not _FURTHER_PAGE.search(target):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """Give the fault as the control port takes it, with its counts."""
        match = {"method": self.method, "path": self.path}
        counts = {"seen": self.seen, "struck": self.struck}
        return {"kind": self.kind, "match": match, "after": self.after, "times": self.times} | self.parameters | counts
