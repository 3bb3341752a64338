"""Who changed what differs: asked of events only where somebody wants it, and said only where they say so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.audit_event import last_changes, tells_of_changes
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Tenant
from tests.jobs import requests_of, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
MANY = "qlik_data_connections"
UPDATED = "com.qlik.v1.data-connection.updated"


@pytest.fixture(autouse=True)
def _sales(acme: Tenant) -> None:
    acme.add_space("Sales")
    acme.add_connection("Orders", "rest", {"url": "https://a.example"}, space="Sales")
    acme.add_connection("Own", "rest", {"url": "https://b.example"}, space="Sales")
    acme.add_user("Jo", "jo@acme.example")
    acme.reset_log()


def audited(tenant: Tenant, **options: Any) -> dict[str, Any]:
    definition = {"name": "Orders", "space": "Sales", "properties": {"url": "https://declared.example"}}
    given = {"connections": [definition], "list_undeclared": "spaces", "change_events": True, **options}
    return succeed(MANY, tenant, given, check=True)


def happened(tenant: Tenant, name: str, user: str, when: float, member: str = "id", kind: str = UPDATED) -> str:
    """An event about a connection; the id of its user."""
    row = next(one for one in tenant.connections.values() if one.name == name)
    tenant.add_event(kind, user, {member: row.id, "name": name}, when)
    return tenant.user(user).id


@pytest.mark.parametrize(
    "kind", [UPDATED, "com.qlik.core.data_connections.changed", "com.qlik.v1.dataConnection.created"]
)
@pytest.mark.parametrize("member", ["id", "connectionId"])
def test_the_last_event_tells_who_changed_it(acme: Tenant, kind: str, member: str) -> None:
    acme.behaviours.update({"audit_events": "all"})
    someone = next(iter(acme.users.values())).name
    happened(acme, "Orders", someone, 1_790_000_000.0, member, kind)
    jo = happened(acme, "Orders", "Jo", 1_790_000_500.0, member, kind)
    result = audited(acme)
    (orders,), (own,) = result["results"], result["undeclared"]
    assert (orders["changed_by"], orders["changed_at"][:10]) == (jo, "2026-09-21")
    assert "changed_by" not in own, "its owner need not be who changed it"
    assert requests_of(acme)[-2:] == ["GET v1/audits/types", "GET v1/audits"]
    assert "warnings" not in result


def told(time: Any, user: Any, **data: str) -> dict[str, Any]:
    return {"eventTime": time, "userId": user, "data": data or {"id": "c-1"}}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        *(
            (f"2026-11-28T03:53:{earlier}", f"2026-11-28T03:53:{later}")
            for earlier, later in [
                ("28.2Z", "28.276Z"),
                ("28Z", "28.001Z"),
                ("28.09Z", "28.1Z"),
                ("28.9Z", "29Z"),
                ("28.1234567Z", "28.12345678Z"),
                ("28z", "28.5Z"),
                ("28", "28.5z"),
                ("28,2Z", "28.5Z"),
                ("28.5+00:00", "28.50001Z"),
                ("59.9Z", "60Z"),
            ]
        ),
        ("2026-11-28T10:00:00Z", "2026-11-28T07:00:00-05:00"),
        ("2026-11-28T10:00:00-05:30", "2026-11-28T15:30:00.1Z"),
        ("2026-11-28T12:00:00+02:00", "2026-11-28T10:30:00Z"),
        ("2026-11-29T01:00:00+0200", "2026-11-28T23:00:01Z"),
        ("2026-11-28 10:00Z", "2026-11-28T10:00:30Z"),
        *(
            (unreadable, "2001-01-01T00:00:00Z")
            for unreadable in [
                "",
                "garbage",
                "9",
                None,
                5,
                "2026-13-28T10:00:00Z",
                "2026-11-28T24:00:00Z",
                "2026-11-28T10:00:00+99:00",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:00-14:00",
                "\uff12\uff10\uff12\uff16-11-28T10:00:00Z",
                "2026-11-28T10:00:00Z\n",
            ]
        ),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_last_is_the_last_however_its_time_is_written(earlier: Any, later: str, order: int) -> None:
    events = [told(earlier, "who was before"), told(later, "who was last")]
    assert last_changes(events[::order], {"c-1"}) == {"c-1": (later, "who was last")}


@pytest.mark.parametrize("nobody", ["", None, 5])
@pytest.mark.parametrize("order", [1, -1])
def test_nobody_is_named_where_the_last_event_names_nobody(nobody: Any, order: int) -> None:
    events = [told("2026-11-28T10:00:00Z", "who was before"), told("2026-11-28T11:00:00Z", nobody)]
    assert last_changes(events[::order], {"c-1"}) == {}


def test_of_two_of_the_same_moment_the_one_that_is_listed_first_counts() -> None:
    events = [told("2026-11-28T10:00:00Z", "first"), told("2026-11-28T11:00:00.0+01:00", "second")]
    assert last_changes(events, {"c-1"})["c-1"].user_id == "first"


@pytest.mark.parametrize(
    "data",
    [
        {"id": "another", "connectionId": "c-1"},
        {"qID": "", "resourceId": "c-1"},
        {"id": "C-1"},
        {"id": "c-1", "resourceId": "C-1"},
    ],
)
@pytest.mark.parametrize("ours", ["c-1", "C-1"])
def test_a_connection_is_known_by_any_of_the_ids_in_any_case(data: dict[str, str], ours: str) -> None:
    assert last_changes([told("2026-11-28T10:00:00Z", "Jo", **data)], [ours, "other"])[ours].user_id == "Jo"
    assert last_changes([told("2026-11-28T10:00:00Z", "Jo", **data)], ["other"]) == {}


def test_it_is_off_by_default_and_asks_nothing_where_all_is_as_declared(acme: Tenant) -> None:
    acme.behaviours.update({"audit_events": "all"})
    happened(acme, "Orders", "Jo", 1_790_000_000.0)
    result = audited(acme, change_events=False)
    assert "changed_by" not in result["results"][0]
    succeed(MANY, acme, {"connections": [], "spaces": [{"name": "Sales"}], "change_events": True}, check=True)
    assert not [one for one in requests_of(acme) if "audits" in one]


def test_a_tenant_that_emits_no_such_events_is_told(acme: Tenant) -> None:
    happened(acme, "Orders", "Jo", 1_790_000_000.0)
    result = audited(acme)
    assert "it emits no events about data connections, so who changed them isn't known" in result["warnings"][0]
    assert "changed_by" not in result["results"][0]
    assert requests_of(acme)[-1] == "GET v1/audits/types"


def test_who_may_not_read_events_is_told(acme: Tenant) -> None:
    for user in acme.users.values():
        user.roles = []
    result = audited(acme)
    assert "may not read its events, which takes an administrator" in result["warnings"][0]
    assert result["results"][0]["last_updated"]


@pytest.mark.parametrize("status", [404, 500])
def test_events_that_cannot_be_read_fail_nothing(acme: Tenant, status: int) -> None:
    acme.add_fault("status", match={"path": "/audits"}, status=status, times=None)
    result = audited(acme)
    assert any("isn't known" in warning for warning in result["warnings"])


@pytest.mark.parametrize("number", [20, 500])
def test_types_without_end_are_not_read_without_end(acme: Tenant, number: int) -> None:
    acme.behaviours.update({"audit_events": "all"})
    for index in range(number):
        happened(acme, "Orders", "Jo", 1_790_000_000.0 + index, kind=f"com.qlik.v{index:03}.data-connection.updated")
    result = audited(acme)
    assert requests_of(acme).count("GET v1/audits") == 20
    assert result["results"][0]["changed_by"] == acme.user("Jo").id
    told = [one for one in result.get("warnings", ()) if "types of events about data connections" in one]
    assert bool(told) == (number > 20)


def test_words_of_documented_types_and_others() -> None:
    connection = "com.qlik.v1.data-connection"
    for other in ("com.qlik.v1.app.updated", f"{connection}.deleted", f"{connection}.read", connection, ""):
        assert not tells_of_changes(other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("c-1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "data", "userId"]), inner),
    max_leaves=8,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"eventTime": JSON | st.just("2026-11-28T10:00:00Z")},
            optional={"data": JSON, "userId": JSON, "id": JSON},
        ),
        max_size=4,
    )
)
def test_whatever_events_hold_is_read(events: list[dict[str, Any]]) -> None:
    for connection_id, change in last_changes(events, {"c-1"}).items():
        assert connection_id == "c-1"
        assert change.user_id
        assert any(event.get("userId") == change.user_id for event in events)
