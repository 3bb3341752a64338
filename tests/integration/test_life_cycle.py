"""What Qlik can't do in place, as somebody writes it in a playbook: owners, replacement, prune, credentials, sign-in,
gateways.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks

KEY = "a fingerprint key of some length"
POSTGRES: dict[str, Any] = {
    "data_source": "postgres",
    "properties": {"host": "h", "db": "d", "username": "reader"},
    "secrets": {"password": "canary-one"},
}
MSSQL: dict[str, Any] = {
    "data_source": "mssql",
    "properties": {"host": "h", "database": "d", "username": "reader"},
    "secrets": {"password": "canary-two"},
}


@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
def test_a_connections_whole_life(playbooks: Playbooks, emulator: Emulator, both_paths: str, namespace: str) -> None:
    tenant = emulator.tenant("acme")
    tenant.add_space("Sales", "shared")
    tenant.gateways = {"DG_postgres": [{"id": "g1::g1", "name": "Frankfurt", "default": True}]}
    single, bulk = "qlikops.cloud.qlik_data_connection", "qlikops.cloud.qlik_data_connections"
    place = {"name": "Orders", "space": "Sales", "fingerprint_key": KEY}
    gateway = {
        **POSTGRES,
        "data_source": "DG_postgres",
        "properties": {**POSTGRES["properties"], "gatewayInstance": "Frankfurt"},
    }
    gbq = {
        "name": "Clicks",
        "space": "Sales",
        "data_source": "gbq",
        "properties": {"OAuthMechanism": "1", "Catalog": "c"},
    }
    shared = {"separate_credentials": True, "credentials": "svc"}
    tasks: list[dict[str, Any]] = [
        {"name": "create", single: {**place, **POSTGRES}},
        {"name": "refuse to replace", single: {**place, **MSSQL}, "ignore_errors": True},
        {"name": "foresee the replacement", single: {**place, **MSSQL, "replace": "when_required"}, "check_mode": True},
        {"name": "replace", single: {**place, **MSSQL, "replace": "when_required"}},
        {"name": "replaced", single: {**place, **MSSQL, "replace": "when_required"}},
        {"name": "give away", single: {**place, **MSSQL, "owner": "analyst@acme.example"}},
        {"name": "given away", single: {**place, **MSSQL, "owner": "analyst@acme.example"}},
        {"name": "take over", single: {**place, **MSSQL, "owner": "admin@acme.example"}},
        {"name": "with credentials", single: {**place, **POSTGRES, **shared, "name": "Shared"}},
        {
            "name": "the same credentials",
            single: {**place, **POSTGRES, "secrets": "{{ omit }}", **shared, "name": "Shared too"},
        },
        {"name": "move the host", single: {**place, "name": "Shared", "properties": {"host": "elsewhere"}}},
        {"name": "through a gateway", single: {**place, **gateway, "name": "Behind"}},
        {"name": "still through it", single: {**place, **gateway, "name": "Behind"}},
        {"name": "where to sign in", single: {**gbq, "auth_url_only": True}},
        {"name": "sign in", single: {**gbq, "auth_code": "canary-code"}},
        {"name": "signed in", single: gbq},
        {"name": "who", "qlikops.cloud.qlik_tenant_info": {}},
        {"name": "connections", "qlikops.cloud.qlik_data_connection_info": {"managed": "yes"}},
        {
            "name": "gateways",
            "qlikops.cloud.qlik_data_source_info": {"data_source": "DG_postgres", "specs": True, "gateways": True},
        },
        {"name": "switch off", "qlikops.cloud.qlik_data_source": {"data_source": "teradata", "enabled": False}},
        {"name": "credentials", "qlikops.cloud.qlik_data_credential_info": {"name": "svc"}},
        {"name": "rename them", "qlikops.cloud.qlik_data_credential": {"name": "svc", "new_name": "service"}},
        {"name": "a space", "qlikops.cloud.qlik_space": {"name": "Other"}},
        {
            "name": "too much to prune",
            bulk: {"connections": [{**place, **MSSQL}], "prune": True, "prune_spaces": ["Sales"], "max_deletions": 3},
            "ignore_errors": True,
        },
        {"name": "prune", bulk: {"connections": [{**place, **MSSQL}], "prune": True, "prune_spaces": ["Sales"]}},
        {"name": "pruned", bulk: {"connections": [{**place, **MSSQL}], "prune": True, "prune_spaces": ["Sales"]}},
        {"name": "left over", "qlikops.cloud.qlik_data_credential_info": {"orphans": True, "separated": True}},
        {"name": "clear away", "qlikops.cloud.qlik_data_credential": {"name": "service", "state": "absent"}},
    ]
    group = {"tenant_url": tenant.url, "access_token": tenant.api_key, "api_namespace": namespace}
    defaults = {"group/qlikops.cloud.tenant": group}
    play = {
        "name": "Life",
        "hosts": "localhost",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": defaults,
        "tasks": tasks,
    }
    run = playbooks.run([play], "--diff", "-vvv", variables={"qlik_in_process": both_paths})

    assert run.returncode == 0, run.output
    results = {line["task"]: line["result"] for line in run.results}
    assert {name: results[name]["action"] for name in ("replace", "give away", "take over", "sign in")} == {
        "replace": "replace",
        "give away": "update",
        "take over": "update",
        "sign in": "create",
    }
    for settled in ("replaced", "given away", "still through it", "signed in", "pruned", "where to sign in"):
        assert not results[settled]["changed"], (settled, results[settled])
    assert "replace to when_required" in results["refuse to replace"]["msg"]
    assert results["foresee the replacement"]["changes"] == results["replace"]["changes"]
    assert (
        results["the same credentials"]["connection"]["credentials_id"]
        == results["with credentials"]["connection"]["credentials_id"]
    )
    assert any("attach" in line for line in results["move the host"]["changes"])
    assert "/oauth/authorize" in results["where to sign in"]["auth_url"]
    assert "max_deletions allows 3" in results["too much to prune"]["msg"]
    assert results["prune"]["summary"]["deleted"] == 4
    assert [connection.name for connection in tenant.connections.values()] == ["Orders"]
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] == "canary-two"
    assert results["gateways"]["data_sources"][0]["gateways"][0]["name"] == "Frankfurt"
    assert results["credentials"]["credentials"][0]["connections"] == 2
    assert [credential["name"] for credential in results["left over"]["credentials"]] == ["service"]
    assert tenant.credentials.keys() == {tenant.connection("Orders", "Sales").credentials_id}
    assert tenant.disabled_sources == {"teradata"}
    assert len(results["connections"]["connections"]) == 5
    assert _leaks(run.output) == []
    modules = {name for one in tasks for name in one if "qlikops.cloud." in name}
    assert len(modules) == 9, "every module takes part"
    forms = {
        (resource, form) for _api, form, resource, *_rest in (entry.path.strip("/").split("/") for entry in tenant.log)
    }
    namespaced = {(resource, namespace) for resource in ("data-connections", "data-credentials", "data-sources")}
    assert forms == namespaced | {(resource, "v1") for resource in ("spaces", "users", "tenants")}


def _leaks(text: str) -> list[str]:
    """Lines with a canary, apart from the excerpts of the playbook's own source that Ansible prints beside errors."""
    return [line for line in text.splitlines() if "canary-" in line and not line.lstrip()[:3].strip().isdigit()]


def test_the_role_prunes_and_replaces(playbooks: Playbooks, emulator: Emulator) -> None:
    tenant = emulator.tenant("acme")
    tenant.add_space("Sales", "shared")
    host: dict[str, Any] = {
        "ansible_connection": "local",
        "qlik_tenant_url": tenant.url,
        "qlik_access_token": tenant.api_key,
        "qlik_connections_fingerprint_key": KEY,
        "qlik_connections_definitions": [{"name": name, "space": "Sales", **POSTGRES} for name in ("Orders", "Gone")],
    }
    inventory = {"qlik_tenants": {"hosts": {"acme": host}}}
    assert playbooks.run("qlikops.cloud.provision", inventory=inventory).returncode == 0
    host["qlik_connections_definitions"] = [{"name": "Orders", "space": "Sales", **MSSQL}]
    host |= {
        "qlik_connections_prune": True,
        "qlik_connections_prune_spaces": ["Sales"],
        "qlik_connections_replace": "when_required",
    }
    run = playbooks.run("qlikops.cloud.provision", inventory=inventory)
    assert run.returncode == 0, run.output
    (connection,) = tenant.connections.values()
    assert (connection.name, connection.data_source) == ("Orders", "mssql")
