"""Answers that are well-formed and about something else than what was asked are never acted upon."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE, MANY = "qlik_data_connection", "qlik_data_connections"
CONTENT: dict[str, Any] = {"data_source": "postgres", "properties": {"host": "h"}, "secrets": {"password": "swordfish"}}
ORDERS: dict[str, Any] = {"name": "Orders", "space": "Sales", **CONTENT}
MANAGED = ["qlikops.cloud:managed"]
ELSEWHERE = "0" * 24


def respell(
    tenant: Tenant, method: str, path: str, change: Callable[[Any], Any], *, after: int = 0, times: int | None = 1
) -> None:
    """Change what the tenant answers to some requests, after they were carried out."""

    def act(_entry: LogEntry, answer: Answer | None) -> None:
        assert answer is not None
        value = json.loads(answer.content())
        changed = change(value)
        answer.raw = json.dumps(value if changed is None else changed).encode()

    tenant.add_hook("after", act, match={"method": method, "path": path}, after=after, times=times)


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.add_space("Finance")
    return acme


@pytest.mark.parametrize("member", ["qName", "space"])
def test_a_creation_whose_answer_is_about_another_connection_is_looked_up(tenant: Tenant, member: str) -> None:
    other = tenant.add_connection("Precious", space="Finance")
    wrong = {"qID": other.id, "qName": "Precious"} if member == "qName" else {"qID": other.id, "space": ELSEWHERE}
    respell(tenant, "POST", "data-connections", lambda said: said.update(wrong))
    result = succeed(ONE, tenant, ORDERS)
    assert result["connection"]["id"] == tenant.connection("Orders", "Sales").id != other.id
    assert len(tenant.connections) == 2
    assert len(tenant.writes()) == 1


def test_a_creation_whose_answers_never_fit_is_no_success(tenant: Tenant) -> None:
    respell(tenant, "POST", "data-connections", lambda said: said.update(qName="Precious"), times=None)
    respell(tenant, "GET", "data-connections", lambda said: said.update(data=[]), times=None)
    result = run(ONE, tenant, ORDERS)
    assert result["failed"]
    assert tenant.host in result["msg"]


def test_a_replacement_goes_on_with_nothing_but_its_own_successor(tenant: Tenant) -> None:
    other = tenant.add_connection("Precious", space="Sales")
    succeed(ONE, tenant, ORDERS)
    respell(tenant, "POST", "data-connections", lambda said: said.update(qID=other.id, qName="Precious"))
    mssql = {"data_source": "mssql", "properties": {"host": "h", "database": "d"}, "replace": "when_required"}
    succeed(ONE, tenant, {**ORDERS, **mssql})
    assert tenant.connection("Precious", "Sales") is other
    assert tenant.connection("Orders", "Sales").data_source == "mssql"


def test_asking_for_a_sign_in_removes_nothing_that_it_did_not_make(tenant: Tenant) -> None:
    """A source that creates a connection instead of giving the URL:
    it is removed, unless the answer names another one.
    """
    other = tenant.add_connection("Precious", space="Sales")
    options = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "gbq",
        "properties": {"OAuthMechanism": "0"},
        "auth_url_only": True,
    }
    respell(tenant, "POST", "data-connections", lambda _said: {"qID": other.id, "qName": "Precious"})
    assert "gives no URL for signing in" in fail(ONE, tenant, options)
    assert other.id in tenant.connections
    assert [entry.method for entry in tenant.writes()] == ["POST"]


@pytest.mark.parametrize("wrong", [{"name": "Precious"}, {"type": "data"}])
def test_a_creation_whose_answer_is_about_another_space_is_looked_up(acme: Tenant, wrong: dict[str, str]) -> None:
    other = acme.add_space("Precious", "data")
    respell(acme, "POST", "/spaces", lambda said: said.update(id=other.id, **wrong))
    succeed(MANY, acme, {"spaces": [{"name": "Sales"}], "connections": [ORDERS]})
    assert acme.connection("Orders", "Sales").space != other.id
    assert len(acme.spaces) == 2


def test_a_get_that_answers_with_another_connection_is_refused(tenant: Tenant) -> None:
    held = tenant.add_connection(
        "Orders", "postgres", {"host": "other"}, space="Sales", tags=MANAGED, secrets={"password": "p"}
    )
    other = tenant.add_connection("Precious", "postgres", {"host": "h"}, space="Finance")
    for module, options in ((ONE, ORDERS), ("qlik_data_connection_info", {"id": held.id})):
        tenant.hooks = []
        respell(
            tenant,
            "GET",
            f"data-connections/{held.id}",
            lambda said: said.update(qID=other.id, id=other.id),
            times=None,
        )
        assert "answered with another connection" in fail(module, tenant, options)
    assert tenant.writes() == []


@pytest.mark.parametrize("member", ["qName", "space"])
def test_a_closer_look_at_what_was_renamed_or_moved_meanwhile_ends_the_run(tenant: Tenant, member: str) -> None:
    held = tenant.add_connection(
        "Orders", "postgres", {"host": "other"}, space="Sales", tags=MANAGED, secrets={"password": "p"}
    )
    respell(tenant, "GET", f"data-connections/{held.id}", lambda said: said.update({member: ELSEWHERE}))
    assert "renamed or moved while this run read the tenant. Run again." in fail(ONE, tenant, ORDERS)
    assert tenant.writes() == []


def test_a_get_that_answers_with_another_space_or_user_or_credential_is_refused(tenant: Tenant) -> None:
    space = tenant.space("Sales")
    respell(tenant, "GET", f"spaces/{space.id}", lambda said: said.update(id=ELSEWHERE), times=None)
    assert "answered with another space" in fail(ONE, tenant, {**ORDERS, "space": space.id})
    analyst = tenant.user("analyst").id
    respell(tenant, "GET", f"users/{analyst}", lambda said: said.update(id=ELSEWHERE), times=None)
    assert "answered with another user" in fail("qlik_space", tenant, {"name": "Sales", "owner": analyst})
    wanted = "00000000-0000-4000-8000-000000000000"
    body = {"qID": "11111111-0000-4000-8000-000000000000", "qName": "svc"}
    tenant.set_faults(
        [{"kind": "status", "status": 200, "body": body, "match": {"path": "data-credentials/"}, "times": None}]
    )
    assert "answered with another credential" in fail("qlik_data_credential", tenant, {"id": wanted, "state": "absent"})
    assert tenant.writes() == []


@pytest.mark.parametrize("space", ["Sales", None])
def test_a_list_that_holds_a_connection_of_another_space_is_refused(tenant: Tenant, space: str | None) -> None:
    tenant.add_connection("Stray", space=space)
    respell(tenant, "GET", "data-connections", lambda said: said["data"][0].update(space=ELSEWHERE), times=None)
    assert "holds 'Stray'" in fail(ONE, tenant, {**ORDERS, "space": space})
    assert "holds 'Stray'" in fail("qlik_data_connection_info", tenant, {"space": "Sales"}) if space else True
    assert tenant.writes() == []


@pytest.mark.parametrize(("path", "many"), [("data-connections", 250), ("/spaces", 250)])
def test_a_page_that_repeats_an_earlier_one_is_refused(tenant: Tenant, path: str, many: int) -> None:
    for number in range(many):
        if path == "/spaces":
            tenant.add_space(f"Space {number}")
        else:
            tenant.add_connection(f"c{number}", space="Sales")
    first: dict[str, Any] = {}

    def repeat(said: dict[str, Any]) -> None:
        said["data"] = first.setdefault("data", said["data"])

    respell(tenant, "GET", path, repeat, times=None)
    options = {"connections": [ORDERS], "spaces": [{"name": "Sales"}] if path == "/spaces" else []}
    assert "a page of this list repeats an earlier one" in fail(MANY, tenant, options)
    assert tenant.writes() == []


def doomed(tenant: Tenant, count: int = 3) -> dict[str, Any]:
    for number in range(count):
        tenant.add_connection(f"c{number}", space="Sales", tags=MANAGED)
    return {"connections": [{"name": f"c{number}", "space": "Sales", "state": "absent"} for number in range(count)]}


Unfit = tuple[Callable[[dict[str, Any]], Any], str, int]
UNFIT: dict[str, Unfit] = {
    # What it doesn't say is looked up, and here it was done.
    "lacks one": (lambda said: said["data"].pop(), "", 0),
    "names another": (lambda said: said["data"][0].update(id=ELSEWHERE), "", 0),
    "names one more": (lambda said: said["data"].append({"id": ELSEWHERE, "status": 204}), "", 0),
    "says true": (lambda said: said["data"][0].update(status=True), "", 0),
    "says two things": (
        lambda said: said["data"].append({**said["data"][0], "status": 403}),
        "answered 403 for this connection",
        1,
    ),
    "says nothing done": (lambda said: said["data"][0].update(status=0), "answered 0 for this connection", 1),
    "says elsewhere": (lambda said: said["data"][0].update(status=302), "answered 302 for this connection", 1),
}


@pytest.mark.parametrize("case", UNFIT.values(), ids=UNFIT)
def test_a_batch_whose_answer_does_not_fit_is_believed_in_nothing(
    tenant: Tenant, case: tuple[Callable[[dict[str, Any]], Any], str, int]
) -> None:
    change, said, failed = case
    options = doomed(tenant)

    def act(answer: dict[str, Any]) -> None:
        change(answer)

    respell(tenant, "POST", "actions/delete", act)
    result = run(MANY, tenant, options)
    assert result["summary"]["failed"] == failed, result.get("msg")
    assert said in result.get("msg", "")
    assert [entry.path for entry in tenant.log if entry.method == "GET" and "data-connections" in entry.path][
        1:
    ] or failed
    assert not run(MANY, tenant, options).get("failed")
