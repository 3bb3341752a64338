"""The playbook export: what tenants hold, as files that the role reads; applied again they change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator import Emulator, Tenant
from tests.emulator.catalogue import CATALOGUE
from tests.integration.playbooks import Playbooks, Run
from tests.jobs import succeed
from tests.samples import GATEWAY, sample

EXPORT = "qlikops.cloud.export"
PROVISION = "qlikops.cloud.provision"
READ = "Read what the tenant holds"
WRITE = "Write the files of all tenants"
SUMMARY = "What was exported"
APPLIED = "Bring spaces and data connections to their declared state"
KEY = "canary-fingerprint-key-0123456789"
HEADER = "#jinja2:variable_start_string:'[%',variable_end_string:'%]'"
HOSTILE = [
    f"{HEADER}\n[% lookup('pipe', 'touch evaluated') %]",
    "#jinja2:variable_start_string:'<<',variable_end_string:'>>'\n<< 6 * 7 >>",
    "{{ 1 + 1 }}",
    "{% raw %}a",
    "a {# b #} c",
    "${placeholder}",
    "yes",
    "1.0",
    "0123",
    "null",
    "~",
    "2026-11-01",
    " two blanks before",
    "after ",
    'it\'s "quoted" # : - & * ! |',
    "Grüße, 東京 🎉",
    "line one\nline two\n",
    "a\n\n  b {{ c }}\n",
    "\ttab\r\nreturn\u2028",
    "!unsafe x",
    "",
]


class Fleet:
    """Tenants as hosts of the group qlik_tenants."""

    def __init__(self, emulator: Emulator, *names: str) -> None:
        self.tenants: dict[str, Tenant] = {}
        self.hosts: dict[str, dict[str, Any]] = {}
        for name in names:
            self.add(name, emulator.add_tenant({"name": name}))

    def add(self, host: str, tenant: Tenant) -> None:
        tenant.limits.configure(enabled=False)
        self.tenants[host] = tenant
        self.hosts[host] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}

    def inventory(self, **variables: Any) -> dict[str, Any]:
        return {"qlik_tenants": {"hosts": self.hosts, "vars": variables}}

    def reset_logs(self) -> None:
        for tenant in self.tenants.values():
            tenant.reset_log()

    def writes(self) -> int:
        return sum(len(tenant.writes()) for tenant in self.tenants.values())


@pytest.fixture
def fleet(emulator: Emulator) -> Fleet:
    return Fleet(emulator, "t1", "t2", "t3")


def add_orders(tenant: Tenant, host: str = "db.example.com", **keywords: Any) -> None:
    if not any(space.name == "Sales" for space in tenant.spaces.values()):
        tenant.add_space("Sales", "shared")
    properties = {"host": host, "port": "5432", "db": "orders", "username": "qlik", "password": "canary-password"}
    tenant.add_connection("Orders", "postgres", properties, space="Sales", **keywords)


def files_of(folder: Path) -> dict[str, str]:
    """What an export wrote, by path below its folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def export(playbooks: Playbooks, fleet: Fleet, *arguments: str, **variables: Any) -> Run:
    fleet.reset_logs()
    run = playbooks.run(EXPORT, *arguments, inventory=fleet.inventory(), variables=variables)
    assert fleet.writes() == 0
    return run


def apply_export(playbooks: Playbooks, fleet: Fleet, *arguments: str, **variables: Any) -> Run:
    """Provision from the exported folder, used as a second inventory beside the one with the tenants."""
    fleet.reset_logs()
    given = {"qlik_waves": ["100%"], **variables}
    return playbooks.run(PROVISION, "-i", "export", *arguments, inventory=fleet.inventory(), variables=given)


class AsAnsible(yaml.SafeLoader):
    """What is marked as no template is the text that it is."""


def construct_text(loader: yaml.SafeLoader, node: Any) -> str:
    return str(loader.construct_scalar(node))


AsAnsible.add_constructor("!unsafe", construct_text)


def read_definitions(text: str, whose: str = "tenant") -> list[dict[str, Any]]:
    """The definitions of a file, as Ansible reads it."""
    variables = yaml.load(text, Loader=AsAnsible)  # noqa: S506 - it is a safe one
    (name,) = [
        name
        for name in variables
        if name.startswith("qlik_connections_definitions_000_held_") and name.endswith(f"_{whose}")
    ]
    held: list[dict[str, Any]] = variables[name]
    return held


