"""The role qlik_connections and the playbook provision, run as a user runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run

TASK = "Bring spaces and data connections to their declared state"
SUMMARY = "What came back from this wave"
WHAT_FAILED = "What failed in this wave"
KEY = "canary-fingerprint-key-0123456789"
PASSWORD = "canary-password-of-all"
PROVISION = "qlikops.cloud.provision"
BARE_ROLE = {"name": "qlikops.cloud.qlik_connections"}
ROLE: list[dict[str, Any]] = [
    {
        "name": "Role",
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "tasks": [{"name": "Role", "ansible.builtin.import_role": BARE_ROLE}],
    }
]
FOR_ALL: dict[str, Any] = {
    "qlik_connections_fingerprint_key": KEY,
    "qlik_connections_spaces": [{"name": "Sales"}],
    "qlik_connections_definitions_00_all": [
        {
            "name": "Orders",
            "space": "Sales",
            "data_source": "postgres",
            "properties": {"host": "db.example.com", "port": 5432, "db": "orders", "username": "qlik"},
            "secrets": {"password": PASSWORD},
        },
        {
            "name": "Weather",
            "space": "Sales",
            "data_source": "rest",
            "properties": {"url": "https://weather.example.com"},
        },
    ],
}


class Fleet:
    """Tenants t1 to tn of the emulator, as hosts of an inventory."""

    def __init__(self, emulator: Emulator, size: int) -> None:
        names = [f"t{number}" for number in range(1, size + 1)]
        self.tenants: dict[str, Tenant] = {name: emulator.add_tenant({"name": name}) for name in names}
        self.hosts: dict[str, dict[str, Any]] = {
            name: {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
            for name, tenant in self.tenants.items()
        }

    def inventory(self, **variables: Any) -> dict[str, Any]:
        """No host names a connection: that is the playbook's business."""
        return {"qlik_tenants": {"hosts": self.hosts, "vars": {**FOR_ALL, **variables}}}

    def break_key(self, *names: str) -> None:
        for name in names:
            self.hosts[name]["qlik_access_token"] = f"canary-wrong-key-of-{name}"

    def writes(self) -> dict[str, int]:
        return {name: len(tenant.writes()) for name, tenant in self.tenants.items()}

    def untouched(self) -> set[str]:
        return {name for name, tenant in self.tenants.items() if not tenant.log}


@pytest.fixture
def fleet(emulator: Emulator) -> Fleet:
    return Fleet(emulator, 6)


def waves(run: Run) -> list[list[str]]:
    """The lines that were said after each wave."""
    return [line["result"]["msg"] for line in run.results if line["task"].split(" : ")[-1] == SUMMARY]


def test_layers_from_group_and_host_become_one_list(playbooks: Playbooks, fleet: Fleet) -> None:
    own = [
        {"qName": "Orders", "spaceId": "Sales", "connectionProperties": {"host": "own.example.com", "port": None}},
        {"name": "Weather", "space": "Sales", "state": "absent"},
        {
            "name": "Extra",
            "space": "Sales",
            "data_source": "rest",
            "properties": {"url": "https://{{ inventory_hostname }}.example.com"},
        },
    ]
    fleet.hosts["t1"]["qlik_connections_definitions_90_tenant"] = own
    run = playbooks.run(ROLE, "--limit", "t1,t2", inventory=fleet.inventory())
    assert run.returncode == 0, run.output
    first, second = fleet.tenants["t1"], fleet.tenants["t2"]
    assert {item.name for item in first.connections.values()} == {"Orders", "Extra"}
    assert {item.name for item in second.connections.values()} == {"Orders", "Weather"}
    orders = first.connection("Orders", "Sales")
    assert orders.properties["host"] == "own.example.com"
    assert orders.properties["db"] == "orders"
    assert first.secrets_of(orders.id) == {"password": PASSWORD}
    assert first.connection("Extra", "Sales").properties["url"] == "https://t1.example.com"


