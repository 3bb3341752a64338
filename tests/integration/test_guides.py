"""What the pages in docs/ show works as it stands, and what they say of it holds."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator import Emulator, Tenant
from tests.emulator.control import members_by_space
from tests.integration.guides import ROOT, Guide, blocks_of, commands_in
from tests.integration.playbooks import Playbooks

TASK = "Bring spaces and data connections to their declared state"
# Another password, or another fingerprint key, than the page has.
FAULTY_VAULT = """
vault_qlik_client_secret: …
vault_fingerprint_key: {key}
vault_orders_password: {password}
"""
INVENTORY_VAULT = """
vault_qlik_eu_client_secret: …
vault_fingerprint_key: …
vault_orders_password: …
"""
EXPORTED_TENANTS = """
qlik_tenants:
  vars:
    ansible_connection: local
    qlik_access_token: "{{ vault_api_key }}"
    vault_api_key: …
    vault_orders_password: …
  hosts:
    acme: {qlik_tenant_url: https://acme.eu.qlikcloud.com}
    globex: {qlik_tenant_url: https://globex.eu.qlikcloud.com}
"""
Open = Callable[[str], Guide]


@pytest.fixture
def guide(playbooks: Playbooks, emulator: Emulator) -> Open:
    """Opens a page of docs/ by its name."""
    return lambda name: Guide(f"docs/{name}.md", playbooks, emulator)


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.stem)
def test_every_page_is_run(page: Path) -> None:
    left = [block for block in blocks_of(page) if block.counts and block.language == "yaml"]
    own_file = Path(__file__).with_name(f"test_{page.stem}_guide.py").exists()
    assert not left or own_file or f"test_{page.stem.replace('-', '_')}" in globals(), (
        f"{page.name} shows YAML that no test here runs, in line {left[0].line} for example. Write a test, or mark it"
        " `not run here`."
    )


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.stem)
def test_commands_of_a_page_ask_for_the_vaults_password_all_or_none(page: Path) -> None:
    """Also those that aren't run here."""
    blocks = [block.text for block in blocks_of(page) if block.language == "console"]
    commands = [command for text in blocks for command, _shown in commands_in(text)]
    asking = {
        command: "--ask-vault-pass" in command
        for command in commands
        if command.startswith("ansible-playbook qlikops.cloud.")
    }
    assert len(set(asking.values())) <= 1, [command for command, asks in asking.items() if not asks]


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
    page.play("In an inventory")
    page.play("Where to keep them")
    tenants = [page.tenant(name) for name in ("acme", "globex")]
    page.writes()
    for tenant in tenants:
        orders = tenant.connection("Orders", "Sales")
        assert (
            tenant.secrets_of(tenant.connection("Events", "Sales").id)["KeyFilePath"][0]["name"]
            == "service-account.json"
        )
        # Somebody typed another password in the hub: its tag is as it was.
        tenant.edit_connection(orders.id, secrets={"password": "canary-typed"})
    page.play("Rotation")
    for tenant in tenants:
        assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {
            "password": "canary-vault_orders_password"
        }
        assert len([entry for entry in tenant.writes() if "data-connections" in entry.path]) == 1
    page.finish()


def test_rollouts(guide: Open) -> None:
    page = guide("rollouts")
    page.play("Rollouts: plan, approve, provision in waves, audit")
    page.play("Plan")
    acme, globex, initech = (page.tenant(name) for name in ("acme", "globex", "initech"))
    assert page.writes() == 0
    assert {path.name for path in (page.playbooks.folder / "qlik-reports").iterdir()} == {
        "plan.html",
        "plan.json",
        "plan.junit.xml",
    }
    globex.add_space("Sales")
    (approved,) = page.play("Carry out what was approved")
    assert approved.returncode == 0
    assert [len(tenant.connections) for tenant in (acme, globex, initech)] == [1, 0, 1]
    page.play("Waves")
    initech.remove_connection(initech.connection("Orders", "Sales").id)
    globex.add_fault("status", match={"method": "POST", "path": "data-connections"}, status=403, times=None)
    page.play("When a tenant fails")
    assert [len(tenant.connections) for tenant in (acme, globex, initech)] == [1, 0, 0]
    globex.set_faults([])
    page.play("Go on")
    assert [len(tenant.connections) for tenant in (acme, globex, initech)] == [1, 1, 1]
    page.writes()
    acme.edit_connection(acme.connection("Orders", "Sales").id, properties={"db": "by hand"})
    acme.add_connection("Playground", "postgres", {"host": "h"}, space="Sales")
    page.play("Audit every night")
    assert page.writes() == 0
    page.finish()


def test_policy(guide: Open) -> None:
    page = guide("policy")
    page.play("A first policy")
    acme, globex = (page.tenant(name) for name in ("acme", "globex"))
    assert [len(tenant.connections) for tenant in (acme, globex)] == [1, 1]
    page.writes()
    page.play("When a rule is broken")
    assert page.writes() == 0
    _hold_against_opa(page)
    page.write("inventory/host_vars/globex/connections.yml", "qlik_connections_definitions_90_tenant: []\n")
    page.play("A rule")
    page.play("Layers")
    page.play("The same target twice")
    page.give_vault_password()
    found = page.try_out("ansible-playbook qlikops.cloud.audit -i inventory -e qlik_audit_same_target=true")
    assert "2 of 2 tenants match what is declared" in found.output
    page.finish()


def _hold_against_opa(page: Guide) -> None:
    """Run the rule for Open Policy Agent, where that is, over a plan in which it finds what the page says it does."""
    (rule,) = (block.text for block in page.blocks if block.language == "rego")
    assert "tenant.connections" in rule
    opa = shutil.which("opa")
    if opa is None:
        return
    page.playbooks.write("policy.rego", rule)
    # The plan of a tenant whose rule is broken has its connections, too.
    (line,) = (block.text for block in page.blocks if block.text.startswith("$ opa "))
    words = shlex.split(line.removeprefix("$ "))[1:]
    found = subprocess.run([opa, *words], cwd=page.playbooks.folder, capture_output=True, text=True, check=False)
    assert "leads to db.other.example" in found.stdout + found.stderr


def test_recovery(guide: Open) -> None:
    page = guide("recovery")
    page.play("When something went wrong")
    vault = page.playbooks.folder / "inventory/group_vars/qlik_tenants/vault.yml"
    right = vault.read_text()
    page.write("inventory/group_vars/qlik_tenants/vault.yml", FAULTY_VAULT.format(password="canary-wrong", key="…"))
    acme, globex = (page.tenant(name) for name in ("acme", "globex"))
    globex.add_fault("status", match={"method": "POST", "path": "data-connections"}, status=403, times=1)
    page.play("A tenant failed half-way")
    page.writes()

    vault.write_text(right)
    page.play("A wrong password was rolled out")
    for tenant in (acme, globex):
        assert {tenant.secrets_of(one)["password"] for one in tenant.connections} == {"canary-vault_orders_password"}
    page.writes()

    acme.remove_connection(acme.connection("Returns", "Sales").id)
    for number in range(11):
        acme.add_connection(f"Old {number}", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    page.play("Prune stopped")
    assert len(acme.connections) == 2
    # What somebody deleted came back with the same run.
    assert acme.secrets_of(acme.connection("Returns", "Sales").id) == {"password": "canary-vault_orders_password"}

    page.write(
        "inventory/group_vars/qlik_tenants/vault.yml",
        FAULTY_VAULT.format(password="canary-other", key="canary-of-another-kind"),
    )
    page.writes()
    page.play("The fingerprint key was lost or changed")
    assert page.writes() == 0
    vault.write_text(right)

    left = acme.add_user("left")
    for one in acme.connections:
        acme.edit_connection(one, owner="left", secrets={"password": None})
    page.play("An owner left")
    assert left.id not in {connection.owner for connection in acme.connections.values()}
    assert {acme.secrets_of(one)["password"] for one in acme.connections} == {"canary-vault_orders_password"}

    page.play("A decommission was a mistake")
    assert {globex.secrets_of(one)["password"] for one in globex.connections} == {"canary-vault_orders_password"}
    assert len(globex.connections) == 2
    page.finish()


def test_migration(guide: Open) -> None:
    page = guide("migration")
    tenants = [page.tenant(name) for name in ("acme", "globex")]
    hosts = {"acme": "db.example.com", "globex": "db.globex.example.com"}
    for tenant in tenants:
        made = {"host": hosts[tenant.name], "db": "orders", "username": "qlik_reader", "password": "canary-by-hand"}
        tenant.add_space("Sales")
        tenant.add_connection("Orders", "postgres", made, space="Sales", tags=["nightly"])
    page.play("From connections made by hand")
    page.play("Export")
    assert page.writes() == 0
    exported = {
        str(path.relative_to(page.playbooks.folder / "export"))
        for path in (page.playbooks.folder / "export").rglob("*.yml")
    }
    files = {
        f"{name}/qlik_connections.yml" for name in ("group_vars/qlik_tenants", "host_vars/acme", "host_vars/globex")
    }
    assert exported == {*files, "qlik_export_inventory.yml"}

    def held() -> list[dict[str, object]]:
        return [tenant.properties_of(tenant.connection("Orders", "Sales").id) for tenant in tenants]

    before = held()
    page.play("Adopt")
    assert held() == before
    tags = {tag for tenant in tenants for tag in tenant.connection("Orders", "Sales").tags}
    assert {tag for tag in tags if not tag.startswith("qlikops.cloud:user:")} == {"nightly", "qlikops.cloud:managed"}
    page.play("Supply the secrets")
    assert held() == [{**one, "password": "canary-vault_orders_password"} for one in before]
    ids = [tenant.connection("Orders", "Sales").id for tenant in tenants]
    page.play("From the collection qlik.cloud")
    assert [tenant.connection("Orders", "Sales").id for tenant in tenants] == ids
    assert [one["host"] for one in held()] == ["db.example.com", "db.example.com"]
    assert all(tenant.secrets_of(tenant.connection("Returns", "Sales").id) for tenant in tenants)
    page.finish()


def test_inventory(guide: Open, emulator: Emulator) -> None:
    page = guide("inventory")
    emulator.organization.add_oauth_client("id-QLIK_ORGANIZATION_CLIENT_ID", "canary-QLIK_ORGANIZATION_CLIENT_SECRET")
    acme = page.tenant("acme")
    acme.subscription = "65f0c1d2e3b4a5968778695a"
    page.play("When it fails")
    page.play("From the organization")
    page.write("inventory/group_vars/all/vault.yml", INVENTORY_VAULT)
    page.play("How hosts sign in")
    assert not acme.connections
    page.environment["QLIK_CLI_USER_HOME_DIR"] = str(page.playbooks.folder)
    context = {"server": acme.url, "server-type": "cloud", "headers": {"Authorization": f"Bearer {acme.api_key}"}}
    page.playbooks.write(".qlik/contexts.yml", {"contexts": {"acme": context, "sandbox-1": context}}).chmod(0o600)
    page.play("From the contexts of qlik-cli")
    listed = page.try_out("ansible-inventory -i inventory --graph").output
    assert "--acme" in listed
    assert "sandbox" not in listed
    canary = emulator.add_tenant({"name": "globex-test", "subscription": "65f0c1d2e3b4a5968778695a", "region": "eu"})
    page.tenant("globex-test")
    page.play("Groups and variables of your own")
    assert [connection.name for connection in canary.connections.values()] == ["Orders"]
    assert not acme.connections
    page.finish()


def test_export(guide: Open) -> None:
    page = guide("export")
    page.give_vault_password()
    for name, host in (("acme", "db.example.com"), ("globex", "db.globex.example.com")):
        tenant = page.tenant(name)
        made = {"host": host, "port": "5432", "db": "orders", "username": "qlik_reader", "password": "canary-by-hand"}
        tenant.add_space("Sales")
        tenant.add_connection("Orders", "postgres", made, space="Sales", tags=["nightly"])
    page.write("inventory/tenants.yml", EXPORTED_TENANTS)
    page.play("Export")
    assert page.writes() == 0
    page.play("In layers")
    # The rest is run by the tests of the playbook decommission.
    page.finish(elsewhere=("Decommission", "Undo a decommission"))


def test_members(guide: Open) -> None:
    page = guide("members")
    page.give_vault_password()
    acme, globex = (page.tenant(name) for name in ("acme", "globex"))
    for tenant in (acme, globex):
        tenant.add_group("Analysts")
        tenant.add_user("data team", "data-team@example.com")
    globex.add_user("jo", "jo@globex.example.com")
    page.play("Declare")

    def held(tenant: Tenant) -> dict[str, list[str]]:
        return members_by_space(tenant)["Sales"]

    common = {"Analysts": ["dataconsumer"], "data-team@example.com": ["producer"]}
    assert (held(acme), held(globex)) == (common, common)
    page.play("What one tenant has besides")
    assert held(acme) == common
    assert held(globex) == {"Analysts": ["dataconsumer"], "jo@globex.example.com": ["dataconsumer"]}
    acme.assign(acme.space("Sales"), acme.everyone, ["consumer"], "group")
    page.writes()
    page.play("These and nobody else")
    assert page.writes() == 0
    page.play("What an audit finds", fails=True)
    assert page.writes() == 0
    page.try_out("ansible-playbook qlikops.cloud.provision -i inventory")
    assert (held(acme), page.writes()) == (common, 1)
    page.try_out("ansible-playbook qlikops.cloud.export -i inventory -e qlik_export_members=true")
    exported = (page.playbooks.folder / "export/host_vars/globex/qlik_connections.yml").read_text()
    assert "user: !unsafe 'jo@globex.example.com'" in exported
    page.finish()


def test_before_the_first_rollout(guide: Open) -> None:
    page = guide("before-the-first-rollout")
    page.give_vault_password()
    acme = page.tenant("acme")
    foreseen, tried = page.play("Run it")
    assert "Make two spaces for this run" in foreseen.output
    assert "Works on this tenant." in tried.output
    assert page.writes() > 100
    page.play("When a run was killed")
    assert page.writes() == 0
    assert not [space for space in acme.spaces.values() if "acceptance" in space.name]
    page.finish()


def test_do_they_work(guide: Open) -> None:
    page = guide("do-they-work")
    page.give_vault_password()
    acme, globex = (page.tenant(name) for name in ("acme", "globex"))
    acme.add_space("Sales")
    acme.add_connection("Orders", "postgres", {"host": "h"}, space="Sales")
    page.play("Try what a tenant holds")
    assert [access.text for access in acme.ends.accesses if access.what == "select"] == ["SELECT 1 AS x1"]
    acme.remove_connection(acme.connection("Orders", "Sales").id)
    globex.set_end("refused", "Orders", space="Sales")
    page.play("Try what was just written", fails=True)
    assert acme.connection("Orders", "Sales").tags is not None
    # The rollout stopped at the first tenant, or did the one that fails as well: the nightly test needs both.
    globex.set_end("works", "Orders", space="Sales")
    page.try_out("ansible-playbook qlikops.cloud.provision -i inventory")
    globex.set_end("refused", "Orders", space="Sales")
    page.play("Try all tenants every night", fails=True)
    assert not acme.apps
    assert not globex.apps
    page.finish()


def test_expiry(guide: Open) -> None:
    page = guide("expiry")
    page.give_vault_password()
    page.play("Say it in the definition")
    acme = page.tenant("acme")
    kept = {row.name: tag for row in acme.connections.values() for tag in row.tags if "cloud:expires:" in tag}
    assert kept["Weather"] == "qlikops.cloud:expires:2099-12-31"
    assert kept["Orders"].startswith("qlikops.cloud:expires:20")
    assert page.writes() == 6
    page.play("The audit")
    page.play("Who changed it")
    assert page.writes() == 0
    page.finish()
