"""The inventory plugin qlik_tenants, run as a user runs it: `ansible-inventory` and `ansible-playbook`."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator
from tests.emulator.organization import Organization
from tests.integration.playbooks import Playbooks, Run

SECRET = "canary-organization-secret"
SIGN_IN = {"QLIK_ORGANIZATION_CLIENT_ID": "console", "QLIK_ORGANIZATION_CLIENT_SECRET": SECRET}
FLEET = {"client_id": "fleet", "client_secret": "canary-fleet-secret"}


class Tenants:
    """An organization with tenants, and inventories of it."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator) -> None:
        self.playbooks = playbooks
        self.emulator = emulator
        self.organization: Organization = emulator.organization
        self.organization.add_oauth_client("console", SECRET)

    def write(self, name: str = "inventory/qlik_tenants.yml", **options: Any) -> Path:
        given = {"organization_url": self.organization.url, "subscriptions": ["subscription-1"], **options}
        return self.playbooks.write(name, {"plugin": "qlikops.cloud.qlik_tenants", **given})

    def list(self, *arguments: str, environment: Mapping[str, str] | None = None, **options: Any) -> dict[str, Any]:
        """What `ansible-inventory --list` says of an inventory with these options."""
        run = self.playbooks.inventory(self.write(**options), "--list", *arguments, environment=environment or SIGN_IN)
        assert run.returncode == 0, run.output
        assert "Failed to parse" not in run.output
        listed: dict[str, Any] = plain(json.loads(run.stdout))
        return listed

    def error(self, environment: Mapping[str, str] = SIGN_IN, **options: Any) -> str:
        """What is said of an inventory that must fail wholly:
        Ansible goes on with others, and must find no part of it.
        """
        path = self.write(**options)
        run = self.playbooks.inventory(path, "--inventory", "another,", "--graph", "-vvvv", environment=environment)
        assert "Failed to parse" in run.output
        assert re.findall(r"--(\w.*)", run.stdout) == ["another"], run.stdout
        assert "canary" not in run.output
        return in_one_line(run.output)

    def lists(self) -> int:
        """How many pages were asked for."""
        return sum(1 for entry in self.organization.log if entry.path == "/api/core/tenants")

    def sign_ins(self) -> int:
        return sum(1 for entry in self.organization.log if entry.path == "/oauth/token")


@pytest.fixture
def tenants(playbooks: Playbooks, emulator: Emulator) -> Tenants:
    return Tenants(playbooks, emulator)


def plain(value: Any) -> Any:
    """Data without the marks of texts that Ansible must not evaluate."""
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"]
            if set(value) == {"__ansible_unsafe"}
            else {key: plain(item) for key, item in value.items()}
        )
    return [plain(item) for item in value] if isinstance(value, list) else value


def in_one_line(text: str) -> str:
    """What Ansible said, wherever it broke its lines."""
    return re.sub(r"(?<=\w)- (?=\w)", "-", " ".join(text.split()))


def hosts(listed: Mapping[str, Any]) -> set[str]:
    return set(listed["_meta"]["hostvars"])


def test_each_tenant_is_a_host_with_groups_and_variables(tenants: Tenants) -> None:
    globex = tenants.emulator.add_tenant(
        {"name": "globex", "region": "us", "country": "US", "hostnames": ["globex.us.qlikcloud.com"]}
    )
    gone = {
        "name": "gone",
        "hostnames": ["gone.eu.qlikcloud.com"],
        "subscription": "subscription-1",
        "status": "deleted",
    }
    tenants.organization.others = [gone]
    listed = tenants.list()
    assert listed["_meta"]["hostvars"] == {
        "acme": {
            "ansible_connection": "local",
            "qlik_tenant_host": "acme",
            "qlik_tenant_url": tenants.emulator.tenant("acme").url,
            "qlik_tenant_id": tenants.emulator.tenant("acme").id,
            "qlik_tenant_name": "acme",
            "qlik_region": "eu",
            "qlik_country": "DE",
            "qlik_subscription": "subscription-1",
            "qlik_status": "active",
            "qlik_hostnames": [tenants.emulator.tenant("acme").host],
        },
        "globex": {
            "ansible_connection": "local",
            "qlik_tenant_host": "globex",
            "qlik_tenant_url": "https://globex.us.qlikcloud.com",
            "qlik_tenant_id": globex.id,
            "qlik_tenant_name": "globex",
            "qlik_region": "us",
            "qlik_country": "US",
            "qlik_subscription": "subscription-1",
            "qlik_status": "active",
            "qlik_hostnames": ["globex.us.qlikcloud.com", globex.host],
        },
    }
    groups = {name: set(group.get("hosts", ())) for name, group in listed.items() if name.startswith("qlik_")}
    assert groups == {
        "qlik_tenants": {"acme", "globex"},
        "qlik_region_eu": {"acme"},
        "qlik_region_us": {"globex"},
        "qlik_country_de": {"acme"},
        "qlik_country_us": {"globex"},
        "qlik_subscription_subscription_1": {"acme", "globex"},
        "qlik_status_active": {"acme", "globex"},
    }
    assert set(listed["qlik_tenants"]["children"]) == set(groups) - {"qlik_tenants"}


