"""What the modules tell that only read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, task, three_times

SEED: dict[str, Any] = {
    "name": "varied",
    "users": [
        {"name": "admin", "email": "admin@varied.example", "roles": ["TenantAdmin"]},
        {"name": "jo", "email": "jo@varied.example", "roles": []},
    ],
    "api_keys": [{"key": "key-admin", "user": "admin"}, {"key": "key-jo", "user": "jo"}],
    "spaces": [{"name": "Sales"}, {"name": "Finance", "roles": {"jo": ["producer"]}}],
    "datafiles": True,
    "gateways": {
        "DG_postgres": [
            {"id": "a::a", "name": "Frankfurt", "default": True},
            {"id": "b::b", "name": "Paris", "default": False},
        ]
    },
    "disabled_sources": ["snowflake"],
    "connections": [
        {
            "name": "by hand",
            "space": "Sales",
            "properties": {"host": "h", "password": "canary-x"},
            "tags": ["nightly", "eu"],
        },
        {
            "name": "of jo",
            "space": "Finance",
            "owner": "jo",
            "data_source": "mssql",
            "properties": {"host": "h"},
            "tags": ["nightly"],
        },
        {
            "name": "personal",
            "data_source": "rest",
            "properties": {"url": "https://api.example/x?key=canary-y", "method": "GET"},
        },
        {"name": "odd", "space": "Sales", "data_source": "rest", "properties": {"url": "https://api.example/x"}},
    ],
}


@pytest.fixture
def varied(emulator: Emulator) -> Tenant:
    """A tenant with something of everything."""
    tenant = emulator.add_tenant(SEED)
    tenant.connection("odd", "Sales").statement = "SOMETHING ELSE password=canary-z"
    return tenant


def test_connections_are_narrowed(playbooks: Playbooks, varied: Tenant, both_paths: str) -> None:
    managed = {"name": "ours", "space": "Sales", "data_source": "postgres", "properties": {"host": "h"}}
    everything = ["by hand", "odd", "of jo", "ours", "personal"]
    narrowings: dict[str, tuple[dict[str, Any], list[str]]] = {
        "everything": ({}, everything),
        "name": ({"name": "ours"}, ["ours"]),
        "part of a name": ({"name": "our"}, []),
        "id": ({"id": varied.connection("of jo", "Finance").id}, ["of jo"]),
        "unknown id": ({"id": "00000000-0000-4000-8000-000000000000"}, []),
        "space": ({"space": "Sales"}, ["by hand", "odd", "ours"]),
        "space by id": ({"space": varied.space("Finance").id}, ["of jo"]),
        "data source": ({"data_source": "rest"}, ["odd", "personal"]),
        "one tag": ({"tags": ["nightly"]}, ["by hand", "of jo"]),
        "two tags": ({"tags": ["nightly", "eu"]}, ["by hand"]),
        "owner": ({"owner": "jo@varied.example"}, ["of jo"]),
        "owner by id": ({"owner": varied.user("jo").id}, ["of jo"]),
        "managed": ({"managed": "yes"}, ["ours"]),
        "unmanaged": ({"managed": "no"}, ["by hand", "odd", "of jo", "personal"]),
        "together": ({"space": "Sales", "managed": "no", "data_source": "postgres"}, ["by hand"]),
    }
    if both_paths == "false":
        narrowings = {name: narrowings[name] for name in ("everything", "managed", "owner")}
    tasks = [task("make", "qlik_data_connection", managed)]
    tasks += [task(name, "qlik_data_connection_info", options) for name, (options, _names) in narrowings.items()]
    tasks += [
        task("unknown space", "qlik_data_connection_info", {"space": "Slaes"}, ignore_errors=True),
        task("unknown owner", "qlik_data_connection_info", {"owner": "nobody@x.example"}, ignore_errors=True),
        task("check", "qlik_data_connection_info", {}, check_mode=True),
    ]
    run = playbooks.tasks(tasks, "-vvv", tenant=varied, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in run.output + json.dumps(run.results)
    for name, (_options, names) in narrowings.items():
        found = run.result(name)
        assert found["changed"] is False
        assert sorted(one["name"] for one in found["connections"]) == sorted(names), name
    shown = {one["name"]: one for one in run.result("everything")["connections"]}
    assert (shown["ours"]["space"], shown["ours"]["managed"], shown["ours"]["properties"]["host"]) == (
        "Sales",
        True,
        "h",
    )
    assert shown["personal"]["properties"]["url"] == "https://api.example/x?key=********"
    assert shown["odd"]["connect_statement"] == "********"
    assert run.result("check")["connections"] == run.result("everything")["connections"]
    assert "Did you mean 'Sales'?" in run.result("unknown space")["msg"]
    assert "nobody@x.example" in run.result("unknown owner")["msg"]
    assert len(varied.writes()) == 1


def test_definitions_applied_again_change_nothing(
    playbooks: Playbooks, emulator: Emulator, acme: Tenant, both_paths: str
) -> None:
    acme.add_space("Sales")
    headers = [
        {"name": "Accept", "value": "text/xml"},
        {"name": "X-API-Key", "value": "canary-header", "encrypt": True},
    ]
    connections: list[dict[str, Any]] = [
        {
            "name": "db",
            "data_source": "postgres",
            "properties": {"host": "h", "port": 1, "username": "u", "useBulkReader": False},
        },
        {
            "name": "s3",
            "data_source": "File_AmazonS3ConnectorV2",
            "properties": {"region": "eu-west-1", "bucketName": "b"},
        },
        {
            "name": "api",
            "data_source": "rest",
            "properties": {"url": "https://api.example/a=b;c%d?x=y", "queryHeaders": headers},
        },
        {"name": "q?/%&ü", "data_source": "mssql", "properties": {"host": 'a;b"c%1d', "database": "x"}, "tags": ["t"]},
    ]
    connections = [{**one, "space": "Sales", "secrets": {"password": "canary-pw"}} for one in connections]
    connections[1]["secrets"] = {"accessKey": "canary-a", "secretKey": "canary-s"}
    one_by_one = {option: f"{{{{ item.{option} }}}}" for option in ("name", "space", "data_source", "properties")}
    one_by_one["tags"] = "{{ item.tags | default(omit) }}"
    made = {"connections": connections, "fingerprint_key": "canary-fingerprint-key"}
    tasks = [
        task("make", "qlik_data_connections", made),
        task("read", "qlik_data_connection_info", {"managed": "yes", "definitions": True}, register="found"),
        task("apply", "qlik_data_connections", {"connections": "{{ found.definitions }}"}),
        task("one by one", "qlik_data_connection", one_by_one, loop="{{ found.definitions }}"),
    ]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in run.output + json.dumps(run.results)
    definitions = run.result("read")["definitions"]
    assert [one["name"] for one in definitions] == ["api", "db", "q?/%&ü", "s3"]
    assert all(set(one) <= {"name", "space", "data_source", "properties", "tags"} for one in definitions)
    applied = run.result("apply")
    assert applied["changed"] is False, [item["changes"] for item in applied["results"]]
    assert run.writes(acme, "apply") == []
    assert run.result("one by one")["changed"] is False

    # With the secrets added, they rebuild the connections elsewhere.
    copy = emulator.add_tenant({"name": "copy", "spaces": [{"name": "Sales"}]})
    secrets = {one["name"]: one["secrets"] for one in connections}
    rebuilt = [{**one, "secrets": secrets[one["name"]]} for one in definitions]
    for one in rebuilt:
        if one["name"] == "api":
            one["properties"] = {**one["properties"], "queryHeaders": headers, "url": "https://api.example/a=b;c%d?x=y"}
    again = {"connections": rebuilt, "fingerprint_key": "canary-fingerprint-key"}
    run = playbooks.tasks(three_times("rebuild", "qlik_data_connections", again), tenant=copy)
    run.step(copy, "rebuild")
    for held in acme.connections.values():
        other = copy.connection(held.name, "Sales")
        assert other.statement == held.statement
        assert copy.properties_of(other.id) == acme.properties_of(held.id)


def test_data_sources(playbooks: Playbooks, varied: Tenant, both_paths: str) -> None:
    tasks = [
        task("all", "qlik_data_source_info"),
        task("with disabled", "qlik_data_source_info", {"include_disabled": True, "search": "SNOWFLAKE"}),
        task("search", "qlik_data_source_info", {"search": "amazon s3 v2"}),
        task("by name", "qlik_data_source_info", {"data_source": "REST", "specs": True}),
        task("specs", "qlik_data_source_info", {"data_source": "File_AmazonS3ConnectorV2", "specs": True}),
        task("gateways", "qlik_data_source_info", {"search": "postgres", "gateways": True}),
        task("unknown", "qlik_data_source_info", {"data_source": "postgrse"}, ignore_errors=True),
        task("disabled", "qlik_data_source_info", {"data_source": "snowflake"}, ignore_errors=True),
    ]
    run = playbooks.tasks(tasks, tenant=varied, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output

    def ids(name: str) -> list[str]:
        return [one["id"] for one in run.result(name)["data_sources"]]

    assert "postgres" in ids("all")
    assert "snowflake" not in ids("all")
    assert "snowflake" in ids("with disabled")
    assert [one["disabled"] for one in run.result("with disabled")["data_sources"] if one["id"] == "snowflake"] == [
        True
    ]
    assert ids("search") == ["AmazonS3ConnectorV2", "File_AmazonS3ConnectorV2"]
    assert ids("by name") == ["rest"]
    properties = {one["name"]: one for one in run.result("specs")["data_sources"][0]["properties"]}
    assert [name for name, said in properties.items() if said["secret"]] == ["accessKey", "secretKey"]
    assert "eu-west-1" in properties["region"]["enum"]
    assert (properties["region"]["default"], properties["storeSseHeader"]["type"]) == ("us-east-1", "string")
    method = next(one for one in run.result("by name")["data_sources"][0]["properties"] if one["name"] == "method")
    assert (method["default"], method["enum"]) == ("GET", ["GET", "POST"])
    gateways = {one["id"]: one["gateways"] for one in run.result("gateways")["data_sources"]}
    assert gateways["DG_postgres"] == [
        {"id": "a::a", "name": "Frankfurt", "default": True},
        {"id": "b::b", "name": "Paris", "default": False},
    ]
    assert gateways["postgres"] == []
    assert "Did you mean" in run.result("unknown")["msg"]
    assert "'postgres'" in run.result("unknown")["msg"]
    assert "is disabled on this tenant" in run.result("disabled")["msg"]
    assert varied.writes() == []


def test_tenant_and_caller(playbooks: Playbooks, varied: Tenant, both_paths: str) -> None:
    varied.add_oauth_client("bot", "canary-bot-secret")
    client = {"access_token": "", "client_id": "bot", "client_secret": "canary-bot-secret"}
    tasks = [
        task("admin", "qlik_tenant_info"),
        task("jo", "qlik_tenant_info", {"access_token": "key-jo"}),
        task("bot", "qlik_tenant_info", client),
        task("namespaced", "qlik_tenant_info", {"api_namespace": "connectivity"}),
    ]
    run = playbooks.tasks(tasks, tenant=varied, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    admin = run.result("admin")
    assert (admin["tenant"]["id"], admin["tenant"]["name"], admin["tenant"]["status"]) == (
        varied.id,
        "varied",
        "active",
    )
    assert (admin["user"]["email"], admin["roles"], admin["missing_rights"]) == (
        "admin@varied.example",
        ["TenantAdmin"],
        [],
    )
    assert run.result("jo")["missing_rights"] == ["administer_spaces_and_owners"]
    assert (run.result("bot")["user"]["is_bot"], admin["user"]["is_bot"]) == (True, False)
    assert any(
        entry.path.startswith("/api/connectivity/data-connections") for entry in run.requests(varied, "namespaced")
    )
    other = run.result("namespaced")
    for result in (admin, other):
        result.pop("invocation", None)
        del result["requests"]["seconds"]
    assert other == admin
    assert varied.writes() == []