def changes(run: Run, host: str) -> list[Any]:
    return [
        (item["name"], item["changes"]) for item in run.result(APPLIED, host)["results"] if item["action"] != "none"
    ]


def test_an_export_of_every_source_changes_nothing_and_with_secrets_rebuilds_it(
    playbooks: Playbooks, emulator: Emulator
) -> None:
    fleet = Fleet(emulator, "full", "empty")
    full, empty = fleet.tenants.values()
    for tenant in (full, empty):
        tenant.gateways = {"DG_*": [GATEWAY]}
    for space, kind in (("Sales", "shared"), ("Lake", "data")):
        full.add_space(space, kind)
    whole, secrets, lists = [], [], []
    for number, source in enumerate(CATALOGUE.values()):
        properties, hidden = sample(source)
        place = {"name": source.id, "space": ("Sales", "Lake")[number % 2]}
        whole.append({**place, "data_source": source.id, "properties": properties, "secrets": hidden, "tags": ["t"]})
        secrets.append({**place, "secrets": hidden})
        shown = {name: value for name, value in properties.items() if name in ("queryHeaders", "queryParameters")}
        lists += [{**place, "properties": shown}] if shown else []
    succeed("qlik_data_connections", full, {"connections": whole, "fingerprint_key": KEY})

    run = export(playbooks, fleet)
    assert run.returncode == 0, run.output
    exported = files_of(playbooks.folder / "export")
    files = {"host_vars/full/qlik_connections.yml", "host_vars/empty/qlik_connections.yml"}
    assert set(exported) == {*files, "qlik_export_inventory.yml"}
    assert "top-secret" not in run.output + str(exported)
    definitions = read_definitions(exported["host_vars/full/qlik_connections.yml"])
    assert len(definitions) == len(CATALOGUE)
    assert [(one["space"], one["name"].casefold()) for one in definitions] == sorted(
        (one["space"], one["name"].casefold()) for one in definitions
    )

    applied = apply_export(playbooks, fleet, "--limit", "full", qlik_connections_fingerprint_key=KEY)
    assert applied.returncode == 0, applied.output
    assert changes(applied, "full") == []
    assert full.writes() == []

    # On an empty tenant, with a layer that supplies what Qlik doesn't return.
    (playbooks.folder / "export/host_vars/full").rename(playbooks.folder / "export/host_vars/moved")
    (playbooks.folder / "export/host_vars/moved/qlik_connections.yml").rename(
        playbooks.folder / "export/host_vars/empty/qlik_connections.yml"
    )
    layers = {"qlik_connections_definitions_95_secrets": secrets, "qlik_connections_definitions_96_lists": lists}
    rebuilt = apply_export(playbooks, fleet, "--limit", "empty", qlik_connections_fingerprint_key=KEY, **layers)
    assert rebuilt.returncode == 0, rebuilt.output
    assert {space.name: space.type for space in empty.spaces.values()} == {"Sales": "shared", "Lake": "data"}
    for connection in full.connections.values():
        (twin,) = [one for one in empty.connections.values() if one.name == connection.name]
        assert empty.properties_of(twin.id) == full.properties_of(connection.id)
        assert "t" in twin.tags


def test_hostile_texts_survive_the_way_through_ansible(playbooks: Playbooks, emulator: Emulator) -> None:
    fleet = Fleet(emulator, "from", "to")
    source, target = fleet.tenants.values()
    source.add_space("{{ Sales }}", "shared", description=HOSTILE[0])
    for number, text in enumerate(HOSTILE):
        properties = {"host": "h", "db": text, "username": text, "password": "canary-password"}
        source.add_connection(
            f"{number} {{{{ n }}}} ${{x}}",
            "postgres",
            properties,
            space="{{ Sales }}",
            tags=[f"{{{{ t }}}} {number}", text[:80] or "t"],
        )
    assert export(playbooks, fleet).returncode == 0
    folder = playbooks.folder / "export" / "host_vars"
    (folder / "from" / "qlik_connections.yml").rename(folder / "to" / "qlik_connections.yml")
    run = apply_export(playbooks, fleet, "--limit", "to")
    assert run.returncode == 0, run.output
    (space,) = target.spaces.values()
    assert (space.name, space.description) == ("{{ Sales }}", HOSTILE[0])
    assert not list(playbooks.folder.rglob("evaluated"))
    for connection in source.connections.values():
        twin = target.connection(connection.name, "{{ Sales }}")
        held, expected = target.properties_of(twin.id), source.properties_of(connection.id)
        for name in ("db", "username"):
            assert (held.get(name) or "") == (expected.get(name) or "")
        assert set(connection.tags) - set(twin.tags) == set()


