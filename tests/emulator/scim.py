"""SCIM filters: `field op "value"`, joined with and, or, not and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import ApiError
from .identifiers import epoch_of

Predicate = Callable[[Any], bool]
Getter = Callable[[Any], Any]

_TOKEN = re.compile(r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[()])|(?P<word>[^\s()"]+))')
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "co": lambda a, b: b in a,
    "sw": lambda a, b: a.startswith(b),
    "ew": lambda a, b: a.endswith(b),
}
OPERATORS = frozenset({"eq", "ne", *_ORDER, *_TEXT})


class _Parser:
    def __init__(
        self,
        text: str,
        getters: Mapping[str, Getter],
        times: frozenset[str],
        allowed: Mapping[str, frozenset[str]],
        exact: bool,
    ) -> None:
        self.tokens = _tokens(text)
        self.position = 0
        self.getters = {name.lower(): getter for name, getter in getters.items()}
        self.times = {name.lower() for name in times}
        self.allowed = {name.lower(): operators for name, operators in allowed.items()}
        self.exact = exact

    def parse(self) -> Predicate:
        predicate = self._any()
        if self.position != len(self.tokens):
            raise _bad(f"unexpected {self.tokens[self.position]}")
        return predicate

    def _next(self) -> str:
        if self.position == len(self.tokens):
            raise _bad("it ends too early")
        self.position += 1
        return self.tokens[self.position - 1]

    def _peek(self, word: str) -> bool:
        return self.position < len(self.tokens) and self.tokens[self.position].lower() == word

    def _any(self) -> Predicate:
        parts = [self._all()]
        while self._peek("or"):
            self.position += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._peek("and"):
            self.position += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        if self._peek("not"):
            self.position += 1
            inner = self._one()
            return lambda row: not inner(row)
        if self._peek("("):
            self.position += 1
            inner = self._any()
            if self._next() != ")":
                raise _bad("a closing parenthesis is missing")
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        name, operator, literal = self._next(), self._next().lower(), self._next()
        getter = self.getters.get(name.lower())
        if getter is None:
            raise _bad(f"{name} can't be filtered")
        if operator not in self.allowed.get(name.lower(), OPERATORS):
            raise _bad(f"operator {operator} isn't supported for {name}")
        value: Any = _literal(literal)
        if name.lower() in self.times:
            return self._on_time(getter, operator, value)
        if isinstance(value, str) and not self.exact:
            folded = value.lower()
            return _compare(lambda row: _fold(getter(row)), operator, folded)
        return _compare(getter, operator, value)

    def _on_time(self, getter: Getter, operator: str, value: Any) -> Predicate:
        try:
            moment = epoch_of(value)
        except (TypeError, ValueError):
            raise _bad(f"{value} is no RFC 3339 time") from None
        if operator in _TEXT:
            raise _bad(f"operator {operator} isn't supported for times")
        return _compare(lambda row: round(getter(row), 3), operator, round(moment, 3))


def _fold(value: Any) -> Any:
    if isinstance(value, list):
        return [item.lower() for item in value]
    return value.lower() if isinstance(value, str) else value


def _compare(getter: Getter, operator: str, value: Any) -> Predicate:
    def test(row: Any) -> bool:
        actual = getter(row)
        if isinstance(actual, list):
            return any(_holds(item, operator, value) for item in actual)
        return _holds(actual, operator, value)

    return test


def _holds(actual: Any, operator: str, value: Any) -> bool:
    if operator == "eq":
        return bool(actual == value)
    if operator == "ne":
        return bool(actual != value)
    if actual is None or type(actual) is not type(value):
        return False
    if operator in _TEXT:
        return isinstance(actual, str) and _TEXT[operator](actual, value)
    return _ORDER[operator](actual, value)


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _bad(f"can't read it from position {position}")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


def _literal(token: str) -> Any:
    if token.startswith('"'):
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    words: dict[str, Any] = {"true": True, "false": False, "null": None}
    if token in words:
        return words[token]
    try:
        return float(token) if "." in token else int(token)
    except ValueError:
        raise _bad(f"{token} must stand in double quotes") from None


def _bad(reason: str) -> ApiError:
    return ApiError(400, "Invalid filter", f"The filter is not valid: {reason}")


def compile_filter(
    text: str,
    getters: Mapping[str, Getter],
    *,
    times: frozenset[str] = frozenset(),
    allowed: Mapping[str, frozenset[str]] | None = None,
    exact: bool = True,
) -> Predicate:
    """Make a predicate of a filter; raise ApiError 400 when it can't be understood.

    `getters` gives the value of each field that may be filtered, `times` the fields that hold seconds since 1970,
    `allowed` the operators of a field that has not all of them; `exact` compares with regard to letter case.
    """
    return _Parser(text, getters, times, allowed or {}, exact).parse()
