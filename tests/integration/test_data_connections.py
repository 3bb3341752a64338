"""Many connections of a tenant in one task:
done together, each failing for itself, and none written when one can't be.
"""

from __future__ import annotations

from typing import Any

from tests.emulator import Tenant
from tests.emulator.identifiers import epoch_of
from tests.integration.playbooks import Playbooks, task, three_times

KEY = "canary-fingerprint-key"


def database(name: str, space: str = "Sales", **more: Any) -> dict[str, Any]:
    """A definition with a secret."""
    content = {"data_source": "postgres", "properties": {"host": f"{name.lower()}.example.com", "username": "reader"}}
    return {"name": name, "space": space, **content, "secrets": {"password": f"canary-{name}"}, **more}


def test_spaces_and_connections_through_their_lives(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Finance", "shared", description="old")
    acme.add_connection("Gone", "postgres", {"host": "x"}, space="Finance")
    spaces = [
        {"name": "Sales", "description": "all of sales"},
        {"name": "Finance", "description": "new"},
        {"name": "Data", "type": "data"},
    ]
    connections = [
        database("A"),
        database("B", tags=["own"]),
        database("C", "Finance"),
        database("D", "Data", secrets_version="1"),
        {"name": "Gone", "space": "Finance", "state": "absent"},
    ]
    first = {"spaces": spaces, "connections": connections, "tags": ["all"], "fingerprint_key": KEY}
    turned = [
        {**connections[0], "properties": {"host": "a2.example.com"}},
        {**connections[1], "secrets": {"password": "canary-rotated"}},
        {**connections[2], "name": "C2", "previous_name": "C", "space": "Sales", "previous_space": "Finance"},
        {**connections[3], "state": "absent"},
    ]
    second = {**first, "connections": turned, "spaces": [*spaces[:2], {"name": "Data", "state": "absent"}]}
    tasks = [
        *three_times("first", "qlik_data_connections", first),
        *three_times("second", "qlik_data_connections", second),
    ]
    run = playbooks.tasks(tasks, "--diff", "-vvv", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "canary" not in run.output

    made = run.step(acme, "first")
    assert {name: count for name, count in made["summary"].items() if count} == {"created": 4, "deleted": 1}
    assert [item["action"] for item in made["results"]] == ["create", "create", "create", "create", "delete"]
    assert [item["action"] for item in made["spaces"]] == ["create", "update", "create"]
    methods = [f"{entry.method} {entry.path.rsplit('/', 1)[-1]}" for entry in run.writes(acme, "first")]
    assert sorted(methods[:3])[1:] == ["POST spaces", "POST spaces"], "spaces come first"
    assert methods[3:7] == ["POST data-connections"] * 4
    assert [entry.method for entry in run.writes(acme, "first")][7:] == ["DELETE"], "what deletes comes last"
    assert made["requests"]["writes"] == 8
    headers = [one["before_header"].split(" / ", 1)[1] for one in made["diff"]]
    assert sorted(headers) == sorted(
        [
            "Sales / A",
            "Sales / B",
            "Finance / C",
            "Data / D",
            "Finance / Gone",
            "space Sales",
            "space Finance",
            "space Data",
        ]
    )

    changed = run.step(acme, "second")
    assert {name: count for name, count in changed["summary"].items() if count} == {
        "updated": 2,
        "moved": 1,
        "deleted": 1,
    }
    assert sorted(entry.method for entry in run.writes(acme, "second")) == [
        "DELETE",
        "DELETE",
        "PATCH",
        "PATCH",
        "PATCH",
    ]
    assert {space.name for space in acme.spaces.values()} == {"Sales", "Finance"}
    assert acme.space("Finance").description == "new"
    held = {one.name: acme.secrets_of(one.id)["password"] for one in acme.connections.values()}
    assert held == {"A": "canary-A", "B": "canary-rotated", "C2": "canary-C"}
    tags = {one.name: [tag for tag in one.tags if ":" not in tag] for one in acme.connections.values()}
    assert tags == {"A": ["all"], "B": ["own"], "C2": ["all"]}, "the task's tags are for those that name none"


def test_one_that_fails_does_not_stop_the_others(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_space("Finance")
    body = '{"errors": [{"code": "DCERROR-0010", "title": "Refused", "detail": "for a reason"}]}'
    acme.add_fault(
        "status", status=400, body=body, match={"method": "POST", "path": "data-connections"}, after=1, times=1
    )
    acme.add_fault("status", status=403, match={"method": "POST", "path": "data-connections"}, after=3, times=1)
    connections = [database(name) for name in "ABC"] + [database(name, "Finance") for name in "DE"]
    options = {"connections": connections, "fingerprint_key": KEY, "parallel": 1}
    run = playbooks.tasks(
        [
            task("bulk", "qlik_data_connections", options, ignore_errors=True),
            task("resumed", "qlik_data_connections", options),
        ],
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    result = run.result("bulk")
    assert result["status"] == "failed"
    assert result["changed"] is True
    assert "2 of 5 changes failed" in result["msg"]
    host = acme.url.removeprefix("http://")
    assert f"- {host}: space 'Sales': connection 'B': " in result["msg"]
    assert "DCERROR-0010: Refused: for a reason" in result["msg"]
    assert f"- {host}: space 'Finance': connection 'D': " in result["msg"]
    assert {name: count for name, count in result["summary"].items() if count} == {"created": 3, "failed": 2}
    assert [item["name"] for item in result["results"] if item["error"]] == ["B", "D"]
    assert all(item["id"] for item in result["results"] if not item["error"])

    again = run.result("resumed")
    assert again["status"] == "changed"
    assert {name: count for name, count in again["summary"].items() if count} == {"created": 2, "unchanged": 3}
    assert sorted(one.name for one in acme.connections.values()) == list("ABCDE")


def test_nothing_is_written_when_one_is_wrong(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    wrong = database("Wrong")
    wrong["properties"] = {"hots": "x"}
    nowhere = database("Nowhere", "Slaes")
    doubled = [database("Twice"), database("Twice")]
    options = {"spaces": [{"name": "New"}, {"name": "b:d"}], "fingerprint_key": KEY}
    options["connections"] = [database("Good"), wrong, nowhere, *doubled]
    run = playbooks.tasks(
        [
            task("bulk", "qlik_data_connections", options, ignore_errors=True),
            task("bulk (check)", "qlik_data_connections", options, ignore_errors=True, check_mode=True),
        ],
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    result = run.result("bulk")
    assert (result["status"], result["changed"]) == ("failed", False)
    for said in (
        "nothing was written, since 5 of 7 declared things can't be",
        "space 'b:d': a space's name must be",
        "space 'Sales': connection 'Wrong': property 'hots' is not known to data source 'postgres'. Did you mean"
        " 'host'?",
        "space 'Slaes': connection 'Nowhere': space 'Slaes' doesn't exist, or the caller can't see it. Did you mean"
        " 'Sales'?",
        "connection 'Twice': it is declared more than once.",
    ):
        assert said in result["msg"], result["msg"]
    assert result["summary"]["failed"] == 4
    assert run.result("bulk (check)")["msg"] == result["msg"]
    assert acme.writes() == []


def test_only_the_approved_plan_is_carried_out(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    options = {"connections": [database("A"), database("B")], "fingerprint_key": KEY}
    other = {"connections": [database("C")], "fingerprint_key": KEY}
    tasks = [
        task("plan", "qlik_data_connections", options, check_mode=True, register="plan"),
        task("a stranger", "qlik_data_connection", database("B", properties={"host": "elsewhere"})),
        task(
            "changed since",
            "qlik_data_connections",
            {**options, "approved_plan": "{{ plan.plan_digest }}"},
            ignore_errors=True,
        ),
        task("plan again", "qlik_data_connections", options, check_mode=True, register="plan"),
        task(
            "another definition",
            "qlik_data_connections",
            {**other, "approved_plan": "{{ plan.plan_digest }}"},
            ignore_errors=True,
        ),
        task("approved", "qlik_data_connections", {**options, "approved_plan": "{{ plan.plan_digest }}"}),
        task("done already", "qlik_data_connections", {**options, "approved_plan": "{{ plan.plan_digest }}"}),
    ]
    run = playbooks.tasks(tasks, tenant=acme)
    assert run.result("done already")["status"] == "ok"
    for name in ("changed since", "another definition"):
        assert run.result(name)["status"] == "failed"
        assert "not the one that was approved" in run.result(name)["msg"]
        assert run.result(name)["changed"] is False
        assert run.writes(acme, name) == []
    assert run.result("approved")["status"] == "changed"
    assert run.result("approved")["plan_digest"] == run.result("plan again")["plan_digest"]
    assert len(acme.connections) == 2


def test_a_rollout_may_skip_what_was_not_approved(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    options = {
        "connections": [database("A")],
        "fingerprint_key": KEY,
        "approved_plan": "another",
        "when_plan_differs": "skip",
    }
    tasks = [
        task("skipped", "qlik_data_connections", options, register="came"),
        {"name": "later", "ansible.builtin.debug": {"var": "came.plan_differs"}, "when": "came is skipped"},
    ]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "skipped=1" in run.stdout
    assert "not the one that was approved" in run.result("skipped")["msg"]
    assert run.result("later")["came.plan_differs"] is True
    assert acme.writes() == []


def test_the_approved_plans_of_all_hosts_are_named_by_their_variable(
    playbooks: Playbooks, acme: Tenant, both_paths: str
) -> None:
    acme.add_space("Sales")
    options = {"connections": [database("A")], "fingerprint_key": KEY}
    named = {**options, "approved_plans": "plans"}
    digests = {"localhost": "{{ plan.plan_digest }}", "another": "0"}
    tasks = [
        task("plan", "qlik_data_connections", options, check_mode=True, register="plan"),
        task("no such variable", "qlik_data_connections", named, ignore_errors=True),
        {"name": "of another host", "ansible.builtin.set_fact": {"plans": {"another": "{{ plan.plan_digest }}"}}},
        task("nothing approved", "qlik_data_connections", named, ignore_errors=True),
        {"name": "approve", "ansible.builtin.set_fact": {"plans": digests}},
        task("approved", "qlik_data_connections", named),
        {"name": "none needed", "ansible.builtin.set_fact": {"plans": "{{ false }}"}},
        task("free", "qlik_data_connections", {**named, "connections": [database("A"), database("B")]}),
    ]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "approved_plans names the variable plans, which must hold digests" in run.result("no such variable")["msg"]
    assert "no plan was approved for this tenant" in run.result("nothing approved")["msg"]
    assert run.writes(acme, "no such variable") == run.writes(acme, "nothing approved") == []
    assert [run.result(name)["summary"]["created"] for name in ("approved", "free")] == [1, 1]


def test_what_is_unchanged_may_be_counted_only(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    options = {"connections": [database("A"), database("B")], "fingerprint_key": KEY, "list_unchanged": False}
    more = {
        **options,
        "connections": [database("A"), database("B"), database("C"), database("D", properties={"hots": "x"})],
    }
    tasks = [
        task("first", "qlik_data_connections", options),
        task("again", "qlik_data_connections", options),
        task("wrong", "qlik_data_connections", more, ignore_errors=True),
    ]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert [item["name"] for item in run.result("first")["results"]] == ["A", "B"]
    assert run.result("again")["results"] == []
    assert run.result("again")["summary"]["unchanged"] == 2
    assert [(item["name"], bool(item["error"])) for item in run.result("wrong")["results"]] == [
        ("C", False),
        ("D", True),
    ]


def test_only_the_named_connections_are_held(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    acme.add_space("Finance")
    options = {"connections": [database("A"), database("B"), database("A", space="Finance")], "fingerprint_key": KEY}
    run = playbooks.tasks(
        [
            task("one", "qlik_data_connections", {**options, "only": ["Sales:A"]}),
            task("of a name", "qlik_data_connections", {**options, "only": ["A"]}),
            task("unknown", "qlik_data_connections", {**options, "only": ["B", "Sales:a"]}, ignore_errors=True),
            task(
                "pruned",
                "qlik_data_connections",
                {**options, "only": ["B"], "prune": True, "prune_spaces": ["Sales"]},
                ignore_errors=True,
            ),
            task("none", "qlik_data_connections", {**options, "only": []}),
        ],
        tenant=acme,
    )
    assert [item["name"] for item in run.result("one")["results"]] == ["A"]
    assert [(item["space"], item["action"]) for item in run.result("of a name")["results"]] == [
        ("Sales", "none"),
        ("Finance", "create"),
    ]
    assert "'Sales:a' Did you mean 'Sales:A'?" in run.result("unknown")["msg"]
    assert "prune is about all declared connections" in run.result("pruned")["msg"]
    assert run.result("none")["results"] == []
    assert len(acme.connections) == 2


def test_secrets_alone_are_sent(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    header = {"name": "X-Key", "value": "canary-header-one", "encrypt": True}
    rest: dict[str, Any] = {
        "name": "R",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://r.example.com", "queryHeaders": [header]},
    }
    options = {"connections": [database("A"), rest], "fingerprint_key": KEY}
    turned = {
        "connections": [
            database("A", properties={"db": "another"}, tags=["new"], secrets={"password": "canary-after"}),
            {**rest, "properties": {**rest["properties"], "queryHeaders": [{**header, "value": "canary-header-two"}]}},
        ],
        "fingerprint_key": KEY,
    }
    run = playbooks.tasks(
        [
            task("first", "qlik_data_connections", options),
            task("foreseen", "qlik_data_connections", {**turned, "secrets_only": True}, check_mode=True),
            task("sent", "qlik_data_connections", {**turned, "secrets_only": True}),
            task("sent again", "qlik_data_connections", {**turned, "secrets_only": True, "only": ["Sales:A"]}),
        ],
        "--diff",
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    assert run.returncode == 0, run.output
    database_now, rest_now = acme.connection("A", "Sales"), acme.connection("R", "Sales")
    assert acme.secrets_of(database_now.id) == {"password": "canary-after"}
    assert "canary-header-two" in str(acme.secrets_of(rest_now.id))
    assert acme.properties_of(database_now.id)["host"] == "a.example.com"
    assert "db" not in acme.properties_of(database_now.id)
    assert "new" not in database_now.tags
    assert len(run.writes(acme, "sent")) == 2
    assert len(run.writes(acme, "sent again")) == 1
    assert run.writes(acme, "foreseen") == []
    proof = run.result("sent")["results"][0]["proof"]
    assert proof["secrets"] == ["password"]
    assert epoch_of(proof["updated_before"]) < epoch_of(proof["updated_after"])
    assert "canary" not in run.output
    moved = database("A", properties={"host": "elsewhere.example.com"}, secrets={"password": "canary-again"})
    refused = playbooks.tasks(
        [
            task(
                "another host",
                "qlik_data_connections",
                {"connections": [moved], "fingerprint_key": KEY, "secrets_only": True},
            )
        ],
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    assert "elsewhere.example.com is declared: no secrets are sent there" in refused.result("another host")["msg"]
    assert refused.writes(acme, "another host") == []


def test_sending_secrets_never_does_more(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    acme.add_connection(
        "Foreign",
        "postgres",
        {"host": "db.example.com", "db": "d", "username": "u", "password": "theirs"},
        space="Sales",
    )
    connections = [
        database("Missing"),
        database("Foreign"),
        {**database("Gone"), "state": "absent"},
        {"name": "Bare", "space": "Sales", "data_source": "rest", "properties": {"url": "https://r.example.com"}},
    ]
    spaces = [{"name": "New"}]
    options = {"connections": connections, "spaces": spaces, "secrets_only": True, "fingerprint_key": KEY}
    run = playbooks.tasks([task("sent", "qlik_data_connections", options)], tenant=acme)
    said = run.result("sent")["msg"]
    for what in (
        "it doesn't exist on this tenant",
        "this collection doesn't manage it",
        "it is declared absent",
        "declares no secrets",
    ):
        assert what in said
    assert acme.writes() == []


def test_undeclared_connections_are_listed(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_space("Finance")
    acme.add_connection("Foreign", "rest", {"url": "https://f.example.com"}, space="Finance")
    acme.add_connection("Mine", "rest", {"url": "https://m.example.com"})
    options = {"connections": [database("A")], "fingerprint_key": KEY}
    run = playbooks.tasks(
        [
            task(
                "first",
                "qlik_data_connections",
                {"connections": [database("A"), database("B")], "fingerprint_key": KEY},
            ),
            task("spaces", "qlik_data_connections", {**options, "list_undeclared": "spaces"}, check_mode=True),
            task("all", "qlik_data_connections", {**options, "list_undeclared": "all"}),
            task("not asked", "qlik_data_connections", options),
        ],
        tenant=acme,
        variables={"qlik_in_process": both_paths},
    )
    listed = run.result("spaces")["undeclared"]
    assert [(item["space"], item["name"], item["managed"]) for item in listed] == [
        ("Finance", "Foreign", False),
        ("Sales", "B", True),
    ]
    assert [item["name"] for item in run.result("all")["undeclared"]] == ["Mine", "Foreign", "B"]
    assert "undeclared" not in run.result("not asked")
    assert len(run.requests(acme, "spaces")) == 2


def test_without_validation_the_tenant_decides(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    odd = database("Odd", fingerprint_key=KEY)
    odd["properties"] = {**odd["properties"], "customThing": "x"}
    run = playbooks.tasks(
        [
            task("checked", "qlik_data_connections", {"connections": [odd]}, ignore_errors=True),
            *three_times("unchecked", "qlik_data_connections", {"connections": [odd], "validate": False}),
        ],
        tenant=acme,
    )
    assert "property 'customThing' is not known" in run.result("checked")["msg"]
    run.step(acme, "unchecked")
    assert not any("api-specs" in entry.path for entry in run.requests(acme, "unchecked"))


def test_defaults_on_the_task_yield_to_the_definitions(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    options = {"connections": [database("A"), database("B", update_secrets="on_create")], "update_secrets": "always"}
    run = playbooks.tasks(
        [task("first", "qlik_data_connections", options), task("second", "qlik_data_connections", options)],
        tenant=acme,
    )
    assert [item["action"] for item in run.result("second")["results"]] == ["update", "none"]
    assert len(run.writes(acme, "second")) == 1