def test_a_tenant_costs_a_list_and_one_read_for_each_connection(playbooks: Playbooks, fleet: Fleet) -> None:
    tenant = fleet.tenants["t1"]
    tenant.add_space("Sales", "shared")
    for number in range(120):
        tenant.add_connection(f"C{number}", "postgres", {"host": "h", "db": f"d{number}"}, space="Sales")
    run = export(playbooks, fleet, "--limit", "t1")
    assert run.returncode == 0, run.output
    kinds = [entry.path.count("/") for entry in tenant.log if "/data-connections" in entry.path]
    assert len(kinds) == 2 + 120
    assert len(tenant.log) <= 2 + 120 + 4
    assert len([line for line in run.results if line["host"] == "t1"]) == 4


def test_a_second_export_writes_nothing(playbooks: Playbooks, fleet: Fleet) -> None:
    for tenant in fleet.tenants.values():
        add_orders(tenant)
    first = export(playbooks, fleet)
    assert first.result(WRITE)["changed"] is True
    assert [line.split(",")[0] for line in first.result(SUMMARY)["msg"]] == [
        f"{name}: 1 connection" for name in fleet.hosts
    ]
    paths = list((playbooks.folder / "export").rglob("*.yml"))
    before = [(path.stat().st_mtime_ns, path.stat().st_ino) for path in paths]
    second = export(playbooks, fleet)
    assert second.result(WRITE)["changed"] is False
    assert [(path.stat().st_mtime_ns, path.stat().st_ino) for path in paths] == before
    assert second.result(SUMMARY)["msg"] == ["t1, t2, t3: as the files say already (15 requests)"]


def test_check_mode_and_diff_tell_the_truth(playbooks: Playbooks, fleet: Fleet) -> None:
    add_orders(fleet.tenants["t1"])
    foreseen = export(playbooks, fleet, "--check", "--diff", "--limit", "t1")
    assert not (playbooks.folder / "export").exists()
    assert foreseen.result(WRITE)["changed"] is True
    assert foreseen.result(SUMMARY)["msg"][0].startswith("Check mode: nothing was written.")
    assert foreseen.result(SUMMARY)["msg"][1].endswith("to write (5 requests)")
    done = export(playbooks, fleet, "--diff", "--limit", "t1")
    assert done.result(WRITE)["diff"] == foreseen.result(WRITE)["diff"]
    (difference,) = done.result(WRITE)["diff"]
    assert difference["before"] == ""
    assert difference["after"] == (playbooks.folder / "export/host_vars/t1/qlik_connections.yml").read_text()
    assert "canary" not in foreseen.output + done.output


