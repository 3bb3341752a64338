"""Error answers, in the dialect of the service that gives them."""

from __future__ import annotations

from enum import Enum
from typing import Any


class Dialect(Enum):
    """Which service's shape of error body an endpoint uses."""

    CONNECTIONS = "connections"
    SOURCES = "sources"
    SPACES = "spaces"
    USERS = "users"
    GROUPS = "groups"
    AUDITS = "audits"
    TENANTS = "tenants"
    OAUTH = "oauth"
    APPS = "apps"
    RELOADS = "reloads"
    ITEMS = "items"
    EDGE = "edge"


_CODES = {
    Dialect.CONNECTIONS: {
        400: "DCERROR-0003",
        401: "DCERROR-0011",
        403: "DCERROR-0012",
        404: "DCERROR-0010",
        409: "DCERROR-0015",
        500: "DCERROR-0001",
    },
    Dialect.SOURCES: {400: "DCAAS-2000", 403: "DCAAS-2003", 404: "DCAAS-2001", 500: "DCAAS-2500"},
    Dialect.SPACES: {400: "SPACES-400", 403: "SPACES-403", 404: "SPACES-404", 409: "SPACES-409", 412: "SPACES-412"},
    Dialect.USERS: {400: "USERS-400", 403: "USERS-403", 404: "USERS-404"},
    Dialect.GROUPS: {400: "GROUPS-400", 403: "GROUPS-403", 404: "GROUPS-404"},
    Dialect.AUDITS: {400: "AUDITS-400", 403: "AUDITS-403"},
    Dialect.TENANTS: {400: "TENANTS-400", 403: "TENANTS-403", 404: "TENANTS-404"},
    Dialect.OAUTH: {400: "OAUTH-3", 401: "OAUTH-1", 403: "OAUTH-14"},
    Dialect.APPS: {400: "APPS-400", 403: "APPS-403", 404: "APPS-404"},
    Dialect.RELOADS: {400: "RELOADS-001", 403: "RELOADS-003", 404: "RELOADS-004", 409: "RELOADS-008"},
    Dialect.ITEMS: {400: "ITEMS-400"},
    Dialect.EDGE: {},
}


class ApiError(Exception):
    """A refusal: an HTTP status and what its error body says. `code` defaults to the dialect's own for the status."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str | None = None,
        *,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {title}: {detail or ''}")
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.headers = headers or {}

    def item(self, dialect: Dialect) -> dict[str, Any]:
        """Give the one error object of this refusal."""
        code = self.code or _CODES[dialect].get(self.status) or f"HTTP-{self.status}"
        error: dict[str, Any] = {"code": code, "title": self.title}
        if self.detail:
            error["detail"] = self.detail
        if code.startswith("HTTP-"):
            return error
        if dialect in (Dialect.CONNECTIONS, Dialect.USERS):
            error["status"] = self.status
        elif dialect in (Dialect.TENANTS, Dialect.OAUTH):
            error["status"] = str(self.status)
        return error

    def body(self, dialect: Dialect, trace_id: str) -> dict[str, Any]:
        """Give the whole error body."""
        error = self.item(dialect)
        body: dict[str, Any] = {"errors": [error]}
        if dialect is Dialect.SPACES:
            body |= {key: error[key] for key in ("code", "title", "detail") if key in error}
        if dialect in (Dialect.SPACES, Dialect.USERS, Dialect.GROUPS, Dialect.TENANTS, Dialect.EDGE):
            body["traceId"] = trace_id
        return body