def test_a_tenant_is_one_task_and_its_result_is_a_variable(playbooks: Playbooks, fleet: Fleet) -> None:
    play = [
        {
            **ROLE[0],
            "tasks": [
                *ROLE[0]["tasks"],
                {"name": "Show", "ansible.builtin.debug": {"var": "qlik_connections_result.summary"}},
            ],
        }
    ]
    play[0]["tasks"][0] = {
        "ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_connections", "rolespec_validate": False}
    }
    run = playbooks.run(play, "--limit", "t1", inventory=fleet.inventory())
    assert [line["task"].split(" : ")[-1] for line in run.results] == [TASK, "Show"]
    assert run.result("Show")["qlik_connections_result.summary"]["created"] == 2


def test_connections_share_a_login_that_one_run_makes(playbooks: Playbooks, fleet: Fleet) -> None:
    """On a tenant that holds nothing yet, whichever layer brings the password; the second run changes nothing."""
    shared = {"separate_credentials": True, "credentials": "sales reader", "data_source": "postgres", "space": "Sales"}
    names = ("Attached", "Orders", "Returns")
    layer = [{**shared, "name": name, "properties": {"host": "db.example.com", "db": name}} for name in names]
    own = [{"name": "Orders", "space": "Sales", "properties": {"username": "qlik"}, "secrets": {"password": PASSWORD}}]
    fleet.hosts["t1"]["qlik_connections_definitions_90_tenant"] = own
    inventory = fleet.inventory(qlik_connections_definitions_00_all=layer)
    for expected in ("changed", "ok"):
        run = playbooks.run(ROLE, "--limit", "t1", inventory=inventory)
        assert run.returncode == 0, run.output
        assert run.result(TASK)["status"] == expected
        assert PASSWORD not in run.output
    (credential,) = fleet.tenants["t1"].credentials.values()
    assert (credential.name, credential.username, credential.secrets) == (
        "sales reader",
        "qlik",
        {"password": PASSWORD},
    )
    assert {(row.name, row.credentials_id) for row in fleet.tenants["t1"].connections.values()} == {
        (name, credential.id) for name in names
    }


def test_each_expression_of_a_definition_is_evaluated_once(playbooks: Playbooks, fleet: Fleet) -> None:
    counted = playbooks.folder / "counted"
    count = f"{{{{ lookup('ansible.builtin.pipe', 'echo x >> {counted}; echo h.example.com') }}}}"
    layer = [
        {"name": f"C{number}", "space": "Sales", "data_source": "postgres", "properties": {"host": count, "db": "d"}}
        for number in range(3)
    ]
    for name in ("qlik_connections_definitions", "qlik_connections_definitions_50"):
        counted.unlink(missing_ok=True)
        run = playbooks.run(ROLE, "--limit", "t1", inventory=fleet.inventory(**{name: layer}))
        assert run.returncode == 0, run.output
        assert len(counted.read_text().splitlines()) == 3


def test_without_definitions_spaces_are_held_and_nothing_else(playbooks: Playbooks, fleet: Fleet) -> None:
    run = playbooks.run(ROLE, "--limit", "t1", inventory=fleet.inventory(qlik_connections_definitions_00_all=None))
    assert run.returncode == 0, run.output
    assert [space.name for space in fleet.tenants["t1"].spaces.values()] == ["Sales"]
    assert not fleet.tenants["t1"].connections