def test_it_reads_as_if_a_person_had_written_it(playbooks: Playbooks, fleet: Fleet) -> None:
    tenant = fleet.tenants["t1"]
    tenant.add_space("Sales", "shared")
    store = {
        "region": "eu-west-1",
        "bucketName": "orders: all",
        "secretKey": "canary-secret",
        "accessKey": "canary-access",
    }
    tenant.add_connection("Store", "File_AmazonS3ConnectorV2", store, space="Sales", tags=["nightly"])
    tenant.add_connection("api", "rest", {"url": "https://api.example?key=canary-key", "timeout": "30"}, space="Sales")
    run = export(playbooks, fleet, "--limit", "t1")
    assert run.returncode == 0
    text = (playbooks.folder / "export/host_vars/t1/qlik_connections.yml").read_text()
    assert "canary" not in text + run.output
    head, api, store_text = text.split("  # Not managed yet.\n")
    assert head == (
        "---\n"
        "# Written by qlikops.cloud.qlik_definitions_files. The next export replaces this file, unless this line is"
        " taken out.\n"
        "# What t1 holds.\n"
        "# What is not managed yet gets the tag qlikops.cloud:managed when this is applied. Nothing else of it"
        " changes.\n"
        "qlik_connections_spaces_000_held_export_tenant:\n"
        "  - name: !unsafe 'Sales'\n"
        "    type: !unsafe 'shared'\n"
        "qlik_connections_definitions_000_held_export_tenant:\n"
    )
    assert api.startswith(
        "  - name: !unsafe 'api'\n    space: !unsafe 'Sales'\n    data_source: !unsafe 'rest'\n    properties:\n"
    )
    assert "      timeout: '30'\n" in api
    assert (
        "      # Not whole: supply what is masked, then take the # away.\n      # url: !unsafe"
        " 'https://api.example?key=********'\n" in api
    )
    assert "t1: NOT in the file: url of connection 'api' in space 'Sales'" in run.result(SUMMARY)["msg"]
    assert "    # Left out, since Qlik doesn't show all of it or it holds a secret: url\n    # secrets:" in api
    assert store_text == (
        "  - name: !unsafe 'Store'\n"
        "    space: !unsafe 'Sales'\n"
        "    data_source: !unsafe 'File_AmazonS3ConnectorV2'\n"
        "    properties:\n"
        "      region: !unsafe 'eu-west-1'\n"
        "      bucketName: !unsafe 'orders: all'\n"
        "    # secrets:  # Qlik doesn't return them. Supply those that this connection uses.\n"
        '    #   accessKey: "{{ vault_store_accesskey }}"\n'
        '    #   secretKey: "{{ vault_store_secretkey }}"\n'
        "    tags:\n"
        "      - !unsafe 'nightly'\n"
    )


def test_applying_an_export_adopts_and_changes_nothing_else(playbooks: Playbooks, fleet: Fleet) -> None:
    tenant = fleet.tenants["t1"]
    add_orders(tenant)
    orders = tenant.connection("Orders", "Sales")
    before, secrets = dict(tenant.properties_of(orders.id)), tenant.secrets_of(orders.id)
    export(playbooks, fleet, "--limit", "t1")
    adopted = apply_export(playbooks, fleet, "--limit", "t1")
    assert adopted.returncode == 0, adopted.output
    assert "qlikops.cloud:managed" in tenant.connection("Orders", "Sales").tags
    assert len(tenant.writes()) == 1
    assert tenant.properties_of(orders.id) == before
    assert tenant.secrets_of(orders.id) == secrets
    again = apply_export(playbooks, fleet, "--limit", "t1")
    assert changes(again, "t1") == []
    managed = export(playbooks, fleet, "--limit", "t1", qlik_export_managed="yes")
    assert managed.returncode == 0, managed.output
    assert "ot managed yet" not in (playbooks.folder / "export/host_vars/t1/qlik_connections.yml").read_text()


