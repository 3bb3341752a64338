"""What a tenant holds: users, spaces, connections, credentials, clients, tokens, and the log of its requests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from typing import Any

READING_POSTS = ("/oauth/token", "/actions/filter", "/actions/filter-orphan", "/apps/validatescript")
"""How the paths of those POSTs end that only read, or only fetch a token."""

ROLE_LEVELS = {
    "TenantAdmin": "admin",
    "AnalyticsAdmin": "admin",
    "DataAdmin": "admin",
    "Developer": "user",
}


@dataclass
class User:
    """A person or an OAuth bot. `makes_apps`: may have apps in the personal space, by a role that everybody got;
    `groups` are ids.
    """

    id: str
    name: str
    email: str
    subject: str
    roles: list[str]
    status: str = "active"
    created: float = 0.0
    makes_apps: bool = True
    groups: list[str] = field(default_factory=list)


@dataclass
class Group:
    """A group of users. A system group is built in, and in no list of others."""

    id: str
    name: str
    status: str = "active"
    provider_type: str = "idp"
    is_system: bool = False
    created: float = 0.0


@dataclass
class Assignment:
    """The roles of one user, group or bot in a space."""

    id: str
    type: str
    assignee_id: str
    roles: list[str]
    created: float = 0.0
    created_by: str = ""
    updated: float = 0.0
    updated_by: str = ""


@dataclass
class Space:
    """A shared, managed or data space. Personal spaces are no objects: they are `space=None` on a connection."""

    id: str
    name: str
    type: str
    owner_id: str
    description: str
    created: float
    updated: float
    created_by: str
    assignments: dict[str, Assignment] = field(default_factory=dict)

    def roles_of(self, assignees: Collection[str]) -> set[str]:
        """Give the roles that a user or groups (ids) have in this space, without those that ownership brings."""
        return {role for a in self.assignments.values() if a.assignee_id in assignees for role in a.roles}


@dataclass
class Credential:
    """Secrets of one connection (embedded) or of several (separated)."""

    id: str
    name: str
    type: str
    data_source: str
    owner: str
    created: float
    updated: float
    separated: bool = False
    username: str = ""
    secrets: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Connection:
    """A data connection. `properties` holds text, and lists of items; secrets live in its `Credential`.

    Setting an attribute makes the next answer show it; after changing a list or dict in place, set it again.
    """

    id: str
    name: str
    data_source: str
    type: str
    statement: str
    owner: str
    space: str | None
    sequence: int
    created: float
    updated: float
    properties: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    credentials_id: str | None = None
    separate_credentials: bool = False
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    log_on: int = 1
    architecture: int = 0
    connection_secret: str = ""
    qri: str = ""
    engine_object_id: str = ""
    datafiles: bool = False
    on_change: Callable[[], None] | None = field(default=None, repr=False)
    rendered: dict[Any, str] = field(default_factory=dict, repr=False)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        rendered = self.__dict__.get("rendered")
        if rendered is not None and name not in ("rendered", "on_change"):
            rendered.clear()
            if self.on_change is not None:
                self.on_change()

    def as_dict(self) -> dict[str, Any]:
        """Give the whole state without secrets, for the control port."""
        hidden = {"on_change", "rendered"}
        return {key: value for key, value in self.__dict__.items() if key not in hidden}


@dataclass
class OAuthClient:
    """A machine-to-machine client of one tenant, one region, or the organization."""

    client_id: str
    client_secret: str
    scopes: list[str]
    may_impersonate: bool = True


@dataclass
class Grant:
    """What an API key or access token stands for."""

    user_id: str
    scopes: frozenset[str] | None = None
    expires: float | None = None
    revoked: bool = False


@dataclass(frozen=True)
class Event:
    """Something that a user did, as `GET audits` tells of it."""

    id: str
    type: str
    user_id: str
    when: float
    data: dict[str, Any]


@dataclass
class LogEntry:
    """One request, as it arrived, with the status of its answer (0: the connection was reset without one)."""

    number: int
    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]
    when: float
    status: int = 0
    user: str | None = None
    fault: str | None = None
    duration_ms: float = 0.0

    @property
    def writes(self) -> bool:
        """Tell whether the request could change something."""
        reads = self.method in ("GET", "HEAD") or (self.method == "POST" and self.path.endswith(READING_POSTS))
        return not reads

    def as_dict(self) -> dict[str, Any]:
        """Give the entry as JSON data."""
        return asdict(self)