def test_files_are_read_beside_the_inventory(playbooks: Playbooks, fleet: Fleet) -> None:
    playbooks.write("files/key.json", "canary-content-of-the-file")
    definition = {
        "name": "Events",
        "space": "Sales",
        "data_source": "gbq",
        "properties": {"Catalog": "c", "OAuthMechanism": "0"},
    }
    definition["secrets"] = {"KeyFilePath": {"path": "{{ inventory_dir }}/files/key.json"}}
    run = playbooks.run(
        PROVISION, "--limit", "t1", "-vvv", inventory=fleet.inventory(qlik_connections_definitions_10=[definition])
    )
    assert run.returncode == 0, run.output
    tenant = fleet.tenants["t1"]
    (held,) = tenant.secrets_of(tenant.connection("Events", "Sales").id)["KeyFilePath"]
    assert held == {"name": "key.json", "value": "Y2FuYXJ5LWNvbnRlbnQtb2YtdGhlLWZpbGU="}
    assert "canary-content" not in run.output
    assert held["value"] not in run.output


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"qlik_connections_update_secrets": "sometimes"}, "value of qlik_connections_update_secrets must be one of"),
        ({"qlik_connections_spaces": [{"nme": "Sales"}]}, "nme"),
        (
            {"qlik_connections_spaces": [{"name": "Sales", "type": "secret"}]},
            "type must be one of: shared, managed, data",
        ),
        ({"qlik_api_namespace": "v2"}, "value of qlik_api_namespace must be one of"),
    ],
)
def test_wrong_variables_are_refused_before_anything_is_sent(
    playbooks: Playbooks, fleet: Fleet, variables: dict[str, Any], message: str
) -> None:
    run = playbooks.run(ROLE, "--limit", "t1", "-vvv", inventory=fleet.inventory(**variables))
    assert run.returncode == 2
    assert message in run.output
    assert "t1" in fleet.untouched()
    assert "canary-" not in run.output
    assert fleet.tenants["t1"].api_key not in run.output


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            {"name": "Orders"},
            "qlik_connections_definitions_50_region: it must be a list of definitions, but is a mapping.",
        ),
        ([{"space": "Sales"}], "qlik_connections_definitions_50_region: definition 1: it has no name"),
        (
            [{"name": "X", "secrets": "canary-text"}],
            "qlik_connections_definitions_50_region: connection 'X': secrets must be a mapping",
        ),
    ],
)
def test_a_layer_that_cannot_be_merged_is_named(playbooks: Playbooks, fleet: Fleet, layer: Any, message: str) -> None:
    run = playbooks.run(
        PROVISION, "--limit", "t1", inventory=fleet.inventory(qlik_connections_definitions_50_region=layer)
    )
    assert run.returncode == 2
    assert message in run.output
    assert "t1" in fleet.untouched()
    assert "canary-" not in run.output


def test_it_rolls_out_in_waves_and_says_what_came_back(playbooks: Playbooks, fleet: Fleet) -> None:
    run = playbooks.run(PROVISION, inventory=fleet.inventory())
    assert run.returncode == 0, run.output
    assert set(fleet.writes().values()) == {3}
    assert [wave[0].partition(":")[0] for wave in waves(run)] == ["t1", "t2", "t3, t4, t5, t6"]
    assert waves(run)[0] == [
        "t1: 1 space created, 2 connections created (7 requests)",
        "  space Sales: create (shared)",
        "  Sales:Orders, Sales:Weather: create",
    ]
    assert waves(run)[-1][-1] == "In all 6 tenants: 6 changed, 0 failed. Connections: 12 created (42 requests)."
    assert "skipping: [" not in run.stdout


def test_the_second_run_changes_nothing(playbooks: Playbooks, fleet: Fleet) -> None:
    playbooks.run(PROVISION, inventory=fleet.inventory())
    for tenant in fleet.tenants.values():
        tenant.reset_log()
    run = playbooks.run(PROVISION, inventory=fleet.inventory())
    assert run.returncode == 0, run.output
    assert set(run.statuses(TASK).values()) == {"ok"}
    assert set(fleet.writes().values()) == {0}
    assert waves(run)[-1][0].startswith("t3, t4, t5, t6: as declared, nothing to change")


def test_check_mode_foresees_and_writes_nothing(playbooks: Playbooks, fleet: Fleet) -> None:
    foreseen = playbooks.run(PROVISION, "--check", "--diff", inventory=fleet.inventory())
    assert foreseen.returncode == 0, foreseen.output
    assert set(fleet.writes().values()) == {0}
    checked = "Check mode: nothing was written. This is what a real run would do."
    assert [line for wave in waves(foreseen) for line in wave if line == checked] == waves(foreseen)[0][:1] == [checked]
    assert waves(foreseen)[0][1].startswith("t1: 1 space to create, 2 connections to create (")
    assert "db.example.com" in foreseen.stdout
    assert "canary-" not in foreseen.output
    done = playbooks.run(PROVISION, inventory=fleet.inventory())
    for name in fleet.tenants:
        assert [item["changes"] for item in foreseen.result(TASK, name)["results"]] == [
            item["changes"] for item in done.result(TASK, name)["results"]
        ]


