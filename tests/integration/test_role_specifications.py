"""The task in which Ansible checks a role's variables prints no secret, and hides nothing else by it."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks

CONNECTIONS = "qlikops.cloud.qlik_connections"
WORDS = "summary: region eu, port 1433, user u"
VALUES = {
    "region": "eu",
    "short": "e",
    "port": 1433,
    "password": "canary-value",
    "inner": [{"password": "canary-inner-value"}],
}


def role(name: str, role_name: str, variables: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "block": [{"name": name, "ansible.builtin.include_role": {"name": role_name}, "vars": variables}],
        "rescue": [{"name": f"{name} failed", "ansible.builtin.debug": {"msg": WORDS}}],
    }


def test_the_check_of_a_role_shows_no_secret_and_garbles_nothing(playbooks: Playbooks, acme: Tenant) -> None:
    right = {
        "qlik_tenant_url": acme.url,
        "qlik_access_token": acme.api_key,
        "qlik_connections_fingerprint_key": "canary-fingerprint-key-0123456789",
        "qlik_connections_values": VALUES,
    }
    wrong = {
        "qlik_tenant_url": acme.url,
        "qlik_access_token": {"token": "canary-token"},
        "qlik_client_secret": ["canary-client-secret"],
        "qlik_connections_values": "canary-values-as-text",
        "qlik_timeout": "soon",
    }
    credentials = [
        {"name": "Vault", "credential_type": "Vault", "inputs": "canary-inputs-as-text"},
        "canary-credential-as-text",
        {"name": "Machine", "inputs": {"username": "u", "password": "canary-input"}},
    ]
    tasks = [
        role("right", CONNECTIONS, right),
        role("wrong", CONNECTIONS, wrong),
        role("awx", "qlikops.cloud.qlik_awx", {"qlik_awx_credentials": credentials}),
        {"name": "said", "ansible.builtin.debug": {"msg": WORDS}},
    ]
    run = playbooks.tasks(tasks, "-vvv")
    assert run.returncode == 0, run.output
    shown = run.output + json.dumps(run.results)
    assert "canary" not in shown
    assert acme.api_key not in shown
    assert shown.count("The arg spec validation passed") >= 1
    for name in ("wrong failed", "awx failed", "said"):
        assert run.result(name)["msg"] == WORDS
    assert "$REDACTED$" not in run.output
