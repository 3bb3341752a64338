"""The text of a load script: quotes, comments, statements, dollar-sign expansion (help.qlik.com, script syntax).

A regular statement ends with a semicolon. A clause of a control statement ends with a semicolon or with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CLOSING = {"'": "'", '"': '"', "[": "]", "`": "`"}
ESCAPED_BY_DOUBLING = "'\"]"
MAXIMAL_DEPTH = 50

CONTROL = re.compile(
    r"(if|elseif|else|end\s*if|for|next|exit|do|loop|switch|case|default|end\s*switch|sub|end\s*sub|end|call)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(r"rem\b", re.IGNORECASE)
_CALL = re.compile(r"=|(must_)?include\s*=", re.IGNORECASE)


class EngineError(Exception):
    """A statement failed: the engine's number, the value of ScriptError, and a text."""

    def __init__(self, number: int, text: str, kind: int = 1) -> None:
        super().__init__(f"{number}: {text}")
        self.number = number
        self.text = text
        self.kind = kind


def syntax_fault(text: str, number: int = 11002) -> EngineError:
    """Give the fault of a statement that the engine doesn't understand."""
    return EngineError(number, text, 2)


@dataclass(frozen=True)
class Statement:
    """One statement or clause as it stands in the script, and its line (from 1)."""

    text: str
    line: int
    control: bool


def end_of_quoted(text: str, start: int) -> int:
    """Give the place after the quotation that begins at `start`; the end of the text when nothing closes it."""
    closing = CLOSING[text[start]]
    place = start + 1
    while place < len(text):
        if text[place] != closing:
            place += 1
        elif closing in ESCAPED_BY_DOUBLING and text[place + 1 : place + 2] == closing:
            place += 2
        else:
            return place + 1
    return len(text)


def unquoted(text: str) -> str | None:
    """Give what one quotation holds; None when the text isn't exactly one."""
    text = text.strip()
    if len(text) < 2 or text[0] not in CLOSING or text[-1] != CLOSING[text[0]] or end_of_quoted(text, 0) != len(text):
        return None
    closing = CLOSING[text[0]]
    inner = text[1:-1]
    return inner.replace(closing * 2, closing) if closing in ESCAPED_BY_DOUBLING else inner


def without_comments(text: str) -> str:
    """Blank comments out, lines kept. `//` and `/*` inside quotations are text."""
    parts = []
    place = 0
    while place < len(text):
        if text.startswith("//", place):
            place = _found(text, "\n", place)
        elif text.startswith("/*", place):
            end = _found(text, "*/", place) + 2
            parts.append("\n" * text.count("\n", place, end) or " ")
            place = end
        elif text[place] in CLOSING:
            end = end_of_quoted(text, place)
            parts.append(text[place:end])
            place = end
        else:
            parts.append(text[place])
            place += 1
    return "".join(parts)


def _found(text: str, mark: str, start: int) -> int:
    place = text.find(mark, start)
    return place if place >= 0 else len(text)


def statements_of(text: str) -> Iterator[Statement]:
    """Cut a script, without its comments, into statements; empty ones are left out."""
    place = 0
    while place < len(text):
        if text[place].isspace() or text[place] == ";":
            place += 1
            continue
        control = CONTROL.match(text, place) is not None
        end = _end_of_statement(text, place, control=control)
        raw = text[place:end].strip()
        if not _REMARK.match(raw):
            yield Statement(raw, text.count("\n", 0, place) + 1, control)
        place = end + 1


def _end_of_statement(text: str, start: int, *, control: bool) -> int:
    """Find the semicolon or, of a control statement, the end of the line, even within a quotation."""
    line_end = _found(text, "\n", start) if control else len(text)
    place = start
    while place < line_end:
        if text[place] == ";":
            return place
        place = end_of_quoted(text, place) if text[place] in CLOSING else place + 1
    return line_end


def expand(text: str, value_of: Callable[[str], str], evaluate: Callable[[str], str], depth: int = 0) -> str:
    """Replace every `$(…)`, inside quotations too: there is no escape. What a variable holds is expanded again.

    `value_of` gives the text of a variable, `evaluate` that of an expression (`$(=…)`).
    """
    if depth > MAXIMAL_DEPTH:
        raise syntax_fault("the dollar-sign expansion goes too deep")
    parts = []
    place = 0
    while True:
        start = text.find("$(", place)
        end = _closing_parenthesis(text, start + 2) if start >= 0 else -1
        if end < 0:
            parts.append(text[place:])
            return "".join(parts)
        parts.append(text[place:start])
        inner = expand(text[start + 2 : end], value_of, evaluate, depth + 1)
        parts.append(expand(_replacement(inner, value_of, evaluate), value_of, evaluate, depth + 1))
        place = end + 1


def _closing_parenthesis(text: str, place: int) -> int:
    depth = 1
    while place < len(text):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return place
        place += 1
    return -1


def _replacement(inner: str, value_of: Callable[[str], str], evaluate: Callable[[str], str]) -> str:
    call = _CALL.match(inner.strip())
    if call is None:
        return value_of(inner.strip())
    if call[0] == "=":
        return evaluate(inner.strip()[1:])
    if call[1]:
        raise EngineError(11020, f"Cannot open file: {inner.strip()[call.end() :]}", 8)
    return ""  # an include that isn't there says nothing
