"""What the organization says is no reason to trust: names of other inventories' hosts, foreign addresses; and misspelt
options.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks, Run, task
from tests.integration.test_inventory import DEFINITIONS, FLEET, SIGN_IN, Tenants, hosts, in_one_line, plain

SERVERS = {
    "databases": {"hosts": {"db-prod": {"ansible_host": "10.0.0.5", "ansible_connection": "ssh"}, "plain": {}}},
    "web": {"hosts": {"web-1": {}}},
    "qlik_tenants": {"hosts": {"globex": {"owner": "us"}}},
}


@pytest.fixture
def tenants(playbooks: Playbooks, emulator: Emulator) -> Tenants:
    return Tenants(playbooks, emulator)


def named(tenants: Tenants, *names: str) -> dict[str, str]:
    """Tenants of these names; gives the ids by name."""
    return {
        name: tenants.emulator.add_tenant({"name": name, "subscription": "s", "oauth_clients": [FLEET]}).id
        for name in names
    }


def listed(playbooks: Playbooks, *sources: Path) -> tuple[Run, dict[str, Any]]:
    more = [word for source in sources[1:] for word in ("--inventory", str(source))]
    run = playbooks.inventory(sources[0], "--list", *more, environment=SIGN_IN)
    assert run.returncode == 0, run.output
    return run, plain(json.loads(run.stdout))


def test_a_tenant_takes_no_name_of_an_inventory_that_was_read_before(tenants: Tenants, playbooks: Playbooks) -> None:
    ids = named(tenants, "db-prod", "plain", "web", "globex")
    servers = playbooks.write("servers.yml", SERVERS)
    run, found = listed(playbooks, servers, tenants.write(subscriptions=["s"]))
    variables = found["_meta"]["hostvars"]
    assert variables["db-prod"] == {"ansible_host": "10.0.0.5", "ansible_connection": "ssh"}
    assert "plain" not in variables
    renamed = {f"{name}-{ids[name]}" for name in ("db-prod", "plain", "web")}
    assert set(found["qlik_region_eu"]["hosts"]) == {*renamed, "globex"}
    assert variables["globex"]["owner"] == "us"
    for name in renamed:
        assert variables[name]["qlik_tenant_host"] == name
        assert f"its host is called '{name}'" in in_one_line(run.stderr)
    # Read twice, as with -i FILE -i FOLDER, a tenant is the same one.
    tenants.playbooks.write("again/qlik_tenants.yml", tenants.write(subscriptions=["s"]).read_text())
    _, again = listed(
        playbooks, servers, tenants.write(subscriptions=["s"]), playbooks.folder / "again" / "qlik_tenants.yml"
    )
    assert again["_meta"]["hostvars"] == variables


def test_a_tenant_that_a_later_inventory_has_as_a_server_is_refused(tenants: Tenants, playbooks: Playbooks) -> None:
    named(tenants, "acme-1", "db-prod")
    client = {f"qlik_{name}": value for name, value in FLEET.items()}
    playbooks.write("inventory/group_vars/qlik_tenants.yml", {**DEFINITIONS, **client, "orders_host": "db.example.com"})
    servers = playbooks.write("servers.yml", {"databases": {"hosts": {"db-prod": {"ansible_host": "10.0.0.5"}}}})
    plugin = tenants.write(subscriptions=["s"])
    run = playbooks.run(
        "qlikops.cloud.provision",
        "-i",
        str(plugin),
        inventory=servers,
        environment=SIGN_IN,
        variables={"qlik_waves": ["100%"]},
    )
    assert run.returncode == 2
    assert "The tenant 'db-prod' is also a host of another inventory, which is at 10.0.0.5 (ansible_host)" in run.output
    assert not tenants.emulator.tenant("db-prod").log
    assert len(tenants.emulator.tenant("acme-1").connections) == 1


def test_addresses_that_the_organization_names(tenants: Tenants, playbooks: Playbooks) -> None:
    subscription = {"subscription": "subscription-1"}
    tenants.organization.others = [
        {"name": "evil", "hostnames": ["evil.example"], **subscription},
        {"name": "metadata", "hostnames": ["169.254.169.254"], **subscription},
        {"name": "near", "hostnames": ["acme.eu.qlikcloud.com.evil.example"], **subscription},
        {"name": "alias", "hostnames": ["qlik.acme.example", "alias.eu.qlikcloud.com"], **subscription},
        {"name": "gov", "hostnames": ["gov.us.qlikcloudgov.com"], **subscription},
    ]
    run, found = listed(playbooks, tenants.write())
    assert hosts(found) == {"acme", "alias", "gov"}
    assert found["_meta"]["hostvars"]["alias"]["qlik_tenant_url"] == "https://alias.eu.qlikcloud.com"
    assert (
        "lies at 169.254.169.254, and allowed_domains are *.qlikcloud.com, *.qlikcloudgov.com, loopback"
        in in_one_line(run.stderr)
    )
    kept: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(playbooks.folder / "kept"),
    }
    for _ in range(2):
        found = tenants.list(allowed_domains=["*.acme.example", "evil.example"], **kept)
        assert {name: one["qlik_tenant_url"] for name, one in found["_meta"]["hostvars"].items()} == {
            "alias": "https://qlik.acme.example",
            "evil": "https://evil.example",
        }
        assert found["_meta"]["hostvars"]["evil"]["qlik_allowed_domains"] == ["*.acme.example", "evil.example"]
    assert hosts(tenants.list(**kept)) == {"acme", "alias", "gov"}
    assert "'*' is no domain" in tenants.error(allowed_domains=["*"])
    assert "evil.example, and allowed_domains are one.example" in tenants.error(allowed_domains=["one.example"])


def test_a_kept_inventory_with_a_foreign_address_gets_no_token(playbooks: Playbooks, emulator: Emulator) -> None:
    stranger = emulator.add_tenant({"name": "stranger"})
    host = {
        "qlik_tenant_url": "https://evil.example",
        "qlik_tenant_id": "1",
        "qlik_hostnames": ["evil.example"],
        "qlik_access_token": "x",
    }
    typed = {**host, "qlik_tenant_url": stranger.url, "qlik_access_token": stranger.api_key}
    read = task(
        "Read", "qlik_tenant_info", {"tenant_url": "{{ qlik_tenant_url }}", "access_token": "{{ qlik_access_token }}"}
    )
    play = {"name": "Test", "hosts": "all", "gather_facts": False, "connection": "local", "tasks": [read]}
    run = playbooks.run([play], inventory={"all": {"hosts": {"evil": host, "typed": typed}}})
    assert (
        "evil.example was named by the organization, and lies in none of *.qlikcloud.com"
        in run.result("Read", "evil")["msg"]
    )
    assert run.result("Read", "typed")["status"] == "ok"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("region", "'region' is no option of qlikops.cloud.qlik_tenants. Did you mean 'regions'?"),
        ("Subscriptions", "'Subscriptions' is no option of qlikops.cloud.qlik_tenants. Did you mean 'subscriptions'?"),
        ("scim", "'scim' is no option of qlikops.cloud.qlik_tenants. There are: allowed_domains, "),
    ],
)
def test_an_option_that_is_not_known_is_an_error(tenants: Tenants, key: str, said: str) -> None:
    misspelt: dict[str, Any] = {key: ["canary"]}
    assert said in tenants.error(**misspelt)
    assert tenants.lists() == 0
