"""The world of the demonstration: six tenants in two regions, and what each holds before the collection comes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator import Emulator, Tenant

HERE = Path(__file__).parent
INVENTORY = HERE / "inventory"
FILES = HERE / "files"
VAULT_PASSWORD = HERE / "vault-password"

WHAT_THEY_ARE = {
    "eu-empty": "holds nothing yet; it is the canary",
    "eu-half": "holds two of the connections, made by hand",
    "eu-drifted": "was provisioned, then changed by hand",
    "us-unmanaged": "holds connections that nobody declared",
    "us-oauth": "was provisioned; signs in with an OAuth client",
    "us-wrong-key": "refuses the API key that we have",
}
PROVISIONED_BEFORE = ("eu-drifted", "us-oauth")
WRONG_KEY = "us-wrong-key"
HEALTHY = tuple(name for name in WHAT_THEY_ARE if name != WRONG_KEY)

HALF: list[dict[str, Any]] = [
    {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {
            "host": "orders.eu.example.com",
            "db": "orders",
            "SSLMode": "prefer",
            "username": "qlik",
            "password": "of old",
        },
    },
    {
        "name": "Ledger",
        "space": "Finance",
        "data_source": "mssql",
        "properties": {
            "host": "ledger-old.example.com",
            "database": "ledger",
            "username": "qlik",
            "password": "of old",
        },
    },
]
UNMANAGED: list[dict[str, Any]] = [
    {
        "name": "Scratch",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "scratch.example.com", "password": "own"},
    },
    {
        "name": "Surveys",
        "space": "Sandbox",
        "data_source": "rest",
        "properties": {"url": "https://surveys.example.com/api"},
    },
    {"name": "Notes", "data_source": "mysql", "properties": {"host": "notes.example.com", "password": "own"}},
]


class Vaults:
    """What stands in the committed vault files:
    to seed the tenants with, and to look for in everything that comes out.
    """

    def __init__(self) -> None:
        self._library = VaultLib([("default", VaultSecret(VAULT_PASSWORD.read_bytes().strip()))])

    def variables(self, where: str) -> dict[str, str]:
        """The variables of one vault file, for example `host_vars/eu-empty`."""
        return dict(yaml.safe_load(self._decrypted(INVENTORY / where / "vault")))

    def file(self, name: str) -> bytes:
        """The content of one encrypted file."""
        return self._decrypted(FILES / name)

    def secrets(self) -> set[str]:
        """Every secret, in the forms in which it could show: values, lines of files, and files in base64."""
        found = {
            value
            for path in INVENTORY.glob("*/*/vault")
            for value in self.variables(str(path.parent.relative_to(INVENTORY))).values()
        }
        for path in FILES.iterdir():
            content = self.file(path.name)
            found.add(base64.b64encode(content).decode())
            found |= {
                line for line in content.decode().splitlines() if len(line) >= 40 and not line.startswith("-----")
            }
        return found

    def _decrypted(self, path: Path) -> bytes:
        return bytes(self._library.decrypt(path.read_bytes()))


def seed(vaults: Vaults) -> dict[str, Any]:
    """The emulator's tenants, with the credentials that are in the vault."""
    tenants = []
    for name in WHAT_THEY_ARE:
        region = name.partition("-")[0]
        gateway = {"id": f"gateway-{region}::gateway-{region}", "name": f"Gateway {region.upper()}", "default": True}
        tenant: dict[str, Any] = {"name": name, "region": region, "gateways": {"DG_*": [gateway]}}
        credentials = vaults.variables(f"host_vars/{name}")
        if "vault_client_secret" in credentials:
            tenant["oauth_clients"] = [
                {"client_id": "demo-provisioning", "client_secret": credentials["vault_client_secret"]}
            ]
        elif name != WRONG_KEY:
            tenant["api_keys"] = [{"key": credentials["vault_api_key"]}]
        tenants.append(tenant)
    by_name = {tenant["name"]: tenant for tenant in tenants}
    by_name["eu-half"] |= {"spaces": [{"name": "Sales"}, {"name": "Finance"}], "connections": HALF}
    by_name["us-unmanaged"] |= {"spaces": [{"name": "Sales"}, {"name": "Sandbox"}], "connections": UNMANAGED}
    return {"tenants": tenants}


def change_by_hand(tenant: Tenant) -> None:
    """What somebody did in the user interface after the tenant was provisioned."""
    tenant.edit_connection(
        tenant.connection("Orders", "Sales").id, properties={"host": "test-copy.example.com", "db": "orders_test"}
    )
    tenant.edit_connection(tenant.connection("Exchange rates", "Finance").id, properties={"timeout": "5"})
    tenant.remove_connection(tenant.connection("Raw files", "Data lake").id)


def unmanaged(emulator: Emulator) -> list[dict[str, Any]]:
    """All about the connections that nobody declared: must be the same before and after."""
    tenant = emulator.tenant("us-unmanaged")
    connections = [tenant.connection(item["name"], item.get("space")) for item in UNMANAGED]
    return [{**item.as_dict(), "secrets": tenant.secrets_of(item.id)} for item in connections]