def test_options_narrow_what_is_asked_for(tenants: Tenants) -> None:
    for region, country in (("us", "US"), ("ap", "JP"), ("de", "DE")):
        tenants.emulator.add_tenant(
            {"name": f"t-{region}", "region": region, "country": country, "subscription": "other"}
        )
    every = ["subscription-1", "other"]
    assert hosts(tenants.list(subscriptions=["other"], regions=["us", "ap"])) == {"t-us", "t-ap"}
    assert hosts(tenants.list(subscriptions=every, regions=["eu", "de"], countries=["DE"])) == {"acme", "t-de"}
    assert hosts(tenants.list(subscriptions=every, filter='name eq "t-us" or name eq "acme"')) == {"acme", "t-us"}
    tenants.emulator.tenant("t-us").status = "disabled"
    assert hosts(tenants.list(subscriptions=["other"], statuses=["active", "disabled"])) == {"t-us", "t-ap", "t-de"}
    assert hosts(tenants.list(subscriptions=["other"], statuses=["disabled"])) == {"t-us"}
    tenants.organization.set_behaviours(organization_filter_required="accept")
    assert hosts(tenants.list(subscriptions=[])) == {"acme", "t-ap", "t-de"}


@pytest.mark.parametrize("spelling", ["next", "offset"])
def test_250_tenants_cost_three_pages_and_one_sign_in(tenants: Tenants, spelling: str) -> None:
    tenants.organization.set_behaviours(organization_paging=spelling)
    subscription = {"subscription": "subscription-1"}
    tenants.organization.others = [
        {"name": f"t{n}", "hostnames": [f"t{n}.eu.qlikcloud.com"], **subscription} for n in range(249)
    ]
    assert len(hosts(tenants.list())) == 250
    assert (tenants.lists(), tenants.sign_ins()) == (3, 1)
    tenants.list()
    assert (tenants.lists(), tenants.sign_ins()) == (6, 1)


def test_the_ways_to_name_the_client(tenants: Tenants, playbooks: Playbooks) -> None:
    tenants.organization.add_oauth_client("fallback", "canary-fallback-secret")
    fallback = {"QLIK_CLIENT_ID": "fallback", "QLIK_CLIENT_SECRET": "canary-fallback-secret"}
    variables = playbooks.write("secrets.yml", {"organization_secret": SECRET})
    template = {"client_id": "console", "client_secret": "{{ organization_secret }}"}
    assert hosts(tenants.list(environment=fallback)) == {"acme"}
    assert hosts(tenants.list(environment={**fallback, **SIGN_IN})) == {"acme"}
    assert hosts(tenants.list("--extra-vars", f"@{variables}", environment=fallback, **template)) == {"acme"}
    asked = [entry.body for entry in tenants.organization.log if entry.path == "/oauth/token"]
    assert [(body["client_id"], body["scope"]) for body in asked] == [
        ("fallback", "cloud-console.tenants:read"),
        ("console", "cloud-console.tenants:read"),
    ]
    half = tenants.error({**fallback, "QLIK_ORGANIZATION_CLIENT_ID": "console"})
    assert "client_secret of an organization-level OAuth client must be given" in half


