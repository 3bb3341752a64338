"""Runs a load script: just the statements that trying a connection takes (help.qlik.com, script statements).

What is known of each stands in the README; where the documentation is silent, a switch decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .behaviours import Behaviours
from .records import Connection
from .script_log import FAILED, FINISHED, Outcome, ScriptLog
from .script_sources import HungError, Sources
from .script_text import CLOSING, EngineError, Statement, end_of_quoted, expand, statements_of, syntax_fault, unquoted
from .script_tree import Exit, ForEach, If, Node, tree_of
from .script_values import Dual, Function, Value, evaluate, is_true, number_of, text_of

ERROR_TEXTS = {
    0: "", 1: "General error", 2: "Syntax error", 3: "General ODBC error", 4: "General OLE DB error",
    5: "General custom database error", 6: "General XML error", 7: "General HTML error", 8: "File not found",
    9: "Database not found", 10: "Table not found", 11: "Field not found", 12: "File has wrong format",
    16: "Semantic error",
}  # fmt: skip
STATEMENT_SECONDS = 0.0002

_FLAGS = re.IGNORECASE | re.DOTALL
_STATEMENTS = {
    "set": re.compile(r"set\s+(?P<name>[\w.]+)\s*=(?P<rest>.*)$", _FLAGS),
    "let": re.compile(r"let\s+(?P<name>[\w.]+)\s*=(?P<rest>.*)$", _FLAGS),
    "trace": re.compile(r"trace\b(?P<rest>.*)$", _FLAGS),
    "connect": re.compile(r"lib\s+connect\s+to\s+(?P<rest>.+)$", _FLAGS),
    "other_connect": re.compile(r"(?:odbc|ole\s*db|custom)\s+connect\b(?P<rest>.*)$", _FLAGS),
    "disconnect": re.compile(r"disconnect(?P<rest>)$", _FLAGS),
    "select": re.compile(
        r"(?:(?P<label>\[(?:[^\]]|\]\])*\]|\"[^\"]*\"|[A-Za-z_]\w*)\s*:\s*)?(?:sql\s+(?P<rest>.+)|(?P<bare>select\b.+))$",
        _FLAGS,
    ),
    "drop": re.compile(r"drop\s+tables?\s+(?P<rest>.+)$", _FLAGS),
    "flushlog": re.compile(r"flushlog(?P<rest>)$", _FLAGS),
    "sleep": re.compile(r"sleep\s+(?P<rest>\d+)$", _FLAGS),
}
_FILE_LIST = re.compile(r"(?:filelist|dirlist)\s*\((?P<mask>.*)\)$", _FLAGS)
_COLUMNS = re.compile(r"select\s+(?:distinct\s+|top\s+\d+\s+)?(?P<columns>.+?)(?:\s+from\b.*)?$", _FLAGS)


class _ScriptHaltedError(Exception):
    """An error ended the script."""

    def __init__(self, fault: EngineError, statement: str) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.statement = statement


class _LeftError(Exception):
    """EXIT SCRIPT or EXIT FOR."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Script:
    """One run of a script."""

    def __init__(self, sources: Sources, log: ScriptLog, behaviours: Behaviours, variables: Mapping[str, str]) -> None:
        self.sources = sources
        self.log = log
        self.behaviours = behaviours
        self.variables: dict[str, Value] = {"ErrorMode": 1, **variables}
        self.variables |= {"ScriptError": Dual(0, ""), "ScriptErrorCount": 0, "ScriptErrorList": ""}
        self.tables: dict[str, tuple[frozenset[str], int]] = {}
        self.open: Connection | None = None
        self.errors: list[str] = []
        self.functions: dict[str, Function] = {
            "filesize": lambda path: self.sources.file_size(text_of(path)),
            "tablenumber": lambda name: self._table_number(text_of(name)),
            "noofrows": lambda name: self.tables.get(text_of(name), (None, None))[1],
            "nooftables": lambda: len(self.tables),
        }

    def run(self, text: str) -> Outcome:
        """Run a script to its end, or to where it hangs."""
        self.log.write("Execution started.")
        outcome = Outcome()
        try:
            self._block(tree_of(text))
        except EngineError as fault:  # what doesn't fit together isn't begun, whatever ErrorMode would say
            self.log.error(fault, "")
            outcome.fault = fault
        except _ScriptHaltedError as halted:
            outcome.fault, outcome.statement = halted.fault, halted.statement
        except _LeftError:
            pass
        except HungError:
            outcome.hung = True
        outcome.errors = len(self.errors)
        if not outcome.hung:
            self.log.write(FAILED if outcome.fault else FINISHED)
            self.log.flush()
        return outcome

    # control statements

    def _block(self, nodes: list[Node]) -> None:
        for node in nodes:
            if isinstance(node, Statement):
                self._regular(node)
            elif isinstance(node, Exit):
                self._exit(node)
            elif isinstance(node, If):
                self._if(node)
            else:
                self._loop(node)

    def _exit(self, node: Exit) -> None:
        leaves = not node.how or self._condition(node.statement, node.condition) == (node.how == "when")
        if leaves:
            raise _LeftError(node.what)

    def _if(self, node: If) -> None:
        for branch in node.branches:
            if branch.condition is None or self._condition(branch.statement, branch.condition):
                self._block(branch.body)
                return

    def _condition(self, statement: Statement, text: str) -> bool:
        """Evaluate a condition. A control statement doesn't touch ScriptError unless it fails itself."""
        self.log.spend(STATEMENT_SECONDS)
        expanded = statement.text
        try:
            expanded = self._expanded(statement.text)
            self.log.echo(statement.text, expanded)
            return is_true(self._value(self._expanded(text)))
        except EngineError as fault:
            self._failed(fault, expanded)
            return False

    def _loop(self, node: ForEach) -> None:
        expanded = node.statement.text
        self.log.spend(STATEMENT_SECONDS)
        try:
            expanded = self._expanded(node.statement.text)
            self.log.echo(node.statement.text, expanded)
            items = list(self._items(self._expanded(node.items)))
        except EngineError as fault:
            self._failed(fault, expanded)
            return
        for item in items:
            self.variables[node.name] = item
            try:
                self._block(node.body)
            except _LeftError as left:
                if left.what == "script":
                    raise
                return

    def _items(self, text: str) -> Iterator[Value]:
        for part in _parts(text):
            listing = _FILE_LIST.match(part)
            if listing:
                yield from self.sources.files(text_of(self._value(listing["mask"])))
            else:
                yield self._value(part)

    # regular statements

    def _regular(self, statement: Statement) -> None:
        """Expand a statement and execute it; what the expansion brought after a semicolon is code as well."""
        self.log.spend(STATEMENT_SECONDS)
        if self.behaviours.let_reads_script_error == "zero":
            self.variables["ScriptError"] = Dual(0, "")
        try:
            expanded = self._expanded(statement.text)
        except EngineError as fault:
            self._failed(fault, statement.text)
            return
        pieces = list(statements_of(expanded))
        if len(pieces) == 1 and not pieces[0].control:
            self._execute(statement.text, pieces[0].text)
        else:
            self._pieces(pieces, expanded)

    def _pieces(self, pieces: list[Statement], expanded: str) -> None:
        try:
            nodes = tree_of("\n".join(f"{piece.text};" for piece in pieces))
        except EngineError as fault:
            self._failed(fault, expanded)
            return
        self._block(nodes)

    def _execute(self, raw: str, expanded: str) -> None:
        self.log.echo(raw, expanded)
        try:
            self._dispatch(expanded)
        except EngineError as fault:
            self._failed(fault, expanded)
        else:
            self.variables["ScriptError"] = Dual(0, "")

    def _failed(self, fault: EngineError, statement: str) -> None:
        self.errors.append(fault.text)
        self.variables["ScriptError"] = Dual(fault.kind, ERROR_TEXTS.get(fault.kind, ERROR_TEXTS[1]))
        self.variables["ScriptErrorCount"] = len(self.errors)
        self.variables["ScriptErrorList"] = "\n".join(self.errors)
        self.log.error(fault, statement)
        if number_of(self.variables.get("ErrorMode")) != 0:
            raise _ScriptHaltedError(fault, statement)

    def _dispatch(self, text: str) -> None:
        for name, pattern in _STATEMENTS.items():
            match = pattern.match(text)
            if match:
                getattr(self, f"_do_{name}")(match)
                return
        raise syntax_fault(f"Unknown statement: {text}")

    def _do_set(self, match: re.Match[str]) -> None:
        text = match["rest"].strip()
        inner = unquoted(text) if text[:1] in ("'", '"') else None
        self.variables[match["name"]] = text if inner is None else inner

    def _do_let(self, match: re.Match[str]) -> None:
        self.variables[match["name"]] = self._value(match["rest"]) if match["rest"].strip() else None

    def _do_trace(self, match: re.Match[str]) -> None:
        text = match["rest"].strip()
        if text.startswith("***"):  # reported to break a reload
            raise syntax_fault(f"Unknown statement: TRACE {text}")
        self.log.last_trace = text
        self.log.write(text)

    def _do_connect(self, match: re.Match[str]) -> None:
        reference = unquoted(match["rest"])
        if reference is None:
            raise syntax_fault(f"Expected the name of a connection, found {match['rest']}", 11003)
        if self.behaviours.failed_connect == "closes":
            self.open = None
        connection = self.sources.find(reference)
        self.sources.connect(connection)
        self.open = connection

    def _do_other_connect(self, _match: re.Match[str]) -> None:
        raise syntax_fault("CONNECT must use the prefix LIB", 11032)

    def _do_disconnect(self, _match: re.Match[str]) -> None:
        self.open = None

    def _do_select(self, match: re.Match[str]) -> None:
        statement = (match["rest"] or match["bare"]).strip()
        if self.open is None:
            raise EngineError(11030, "No open database", 9)
        rows = self.sources.select(self.open, statement)
        columns = _columns(statement)
        self.log.write(f"{len(columns)} fields found: {', '.join(columns)}, ", f"{rows} lines fetched")
        self._add_table(match["label"] or "Table", frozenset(columns), rows)

    def _add_table(self, label: str, fields: frozenset[str], rows: int) -> None:
        name = unquoted(label) or label
        if self.behaviours.equal_tables == "concatenate":
            name = next((table for table, (known, _rows) in self.tables.items() if known == fields), name)
        number = 1
        while name in self.tables and self.tables[name][0] != fields:
            name, number = f"{unquoted(label) or label}-{number}", number + 1
        self.tables[name] = (fields, self.tables.get(name, (fields, 0))[1] + rows)

    def _do_drop(self, match: re.Match[str]) -> None:
        for part in _parts(match["rest"]):
            name = unquoted(part) or part
            if name not in self.tables:
                raise EngineError(11001, f"Table '{name}' not found", 10)
            del self.tables[name]

    def _do_flushlog(self, _match: re.Match[str]) -> None:
        self.log.flush()

    def _do_sleep(self, match: re.Match[str]) -> None:
        self.log.spend(int(match["rest"]) / 1000)

    # expressions

    def _expanded(self, text: str) -> str:
        return expand(
            text, lambda name: text_of(self.variables.get(name)), lambda expression: text_of(self._value(expression))
        )

    def _value(self, text: str) -> Value:
        return evaluate(text, self.variables, self.functions)

    def _table_number(self, name: str) -> Value:
        return list(self.tables).index(name) if name in self.tables else None


def _parts(text: str) -> list[str]:
    """Split at commas outside quotations and parentheses."""
    parts, start, place, depth = [], 0, 0, 0
    while place < len(text):
        if text[place] in CLOSING:
            place = end_of_quoted(text, place)
            continue
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if text[place] == "," and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
        place += 1
    return [*parts, text[start:].strip()]


def _columns(statement: str) -> list[str]:
    """Name the columns of a SELECT: of each its alias, or the last word."""
    match = _COLUMNS.match(statement)
    if match is None:
        return ["column1"]
    names = []
    for part in _parts(match["columns"]):
        word = re.search(r"(\"[^\"]*\"|[^\s.]+)$", part)
        names.append((unquoted(word[1]) or word[1]) if word else part)
    return names
