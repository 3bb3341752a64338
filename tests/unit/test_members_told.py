"""What audits, reports and exports say of the members of spaces."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import findings
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import cases
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Tenant as Reported
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import build
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts

from tests.emulator import Tenant
from tests.jobs import requests_of, succeed
from tests.unit.test_members import BULK, declared, jo, members_of, of_analysts, people

__all__ = ["people"]

CONNECTION = {"space": "Sales", "data_source": "rest", "properties": {"url": "https://x.example"}}
INFO = "qlik_data_connection_info"


def connections(number: int = 3) -> list[dict[str, Any]]:
    return [{"name": f"db {index}", **CONNECTION} for index in range(number)]


def audit(tenant: Tenant, *spaces: dict[str, Any], fail_on: tuple[str, ...] = ("drift",)) -> dict[str, Any]:
    options = {"spaces": list(spaces), "connections": connections(), "list_undeclared": "spaces"}
    result = succeed(BULK, tenant, options, check=True)
    return build("audit", {"acme": Reported(result, {})}, created="2026-11-26T00:00:00Z", version="1", fail_on=fail_on)


def test_an_audit_lists_members_whom_nobody_declares(people: Tenant) -> None:
    space = people.space("Sales")
    succeed(BULK, people, {"spaces": [declared(jo("dataconsumer"))], "connections": connections()})
    people.assign(space, people.user("kim").id, ["producer"])
    people.assign(space, people.everyone, ["consumer"], "group")
    report = audit(people, declared(jo("dataconsumer")))
    told = report["tenants"]["acme"]
    assert told["undeclared_members"] == [
        {"space": "Sales", "member": "user kim@acme.example", "roles": ["producer"]},
        {"space": "Sales", "member": "group Everyone", "roles": ["consumer"]},
    ]
    assert (told["state"], told["findings"]["unmanaged"], told["passed"]) == ("unchanged", 2, True)
    endings = {case.name: case.ending for case in cases(report, told) if case.headline == "undeclared member"}
    assert endings == {"user kim@acme.example": "skipped", "group Everyone": "skipped"}
    assert "user kim@acme.example" in "".join(page_parts(report))
    strict = audit(people, declared(jo("dataconsumer")), fail_on=("unmanaged",))
    assert (strict["tenants"]["acme"]["state"], strict["tenants"]["acme"]["passed"]) == ("unmanaged", False)
    exact = audit(people, declared(jo("dataconsumer"), members_mode="exact"))
    assert "undeclared_members" not in exact["tenants"]["acme"]
    assert exact["tenants"]["acme"]["spaces"][0]["changes"] == [
        "member user kim@acme.example: remove (producer)",
        "member group Everyone: remove (consumer)",
    ]
    assert "undeclared_members" not in audit(people, {"name": "Sales"})["tenants"]["acme"]


def test_without_a_list_nobody_is_looked_up(people: Tenant) -> None:
    people.assign(people.space("Sales"), people.user("kim").id, ["producer"])
    succeed(BULK, people, {"spaces": [declared(of_analysts("consumer"))]})
    people.reset_log()
    result = succeed(BULK, people, {"spaces": [declared(of_analysts("consumer"))]})
    assert "undeclared_members" not in result["spaces"][0]
    assert findings(result)["unmanaged"] == []
    assert "GET v1/users" not in requests_of(people)


NOBODY = "space 'Sales': nobody can use it but its owner: it has no member with the role dataconsumer or more."


@pytest.mark.parametrize(
    ("members", "is_told"),
    [
        ([jo("consumer"), of_analysts("consumer")], True),
        ([jo("dataconsumer")], False),
        ([of_analysts("producer")], False),
        ([{"group": "Finance", "roles": ["dataconsumer"]}], True),
    ],
    ids=["no use", "a user", "a group", "a disabled group"],
)
@pytest.mark.parametrize("check", [True, False])
def test_one_warning_for_a_space_that_nobody_can_use(
    people: Tenant, members: list[dict[str, Any]], is_told: bool, check: bool
) -> None:
    people.group("Finance").status = "disabled"
    options = {"spaces": [declared(*members)], "connections": connections()}
    told = [one for one in succeed(BULK, people, options, check=check).get("warnings", []) if one.startswith(NOBODY)]
    assert len(told) == int(is_told)
    alone = succeed(BULK, people, {"spaces": [declared(*members)]}, check=True)
    assert not [one for one in alone.get("warnings", []) if one.startswith(NOBODY)], "nothing is declared in it"


def test_others_who_can_use_it_count(people: Tenant) -> None:
    people.assign(people.space("Sales"), people.user("kim").id, ["dataconsumer"])
    options = {"spaces": [declared(jo("consumer"))], "connections": connections()}
    assert NOBODY not in str(succeed(BULK, people, options).get("warnings"))
    options["spaces"][0]["members_mode"] = "exact"
    assert NOBODY in str(succeed(BULK, people, options).get("warnings"))


def test_a_new_space_without_members_is_told_of_once(people: Tenant) -> None:
    options = {"spaces": [{"name": "New"}], "connections": [{**connections(1)[0], "space": "New"}]}
    assert "space 'New': nobody can use it" in str(succeed(BULK, people, options)["warnings"])
    assert "nobody can use it" not in str(succeed(BULK, people, options).get("warnings"))


def test_an_export_says_who_by_names_that_other_tenants_know(people: Tenant) -> None:
    bot = people.add_user("bot", subject="qlikbot\\1")
    members = [jo("producer"), of_analysts("dataconsumer"), {"group": "Everyone", "roles": ["consumer"]}]
    spaces = [declared(*members, {"bot": bot.id, "roles": ["facilitator"]})]
    succeed(BULK, people, {"spaces": spaces, "connections": connections()})
    result = succeed(INFO, people, {"definitions": True, "members": True})
    (space,) = result["definition_spaces"]
    assert space["members"] == [
        {"user": "jo@acme.example", "roles": ["producer"]},
        {"group": "Analysts", "roles": ["dataconsumer"]},
        {"group": "Everyone", "roles": ["consumer"]},
    ]
    assert f"bot {bot.id} (facilitator) is left out of its members" in str(result["warnings"])
    again = succeed(BULK, people, {"spaces": result["definition_spaces"], "connections": result["definitions"]})
    assert not again["changed"]


def test_an_export_goes_to_another_tenant(people: Tenant, emulator: Any) -> None:
    succeed(
        BULK, people, {"spaces": [declared(jo("producer"), of_analysts("dataconsumer"))], "connections": connections()}
    )
    held = succeed(INFO, people, {"definitions": True, "members": True})
    users = [{"name": "root", "email": "r@x", "roles": ["TenantAdmin"]}, {"name": "jo", "email": "jo@acme.example"}]
    other = emulator.add_tenant({"name": "other", "users": users, "groups": [{"name": "Analysts"}]})
    try:
        succeed(BULK, other, {"spaces": held["definition_spaces"], "connections": held["definitions"]})
        assert members_of(other) == {"jo": ["producer"], "Analysts": ["dataconsumer"]}
    finally:
        emulator.remove_tenant("other")


def test_an_export_without_members_asks_for_none(people: Tenant) -> None:
    succeed(BULK, people, {"spaces": [declared(jo("producer"))], "connections": connections()})
    people.reset_log()
    result = succeed(INFO, people, {"definitions": True})
    assert "members" not in result["definition_spaces"][0]
    assert "GET v1/spaces/<id>/assignments" not in requests_of(people)


def test_members_go_with_their_space(people: Tenant) -> None:
    succeed(BULK, people, {"spaces": [declared(jo("producer"))]})
    people.reset_log()
    done = succeed(BULK, people, {"spaces": [declared(jo("producer"), state="absent", members_mode="exact")]})
    assert done["spaces"][0]["changes"] == ["delete"]
    assert [entry.path for entry in people.writes()] == [f"/api/v1/spaces/{done['spaces'][0]['id']}"]
    assert not [path for path in requests_of(people) if "assignments" in path]


def test_a_plan_of_members_is_approved_as_it_is(people: Tenant) -> None:
    options = {"spaces": [declared(jo("producer"))]}
    plain = succeed(BULK, people, {"spaces": [{"name": "Sales"}]}, check=True)["plan_digest"]
    planned = succeed(BULK, people, options, check=True)["plan_digest"]
    other = succeed(BULK, people, {"spaces": [declared(jo("consumer"))]}, check=True)["plan_digest"]
    group = succeed(BULK, people, {"spaces": [declared(of_analysts("producer"))]}, check=True)["plan_digest"]
    assert len({plain, planned, other, group}) == 4
    succeed(BULK, people, {**options, "approved_plan": planned})
    assert members_of(people) == {"jo": ["producer"]}
    people.space("Sales").assignments.clear()
    people.assign(people.space("Sales"), people.user("jo").id, ["consumer"])
    changed = succeed(BULK, people, {**options, "approved_plan": planned, "when_plan_differs": "skip"})
    assert (changed.get("skipped"), members_of(people)) == (True, {"jo": ["consumer"]})
