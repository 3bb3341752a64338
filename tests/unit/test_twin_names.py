"""A name that is the same but for case, blanks or Unicode's form never makes a twin in silence; a missing space isn't
the personal one.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, succeed

MANY = "qlik_data_connections"
CONTENT: dict[str, Any] = {"data_source": "postgres", "properties": {"host": "h"}, "secrets": {"password": "swordfish"}}
CAFE = unicodedata.normalize("NFC", "Café")
CAFE_IN_PARTS = unicodedata.normalize("NFD", "Café")
ANGSTROM = "\u212bngström"  # the sign for the unit, which Unicode takes for the letter


def one(name: str, space: str | None = "Sales", **more: Any) -> dict[str, Any]:
    return {"name": name, "space": space, **CONTENT, **more}


def absent(name: str, space: str | None) -> dict[str, Any]:
    return {"name": name, "space": space, "state": "absent"}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


@pytest.mark.parametrize(
    ("held", "declared", "said"),
    [
        (CAFE, CAFE_IN_PARTS, "looks the same and differs in the form of its Unicode characters only"),
        (CAFE_IN_PARTS, CAFE, "looks the same and differs in the form of its Unicode characters only"),
        (ANGSTROM, unicodedata.normalize("NFC", ANGSTROM), "differs in the form of its Unicode characters only"),
        ("Orders  EU", "orders EU", "differs by case or blanks only"),
        ("Orders\u00a0EU", "Orders EU", "differs by case or blanks only"),
    ],
)
def test_no_connection_is_made_beside_one_that_is_nearly_called_so(
    tenant: Tenant, held: str, declared: str, said: str
) -> None:
    tenant.add_connection(held, space="Sales")
    tenant.reset_log()
    for check in (True, False):
        assert said in fail("qlik_data_connection", tenant, one(declared), check=check)
        assert said in fail(MANY, tenant, {"connections": [one(declared)]}, check=check)
    assert tenant.writes() == []


def test_a_rename_makes_no_second_one_when_the_old_name_is_nearly_right(tenant: Tenant) -> None:
    tenant.add_connection(CAFE, space="Sales")
    tenant.reset_log()
    message = fail("qlik_data_connection", tenant, one("Bistro", previous_name=CAFE_IN_PARTS))
    assert "its previous_name is" in message
    assert "correct previous_name" in message
    assert tenant.writes() == []
    assert succeed("qlik_data_connection", tenant, one("Bistro", previous_name=CAFE))["action"] == "move"


def test_two_declared_names_that_look_the_same_are_refused(tenant: Tenant) -> None:
    tenant.reset_log()
    message = fail(MANY, tenant, {"connections": [one(CAFE), one(CAFE_IN_PARTS)]})
    assert message.count("is declared too, which looks the same") == 2
    assert tenant.writes() == []


def test_names_that_are_there_both_stay_as_declared(tenant: Tenant) -> None:
    """What 0.1.0 made is converged."""
    for name in (CAFE, CAFE_IN_PARTS, "Orders", "orders"):
        tenant.add_connection(name, "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    options = {"connections": [one(name, secrets=None) for name in (CAFE, CAFE_IN_PARTS, "Orders", "orders")]}
    assert not succeed(MANY, tenant, options)["changed"]
    assert not succeed(MANY, tenant, {"connections": options["connections"][:1]})["changed"]


def test_names_that_differ_by_case_can_be_declared_both(tenant: Tenant) -> None:
    assert succeed(MANY, tenant, {"connections": [one("Orders"), one("orders")]})["summary"]["created"] == 2


@pytest.mark.parametrize(("held", "declared"), [(CAFE, CAFE_IN_PARTS), ("Orders EU", "Orders  EU")])
def test_what_is_absent_but_for_how_it_is_written_is_told(tenant: Tenant, held: str, declared: str) -> None:
    """Nothing is removed, as before; somebody who sees no difference is told."""
    tenant.add_connection(held, space="Sales")
    for definition in (absent(declared, "Sales"), absent(declared, None)):
        result = succeed(MANY, tenant, {"connections": [definition]})
        assert not result["changed"]
        assert any("It is left alone." in warning for warning in result.get("warnings", [])) is (
            definition["space"] == "Sales"
        )
    assert not succeed(MANY, tenant, {"connections": [absent("ORDERS EU", "Sales")]}).get("warnings")
    assert len(tenant.connections) == 1


@pytest.mark.parametrize(
    ("held", "declared", "said"),
    [
        ("Sales", "sales", "a space named 'Sales' is there, which differs by case or blanks only"),
        ("Sales EU", "Sales  EU", "differs by case or blanks only"),
        (CAFE, CAFE_IN_PARTS, "differs in the form of its Unicode characters only"),
        ("Sales", "Sales ", "begins or ends with a blank"),
        ("Other", " Sales", "begins or ends with a blank"),
        ("Other", "\u00a0New", "begins or ends with a blank"),
    ],
)
def test_no_space_is_made_beside_one_that_is_nearly_called_so(
    acme: Tenant, held: str, declared: str, said: str
) -> None:
    acme.add_space(held)
    acme.reset_log()
    for check in (True, False):
        assert said in fail(MANY, acme, {"spaces": [{"name": declared}]}, check=check)
        assert said in fail("qlik_space", acme, {"name": declared}, check=check)
    assert acme.writes() == []


def test_two_declared_spaces_that_look_the_same_are_refused(acme: Tenant) -> None:
    message = fail(MANY, acme, {"spaces": [{"name": CAFE}, {"name": CAFE_IN_PARTS}]})
    assert message.count("is declared too") == 2
    assert acme.writes() == []


def test_spaces_that_are_there_stay_as_declared(acme: Tenant) -> None:
    for name in ("Sales", "sales", CAFE, CAFE_IN_PARTS, " Old"):
        acme.add_space(name)
    names = ("Sales", "sales", CAFE, CAFE_IN_PARTS, " Old")
    assert not succeed(MANY, acme, {"spaces": [{"name": name} for name in names]})["changed"]
    for name in names:
        assert not succeed(MANY, acme, {"spaces": [{"name": name}]})["changed"]
        acme.reset_log()
        assert not succeed("qlik_space", acme, {"name": name})["changed"]
        assert requests_of(acme) == ["GET v1/spaces"]


def test_a_space_that_makes_room_is_declared_with_the_one_that_takes_it(acme: Tenant) -> None:
    acme.add_space("Sales")
    result = succeed(MANY, acme, {"spaces": [{"name": "sales"}, {"name": "Sales", "state": "absent"}]})
    assert [entry["action"] for entry in result["spaces"]] == ["create", "delete"]


def test_one_name_is_absent_from_two_spaces_that_do_not_exist(tenant: Tenant) -> None:
    """A missing space isn't the personal one."""
    options = {
        "connections": [absent("Orders", "Gone"), absent("Orders", "Never"), absent("Orders", None), one("Orders")]
    }
    result = succeed(MANY, tenant, options)
    assert [entry["action"] for entry in result["results"]] == ["none", "none", "none", "create"]


