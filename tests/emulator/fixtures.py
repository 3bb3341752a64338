"""Fixtures for pytest: `pytest_plugins = ["tests.emulator.fixtures"]`.

The server runs once a session; each test gets it as new, with one tenant, acme. A test that needs another world
makes it with `emulator.add_tenant({...})`; it is gone for the next test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .emulator import Emulator
from .postgres_server import PostgresServer
from .state import Tenant

if TYPE_CHECKING:
    from .sftp import SftpServer

SEED = {
    "tenants": [
        {
            "name": "acme",
            "users": [
                {"name": "admin", "email": "admin@acme.example", "roles": ["TenantAdmin"]},
                {"name": "analyst", "email": "analyst@acme.example", "roles": []},
            ],
            "api_keys": [{"key": "key-acme", "user": "admin"}, {"key": "key-analyst", "user": "analyst"}],
            "oauth_clients": [{"client_id": "client-acme", "client_secret": "secret-acme"}],
        }
    ]
}


@pytest.fixture(scope="session")
def emulator_server() -> Iterator[Emulator]:
    """The running server; use `emulator` instead, which is as new for each test."""
    with Emulator(SEED, holds_contract=True) as running:
        yield running


@pytest.fixture
def emulator(emulator_server: Emulator) -> Iterator[Emulator]:
    """An emulator with the tenant acme: API keys key-acme (admin) and key-analyst, OAuth client client-acme.

    Every exchange of a test is held to Qlik's own reference: an answer that breaks it fails the test that met it.
    """
    emulator_server.reset()
    yield emulator_server
    breaches = list(dict.fromkeys(emulator_server.breaches))
    assert not breaches, "the emulator broke the contract:\n" + "\n".join(breaches)


@pytest.fixture
def acme(emulator: Emulator) -> Tenant:
    """The tenant acme."""
    return emulator.tenant("acme")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL on this machine, for the whole session: give each test a user of its own (`set_user`)."""
    with PostgresServer() as running:
        yield running


@pytest.fixture(scope="session")
def sftp() -> Iterator[SftpServer]:
    """A real SFTP server on this machine, for the whole session: give each test a user of its own (`set_user`)."""
    from .sftp import SftpServer  # not needed by most sessions: see real_ends.py

    with SftpServer() as running:
        (running.folder / "a.csv").write_text("x")
        yield running
