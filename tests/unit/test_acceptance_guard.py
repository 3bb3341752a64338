"""No request of a run touches what isn't its own: whatever somebody tries, and whatever a tenant answers."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.cleaning import guard_for, snapshot
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.guard import Guard, GuardError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import Ledger
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import resolve_settings
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Request

from tests import jobs
from tests.acceptance import ADMIN, OWNER, SEED, fresh, state_of
from tests.direct import direct
from tests.emulator import Emulator, Tenant
from tests.emulator.apps import App
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry

MARK = "accept-0123456789abcdef"


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


@dataclass
class Held:
    """What a guarded session works on, by names that requests are written with."""

    tenant: Tenant
    session: TenantSession
    guard: Guard
    ids: dict[str, str]

    def send(self, method: str, path: str, body: Any = None, params: dict[str, str] | None = None) -> int:
        """Send a request, with the names in braces replaced."""
        text = json.dumps([path, body])
        for name, value in self.ids.items():
            text = text.replace(f"{{{name}}}", value)
        path, body = json.loads(text)
        return self.session.ask(Request(method, self.session.address(path), params, body)).status


@pytest.fixture
def held(world: Emulator, tmp_path: Path) -> Iterator[Held]:
    """A session under guard, a space and a connection of its run, and what belongs to others."""
    tenant = fresh(world)
    tenant.add_connection("Shared", "postgres", {"host": "h", "password": "p"}, space="Sales")
    settings = resolve_settings({"tenant_url": tenant.url, "access_token": ADMIN})
    session = TenantSession(settings, read_only=False, redact=Redactor(), resources=RESOURCES)
    with direct(tenant):
        ledger = Ledger(MARK, tenant.id, snapshot(session))
        ledger.begin(str(tmp_path))
        guard = guard_for(session, ledger, tenant.user("root@example.com").id)
        ledger.promise_space(f"{MARK} space")
        session.ask(_post(session, "spaces", {"name": f"{MARK} space", "type": "shared"}))
        space = tenant.space(f"{MARK} space").id
        body = {"qName": f"{MARK} own", "space": space, "datasourceID": "rest", "connectionProperties": {"url": "u"}}
        session.ask(_post(session, "data-connections", body))
        foreign = tenant.connection("Shared", "Sales")
        session.watchers.remove(guard)
        made = session.ask(_post(session, "apps", {"attributes": {"name": "Theirs", "spaceId": foreign.space}}))
        app = json.loads(made.body)["attributes"]["id"]
        reload = json.loads(session.ask(_post(session, "reloads", {"appId": app})).body)["id"]
        session.watchers.append(guard)
        yield Held(
            tenant,
            session,
            guard,
            {
                "space": space,
                "own": tenant.connection(f"{MARK} own", space).id,
                "foreign": foreign.id,
                "foreign space": tenant.space("Sales").id,
                "foreign credentials": str(foreign.credentials_id),
                "ana": tenant.user(OWNER).id,
                "mark": MARK,
                "app": app,
                "reload": reload,
            },
        )
    session.close()


def _post(session: TenantSession, path: str, body: Any) -> Request:
    return Request("POST", session.address(path), body=body)


NEW = {"qName": "{mark} x", "space": "{space}", "datasourceID": "rest", "connectionProperties": {"url": "u"}}
REFUSED: dict[str, tuple[str, str, Any]] = {
    "a foreign space is deleted": ("DELETE", "spaces/{foreign space}", None),
    "a foreign space is renamed": ("PATCH", "spaces/{foreign space}", [{"op": "replace", "path": "/name"}]),
    "the own space changes its owner": (
        "PATCH",
        "spaces/{space}",
        [{"op": "replace", "path": "/ownerId", "value": "{ana}"}],
    ),
    "a space gets a member": ("POST", "spaces/{foreign space}/assignments", {"assigneeId": "{ana}"}),
    "the own space gets a member that nobody named": ("POST", "spaces/{space}/assignments", {"assigneeId": "{ana}"}),
    "a member of a foreign space is removed": ("DELETE", "spaces/{foreign space}/assignments/{ana}", None),
    "a space is made that wasn't noted down": ("POST", "spaces", {"name": "Else", "type": "shared"}),
    "a space is made with an owner": ("POST", "spaces", {"name": "{mark} space", "type": "shared", "ownerId": "{ana}"}),
    "a connection is made in a foreign space": ("POST", "data-connections", {**NEW, "space": "{foreign space}"}),
    "a connection is made in the personal space": ("POST", "data-connections", {**NEW, "space": ""}),
    "a connection is made without the mark": ("POST", "data-connections", {**NEW, "qName": "x"}),
    "a connection is made with an id": ("POST", "data-connections", {**NEW, "qID": "{foreign}"}),
    "a connection is made of foreign credentials": (
        "POST",
        "data-connections",
        {**NEW, "connectionProperties": {"url": "u", "selectedCredentials": "{foreign credentials}"}},
    ),
    "a foreign connection is changed": ("PATCH", "data-connections/{foreign}", []),
    "a foreign connection is deleted": ("DELETE", "data-connections/{foreign}", None),
    "a foreign connection is replaced": ("PUT", "data-connections/{own}", {}),
    "the own connection moves to a foreign space": (
        "PATCH",
        "data-connections/{own}",
        [{"op": "replace", "path": "/space", "value": "{foreign space}"}],
    ),
    "the own connection moves to the personal space": (
        "PATCH",
        "data-connections/{own}",
        [{"Op": "replace", "Path": "/SPACE", "Value": ""}],
    ),
    "the own connection leaves its space": ("PATCH", "data-connections/{own}", [{"op": "remove", "path": "/space"}]),
    "the own connection gets foreign credentials": (
        "PATCH",
        "data-connections/{own}",
        {"patchData": [{"op": "add", "path": "/qCredentialsID", "value": "{foreign credentials}"}]},
    ),
    "the own connection gets them among its properties": (
        "PATCH",
        "data-connections/{own}",
        [{"op": "add", "path": "/connectionProperties/selectedCredentials", "value": "{foreign credentials}"}],
    ),
    "the own connection loses the mark": (
        "PATCH",
        "data-connections/{own}",
        [{"op": "replace", "path": "/qName", "value": "Orders"}],
    ),
    "the own connection gets an owner": (
        "PATCH",
        "data-connections/{own}",
        [{"op": "replace", "path": "/ownerId", "value": "{ana}"}],
    ),
    "one of a batch is foreign": (
        "POST",
        "data-connections/actions/delete",
        {"connections": [{"id": "{own}"}, {"id": "{foreign}"}]},
    ),
    "a batch moves to a foreign space": (
        "POST",
        "data-connections/actions/update",
        {"connections": [{"id": "{own}", "spaceId": "{foreign space}", "spaceType": "shared"}]},
    ),
    "a batch gives to somebody who wasn't named": (
        "POST",
        "data-connections/actions/update",
        {"connections": [{"id": "{own}", "ownerId": "{ana}"}]},
    ),
    "a batch is empty": ("POST", "data-connections/actions/update", {"connections": []}),
    "a foreign connection is duplicated": (
        "POST",
        "data-connections/actions/duplicate",
        {"id": "{foreign}", "name": "{mark} x", "spaceId": "{space}"},
    ),
    "the own connection is duplicated elsewhere": (
        "POST",
        "data-connections/actions/duplicate",
        {"id": "{own}", "name": "{mark} x"},
    ),
    "foreign credentials are changed": ("PATCH", "data-credentials/{foreign credentials}", []),
    "foreign credentials are deleted": ("DELETE", "data-credentials/{foreign credentials}", None),
    "a source is switched": ("PUT", "data-sources/postgres/settings", {"disabled": True}),
    "a user is changed": ("PATCH", "users/{ana}", [{"op": "replace", "path": "/roles", "value": []}]),
    "an app is made in the personal space": ("POST", "apps", {"attributes": {"name": "{mark}"}}),
    "an app is made in a foreign space": (
        "POST",
        "apps",
        {"attributes": {"name": "{mark}", "spaceId": "{foreign space}"}},
    ),
    "an app is made without the mark": ("POST", "apps", {"attributes": {"name": "x", "spaceId": "{space}"}}),
    "a foreign app gets a script": ("POST", "apps/{app}/scripts", {"script": ""}),
    "a foreign app is deleted": ("DELETE", "apps/{app}", None),
    "a foreign app is reloaded": ("POST", "reloads", {"appId": "{app}"}),
    "a foreign reload is cancelled": ("POST", "reloads/{reload}/actions/cancel", None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_isnt_the_runs_own_is_stopped_before_it_leaves(held: Held, what: str) -> None:
    method, path, body = REFUSED[what]
    before, sent = state_of(held.tenant), len(held.tenant.writes())
    with pytest.raises(GuardError):
        held.send(method, path, body)
    assert len(held.tenant.writes()) == sent
    assert state_of(held.tenant) == before


def test_by_name_only_what_has_the_mark_is_changed(held: Held) -> None:
    body = [{"op": "add", "path": "/tags", "value": []}]
    with pytest.raises(GuardError):
        held.send("PATCH", "data-connections/Shared", body, {"type": "connectionname"})
    assert held.send("PATCH", f"data-connections/{MARK}%20own", body, {"type": "connectionname"}) == 204


def test_what_is_the_runs_own_may_be_changed(held: Held) -> None:
    assert held.send("PATCH", "data-connections/{own}", [{"op": "add", "path": "/tags", "value": ["x"]}]) == 204
    assert held.send("POST", "data-connections", NEW) == 201
    assert held.send("DELETE", "data-connections/{own}") == 204


def test_a_post_that_isnt_known_to_read_is_none(held: Held) -> None:
    request = Request("POST", held.session.address("data-connections/actions/delete"), body={}, reads=True)
    with pytest.raises(GuardError):
        held.session.ask(request)


Lie = Callable[[Tenant, str, Any], Any]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")


def _foreign_space(tenant: Tenant, asked: str, body: Any) -> Any:
    return {**body, "id": tenant.space("Sales").id} if asked == "POST spaces" else body


def _foreign_connection(tenant: Tenant, asked: str, body: Any) -> Any:
    made = asked in ("POST data-connections", "POST data-connections/actions/duplicate")
    return {**body, "qID": _orders(tenant)} if made and "qID" in body else body


def _foreign_rows(tenant: Tenant, asked: str, body: Any) -> Any:
    """Lists of a space hold a foreign connection that pretends to lie there, under a name of the run."""
    if asked != "GET data-connections" or not body.get("data"):
        return body
    return {**body, "data": [*body["data"], {**body["data"][0], "qID": _orders(tenant)}]}


def _foreign_credentials(tenant: Tenant, asked: str, body: Any) -> Any:
    """Connections show foreign credentials, and names of credentials lead to them."""
    wanted = tenant.connection("Orders", "Sales").credentials_id
    if asked.startswith("GET data-connections/") and "qCredentialsID" in body:
        return {**body, "qCredentialsID": wanted}
    return {**body, "qID": wanted} if asked.startswith("GET data-credentials/") and "qID" in body else body


def _forged_credentials(tenant: Tenant, asked: str, body: Any) -> Any:
    """Whoever looks at foreign credentials is shown a name of the run."""
    wanted = str(tenant.connection("Orders", "Sales").credentials_id)
    if asked.startswith("GET data-connections/") and body.get("qCredentialsID"):
        tenant.__dict__["mark"] = body["qName"]
        return {**body, "qCredentialsID": wanted}
    if asked == f"GET data-credentials/{wanted}":
        return {**body, "qName": tenant.__dict__.get("mark", "")}
    if asked.startswith("GET data-credentials/") and "qID" in body:
        return {**body, "qID": wanted}
    return body


def _foreign_orphans(tenant: Tenant, asked: str, body: Any) -> Any:
    if asked != "POST data-credentials/actions/filter-orphan" or "data" not in body:
        return body
    user = tenant.user("root@example.com").id
    lies = [{"qID": row.id, "qName": MARK, "user": user} for row in tenant.credentials.values()]
    return {**body, "data": [*body["data"], *lies]}


def _foreign_spaces_by_name(tenant: Tenant, asked: str, body: Any) -> Any:
    """Whoever looks for the run's spaces finds a foreign one of that name."""
    if asked != "GET spaces" or not body.get("data"):
        return body
    return {**body, "data": [{**row, "id": tenant.space("Sales").id} for row in body["data"]]}


