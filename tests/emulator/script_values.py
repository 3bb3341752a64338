"""Values and expressions of a load script, as far as probing needs them (help.qlik.com, script expressions)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .script_text import CLOSING, end_of_quoted, syntax_fault, unquoted


@dataclass(frozen=True)
class Dual:
    """A number with a text of its own."""

    number: int
    text: str


Value = float | str | Dual | None
Function = Callable[..., Value]

TRUE, FALSE = -1, 0

_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?|\.\d+")
_NAME = re.compile(r"[A-Za-z_@#%][\w.@#%]*")
_OPERATOR = re.compile(r"<>|<=|>=|[=<>+\-*/&(),]")
_PRECEDENCE = (("or", "xor"), ("and",), ("not",), ("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"))


def text_of(value: Value) -> str:
    """Write a value as dollar-sign expansion does: null is empty, a dual shows its text."""
    if value is None:
        return ""
    if isinstance(value, Dual):
        return value.text
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else repr(value)


def number_of(value: Value) -> float | None:
    """Give the number of a value; text counts when it is one."""
    if isinstance(value, Dual):
        return value.number
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value.strip().removeprefix("-")) else None
    return value


def is_true(value: Value) -> bool:
    """Tell whether a condition holds: it isn't null and not zero."""
    return bool(number_of(value))


def evaluate(text: str, variables: Mapping[str, Value], functions: Mapping[str, Function]) -> Value:
    """Evaluate an expression; raise EngineError for one that isn't understood. Unknown names are null."""
    parser = _Parser(_tokens(text), variables, functions)
    value = parser.level(0)
    if parser.tokens:
        raise syntax_fault(f"Unexpected token: {parser.tokens[0][1]}", 11004)
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        if text[place] in CLOSING:
            end = end_of_quoted(text, place)
            inner = unquoted(text[place:end])
            if inner is None:
                raise syntax_fault(f"Quotation without an end: {text[place:end]}")
            tokens.append(("text" if text[place] == "'" else "name", inner))
            place = end
            continue
        for kind, pattern in (("number", _NUMBER), ("name", _NAME), ("operator", _OPERATOR)):
            match = pattern.match(text, place)
            if match:
                tokens.append((kind, match[0]))
                place = match.end()
                break
        else:
            raise syntax_fault(f"Unexpected token: {text[place]}")
    return tokens


class _Parser:
    """Evaluates while it reads: there is nothing in such expressions that must not be evaluated."""

    def __init__(
        self, tokens: list[tuple[str, str]], variables: Mapping[str, Value], functions: Mapping[str, Function]
    ) -> None:
        self.tokens = tokens
        self.variables = variables
        self.functions = functions

    def _next(self, *operators: str) -> str | None:
        """Take the next token if it is one of some operators."""
        if self.tokens and self.tokens[0][0] != "text" and self.tokens[0][1].lower() in operators:
            return self.tokens.pop(0)[1].lower()
        return None

    def _require(self, operator: str) -> None:
        if self._next(operator) is None:
            raise syntax_fault(f"Expected {operator}", 11003)

    def level(self, depth: int) -> Value:
        """Read operators of one precedence and all above."""
        if depth == len(_PRECEDENCE):
            return self._operand()
        operators = _PRECEDENCE[depth]
        if operators == ("not",):
            return self._negation(depth)
        value = self.level(depth + 1)
        operator = self._next(*operators)
        while operator:
            value = _applied(operator, value, self.level(depth + 1))
            operator = self._next(*operators)
        return value

    def _negation(self, depth: int) -> Value:
        if self._next("not"):
            return FALSE if is_true(self._negation(depth)) else TRUE
        return self.level(depth + 1)

    def _operand(self) -> Value:
        if self._next("-"):
            number = number_of(self._operand())
            return None if number is None else -number
        if self._next("("):
            value = self.level(0)
            self._require(")")
            return value
        if not self.tokens or self.tokens[0][0] == "operator":
            raise syntax_fault("Expected an expression", 11003)
        kind, word = self.tokens.pop(0)
        if kind == "number":
            return float(word)
        if kind == "text":
            return word
        return self._call(word) if self._next("(") else self.variables.get(word)

    def _call(self, name: str) -> Value:
        function = self.functions.get(name.lower()) or PURE.get(name.lower())
        if function is None:
            raise syntax_fault(f"Unknown function: {name}")
        arguments = []
        if not self._next(")"):
            arguments.append(self.level(0))
            while self._next(","):
                arguments.append(self.level(0))
            self._require(")")
        try:
            return function(*arguments)
        except TypeError:
            raise syntax_fault(f"Wrong number of arguments: {name}") from None


def _truth(condition: bool) -> Value:
    return TRUE if condition else FALSE


def _applied(operator: str, left: Value, right: Value) -> Value:
    if operator == "&":
        return text_of(left) + text_of(right)
    if operator in ("and", "or", "xor"):
        first, second = is_true(left), is_true(right)
        return _truth({"and": first and second, "or": first or second, "xor": first != second}[operator])
    if left is None or right is None:
        return None
    first_number, second_number = number_of(left), number_of(right)
    if operator in ("+", "-", "*", "/"):
        if first_number is None or second_number is None:
            return None
        return _computed(operator, first_number, second_number)
    if first_number is None or second_number is None:
        return _compared(operator, text_of(left), text_of(right))
    return _compared(operator, first_number, second_number)


def _computed(operator: str, left: float, right: float) -> Value:
    if operator == "/":
        return left / right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}[operator]


def _compared(operator: str, left: Any, right: Any) -> Value:
    return _truth(
        {
            "=": left == right, "<>": left != right, "<": left < right, ">": left > right, "<=": left <= right,
            ">=": left >= right,
        }[operator]
    )  # fmt: skip


def _alt(*values: Value) -> Value:
    numbers = (value for value in values if number_of(value) is not None)
    return next(numbers, values[-1] if values else None)


def _len(value: Value) -> Value:
    return None if value is None else len(text_of(value))


def _chr(value: Value) -> Value:
    number = number_of(value)
    return None if number is None else chr(int(number))


PURE: dict[str, Function] = {
    "num": lambda value, *_format: number_of(value),
    "text": lambda value: None if value is None else text_of(value),
    "isnull": lambda value: _truth(value is None),
    "len": _len,
    "if": lambda condition, then, otherwise=None: then if is_true(condition) else otherwise,
    "alt": _alt,
    "null": lambda: None,
    "chr": _chr,
    "replace": lambda text, old, new: text_of(text).replace(text_of(old), text_of(new)),
}
"""Functions that need nothing but their arguments."""