def test_a_secret_encrypted_with_vault(tenants: Tenants, playbooks: Playbooks) -> None:
    password = playbooks.write("vault-password", "a vault password")
    command = [
        "ansible-vault",
        "encrypt_string",
        "--vault-password-file",
        str(password),
        "--name",
        "client_secret",
        SECRET,
    ]
    encrypted = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    path = tenants.write(client_id="console")
    path.write_text(path.read_text() + encrypted)
    run = playbooks.inventory(path, "--graph", "-vvvv", "--vault-password-file", str(password))
    assert "--acme" in run.stdout, run.output
    assert_no_canary(run, playbooks, set())


def test_what_constructed_inventories_can_do(tenants: Tenants) -> None:
    tenants.emulator.add_tenant({"name": "globex-test", "region": "us"})
    options: dict[str, Any] = {
        "compose": {"qlik_label": "qlik_region ~ '/' ~ qlik_tenant_name"},
        "groups": {"canaries": "qlik_tenant_name is search('-test$')"},
        "keyed_groups": [{"key": "qlik_tenant_name.split('-') | first", "prefix": "customer"}],
    }
    listed = tenants.list(**options)
    assert listed["_meta"]["hostvars"]["globex-test"]["qlik_label"] == "us/globex-test"
    assert listed["canaries"]["hosts"] == ["globex-test"]
    assert listed["customer_acme"]["hosts"] == ["acme"]
    assert listed["customer_globex"]["hosts"] == ["globex-test"]
    wrong: dict[str, Any] = {"compose": {"label": "{'us': 1}[qlik_region]"}}
    assert "label" not in tenants.list(**wrong)["_meta"]["hostvars"]["acme"]
    assert "Could not set label for host acme" in tenants.error(**wrong, strict=True)


def test_the_cache_spares_every_request_until_the_question_changes(tenants: Tenants, playbooks: Playbooks) -> None:
    options: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(playbooks.folder / "kept"),
    }
    first = tenants.list(**options)
    asked = len(tenants.organization.log)
    tenants.emulator.add_tenant({"name": "globex"})
    assert tenants.list(**options) == first
    assert len(tenants.organization.log) == asked
    play = {
        "name": "Test",
        "hosts": "qlik_tenants",
        "gather_facts": False,
        "tasks": [{"name": "Say", "ansible.builtin.debug": {}}],
    }
    flushed = playbooks.run([play], "--flush-cache", inventory=tenants.write(**options), environment=SIGN_IN)
    assert set(flushed.statuses("Say")) == {"acme", "globex"}
    assert hosts(tenants.list(**options, filter='name eq "globex"')) == {"globex"}
    for file in (playbooks.folder / "kept").rglob("*"):
        file.write_text('[{"url": "x", "of another": "version"}]')
    assert hosts(tenants.list(**options)) == {"acme", "globex"}


def test_tenants_that_share_a_name_get_names_that_last(tenants: Tenants) -> None:
    acme = tenants.emulator.tenant("acme")
    other = tenants.emulator.add_tenant({"name": "Acme"})
    tenants.emulator.add_tenant({"name": "globex"})
    run = tenants.playbooks.inventory(tenants.write(), "--graph", environment=SIGN_IN)
    assert "2 tenants share the name 'acme'" in in_one_line(run.stderr)
    assert hosts(tenants.list()) == {f"acme-{acme.id}", f"Acme-{other.id}", "globex"}
    assert hosts(tenants.list(hostname="id", regions=["eu"])) == {
        tenant.id for tenant in tenants.emulator.tenants.values()
    }
    assert f"127.0.0.1-{acme.port}" in hosts(tenants.list(hostname="host"))


