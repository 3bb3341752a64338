"""What members cost: a tenant that is as declared is read, and no more than it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import requests_of, succeed

SPACES, MEMBERS, GROUPS = 10, 20, 4
BULK = "qlik_data_connections"


def fleet_tenant(tenant: Tenant, users: int) -> None:
    for index in range(users):
        tenant.add_user(f"u{index}", f"u{index}@acme.example")
    for index in range(GROUPS):
        tenant.add_group(f"Group {index}")
    for index in range(SPACES):
        tenant.add_space(f"Space {index}")


def spaces(distinct: int, first: int = 0) -> list[dict[str, Any]]:
    """Ten spaces with twenty members each, of whom `distinct` are different users, and the others groups."""
    declared = []
    for number in range(SPACES):
        members: list[dict[str, Any]] = [{"group": f"Group {index}", "roles": ["consumer"]} for index in range(GROUPS)]
        for index in range(MEMBERS - GROUPS):
            user = first + (number * (MEMBERS - GROUPS) + index) % distinct
            members.append({"user": f"u{user}@acme.example", "roles": ["dataconsumer"]})
        declared.append({"name": f"Space {number}", "members": members})
    return declared


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("users", "distinct", "first"),
    [(160, 160, 0), (250, 160, 80), (30, 16, 0), (900, 16, 880), (900, 25, 800), (500, 160, 300)],
    ids=lambda number: str(number),
)
def test_a_converged_tenant_of_a_fleet(acme: Tenant, users: int, distinct: int, first: int) -> None:
    fleet_tenant(acme, users)
    connections = [
        {"name": "db", "space": f"Space {n}", "data_source": "rest", "properties": {"url": "https://x.example"}}
        for n in range(SPACES)
    ]
    plain = {"spaces": [{"name": f"Space {n}"} for n in range(SPACES)], "connections": connections}
    options = {"spaces": spaces(distinct, first), "connections": connections}
    acme.limits.configure(enabled=False)
    succeed(BULK, acme, options)
    assert {len(space.assignments) for space in acme.spaces.values()} == {MEMBERS}
    acme.reset_log()
    assert not succeed(BULK, acme, plain)["changed"]
    without = requests_of(acme)
    acme.reset_log()
    result = succeed(BULK, acme, options, check=True)
    asked = requests_of(acme)
    assert (result["changed"], acme.writes(), result.get("warnings", [])) == (False, [], [])
    pages = -(-len(acme.users) // 100)
    assert asked.count("GET v1/spaces/<id>/assignments") == SPACES
    assert asked.count("GET v1/groups") <= GROUPS
    assert asked.count("GET v1/users") <= min(distinct, pages)
    assert len(asked) - len(without) <= SPACES + GROUPS + min(distinct, pages)
    assert result["requests"]["reads"] == len(asked)


def test_without_members_nothing_more_is_asked(acme: Tenant) -> None:
    fleet_tenant(acme, 3)
    acme.reset_log()
    succeed(BULK, acme, {"spaces": [{"name": f"Space {n}"} for n in range(SPACES)], "list_undeclared": "all"})
    assert not [path for path in requests_of(acme) if "assignments" in path or "groups" in path or "users" in path]


@pytest.mark.parametrize("reading", [{}, {"filters_with_or": "reject"}, {"assignments_max_limit": 7}], ids=str)
@pytest.mark.parametrize("number", [3, 30])
def test_many_are_found_whatever_the_tenant_takes(acme: Tenant, reading: dict[str, Any], number: int) -> None:
    fleet_tenant(acme, 120)
    acme.set_behaviours(**reading)
    acme.add_user("quoted", 'o"neill@acme.example')
    members = [{"user": f"u{index}@acme.example", "roles": ["consumer"]} for index in range(number)]
    for extra in ([], [{"user": 'o"neill@acme.example', "roles": ["consumer"]}]):
        options = {"spaces": [{"name": "Space 0", "members": [*members, *extra]}]}
        assert succeed(BULK, acme, options)["changed"]
        assert not succeed(BULK, acme, options)["changed"]
    assert len(acme.space("Space 0").assignments) == number + 1
