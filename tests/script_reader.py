"""A small reader of load scripts, and just enough of an engine to run those that try connections.

Written from Qlik's help about load scripts, for the tests of what writes such scripts: it knows nothing of the writer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_CONTROL = re.compile(
    r"(IF|ELSEIF|ELSE|END IF|FOR EACH|NEXT|EXIT FOR|SUB|END SUB|CALL|EXIT SCRIPT|FOR|DO|LOOP)\b", re.IGNORECASE
)
_CLOSING = {"'": "'", '"': '"', "`": "`", "[": "]"}
_VARIABLE = re.compile(r"\$\(([^()]*)\)")


def statements(script: str) -> list[str]:
    """The statements of a script: up to a semicolon outside quotes, or, for what controls, to the end of the line."""
    found: list[str] = []
    place = 0
    while place < len(script):
        if script[place].isspace():
            place += 1
            continue
        end = _end(script, place)
        found.append(script[place:end].strip())
        place = end + 1
    return [one for one in found if one]


def _end(script: str, start: int) -> int:
    is_control = _CONTROL.match(script, start) is not None
    place = start
    while place < len(script):
        character = script[place]
        if character == ";" or (is_control and character == "\n"):
            return place
        if character in _CLOSING:
            place = _closed(script, place)
        place += 1
    return len(script)


def _closed(script: str, start: int) -> int:
    """Where what is quoted ends; doubled, the mark is a part of it."""
    closing = _CLOSING[script[start]]
    place = start + 1
    while place < len(script):
        if script[place] == closing:
            if closing != "`" and script[place + 1 : place + 2] == closing:
                place += 2
                continue
            return place
        place += 1
    return len(script)


def unquoted(text: str) -> str:
    assert text[0] == text[-1] == "'", text
    return text[1:-1].replace("''", "'")


class Step(NamedTuple):
    """What a connection does: the numbers of errors at CONNECT and at the statement, with the lines that the log has
    of them; C(files) in its listing.
    """

    connect: int = 0
    read: int = 0
    lines: tuple[str, ...] = ()
    files: int = 1


def run_script(
    script: str, world: Callable[[str], Step], *, show_statements: bool = True, prefix: str = ""
) -> tuple[list[str], list[str]]:
    """The lines of the log of a run, and what it connected to, listed and read, in order."""
    engine = _Engine(world, show_statements, prefix)
    engine.run(statements(script))
    return engine.log, engine.did


class _Engine:
    def __init__(self, world: Callable[[str], Step], show: bool, prefix: str) -> None:
        self.world, self.show, self.prefix = world, show, prefix
        self.log: list[str] = []
        self.did: list[str] = []
        self.variables: dict[str, object] = {}
        self.error = self.count = 0
        self.step: Step | None = None

    def say(self, line: str) -> None:
        self.log.append(self.prefix + line)

    def fail(self, number: int, lines: tuple[str, ...]) -> None:
        self.error, self.count = number, self.count + 1
        for line in lines:
            self.say(line)

    def run(self, program: list[str]) -> None:
        position = 0
        while position < len(program):
            position = self.one(program, position)

    def one(self, program: list[str], position: int) -> int:
        text = _VARIABLE.sub(lambda match: str(self.variables.get(match.group(1), "")), program[position])
        if self.show:
            self.say(text)
        word = text.split()[0].upper()
        if word == "IF":
            return position + 1 if self.holds(text) else _skip(program, position, "IF", "END IF")
        if word == "FOR":
            listed = re.fullmatch(r"FOR EACH \w+ IN FileList\((.*)\)", text, re.DOTALL)
            assert listed, text
            step = self.world(unquoted(listed.group(1)))
            self.did.append(f"list {unquoted(listed.group(1))}")
            self.error = 0
            if step.read:
                self.fail(step.read, step.lines)
            return position + 1 if step.files and not step.read else _skip(program, position, "FOR", "NEXT")
        if text.upper() == "EXIT FOR":
            return next(place for place in range(position, len(program)) if program[place].upper() == "NEXT") + 1
        self.simple(text, word)
        return position + 1

    def simple(self, text: str, word: str) -> None:
        before, self.error = self.error, 0
        if word == "LET":
            name, expression = (part.strip() for part in text[4:].split("=", 1))
            self.variables[name] = self.value(expression, before)
        elif word == "TRACE":
            self.say(text[6:])
        elif word == "LIB":
            connect = re.fullmatch(r"LIB CONNECT TO (.*)", text, re.DOTALL)
            assert connect, text
            name = unquoted(connect.group(1))
            self.did.append(f"connect {name}")
            self.step = self.world(name)
            if self.step.connect:
                self.fail(self.step.connect, self.step.lines)
        elif re.match(r"\w+: SQL ", text):
            assert self.step is not None
            self.did.append(f"read {text.split(': SQL ', 1)[1]}")
            if self.step.read:
                self.fail(self.step.read, self.step.lines)
        elif word == "DISCONNECT":
            self.step = None
        else:
            assert word in ("SET", "FLUSHLOG", "END", "NEXT", "DROP"), text

    def value(self, expression: str, error: int) -> object:
        numbers: Mapping[str, object] = {"Num(ScriptError)": error, "Num(ScriptErrorCount)": self.count}
        return numbers[expression] if expression in numbers else int(expression)

    def holds(self, text: str) -> bool:
        condition = re.fullmatch(r"IF (.*) THEN", text, re.DOTALL)
        assert condition, text
        equal = re.fullmatch(r"(\w+)=0 AND ScriptErrorCount=(\w+)", condition.group(1))
        if equal:
            return self.variables.get(equal.group(1)) == 0 and self.count == self.variables.get(equal.group(2))
        assert re.match(r"NOT IsNull\(TableNumber\(|NoOfRows\(", condition.group(1)), text
        return True


def _skip(program: list[str], position: int, begins: str, ends: str) -> int:
    """The place behind the end of a block."""
    depth = 0
    for place in range(position, len(program)):
        if program[place].upper().startswith(begins + " ") or program[place].upper() == begins:
            depth += 1
        if program[place].upper() == ends:
            depth -= 1
            if not depth:
                return place + 1
    raise AssertionError("a block has no end")
