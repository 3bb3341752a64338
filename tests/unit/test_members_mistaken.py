"""Nobody is taken for somebody else: not by a name, an id or an address of several, nor by an answer about others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.layers import merge_spaces

from tests.emulator import Emulator, Tenant
from tests.jobs import fail, run, succeed
from tests.unit.test_members import BULK, SPACE, declared, jo, members_of, of_analysts, people

__all__ = ["people"]

pytestmark = pytest.mark.usefixtures("short_pauses")
INFO = "qlik_data_connection_info"
READS = {"method": "GET", "path": "assignments"}
TWIN = "c0ffee" * 4


def answering(tenant: Tenant, **item: Any) -> None:
    """Have the members of the space answered as this one."""
    whole = {"id": "x1", "type": "user", "assigneeId": "q1", "roles": ["consumer"], "spaceId": tenant.space("Sales").id}

    def change(_entry: Any, answer: Any) -> None:
        answer.payload = {"data": [{**whole, **item}], "links": {}}

    tenant.add_hook("after", change, match=READS, times=None)


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_name_of_two_groups_is_not_guessed(people: Tenant, state: str) -> None:
    people.add_group("Analysts", provider_type="custom", id=TWIN)
    people.assign(people.space("Sales"), TWIN, ["producer"], "group")
    message = fail(SPACE, people, declared(of_analysts("consumer", state=state)))
    assert "group 'Analysts': several groups have this name, or id: say which by id (" in message
    assert TWIN in message
    people.groups[TWIN].status = "disabled"
    succeed(SPACE, people, declared(of_analysts("consumer")))
    people.groups[TWIN].status = "active"
    succeed(SPACE, people, declared({"group": TWIN, "roles": ["consumer"]}))
    assert [row.roles for row in people.space("Sales").assignments.values()] == [["consumer"], ["consumer"]]


def test_a_group_that_is_named_as_the_id_of_another(people: Tenant) -> None:
    finance = people.group("Finance").id
    people.add_group(finance, id=TWIN)
    message = fail(SPACE, people, declared({"group": finance, "roles": ["consumer"]}))
    assert "several groups have this name, or id" in message


@pytest.mark.parametrize(
    ("kind", "holder", "held"),
    [("group", "kim", "user"), ("user", "Finance", "group"), ("bot", "Finance", "group"), ("group", "robot", "bot")],
)
def test_an_id_of_another_kind_is_nobody(people: Tenant, kind: str, holder: str, held: str) -> None:
    people.add_user("robot", subject="qlikbot\\1")
    assignee = people.group(holder).id if held == "group" else people.user(holder).id
    people.assign(people.space("Sales"), assignee, ["producer"], held)
    for wanted in ({"roles": ["consumer"]}, {"state": "absent"}):
        message = fail(SPACE, people, declared({kind: assignee, **wanted}))
        assert f"{kind} '{assignee}': who has this id is a member already, as a {held}: say so." in message
    assert members_of(people) == {holder: ["producer"]}


def test_who_is_a_user_and_a_bot_is_one(people: Tenant) -> None:
    bot = people.add_user("robot", subject="qlikbot\\1").id
    people.assign(people.space("Sales"), bot, ["producer"], "user")
    succeed(SPACE, people, declared({"bot": bot, "roles": ["consumer"]}))
    assert members_of(people) == {"robot": ["consumer"]}


def test_the_built_in_group_by_its_id(people: Tenant) -> None:
    succeed(SPACE, people, declared({"group": people.everyone, "roles": ["consumer"]}))
    assert members_of(people) == {"Everyone": ["consumer"]}
    unknown = {"group": "0123456789abcdef01234567", "roles": ["consumer"]}
    assert "no group of this tenant has this name" in fail(SPACE, people, declared(unknown))


def test_addresses_differ_by_case_alone(people: Tenant) -> None:
    people.add_user("weiss", "wei\u00df@acme.example")
    options = {"spaces": [declared({"user": "WEI\u00df@acme.example", "roles": ["consumer"]})]}
    succeed(BULK, people, options)
    assert members_of(people) == {"weiss": ["consumer"]}
    options["spaces"].append({"name": "Other", "members": [{"user": "weiss@acme.example", "roles": ["producer"]}]})
    message = fail(BULK, people, options)
    assert "user 'weiss@acme.example': no user of this tenant has this e-mail address" in message
    both = [[{"name": "Sales", "members": [{"user": f"{name}@x", "roles": ["a"]}]}] for name in ("wei\u00df", "weiss")]
    assert len(merge_spaces(both)[0]["members"]) == 2


@pytest.mark.parametrize("mode", ["merge", "exact"])
@pytest.mark.parametrize(
    "item",
    [{"spaceId": "another"}, {"spaceId": {"id": "x"}}, {"id": {"a": 1}}, {"assigneeId": ["q"]}, {"assigneeId": 7}],
    ids=str,
)
def test_members_of_another_space_are_not_ours(people: Tenant, item: dict[str, Any], mode: str) -> None:
    answering(people, **item)
    message = fail(SPACE, people, {**declared(jo("consumer"), members_mode=mode), "max_wait": 0})
    assert "a member of another space" in message or "holds no id" in message
    assert people.writes() == []


def test_roles_imitate_no_line_of_a_message(people: Tenant) -> None:
    answering(people, roles=["a\nfake: ok", "\x1b[31mred"], type="group", assigneeId="g\n1")
    for options in (declared(members_mode="exact"), declared({"group": "g\n1", "roles": ["consumer"]})):
        (change,) = succeed(SPACE, people, options, check=True)["changes"]
        assert "\n" not in change
        assert "\x1b" not in change
    people.hooks.clear()
    answering(people, roles=[])
    assert succeed(SPACE, people, declared(members_mode="exact"), check=True)["changes"] == [
        "member user q1: remove (no roles)"
    ]


def test_an_export_leaves_out_who_can_not_be_told_apart(people: Tenant, emulator: Emulator) -> None:
    space = people.space("Sales")
    people.add_user("twin", "JO@acme.example")
    people.add_group("Analysts", id=TWIN)
    analysts = next(group.id for group in people.groups.values() if group.name == "Analysts" and group.id != TWIN)
    for user in ("jo", "twin", "kim"):
        people.assign(space, people.user(user).id, ["consumer"])
    for group in (analysts, TWIN):
        people.assign(space, group, ["consumer"], "group")
    connection = {"name": "c", "space": "Sales", "data_source": "rest", "properties": {"url": "https://x.example"}}
    succeed(BULK, people, {"connections": [connection]})
    held = succeed(INFO, people, {"definitions": True, "members": True})
    assert held["definition_spaces"][0]["members"] == [{"user": "kim@acme.example", "roles": ["consumer"]}]
    warnings = str(held["warnings"])
    for left_out in (people.user("jo").id, people.user("twin").id, analysts, TWIN):
        assert f"{left_out} (consumer) is left out of its members: 2 of its members are called" in warnings
    again = {"spaces": held["definition_spaces"], "connections": held["definitions"]}
    assert not succeed(BULK, people, again)["changed"]
    assert emulator.breaches == []


@pytest.mark.parametrize("item", [{"type": "app"}, {"roles": []}, {"type": "user\n"}], ids=str)
def test_an_export_leaves_out_what_no_definition_can_say(people: Tenant, item: dict[str, Any]) -> None:
    connection = {"name": "c", "space": "Sales", "data_source": "rest", "properties": {"url": "https://x.example"}}
    succeed(BULK, people, {"connections": [connection]})
    answering(people, assigneeId=people.user("jo").id, **item)
    held = run(INFO, people, {"definitions": True, "members": True})
    assert held["definition_spaces"][0]["members"] == []
    (warning,) = (one for one in held["warnings"] if "left out of its members" in one)
    assert "\n" not in warning
