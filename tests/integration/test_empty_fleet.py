"""What must not look like success: a play without hosts, and waves that a strategy runs past."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks

FLEET = ("audit", "export", "plan", "provision", "rotate_secrets")
ORDERS = {"name": "Orders", "space": "Sales", "data_source": "postgres", "properties": {"host": "db.example.com"}}


def host(tenant: Tenant, **more: Any) -> dict[str, Any]:
    return {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key, **more}


def inventory(*tenants: Tenant) -> dict[str, Any]:
    return {
        "qlik_tenants": {
            "hosts": {tenant.name: host(tenant) for tenant in tenants},
            "vars": {"qlik_connections_spaces": [{"name": "Sales"}], "qlik_connections_definitions": [ORDERS]},
            "children": {"qlik_region_ap": {}},
        },
        "databases": {"hosts": {"db-prod": {}}},
    }


@pytest.mark.parametrize("playbook", FLEET)
def test_a_limit_outside_of_the_group_fails_and_reads_nothing(
    playbooks: Playbooks, acme: Tenant, playbook: str
) -> None:
    variables = {"qlik_connections_only": ["Sales:Orders"]}
    run = playbooks.run(
        f"qlikops.cloud.{playbook}", "--limit", "db-prod", inventory=inventory(acme), variables=variables
    )
    assert run.returncode not in (0, 2)
    assert "--limit db-prod leaves none of 'qlik_tenants'" in run.output
    assert not acme.log


def test_a_limit_outside_of_what_is_named_removes_nothing_and_says_so(playbooks: Playbooks, acme: Tenant) -> None:
    variables = {"qlik_hosts": "acme", "qlik_confirm": "decommission acme"}
    run = playbooks.run(
        "qlikops.cloud.decommission", "--limit", "db-prod", inventory=inventory(acme), variables=variables
    )
    assert run.returncode not in (0, 2)
    assert "--limit db-prod leaves none of 'acme'" in run.output
    run = playbooks.run("qlikops.cloud.decommission", inventory={"all": {"hosts": {}}}, variables=variables)
    assert run.returncode not in (0, 2)
    assert "The inventory holds no host" in run.output


def test_an_empty_group_fails_unless_that_is_allowed(playbooks: Playbooks, acme: Tenant) -> None:
    for group, reason in (
        ("qlik_region_ap", "no host in 'qlik_region_ap'"),
        ("qlik_tenant", "Did you mean 'qlik_tenants'?"),
    ):
        run = playbooks.run("qlikops.cloud.provision", inventory=inventory(acme), variables={"qlik_hosts": group})
        assert run.returncode not in (0, 2)
        assert reason in run.output
        assert "-e qlik_allow_empty=true" in run.output
    run = playbooks.run(
        "qlikops.cloud.audit",
        "-e",
        "qlik_hosts=qlik_region_ap",
        "-e",
        "qlik_allow_empty=true",
        inventory=inventory(acme),
    )
    assert run.returncode == 0, run.output
    assert "No host is meant: There is no host in 'qlik_region_ap'" in " ".join(run.output.split())
    assert not acme.log


def test_a_misspelt_exclusion_reads_nothing(playbooks: Playbooks, acme: Tenant) -> None:
    variables = {"qlik_hosts": "qlik_tenants:!acmee", "qlik_allow_empty": True}
    run = playbooks.run("qlikops.cloud.provision", inventory=inventory(acme), variables=variables)
    assert run.returncode not in (0, 2)
    assert "Nothing was done: The inventory has no 'acmee'. Did you mean 'acme'?" in " ".join(run.output.split())
    assert not acme.log
    variables = {"qlik_hosts": "qlik_tenants:!qlik_region_ap"}
    run = playbooks.run("qlikops.cloud.provision", inventory=inventory(acme), variables=variables)
    assert run.returncode == 0, run.output
    assert len(acme.connections) == 1


def test_a_slice_of_the_fleet_is_done(playbooks: Playbooks, acme: Tenant) -> None:
    run = playbooks.run("qlikops.cloud.provision", "--limit", "all[0:1]", inventory=inventory(acme))
    assert run.returncode == 0, run.output
    assert len(acme.connections) == 1


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_no_strategy_of_the_environment_runs_past_a_wave_that_failed(
    playbooks: Playbooks, emulator: Emulator, strategy: str
) -> None:
    tenants = [emulator.add_tenant({"name": name}) for name in ("acme-1", "globex", "initech")]
    broken = inventory(*tenants)
    broken["qlik_tenants"]["hosts"]["globex"]["qlik_access_token"] = "canary-wrong-key"
    run = playbooks.run(
        "qlikops.cloud.provision",
        inventory=broken,
        variables={"qlik_waves": [1, 1, 1]},
        environment={"ANSIBLE_STRATEGY": strategy},
    )
    assert run.returncode == 2
    assert "the rollout stops here. Done in earlier waves: acme-1. Not reached: initech" in run.output
    assert [len(tenant.connections) for tenant in tenants] == [1, 0, 0]
    assert not tenants[2].log


def test_a_tenant_without_definitions_is_read_and_not_called_as_declared(
    playbooks: Playbooks, emulator: Emulator
) -> None:
    misspelt, wrong = (emulator.add_tenant({"name": name}) for name in ("acme-1", "globex"))
    hosts = {
        "acme-1": host(misspelt, qlik_connections_defintions_00_all=[ORDERS]),
        "globex": host(wrong, qlik_access_token="canary-wrong-key"),
    }
    variables = {"qlik_waves": ["100%"]}
    run = playbooks.run("qlikops.cloud.provision", inventory={"qlik_tenants": {"hosts": hosts}}, variables=variables)
    assert run.returncode == 2
    said = " ".join(run.output.split())
    assert "acme-1: NOTHING IS DECLARED here, so nothing was looked for (1 request)" in said
    assert "aren't called qlik_connections_definitions…: qlik_connections_defintions_00_all." in said
    assert "globex: FAILED, nothing was changed" in said
    assert "as declared, nothing to change" not in said
    assert misspelt.log
