"""Fixtures: the emulator, and clients that speak raw HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.emulator import Tenant
from tests.emulator.fixtures import acme, emulator, emulator_server, postgres  # noqa: F401


class Client:
    """A session that signs in with one key and takes paths below a tenant's origin."""

    def __init__(self, tenant: Tenant, key: str | None) -> None:
        self.tenant = tenant
        self.session = requests.Session()
        self.session.trust_env = False
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def __call__(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Send a request; `path` is below /api/v1 unless it starts with /api or /oauth."""
        if not path.startswith(("/api", "/oauth", "http")):
            path = f"/api/v1/{path}"
        url = path if path.startswith("http") else self.tenant.url + path
        arguments.setdefault("allow_redirects", False)
        return self.session.request(method, url, timeout=10, **arguments)

    def create(self, name: str = "Orders", **body: Any) -> requests.Response:
        """Create a postgres connection from properties."""
        properties = {"host": "db.example.com", "username": "u", "password": "p"} | body.pop("properties", {})
        whole = {"datasourceID": "postgres", "qName": name, "connectionProperties": properties} | body
        return self("POST", "data-connections", json=whole)

    def patch(self, connection_id: str, *operations: tuple[str, str, Any], **arguments: Any) -> requests.Response:
        """Patch a connection by (op, path, value)."""
        body = [{"op": op, "path": path, "value": value} for op, path, value in operations]
        return self("PATCH", f"data-connections/{connection_id}", json=body, **arguments)


def error_of(response: requests.Response) -> dict[str, Any]:
    """Give the first error of a body."""
    error: dict[str, Any] = response.json()["errors"][0]
    return error


class Apps:
    """Makes apps and reloads by a client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def make(self, script: str = "TRACE hello;", **attributes: Any) -> str:
        """Make an app with a script; give its id."""
        made = self.client("POST", "apps", json={"attributes": {"name": "probe", **attributes}})
        assert made.status_code == 200
        app_id: str = made.json()["attributes"]["id"]
        assert self.client("POST", f"apps/{app_id}/scripts", json={"script": script}).status_code == 200
        return app_id

    def reload(self, app_id: str, **body: Any) -> dict[str, Any]:
        """Queue a reload."""
        queued = self.client("POST", "reloads", json={"appId": app_id, **body})
        assert queued.status_code == 201
        made: dict[str, Any] = queued.json()
        return made

    def state(self, reload_id: str) -> dict[str, Any]:
        """Look at a reload."""
        found: dict[str, Any] = self.client("GET", f"reloads/{reload_id}").json()
        return found

    def log(self, app_id: str, reload_id: str) -> requests.Response:
        """Fetch a script log."""
        return self.client("GET", f"apps/{app_id}/reloads/logs/{reload_id}")


@pytest.fixture
def admin(acme: Tenant) -> Iterator[Client]:  # noqa: F811
    """A client that signs in as the tenant's administrator."""
    client = Client(acme, "key-acme")
    yield client
    client.session.close()


@pytest.fixture
def analyst(acme: Tenant) -> Iterator[Client]:  # noqa: F811
    """A client that signs in as somebody without any role."""
    client = Client(acme, "key-analyst")
    yield client
    client.session.close()


@pytest.fixture
def apps(admin: Client, acme: Tenant) -> Apps:  # noqa: F811
    """An administrator's apps, on a clock that moves when somebody says so."""
    acme.reload_settings.configure(queued_seconds=1000.0, cancel_seconds=10.0)
    return Apps(admin)
