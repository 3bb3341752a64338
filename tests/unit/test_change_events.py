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


@pytest.mark.parametrize(
    ("earlier", "later"), [("28.2Z", "28.276Z"), ("28Z", "28.001Z"), ("28.09Z", "28.1Z"), ("28.9Z", "29Z")]
)
@pytest.mark.parametrize("order", [1, -1])
def test_zeros_that_are_cut_from_a_time_do_not_make_it_the_last(earlier: str, later: str, order: int) -> None:
    events = [
        {"eventTime": f"2026-11-28T03:53:{seconds}", "userId": user, "data": {"id": "c-1"}}
        for seconds, user in ((earlier, "who was before"), (later, "who was last"))
    ]
    assert last_changes(events[::order], {"c-1"})["c-1"].user_id == "who was last"


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


@given(st.lists(st.dictionaries(st.sampled_from(["data", "userId", "eventTime", "id"]), JSON), max_size=4))
def test_whatever_events_hold_is_read(events: list[dict[str, Any]]) -> None:
    for connection_id, change in last_changes(events, {"c-1"}).items():
        assert connection_id == "c-1"
        assert change.user_id
        assert any(event.get("userId") == change.user_id for event in events)
