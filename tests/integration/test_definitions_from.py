"""Definitions read from files, with placeholders: the same as definitions given in the playbook, only faster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run, task
from tests.jobs import fail

MODULE = "qlik_data_connections"
KEY = "canary-fingerprint-key-0123456789"
VALUES: dict[str, Any] = {
    "region": "eu",
    "with_ssl": True,
    "tags": ["one", "two"],
    "gone": None,
    "orders": {"host": "db.eu.example.com", "port": 5432, "password": "canary-orders-password"},
}
BASE = """\
spaces:
  - name: Sales
    description: Sales of ${region}
connections:
  - name: Orders ${region}
    space: Sales
    data_source: postgres
    tags: ${tags}
    properties:
      host: ${orders.host}
      port: ${orders.port}
      useBulkReader: ${with_ssl}
      db: orders_${region}_${orders.port}_$${plain}
      SSLMode: ${gone}
    secrets:
      password: ${orders.password}
  - {name: "{{ Weather }}", space: Sales, data_source: rest, properties: {url: "https://weather.example.com/${region}"}}
"""
LATER = (
    '{"connections": [{"qName": "Orders ${region}", "spaceId": "Sales", "properties": {"QueryTimeout":'
    ' "${orders.port}"}}]}'
)
# What the files above say, as a playbook would say it. Jinja makes texts of numbers in older versions of ansible-core.
# Braces of Jinja in a name can't be written there other than marked as unsafe.
INLINE = """\
- hosts: localhost
  gather_facts: false
  connection: local
  tasks:
    - name: inline
      check_mode: "{{ checked }}"
      qlikops.cloud.qlik_data_connections:
        tenant_url: "{{ url }}"
        access_token: "{{ key }}"
        fingerprint_key: "{{ fingerprint }}"
        spaces: [{name: Sales, description: "Sales of {{ region }}"}]
        connections:
          - name: "Orders {{ region }}"
            space: Sales
            data_source: postgres
            tags: "{{ tags_of_all }}"
            properties:
              host: "{{ orders.host }}"
              port: 5432
              useBulkReader: true
              db: "orders_{{ region }}_{{ orders.port }}_${plain}"
              QueryTimeout: 5432
            secrets: {password: "{{ orders.password }}"}
          - name: !unsafe "{{ Weather }}"
            space: Sales
            data_source: rest
            properties: {url: "https://weather.example.com/{{ region }}"}
