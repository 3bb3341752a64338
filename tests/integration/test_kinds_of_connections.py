"""The kinds of connections and places that need something of their own: raw statements, gateways, data integration,
personal space.
"""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, task, three_times

KEY = "canary-fingerprint-key"
ONE, BULK = "qlik_data_connection", "qlik_data_connections"
PARTS: dict[str, Any] = {
    "provider": "QvOdbcConnectorPackage.exe",
    "properties": {
        "driver": "mssql",
        "host": "old.example.com",
        "port": 1433,
        "database": "a=b&c",
        "useEncryption": True,
    },
}
STATEMENT = (
    "CUSTOM CONNECT TO"
    ' "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=old.example.com;port=1433;database=a=b&c;'
    'useEncryption=true;"'
)
CHANGED = (
    "{{ statement | qlikops.cloud.parse_connect_statement | combine(changed, recursive=true) |"
    " qlikops.cloud.format_connect_statement }}"
)


def test_a_raw_statement_is_written_and_changed_by_the_filters(
    playbooks: Playbooks, acme: Tenant, both_paths: str
) -> None:
    acme.add_space("Sales")
    secrets = {"qUsername": "reader", "qPassword": "{{ password }}"}
    raw = {"name": "Raw", "space": "Sales", "data_source": "mssql", "fingerprint_key": "{{ key }}", "secrets": secrets}
    rebuilt = {
        "name": "Rebuilt",
        "space": "Sales",
        "fingerprint_key": "{{ key }}",
        "secrets": {"password": "{{ password }}"},
        "data_source": "{{ parsed.properties.driver }}",
        "properties": "{{ parsed.properties | dict2items | rejectattr('key', 'in', ['driver', 'useEncryption']) |"
        " items2dict }}",
    }
    read = task("read", "qlik_data_connection_info", {"name": "Raw", "space": "Sales"}, register="found")
    held = "{{ (found.connections | first).connect_statement | qlikops.cloud.parse_connect_statement }}"
    tasks = [
        *three_times(
            "create", ONE, {**raw, "connect_statement": "{{ parts | qlikops.cloud.format_connect_statement }}"}
        ),
        *three_times("change", ONE, {**raw, "connect_statement": CHANGED}),
        read,
        {"name": "what is held", "ansible.builtin.debug": {"msg": held}},
        *three_times("rebuild", ONE, rebuilt),
        {
            "name": "not a statement",
            "ansible.builtin.debug": {"msg": "{{ 'OLEDB CONNECT TO [x]' | qlikops.cloud.parse_connect_statement }}"},
            "ignore_errors": True,
        },
    ]
    playbooks.write("secrets.yml", {"password": "canary-password", "key": KEY})
    play = {
        "vars_files": ["secrets.yml"],
        "vars": {
            "parts": PARTS,
            "statement": STATEMENT,
            "changed": {"properties": {"host": "new.example.com"}},
            "parsed": "{{ statement | qlikops.cloud.parse_connect_statement }}",
        },
    }
    run = playbooks.tasks(tasks, "--diff", "-vvv", tenant=acme, play=play, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in run.output + json.dumps(run.results)

    run.step(acme, "create")
    (post,) = run.writes(acme, "create")
    assert (post.body["qConnectStatement"], post.body["qUsername"], post.body["qPassword"]) == (
        STATEMENT,
        "reader",
        "canary-password",
    )
    assert run.step(acme, "change")["changes"][0] == "host: old.example.com -> new.example.com"
    now = run.result("what is held")["msg"]
    assert now["provider"] == PARTS["provider"]
    texts = {"driver": "mssql", "port": "1433", "database": "a=b&c", "useEncryption": "true"}
    assert now["properties"] == {**texts, "host": "new.example.com"}
    run.step(acme, "rebuild")
    assert acme.connection("Rebuilt", "Sales").properties["database"] == "a=b&c"
    assert "CUSTOM CONNECT TO" in run.result("not a statement")["msg"]


DATA_INTEGRATION: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "repsrc_mysql",
        {"agentId": "agent-1", "server": "db", "port": 3306, "username": "u"},
        {"password": "canary-pw"},
        {"server": "db2"},
    ),
    (
        "repsrc_postgresql",
        {
            "agentId": "agent-1",
            "server": "db",
            "username": "u",
            "database": "d",
            "sslMode": "require",
            "captureDDLs": False,
        },
        {"password": "canary-pw"},
        {"heartbeatEnable": True},
    ),
    (
        "repsrc_oracle",
        {"agentId": "agent-1", "server": "//db:1521/orcl", "username": "u"},
        {"password": "canary-pw"},
        {"retryInterval": 9},
    ),
    (
        "repsrc_saphana",
        {"agentId": "agent-1", "server": "db", "username": "u"},
        {"password": "canary-pw"},
        {"port": 30015},
    ),
    (
        "reptgt_qdipostgresql",
        {"agentId": "agent-1", "host": "db", "username": "u", "replicateEndpointType": "postgresql###None"},
        {"password": "canary-pw"},
        {"host": "db2"},
    ),
    (
        "reptgt_qdisnowflake",
        {
            "server": "x.snowflakecomputing.example",
            "warehouse": "w",
            "username": "u",
            "authentication_mode": "KEY_PAIR",
        },
        {"privateKeyFile": [{"name": "k.p8", "value": "Y2FuYXJ5LWZpbGU="}], "privateKeyPassphrase": "canary-phrase"},
        {"warehouse": "w2"},
    ),
    (
        "reptgt_qdidatabricks",
        {"server": "x", "httpPath": "/sql/1"},
        {"password": "canary-token"},
        {"httpPath": "/sql/2"},
    ),
    (
        "reptgt_qdis3",
        {"agentId": "agent-1", "bucketName": "b"},
        {"s3AccessKey": "canary-a", "s3SecretKey": "canary-s"},
        {"bucketName": "b2"},
    ),
    (
        "reptgt_qdiadls",
        {"agentId": "agent-1", "storageAccount": "s"},
        {"adlsclientappkey": "canary-app"},
        {"fileSystem": "f"},
    ),
]