def _forged_answers(tenant: Tenant, asked: str, body: Any) -> Any:
    """A creation answers with a foreign id, and whoever looks there is shown what was to be made."""
    if asked == "POST data-connections" and "qID" in body:
        tenant.__dict__["forged"] = body
        return {**body, "qID": _orders(tenant)}
    if asked.startswith(f"GET data-connections/{_orders(tenant)}"):
        return {**tenant.__dict__.get("forged", body), "qID": _orders(tenant)}
    return body


def _orders(tenant: Tenant) -> str:
    return tenant.connection("Orders", "Sales").id


def _foreign_app(tenant: Tenant, asked: str, body: Any) -> Any:
    """An app's creation answers with somebody's app, and whoever looks at it is shown the run's own instead."""
    theirs = next(row.id for row in tenant.apps.values() if row.name == "Theirs")
    if asked == "POST apps" and "attributes" in body:
        return {**body, "attributes": {**body["attributes"], "id": theirs}}
    shown = [row for row in body.get("data", []) if row.get("name") != "Theirs"] if asked == "GET items" else []
    return {**body, "data": [{**shown[0], "resourceId": theirs}]} if shown else _shown_as(tenant, asked, body, theirs)


def _shown_as(tenant: Tenant, asked: str, body: Any, app_id: str) -> Any:
    """Once there is an app of a run, the foreign one is shown under its name, space, and owner."""
    made = [row for row in tenant.apps.values() if row.id != app_id]
    if asked != "GET items" or not made:
        return body
    last = {"name": made[-1].name, "spaceId": made[-1].space, "ownerId": made[-1].owner}
    return {**body, "data": [{**row, **last} for row in body["data"]]}