"""


def from_files(*paths: str, **options: Any) -> dict[str, Any]:
    """Options of the module that name files. Secrets are variables, since errors quote the playbook."""
    return {"definitions_from": list(paths), "values": "{{ given }}", "fingerprint_key": "{{ fingerprint }}", **options}


def run_tasks(
    playbooks: Playbooks,
    tenant: Tenant,
    tasks: list[dict[str, Any]],
    *arguments: str,
    given: Any = None,
    path: str = "true",
    **more: Any,
) -> Run:
    """Run tasks with all that is shown."""
    variables = {"given": VALUES if given is None else given, "fingerprint": KEY, "qlik_in_process": path}
    return playbooks.tasks(tasks, "--diff", "-vvv", *arguments, tenant=tenant, variables=variables, **more)


def lasting(value: Any) -> Any:
    """A result without what differs between two runs."""
    if isinstance(value, dict):
        return {
            name: lasting(item)
            for name, item in value.items()
            if name not in ("started", "ended", "invocation", "seconds")
        }
    return [lasting(item) for item in value] if isinstance(value, list) else value


def message(playbooks: Playbooks, tenant: Tenant, *paths: str, **options: Any) -> str:
    """What a run that must fail before it asks the tenant says."""
    run = run_tasks(playbooks, tenant, [task("bad", MODULE, from_files(*paths, **options))])
    assert (run.returncode, tenant.log) == (2, []), run.output
    assert "canary-" not in run.output
    return str(run.result("bad")["msg"])


def test_the_result_is_that_of_the_same_definitions_given_inline(
    playbooks: Playbooks, acme: Tenant, both_paths: str
) -> None:
    playbooks.write("connections/10_base.yml", BASE)
    playbooks.write("connections/20_later.json", LATER)
    for ignored in ("connections/.30_hidden.yml", "connections/README.md", "connections/old/40.yml"):
        playbooks.write(ignored, "no definitions: [")
    jinja = {**VALUES, "tags_of_all": VALUES["tags"], "url": acme.url, "key": acme.api_key, "fingerprint": KEY}
    inline = playbooks.run(INLINE, "-vvv", variables={**jinja, "checked": True, "qlik_in_process": both_paths})
    assert inline.returncode == 0, inline.output
    options = from_files("connections")
    tasks = [
        task("files", MODULE, options, check_mode=True),
        task("another plan", MODULE, {**options, "approved_plan": "0000"}, ignore_errors=True),
        task("approved", MODULE, {**options, "approved_plan": inline.result("inline")["plan_digest"]}),
        task("again", MODULE, options),
    ]
    run = run_tasks(playbooks, acme, tasks, path=both_paths)
    assert lasting(run.result("files")) == lasting(inline.result("inline")), run.output
    assert "not the one that was approved" in run.result("another plan")["msg"]
    assert run.result("approved")["summary"]["created"] == 2
    assert run.result("again")["status"] == "ok"
    orders = acme.connection("Orders eu", "Sales")
    assert orders.properties["db"] == "orders_eu_5432_${plain}"
    assert acme.secrets_of(orders.id) == {"password": "canary-orders-password"}
    assert ("AnsiballZ_qlik" in run.output) is (both_paths == "false")
    assert "canary-" not in run.output
    again = playbooks.run(INLINE, variables={**jinja, "checked": False, "qlik_in_process": both_paths})
    assert lasting(run.result("again")) == lasting(again.result("inline"))


def test_what_the_task_says_itself_is_the_last_layer(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    playbooks.write("base.yml", BASE)
    playbooks.write("more/file.yaml", "- {name: Orders eu, space: Sales, properties: {port: 1, db: more, host: more}}")
    own = [
        {
            "name": "Orders eu",
            "space": "Sales",
            "properties": {"host": "own.example.com", "port": None},
            "tags": ["${region}"],
        }
    ]
    options = from_files(
        "base.yml", "more/", connections=own, spaces=[{"name": "Sales", "description": "Own"}, {"name": "Other"}]
    )
    run = run_tasks(playbooks, acme, [task("both", MODULE, options)], path=both_paths)
    assert run.returncode == 0, run.output
    held = acme.connection("Orders eu", "Sales")
    assert (held.properties["host"], held.properties["db"]) == ("own.example.com", "more")
    assert "1" not in (str(held.properties.get("port")), held.properties.get("port"))
    assert "${region}" in held.tags
    assert {space.name: space.description for space in acme.spaces.values()} == {"Sales": "Own", "Other": ""}


def test_a_large_set_costs_the_requests_that_it_costs_inline(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    for number in range(250):
        acme.add_connection(f"C{number}", "postgres", {"host": "h", "db": f"d{number}", "username": "u"}, space="Sales")

    def definitions(host: str) -> list[dict[str, Any]]:
        """All 250."""
        base = {"space": "Sales", "data_source": "postgres"}
        return [
            {**base, "name": f"C{number}", "properties": {"host": host, "db": f"d{number}", "username": "u"}}
            for number in range(250)
        ]

    playbooks.write("connections.yml", definitions("${host}"))
    inline = definitions("h")
    both = [task("files", MODULE, from_files("connections.yml")), task("inline", MODULE, {"connections": inline})]
    run = run_tasks(playbooks, acme, both, given={"host": "h"}, play={"check_mode": True})
    assert run.returncode == 0, run.output
    assert len(run.result("files")["results"]) == 250
    asked = [[(entry.method, entry.path) for entry in run.requests(acme, name)] for name in ("files", "inline")]
    assert sorted(asked[0]) == sorted(asked[1])


def test_relative_paths_are_looked_for_in_four_places(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    definition = "- {name: %s, space: Sales, data_source: rest, properties: {url: 'https://x.example'}}"
    places = ["play/files", "play", "inventory", "."]
    for number, folder in enumerate(places):
        for name in range(number, len(places)):
            playbooks.write(
                f"{folder}/d{3 - name}.yml" if folder != "." else "d0.yml", definition % f"from-{number}-{name}"
            )
    tasks = [task("found", MODULE, {"definitions_from": ["d0.yml", "d1.yml", "d2.yml", "d3.yml"]}, check_mode=True)]
    play = {"name": "Test", "hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}
    play["environment"] = {"QLIK_TENANT_URL": acme.url, "QLIK_API_KEY": acme.api_key}
    inventory = playbooks.write("inventory/hosts.yml", {"all": {"hosts": {"acme": {}}}})
    run = playbooks.run(playbooks.write("play/site.yml", [play]), inventory=inventory)
    assert run.returncode == 0, run.output
    assert {item["name"] for item in run.result("found")["results"]} == {"from-0-0", "from-0-1", "from-0-2", "from-0-3"}


def test_file_properties_are_read_beside_the_definitions_first(
    playbooks: Playbooks, acme: Tenant, both_paths: str
) -> None:
    acme.add_space("Sales")
    source = {"space": "Sales", "data_source": "gbq", "properties": {"Catalog": "c", "OAuthMechanism": "0"}}
    definitions = [
        {**source, "name": name, "secrets": {"KeyFilePath": {"path": path}}}
        for name, path in (("beside", "keys/${region}.json"), ("playbook", "other.json"), ("listed", "keys/eu.json"))
    ]
    definitions[2]["secrets"] = {"KeyFilePath": [{"path": "keys/eu.json", "name": "renamed.json"}]}
    playbooks.write("defs/connections/all.yml", definitions)
    playbooks.write("defs/connections/keys/eu.json", "canary-beside")
    playbooks.write("keys/eu.json", "canary-wrong-one")
    playbooks.write("files/other.json", "canary-playbook")
    run = run_tasks(playbooks, acme, [task("files", MODULE, from_files("defs/connections"))], path=both_paths)
    assert run.returncode == 0, run.output
    held = {
        name: acme.secrets_of(acme.connection(name, "Sales").id)["KeyFilePath"][0]
        for name in ("beside", "playbook", "listed")
    }
    assert held["beside"] == {"name": "eu.json", "value": "Y2FuYXJ5LWJlc2lkZQ=="}
    assert held["playbook"] == {"name": "other.json", "value": "Y2FuYXJ5LXBsYXlib29r"}
    assert held["listed"] == {"name": "renamed.json", "value": "Y2FuYXJ5LWJlc2lkZQ=="}
    assert not [text for text in ("canary-", "Y2FuYXJ5") if text in run.output]


def test_vaulted_files_and_values_stay_secret(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    inline = "".join(f"\n          {line}" for line in playbooks.encrypt("canary-inline ${region}").splitlines())
    base = BASE.replace("password: ${orders.password}", f"password: !vault |{inline}")
    playbooks.write("vaulted/10.yml", playbooks.encrypt(base))
    headers = "[{name: X-API-Key, value: '${api_token}', encrypt: true}]"
    playbooks.write(
        "vaulted/20.yml",
        f"- {{name: Api, space: Sales, data_source: rest, tags: ['t-${{api_token}}'],"
        f" properties: {{url: 'https://u:${{pw}}@x.example', queryHeaders: {headers}}}}}",
    )
    values = {
        **VALUES,
        "api_token": "canary-api-token",
        "pw": "{{ 'canary-' ~ 'user-part' }}",
        "unused_secret": "canary-unused",
    }
    options = from_files("vaulted")
    log = playbooks.folder / "ansible.log"
    acme.add_fault(
        "status",
        status=400,
        body={"errors": [{"title": "canary-api-token"}]},
        match={"method": "POST", "path": "data-conn"},
    )
    run = run_tasks(
        *(playbooks, acme, [task("first", MODULE, options, ignore_errors=True), task("vaulted", MODULE, options)]),
        *("-vvvv", *playbooks.vault_arguments),
        given=values,
        path=both_paths,
        environment={"ANSIBLE_LOG_PATH": str(log)},
    )
    assert run.returncode == 0, run.output
    assert run.result("first")["status"] == "failed"
    assert acme.secrets_of(acme.connection("Orders eu", "Sales").id) == {"password": "canary-inline ${region}"}
    assert "t-canary-api-token" in acme.connection("Api", "Sales").tags
    places = {"output": run.output, "log": log.read_text(), "results": str(run.results)}
    assert log.stat().st_size > 1000
    assert not [place for place, text in places.items() if "canary-" in text]


def test_the_invocation_shows_the_names_of_values_only(playbooks: Playbooks, acme: Tenant) -> None:
    playbooks.write("base.yml", BASE)
    # From ansible-core 2.21 on only for those who ask for it.
    asked = {"ANSIBLE_INJECT_INVOCATION": "true"}
    shown = [task("shown", MODULE, from_files("base.yml"), check_mode=True)]
    run = run_tasks(playbooks, acme, shown, environment=asked)
    values = run.result("shown")["invocation"]["module_args"]["values"]
    assert values["orders"] == dict.fromkeys(VALUES["orders"], "********")
    assert set(values) == set(VALUES)


BAD: dict[str, tuple[str, list[str]]] = {
    "unknown placeholder": (
        "- name: Orders\n  space: Sales\n  properties:\n    host: ${orders.hst}\n    port: ${prot}\n",
        [
            "bad.yml:4: connection 'Orders': properties.host: there is no value for ${orders.hst}. Did you mean"
            " 'orders.host'?",
            "bad.yml:5: connection 'Orders': properties.port: there is no value for ${prot}.",
        ],
    ),
    "in a space": (
        "spaces:\n- name: Sales\n  description: ${regoin}\n",
        ["bad.yml:3: space 'Sales': description: there is no value for ${regoin}. Did you mean 'region'?"],
    ),
    "unknown option": (
        "connections:\n- name: Orders\n  proprties: {}\nspaces:\n- name: Sales\n  typ: data\n",
        [
            "bad.yml:3: connection 'Orders': proprties: unknown option. Did you mean 'properties'?",
            "bad.yml:6: space 'Sales': typ: unknown option. Did you mean 'type'?",
        ],
    ),
    "declared twice": (
        "- {name: Orders, space: Sales}\n- {name: Other, space: Sales}\n- qName: 'Orders'\n  space: Sales\n",
        ["bad.yml:3: connection 'Orders': it is declared twice in the same layer."],
    ),
    "space twice": (
        "spaces:\n- name: Sales\n- name: Sales\n",
        ["bad.yml:3: space 'Sales': it is declared twice in the same layer."],
    ),
    "no name": ("- space: Sales\n", ["bad.yml:1: definition 1: it has no name"]),
    "key twice": (
        "- name: Orders\n  properties:\n    host: a\n    host: b\n",
        ["bad.yml:4: the key 'host' is there twice, first in line 3. Keep one of them."],
    ),
    "no YAML": ("- name: Orders\n  properties: [\n- x\n", ["bad.yml:3: it can't be read as YAML: "]),
    "an unknown tag": (
        "- name: !canary-tag canary-tagged\n",
        [
            "bad.yml:1: it can't be read as YAML: it has a tag that is unknown. Put a text that begins with ! or = in"
            " quotes."
        ],
    ),
    "no number": (
        "- name: !!int canary-number\n",
        ["bad.yml:1: it can't be read as YAML: it holds a number or boolean that is none."],
    ),
    "no list": ("canary-text\n", ["bad.yml:1: it must be a list of connections or a mapping, but is something else."]),
    "no list inside": (
        "connections: {name: x}\n",
        ["bad.yml:1: it must be a list of connections, but is something else."],
    ),
    "another mapping": (
        "spaces: []\nconnctions: []\n",
        [
            "bad.yml:2: unknown key 'connctions'. A definitions file is a list of connections, or a mapping with"
            " connections and spaces."
        ],
    ),
    "holds itself": ("&a\n- *a\n", ["bad.yml: it holds itself"]),
    "no vault password": (
        "- name: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3031\n",
        ["bad.yml:1: it can't be read as YAML: a vaulted value can't be decrypted"],
    ),
}


def test_what_is_wrong_is_said_with_its_file_and_line(playbooks: Playbooks, acme: Tenant) -> None:
    for what, (text, _expected) in BAD.items():
        playbooks.write(f"{what}/bad.yml", text)
    tasks = [task(what, MODULE, from_files(f"{what}/bad.yml"), ignore_errors=True) for what in BAD]
    run = run_tasks(playbooks, acme, tasks)
    for what, (_text, expected) in BAD.items():
        result = run.result(what)
        assert result["status"] == "failed", what
        assert result["msg"].startswith("The definitions can't be used:\n- ")
        assert [line for line in expected if f"- {what}/{line}" not in result["msg"]] == [], result["msg"]
        assert result["msg"].count("\n- ") == len(expected), result["msg"]
    assert acme.log == []
    assert "canary-" not in run.output


def test_all_problems_of_all_files_are_said_at_once(playbooks: Playbooks, acme: Tenant) -> None:
    playbooks.write("defs/a.yml", "- name: A\n  space: ${nowhere}\n- {name: B, secrets: canary-no-mapping}\n")
    playbooks.write("defs/b.json", '[\n {"name": "C", "name": "D"}\n]')
    playbooks.write("defs/c.json", '[\n {"name": }\n]')
    playbooks.write("empty/d.txt", "")
    playbooks.write("latin.yml", "")
    (playbooks.folder / "latin.yml").write_bytes("- name: x\n- name: Größe".encode("latin-1"))
    found = message(
        playbooks,
        acme,
        "defs",
        "empty",
        "latin.yml",
        "lost.yml",
        "/nowhere/x.yml",
        connections=[{"name": "E"}, {"name": "E"}],
    )
    assert found.splitlines()[1:] == [
        "- empty: the folder holds no file whose name ends with .yml, .yaml or .json.",
        "- lost.yml: there is no such file or folder: neither beside the playbook or in a folder files/ where Ansible"
        " looks, nor beside"
        " the inventory, nor in the working directory.",
        "- /nowhere/x.yml: there is no such file or folder.",
        "- defs/a.yml:2: connection 'A': space: there is no value for ${nowhere}. Declare it in values, or write $${"
        " for these characters"
        " themselves.",
        "- defs/b.json:2: the key 'name' is there twice, first in line 2. Keep one of them.",
        "- defs/c.json:2: it is not JSON: Expecting value.",
        "- latin.yml:2: it is not a text in UTF-8. If it is encrypted, decrypt it, or encrypt it with Ansible Vault.",
        "- defs/a.yml:3: connection 'B': secrets must be a mapping, but is a text.",
        "- connections: connection 'E': it is declared twice in the same layer.",
    ]


def test_files_that_are_missing_are_said_for_each_connection(playbooks: Playbooks, acme: Tenant) -> None:
    playbooks.write(
        "base.yml", "- {name: A, secrets: {k: {path: lost.pem}}}\n- {name: B, secrets: {k: {path: gone.pem}}}\n"
    )
    found = message(playbooks, acme, "base.yml")
    assert (
        "- connection 'A': k: the file lost.pem can't be read: it is neither beside the definitions, nor beside the"
        " playbook" in found
    )
    assert "- connection 'B': k: the file gone.pem can't be read" in found


def test_a_vaulted_file_needs_its_password(playbooks: Playbooks, acme: Tenant) -> None:
    playbooks.write("base.yml", playbooks.encrypt(BASE))
    assert (
        "base.yml: it can't be read: Ansible can't read it; if it is vaulted, the vault password is missing or wrong."
        in message(playbooks, acme, "base.yml")
    )


@pytest.mark.parametrize(
    "options", [{"definitions_from": {"a": 1}}, {"definitions_from": ["base.yml"], "values": "{{ given }}"}]
)
def test_options_of_another_type_are_refused(playbooks: Playbooks, acme: Tenant, options: dict[str, Any]) -> None:
    run = run_tasks(playbooks, acme, [task("bad", MODULE, options)], given=["canary-list"])
    assert run.result("bad")["msg"] == "definitions_from must be a list of paths, and values a dictionary."
    assert "canary-" not in run.output


@pytest.mark.parametrize(
    "option", [{"definitions_from": ["base.yml"]}, {"host_variables": True}, {"approved_plans": "plans"}]
)
def test_the_module_by_itself_does_not_pass_over_what_it_cannot_read(acme: Tenant, option: dict[str, Any]) -> None:
    said = fail(MODULE, acme, option)
    assert (
        f"{next(iter(option))} is read on the controller, by the action plugin qlikops.cloud.qlik_data_connections"
        in said
    )
    assert acme.log == []


def test_merge_keys_and_anchors_are_yaml_as_usual(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    playbooks.write(
        "base.yml",
        "- &a {name: A, space: Sales, data_source: postgres, properties: &p {host: '${region}', db: a}}\n"
        "- {<<: *a, name: B, properties: {<<: *p, db: b}}\n"
        "- {name: C, space: Sales, data_source: postgres, tags: [2024-01-01, 12], properties: {host: h}}\n",
    )
    run = run_tasks(playbooks, acme, [task("merged", MODULE, from_files("base.yml"))])
    assert run.returncode == 0, run.output
    assert acme.connection("B", "Sales").properties["host"] == "eu"
    assert acme.connection("B", "Sales").properties["db"] == "b"
    assert {"2024-01-01", "12"} <= set(acme.connection("C", "Sales").tags)


def test_the_role_reads_files_before_the_layers_of_variables(playbooks: Playbooks, emulator: Emulator) -> None:
    tenants = {name: emulator.add_tenant({"name": name}) for name in ("t1", "t2")}
    for name, tenant in tenants.items():
        variables = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key, "region": f"r-{name}"}
        playbooks.write(f"inventory/host_vars/{name}/tenant.yml", variables)
    playbooks.write("inventory/hosts.yml", {"qlik_tenants": {"hosts": {name: {} for name in tenants}}})
    playbooks.write("definitions/10_base.yml", BASE)
    playbooks.write("definitions/20_later.json", LATER)
    group: dict[str, Any] = {
        "qlik_connections_definitions_from": ["../definitions"],
        "qlik_connections_values": {**VALUES, "region": "{{ region }}"},
        "qlik_connections_fingerprint_key": KEY,
    }
    playbooks.write("inventory/group_vars/qlik_tenants.yml", group)
    own = [
        {"name": "Orders r-t1", "space": "Sales", "properties": {"host": "own.example.com", "QueryTimeout": None}},
        {"name": "{{ '{{' }} Weather }}", "space": "Sales", "state": "absent"},
    ]
    playbooks.write("inventory/host_vars/t1/own.yml", {"qlik_connections_definitions_90_tenant": own})

    def provision(*arguments: str) -> Run:
        return playbooks.run("qlikops.cloud.provision", "-vvv", *arguments, inventory=playbooks.folder / "inventory")

    run = provision()
    assert run.returncode == 0, run.output
    first, second = tenants["t1"], tenants["t2"]
    held = first.connection("Orders r-t1", "Sales")
    assert held.properties["host"] == "own.example.com"
    assert str(held.properties["QueryTimeout"]) != "5432"
    assert second.connection("Orders r-t2", "Sales").properties["QueryTimeout"] == "5432"
    assert {one.name for one in second.connections.values()} == {"Orders r-t2", "{{ Weather }}"}
    assert [one.name for one in first.connections.values()] == ["Orders r-t1"]
    assert [space.description for space in first.spaces.values()] == ["Sales of r-t1"]
    tasks = {line["task"].split(" : ")[-1] for line in run.results}
    assert tasks == {
        "What is approved, and whether there will be a report",
        "Check how the report is to be written",
        "Bring spaces and data connections to their declared state",
        "What came back from this wave",
    }
    assert "canary-" not in run.output
    for tenant in tenants.values():
        tenant.reset_log()
    again = provision()
    assert again.returncode == 0, again.output
    assert not [tenant for tenant in tenants.values() if tenant.writes()]


def test_the_role_checks_its_variables(playbooks: Playbooks, acme: Tenant) -> None:
    play = {"name": "Role", "hosts": "all", "gather_facts": False, "connection": "local"}
    play["roles"] = [{"role": "qlikops.cloud.qlik_connections"}]
    variables = {
        "qlik_tenant_url": acme.url,
        "qlik_access_token": acme.api_key,
        "qlik_connections_values": ["canary-value"],
    }
    run = playbooks.run([play], "-vvv", inventory={"all": {"hosts": {"acme": variables}}})
    assert run.returncode == 2
    assert "qlik_connections_values" in run.output
    assert "canary-" not in run.output
    assert acme.log == []
