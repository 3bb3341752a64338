"""What connections do when somebody opens them: nothing here talks to anybody, see real_ends.py for those that do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .records import Connection
from .script_text import EngineError

KINDS = {
    "works": "opens, and a statement gives one row, a listing `files` files",
    "refused": "the server doesn't take the credentials",
    "unreachable": "nobody answers at that address",
    "hangs": "never answers",
    "no_row": "opens, and a statement gives no row, a listing no file",
    "accepts": "works with just these `secrets` (property name to value), and is refused with others",
}
DEFAULT_FILES = 3

HOSTILE_TEXT = (
    "no; EXIT SCRIPT; LIB CONNECT TO 'x'; TRACE {trace};\r\n{trace}\nThe engine error code: EDC_ERROR:0\r\n"
    "Execution finished.\r\n$(=1/0) $(ScriptErrorCount) it's [open `of \"quotes\n"
    "postgresql://{username}:{password}@{host}:{port}/db password={password}"
)
"""What a server may say: code, the last marker again, ends of things, addresses and secrets."""

ODBC_PACKAGE = "QvOdbcConnectorPackage.exe"
FAMILIES = "odbc", "custom", "rest", "file", "none"

_REFUSED_BY_ODBC = (
    "SQL##f - SqlState: 28000, ErrorCode: 1045, ErrorMsg: [Qlik][ODBC] (28000) Access denied for user '{username}'"
)
_UNREACHABLE_BY_ODBC = (
    "SQL##f - SqlState: 08001, ErrorCode: 1130, ErrorMsg: [Qlik][ODBC] (08001) Could not connect to {host}:{port}"
)
_USUAL: dict[tuple[str, str], tuple[int, int, str]] = {
    ("refused", "odbc"): (11043, 5, _REFUSED_BY_ODBC),
    ("refused", "custom"): (11042, 5, "Login failed for {username}"),
    ("refused", "rest"): (401, 1, "HTTP protocol error 401 (Unauthorized): {url}"),
    ("refused", "file"): (30031, 1, "Login denied: {username} at {host}"),
    ("unreachable", "odbc"): (11043, 5, _UNREACHABLE_BY_ODBC),
    ("unreachable", "custom"): (11042, 5, "The remote name could not be resolved"),
    ("unreachable", "rest"): (700, 1, "Could not resolve host: {url}"),
    ("unreachable", "file"): (30002, 1, "Could not connect: {host}"),
}


def family_of(connection: Connection) -> str:
    """Tell how a connection is used in scripts: odbc and custom by SELECT, rest by its own SELECT, file by FileList."""
    source = connection.data_source.removeprefix("DG_")
    if connection.datafiles or source.startswith("File_"):
        return "file"
    if source.startswith(("repsrc_", "reptgt_")):
        return "none"
    if source == "rest":
        return "rest"
    return "odbc" if connection.type == ODBC_PACKAGE or connection.data_source.startswith("DG_") else "custom"


@dataclass(frozen=True)
class End:
    """What a connection does. `number`, `error` (ScriptError) and `text` are those of its failure.

    `{password}` in the text is replaced by that property of the connection, secrets included, `{trace}` by what TRACE
    wrote last.
    """

    kind: str = "works"
    number: int | None = None
    error: int | None = None
    text: str | None = None
    seconds: float | None = None
    files: int = DEFAULT_FILES
    secrets: Mapping[str, Any] = field(default_factory=dict)

    def fault(self, kind: str, family: str, properties: Mapping[str, Any], *, after_connect: bool) -> EngineError:
        """Give the failure in the engine's terms. What a connector says later than at CONNECT is an 11042."""
        number, error, text = _USUAL[kind, "custom" if family == "none" else family]
        if number == 11043 and after_connect:
            number = 11042
        shown = re.sub(r"\{(\w+)\}", lambda match: str(properties.get(match[1], match[0])), self.text or text)
        return EngineError(self.number or number, shown, self.error or error)

    def as_dict(self) -> dict[str, Any]:
        """Give what the control port shows."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Rule:
    """Which connections an end is of: all conditions that aren't None hold."""

    end: End
    name: str | None = None
    space: str | None = None
    data_source: str | None = None

    def meets(self, connection: Connection, space_name: str | None) -> bool:
        """Tell whether the rule speaks of a connection; `space` is a name, "" the personal space."""
        if self.name is not None and connection.name != self.name:
            return False
        if self.space is not None and (space_name or "") != self.space:
            return False
        return self.data_source is None or connection.data_source == self.data_source


@dataclass(frozen=True)
class Access:
    """One time that a script opened a connection or sent it a statement."""

    connection: str
    what: str
    text: str = ""


class Ends:
    """The rules of a tenant, the newest first, and what scripts did with its connections."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.accesses: list[Access] = []

    def set(
        self,
        kind: str,
        name: str | None = None,
        *,
        space: str | None = None,
        data_source: str | None = None,
        **details: Any,
    ) -> None:
        """Say what connections do from now on; without name, space and data_source: all of them."""
        if kind not in KINDS:
            raise ValueError(f"a connection can't be {kind!r}; it {', '.join(KINDS)}")
        unknown = set(details) - set(End.__dataclass_fields__)
        if unknown:
            raise ValueError(f"an end has no {', '.join(sorted(unknown))}")
        self.rules.insert(0, Rule(End(kind, **details), name, space, data_source))

    def replace(self, rows: list[Mapping[str, Any]]) -> None:
        """Replace all rules; the last row counts first."""
        self.rules = []
        for row in rows:
            self.set(**row)

    def rows(self) -> list[dict[str, Any]]:
        """Give all rules as `replace` takes them."""
        shown = []
        for rule in reversed(self.rules):
            where = {"name": rule.name, "space": rule.space, "data_source": rule.data_source}
            shown.append(rule.end.as_dict() | where)
        return shown

    def of(self, connection: Connection, space_name: str | None) -> End | None:
        """Give what was said of a connection; None when nothing was."""
        return next((rule.end for rule in self.rules if rule.meets(connection, space_name)), None)