def _hidden_app(tenant: Tenant, asked: str, body: Any) -> Any:
    """The same, of an app that the list before the run left out."""
    if asked == "GET items" and len(tenant.apps) == 1:
        return {**body, "data": []}
    return _foreign_app(tenant, asked, body)


LIES: dict[str, Lie] = {
    lie.__name__.strip("_"): lie
    for lie in (
        _foreign_space,
        _foreign_connection,
        _foreign_rows,
        _foreign_credentials,
        _forged_credentials,
        _foreign_orphans,
        _foreign_spaces_by_name,
        _forged_answers,
        _foreign_app,
        _hidden_app,
    )
}


def run_among_lies(tenant: Tenant, directory: Path, lie: Lie) -> dict[str, Any]:
    """A run over a tenant that lies; whatever it says, nothing of others was touched."""
    before = state_of(tenant)

    def meddle(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None or not isinstance(body := _json(answer), dict):
            return
        asked = f"{entry.method} {entry.path.split('/', 3)[3]}"
        answer.payload, answer.raw = lie(tenant, asked, body), None

    with direct(tenant, meddle):
        given = {"directory": str(directory), "access_token": ADMIN, "owner": OWNER, "time_limit": 60, "reload": True}
        result = jobs.run("qlik_acceptance", tenant, given)
    after = state_of(tenant)
    for kind, held in before.items():
        if kind != "disabled":
            assert held == {one: after[kind].get(one) for one in held}
    assert after["disabled"] == before["disabled"]
    assert "exception" not in result, result["exception"]
    return result


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.content() or b"null")
    except ValueError:
        return None


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("lie", LIES)
def test_a_tenant_that_answers_with_foreign_ids_gets_nothing_changed(world: Emulator, tmp_path: Path, lie: str) -> None:
    tenant = fresh(world)
    tenant.add_connection("Orphaned", "postgres", {"host": "h", "separateCredentials": "true", "credentialsName": "c"})
    owner, space = tenant.user("root@example.com").id, tenant.space("Sales").id
    theirs = App(str(uuid.uuid4()), "Theirs", owner, space, "", created=0.0, updated=0.0)
    tenant.apps[theirs.id] = theirs
    result = run_among_lies(tenant, tmp_path, LIES[lie])
    if lie in ("foreign_space", "foreign_connection", "forged_answers"):
        assert result["verdict"] == "do_not_roll_out"


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("seed", range(12))
def test_ids_that_are_exchanged_at_random_change_nothing_of_others(world: Emulator, tmp_path: Path, seed: int) -> None:
    tenant = fresh(world)
    draw = random.Random(seed)
    foreign = [*tenant.connections, *tenant.spaces, *tenant.credentials, *tenant.users]

    def lie(_tenant: Tenant, _asked: str, body: Any) -> Any:
        swapped = ID.sub(lambda found: draw.choice(foreign) if draw.random() < 0.1 else found.group(), json.dumps(body))
        return json.loads(swapped)

    run_among_lies(tenant, tmp_path, lie)