def test_what_is_in_the_personal_space_goes_whatever_is_absent_elsewhere(tenant: Tenant) -> None:
    tenant.add_connection("Orders")
    result = succeed(MANY, tenant, {"connections": [absent("Orders", "Gone"), absent("Orders", None)]})
    assert [entry["action"] for entry in result["results"]] == ["none", "delete"]
    assert tenant.connections == {}


def test_one_name_twice_in_one_missing_space_is_declared_more_than_once(tenant: Tenant) -> None:
    assert "declared more than once" in fail(
        MANY, tenant, {"connections": [absent("Orders", "Gone"), absent("Orders", "Gone")]}
    )


@pytest.mark.parametrize("turned", [False, True])
def test_a_connection_that_two_definitions_were_before_is_nobodys(tenant: Tenant, turned: bool) -> None:
    """Which of them is listed first doesn't decide which one it becomes: neither, until one of them leaves it."""
    tenant.add_connection(name="Old", space="Sales", data_source="postgres", properties={"host": "h"})
    wanted = [one("East", previous_name="Old"), one("West", previous_name="Old")]
    message = fail(MANY, tenant, {"connections": wanted[::-1] if turned else wanted})
    assert message.count("another definition is about the same connection") == 2
    assert tenant.writes() == []
    wanted[1].pop("previous_name")
    succeed(MANY, tenant, {"connections": wanted[::-1] if turned else wanted})
    assert {connection.name for connection in tenant.connections.values()} == {"East", "West"}
