"""The user name of an adopted connection, which the tenant need not show, is settled by one run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import succeed

DEFINITION: dict[str, Any] = {
    "name": "Orders",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"host": "h", "username": "v"},
}


@pytest.mark.parametrize("update_secrets", ["on_create", "on_change"])
def test_secrets_that_are_not_to_be_sent_are_not_sent_for_the_user_names_sake(
    acme: Tenant, update_secrets: str
) -> None:
    acme.set_behaviours(parse_credentials="none")
    acme.add_space("Sales")
    held = acme.add_connection(
        "Orders", "postgres", {"host": "h", "username": "v"}, space="Sales", secrets={"password": "rotated"}
    )
    options: dict[str, Any] = {
        "connections": [{**DEFINITION, "secrets": {"password": "older"}}],
        "update_secrets": update_secrets,
    }
    assert succeed("qlik_data_connections", acme, options)["changed"]
    assert not succeed("qlik_data_connections", acme, options)["changed"]
    assert acme.secrets_of(held.id) == {"password": "rotated"}
    options["connections"][0]["properties"] = {"host": "h", "username": "w"}
    assert succeed("qlik_data_connections", acme, options)["changed"]
    assert acme.properties_of(held.id)["username"] == "w"
    assert not succeed("qlik_data_connections", acme, options)["changed"]


def test_without_declared_secrets_the_user_name_is_sent_at_once(acme: Tenant) -> None:
    acme.set_behaviours(parse_credentials="none")
    acme.add_space("Sales")
    held = acme.add_connection(
        "Orders", "postgres", {"host": "h", "username": "other"}, space="Sales", secrets={"password": "kept"}
    )
    options = {"connections": [DEFINITION]}
    assert succeed("qlik_data_connections", acme, options)["changed"]
    assert acme.properties_of(held.id)["username"] == "v"
    assert acme.secrets_of(held.id) == {"password": "kept"}
    assert not succeed("qlik_data_connections", acme, options)["changed"]
