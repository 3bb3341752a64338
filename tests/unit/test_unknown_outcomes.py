"""What becomes of a write of which no answer tells: what can be looked up is, and the rest is said to be unknown,
whatever came after.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections import apply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import create_body
from ansible_collections.qlikops.cloud.plugins.module_utils._session import session

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed
from tests.unit.rawserver import say, serving
from tests.unit.test_broken_answers import opened

pytestmark = pytest.mark.usefixtures("short_pauses")

UNKNOWN = "hether the write happened is unknown"
MANAGED = ["ansible:qlikops.cloud"]
LOST = {"kind": "lost_answer"}
SURE = {
    "no time to wait": {"kind": "status", "status": 429, "retry_after": 3600},
    "a refusal": {"kind": "status", "status": 403},
    "a mistake": {"kind": "status", "status": 400},
    "no sign-in": {"kind": "status", "status": 401},
    "a name taken": {"kind": "status", "status": 409},
}


@pytest.fixture
def options() -> dict[str, Any]:
    properties = {"host": "h", "db": "d", "username": "u"}
    return {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": properties,
        "secrets": {"password": "swordfish"},
    }


@pytest.fixture
def sales(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def held(tenant: Tenant, count: int = 1) -> list[str]:
    properties = {"host": "h", "db": "old", "username": "u", "password": "p"}
    return [
        tenant.add_connection(f"c{number}", "postgres", properties, space="Sales", tags=MANAGED).id
        for number in range(count)
    ]


def test_a_creation_without_time_to_wait_is_looked_up_all_the_same(sales: Tenant, options: dict[str, Any]) -> None:
    sales.set_faults([{**LOST, "match": {"method": "POST"}}])
    assert succeed("qlik_data_connection", sales, {**options, "max_wait": 0})["changed"]
    assert len(sales.connections) == 1


def test_a_space_without_time_to_wait_is_looked_up_all_the_same(acme: Tenant) -> None:
    acme.set_faults([{**LOST, "match": {"method": "POST"}}])
    assert succeed("qlik_space", acme, {"name": "Sales", "max_wait": 0})["changed"]


def test_a_creation_that_can_not_be_looked_up_is_unknown(sales: Tenant, options: dict[str, Any]) -> None:
    everything = {"kind": "status", "match": {"method": "GET"}, "times": None}
    sales.add_hook("after", lambda _entry, _answer: sales.set_faults([everything]), match={"method": "POST"})
    sales.set_faults([{**LOST, "match": {"method": "POST"}}])
    message = fail("qlik_data_connection", sales, options)
    assert UNKNOWN in message
    assert "couldn't be looked up" in message
    assert len(sales.connections) == 1


@pytest.mark.parametrize("then", SURE.values(), ids=SURE)
def test_a_creation_that_is_refused_at_its_second_try_is_unknown(
    sales: Tenant, options: dict[str, Any], then: dict[str, Any]
) -> None:
    post = {"match": {"method": "POST"}}
    sales.set_faults([{"kind": "reset", **post}, {**then, **post, "after": 1, "times": None}])
    assert UNKNOWN in fail("qlik_data_connection", sales, {**options, "max_wait": 30})


@pytest.mark.parametrize("then", SURE.values(), ids=SURE)
def test_a_change_that_is_refused_after_it_may_have_happened_is_unknown(
    sales: Tenant, options: dict[str, Any], then: dict[str, Any]
) -> None:
    [connection_id] = held(sales)
    patch = {"match": {"method": "PATCH"}}
    sales.set_faults([{**LOST, **patch}, {**then, **patch, "after": 1, "times": None}])
    message = fail("qlik_data_connection", sales, {**options, "name": "c0", "max_wait": 30})
    assert UNKNOWN in message
    assert sales.properties_of(connection_id)["db"] == "d", "it did happen"


def test_a_token_that_can_not_be_had_anew_makes_no_write_unknown(sales: Tenant, options: dict[str, Any]) -> None:
    def end(*_hook: Any) -> None:
        sales.expire_tokens()

    sales.add_hook("after", end, match={"path": "data-connections", "method": "GET"})
    sales.set_faults([{"kind": "reset", "match": {"path": "oauth/token"}, "after": 1, "times": None}])
    sign_in = {"client_id": "client-acme", "client_secret": "secret-acme", "access_token": None}
    message = fail("qlik_data_connection", sales, {**options, **sign_in})
    assert UNKNOWN not in message
    tokens = [entry for entry in sales.log if entry.path == "/oauth/token"]
    assert len(tokens) == 1 + session.TRIES, (
        "signing in has tries of its own, and isn't tried again for each try of what it is for"
    )


@pytest.mark.parametrize("kind", ["lost_answer", "truncate", "garble"])
def test_a_switched_source_is_looked_up(acme: Tenant, kind: str) -> None:
    acme.set_faults([{"kind": kind, "match": {"method": "PUT"}, "times": session.TRIES}])
    assert succeed("qlik_data_source", acme, {"data_source": "postgres", "enabled": False})["changed"]
    assert "postgres" in acme.disabled_sources


@pytest.mark.parametrize("said", [b"[]", b'"done"', b'{"disabled": "yes"}', b"{}"])
def test_an_answer_that_does_not_say_how_a_source_is_switched_is_looked_up(acme: Tenant, said: bytes) -> None:
    acme.add_hook("after", lambda _entry, answer: setattr(answer, "raw", said), match={"method": "PUT"})
    assert succeed("qlik_data_source", acme, {"data_source": "postgres", "enabled": False})["changed"]


@pytest.mark.parametrize(
    "fault", [{"kind": "html", "status": 404}, {"kind": "status", "status": 404}], ids=["a page", "an error"]
)
@pytest.mark.parametrize("module", ["qlik_data_connection", "qlik_space"])
def test_not_found_alone_is_no_deletion(acme: Tenant, module: str, fault: dict[str, Any]) -> None:
    acme.add_space("Sales")
    options = {"name": "Sales", "state": "absent"}
    if module == "qlik_data_connection":
        held(acme)
        options = {"name": "c0", "space": "Sales", "state": "absent"}
    acme.set_faults([{**fault, "match": {"method": "DELETE"}, "times": None}])
    assert "still there" in fail(module, acme, options)


def test_what_somebody_else_deleted_meanwhile_is_gone(sales: Tenant) -> None:
    [connection_id] = held(sales)
    sales.add_hook("before", lambda *_hook: sales.remove_connection(connection_id), match={"method": "DELETE"})
    assert succeed("qlik_data_connection", sales, {"name": "c0", "space": "Sales", "state": "absent"})["changed"]


@pytest.mark.parametrize("then", SURE.values(), ids=SURE)
def test_a_deletion_whose_answer_was_lost_is_looked_up(sales: Tenant, then: dict[str, Any]) -> None:
    held(sales)
    delete = {"match": {"method": "DELETE"}}
    sales.set_faults([{**LOST, **delete}, {**then, **delete, "after": 1, "times": None}])
    assert succeed("qlik_data_connection", sales, {"name": "c0", "space": "Sales", "state": "absent", "max_wait": 30})[
        "changed"
    ]
    assert not sales.connections


def absent(count: int) -> dict[str, Any]:
    return {"connections": [{"name": f"c{number}", "space": "Sales", "state": "absent"} for number in range(count)]}


@pytest.mark.parametrize("status", [400, 403, 503])
def test_a_part_of_a_batch_that_fails_is_its_own_failure_only(sales: Tenant, status: int) -> None:
    held(sales, 250)
    sales.set_faults(
        [{"kind": "status", "status": status, "match": {"path": "actions/delete"}, "after": 1, "times": None}]
    )
    sales.add_hook(
        "after", lambda *_hook: sales.set_faults([]), match={"path": "actions/delete"}, after=1 if status != 503 else 5
    )
    result = run("qlik_data_connections", sales, {**absent(250), "max_wait": 30})
    assert result["failed"]
    assert result["changed"]
    assert (result["summary"]["deleted"], result["summary"]["failed"]) == (
        250 - len(sales.connections),
        len(sales.connections),
    )
    assert len(sales.connections) in (0, 100), "the third part is sent, whatever became of the second"


def test_a_batch_whose_answers_were_lost_is_looked_up(sales: Tenant) -> None:
    held(sales, 120)
    sales.set_faults([{**LOST, "match": {"path": "actions/delete"}, "times": session.TRIES}])
    assert succeed("qlik_data_connections", sales, absent(120))["summary"]["deleted"] == 120


@pytest.mark.parametrize(
    "said",
    [
        b"{}",
        b'{"data": []}',
        b'{"data": [null]}',
        b'{"data": [{"id": "other", "status": 204}]}',
        b'{"data": 5}',
        b"<html>",
    ],
)
@pytest.mark.parametrize("happened", [True, False])
def test_what_a_batch_does_not_answer_is_looked_up(sales: Tenant, said: bytes, happened: bool) -> None:
    ids = held(sales, 5)

    def answer(_entry: Any, given: Any) -> None:
        given.raw = said
        if not happened:
            for number in range(5):
                properties = {"host": "h", "db": "old", "username": "u", "password": "p"}
                sales.add_connection(f"c{number}", "postgres", properties, space="Sales", tags=MANAGED, id=ids[number])

    sales.add_hook("after", answer, match={"path": "actions/delete"}, times=None)
    result = run("qlik_data_connections", sales, absent(5))
    assert result["summary"]["deleted"] == (5 if happened else 0)
    assert bool(result.get("failed")) is not happened


@pytest.mark.parametrize("happened", [True, False])
def test_owners_whose_change_had_no_answer_are_looked_up(
    sales: Tenant, options: dict[str, Any], happened: bool
) -> None:
    held(sales)
    kind = "lost_answer" if happened else "reset"
    sales.set_faults([{"kind": kind, "match": {"path": "actions/update"}, "times": session.TRIES}])
    owner = next(user for user in sales.users.values() if user.name == "analyst")
    result = run("qlik_data_connection", sales, {**options, "name": "c0", "owner": owner.id})
    assert bool(result.get("failed")) is not happened, result


def test_a_tenant_that_says_when_to_come_again_is_obeyed_for_failures_too() -> None:
    again = say(b"HTTP/1.1 503 Later\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    whole = say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    with serving(again, whole) as server:
        asked = opened(server.url)
        asked.get("spaces")
    assert asked.budget.waited >= 1
    later = say(b"HTTP/1.1 503 Later\r\nRetry-After: 600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    with serving(later) as server, pytest.raises(QlikError, match="503"):
        opened(server.url, max_wait=5.0).get("spaces")
    assert len(server.requests) == 1, "there is no time to wait for so long"


@pytest.mark.parametrize("error", [KeyError("canary"), RecursionError("canary"), TypeError("canary")])
def test_a_defect_with_one_connection_does_not_hide_its_siblings(
    sales: Tenant, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def stumbling(placed: Any) -> Any:
        if placed.action.name == "c3":
            raise error
        return create_body(placed)

    monkeypatch.setattr(apply, "create_body", stumbling)
    result = run(
        "qlik_data_connections", sales, {"connections": [{**options, "name": f"c{number}"} for number in range(10)]}
    )
    assert result["failed"]
    assert (result["summary"]["created"], result["summary"]["failed"]) == (9, 1)
    assert "connection 'c3': an unexpected error" in result["msg"]
    assert "canary" not in str(result)
    assert len(sales.connections) == 9