@pytest.mark.parametrize(
    ("verbosity", "behind"), [((), []), (("-v",), ["  t1, t2, t3, t4, t5, t6"])], ids=["default", "-v"]
)
def test_many_tenants_share_a_line_and_are_named_when_somebody_asks_for_more_words(
    playbooks: Playbooks, fleet: Fleet, verbosity: tuple[str, ...], behind: list[str]
) -> None:
    at_once = {"qlik_waves": ["100%"]}
    run = playbooks.run(PROVISION, "--check", *verbosity, inventory=fleet.inventory(), variables=at_once)
    assert run.returncode == 0, run.output
    assert waves(run) == [
        [
            "Check mode: nothing was written. This is what a real run would do.",
            "6 tenants: 1 space to create, 2 connections to create (24 requests)",
            *behind,
            "  space Sales: create (shared)",
            "  Sales:Orders, Sales:Weather: create",
            "In all 6 tenants: 6 to change, 0 failed. Connections: 12 to create (24 requests).",
        ]
    ]


def test_a_limit_is_kept(playbooks: Playbooks, fleet: Fleet) -> None:
    run = playbooks.run(PROVISION, "--limit", "t2,t5", inventory=fleet.inventory())
    assert run.returncode == 0, run.output
    assert fleet.untouched() == {"t1", "t3", "t4", "t6"}


