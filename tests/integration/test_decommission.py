"""The playbook decommission: it removes what is managed from named tenants only, and leaves a way back."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.integration.playbooks import Playbooks, Run

DECOMMISSION = "qlikops.cloud.decommission"
PROVISION = "qlikops.cloud.provision"
DELETE = "Delete what is managed, now that there is a way back"
WRITE = "Write the way back"
SUMMARY = "What was removed"
REFUSED = {"kind": "status", "status": 403, "match": {"path": "/data-connections"}, "times": None}
KEY = "canary-fingerprint-key-0123456789"
PASSWORD = "canary-password"
MANAGED: list[dict[str, Any]] = [
    {
        "name": name,
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": name.lower(), "username": "qlik"},
        "secrets": {"password": PASSWORD},
        "tags": ["nightly"],
    }
    for name in ("Orders", "Returns {{ x }}")
]


class Fleet:
    """Tenants t1 to t3, each with two managed connections and one that somebody made by hand."""

    def __init__(self, emulator: Emulator) -> None:
        self.tenants: dict[str, Tenant] = {name: emulator.add_tenant({"name": name}) for name in ("t1", "t2", "t3")}
        self.hosts: dict[str, dict[str, Any]] = {}
        for name, tenant in self.tenants.items():
            self.hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
            tenant.add_space("Sales", "shared")
            for one in MANAGED:
                properties = {**one["properties"], **one["secrets"]}
                tenant.add_connection(
                    one["name"], "postgres", properties, space="Sales", tags=["nightly", "qlikops.cloud:managed"]
                )
            tenant.add_connection("By hand", "postgres", {"host": "h"}, space="Sales")

    def inventory(self) -> dict[str, Any]:
        return {"qlik_tenants": {"hosts": self.hosts}}

    def names(self, host: str) -> set[str]:
        return {connection.name for connection in self.tenants[host].connections.values()}


@pytest.fixture
def fleet(emulator: Emulator) -> Fleet:
    return Fleet(emulator)


ALL = {"Orders", "Returns {{ x }}", "By hand"}


def decommission(playbooks: Playbooks, fleet: Fleet, *arguments: str, **variables: Any) -> Run:
    given = {"qlik_decommission_directory": "back", **variables}
    return playbooks.run(DECOMMISSION, *arguments, inventory=fleet.inventory(), variables=given)


@pytest.mark.parametrize(
    ("hosts", "reason"),
    [
        (None, "name the tenants in qlik_hosts"),
        ([], "name the tenants in qlik_hosts"),
        ("", "name the tenants in qlik_hosts"),
        ("all", "'all' is a group"),
        ("qlik_tenants", "'qlik_tenants' is a group"),
        (["t1", "qlik_tenants"], "'qlik_tenants' is a group"),
        ("t*", "'t*' is a pattern"),
        ("t1:t2", "'t1:t2' is a pattern"),
        ("~t[12]", "'~t[12]' is a pattern"),
        (["!t1"], "'!t1' is a pattern"),
        ("t1,t4", "'t4' isn't in the inventory"),
    ],
)
def test_what_is_not_named_is_refused_before_anything_is_read(
    playbooks: Playbooks, fleet: Fleet, hosts: Any, reason: str
) -> None:
    variables = {"qlik_confirm": "decommission t1"} | ({} if hosts is None else {"qlik_hosts": hosts})
    run = decommission(playbooks, fleet, **variables)
    assert run.returncode != 0
    assert reason in run.output
    assert not any(tenant.log for tenant in fleet.tenants.values())


@pytest.mark.parametrize("confirm", [None, "", "yes", "decommission t1", "decommission t1, t2", "decommission t2,t1"])
def test_without_the_phrase_nothing_is_read_and_the_error_says_it(
    playbooks: Playbooks, fleet: Fleet, confirm: str | None
) -> None:
    run = decommission(
        playbooks, fleet, qlik_hosts=["t2", "t1"], **({} if confirm is None else {"qlik_confirm": confirm})
    )
    assert run.returncode != 0
    assert "-e 'qlik_confirm=\"decommission t2, t1\"'" in " ".join(run.output.split())
    assert not any(tenant.log for tenant in fleet.tenants.values())
    assert not (playbooks.folder / "back").exists()


def test_it_removes_what_is_managed_from_the_named_tenants_and_the_way_back_works(
    playbooks: Playbooks, fleet: Fleet
) -> None:
    before = {
        connection.name: (connection.space, fleet.tenants["t1"].properties_of(connection.id))
        for connection in fleet.tenants["t1"].connections.values()
    }
    run = decommission(playbooks, fleet, qlik_hosts="t1, t2", qlik_confirm="decommission t1, t2")
    assert run.returncode == 0, run.output
    assert (fleet.names("t1"), fleet.names("t2"), fleet.names("t3")) == ({"By hand"}, {"By hand"}, ALL)
    assert fleet.tenants["t3"].log == []
    assert [space.name for space in fleet.tenants["t1"].spaces.values()] == ["Sales"]
    assert [len(fleet.tenants[name].writes()) for name in ("t1", "t2")] == [1, 1]
    lines = run.result(SUMMARY)["msg"]
    path = playbooks.folder / "back/host_vars/t1/qlik_connections.yml"
    assert lines[0].startswith("t1: 2 connections deleted (")
    assert lines[1] == f"  the way back is in {path}"
    assert lines[-1].startswith("Spaces were left as they are")
    assert "canary" not in run.output + path.read_text()

    secrets = [{"name": one["name"], "space": "Sales", "secrets": {"password": PASSWORD}} for one in MANAGED]
    # The name of the second looks like a template, so it's given as Ansible reads it from a file.
    text = "qlik_connections_definitions_95_secrets:\n" + "".join(
        f"  - {{name: !unsafe {one['name']!r}, space: Sales, secrets: {{password: {PASSWORD}}}}}\n" for one in secrets
    )
    playbooks.write("back/group_vars/all.yml", text + f"qlik_connections_fingerprint_key: {KEY}\n")
    back = playbooks.run(PROVISION, "-i", "back", "--limit", "t1", inventory=fleet.inventory())
    assert back.returncode == 0, back.output
    assert before == {
        connection.name: (connection.space, fleet.tenants["t1"].properties_of(connection.id))
        for connection in fleet.tenants["t1"].connections.values()
    }
    assert "nightly" in fleet.tenants["t1"].connection("Orders", "Sales").tags


def test_check_mode_shows_what_would_go(playbooks: Playbooks, fleet: Fleet) -> None:
    run = decommission(playbooks, fleet, "--check", "--diff", qlik_hosts=["t1"], qlik_confirm="decommission t1")
    assert run.returncode == 0, run.output
    assert fleet.names("t1") == ALL
    assert fleet.tenants["t1"].writes() == []
    assert not (playbooks.folder / "back").exists()
    assert run.result(SUMMARY)["msg"][1].startswith("t1: 2 connections to delete (")
    assert {item["name"] for item in run.result(DELETE)["results"]} == {"Orders", "Returns {{ x }}"}
    assert "canary" not in run.output


def test_nothing_is_deleted_without_a_way_back(playbooks: Playbooks, fleet: Fleet) -> None:
    playbooks.write("back/host_vars/t1/qlik_connections.yml", "# mine\n")
    run = decommission(playbooks, fleet, qlik_hosts=["t1", "t2"], qlik_confirm="decommission t1, t2")
    assert run.returncode == 2
    assert (fleet.names("t1"), fleet.names("t2")) == (ALL, {"By hand"})
    assert run.result(SUMMARY)["msg"][0].startswith("t1: FAILED, nothing was deleted: There is no way back. ")


def test_a_file_of_an_earlier_run_is_never_replaced(playbooks: Playbooks, fleet: Fleet) -> None:
    named = {"qlik_hosts": ["t1"], "qlik_confirm": "decommission t1"}
    decommission(playbooks, fleet, **named)
    path = playbooks.folder / "back/host_vars/t1/qlik_connections.yml"
    first = path.read_text()
    again = decommission(playbooks, fleet, **named)
    assert again.returncode == 0, again.output
    assert again.result(SUMMARY)["msg"][0].startswith("t1: nothing is managed that could be deleted (")
    assert path.read_text() == first
    fleet.tenants["t1"].add_connection("New", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    third = decommission(playbooks, fleet, **named)
    assert third.returncode == 2
    assert path.read_text() == first
    assert "New" in fleet.names("t1")
    elsewhere = decommission(playbooks, fleet, **named, qlik_decommission_directory="")
    assert elsewhere.returncode == 0, elsewhere.output
    assert "New" not in fleet.names("t1")
    assert len(list(playbooks.folder.glob("decommission-*/host_vars/t1/qlik_connections.yml"))) == 1


def test_more_than_may_go_stops_that_tenant(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.hosts["t1"]["qlik_decommission_max"] = 1
    run = decommission(playbooks, fleet, qlik_hosts=["t1", "t2"], qlik_confirm="decommission t1, t2")
    assert run.returncode == 2
    assert (fleet.names("t1"), fleet.names("t2")) == (ALL, {"By hand"})
    message = "2 connections are managed here, more than qlik_decommission_max (1) allows."
    assert run.result(SUMMARY)["msg"][0] == f"t1: FAILED, nothing was deleted: {message}"


def test_a_tenant_that_fails_stops_no_other(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.hosts["t1"]["qlik_access_token"] = "canary-wrong-key"
    fleet.tenants["t2"].add_fault(
        "status", match={"method": "POST|DELETE", "path": "data-connections"}, status=403, times=None
    )
    run = decommission(playbooks, fleet, "-vvv", qlik_hosts=["t1", "t2", "t3"], qlik_confirm="decommission t1, t2, t3")
    assert run.returncode == 2
    assert (fleet.names("t1"), fleet.names("t2"), fleet.names("t3")) == (ALL, ALL, {"By hand"})
    text = "\n".join(run.result(SUMMARY)["msg"])
    assert "t1: FAILED, nothing was deleted: " in text
    assert "t2: FAILED, 0 connections deleted: " in text
    assert "t3: 2 connections deleted (" in text
    assert run.statuses("Count the tenant as failed, if it did") == {"t1": "failed", "t2": "failed", "t3": "ok"}
    assert "canary" not in run.output


def test_what_stays_is_named(playbooks: Playbooks, fleet: Fleet) -> None:
    tenant = fleet.tenants["t1"]
    somebody = tenant.add_user("somebody")
    tags = ["qlikops.cloud:managed"]
    tenant.add_connection("Theirs", "postgres", {"host": "h"}, owner="somebody", tags=tags)
    separate = {
        "host": "h",
        "username": "u",
        "password": PASSWORD,
        "separateCredentials": "true",
        "credentialsName": "svc",
    }
    own = tenant.add_connection("Separate", "postgres", separate, space="Sales", tags=tags)
    run = decommission(playbooks, fleet, qlik_hosts=["t1"], qlik_confirm="decommission t1")
    assert run.returncode == 0, run.output
    assert fleet.names("t1") == {"By hand", "Theirs"}
    assert own.credentials_id in tenant.credentials
    lines = run.result(SUMMARY)["msg"]
    assert f"  left: the separate credentials {own.credentials_id} of connection 'Separate'" in lines
    assert f"  left: connection 'Theirs' in the personal space of user {somebody.id}" in lines


def test_what_the_error_says_works_when_it_is_copied(playbooks: Playbooks, fleet: Fleet) -> None:
    refused = playbooks.run(DECOMMISSION, "-e", "qlik_hosts=t1,t3", inventory=fleet.inventory())
    said = re.search(r"-e 'qlik_confirm=[^']+'", " ".join(refused.output.split()))
    assert said, refused.output
    run = playbooks.run(DECOMMISSION, "-e", "qlik_hosts=t1,t3", *shlex.split(said.group()), inventory=fleet.inventory())
    assert run.returncode == 0, run.output
    assert (fleet.names("t1"), fleet.names("t2"), fleet.names("t3")) == ({"By hand"}, ALL, {"By hand"})


def test_the_role_checks_its_variables(playbooks: Playbooks, fleet: Fleet) -> None:
    play = [
        {
            "name": "Role",
            "hosts": "t1",
            "gather_facts": False,
            "connection": "local",
            "roles": ["qlikops.cloud.qlik_decommission"],
        }
    ]
    run = playbooks.run(play, inventory=fleet.inventory(), variables={"qlik_decommission_max": "some"})
    assert run.returncode == 2
    assert "qlik_decommission_max" in run.output
    assert not fleet.tenants["t1"].log


def test_what_the_way_back_cannot_hold_is_not_deleted_unless_told_to(playbooks: Playbooks, fleet: Fleet) -> None:
    tenant = fleet.tenants["t1"]
    managed = ["qlikops.cloud:managed"]
    url = "https://api.example/v1?dataset=sales&api_key=canary-key"
    tenant.add_connection("Weather", "rest", {"url": url}, space="Sales", tags=managed)
    odbc = tenant.add_connection("Odbc", "postgres", {"host": "h"}, space="Sales", tags=managed)
    odbc.properties = {**odbc.properties, "Pwd": "canary-pwd"}
    named = {"qlik_hosts": ["t1", "t2"], "qlik_confirm": "decommission t1, t2"}
    refused = decommission(playbooks, fleet, **named)
    assert refused.returncode == 2
    assert (fleet.names("t1"), fleet.names("t2")) == ({*ALL, "Weather", "Odbc"}, {"By hand"})
    said = refused.result(SUMMARY)["msg"][0]
    assert said.startswith("t1: FAILED, nothing was deleted: The way back doesn't hold everything. Missing from it: ")
    missing = ["Pwd of connection 'Odbc' in space 'Sales'", "url of connection 'Weather' in space 'Sales'"]
    assert all(one in said for one in missing)
    assert "-e qlik_decommission_incomplete=true" in said
    told = decommission(playbooks, fleet, **named, qlik_decommission_incomplete=True)
    assert told.returncode == 0, told.output
    assert "skipping:" not in told.stdout, "also where there is nothing to delete"
    assert told.result(DELETE, "t2")["requests"]["reads"] == 0
    assert not told.result(DELETE, "t2").get("warnings")
    assert fleet.names("t1") == {"By hand"}
    assert {f"  NOT in the way back: {one}" for one in missing} <= set(told.result(SUMMARY)["msg"])
    text = (playbooks.folder / "back/host_vars/t1/qlik_connections.yml").read_text()
    assert "# url: !unsafe 'https://api.example/v1?dataset=********&api_key=********'\n" in text
    assert '    #   Pwd: "{{ vault_odbc_pwd }}"\n' in text
    assert "canary" not in refused.output + told.output + text


def write_layers(playbooks: Playbooks, fleet: Fleet) -> None:
    """An inventory like that of docs/layout.md: something for all, and a tenant's own layer that takes a connection
    away.
    """
    orders = {"name": "Orders", "space": "Sales", "data_source": "postgres"}
    for_all = {
        "qlik_connections_fingerprint_key": KEY,
        "qlik_connections_definitions_00_all": [
            {
                **orders,
                "properties": {"host": "db.example.com", "db": "orders", "username": "qlik_reader"},
                "secrets": {"password": PASSWORD},
            },
            {
                "name": "Weather",
                "space": "Sales",
                "data_source": "rest",
                "properties": {"url": "https://weather.example"},
            },
        ],
    }
    own = {
        "qlik_connections_spaces": [{"name": "Sales", "description": "of t1"}, {"name": "Archive", "type": "managed"}],
        "qlik_connections_definitions_90_tenant": [
            {"name": "Orders", "space": "Sales", "properties": {"db": "t1_orders"}},
            {"name": "Weather", "space": "Sales", "state": "absent"},
        ],
    }
    playbooks.write("inventory/tenants.yml", fleet.inventory())
    playbooks.write("inventory/group_vars/qlik_tenants/connections.yml", for_all)
    playbooks.write("inventory/host_vars/t1/connections.yml", own)


def held_by(tenant: Tenant) -> dict[str, dict[str, str]]:
    return {
        one.name: {name: one.properties.get(name, "") for name in ("host", "db")} for one in tenant.connections.values()
    }


def test_a_way_back_and_an_export_are_merged_with_the_layers_of_the_inventory(
    playbooks: Playbooks, fleet: Fleet
) -> None:
    tenant = fleet.tenants["t1"]
    write_layers(playbooks, fleet)
    tags = ["qlikops.cloud:managed"]
    tenant.add_connection("Weather", "rest", {"url": "https://weather.example"}, space="Sales", tags=tags)
    tenant.add_space("Lake", "shared")
    tenant.add_connection("Only there", "postgres", {"host": "h", "db": "d"}, space="Lake", tags=tags)
    # By hand: a declared password must not go there.
    tenant.edit_connection(tenant.connection("Orders", "Sales").id, properties={"host": "hand.example.com"})
    environment = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}

    exported = playbooks.run("qlikops.cloud.export", "--limit", "t1", inventory="inventory", environment=environment)
    assert exported.returncode == 0, exported.output
    named = {"qlik_hosts": "t1", "qlik_confirm": "decommission t1", "qlik_decommission_directory": "way-back"}
    gone = playbooks.run(DECOMMISSION, inventory="inventory", variables=named, environment=environment)
    assert gone.returncode == 0, gone.output
    assert fleet.names("t1") == {"By hand"}
    for space in [space for space in tenant.spaces.values() if space.name == "Lake"]:
        del tenant.spaces[space.id]

    # In whichever order they are given: names that differ are merged, and what the inventory declares counts.
    back = ["-i", "way-back", "-i", "export", "-i", "inventory"]
    restored = playbooks.run(
        PROVISION, *back[:2], *back[4:], "--limit", "t1", inventory="export", environment=environment
    )
    assert restored.returncode == 0, restored.output
    assert held_by(tenant) == {
        "By hand": {"host": "h", "db": ""},
        "Orders": {"host": "db.example.com", "db": "t1_orders"},
        "Returns {{ x }}": {"host": "db.example.com", "db": "returns {{ x }}"},
        "Only there": {"host": "h", "db": "d"},
    }
    described = {space.name: space.description for space in tenant.spaces.values()}
    assert described == {"Sales": "of t1", "Archive": "", "Lake": ""}
    assert [entry for entry in tenant.writes() if "hand.example.com" in str(entry.body)] == []
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": PASSWORD}


def test_a_way_back_of_the_first_version_is_still_read(playbooks: Playbooks, fleet: Fleet) -> None:
    """0.1.0 wrote its definitions into qlik_connections_definitions_90_tenant, its spaces into
    qlik_connections_spaces.
    """
    text = (
        "---\n# Written by qlikops.cloud.qlik_definitions_files. The next export replaces this file, unless this line"
        " is taken out.\n"
        "# What t1 holds.\nqlik_connections_spaces:\n  - name: Old\n    type:"
        " shared\nqlik_connections_definitions_90_tenant:\n"
        "  - name: plain\n    space: Old\n    data_source: postgres\n    properties:\n      host: db.example.com\n"
        "  - name: !unsafe '{{ x }}'\n    space: Old\n    data_source: postgres\n    properties:\n      host: !unsafe"
        " '{{ h }}'\n"
    )
    playbooks.write("back/host_vars/t1/qlik_connections.yml", text)
    run = playbooks.run(PROVISION, "-i", "back", "--limit", "t1", inventory=fleet.inventory())
    assert run.returncode == 0, run.output
    assert fleet.names("t1") == {*ALL, "plain", "{{ x }}"}
    assert fleet.tenants["t1"].connection("{{ x }}", "Old").properties["host"] == "{{ h }}"


def test_nothing_is_deleted_that_could_not_be_made_anew(playbooks: Playbooks, fleet: Fleet) -> None:
    """A definition that is refused keeps a whole way back from being used."""
    fleet.tenants["t1"].add_connection(
        "Orders ", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"]
    )
    fleet.tenants["t2"].add_connection(
        "Tags", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed", " "]
    )
    run = decommission(playbooks, fleet, qlik_hosts="t1,t2,t3", qlik_confirm="decommission t1, t2, t3")
    assert run.returncode == 2
    assert fleet.names("t1") == {*ALL, "Orders "}
    assert fleet.names("t2") == {*ALL, "Tags"}
    assert fleet.names("t3") == {"By hand"}
    lines = " ".join(run.result(SUMMARY)["msg"])
    assert "name of connection 'Orders ' in space 'Sales'" in lines
    assert "tags of connection 'Tags' in space 'Sales'" in lines
    assert (
        "# Can't be declared as Qlik has it"
        in (playbooks.folder / "back/host_vars/t2/qlik_connections.yml").read_text()
    )


def test_what_changes_after_it_was_written_is_not_deleted(playbooks: Playbooks, fleet: Fleet) -> None:
    """In a large fleet minutes go by between the reading of a tenant and the deletions."""
    changed, gone = fleet.tenants["t1"], fleet.tenants["t2"]

    def edit(_entry: LogEntry, _answer: Answer | None) -> None:
        changed.edit_connection(changed.connection("Orders", "Sales").id, properties={"host": "other.example.com"})

    # The last that is read of a tenant.
    changed.add_hook("after", edit, match={"path": "/data-sources/postgres"})
    gone.add_hook("after", lambda _entry, _answer: gone.set_faults([REFUSED]), match={"path": "/data-sources/postgres"})
    run = decommission(playbooks, fleet, qlik_hosts="t1,t2,t3", qlik_confirm="decommission t1, t2, t3")
    assert run.returncode == 2
    assert [fleet.names(host) for host in ("t1", "t2", "t3")] == [ALL, ALL, {"By hand"}]
    lines = "\n".join(run.result(SUMMARY)["msg"])
    assert "Connections were changed after they were read" in lines
    assert "answered with 403" in lines
    assert "nothing is managed" not in lines
    again = decommission(
        playbooks, fleet, qlik_hosts="t1", qlik_confirm="decommission t1", qlik_decommission_directory="back2"
    )
    assert again.returncode == 0, again.output
    assert "other.example.com" in (playbooks.folder / "back2/host_vars/t1/qlik_connections.yml").read_text()
