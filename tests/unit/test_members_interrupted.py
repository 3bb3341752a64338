"""Members while answers are lost and others are at work: what was declared is so in the end, and nothing is doubled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed
from tests.unit.test_members import SPACE, declared, jo, members_of, of_analysts, people

__all__ = ["people"]

PATH = "assignments"
STEPS: dict[str, tuple[dict[str, list[str]], dict[str, Any], dict[str, list[str]]]] = {
    "POST": ({}, jo("consumer"), {"jo": ["consumer"]}),
    "PUT": ({"jo": ["producer"]}, jo("consumer"), {"jo": ["consumer"]}),
    "DELETE": ({"jo": ["producer"]}, jo(state="absent"), {}),
}


def given(tenant: Tenant, members: dict[str, list[str]]) -> None:
    for name, roles in members.items():
        tenant.assign(tenant.space("Sales"), tenant.user(name).id, roles)


@pytest.mark.parametrize("method", STEPS)
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lost_answer"},
        {"kind": "reset"},
        {"kind": "status", "status": 503},
        {"kind": "garble"},
        {"kind": "truncate"},
        {"kind": "html", "status": 502},
    ],
    ids=lambda fault: fault["kind"],
)
def test_an_answer_that_never_comes(people: Tenant, method: str, fault: dict[str, Any]) -> None:
    before, member, after = STEPS[method]
    given(people, before)
    people.add_fault(match={"method": method, "path": PATH}, **fault)
    succeed(SPACE, people, declared(member))
    assert members_of(people) == after
    assert not succeed(SPACE, people, declared(member))["changed"]


@pytest.mark.parametrize("method", STEPS)
def test_answers_that_never_come(people: Tenant, method: str) -> None:
    before, member, _after = STEPS[method]
    given(people, before)
    people.set_faults([{"kind": "reset", "match": {"method": method, "path": PATH}, "times": None}])
    message = fail(SPACE, people, {**declared(member), "max_wait": 2})
    assert "jo@acme.example" in message
    assert "Whether the write happened is unknown" in message
    assert members_of(people) == before
    people.set_faults([])
    succeed(SPACE, people, declared(member))


class TestTwoAtOnce:
    """Somebody else changes a member between this run's reading and its writing."""

    def meanwhile(self, people: Tenant, method: str, action: Any) -> None:
        people.add_hook("before", lambda _entry, _answer: action(), match={"method": method, "path": PATH})

    @pytest.mark.parametrize("roles", [["consumer"], ["producer"]], ids=["the same", "others"])
    def test_a_member_is_made_twice(self, people: Tenant, roles: list[str]) -> None:
        self.meanwhile(people, "POST", lambda: given(people, {"jo": roles}))
        succeed(SPACE, people, declared(jo("consumer"), of_analysts("consumer")))
        assert members_of(people) == {"jo": ["consumer"], "Analysts": ["consumer"]}
        assert 409 in [entry.status for entry in people.log if entry.method == "POST"]

    def test_a_member_that_is_changed_is_gone(self, people: Tenant) -> None:
        given(people, {"jo": ["producer"]})
        self.meanwhile(people, "PUT", people.space("Sales").assignments.clear)
        succeed(SPACE, people, declared(jo("consumer")))
        assert members_of(people) == {"jo": ["consumer"]}
        assert [entry.method for entry in people.writes()] == ["PUT", "POST"]

    def test_a_member_that_is_removed_is_gone(self, people: Tenant) -> None:
        given(people, {"jo": ["producer"]})
        self.meanwhile(people, "DELETE", people.space("Sales").assignments.clear)
        succeed(SPACE, people, declared(jo(state="absent")))
        assert members_of(people) == {}
        assert [entry.method for entry in people.writes()] == ["DELETE"]

    def test_a_gateway_that_says_404_is_not_believed(self, people: Tenant) -> None:
        given(people, {"jo": ["producer"]})
        people.add_fault("status", match={"method": "DELETE", "path": PATH}, status=404)
        succeed(SPACE, people, declared(jo(state="absent")))
        assert members_of(people) == {}

    def test_the_space_is_gone(self, people: Tenant) -> None:
        space = people.space("Sales")
        self.meanwhile(people, "POST", lambda: people.spaces.pop(space.id, None))
        message = fail(SPACE, people, declared(jo("consumer")))
        assert "404" in message
        assert "member user jo@acme.example: add (consumer)" in message

    def test_a_409_for_nobody(self, people: Tenant) -> None:
        people.set_faults([{"kind": "status", "status": 409, "times": None, "match": {"method": "POST", "path": PATH}}])
        assert "409" in fail(SPACE, people, declared(jo("consumer")))


def test_a_space_whose_members_fail_holds_its_connections(people: Tenant) -> None:
    people.set_faults([{"kind": "status", "status": 403, "times": None, "match": {"method": "POST", "path": PATH}}])
    connection = {"name": "db", "space": "New", "data_source": "rest", "properties": {"url": "https://x.example"}}
    options = {"spaces": [{"name": "New", "members": [jo("consumer")]}], "connections": [connection]}
    result = run("qlik_data_connections", people, options)
    assert "1 of 2 changes failed" in result["msg"]
    assert result["spaces"][0]["error"]
    assert people.connection("db", "New").space == people.space("New").id
    people.set_faults([])
    assert succeed("qlik_data_connections", people, options)["summary"]["unchanged"] == 1
    assert members_of(people, "New") == {"jo": ["consumer"]}


@pytest.mark.parametrize(
    "change", [{"data": [{"id": "x"}]}, {"data": [None]}, {"data": ["a"]}, {}, {"data": {}}], ids=str
)
@pytest.mark.parametrize("path", ["assignments", "/users", "/groups"])
def test_an_answer_that_makes_no_sense_is_told(people: Tenant, change: dict[str, Any], path: str) -> None:
    if path != "assignments" and change == {"data": [{"id": "x"}]}:
        change = {"data": [{"name": "Analysts", "email": "jo@acme.example"}]}
    body = json.dumps(change)
    people.set_faults([{"kind": "status", "status": 200, "body": body, "times": None, "match": {"path": path}}])
    message = fail(SPACE, people, {**declared(jo("consumer"), of_analysts("consumer")), "max_wait": 0})
    assert "did not answer with a list" in message or "holds no id" in message
    assert people.writes() == []
