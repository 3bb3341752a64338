"""What docs/credentials.md shows works as it stands, and works again."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.emulator import Emulator, Tenant
from tests.integration.guides import Guide
from tests.integration.playbooks import Playbooks


@pytest.fixture
def credentials(playbooks: Playbooks, emulator: Emulator) -> Guide:
    return Guide("docs/credentials.md", playbooks, emulator)


def tasks_of(credentials: Guide, section: str) -> list[dict[str, Any]]:
    """The tasks in the examples of a section, in order."""
    blocks = [block for block in credentials.blocks if block.section == section]
    return [one for block in blocks for one in yaml.safe_load(block.text)]


def test_separate_credentials(credentials: Guide, playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    tasks = tasks_of(credentials, "Separate credentials")
    secrets = {"vault_sales_password": "canary-password", "vault_fingerprint_key": "canary-fingerprint-key"}
    for first_time in (True, False):
        run = playbooks.tasks(tasks, tenant=acme, variables=secrets)
        assert run.returncode == 0, run.output
        for name in ("Connections that share one login", "A connection that attaches them"):
            assert run.result(name)["changed"] is first_time
        assert run.result("A new password for all")["changed"] is True
    (credential,) = acme.credentials.values()
    assert (credential.name, credential.username, credential.secrets) == (
        "sales reader",
        "qlik_reader",
        {"qPassword": "canary-password"},
    )
    assert [connection.credentials_id for connection in acme.connections.values()] == [credential.id] * 3
    for connection in list(acme.connections):
        acme.remove_connection(connection)
    run = playbooks.tasks(tasks[-2:], tenant=acme)
    assert run.returncode == 0, run.output
    assert acme.credentials == {}


def test_signing_in(credentials: Guide, playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    tasks = tasks_of(credentials, "Signing in to a source with OAuth")
    asking = next(one for one in tasks if "ansible.builtin.pause" in one)
    assert "sign_in.auth_url" in asking["ansible.builtin.pause"].pop("prompt")
    del asking["ansible.builtin.pause"], asking["register"]
    asking["ansible.builtin.set_fact"] = {"answer": {"user_input": "canary-code"}}
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.returncode == 0, run.output
    assert "/oauth/authorize" in run.result("Where to sign in")["auth_url"]
    assert run.result("The connection")["action"] == "create"
    assert acme.secrets_of(acme.connection("Clicks", "Sales").id)["authCode"] == "canary-code"
    again = tasks[-1]
    del again["qlikops.cloud.qlik_data_connection"]["auth_code"]
    assert playbooks.tasks([again], tenant=acme).result("The connection")["changed"] is False
