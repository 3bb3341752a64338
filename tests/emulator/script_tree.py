"""The structure of a load script: IF … END IF and FOR EACH … NEXT (help.qlik.com, script control statements)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .script_text import Statement, statements_of, syntax_fault, without_comments

_FLAGS = re.IGNORECASE | re.DOTALL
_IF = re.compile(r"(?:else)?if\b(?P<condition>.*\S.*)\bthen$", _FLAGS)
_FOR = re.compile(r"for\s+each\s+(?P<name>[A-Za-z_]\w*)\s+in\s+(?P<items>.+)$", _FLAGS)
_NEXT = re.compile(r"next(?:\s+(?P<name>\w+))?$", _FLAGS)
_EXIT = re.compile(r"exit\s+(?P<what>script|for)(?:\s+(?P<how>when|unless)\s+(?P<condition>.+))?$", _FLAGS)
_ELSE = re.compile(r"else$", _FLAGS)
_END_IF = re.compile(r"end\s*if$", _FLAGS)


@dataclass(frozen=True)
class Exit:
    """EXIT SCRIPT or EXIT FOR, perhaps WHEN or UNLESS something."""

    statement: Statement
    what: str
    how: str
    condition: str


@dataclass(frozen=True)
class Branch:
    """IF, ELSEIF or (without a condition) ELSE, and what follows it."""

    statement: Statement
    condition: str | None
    body: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class If:
    """The branches of one IF … END IF."""

    branches: list[Branch]


@dataclass(frozen=True)
class ForEach:
    """FOR EACH name IN items … NEXT."""

    statement: Statement
    name: str
    items: str
    body: list[Node] = field(default_factory=list)


Node = Statement | Exit | If | ForEach


def tree_of(text: str) -> list[Node]:
    """Read a script; raise EngineError when its control statements don't fit together, or cross a line."""
    return _Builder(list(statements_of(without_comments(text)))).whole()


class _Builder:
    def __init__(self, statements: list[Statement]) -> None:
        self.statements = statements
        self.loops = 0

    def whole(self) -> list[Node]:
        nodes = self._until()
        if self.statements:
            raise _unmatched(self.statements[0])
        return nodes

    def _until(self, *ends: re.Pattern[str]) -> list[Node]:
        """Read until a clause that ends the block, which stays."""
        nodes: list[Node] = []
        while self.statements:
            statement = self.statements[0]
            if statement.control and any(end.match(statement.text) for end in ends):
                return nodes
            if statement.control and (_NEXT.match(statement.text) or re.match(r"(else|end)", statement.text, _FLAGS)):
                raise _unmatched(statement)
            nodes.append(self._node(self.statements.pop(0)))
        return nodes

    def _node(self, statement: Statement) -> Node:
        if not statement.control:
            return statement
        text = statement.text
        if re.match(r"if\b", text, _FLAGS):
            return self._if(statement)
        loop, leaving = _FOR.match(text), _EXIT.match(text)
        if loop:
            return self._loop(statement, loop)
        if leaving and (leaving["what"].lower() == "script" or self.loops):
            how = (leaving["how"] or "").lower()
            return Exit(statement, leaving["what"].lower(), how, leaving["condition"] or "")
        raise syntax_fault(f"Unknown statement in line {statement.line}: {text}")

    def _if(self, statement: Statement) -> If:
        branches = [self._branch(statement)]
        while True:
            if not self.statements:
                raise _unmatched(statement)
            clause = self.statements.pop(0)
            if _END_IF.match(clause.text):
                return If(branches)
            if branches[-1].condition is None:
                raise _unmatched(clause)
            branches.append(self._branch(clause))

    def _branch(self, statement: Statement) -> Branch:
        condition = None
        if not _ELSE.match(statement.text):
            match = _IF.match(statement.text)
            if match is None:
                raise syntax_fault(f"Expected THEN in line {statement.line}: {statement.text}", 11003)
            condition = match["condition"]
        return Branch(statement, condition, self._until(re.compile(r"elseif\b|else$|end\s*if$", _FLAGS)))

    def _loop(self, statement: Statement, match: re.Match[str]) -> ForEach:
        self.loops += 1
        body = self._until(_NEXT)
        self.loops -= 1
        closing = _NEXT.match(self.statements.pop(0).text) if self.statements else None
        if closing is None or (closing["name"] or match["name"]) != match["name"]:
            raise _unmatched(statement)
        return ForEach(statement, match["name"], match["items"], body)


def _unmatched(statement: Statement) -> Exception:
    return syntax_fault(f"No matching control statement for line {statement.line}: {statement.text}", 11023)
