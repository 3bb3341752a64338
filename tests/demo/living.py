"""The part of the demonstration in which connections are tried: over a real PostgreSQL, whose password changes."""

from __future__ import annotations

import secrets
from typing import Any

from tests.emulator import Tenant
from tests.emulator.postgres_server import PostgresServer

TENANT = "eu-empty"
NAME, SPACE, USER = "Live orders", "Sales", "qlik_reader"


class LivingDatabase:
    """A database of one's own, the passwords that it was given, and what is declared of it. Passwords come from the
    environment, as from a vault.
    """

    def __init__(self, server: PostgresServer, tenant: Tenant) -> None:
        self.server = server
        self.tenant = tenant
        self.password = ""
        self.passwords: set[str] = set()
        self.key = self.new_password()

    def new_password(self) -> str:
        """Think of a password, and remember it for the search for secrets."""
        made = secrets.token_urlsafe(18)
        self.passwords.add(made)
        return made

    def change(self, password: str) -> None:
        """Give the user of the database another password."""
        self.server.set_user(USER, password)
        self.password = password

    def environment(self, declared: str, previous: str = "") -> dict[str, str]:
        secret = {"DEMO_KEY": self.key, "DEMO_PASSWORD": declared, "DEMO_PREVIOUS": previous or declared}
        return {**secret, "DEMO_API_KEY": self.tenant.api_key}

    def inventory(self) -> dict[str, Any]:
        """The tenant with one connection."""
        properties = self.server.properties(USER, "")
        del properties["password"]
        definition = {
            "name": NAME,
            "space": SPACE,
            "data_source": "postgres",
            "properties": properties,
            "secrets": {"password": _from_environment("DEMO_PASSWORD")},
            "secrets_previous": {"password": _from_environment("DEMO_PREVIOUS")},
        }
        variables = {
            "qlik_tenant_url": self.tenant.url,
            "qlik_access_token": _from_environment("DEMO_API_KEY"),
            "qlik_connections_fingerprint_key": _from_environment("DEMO_KEY"),
            "qlik_connections_definitions_00_all": [definition],
        }
        return {"qlik_tenants": {"hosts": {TENANT: variables}}}

    def is_open(self) -> bool:
        """Whether the database accepts what the connection holds."""
        held = self.tenant.secrets_of(self.tenant.connection(NAME, SPACE).id)["password"]
        return held == self.password and self.server.accepts(USER, held)


def _from_environment(name: str) -> str:
    return "{{ lookup('ansible.builtin.env', '" + name + "') }}"
