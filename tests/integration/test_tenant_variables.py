# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options from a host's variables: those of the tenant in every module, and what the role passes on."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, task

# Something that each module that talks to a tenant can do in check mode.
WORK: dict[str, dict[str, Any]] = {
    "qlik_acceptance": {"directory": "nothing-is-written"},
    "qlik_data_connection": {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h"},
    },
    "qlik_data_connections": {"spaces": [{"name": "Sales"}]},
    "qlik_data_connection_info": {},
    "qlik_data_connection_test": {},
    "qlik_data_credential": {"name": "None", "state": "absent"},
    "qlik_data_credential_info": {"orphans": True},
    "qlik_data_source": {"data_source": "postgres", "enabled": True},
    "qlik_data_source_info": {},
    "qlik_space": {"name": "Sales"},
    "qlik_tenant_info": {},
}
TOKEN = "canary-token-of-a-variable"


def test_every_module_takes_the_tenants_variables(playbooks: Playbooks, emulator: Emulator, both_paths: str) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True, "api_keys": [{"key": TOKEN}]})
    tenant.add_space("Sales")
    variables = {
        "qlik_tenant_url": tenant.url,
        "qlik_access_token": "{{ token }}",
        "qlik_validate_certs": False,
        "qlik_timeout": "{{ 20 }}",
        "qlik_context": None,
        "qlik_connections_spaces": [{"name": "Not asked for"}],
        "token": TOKEN,
        "qlik_in_process": both_paths,
    }
    play = {
        "name": "Test",
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        # A default of the task, which the host's variable counts more than.
        "module_defaults": {"group/qlikops.cloud.tenant": {"tenant_variables": True, "access_token": "wrong"}},
        "tasks": [task(name, name, options, check_mode=True) for name, options in WORK.items()],
    }
    run = playbooks.run([play], "-vvv", inventory={"all": {"hosts": {"acme": variables}}})
    assert run.returncode == 0, run.output
    assert {line["task"] for line in run.results} == set(WORK)
    assert TOKEN not in run.output
    assert not any(entry.writes for entry in tenant.log)
    assert "Not asked for" not in json.dumps(run.results)


def test_variables_count_only_where_the_task_says_so(playbooks: Playbooks, acme: Tenant) -> None:
    variables = {"qlik_tenant_url": acme.url, "qlik_access_token": acme.api_key}
    tasks = [
        task("not taken", "qlik_tenant_info", ignore_errors=True),
        task("said no", "qlik_tenant_info", {"tenant_variables": False}, ignore_errors=True),
        task("taken", "qlik_tenant_info", {"tenant_variables": "yes"}),
        task("unclear", "qlik_tenant_info", {"tenant_variables": ["yes"]}, ignore_errors=True),
        task("mistaken", "qlik_tenant_info", {"tenant_variables": True}, ignore_errors=True, vars={"qlik_timeout": 0}),
    ]
    run = playbooks.tasks(tasks, variables=variables)
    assert "no way to sign in was given" in run.result("not taken")["msg"]
    assert run.result("said no")["msg"] == run.result("not taken")["msg"]
    assert run.result("taken")["tenant"]["name"] == "acme"
    # The message names what its user typed.
    assert run.result("mistaken")["msg"] == "qlik_timeout must be 1 or more, but is 0."
    assert run.result("unclear")["msg"] == "tenant_variables must be true or false."


def test_the_role_passes_on_how_to_do_it(playbooks: Playbooks, emulator: Emulator) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    definition = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h", "unheardOf": "x"},
    }
    variables = {
        "qlik_tenant_url": tenant.url,
        "qlik_access_token": tenant.api_key,
        "qlik_connections_spaces": [{"name": "Sales"}],
        "qlik_connections_definitions_00_all": [definition, {**definition, "name": "Returns", "tags": ["own"]}],
        "qlik_connections_tags": ["everywhere"],
        "qlik_connections_parallel": 1,
    }
    role = {"name": "Role", "ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_connections"}}
    play = {"name": "Test", "hosts": "all", "gather_facts": False, "connection": "local", "tasks": [role]}
    run = playbooks.run([play], inventory={"all": {"hosts": {"acme": variables}}})
    assert "TLS failed" in run.output
    variables["qlik_validate_certs"] = False
    run = playbooks.run([play], inventory={"all": {"hosts": {"acme": variables}}})
    assert "unheardOf" in run.output
    assert not tenant.connections
    variables["qlik_connections_validate"] = False
    run = playbooks.run([play], inventory={"all": {"hosts": {"acme": variables}}})
    assert run.returncode == 0, run.output
    assert "everywhere" in tenant.connection("Orders", "Sales").tags
    assert "own" in tenant.connection("Returns", "Sales").tags
    assert "everywhere" not in tenant.connection("Returns", "Sales").tags
    variables["qlik_connections_parallel"] = "many"
    run = playbooks.run([play], inventory={"all": {"hosts": {"acme": variables}}})
    assert run.returncode == 2
    assert "qlik_connections_parallel" in run.output