def test_hostile_names_are_only_data(tenants: Tenants, playbooks: Playbooks) -> None:
    hostile = [
        "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}",
        "two\nlines",
        "\x1b[31mred\x1b[0m",
        "../../etc/passwd",
        "all",
        "@file,~x:&y",
        "Müller & Söhne",
        "!!!",
    ]
    subscription = {"subscription": "subscription-1"}
    rows = enumerate(hostile)
    tenants.organization.others = [
        {"name": name, "hostnames": [f"x{n}.eu.qlikcloud.com"], **subscription} for n, name in rows
    ]
    path = tenants.write(
        compose={"said": "'name: ' ~ qlik_tenant_name"}, keyed_groups=[{"key": "qlik_tenant_name", "prefix": "n"}]
    )
    debug = {
        "name": "Say",
        "ansible.builtin.debug": {"msg": ["{{ qlik_tenant_name }}", "{{ said }}", "{{ inventory_hostname }}"]},
    }
    play = {"name": "Test", "hosts": "qlik_tenants", "gather_facts": False, "tasks": [debug]}
    run = playbooks.run([play], "-vvv", inventory=path, environment=SIGN_IN)
    assert run.returncode == 0, run.output
    said = [line["result"]["msg"] for line in run.results]
    assert {name for name, _, _ in said} == {*hostile, "acme"}
    assert all(label == f"name: {name}" for name, label, _ in said)
    assert "\x1b" not in run.output
    assert not (playbooks.folder / "pwned").exists()
    names = {host for _, _, host in said}
    assert {"two-lines", "31mred-0m", "etc-passwd", "file-x-y", "Müller-Söhne"} < names
    assert all(name.replace("-", "").replace("_", "").replace(".", "").isalnum() for name in names)
    assert "all" not in names


DEFINITIONS = {
    "qlik_connections_spaces": [{"name": "Sales"}],
    "qlik_connections_fingerprint_key": "canary-fingerprint-key-0123",
    "qlik_connections_definitions_00_all": [
        {
            "name": "Orders",
            "space": "Sales",
            "data_source": "postgres",
            "properties": {"host": "{{ orders_host }}", "db": "orders", "username": "qlik"},
            "secrets": {"password": "canary-password"},
        }
    ],
}


def test_provisioning_the_organization(tenants: Tenants, playbooks: Playbooks) -> None:
    for name, region in (("t1", "eu"), ("t2", "us"), ("t3", "us")):
        tenants.emulator.add_tenant({"name": name, "region": region, "subscription": "s", "oauth_clients": [FLEET]})
    client = {f"qlik_{name}": value for name, value in FLEET.items()}
    playbooks.write("inventory/group_vars/qlik_tenants.yml", {**DEFINITIONS, **client, "orders_host": "db.example.com"})
    playbooks.write("inventory/group_vars/qlik_region_us.yml", {"orders_host": "db.us.example.com"})
    path = tenants.write(subscriptions=["s"])
    run = playbooks.run("qlikops.cloud.provision", "-vvv", inventory=path, environment=SIGN_IN)
    assert run.returncode == 0, run.output
    made = {name: tenants.emulator.tenant(name).connection("Orders", "Sales") for name in ("t1", "t2", "t3")}
    found = {name: tenants.emulator.tenant(name).properties_of(made[name].id)["host"] for name in made}
    assert found == {"t1": "db.example.com", "t2": "db.us.example.com", "t3": "db.us.example.com"}
    assert tenants.emulator.tenant("acme").log == []
    assert (tenants.lists(), tenants.sign_ins()) == (1, 1)
    assert_no_canary(run, playbooks, {"group_vars"})


def assert_no_canary(run: Run, playbooks: Playbooks, handed_over: set[str]) -> None:
    """Look in the output and in every file that the run left or was not given the secrets in."""
    assert "canary" not in run.output
    assert "canary" not in json.dumps(run.results)
    roots = (playbooks.folder, playbooks.folder.parent / "tokens")
    for file in (file for root in roots for file in root.rglob("*") if file.is_file()):
        if not handed_over & set(file.parts):
            assert b"canary" not in file.read_bytes(), file


def test_nothing_of_the_client_is_seen_or_kept(tenants: Tenants, playbooks: Playbooks) -> None:
    kept: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(playbooks.folder / "kept"),
    }
    run = playbooks.inventory(tenants.write(**kept), "--list", "-vvvv", environment=SIGN_IN)
    assert "acme" in run.stdout
    assert list((playbooks.folder / "kept").iterdir())
    tokens = list(tenants.organization.grants)
    assert len(tokens) == 1
    for text in (run.output, *(file.read_text() for file in playbooks.folder.rglob("*") if file.is_file())):
        assert tokens[0] not in text
    assert_no_canary(run, playbooks, set())


