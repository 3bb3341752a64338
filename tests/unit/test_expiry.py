"""Until when secrets are good: what a definition says of it, what the tag tells, and when it is written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.layers import merge_definitions

from tests.emulator import Emulator, Tenant
from tests.jobs import fail, requests_of, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE, MANY, INFO = "qlik_data_connection", "qlik_data_connections", "qlik_data_connection_info"
KEY = "a fingerprint key of some length"
TODAY = date(2026, 11, 26)
TOMORROW = TODAY + timedelta(days=1)
IN_90_DAYS = "2027-02-24"
OWN = "qlikops.cloud:expires:"


def orders(**changes: Any) -> dict[str, Any]:
    """A definition whose secrets have a fingerprint."""
    return {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "orders", "username": "u"},
        "secrets": {"password": "swordfish"},
        "fingerprint_key": KEY,
        **changes,
    }


def day_of(tenant: Tenant, name: str = "Orders") -> str:
    """What the tags of a connection tell; there is one of the kind at most."""
    (row,) = (one for one in tenant.connections.values() if one.name == name)
    days = [tag.removeprefix(OWN) for tag in row.tags if tag.startswith(OWN)]
    assert len(days) <= 1
    return "".join(days)


def written(tenant: Tenant, definition: dict[str, Any], today: date = TODAY) -> dict[str, Any]:
    """One run of one definition, foreseen first: what is foreseen is what comes."""
    foreseen = succeed(MANY, tenant, {"connections": [definition]}, check=True, today=today)
    result = succeed(MANY, tenant, {"connections": [definition]}, today=today)
    for member in ("changed", "plan_digest", "diff"):
        assert result[member] == foreseen[member]
    assert not succeed(MANY, tenant, {"connections": [definition]}, today=today)["changed"]
    return result


@pytest.fixture(autouse=True)
def _sales(acme: Tenant) -> None:
    acme.add_space("Sales")


@pytest.mark.parametrize("declared", ["2027-01-31", date(2027, 1, 31)], ids=["text", "as YAML reads it"])
def test_a_day_is_kept_in_a_tag_and_in_no_property(acme: Tenant, declared: object) -> None:
    result = succeed(ONE, acme, orders(expires=declared), today=TODAY)
    assert result["connection"]["expires"] == "2027-01-31"
    assert day_of(acme) == "2027-01-31"
    (row,) = acme.connections.values()
    assert "expires" not in str(row.properties) + row.statement
    acme.reset_log()
    assert not succeed(ONE, acme, orders(expires=declared), today=TODAY)["changed"]
    assert not acme.writes()


def test_a_day_moves_without_secrets(acme: Tenant) -> None:
    written(acme, orders(expires="2027-01-31"))
    acme.reset_log()
    result = written(acme, orders(expires="2027-06-30"))
    assert result["results"][0]["changes"] == ["expires: 2027-01-31 -> 2027-06-30"]
    assert (result["diff"][0]["before"], result["diff"][0]["after"]) != ({}, {})
    assert day_of(acme) == "2027-06-30"
    (write,) = acme.writes()
    assert "swordfish" not in str(write.body)


def test_days_are_counted_from_the_run_that_sends(acme: Tenant) -> None:
    result = written(acme, orders(expires_after="90d"))
    assert (result["results"][0]["expires"], result["results"][0]["expires_in_days"]) == (IN_90_DAYS, 90)
    acme.reset_log()
    for later in (1, 30, 91):
        assert not run(MANY, acme, {"connections": [orders(expires_after="90d")]}, today=TODAY + timedelta(later))[
            "changed"
        ]
    assert not succeed(MANY, acme, {"connections": [orders(expires_after="30d")]}, today=TOMORROW)["changed"]
    assert not acme.writes()
    assert day_of(acme) == IN_90_DAYS
    written(acme, orders(expires_after="90d", secrets={"password": "new"}), TOMORROW)
    assert day_of(acme) == "2027-02-25", "a rotation moves it"


def test_a_rotation_that_sends_nothing_else_moves_it(acme: Tenant) -> None:
    written(acme, orders(expires_after="90d", tags=["nightly"]))
    options = {"connections": [orders(expires_after="90d", tags=["other"])], "secrets_only": True}
    result = succeed(MANY, acme, options, today=TOMORROW)
    assert (day_of(acme), result["results"][0]["expires"]) == ("2027-02-25", "2027-02-25")
    options["connections"] = [orders(expires="2027-12-31")]
    succeed(MANY, acme, options, today=TOMORROW)
    assert day_of(acme) == "2027-12-31"
    assert "nightly" in next(iter(acme.connections.values())).tags


def test_a_fleet_without_days_is_written_nothing(acme: Tenant) -> None:
    written(acme, orders())
    acme.reset_log()
    result = succeed(MANY, acme, {"connections": [orders(expires_after="90d")]}, today=TODAY)
    assert not result["changed"]
    assert not acme.writes()
    assert day_of(acme) == ""
    assert "expires" not in result["results"][0]
    (warning,) = result["warnings"]
    assert "1 definition with expires_after of which no day is known" in warning
    assert "Sales:Orders" in warning


@pytest.mark.parametrize("held", [True, False])
def test_a_day_that_is_never_counted_is_told_with_what_ends_it(acme: Tenant, held: bool) -> None:
    """A warning of each night says what to do: without secrets, a rotation would send none."""
    if held:
        written(acme, orders())
    options = {"connections": [orders(expires_after="90d", secrets=None)]}
    (warning,) = succeed(MANY, acme, options, today=TODAY)["warnings"]
    assert "1 definition with expires_after, and without secrets that could be sent: Sales:Orders." in warning
    assert "rotate_secrets" not in warning
    for ended in ({"expires": "2099-12-31", "expires_after": None}, {"expires_after": None}):
        again = succeed(MANY, acme, {"connections": [orders(secrets=None, **ended)]}, today=TODAY)
        assert "warnings" not in again


def test_the_warning_of_a_day_that_is_not_known_ends_with_a_rotation(acme: Tenant) -> None:
    written(acme, orders())
    options = {"connections": [orders(expires_after="90d")]}
    assert "Either ends this warning" in succeed(MANY, acme, options, today=TODAY)["warnings"][0]
    succeed(MANY, acme, {**options, "secrets_only": True}, today=TODAY)
    assert "warnings" not in succeed(MANY, acme, options, today=TODAY)


def test_an_adopted_connection_whose_secrets_are_not_sent_has_no_day(acme: Tenant) -> None:
    acme.add_connection("Orders", "postgres", orders()["properties"], space="Sales", secrets={"password": "p"})
    result = written(acme, orders(expires_after="90d", update_secrets="on_create"))
    assert day_of(acme) == ""
    assert "no day is known" in result["warnings"][0]
    written(acme, orders(expires_after="90d", update_secrets="on_create", expires=None, secrets_version=None), TOMORROW)
    assert day_of(acme) == ""
    succeed(MANY, acme, {"connections": [orders(expires_after="90d")], "secrets_only": True}, today=TODAY)
    assert day_of(acme) == IN_90_DAYS


def test_what_is_no_longer_declared_stays_until_secrets_are_sent(acme: Tenant) -> None:
    written(acme, orders(expires="2027-01-31"))
    acme.reset_log()
    assert not succeed(MANY, acme, {"connections": [orders()]}, today=TODAY)["changed"]
    result = written(acme, orders(tags=["nightly"]))
    assert (day_of(acme), result["results"][0]["expires"]) == ("2027-01-31", "2027-01-31")
    result = written(acme, orders(secrets={"password": "new"}))
    assert day_of(acme) == ""
    assert "expires: 2027-01-31 -> (not set)" in result["results"][0]["changes"]


def test_one_more_tag_of_ours_counts(acme: Tenant) -> None:
    fitting = [f"tag {number}" for number in range(27)]
    written(acme, orders(tags=fitting, expires="2027-01-31"))
    said = fail(MANY, acme, {"connections": [orders(tags=[*fitting, "one more"], expires="2027-01-31")]}, today=TODAY)
    assert "28 tags; Qlik keeps 31 at most, of which this collection needs 4, so 27 are left" in said
    written(acme, orders(tags=[*fitting, "one more"]))
    assert day_of(acme) == "", "a day that nobody declares makes room"


@pytest.mark.parametrize(
    "day",
    ["2027-02-30", "31.01.2027", "2027-1-5", "20270131", "2027-W05-7", "2027-01-31 00:00:00", "soon", "\u0662027-1-31"],
)
def test_what_is_no_day_is_an_error_that_names_the_place(acme: Tenant, day: str) -> None:
    said = fail(MANY, acme, {"connections": [orders(expires=day)]}, today=TODAY)
    assert f"space 'Sales': connection 'Orders': expires is '{day}', which is no day of the calendar" in said
    assert not acme.writes()


@pytest.mark.parametrize(
    "days", ["90", "0d", "-1d", "12w", "3m", "1y", "90D", "1.5d", "P90D", "24h", "36501d", "9" * 99]
)
def test_other_units_are_refused(acme: Tenant, days: str) -> None:
    said = fail(ONE, acme, orders(expires_after=days), today=TODAY)
    assert "connection 'Orders': expires_after is '" in said
    assert "whole days, such as 90d" in said


def test_a_later_layer_takes_the_other_one_away(acme: Tenant) -> None:
    later = {"name": "Orders", "space": "Sales", "expires": date(2027, 1, 31), "expires_after": None}
    written(acme, merge_definitions([[orders(expires_after="90d")], [later]])[0])
    assert day_of(acme) == "2027-01-31"


def test_both_are_an_error(acme: Tenant) -> None:
    said = fail(MANY, acme, {"connections": [orders(expires="2027-01-31", expires_after="90d")]}, today=TODAY)
    assert "it declares expires and expires_after" in said


def test_a_day_that_has_passed_stops_secrets_and_nothing_else(acme: Tenant) -> None:
    definition = orders(expires="2026-11-25")
    said = fail(MANY, acme, {"connections": [definition]}, today=TODAY)
    assert "connection 'Orders': its secrets were good until 2026-11-25 (expires), which has passed" in said
    assert not acme.writes()
    written(acme, definition, date(2026, 11, 25))
    result = written(acme, {**definition, "tags": ["nightly"]})
    assert result["results"][0]["expires_in_days"] == -1
    (warning,) = result["warnings"]
    assert "connection 'Orders': its secrets were good until 2026-11-25, which has passed" in warning
    for changes in ({"secrets": {"password": "new"}}, {"properties": {"host": "other.example"}}):
        said = fail(ONE, acme, {**definition, **changes}, today=TODAY)
        assert "which has passed, and this run would send them" in said
    options = {"connections": [definition], "secrets_only": True}
    assert "this run would send them" in fail(MANY, acme, options, today=TODAY)


def test_a_counted_day_that_has_passed_is_a_warning(acme: Tenant) -> None:
    written(acme, orders(expires_after="1d"))
    assert "warnings" not in succeed(ONE, acme, orders(expires_after="1d"), today=TOMORROW)
    result = succeed(ONE, acme, orders(expires_after="1d"), today=TOMORROW + timedelta(days=1))
    assert "were good until 2026-11-27, which has passed" in result["warnings"][0]


def test_an_approval_of_yesterday_binds_today(acme: Tenant) -> None:
    written(acme, orders(name="There", expires_after="30d"))
    connections = [
        orders(expires_after="90d"),
        orders(name="There", expires_after="30d", secrets={"password": "new"}),
        orders(
            name="Mine", expires_after="7d", separate_credentials=True, credentials="mine", update_secrets="on_change"
        ),
        orders(name="Beside", expires_after="7d", separate_credentials=True, credentials="mine"),
    ]
    options = {"connections": connections}
    approved = succeed(MANY, acme, options, check=True, today=TODAY)["plan_digest"]
    assert succeed(MANY, acme, options, check=True, today=TOMORROW)["plan_digest"] == approved
    connections[0]["expires_after"] = "91d"
    assert "not the one that was approved" in fail(MANY, acme, {**options, "approved_plan": approved}, today=TOMORROW)
    connections[0]["expires_after"] = "90d"
    succeed(MANY, acme, {**options, "approved_plan": approved}, today=TOMORROW)
    days = [day_of(acme, name) for name in ("Orders", "There", "Mine", "Beside")]
    assert days == ["2027-02-25", "2026-12-27", "2026-12-04", "2026-12-04"]
    assert not succeed(MANY, acme, options, today=TOMORROW)["changed"]


def test_a_declared_day_is_approved_as_such(acme: Tenant) -> None:
    digests = {
        succeed(MANY, acme, {"connections": [orders(**expiry)]}, check=True, today=TODAY)["plan_digest"]
        for expiry in ({}, {"expires": IN_90_DAYS}, {"expires_after": "90d"}, {"expires": "2027-02-25"})
    }
    assert len(digests) == 4


def test_a_rename_and_a_move_keep_it(acme: Tenant) -> None:
    acme.add_space("Finance")
    written(acme, orders(expires_after="90d"))
    moved = orders(name="Bills", space="Finance", previous_name="Orders", previous_space="Sales", expires_after="90d")
    written(acme, moved, TOMORROW)
    assert day_of(acme, "Bills") == IN_90_DAYS


def test_a_replacement_has_a_day_of_its_own(acme: Tenant) -> None:
    written(acme, orders(expires_after="90d"))
    properties = {"host": "db.example.com", "database": "orders", "username": "u"}
    other = orders(data_source="mysql", properties=properties, replace="when_required")
    written(acme, {**other, "expires_after": "90d"}, TOMORROW)
    assert day_of(acme) == "2027-02-25"
    written(acme, orders(replace="when_required"), TOMORROW)
    assert day_of(acme) == "", "the secrets are new, and nobody says how long they are good"


def test_another_owner_enters_other_secrets(acme: Tenant) -> None:
    acme.add_user("Jo", "jo@acme.example")
    written(acme, orders(expires_after="90d"))
    succeed(MANY, acme, {"connections": [orders(expires_after="90d", owner="jo@acme.example")]}, today=TODAY)
    assert day_of(acme) == ""
    kept = orders(name="Kept", expires="2027-01-31")
    written(acme, kept)
    succeed(MANY, acme, {"connections": [{**kept, "owner": "jo@acme.example"}]}, today=TODAY)
    assert day_of(acme, "Kept") == "2027-01-31"


def separate(name: str, **changes: Any) -> dict[str, Any]:
    return orders(name=name, separate_credentials=True, credentials="svc", **changes)


def test_shared_credentials_have_one_day(acme: Tenant) -> None:
    written(acme, separate("A", expires_after="90d"))
    options = {"connections": [separate("A", expires_after="90d"), separate("B", expires_after="90d")]}
    succeed(MANY, acme, options, today=TOMORROW)
    assert (day_of(acme, "A"), day_of(acme, "B")) == (IN_90_DAYS, IN_90_DAYS), "B attaches what was sent yesterday"
    assert not succeed(MANY, acme, options, today=TOMORROW)["changed"]
    for definition in options["connections"]:
        definition["secrets"] = {"password": "new"}
    succeed(MANY, acme, options, today=TOMORROW)
    assert (day_of(acme, "A"), day_of(acme, "B")) == ("2027-02-25", "2027-02-25")
    assert not succeed(MANY, acme, options, today=TOMORROW)["changed"]


def test_the_day_of_overwritten_secrets_goes_where_nobody_declares_it(acme: Tenant) -> None:
    both = {"connections": [separate("A", expires="2027-01-31"), separate("B", expires="2027-01-31")]}
    succeed(MANY, acme, both, today=TODAY)
    rotated = {"connections": [separate("A", expires="2027-12-31", secrets={"password": "new"})]}
    succeed(MANY, acme, rotated, today=TODAY)
    assert (day_of(acme, "A"), day_of(acme, "B")) == ("2027-12-31", "")


def test_what_somebody_wrote_into_the_tag_is_put_right(acme: Tenant) -> None:
    written(acme, orders(expires="2027-01-31"))
    (row,) = acme.connections.values()
    for wrong in ([f"{OWN}2027-03-01", f"{OWN}2027-01-31"], [f"{OWN}never"], []):
        row.tags = [tag for tag in row.tags if not tag.startswith(OWN)] + wrong
        written(acme, orders(expires="2027-01-31"))
        assert day_of(acme) == "2027-01-31"


def test_an_export_declares_it_and_changes_nothing(acme: Tenant, emulator: Emulator) -> None:
    written(acme, orders(expires_after="90d"))
    found = succeed(INFO, acme, {"definitions": True})
    assert found["connections"][0]["expires"] == IN_90_DAYS
    (definition,) = found["definitions"]
    assert definition["expires"] == IN_90_DAYS
    acme.reset_log()
    assert not succeed(MANY, acme, {"connections": [definition]}, today=TODAY)["changed"]
    other = emulator.add_tenant({"name": "globex"})
    other.add_space("Sales")
    succeed(MANY, other, {"connections": [{**definition, "secrets": {"password": "p"}}]}, today=TODAY)
    assert day_of(other) == IN_90_DAYS


def test_undeclared_connections_tell_it(acme: Tenant) -> None:
    written(acme, orders(expires="2026-12-01"))
    acme.add_connection("Playground", "rest", {"url": "https://x.example"}, space="Sales")
    options = {"connections": [], "spaces": [{"name": "Sales"}], "list_undeclared": "all"}
    ours, theirs = succeed(MANY, acme, options, check=True, today=TODAY)["undeclared"]
    assert (ours["expires"], ours["expires_in_days"]) == ("2026-12-01", 5)
    assert "expires" not in theirs


def test_it_costs_no_request(acme: Tenant) -> None:
    for expiry in ({}, {"expires": "2027-01-31"}):
        written(acme, orders(**expiry))
        acme.reset_log()
        succeed(MANY, acme, {"connections": [orders(**expiry)]}, today=TODAY)
        assert requests_of(acme) == ["GET v1/spaces", "GET v1/data-connections"]