def test_a_failing_canary_stops_the_rollout(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.break_key("t1")
    run = playbooks.run(PROVISION, "-vvv", inventory=fleet.inventory())
    assert run.returncode == 2
    assert fleet.untouched() == {"t2", "t3", "t4", "t5", "t6"}
    assert run.result(WHAT_FAILED, "t1")["msg"] == [
        "t1: FAILED, nothing was changed",
        "1 of 1 tenant in this wave failed: t1. That is more than qlik_max_failed_percent (0) allows: the rollout stops"
        " here."
        " Not reached: t2, t3, t4, t5, t6. Fix the cause and run again.",
    ]
    # Ansible says the reason where the task failed; whatever comes afterwards refers to it.
    assert "API key" not in run.stdout[run.stdout.index(WHAT_FAILED) :]
    assert "API key" in run.result(TASK, "t1")["msg"]
    assert "canary-" not in run.output


def test_a_failing_tenant_does_not_stop_the_others_of_the_last_wave(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.break_key("t4")
    run = playbooks.run(PROVISION, inventory=fleet.inventory())
    assert run.returncode == 2
    assert run.statuses(TASK) == {"t4": "failed", **dict.fromkeys(("t1", "t2", "t3", "t5", "t6"), "changed")}
    assert {name for name, writes in fleet.writes().items() if writes == 3} == {"t1", "t2", "t3", "t5", "t6"}
    assert run.result(WHAT_FAILED)["msg"] == [
        "t4: FAILED, nothing was changed",
        "1 of 4 tenants in this wave failed: t4. It was the last wave: the others are done. Fix the cause and run"
        " again.",
        "In all 6 tenants: 5 changed, 1 failed. Connections: 10 created (36 requests).",
    ]
    assert "skipping: [" not in run.stdout


def test_a_tenant_that_fails_before_its_task_does_not_stop_its_wave(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.hosts["t4"]["qlik_connections_definitions_90_tenant"] = [{"name": "{{ there_is_no_such_variable }}"}]
    run = playbooks.run(PROVISION, inventory=fleet.inventory())
    assert run.returncode == 2
    assert {name for name, writes in fleet.writes().items() if writes == 3} == {"t1", "t2", "t3", "t5", "t6"}
    assert "there_is_no_such_variable" in run.output


@pytest.mark.parametrize(("allowed", "reached"), [(0, 3), (49, 3), (50, 6)])
def test_the_share_that_may_fail_decides_whether_it_goes_on(
    playbooks: Playbooks, fleet: Fleet, allowed: int, reached: int
) -> None:
    fleet.break_key("t2")
    variables = {"qlik_waves": [1, 2, "100%"], "qlik_max_failed_percent": allowed}
    run = playbooks.run(PROVISION, inventory=fleet.inventory(), variables=variables)
    assert run.returncode == 2
    assert len(fleet.tenants) - len(fleet.untouched()) == reached
    assert fleet.writes()["t3"] == 3
    verdict = " ".join(run.result(WHAT_FAILED)["msg"])
    assert ("the rollout goes on" in verdict) is (reached == 6)
    assert ("Not reached: t4, t5, t6" in verdict) is (reached == 3)


def test_what_follows_in_a_playbook_does_not_run_after_a_stopped_rollout(playbooks: Playbooks, fleet: Fleet) -> None:
    fleet.break_key("t1")
    after = {"name": "After", "hosts": "all", "gather_facts": False, "connection": "local"}
    site = [
        {"name": "Provision", "import_playbook": PROVISION},
        {**after, "tasks": [{"name": "After", "ansible.builtin.ping": {}}]},
    ]
    run = playbooks.run(site, inventory=fleet.inventory())
    assert run.returncode == 2
    assert not run.statuses("After")


def test_other_hosts_other_waves_and_the_ordinary_module(playbooks: Playbooks, fleet: Fleet) -> None:
    variables = {"qlik_hosts": "t1:t2", "qlik_waves": ["100%"], "qlik_in_process": False}
    environment = {"ANSIBLE_PYTHON_INTERPRETER": "/nonexistent/python"}
    run = playbooks.run(PROVISION, inventory=fleet.inventory(), variables=variables, environment=environment)
    assert run.returncode == 0, run.output
    assert fleet.untouched() == {"t3", "t4", "t5", "t6"}
    assert len(waves(run)) == 1


def test_layers_are_evaluated_wherever_something_needs_it(playbooks: Playbooks, fleet: Fleet) -> None:
    left_out = "{{ nothing | default(omit) }}"
    layer = [
        {
            "name": "Orders {{ inventory_hostname }}",
            "space": "{{ sales }}",
            "data_source": "postgres",
            "previous_name": left_out,
            "properties": {
                "host": "{plain}",
                "port": 5432,
                "db": "{{ '{{' }} no template }}",
                "rowBatchSize": left_out,
                "username": "u",
            },
            "secrets": {"password": playbooks.encrypt("canary-vaulted")},
            "tags": [left_out, "kept"],
        },
        left_out,
        "{{ others[0] }}",
    ]
    variables = {
        "sales": "Sales",
        "others": [
            {
                "name": "Other",
                "space": "Sales",
                "data_source": "rest",
                "properties": {"url": "https://x", "gone": left_out},
            }
        ],
        "qlik_connections_update_secrets": left_out,
        "qlik_connections_definitions_00_all": [],
        "qlik_connections_definitions_90_own": layer,
    }
    play = [
        {
            **ROLE[0],
            "tasks": [{"name": "Role", "ansible.builtin.import_role": {**BARE_ROLE, "rolespec_validate": False}}],
        }
    ]
    run = playbooks.run(play, "--limit", "t1", *playbooks.vault_arguments, inventory=fleet.inventory(**variables))
    assert run.returncode == 0, run.output
    tenant = fleet.tenants["t1"]
    orders = tenant.connection("Orders t1", "Sales")
    shown = [orders.properties[name] for name in ("host", "port", "db", "rowBatchSize")]
    assert shown == ["{plain}", "5432", "{{ no template }}", "1"], "what is left out is at the source's default"
    assert tenant.secrets_of(orders.id) == {"password": "canary-vaulted"}
    assert [tag for tag in orders.tags if ":" not in tag] == ["kept"]
    assert "gone" not in tenant.connection("Other", "Sales").properties
    assert "canary" not in run.output


def test_no_secret_shows_however_much_is_asked(playbooks: Playbooks, fleet: Fleet, tmp_path: Path) -> None:
    fleet.break_key("t6")
    run = playbooks.run(PROVISION, "-vvvv", "--diff", inventory=fleet.inventory())
    secrets = {KEY, PASSWORD, "canary-wrong-key-of-t6"} | {tenant.api_key for tenant in fleet.tenants.values()}
    kept = [path for path in (tmp_path / "playbooks").rglob("*") if path.is_file() and path.name != "inventory.yml"]
    texts = [run.output, *(path.read_bytes().decode("utf-8", "replace") for path in kept)]
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_expressions_anywhere_in_layers_are_evaluated(playbooks: Playbooks) -> None:
    base = {
        "name": "A{{ one }}",
        "properties": {"key": {"path": "a{{ one }}", "name": "n{{ one }}"}, "gone": "g{{ one }}"},
    }
    later = {
        "qName": "A1",
        "properties": {"key": {"path": "b{{ one }}"}, "gone": None},
        "secrets": {"list": ["x{{ one }}"]},
    }
    merge = "{{ query('ansible.builtin.vars', 'base', 'later') | qlikops.cloud.merge_definitions }}"
    task = {"name": "Merge", "ansible.builtin.debug": {"msg": merge}}
    run = playbooks.tasks([task], variables={"one": 1, "base": [base], "later": [later]})
    expected = {"name": "A1", "properties": {"key": {"path": "b1", "name": "n1"}}, "secrets": {"list": ["x1"]}}
    assert run.result("Merge")["msg"] == [expected], run.output


def test_errors_name_the_variables_that_the_user_types(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    definitions = "qlik_connections_definitions"
    key = {"qlik_access_token": acme.api_key}
    missing = {
        "name": "Key",
        "space": "Sales",
        "data_source": "gbq",
        "secrets": {"KeyFilePath": {"path": "/nowhere/key.json"}},
    }
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "no key": ({}, "qlik_access_token (or QLIK_API_KEY)"),
        "both": (
            {**key, "qlik_client_id": "x"},
            "qlik_access_token and also qlik_client_id and qlik_client_secret are given",
        ),
        "spaces": (
            {**key, "qlik_connections_spaces": ["Sales"]},
            "qlik_connections_spaces: item 1 must be a dictionary, but is another",
        ),
        "both lists": (
            {**key, "qlik_connections_spaces": ["Sales"], definitions: [{"name": "Orders"}]},
            "- qlik_connections_spaces: space 1: it must be a mapping with at least a name.",
        ),
        "texts": ({**key, definitions: ["Orders"]}, "qlik_connections_definitions: definition 1: it must be a mapping"),
        "misspelt": (
            {**key, definitions: [{"name": "Orders", "data_sorce": "rest"}]},
            "qlik_connections_definitions…, item 1 ('Orders'): there is no option 'data_sorce'. Did you mean"
            " 'data_source'?",
        ),
        "prune": (
            {**key, "qlik_connections_prune": True},
            "qlik_connections_prune needs qlik_connections_prune_spaces",
        ),
        "path": (
            {**key, definitions: [missing]},
            "KeyFilePath: the file /nowhere/key.json can't be read: there is no such file.",
        ),
    }
    rates = {"name": "Rates", "space": "Sales", "data_source": "rest", "properties": {"url": "https://x.example"}}
    right = {**key, "qlik_connections_only": None, definitions: [rates]}
    hosts = {
        name.replace(" ", "_"): {"qlik_tenant_url": acme.url, **variables} for name, (variables, _said) in wrong.items()
    }
    hosts["null"] = {"qlik_tenant_url": acme.url, **right}
    inventory = {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}
    play = {"name": "Role", "hosts": "all", "gather_facts": False, "roles": ["qlikops.cloud.qlik_connections"]}
    run = playbooks.run([play], inventory=inventory)
    assert run.returncode == 2, run.output
    output = " ".join(run.output.replace("\\n", " ").split())
    for name, (_variables, said) in wrong.items():
        assert said in output, name
    assert [one.name for one in acme.connections.values()] == ["Rates"]