def test_what_the_organization_refuses(tenants: Tenants) -> None:
    wrong = tenants.error({**SIGN_IN, "QLIK_ORGANIZATION_CLIENT_SECRET": "canary-wrong-secret"})
    assert "POST /oauth/token was answered with 401" in wrong
    assert "Check client_id and client_secret" in wrong
    assert "client_id and client_secret of an organization-level OAuth client must be given" in tenants.error(
        {"QLIK_API_KEY": "x"}
    )
    assert "Set the option subscriptions to the ids of your subscriptions" in tenants.error(subscriptions=[])
    assert "all subscriptions belong to this organization" in tenants.error(subscriptions=["foreign"])
    assert 'Check the options that make up the filter: subscriptionId eq "subscription-1"' in tenants.error(
        filter="nonsense"
    )
    assert "subscriptions: 'a\"b' can't be used in a filter" in tenants.error(subscriptions=['a"b'])
    assert "The organization has no tenant that is meant" in tenants.error(regions=["nowhere"])


def test_a_client_without_the_scope(tenants: Tenants) -> None:
    tenants.organization.add_oauth_client("console", SECRET, ["other"])
    assert "the OAuth client has the scope cloud-console.tenants:read" in tenants.error()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "status", "status": 503}, "GET /api/core/tenants was answered with 503"),
        ({"kind": "reset"}, "the connection broke off"),
        ({"kind": "truncate"}, "the connection broke off"),
        ({"kind": "garble"}, "that is not JSON. Is organization_url an address of Qlik Cloud?"),
        ({"kind": "html", "status": 200}, "answered with HTML that is not JSON"),
        ({"kind": "partial_list"}, "the list of tenants came incomplete"),
    ],
)
def test_a_list_that_breaks_off_gives_no_host_and_no_cache(
    tenants: Tenants, playbooks: Playbooks, fault: dict[str, Any], says: str
) -> None:
    subscription = {"subscription": "subscription-1"}
    tenants.organization.others = [
        {"name": f"t{n}", "hostnames": [f"t{n}.eu.qlikcloud.com"], **subscription} for n in range(150)
    ]
    tenants.organization.add_fault(**fault, match={"path": "next="}, times=None)
    kept: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(playbooks.folder / "kept"),
    }
    assert says in tenants.error(max_wait=0, **kept)
    assert not list((playbooks.folder / "kept").glob("*"))
    tenants.organization.set_faults([])
    assert len(hosts(tenants.list(**kept))) == 151


def test_a_list_never_leads_elsewhere(tenants: Tenants) -> None:
    acme = tenants.emulator.tenant("acme")
    subscription = {"subscription": "subscription-1"}
    tenants.organization.others = [
        {"name": f"t{n}", "hostnames": [f"t{n}.eu.qlikcloud.com"], **subscription} for n in range(150)
    ]
    tenants.organization.add_fault("foreign_next", origin=acme.url, times=None)
    assert "continues a list at another address" in tenants.error()
    assert acme.log == []


def test_host_names_that_are_none(tenants: Tenants) -> None:
    odd = {"name": "odd", "subscription": "subscription-1"}
    for hostname in ("user@evil.example", "x:99999"):
        tenants.organization.others = [{**odd, "hostnames": [hostname]}]
        assert "host name" in tenants.error()
    tenants.organization.others = [{**odd, "hostnames": []}]
    run = tenants.playbooks.inventory(tenants.write(), "--graph", environment=SIGN_IN)
    assert "The tenant odd" in run.stderr
    assert "--acme" in run.stdout
    assert "odd" not in run.stdout


def test_passing_troubles_pass(tenants: Tenants) -> None:
    tenants.organization.add_fault("status", status=429, retry_after=1)
    tenants.organization.add_fault("status", status=503, match={"path": "tenants"})
    assert hosts(tenants.list()) == {"acme"}
    tenants.organization.expire_tokens()
    assert hosts(tenants.list()) == {"acme"}
    assert tenants.sign_ins() == 3


