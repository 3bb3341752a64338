"""A job gives the same result in process and as a module."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks

CHANGING = {"seconds", "created", "updated", "id", "credentials_id", "qri"}


def lasting(value: Any) -> Any:
    """A result without what differs between two tenants or two moments."""
    if isinstance(value, dict):
        return {name: lasting(item) for name, item in value.items() if name not in CHANGING}
    return [lasting(item) for item in value] if isinstance(value, list) else value


# From ansible-core 2.21 on a setting says whether results keep the module's invocation; older ones always do.
@pytest.mark.parametrize("with_invocation", ["true", "false"])
def test_the_results_are_the_same_to_the_letter(playbooks: Playbooks, emulator: Emulator, with_invocation: str) -> None:
    results = []
    for in_process in (True, False):
        emulator.reset()
        tenant = emulator.tenant("acme")
        tenant.add_space("Sales", "shared")
        options: dict[str, Any] = {
            "tenant_url": tenant.url,
            "access_token": tenant.api_key,
            "name": "Orders",
            "space": "Sales",
            "data_source": "postgres",
        }
        options |= {
            "properties": {"host": "h", "port": 5432, "db": "d", "username": "u", "password": "canary-pw"},
            "secrets_version": "1",
        }
        tasks: list[dict[str, Any]] = [
            {"name": "create", "qlikops.cloud.qlik_data_connection": options},
            {"name": "again", "qlikops.cloud.qlik_data_connection": options},
            {
                "name": "bad",
                "qlikops.cloud.qlik_data_connection": {**options, "properties": {"hots": 1}},
                "ignore_errors": True,
            },
            {"name": "misspelt", "qlikops.cloud.qlik_data_connection": {**options, "nme": 1}, "ignore_errors": True},
            {
                "name": "bulk",
                "qlikops.cloud.qlik_data_connections": {
                    "tenant_url": tenant.url,
                    "access_token": tenant.api_key,
                    "connections": [{"name": "x"}],
                },
                "ignore_errors": True,
            },
            {
                "name": "tenant",
                "qlikops.cloud.qlik_tenant_info": {"tenant_url": tenant.url, "access_token": tenant.api_key},
            },
            {
                "name": "sources",
                "qlikops.cloud.qlik_data_source_info": {
                    "tenant_url": tenant.url,
                    "access_token": tenant.api_key,
                    "search": "rest",
                },
            },
            {
                "name": "space",
                "qlikops.cloud.qlik_space": {"tenant_url": tenant.url, "access_token": tenant.api_key, "name": "New"},
            },
            {
                "name": "list",
                "qlikops.cloud.qlik_data_connection_info": {"tenant_url": tenant.url, "access_token": tenant.api_key},
            },
        ]
        environment = {"ANSIBLE_INJECT_INVOCATION": with_invocation}
        run = playbooks.tasks(tasks, "-vvv", variables={"qlik_in_process": in_process}, environment=environment)
        assert run.returncode == 0, run.output
        assert ("AnsiballZ_qlik" in run.output) is not in_process
        assert "canary-pw" not in run.output
        if with_invocation == "true":
            assert all("module_args" in line["result"]["invocation"] for line in run.results)
        results.append([lasting(line["result"]) for line in run.results])
    for in_process, as_module in zip(*results, strict=True):
        assert in_process == as_module
