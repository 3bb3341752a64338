"""The connections as a script sees them: found by name, opened, asked (help.qlik.com, connect to data sources)."""

from __future__ import annotations

import re

from .connections import same_name
from .ends import Access, End, family_of
from .privileges import GATEWAY_SCOPE, Identity
from .real_ends import RealEnd, real_end
from .records import Connection
from .script_log import ScriptLog
from .script_text import EngineError
from .state import Tenant

USING_ROLES = frozenset({"dataconsumer", "facilitator", "producer"})
NEEDS_FROM = ("oracle", "db2", "hana", "informix", "drill", "phoenix", "sfdc", "servicenow")
OPENING_SECONDS = 0.001

_FROM = re.compile(r"\bFROM\b", re.IGNORECASE)
_REST_FROM = re.compile(r"\bFROM\s+(JSON|XML|CSV)\b", re.IGNORECASE)
_SELECT = re.compile(r"select\b", re.IGNORECASE)
_LIBRARY = re.compile(r"lib://([^/]+)(?:/(.*))?$", re.IGNORECASE | re.DOTALL)


class HungError(Exception):
    """A source that never answers."""


class RealEndMetError(Exception):
    """A connection goes to a real server, and this run may not wait for one."""


class Sources:
    """What the connections of a tenant are for one run of an app's script.

    With `waits` false nothing is contacted: RealEndMetError is raised instead.
    """

    def __init__(self, tenant: Tenant, caller: Identity, space_id: str | None, log: ScriptLog, *, waits: bool) -> None:
        self.tenant = tenant
        self.caller = caller
        self.space_id = space_id
        self.log = log
        self.waits = waits

    # names

    def find(self, reference: str, *, missing: int = 11015) -> Connection:
        """Find a connection by `Space:Name`, `:Name` (the app's space) or `Name`; raise EngineError otherwise."""
        space_name, colon, name = reference.partition(":")
        found = None
        with self.tenant.lock:
            if not colon:
                found = self._in_space(self._bare_space(), reference)
            elif not space_name:
                found = self._in_space(self.space_id, name)
            else:
                spaces = [space for space in self.tenant.spaces.values() if space.name == space_name]
                found = self._in_space(spaces[0].id, name) if spaces else None
        if found is None:
            raise EngineError(missing, f"The connection {reference} can't be found")
        return found

    def _bare_space(self) -> str | None:
        return self.space_id if self.tenant.behaviours.bare_names == "app_space" else None

    def _in_space(self, space_id: str | None, name: str) -> Connection | None:
        if not self._may_use(space_id):
            return None
        rows = [*self.tenant.connections.values(), *self.tenant.datafiles(self.caller.user.id)]
        for row in rows:
            own = space_id is not None or row.owner == self.caller.user.id
            if own and row.space == space_id and same_name(self.tenant, row.name, name):
                return row
        return None

    def _may_use(self, space_id: str | None) -> bool:
        """Tell whether the caller may use the connections of a space: dataconsumer or more [docs]."""
        if space_id is None:
            return True
        space, user = self.tenant.spaces.get(space_id), self.caller.user.id
        if space is None or not self.caller.sees_space(space):
            return False
        if space.owner_id == user or not USING_ROLES.isdisjoint(self.caller.roles_in(space)):
            return True
        return self.tenant.behaviours.admin_uses_connections and self.caller.administers(space)

    # use

    def connect(self, connection: Connection) -> None:
        """Open a connection: LIB CONNECT. Connectors other than ODBC wait for the first access [inferred]."""
        self._check_usable(connection)
        family = family_of(connection)
        self._note(connection, "connect")
        if family == "none":
            raise EngineError(11044, f"Connector not found: {connection.type}")
        if family == "odbc" and self.tenant.behaviours.odbc_opens_at == "connect":
            self._open(connection, family, after_connect=False)

    def select(self, connection: Connection, statement: str) -> int:
        """Send a statement; give the number of rows."""
        family = family_of(connection)
        self._note(connection, "select", statement)
        end = self._open(connection, family, after_connect=True)
        _check_statement(connection, family, statement, self._properties(connection))
        if isinstance(end, RealEnd):
            return self._waited(end, statement)
        return 0 if end.kind == "no_row" else 1

    def files(self, path: str) -> list[str]:
        """Answer FileList(path)."""
        connection, below = self._of_path(path)
        self._note(connection, "files", path)
        try:
            self._check_usable(connection)
            end = self._open(connection, "file", after_connect=True)
            count = self._waited(end, None) if isinstance(end, RealEnd) else end.files
        except EngineError:
            if self.tenant.behaviours.file_list_fails == "silently":
                return []
            raise
        if isinstance(end, End) and end.kind == "no_row":
            return []
        root = path[: len(path) - len(below)]
        return [f"{root}file{number}.csv" for number in range(1, count + 1)]

    def file_size(self, path: str) -> float | None:
        """Answer FileSize(path): null, and no error, when it can't [docs]."""
        try:
            found = self.files(path)
        except EngineError:
            return None
        return 1024.0 if found else None

    def _of_path(self, path: str) -> tuple[Connection, str]:
        match = _LIBRARY.match(path)
        if match is None:
            raise EngineError(11025, f"The path is not valid: {path}")
        connection = self.find(match[1], missing=11024)
        if family_of(connection) != "file":
            raise EngineError(11025, f"The path is not valid: {path}")
        return connection, match[2] or ""

    def _check_usable(self, connection: Connection) -> None:
        if connection.data_source in self.tenant.disabled_sources:
            raise EngineError(11048, f"The data source {connection.data_source} is blocked")
        if connection.data_source.startswith("DG_") and not self.caller.has_scope(GATEWAY_SCOPE):
            raise EngineError(10000, f"Access denied to data source {connection.name}")
        credential = self.tenant.credential_of(connection)
        foreign = credential is not None and credential.separated and credential.owner != self.caller.user.id
        if not connection.datafiles and (credential is None or foreign):
            raise EngineError(2005, f"Missing credentials for connection {connection.name}")

    def _open(self, connection: Connection, family: str, *, after_connect: bool) -> End | RealEnd:
        self.log.spend(OPENING_SECONDS)
        properties = self._properties(connection)
        space = self.tenant.spaces.get(connection.space or "")
        end = self.tenant.ends.of(connection, space.name if space else None)
        if end is None:
            real = real_end(connection, properties)
            return self._open_real(real, after_connect=after_connect) if real else End()
        self.log.spend(end.seconds or 0.0)
        kind = end.kind
        if kind == "hangs":
            raise HungError
        if kind == "accepts":
            right = all(properties.get(name) == value for name, value in end.secrets.items())
            kind = "works" if right else "refused"
        if kind in ("refused", "unreachable"):
            told = {**properties, "trace": self.log.last_trace}
            raise end.fault(kind, family, told, after_connect=after_connect)
        return end

    def _open_real(self, end: RealEnd, *, after_connect: bool) -> RealEnd:
        if not self.waits:
            raise RealEndMetError
        if not after_connect:
            self._waited(end, None)
        return end

    def _waited(self, end: RealEnd, statement: str | None) -> int:
        rows, seconds = end.ask(statement)
        self.log.spend(seconds)
        if isinstance(rows, EngineError):
            raise rows
        return rows

    def _properties(self, connection: Connection) -> dict[str, object]:
        if connection.datafiles:
            return {}
        with self.tenant.lock:
            return self.tenant.properties_of(connection.id)

    def _note(self, connection: Connection, what: str, text: str = "") -> None:
        self.tenant.ends.accesses.append(Access(connection.id, what, text))


def _check_statement(connection: Connection, family: str, statement: str, properties: dict[str, object]) -> None:
    """Refuse what no server of the kind would take: that is an error of the script, not of the connection."""
    source = connection.data_source.removeprefix("DG_").lower()
    selects = _SELECT.match(statement) is not None
    if family == "file" or (not selects and str(properties.get("allowNonSelectQueries", "false")).lower() != "true"):
        raise EngineError(11042, "Only SELECT statements are allowed", 5)
    if family == "rest" and not _REST_FROM.search(statement):
        raise EngineError(11042, "The statement is no statement of the REST connector", 5)
    if selects and any(word in source for word in NEEDS_FROM) and not _FROM.search(statement):
        raise EngineError(11042, "SQL##f - SqlState: 42000, ErrorCode: 923, ErrorMsg: FROM keyword not found", 5)