def test_data_integration_sources_and_targets(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Pipelines", "data")

    def definitions(*, later: bool) -> list[dict[str, Any]]:
        return [
            {
                "name": source,
                "space": "Pipelines",
                "data_source": source,
                "secrets": secrets,
                "properties": {**properties, **(changes if later else {})},
            }
            for source, properties, secrets, changes in DATA_INTEGRATION
        ]

    first, second = [{"connections": definitions(later=later), "fingerprint_key": KEY} for later in (False, True)]
    gone = [{"name": one["name"], "space": "Pipelines", "state": "absent"} for one in definitions(later=True)[1:]]
    source, properties, secrets, changes = DATA_INTEGRATION[0]
    moved = {
        "name": source,
        "space": "Pipelines",
        "properties": {**properties, **changes, "agentId": "agent-2"},
        "secrets": secrets,
    }
    tasks = [
        *three_times("create", BULK, first),
        *three_times("change", BULK, second),
        *three_times("another gateway", ONE, {**moved, "fingerprint_key": KEY}),
        task("misspelt", ONE, {**moved, "properties": {"agentID": "agent-2"}}, ignore_errors=True),
        *three_times("delete", BULK, {"connections": gone}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in json.dumps(run.results)
    assert run.step(acme, "create")["summary"]["created"] == len(DATA_INTEGRATION)
    assert run.step(acme, "change")["summary"]["updated"] == len(DATA_INTEGRATION)
    assert run.step(acme, "another gateway")["changes"] == ["agentId: agent-1 -> agent-2"]
    assert "Did you mean 'agentId'?" in run.result("misspelt")["msg"]
    run.step(acme, "delete")
    (held,) = acme.connections.values()
    assert (
        acme.properties_of(held.id).items()
        >= {**properties, **changes, "agentId": "agent-2", **secrets, "port": "3306"}.items()
    )


def test_a_gateway_goes_by_its_name(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    gateways = [
        {"id": "g1::g1", "name": "Frankfurt", "default": True},
        {"id": "g2::g2", "name": "Paris", "default": False},
    ]
    acme.gateways = {"DG_mssql": gateways}
    definition = {"name": "Behind", "space": "Sales", "data_source": "DG_mssql", "fingerprint_key": KEY}

    def through(gateway: str) -> dict[str, Any]:
        properties = {"gatewayInstance": gateway, "host": "h", "database": "d", "username": "u"}
        return {**definition, "properties": properties, "secrets": {"password": "canary-pw"}}

    tasks = [
        *three_times("create", ONE, through("Frankfurt")),
        task("by its id", ONE, through("g1::g1")),
        *three_times("change", BULK, {"connections": [through("Paris")]}),
        task("unknown", ONE, through("Pariss"), ignore_errors=True),
        *three_times("delete", ONE, {"name": "Behind", "space": "Sales", "state": "absent"}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in json.dumps(run.results)
    run.step(acme, "create")
    (post,) = run.writes(acme, "create")
    assert post.body["connectionProperties"]["gatewayInstance"] == "g1::g1"
    assert run.result("by its id")["changed"] is False
    (changed,) = run.step(acme, "change")["results"]
    assert changed["changes"] == ["gatewayInstance: g1::g1 -> g2::g2"]
    assert "'Pariss' is no gateway of its data source. Did you mean 'Paris'?" in run.result("unknown")["msg"]
    run.step(acme, "delete")


def test_a_connection_moves_to_the_personal_space_and_back(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    definition = {
        "name": "Orders",
        "data_source": "postgres",
        "fingerprint_key": KEY,
        "secrets": {"password": "canary-pw"},
        "properties": {"host": "h", "db": "d", "username": "u"},
    }
    there, back = {**definition, "previous_space": "Sales"}, {**definition, "space": "Sales", "previous_space": ""}
    tasks = [
        *three_times("create", ONE, {**definition, "space": "Sales"}),
        *three_times("to the personal space", ONE, there),
        *three_times("back", ONE, back),
        *three_times("there by the dozen", BULK, {"connections": [there]}),
        *three_times("back by the dozen", BULK, {"connections": [back]}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in json.dumps(run.results)
    made = run.step(acme, "create")["connection"]["id"]
    for name in ("to the personal space", "back"):
        moved = run.step(acme, name)
        assert (moved["action"], moved["connection"]["id"]) == ("move", made), "it was replaced on the way"
    assert run.result("to the personal space")["connection"]["space"] == ""
    assert run.result("back")["connection"]["space"] == "Sales"
    for name in ("there by the dozen", "back by the dozen"):
        assert run.step(acme, name)["summary"]["moved"] == 1
    held = acme.connection("Orders", "Sales")
    assert (held.id, acme.secrets_of(held.id)) == (made, {"password": "canary-pw"})