def test_files_of_other_names_and_addresses_without_tls(tenants: Tenants, playbooks: Playbooks) -> None:
    run = playbooks.inventory(tenants.write("other.yml"), "--graph", environment=SIGN_IN)
    assert "acme" not in run.stdout
    strict = {**SIGN_IN, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    run = playbooks.inventory(tenants.write(organization_url="http://console.example"), "--graph", environment=strict)
    assert run.returncode != 0
    assert "http would send credentials in the clear" in in_one_line(run.output)
    assert len(tenants.organization.log) == 0


def write_contexts(playbooks: Playbooks, contexts: Mapping[str, Any]) -> dict[str, str]:
    """A contexts.yml; gives the environment in which it counts."""
    path = playbooks.write("home/.qlik/contexts.yml", {"current-context": "acme", "contexts": contexts})
    path.chmod(0o600)
    return {"QLIK_CLI_USER_HOME_DIR": str(playbooks.folder / "home")}


def test_contexts_become_hosts_that_can_be_provisioned(tenants: Tenants, playbooks: Playbooks) -> None:
    acme = tenants.emulator.tenant("acme")
    acme.add_api_key("canary-key-of-acme", "admin")
    other = tenants.emulator.add_tenant({"name": "other", "oauth_clients": [FLEET]})
    environment = write_contexts(
        playbooks,
        {
            "acme": {
                "server": acme.url,
                "server-type": "cloud",
                "headers": {"Authorization": "Bearer canary-key-of-acme"},
            },
            "the other": {
                "server": other.url,
                "oauth-client-id": "fleet",
                "oauth-client-secret": "canary-fleet-secret",
            },
            "sandbox-1": {"server": "https://sandbox.eu.qlikcloud.com"},
            "real": {"server": "https://real.us.qlikcloud.com"},
            "on-premises": {"server": "https://sense.example.com", "server-type": "windows"},
        },
    )
    options: dict[str, Any] = {"source": "contexts", "exclude_contexts": ["sandbox-*"]}
    listed = tenants.list(environment=environment, **options)
    assert hosts(listed) == {"acme", "the-other", "real"}
    assert listed["qlik_region_us"]["hosts"] == ["real"]
    assert listed["_meta"]["hostvars"]["the-other"] == {
        **dict.fromkeys(
            ("qlik_tenant_id", "qlik_tenant_name", "qlik_region", "qlik_country", "qlik_subscription", "qlik_status"),
            "",
        ),
        "ansible_connection": "local",
        "qlik_tenant_host": "the-other",
        "qlik_tenant_url": other.url,
        "qlik_hostnames": [other.host],
        "qlik_context": "the other",
    }
    playbooks.write("inventory/group_vars/qlik_tenants.yml", {**DEFINITIONS, "orders_host": "db.example.com"})
    path = tenants.write(source="contexts", include_contexts=["acme", "the *"])
    # A key in the environment must not take the place of those in the contexts.
    run = playbooks.run(
        "qlikops.cloud.provision", "-vvv", inventory=path, environment={**environment, "QLIK_API_KEY": "key-of-nobody"}
    )
    assert run.returncode == 0, run.output
    assert [len(tenant.connections) for tenant in (acme, other)] == [1, 1]
    assert tenants.organization.log == []
    assert_no_canary(run, playbooks, {"group_vars", "home"})
    for playbook, variables in (
        ("export", {}),
        ("decommission", {"qlik_hosts": "acme", "qlik_confirm": "decommission acme"}),
    ):
        run = playbooks.run(f"qlikops.cloud.{playbook}", inventory=path, environment=environment, variables=variables)
        assert run.returncode == 0, run.output
    assert [len(tenant.connections) for tenant in (acme, other)] == [0, 1]


def test_contexts_that_cannot_be_hosts(tenants: Tenants, playbooks: Playbooks) -> None:
    server = {"server": "https://acme.eu.qlikcloud.com"}
    environment = write_contexts(
        playbooks, {"good": server, "bad": {"comment": "x"}, "worse": {"server": "http://acme.example"}}
    )
    assert "The context 'bad' in" in tenants.error(environment, source="contexts", exclude_contexts=["worse"])
    plain_http = tenants.error(environment, source="contexts", exclude_contexts=["bad"])
    assert "The context 'worse' in" in plain_http
    assert "use https://acme.example" in plain_http
    assert "Check include_contexts and exclude_contexts" in tenants.error(
        environment, source="contexts", include_contexts=["x*"]
    )
    assert "Set it to name or host" in tenants.error(environment, source="contexts", hostname="id")
    nowhere = {"QLIK_CLI_USER_HOME_DIR": str(playbooks.folder / "nowhere")}
    assert "The contexts of qlik-cli can't be read" in tenants.error(nowhere, source="contexts")
    environment = write_contexts(playbooks, {"a": server, "b": server})
    run = playbooks.inventory(tenants.write(source="contexts"), "--graph", environment=environment)
    assert "contexts a, b are one tenant" in in_one_line(run.stderr)
