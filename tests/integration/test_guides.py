"""What the pages in docs/ show works as it stands, and what they say of it holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator import Emulator
from tests.integration.guides import Guide
from tests.integration.playbooks import Playbooks

TASK = "Bring spaces and data connections to their declared state"
Open = Callable[[str], Guide]


@pytest.fixture
def guide(playbooks: Playbooks, emulator: Emulator) -> Open:
    """Opens a page of docs/ by its name."""
    return lambda name: Guide(f"docs/{name}.md", playbooks, emulator)


def test_quick_start(guide: Open) -> None:
    page = guide("quick-start")
    page.play("Install")
    (info,) = page.play("Sign in")
    assert '"missing_rights": []' in info.output
    page.play("The first playbook")
    acme = page.tenant("acme")
    page.play("Look first")
    assert (acme.connections, page.writes()) == ({}, 0)
    page.play("Do it")
    assert acme.secrets_of(acme.connection("Orders", "Sales").id) == {"password": "canary-vault_orders_password"}
    assert page.writes() == 2
    page.play("Do it again")
    assert page.writes() == 0
    acme.remove_connection(acme.connection("Orders", "Sales").id)
    page.play("Three tenants")
    assert {name: tenant.connection("Orders", "Sales").properties["host"] for name, tenant in page.tenants.items()} == {
        "acme": "db.example.com",
        "globex": "db.example.com",
        "acme-us": "db.us.example.com",
    }
    page.finish()


def test_layout(guide: Open) -> None:
    page = guide("layout")
    page.play("Where to write what: many tenants")
    page.play("Layers")
    page.play("Vault files")
    acme, globex, other = (page.tenant(name) for name in ("acme", "globex", "acme-us"))
    assert {connection.name for connection in globex.connections.values()} == {"Orders"}
    assert acme.connection("Weather", "Sales").properties["url"] == "https://weather.example.com/acme"
    assert other.connection("Orders", "Sales").properties["host"] == "db.us.example.com"
    orders = [tenant.connection("Orders", "Sales") for tenant in (acme, globex)]
    assert [one.properties["db"] for one in orders] == ["orders", "globex_orders"]
    assert globex.secrets_of(orders[1].id) == {"password": "canary-vault_globex_orders_password"}
    page.play("Spaces")
    page.play("What it costs")
    page.play("Files with placeholders")
    returns = [tenant.connection("Returns", "Sales").properties for tenant in (acme, globex, other)]
    assert [(one["host"], one["port"]) for one in returns] == [
        ("db.eu.example.com", "5432"),
        ("db.eu.example.com", "6432"),
        ("db.us.example.com", "5432"),
    ]
    assert {space.name for space in acme.spaces.values()} == {"Sales", "Finance", "Archive"}
    page.finish()


def test_secrets(guide: Open) -> None:
    page = guide("secrets")
    page.environment["RETURNS_PASSWORD"] = "canary-returns"
    page.play("When secrets are sent")
    page.play("Where to keep them")
    tenants = [page.tenant(name) for name in ("acme", "globex")]
    page.writes()
    for tenant in tenants:
        orders = tenant.connection("Orders", "Sales")
        assert tenant.secrets_of(tenant.connection("Events", "Sales").id)["KeyFilePath"][0]["name"] == "service-account.json"
        # Somebody typed another password in the hub: its tag is as it was.
        tenant.edit_connection(orders.id, secrets={"password": "canary-typed"})
    check, _real = page.play("Rotation")
    assert check.returncode == 0
    for tenant in tenants:
        assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": "canary-vault_orders_password"}
        assert len([entry for entry in tenant.writes() if "data-connections" in entry.path]) == 1
    page.finish()
