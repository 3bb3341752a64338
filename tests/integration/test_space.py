"""One space: made, described, given away, removed; and what can't be."""

from __future__ import annotations

import pytest

from tests.emulator import Tenant
from tests.emulator.control import members_by_space
from tests.integration.playbooks import Playbooks, task, three_times


def test_a_space_through_its_life(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    tasks = [
        *three_times("create", "qlik_space", {"name": "Sales", "description": "first"}),
        *three_times(
            "change", "qlik_space", {"name": "Sales", "description": "second", "owner": "Analyst@acme.example"}
        ),
        task("not touched", "qlik_space", {"name": "Sales"}),
        *three_times("delete", "qlik_space", {"name": "Sales", "state": "absent"}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    made = run.step(acme, "create")
    assert [entry.method for entry in run.writes(acme, "create")] == ["POST"]
    assert (made["space"]["name"], made["space"]["type"], made["space"]["description"]) == ("Sales", "shared", "first")
    assert made["space"]["id"]
    assert made["diff"]["before"] == ""
    changed = run.step(acme, "change")
    assert changed["changes"][0] == "description: first -> second"
    assert changed["space"]["owner_id"] == acme.user("analyst").id
    assert [entry.method for entry in run.writes(acme, "change")] == ["PATCH"]
    assert run.result("not touched")["changed"] is False
    assert run.step(acme, "delete")["diff"]["after"] == ""
    assert acme.spaces == {}


@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
def test_members_through_their_life(playbooks: Playbooks, acme: Tenant, both_paths: str, namespace: str) -> None:
    acme.add_user("jo", "jo@acme.example")
    acme.add_group("Analysts")
    common = {"api_namespace": namespace}
    members = [{"user": "Jo@acme.example", "roles": "producer"}, {"group": "Analysts", "roles": ["dataconsumer"]}]
    later = [{"group": "Analysts", "roles": ["consumer"]}]
    connection = {"name": "db", "space": "HR", "data_source": "rest", "properties": {"url": "https://x.example"}}
    whole = {"spaces": [{"name": "HR", "members": members}], "connections": [connection]}
    bad = [{"user": "no@x", "roles": ["consumr"]}, {"group": "analysts", "roles": ["consumer"]}]
    exact = {"name": "Sales", "members": later, "members_mode": "exact"}
    tasks = [
        *three_times("create", "qlik_space", {"name": "Sales", "members": members, **common}),
        *three_times("change", "qlik_space", {**exact, **common}),
        *three_times("many", "qlik_data_connections", {**whole, **common}),
        task("mistakes", "qlik_space", {"name": "Sales", "members": bad}, ignore_errors=True),
        task("no list", "qlik_space", {"name": "Sales", "members": "jo@acme.example"}, ignore_errors=True),
        task("delete", "qlik_space", {**exact, "state": "absent"}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    made = run.step(acme, "create")
    assert [entry.method for entry in run.writes(acme, "create")] == ["POST"] * 3
    assert [(member["roles"], member["id"]) for member in made["space"]["members"]] == [
        (["producer"], acme.user("jo").id),
        (["dataconsumer"], acme.group("Analysts").id),
    ]
    changed = run.step(acme, "change")
    assert changed["changes"] == [
        "member user jo@acme.example: remove (producer)",
        "member group Analysts: dataconsumer -> consumer",
    ]
    assert len(changed["diff"]["before"]["members"]) == 2
    assert [entry.method for entry in run.writes(acme, "change")] == ["PUT", "DELETE"]
    assert len(run.step(acme, "many")["spaces"][0]["changes"]) == 3
    mistakes = run.result("mistakes")["msg"]
    for said in ("'no@x': no user", "no role 'consumr'. Did you mean 'consumer'", "There is 'Analysts', which differs"):
        assert said in mistakes
    assert run.result("no list")["status"] == "failed"
    assert members_by_space(acme) == {"HR": {"jo@acme.example": ["producer"], "Analysts": ["dataconsumer"]}}


def test_what_can_not_be(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Full")
    acme.add_connection("Orders", space="Full")
    bad = {
        "not empty": ({"name": "Full", "state": "absent"}, ["space 'Full'", "only deleted when it is empty"]),
        "bad name": ({"name": "a/b"}, ["space 'a/b'", "must be 1 to 256 characters long"]),
        "other type": ({"name": "Full", "type": "managed"}, ["space 'Full'", "it is a shared space"]),
        "no such owner": ({"name": "Full", "owner": "nobody@x.example"}, ["space 'Full'", "nobody@x.example"]),
        "no name": ({}, ["missing required arguments: name"]),
    }
    tasks = [task(name, "qlik_space", options, ignore_errors=True) for name, (options, _said) in bad.items()]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    for name, (_options, said) in bad.items():
        result = run.result(name)
        assert result["status"] == "failed", name
        assert all(text in result["msg"] for text in said), result["msg"]
        assert name == "no name" or acme.url.removeprefix("http://") in result["msg"]
    assert [entry.method for entry in acme.writes()] == ["DELETE"], "whether a space is empty only the tenant knows"
    assert len(acme.spaces) == 1


def test_every_type_and_a_new_owner_at_once(playbooks: Playbooks, acme: Tenant) -> None:
    tasks = []
    for kind in ("shared", "managed", "data"):
        tasks += three_times(
            kind, "qlik_space", {"name": f"a {kind} one", "type": kind, "owner": acme.user("analyst").id}
        )
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.returncode == 0, run.output
    for kind in ("shared", "managed", "data"):
        assert run.step(acme, kind)["space"]["owner_id"] == acme.user("analyst").id
        assert (acme.space(f"a {kind} one").type, acme.space(f"a {kind} one").owner_id) == (
            kind,
            acme.user("analyst").id,
        )
