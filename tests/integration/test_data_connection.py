"""One connection: made, changed, renamed, moved and removed, each foreseen by check mode and done once."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, Run, task, three_times

KEY = "canary-fingerprint-key"
FIRST, SECOND = "canary-first-password", "canary-second-password"
STATEMENT = (
    "CUSTOM CONNECT TO"
    ' "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=sql.example.com;port=1433;database=stock;"'
)


def operations(run: Run, tenant: Tenant, task_name: str) -> dict[str, Any]:
    """The operations, by path, of the one PATCH that a task sent."""
    (entry,) = run.writes(tenant, task_name)
    assert entry.method == "PATCH", f"{task_name} sent {entry.method} {entry.path}"
    return {operation["path"]: operation["value"] for operation in entry.body}


def test_a_short_life(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    for space in ("Sales", "Finance"):
        acme.add_space(space)
    first: dict[str, Any] = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "fingerprint_key": KEY,
        "tags": ["nightly"],
    }
    first |= {"properties": {"host": "db", "port": 5432, "username": "reader"}, "secrets": {"password": FIRST}}
    second = {
        **first,
        "name": "Orders 2",
        "previous_name": "Orders",
        "space": "Finance",
        "previous_space": "Sales",
        "tags": [],
    }
    second |= {"properties": {"host": "db2", "port": 5432}, "secrets": {"password": SECOND}, "tags_mode": "exact"}
    tasks = [
        *three_times("create", "qlik_data_connection", first),
        *three_times("change", "qlik_data_connection", second),
        *three_times("delete", "qlik_data_connection", {"name": "Orders 2", "space": "Finance", "state": "absent"}),
    ]
    run = playbooks.tasks(tasks, "--diff", "-vvv", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in run.output + json.dumps(run.results)

    made = run.step(acme, "create")
    assert [entry.method for entry in run.writes(acme, "create")] == ["POST"]
    assert made["diff"]["after"]["secrets"] == {"password": "********"}

    changed = run.step(acme, "change")
    assert changed["connection"]["id"] == made["connection"]["id"]
    paths = operations(run, acme, "change")
    assert paths["/connectionProperties/password"] == SECOND
    assert set(paths) == {"/qName", "/space", "/tags", "/connectionProperties/host", "/connectionProperties/password"}
    before, after = changed["diff"]["before"], changed["diff"]["after"]
    assert (before["name"], before["tags"], before["properties"]) == ("Orders", ["nightly"], {"host": "db"})
    assert (after["name"], after["space"], after["tags"], after["properties"]) == (
        "Orders 2",
        "Finance",
        [],
        {"host": "db2"},
    )

    assert run.step(acme, "delete")["action"] == "delete"
    assert [entry.method for entry in run.writes(acme, "delete")] == ["DELETE"]
    assert acme.connections == {}


def test_a_connection_through_its_life(playbooks: Playbooks, acme: Tenant) -> None:
    for space in ("Sales", "Finance"):
        acme.add_space(space)
    orders: dict[str, Any] = {"name": "Orders", "space": "Sales", "data_source": "postgres", "fingerprint_key": KEY}
    orders |= {"secrets": {"password": FIRST}, "tags": ["nightly"]}
    orders |= {"properties": {"host": "db.example.com", "port": 5432, "db": "orders", "username": "reader"}}
    other_port = {**orders, "properties": {**orders["properties"], "port": "5433", "SSLMode": "require"}}
    merged = {**other_port, "tags": ["weekly"]}
    exact = {**merged, "tags_mode": "exact"}
    rotated = {**exact, "secrets": {"password": SECOND}}
    elsewhere = {**rotated, "properties": {**rotated["properties"], "host": "db2.example.com"}}
    renamed = {**elsewhere, "name": "Orders (new)", "previous_name": "Orders"}
    moved = {**elsewhere, "name": "Orders (new)", "space": "Finance", "previous_space": "Sales"}
    stock: dict[str, Any] = {
        "name": "Stock",
        "space": "Sales",
        "data_source": "mssql",
        "connect_statement": STATEMENT,
        "secrets_version": "1",
    }
    stock |= {"secrets": {"qUsername": "reader", "qPassword": FIRST}}
    steps = {
        "create": orders,
        "properties": other_port,
        "merge tags": merged,
        "exact tags": exact,
        "rotate": rotated,
        "host": elsewhere,
        "rename": renamed,
        "move": moved,
        "create from a statement": stock,
        "change the statement": {**stock, "connect_statement": STATEMENT.replace("port=1433", "port=1444")},
    }
    tasks = [one for name, options in steps.items() for one in three_times(name, "qlik_data_connection", options)]
    tasks[1]["register"] = "made"
    tasks += three_times(
        "by id", "qlik_data_connection", {"id": "{{ made.connection.id }}", "name": "Orders 2", "space": "Sales"}
    )
    run = playbooks.tasks(tasks, "--diff", tenant=acme)
    assert run.returncode == 0, run.output
    assert "canary" not in run.output

    made = run.step(acme, "create")
    assert made["action"] == "create"
    (post,) = run.writes(acme, "create")
    assert (post.method, post.path) == ("POST", "/api/v1/data-connections")
    assert post.body["connectionProperties"] == {**orders["properties"], "password": FIRST}
    assert post.body["space"] == acme.space("Sales").id
    assert (made["connection"]["space"], made["connection"]["tags"], made["connection"]["managed"]) == (
        "Sales",
        ["nightly"],
        True,
    )
    assert made["diff"]["after"]["secrets"] == {"password": "********"}
    assert "password" not in made["connection"]["properties"]
    assert made["connection"]["id"] in acme.connections

    changed = run.step(acme, "properties")
    assert (changed["action"], changed["changes"]) == ("update", ["port: 5432 -> 5433", "SSLMode: prefer -> require"])
    assert operations(run, acme, "properties") == {
        "/connectionProperties/port": "5433",
        "/connectionProperties/SSLMode": "require",
    }
    assert changed["diff"]["before"]["properties"] == {"port": "5432", "SSLMode": "prefer"}

    assert run.step(acme, "merge tags")["connection"]["tags"] == ["nightly", "weekly"]
    assert set(operations(run, acme, "merge tags")) == {"/tags"}
    assert run.step(acme, "exact tags")["connection"]["tags"] == ["weekly"]
    tags = operations(run, acme, "exact tags")["/tags"]
    assert {":".join(tag.split(":")[:2]) for tag in tags} == {
        "weekly",
        "DcaasAPI:QvOdbcConnectorPackage.exe",
        "qlikops.cloud:managed",
        "qlikops.cloud:secrets",
        "qlikops.cloud:sent",
        "qlikops.cloud:user",
    }

    sent = run.step(acme, "rotate")
    assert sent["changes"] == [
        "secrets (password): send, because they differ from those sent last, or the connection was renamed or moved by"
        " hand since"
    ]
    assert sent["diff"]["before"]["secrets"] == {"password": "********"}
    assert sent["diff"]["after"]["secrets"] == {"password": "******** (changed)"}
    assert operations(run, acme, "rotate")["/connectionProperties/password"] == SECOND

    run.step(acme, "host")
    # The tag that says where secrets went changes with the host.
    assert set(operations(run, acme, "host")) == {
        "/connectionProperties/host",
        "/connectionProperties/password",
        "/tags",
    }
    assert run.step(acme, "rename")["action"] == "move"
    assert set(operations(run, acme, "rename")) == {"/qName", "/tags"}
    assert run.step(acme, "move")["action"] == "move"
    assert set(operations(run, acme, "move")) == {"/space", "/tags"}
    assert run.step(acme, "by id")["changes"][:2] == ["rename 'Orders (new)' to 'Orders 2'", "move to space 'Sales'"]
    assert "POST" not in {entry.method for entry in run.writes(acme, "by id")}

    run.step(acme, "create from a statement")
    (post,) = run.writes(acme, "create from a statement")
    assert (post.body["qConnectStatement"], post.body["qUsername"], post.body["qPassword"]) == (
        STATEMENT,
        "reader",
        FIRST,
    )
    run.step(acme, "change the statement")
    patch = operations(run, acme, "change the statement")
    assert "port=1444;" in patch["/qConnectStatement"]
    assert patch["/qPassword"] == FIRST

    connection = acme.connection("Orders 2", "Sales")
    assert connection.id == made["connection"]["id"], "it was replaced on the way"
    assert acme.secrets_of(connection.id) == {"password": SECOND}
    held = {name: connection.properties[name] for name in ("host", "port", "db")}
    assert held == {"host": "db2.example.com", "port": "5433", "db": "orders"}

    absent = [{"name": "Orders 2", "space": "Sales", "state": "absent"}, {"id": "{{ stock }}", "state": "absent"}]
    tasks = [
        one
        for options in absent
        for one in three_times(f"delete {options.get('name')}", "qlik_data_connection", options)
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"stock": acme.connection("Stock", "Sales").id})
    assert run.returncode == 0, run.output
    for name in ("Orders 2", None):
        assert run.step(acme, f"delete {name}")["diff"]["after"] == ""
        assert [entry.method for entry in run.writes(acme, f"delete {name}")] == ["DELETE"]
    assert acme.connections == {}


def test_a_previous_place_that_stays_declared_does_no_harm(playbooks: Playbooks, acme: Tenant) -> None:
    for space in ("Sales", "Finance"):
        acme.add_space(space)
    first = {"data_source": "rest", "properties": {"url": "https://api.example/x"}}
    renamed = {**first, "name": "new", "previous_name": "old", "space": "Sales"}
    moved = {**first, "name": "old", "space": "Finance", "previous_space": "Sales"}
    tasks = [
        task("create A", "qlik_data_connection", {**first, "name": "old", "space": "Sales"}),
        task("rename A", "qlik_data_connection", renamed),
        *three_times("then move A", "qlik_data_connection", {**renamed, "space": "Finance", "previous_space": "Sales"}),
        task("create B", "qlik_data_connection", {**first, "name": "old", "space": "Sales"}),
        task("move B", "qlik_data_connection", moved),
        *three_times("then rename B", "qlik_data_connection", {**moved, "name": "newer", "previous_name": "old"}),
    ]
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.returncode == 0, run.output
    assert run.step(acme, "then move A")["action"] == "move"
    assert run.step(acme, "then rename B")["action"] == "move"
    assert sorted(one.name for one in acme.connections.values()) == ["new", "newer"]


def test_what_is_not_declared_is_not_touched(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    options: dict[str, Any] = {"name": "Orders", "space": "Sales", "data_source": "postgres", "fingerprint_key": KEY}
    options |= {"properties": {"host": "h", "username": "u"}, "secrets": {"password": FIRST}}
    assert playbooks.tasks([task("create", "qlik_data_connection", options)], tenant=acme).returncode == 0
    made = acme.connection("Orders", "Sales")
    acme.edit_connection(made.id, properties={"db": "by hand", "QueryTimeout": "99"}, secrets={"password": "by hand"})
    acme.edit_connection(made.id, tags=[*made.tags, "by hand"])

    run = playbooks.tasks(
        [
            task("same", "qlik_data_connection", options),
            task("another tag", "qlik_data_connection", {**options, "tags": ["declared"]}),
        ],
        tenant=acme,
    )
    assert run.result("same")["changed"] is False
    assert run.result("another tag")["changed"] is True
    assert {"by hand", "declared"} <= set(acme.connection("Orders", "Sales").tags)
    assert acme.properties_of(made.id)["db"] == "by hand"
    assert acme.secrets_of(made.id) == {"password": "by hand"}, "an unrelated change brought an old password back"


def test_the_policies_for_secrets(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    base = {"space": "Sales", "data_source": "postgres", "properties": {"host": "h", "username": "u"}}
    plain = {**base, "name": "plain", "secrets": {"password": FIRST}}
    version = {**base, "name": "version", "secrets": {"password": FIRST}, "secrets_version": "1"}
    always = {**base, "name": "always", "secrets": {"password": FIRST}, "update_secrets": "always"}
    create = {**base, "name": "create", "secrets": {"password": FIRST}, "update_secrets": "on_create"}
    tasks = []
    for options in (plain, version, always, create):
        name = options["name"]
        tasks += [
            task(f"{name} 1", "qlik_data_connection", options),
            task(f"{name} 2", "qlik_data_connection", {**options, "secrets": {"password": SECOND}}),
        ]
    tasks.append(
        task("version 3", "qlik_data_connection", {**version, "secrets": {"password": SECOND}, "secrets_version": "2"})
    )
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.returncode == 0, run.output

    changed = {line["task"]: line["result"]["changed"] for line in run.results if not line["task"].endswith(" 1")}
    assert changed == {"plain 2": False, "version 2": False, "always 2": True, "create 2": False, "version 3": True}
    held = {one.name: acme.secrets_of(one.id)["password"] for one in acme.connections.values()}
    assert held == {"plain": FIRST, "version": SECOND, "always": SECOND, "create": FIRST}
    assert any("fingerprint_key or secrets_version" in warning for warning in run.result("plain 2")["warnings"])
    assert not any(run.result(name).get("warnings") for name in ("version 2", "always 2", "create 2"))


def test_the_personal_space(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    mine = {"name": "Mine", "data_source": "rest", "properties": {"url": "https://api.example/x"}}
    tasks = [
        *three_times("personal", "qlik_data_connection", mine),
        *three_times("to a space", "qlik_data_connection", {**mine, "space": "Sales", "previous_space": ""}),
        *three_times("and back", "qlik_data_connection", {**mine, "previous_space": "Sales"}),
        task(
            "as a bot",
            "qlik_data_connection",
            {**mine, "access_token": "", "client_id": "client-acme", "client_secret": "secret-acme"},
        ),
    ]
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.returncode == 0, run.output
    made = run.step(acme, "personal")
    assert (made["connection"]["space"], made["connection"]["space_id"]) == ("", "")
    assert run.step(acme, "to a space")["connection"]["space"] == "Sales"
    assert run.step(acme, "and back")["connection"]["space_id"] == ""
    assert run.result("and back")["connection"]["id"] == made["connection"]["id"]
    assert not made.get("warnings")
    assert any("bot" in warning for warning in run.result("as a bot")["warnings"])
    assert len(acme.connections) == 2, "the bot has a personal space of its own"


def test_files_are_read_encoded_and_sent(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    playbooks.write("files/key.json", '{"private_key": "canary-in-a-file"}')
    options: dict[str, Any] = {"name": "Clicks", "space": "Sales", "data_source": "gbq", "fingerprint_key": KEY}
    options |= {
        "properties": {"Email": "a@b.example", "Catalog": "c"},
        "secrets": {"KeyFilePath": {"path": "key.json"}},
    }
    run = playbooks.tasks(
        three_times("create", "qlik_data_connection", options),
        "--diff",
        "-vvv",
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    assert run.returncode == 0, run.output
    run.step(acme, "create")
    (sent,) = acme.secrets_of(acme.connection("Clicks", "Sales").id)["KeyFilePath"]
    assert (sent["name"], sent["value"]) == ("key.json", "eyJwcml2YXRlX2tleSI6ICJjYW5hcnktaW4tYS1maWxlIn0=")
    assert "canary" not in run.output
    assert sent["value"] not in run.output + json.dumps(run.results)

    playbooks.write("files/key.json", '{"private_key": "canary-another-file"}')
    run = playbooks.tasks(
        three_times("another", "qlik_data_connection", options), tenant=acme, variables={"qlik_in_process": both_paths}
    )
    assert run.step(acme, "another")["action"] == "update"
