"""Members of an acceptance run's spaces: a group that was named, the caller's own bot, and never anybody's way in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.membership import Membership
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import WaitBudget

from tests.acceptance import ADMIN, MEMBER, SCOPES, SEED, fresh, run
from tests.direct import Meddle
from tests.emulator import Emulator, Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import Grant, LogEntry

BOT = "token-bot"
SUBJECT = "qlikbot\\client-acme"


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _without_pauses() -> Iterator[None]:
    with mock.patch.object(WaitBudget, "sleep"):
        yield


def with_bot(tenant: Tenant, subject: str = SUBJECT) -> str:
    """The id of an OAuth client's bot, who calls with the token BOT."""
    user = tenant.add_user(subject, "", ["TenantAdmin"], subject=subject)
    tenant.grants[BOT] = Grant(user.id, SCOPES, None)
    return user.id


def facts_of(result: dict[str, Any]) -> dict[str, Any]:
    return {fact["name"]: fact["held"] for fact in result["facts"]}


def asked_about_members(tenant: Tenant) -> list[tuple[str, Any]]:
    return [(entry.method, entry.body) for entry in tenant.writes() if "/assignments" in entry.path]


@pytest.mark.parametrize("subject", [SUBJECT, "QlikBot\\other"])
def test_the_callers_own_bot_is_tried_as_a_member(world: Emulator, tmp_path: Path, subject: str) -> None:
    tenant = fresh(world)
    bot = with_bot(tenant, subject)
    result = run(tenant, tmp_path, BOT)
    assert ("POST", {"type": "bot", "assigneeId": bot, "roles": ["consumer"]}) in asked_about_members(tenant)
    assert result["sentence"] == "Works on this tenant."
    found = facts_of(result)
    assert found["owner_unlisted"] is True
    assert found["owner_no_member"] is True


@pytest.mark.parametrize("caller", [ADMIN, MEMBER])
def test_a_person_is_no_bot(world: Emulator, tmp_path: Path, caller: str) -> None:
    tenant = fresh(world)
    result = run(tenant, tmp_path, caller)
    assert "bot" not in [(body or {}).get("type") for _method, body in asked_about_members(tenant)]
    assert facts_of(result)["owner_no_member"] is None


def accepting(tenant: Tenant) -> Meddle:
    """A tenant that takes the owner of a space as its member."""

    def meddle(entry: LogEntry, answer: Answer | None) -> None:
        is_it = entry.method == "POST" and entry.path.endswith("/assignments") and entry.body["type"] == "bot"
        if not is_it or answer is None:
            return
        space = tenant.spaces[entry.path.split("/")[4]]
        made = tenant.assign(space, entry.body["assigneeId"], entry.body["roles"], "bot")
        answer.status = 201
        answer.payload = {"id": made.id, "assigneeId": made.assignee_id, "roles": made.roles, "type": "bot"}

    return meddle


def test_a_membership_of_the_bot_is_named_and_goes_with_its_space(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    with_bot(tenant)
    result = run(tenant, tmp_path, BOT, meddle=accepting(tenant))
    assert result["verdict"] == "works_with_differences"
    assert "it isn't so that: the owner of a space is refused as its member" in result["sentence"]
    assert {method for method, body in asked_about_members(tenant) if (body or {}).get("type") != "user"} == {"POST"}
    assert [space.name for space in tenant.spaces.values()] == ["Sales"]


def test_an_answer_that_leads_to_the_callers_own_membership_is_not_followed(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    bot = with_bot(tenant)

    def lies(entry: LogEntry, answer: Answer | None) -> None:
        """The new member of the group gets the id of the membership that the bot holds already."""
        if answer is None or answer.status != 201 or not entry.path.endswith("/assignments"):
            return
        own = tenant.assign(tenant.spaces[entry.path.split("/")[4]], bot, ["facilitator"], "bot")
        answer.payload = {**answer.payload, "id": own.id}

    result = run(tenant, tmp_path, BOT, meddle=lies, group="Analysts")
    assert {method for method, _body in asked_about_members(tenant)} == {"POST"}
    assert result["verdict"] == "do_not_roll_out"
    assert "it is the caller's own way into the space" in result["sentence"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ({"assigneeId": "group"}, ""),
        ({"assigneeId": "me"}, "it is the caller's own way into the space"),
        ({"assigneeId": None}, "whose membership that is isn't shown"),
        ({}, "whose membership that is isn't shown"),
        (None, "whose membership that is isn't shown"),
        ([], "whose membership that is isn't shown"),
    ],
)
def test_a_membership_is_looked_at_before_it_is_changed(method: str, shown: Any, words: str) -> None:
    looked: list[str] = []

    def look(path: str) -> Any:
        looked.append(path)
        return shown

    membership = Membership("me", look)
    membership.note({"id": "a"})
    body = {"roles": ["consumer"]} if method == "PUT" else None
    assert membership.problem(method, ("spaces", "s", "assignments", "a"), body) == words
    assert looked == ["spaces/s/assignments/a"]
    assert membership.problem(method, ("spaces", "s", "assignments", "b"), body) == "nobody named that member"
