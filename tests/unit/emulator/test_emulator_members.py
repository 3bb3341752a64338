"""The emulator's members of spaces and groups: what Qlik's reference says of them, and what it leaves open."""

from __future__ import annotations

import pytest

from tests.emulator import Tenant
from tests.unit.emulator.conftest import Client


@pytest.fixture
def path(acme: Tenant) -> str:
    return f"spaces/{acme.add_space('Sales').id}/assignments"


def member(acme: Tenant, name: str = "analyst", *roles: str) -> dict[str, object]:
    return {"type": "user", "assigneeId": acme.user(name).id, "roles": list(roles) or ["consumer"]}


def test_a_space_says_which_roles_it_takes(admin: Client, analyst: Client, acme: Tenant) -> None:
    space = acme.add_space("Landing", "data", roles={"analyst": ["consumer"]})
    takes = admin("GET", f"spaces/{space.id}").json()["meta"]["assignableRoles"]
    assert "operator" in takes
    assert "codeveloper" not in takes
    assert analyst("GET", f"spaces/{space.id}").json()["meta"]["assignableRoles"] == []
    assert admin("GET", "spaces").json()["data"][0]["meta"]["assignableRoles"] == takes
    acme.set_behaviours(assignable_roles_listed="empty")
    assert admin("GET", "spaces").json()["data"][0]["meta"]["assignableRoles"] == []
    assert admin("GET", f"spaces/{space.id}").json()["meta"]["assignableRoles"] == takes


def test_one_assignment_for_each_assignee(admin: Client, acme: Tenant, path: str) -> None:
    made = admin("POST", path, json=member(acme))
    assert made.status_code == 201
    assert admin("POST", path, json=member(acme, "analyst", "producer")).status_code == 409
    one = f"{path}/{made.json()['id']}"
    assert admin("GET", one).json()["roles"] == ["consumer"]
    assert admin("PUT", one, json={"roles": ["producer"]}).json()["roles"] == ["producer"]
    assert admin("PUT", one, json={"roles": []}).status_code == 400
    assert admin("DELETE", one).status_code == 204
    assert [admin(method, one, json={"roles": ["producer"]}).status_code for method in ("GET", "PUT", "DELETE")] == [
        404
    ] * 3


def test_who_may_change_members(admin: Client, analyst: Client, acme: Tenant, path: str) -> None:
    assert analyst("GET", path).status_code == 404
    one = admin("POST", path, json=member(acme)).json()
    assert analyst("GET", path).status_code == 200
    assert analyst("POST", path, json=member(acme, "admin")).status_code == 403
    assert analyst("DELETE", f"{path}/{one['id']}").status_code == 403
    acme.set_behaviours(assignments_read_by="managers")
    assert analyst("GET", path).status_code == 403
    admin("PUT", f"{path}/{one['id']}", json={"roles": ["facilitator"]})
    assert analyst("GET", path).status_code == 200
    assert Client(acme, "wrong")("GET", path).status_code == 401


@pytest.mark.parametrize("kind", ["user", "group", "bot"])
def test_nobody_else_becomes_a_member(admin: Client, acme: Tenant, path: str, kind: str) -> None:
    body = {"type": kind, "assigneeId": "0" * 24, "roles": ["consumer"]}
    assert admin("POST", path, json=body).status_code == 404
    acme.set_behaviours(unknown_assignee_status=400)
    assert admin("POST", path, json=body).status_code == 400
    assert admin("POST", path, json={**body, "type": "team"}).status_code == 400
    assert admin("POST", path, json=member(acme, "admin")).status_code == 400, "the owner holds every role"


def test_a_role_of_another_type_of_space_is_refused(admin: Client, acme: Tenant, path: str) -> None:
    assert admin("POST", path, json=member(acme, "analyst", "publisher")).status_code == 400
    assert admin("POST", path, json=member(acme, "analyst", "king")).status_code == 400


def test_assignments_come_in_pages_and_narrowed(admin: Client, acme: Tenant, path: str) -> None:
    users = [acme.add_user(f"u{index}").id for index in range(25)]
    for user in users:
        acme.assign(acme.space("Sales"), user, ["consumer"])
    group = acme.add_group("Analysts")
    acme.assign(acme.space("Sales"), group.id, ["consumer"], "group")
    page = admin("GET", path).json()
    assert (len(page["data"]), page["meta"]["count"]) == (10, 26)
    more = admin("GET", page["links"]["next"]["href"]).json()
    assert len(more["data"]) == 10
    assert [row["assigneeId"] for row in admin("GET", f"{path}?type=group").json()["data"]] == [group.id]
    assert len(admin("GET", f"{path}?assigneeId={users[3]}").json()["data"]) == 1
    assert admin("GET", f"{path}?limit=101").status_code == 400


def test_a_group_brings_its_roles_to_its_users(analyst: Client, acme: Tenant, path: str) -> None:
    group = acme.add_group("Analysts")
    acme.user("analyst").groups.append(group.id)
    acme.assign(acme.space("Sales"), group.id, ["consumer"], "group")
    assert analyst("GET", path).status_code == 200
    group.status = "disabled"
    assert analyst("GET", path).status_code == 404
    acme.assign(acme.space("Sales"), acme.everyone, ["consumer"], "group")
    assert analyst("GET", path).status_code == 200


def test_groups_are_found_whatever_their_case(admin: Client, analyst: Client, acme: Tenant) -> None:
    one, two = acme.add_group("Analysts"), acme.add_group("ANALYSTS", "disabled", "custom")
    found = admin("GET", "groups", params={"filter": 'name eq "analysts"'}).json()["data"]
    assert [(row["name"], row["status"]) for row in found] == [("Analysts", "active"), ("ANALYSTS", "disabled")]
    assert admin("GET", f"groups/{two.id}").json()["providerType"] == "custom"
    assert admin("GET", "groups/none").status_code == 404
    both = {"filter": f'id eq "{one.id}" or name eq "ANALYSTS"'}
    assert len(admin("GET", "groups", params=both).json()["data"]) == 2
    acme.set_behaviours(filters_with_or="reject")
    assert admin("GET", "groups", params=both).status_code == 400
    assert admin("GET", "users", params={"filter": 'email eq "a" or email eq "b"'}).status_code == 400
    acme.set_behaviours(groups_read_by="admins")
    assert (admin("GET", "groups").status_code, analyst("GET", "groups").status_code) == (200, 403)


def test_the_built_in_groups_are_had_alone(admin: Client, acme: Tenant) -> None:
    acme.add_group("Analysts")
    assert [row["name"] for row in admin("GET", "groups").json()["data"]] == ["Analysts"]
    assert [row["name"] for row in admin("GET", "groups?systemGroups=true").json()["data"]] == ["Everyone"]
    assert admin("GET", "groups?systemGroups=true&limit=10").status_code == 400