@pytest.mark.parametrize(("managed", "names"), [("yes", ["Mine"]), ("no", ["Theirs"]), ("any", ["Mine", "Theirs"])])
def test_what_is_exported_can_be_narrowed(playbooks: Playbooks, fleet: Fleet, managed: str, names: list[str]) -> None:
    tenant = fleet.tenants["t1"]
    for space in ("Sales", "Other"):
        tenant.add_space(space, "shared")
    tenant.add_connection("Mine", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    tenant.add_connection("Theirs", "postgres", {"host": "h"}, space="Sales")
    tenant.add_connection("Elsewhere", "postgres", {"host": "h"}, space="Other", tags=["qlikops.cloud:managed"])
    run = export(
        playbooks,
        fleet,
        "--limit",
        "t1",
        qlik_export_managed=managed,
        qlik_export_space="Sales",
        qlik_export_directory="out/here",
    )
    assert run.returncode == 0, run.output
    text = (playbooks.folder / "out/here/host_vars/t1/qlik_connections.yml").read_text()
    assert [one["name"] for one in read_definitions(text)] == names


def test_a_tenant_that_fails_stops_no_other_and_its_file_stays(playbooks: Playbooks, fleet: Fleet) -> None:
    for tenant in fleet.tenants.values():
        add_orders(tenant)
    export(playbooks, fleet)
    held = files_of(playbooks.folder / "export")
    for tenant in fleet.tenants.values():
        tenant.edit_connection(tenant.connection("Orders", "Sales").id, properties={"host": "new.example.com"})
    fleet.hosts["t1"]["qlik_access_token"] = "canary-wrong-key"
    run = export(playbooks, fleet, "-vvv")
    assert run.returncode == 2
    now = files_of(playbooks.folder / "export")
    assert {path for path in held if held[path] != now[path]} == {
        f"host_vars/{name}/qlik_connections.yml" for name in ("t2", "t3")
    }
    (failure,) = [line for line in run.result(SUMMARY)["msg"] if line.startswith("t1: FAILED")]
    assert failure.startswith("t1: FAILED, its file was left as it is: ")
    assert run.statuses("Count the tenant as failed") == {"t1": "failed"}
    assert "canary" not in run.output


def test_when_no_tenant_can_be_read_it_says_so(playbooks: Playbooks, fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        host["qlik_access_token"] = "canary-wrong-key"
    run = export(playbooks, fleet)
    assert run.returncode == 2
    assert "No tenant could be read, so nothing was written." in run.stdout
    assert not (playbooks.folder / "export").exists()


def test_what_somebody_wrote_is_never_replaced_or_removed(playbooks: Playbooks, fleet: Fleet) -> None:
    add_orders(fleet.tenants["t1"])
    mine = playbooks.write("export/host_vars/t1/qlik_connections.yml", "# mine\n")
    other = playbooks.write("export/host_vars/gone/qlik_connections.yml", "# of a tenant that is no more\n")
    run = export(playbooks, fleet)
    assert run.returncode == 2
    assert f"{mine} was not written by an export" in run.result("Stop if a file could not be written")["msg"]
    assert (mine.read_text(), other.read_text()) == ("# mine\n", "# of a tenant that is no more\n")
    assert (playbooks.folder / "export/host_vars/t2/qlik_connections.yml").exists()


def test_waves_write_the_same_files(playbooks: Playbooks, fleet: Fleet) -> None:
    for tenant in fleet.tenants.values():
        add_orders(tenant)
    export(playbooks, fleet)
    run = export(playbooks, fleet, qlik_waves=[1, "100%"])
    assert run.returncode == 0, run.output
    assert [line["result"]["changed"] for line in run.results if line["task"].endswith(WRITE)] == [False, False]


def test_a_layered_export_says_once_what_all_have_in_common(playbooks: Playbooks, fleet: Fleet) -> None:
    for number, tenant in enumerate(fleet.tenants.values()):
        add_orders(tenant, host="own.example.com" if number == 2 else "db.example.com", tags=["qlikops.cloud:managed"])
        tenant.add_connection(
            "Same", "postgres", {"host": "h", "db": "{{ d }}"}, space="Sales", tags=["qlikops.cloud:managed"]
        )
    fleet.tenants["t2"].add_connection("Only", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    run = export(playbooks, fleet, qlik_export_common=True)
    assert run.returncode == 0, run.output
    exported = files_of(playbooks.folder / "export")
    text = exported["group_vars/qlik_tenants/qlik_connections.yml"]
    assert (
        "\nqlik_connections_spaces_000_held_export_all:\n  - name: !unsafe 'Sales'\n    type: !unsafe 'shared'\n"
        in text
    )
    assert "\nqlik_connections_definitions_000_held_export_all:\n  - name: !unsafe 'Orders'\n" in text
    assert "    #   password: \"{{ vault_orders_password }}\"\n  - name: !unsafe 'Same'\n" in text
    assert "      db: !unsafe '{{ d }}'\n" in text
    orders, same = read_definitions(text, "all")
    assert "host" not in orders["properties"]
    assert same["properties"]["host"] == "h"
    assert read_definitions(exported["host_vars/t3/qlik_connections.yml"]) == [
        {"name": "Orders", "space": "Sales", "properties": {"host": "own.example.com"}}
    ]
    assert [one["name"] for one in read_definitions(exported["host_vars/t2/qlik_connections.yml"])] == [
        "Only",
        "Orders",
    ]
    assert run.result(SUMMARY)["msg"][0].startswith("all tenants: 2 connections in common, ")

    adopted = apply_export(playbooks, fleet)
    assert adopted.returncode == 0, adopted.output
    assert {change for name in fleet.hosts for _name, lines in changes(adopted, name) for change in lines} == {
        "user name: remembered in a tag"
    }
    applied = apply_export(playbooks, fleet)
    assert applied.returncode == 0, applied.output
    assert fleet.writes() == 0
    assert [applied.result(APPLIED, name)["summary"]["unchanged"] for name in fleet.hosts] == [2, 3, 2]
    again = export(playbooks, fleet, qlik_export_common=True)
    assert again.result(WRITE)["changed"] is False


def test_a_layered_export_needs_every_tenant(playbooks: Playbooks, fleet: Fleet) -> None:
    for tenant in fleet.tenants.values():
        add_orders(tenant)
    for arguments in (["--limit", "t1,t2"], []):
        run = export(playbooks, fleet, *arguments, qlik_export_common=True)
        assert run.returncode == 2
        assert "Not read: t3." in run.result("Stop if a file could not be written")["msg"]
        assert not (playbooks.folder / "export").exists()
        fleet.hosts["t3"]["qlik_access_token"] = "canary-wrong-key"


def test_common_definitions_never_count_beside_files_that_hold_everything(playbooks: Playbooks, fleet: Fleet) -> None:
    for tenant in fleet.tenants.values():
        add_orders(tenant)
    export(playbooks, fleet, qlik_export_common=True)
    before = files_of(playbooks.folder / "export")
    run = export(playbooks, fleet)
    assert run.returncode == 2
    assert (
        "what tenants have in common, by an earlier export" in run.result("Stop if a file could not be written")["msg"]
    )
    assert files_of(playbooks.folder / "export") == before


def test_the_role_checks_its_variables(playbooks: Playbooks, fleet: Fleet) -> None:
    play = [
        {
            "name": "Role",
            "hosts": "all",
            "gather_facts": False,
            "connection": "local",
            "roles": ["qlikops.cloud.qlik_export"],
        }
    ]
    run = playbooks.run(play, inventory=fleet.inventory(), variables={"qlik_export_managed": "maybe"})
    assert run.returncode == 2
    assert "value of qlik_export_managed must be one of" in run.output
    assert not any(tenant.log for tenant in fleet.tenants.values())


def test_a_host_that_is_no_name_of_a_folder_gets_one_of_its_own(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.hosts["t1/x%"] = fleet.hosts.pop("t1")
    run = export(playbooks, fleet)
    assert run.returncode == 0, run.output
    assert (playbooks.folder / "export/host_vars/t1%2Fx%25/qlik_connections.yml").exists()
    assert "Rename these hosts." in run.stderr


def test_no_file_takes_the_place_of_one_that_somebody_wrote(playbooks: Playbooks, fleet: Fleet) -> None:
    """Of a folder t1 and a file t1.yml Ansible reads the former; and two hosts whose folder is one would get each
    other's connections.
    """
    own = playbooks.write("export/host_vars/t1.yml", "mine: 1\n")
    common = playbooks.write("export/group_vars/qlik_tenants.yml", "mine: 1\n")
    fleet.hosts["t3.yml"] = {**fleet.hosts["t2"]}
    fleet.hosts["t4"] = {**fleet.hosts["t2"]}
    (playbooks.folder / "export/host_vars/t4").symlink_to("t2")
    run = export(playbooks, fleet)
    assert run.returncode == 2
    error = run.result("Stop if a file could not be written")["msg"]
    assert f"from reading {own}" in error
    assert "host_vars/t2/qlik_connections.yml is the same file as" in error
    assert "host_vars/t4/qlik_connections.yml is the same file as" in error
    assert {path.name for path in (playbooks.folder / "export/host_vars").iterdir()} == {
        "t1.yml",
        "t3",
        "t3%2Eyml",
        "t4",
    }
    layered = export(playbooks, fleet, qlik_export_common=True)
    assert layered.returncode == 2
    assert f"from reading {common}" in layered.result("Stop if a file could not be written")["msg"]
