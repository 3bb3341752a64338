"""The state of one tenant, and the ways in which tests look at it and change it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from .catalogue import CATALOGUE, source_of_statement
from .exchange import Router
from .identifiers import epoch_of, hex24, uuid_from
from .people import People
from .privileges import DEFAULT_SCOPES, Identity
from .properties import Split, joined, split
from .records import Assignment, Connection, Credential, Event, Grant, OAuthClient, Space
from .sources import SourceSpec
from .statements import compose, member, parse, properties_of

SEED_TIME = 1767225600.0
"""When seeded things were made: 2026-01-01T00:00:00Z and a second for each."""

DATAFILES_TYPE = "qix-datafiles.exe"


class Tenant(People):
    """A tenant of Qlik Cloud. `url` is its origin; the methods below work beside a running server."""

    def __init__(self, name: str, routes: Router) -> None:
        super().__init__(name, routes)
        self.clear()

    def clear(self) -> None:
        """Forget everything but name and address."""
        super().clear()
        self.id = hex24(self.name, "tenant")
        self.region = "eu"
        self.country = "DE"
        self.status = "active"
        self.subscription = ""
        self.hostnames: list[str] = []
        self.spaces: dict[str, Space] = {}
        self.connections: dict[str, Connection] = {}
        self.credentials: dict[str, Credential] = {}
        self.oauth_clients: dict[str, OAuthClient] = {}
        self.gateways: dict[str, list[dict[str, Any]]] = {}
        self.events: list[Event] = []
        self.disabled_sources: set[str] = set()
        self.has_datafiles = False
        self.revision = 0
        self.list_cache: OrderedDict[Any, tuple[int, Any]] = OrderedDict()
        self._datafiles: dict[str | None, Connection] = {}
        self._sequence = 0
        self._seeding = False

    @property
    def host(self) -> str:
        """Give the host and port that clients reach the tenant at."""
        return f"127.0.0.1:{self.port}"

    @property
    def api_key(self) -> str:
        """Give the first API key of the first user."""
        return next(key for key, grant in self.grants.items() if grant.scopes is None)

    def now(self) -> float:
        """Give the present time with the precision of the API; while seeding, a repeatable time."""
        return SEED_TIME + self._sequence if self._seeding else round(time.time(), 3)

    def changed(self) -> None:
        """Forget answers that were computed from the state."""
        self.revision += 1
        self.list_cache.clear()
        for connection in list(self.connections.values()):
            connection.rendered.clear()

    def add_event(self, type: str, user: str, data: Mapping[str, Any], when: float | None = None) -> None:  # noqa: A002
        """Note that a user (id or name) did something, for GET audits."""
        event_id = hex24(self.name, "event", str(len(self.events)))
        self.events.append(Event(event_id, type, self.user(user).id, self.now() if when is None else when, dict(data)))

    def _touched(self) -> None:
        self.revision += 1

    # users

    def add_api_key(self, key: str, user: str, expires: float | None = None) -> str:
        """Let `key` act as a user, until `expires` (seconds since 1970)."""
        self.grants[key] = Grant(self.user(user).id, None, expires)
        return key

    def add_oauth_client(self, client_id: str, client_secret: str, scopes: Iterable[str] | None = None) -> OAuthClient:
        """Register a machine-to-machine client; without scopes it gets all that matter."""
        client = OAuthClient(client_id, client_secret, list(DEFAULT_SCOPES if scopes is None else scopes))
        self.oauth_clients[client_id] = client
        return client

    def identify(self, grant: Grant) -> Identity | None:
        """Give the user of a grant."""
        user = self.users.get(grant.user_id)
        return Identity(user, grant.scopes, self.groups_of(user)) if user else None

    # spaces

    def add_space(
        self,
        name: str,
        type: str = "shared",  # noqa: A002
        owner: str | None = None,
        description: str = "",
        id: str | None = None,  # noqa: A002
        roles: Mapping[str, Iterable[str]] | None = None,
    ) -> Space:
        """Add a space; the owner defaults to the first user; `roles` maps users and groups to their roles in it."""
        with self.lock:
            owner_id = self.user(owner).id if owner else next(iter(self.users))
            now = self.now()
            space_id = id or hex24(self.name, "space", name)
            if space_id in self.spaces and id is None:
                space_id = hex24(self.name, "space", name, str(self.revision))
            space = Space(space_id, name, type, owner_id, description, now, now, owner_id)
            self.spaces[space_id] = space
            for reference, names in (roles or {}).items():
                assignee, kind = self.assignee(reference)
                self.assign(space, assignee, names, kind)
            self._touched()
        return space

    def assign(
        self,
        space: Space,
        assignee_id: str,
        roles: Iterable[str],
        type: str = "user",  # noqa: A002
        by: str = "",
    ) -> Assignment:
        """Give somebody roles in a space; `by` is who does it, by default the space's owner."""
        who, now = by or space.owner_id, self.now()
        assignment = Assignment(
            hex24(space.id, "assignment", assignee_id), type, assignee_id, list(roles), now, who, now, who
        )
        space.assignments[assignment.id] = assignment
        self._touched()
        return assignment

    def space(self, reference: str) -> Space:
        """Find a space by id or exact name; KeyError when there is none."""
        if reference in self.spaces:
            return self.spaces[reference]
        for space in self.spaces.values():
            if space.name == reference:
                return space
        raise KeyError(f"tenant {self.name} has no space {reference!r}")

    def remove_space(self, space_id: str) -> None:
        """Remove a space and its datafile connection."""
        del self.spaces[space_id]
        self._datafiles.pop(space_id, None)
        self._touched()

    # connections

    def source(self, source_id: str) -> SourceSpec | None:
        """Find a data source."""
        return CATALOGUE.get(source_id)

    def add_connection(
        self,
        name: str,
        data_source: str = "postgres",
        properties: Mapping[str, Any] | None = None,
        *,
        space: str | None = None,
        owner: str | None = None,
        tags: Iterable[str] = (),
        secrets: Mapping[str, Any] | None = None,
        connect_statement: str | None = None,
        type: str | None = None,  # noqa: A002
        id: str | None = None,  # noqa: A002
        created: str | None = None,
    ) -> Connection:
        """Add a connection as if it had been made long ago, without any check.

        `space` and `owner` are ids or names (default: personal, first user); `properties` as in a create body, secrets
        among them or apart; `connect_statement` instead of properties is stored as it is.
        """
        with self.lock:
            owner_id = self.user(owner).id if owner else next(iter(self.users))
            space_id = self.space(space).id if space else None
            made = epoch_of(str(created)) if created else self.now()
            if connect_statement is not None:
                pairs = parse(connect_statement)
                provider = type or member(pairs, "provider") or ""
                selector = member(pairs, "driver") or member(pairs, "sourceType")
                source = CATALOGUE.get(data_source) if data_source else source_of_statement(provider, selector)
                parts = Split(properties_of(source, pairs), dict(secrets or {}))
                parts.separate = (member(pairs, "separateCredentials") or "").lower() == "true"
            else:
                source = CATALOGUE[data_source]
                parts = split(source, {**(properties or {}), **(secrets or {})}, self.behaviours)
                provider = source.provider
            return self.insert(
                name, source, data_source, provider, parts, owner_id, space_id, list(tags), made,
                statement=connect_statement, id=id,
            )  # fmt: skip

    def insert(
        self,
        name: str,
        source: SourceSpec | None,
        data_source: str,
        provider: str,
        parts: Split,
        owner_id: str,
        space_id: str | None,
        tags: list[str],
        made: float,
        *,
        statement: str | None = None,
        id: str | None = None,  # noqa: A002
        engine_object_id: str | None = None,
    ) -> Connection:
        """Store a connection and its credentials; the lock is held."""
        self._sequence += 1
        number = self._sequence
        connection_id = id or uuid_from(self.name, "connection", str(number))
        if statement is None:
            assert source is not None
            statement = compose(source, parts.public, separate=parts.separate)
        connection = Connection(
            connection_id, name, data_source, provider, statement, owner_id, space_id, number, made, made,
            parts.public, tags, None, parts.separate, parts.files,
        )  # fmt: skip
        connection.engine_object_id = engine_object_id or connection_id
        connection.qri = source.qri(parts.public) if source else f"qri:other://{connection_id}"
        self.attach_new_credentials(connection, parts)
        connection.on_change = self._touched
        self.connections[connection_id] = connection
        self._touched()
        return connection

    def attach_new_credentials(self, connection: Connection, parts: Split) -> None:
        """Give a connection the credentials that its body names or carries."""
        if parts.selected_credentials:
            connection.credentials_id = parts.selected_credentials
            return
        if parts.separate and not (parts.secrets or parts.credentials_name or parts.username):
            connection.credentials_id = None
            return
        self._sequence += 1
        credential_id = uuid_from(self.name, "credential", str(self._sequence))
        now = self.now()
        self.credentials[credential_id] = Credential(
            credential_id, parts.credentials_name or f"{connection.name}_{credential_id[:8]}", connection.type,
            connection.data_source, connection.owner, now, now, parts.separate, parts.username or "",
            dict(parts.secrets),
        )  # fmt: skip
        connection.credentials_id = credential_id

    def credential_of(self, connection: Connection) -> Credential | None:
        """Give the credentials that a connection uses."""
        return self.credentials.get(connection.credentials_id) if connection.credentials_id else None

    def remove_connection(self, connection_id: str) -> None:
        """Delete a connection; embedded credentials go with it, separated ones stay."""
        with self.lock:
            connection = self.connections.pop(connection_id)
            connection.on_change = None
            credential = self.credential_of(connection)
            goes_too = (
                credential is not None
                and not credential.separated
                and self.behaviours.embedded_credentials_on_delete == "delete"
            )
            if credential is not None and goes_too and not self.users_of_credential(credential.id):
                del self.credentials[credential.id]
            self._touched()

    def users_of_credential(self, credential_id: str) -> int:
        """Count the connections that use some credentials."""
        return sum(1 for connection in self.connections.values() if connection.credentials_id == credential_id)

    def connection(self, name: str, space: str | None = None) -> Connection:
        """Find a connection by exact name and space (None: anybody's personal space); KeyError when there is none."""
        space_id = self.space(space).id if space else None
        for connection in list(self.connections.values()):
            if connection.name == name and connection.space == space_id:
                return connection
        raise KeyError(f"tenant {self.name} has no connection {name!r} in {space or 'a personal space'}")

    def secrets_of(self, connection_id: str) -> dict[str, Any]:
        """Give the stored secrets of a connection, by property name; empty when it has none.
        Only tests may see them.
        """
        credential = self.credential_of(self.connections[connection_id])
        return dict(credential.secrets) if credential else {}

    def properties_of(self, connection_id: str) -> dict[str, Any]:
        """Give all properties of a connection, secrets and the contents of files included."""
        connection = self.connections[connection_id]
        source = CATALOGUE.get(connection.data_source)
        credential = self.credential_of(connection)
        secrets = credential.secrets if credential else {}
        whole = (
            joined(source, connection.properties, secrets, connection.files) if source else dict(connection.properties)
        )
        if credential and credential.username:
            whole["username"] = credential.username
        return whole

    def edit_connection(self, connection_id: str, **changes: Any) -> Connection:
        """Change a connection as somebody else would by hand, without any check and without a log entry.

        `properties` and `secrets` are merged (None removes); `name`, `space`, `owner`, `tags`, `type`, `data_source`,
        `created`, `updated`, `credentials_id`, `separate_credentials`, `username`, `connect_statement` are set.
        """
        with self.lock:
            connection = self.connections[connection_id]
            source = CATALOGUE.get(changes.get("data_source", connection.data_source))
            for name in ("created", "updated"):
                if name in changes:
                    changes[name] = epoch_of(changes[name])
            changes.setdefault("updated", self.now())
            if "space" in changes:
                changes["space"] = self.space(changes["space"]).id if changes["space"] else None
            if "owner" in changes:
                changes["owner"] = self.user(changes["owner"]).id
            credential = self.credential_of(connection)
            if credential:
                credential.username = changes.pop("username", credential.username)
                credential.secrets = _merged(credential.secrets, changes.pop("secrets", {}))
            if "connect_statement" in changes:
                connection.statement = changes.pop("connect_statement")
                connection.properties = properties_of(source, parse(connection.statement))
            properties = changes.pop("properties", None)
            for name, value in changes.items():
                if name not in Connection.__dataclass_fields__:
                    raise ValueError(f"a connection has no {name!r}")
                setattr(connection, name, value)
            if properties is not None or "separate_credentials" in changes:
                self._recompose(connection, source, properties or {})
            return connection

    def _recompose(self, connection: Connection, source: SourceSpec | None, properties: Mapping[str, Any]) -> None:
        whole = _merged(connection.properties, properties)
        if source is None:
            raise ValueError("only a connection of a known data source can be changed by properties")
        parts = split(source, whole, self.behaviours)
        connection.properties = parts.public
        connection.files = {**connection.files, **parts.files}
        connection.statement = compose(source, parts.public, separate=connection.separate_credentials)
        connection.qri = source.qri(parts.public)

    def datafiles(self, owner_id: str) -> list[Connection]:
        """Give the datafile connections: one for each space, one for the caller's personal space."""
        if not self.has_datafiles:
            return []
        wanted: list[tuple[str | None, str | None, str]] = [(None, owner_id, "")]
        wanted += [(space.id, None, space.name.replace(" ", "+")) for space in self.spaces.values()]
        found = []
        for space_id, owner, path in wanted:
            key = space_id or f"personal:{owner}"
            connection = self._datafiles.get(key)
            statement = f'CUSTOM CONNECT TO "provider={DATAFILES_TYPE};path={path}:datafiles;"'
            if connection is None or connection.statement != statement:
                connection = Connection(
                    uuid_from(self.name, "datafiles", key), "DataFiles", "", DATAFILES_TYPE, statement, owner or "",
                    space_id,
                    0, SEED_TIME, SEED_TIME, datafiles=True, log_on=0,
                )  # fmt: skip
                connection.engine_object_id = connection.id
                self._datafiles[key] = connection
            found.append(connection)
        return found


def _merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**old, **changes}
    return {name: value for name, value in merged.items() if value is not None}
