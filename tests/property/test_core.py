"""The core that decides, called directly: what must hold of every plan, whatever is declared and whatever is there.

No server and no session: thousands of tenants in seconds. That the requests are those of the plan is held by a tenant
that only notes what it is asked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import same_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import (
    address_of,
    address_part,
    read_sending,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Applier
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.digest import plan_digest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    drifted_properties,
    user_memory,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.foresee import foreseen
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import decide_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.writes import (
    Write,
    connection_writes,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.progress import Progress
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.property.worlds import CANARY, DEFAULTS, PLANNED, TENANT, World, plan, world_of, worlds
from tests.thoroughness import examples

SEPARATION = {"separateCredentials", "selectedCredentials", "credentialsName"}
PROPERTY = "/connectionProperties/"
many = settings(max_examples=examples(600))


def carried_out(world: World) -> Iterator[tuple[Action, list[Write]]]:
    """The actions that a run would carry out, and what each sends."""
    for action in plan(world):
        if action.writes and not action.problems:
            yield action, list(connection_writes(action, TENANT))


def after(world: World) -> World:
    """The same definitions, and the tenant as the plan foresees it, with ids and the credentials that were sent."""
    there = {connection.id: connection for connection in world.connections}
    targets = []
    for number, action in enumerate(plan(world)):
        target = action.target
        if action.problems:
            continue
        targets.append(target)
        gone = [*action.discard, action.predecessor]
        if action.kind == "delete" or action.builds:
            gone.append(action.connection)
        for one in gone:
            there.pop(one.id if one is not None else "", None)
        space = PLANNED._replace(id="space-new", planned=False) if target.space == PLANNED else target.space
        made = foreseen(PlacedAction.at(action, TENANT, space))
        if made is None:
            continue
        if action.writes and made.statement:  # in lists the tenant shows what the statement holds, selectors too
            stated = parse_connect_statement(made.statement).properties
            made = replace(made, shown={**stated, **(made.properties or {})})
        if action.writes:
            credentials_id = made.credentials_id or target.credentials_id or f"cred-made-{number}"
            made = replace(made, id=made.id or f"made-{number}", credentials_id=credentials_id)
        if target.definition.credentials and made.separate_credentials:
            target = target._replace(credentials_id=made.credentials_id)
        targets[-1] = target._replace(space=space)
        there[made.id] = made
    return replace(world, targets=tuple(targets), connections=tuple(there.values()))


@many
@given(worlds())
def test_deciding_on_what_is_foreseen_needs_nothing_more(world: World) -> None:
    # A plan with a problem is never carried out. What it would do of the rest leaves to another definition what the one
    # with the problem was about.
    if any(action.problems and action.connection and action.connection.future_name for action in plan(world)):
        return
    later = after(world)
    for action in plan(later):
        definition = action.target.definition
        if definition.auth_code or (definition.update_secrets == "always" and definition.write_only):
            continue  # declared to be sent in each run
        assert (action.kind, action.changes, action.problems) == ("none", (), ())


def members(write: Write) -> Iterator[tuple[str, Any]]:
    """What a request says: its body's members, properties as pointers, or a PATCH's paths and values."""
    if isinstance(write.body, Mapping):
        for name, value in write.body.items():
            if name == "connectionProperties":
                yield from ((f"{PROPERTY}{one}", held) for one, held in value.items())
            else:
                yield f"/{name}", value
    if isinstance(write.body, list):
        # What is removed has no value, and nothing is sent with it.
        sent = [operation for operation in write.body if operation["op"] != "remove"]
        yield from ((operation["path"], operation["value"]) for operation in sent)


def declared_or_held(action: Action, what: str, path: str, value: Any) -> bool:
    """Whether the definition asks for this member of a request's body, or the connection has it already."""
    definition, connection = action.target.definition, action.connection
    held = {one.name for one in (connection, action.predecessor) if one is not None}
    if path.startswith(PROPERTY) and path[len(PROPERTY) :] not in SEPARATION:
        declared_value = definition.sendable(with_code=True).get(path[len(PROPERTY) :])
        if what == "create" and action.target.credentials_id:
            declared_value = without_encrypted(declared_value)
        return bool(declared_value == value)
    if path == "/qConnectStatement":
        pairs = parse_connect_statement(value).properties
        declared = parse_connect_statement(definition.statement).properties
        there = connection.properties or {} if connection is not None and not action.builds else {}
        return all(same_value(declared.get(name, there.get(name)), value) for name, value in pairs.items())
    allowed: dict[str, set[Any]] = {
        "/qName": {definition.name, action.temporary_name} | (held if not definition.name else set()),
        "/space": {action.target.space.id if action.target.space is not None else ""},
        "/datasourceID": {definition.data_source} if definition.data_source else set(),
        "/qType": {action.source.provider if action.source else ""},
        "/qUsername": {definition.secrets.get(name) for name in ("qUsername", "username")},
        "/qPassword": {definition.secrets.get(name) for name in ("qPassword", "password")},
        "/qCredentialsID": credentials_of(action),
        "/qCredentialsName": {definition.credentials},
        "/qSeparateCredentials": {separate == "true" for separate in separations_of(action)},
        f"{PROPERTY}selectedCredentials": credentials_of(action),
        f"{PROPERTY}credentialsName": {definition.credentials},
        f"{PROPERTY}separateCredentials": separations_of(action),
    }
    if path == "/tags":
        users = {tag for tag in value if not is_reserved_tag(tag)}
        return users <= {*(definition.tags or ()), *(connection.user_tags if connection is not None else ())}
    return value in allowed.get(path, set())


def without_encrypted(value: Any) -> Any:
    """A property as it is sent beside credentials that are attached, which have the values of encrypted items."""
    if not isinstance(value, list):
        return value
    return [item | {"value": ""} if item.get("encrypt") else item for item in value]


def credentials_of(action: Action) -> set[str]:
    connection = action.connection
    there = {connection.credentials_id, connection.detached_credentials_id} if connection is not None else set()
    return ({action.target.credentials_id} | there) - {""}


def separations_of(action: Action) -> set[str]:
    declared, connection = action.target.definition.separate_credentials, action.connection
    held = connection is not None and connection.separate_credentials
    return {str(held if declared is None else declared).lower()}


@many
@given(worlds())
def test_what_is_not_declared_is_in_no_body(world: World) -> None:
    for action, writes in carried_out(world):
        for write in writes:
            for path, value in members(write):
                assert declared_or_held(action, write.what, path, value), (write.what, path, value)
            if write.what == "change owner":
                assert write.body == action.target.owner_id


@many
@given(worlds())
def test_no_body_changes_a_statement_and_properties(world: World) -> None:
    """Qlik refuses both in one body (changelog 236)."""
    for _action, writes in carried_out(world):
        for write in writes:
            paths = [path for path, _value in members(write)]
            assert "/qConnectStatement" not in paths or not any(path.startswith(PROPERTY) for path in paths)


@many
@given(worlds())
def test_what_drifts_is_declared_and_differs(world: World) -> None:
    for target in world.targets:
        for connection in world.connections:
            memory = user_memory(target.definition, connection)
            drift = drifted_properties(target.definition, connection, memory, DEFAULTS)
            statement = target.definition.statement
            declared = parse_connect_statement(statement).properties if statement else target.definition.properties
            for name, (now, value) in drift.items():
                assert declared[name] == value
                assert now == (connection.properties or {}).get(name)
                assert now is None or not same_value(value, now)


def holds_secret(write: Write) -> bool:
    return CANARY in json.dumps(write.body)


def leads_to(action: Action, writes: list[Write]) -> Iterator[tuple[Write, Mapping[str, Any]]]:
    """Each request of an action, and where the connection leads once it is carried out."""
    connection = action.connection
    held = dict(connection.properties or {}) if connection is not None and not action.builds else {}
    for write in writes:
        for path, value in members(write):
            if path == "/qConnectStatement":
                held = dict(parse_connect_statement(value).properties)
            if path.startswith(PROPERTY):
                held[path[len(PROPERTY) :]] = value
        yield write, address_of(held)


@many
@given(worlds(), st.booleans())
def test_a_secret_goes_where_the_definition_says_or_nowhere(world: World, rotated: bool) -> None:
    if rotated:
        world = replace(
            world, targets=tuple(one._replace(definition=one.definition.rotation()) for one in world.targets)
        )
    for action, writes in carried_out(world):
        definition, connection = action.target.definition, action.connection
        for write, address in leads_to(action, writes):
            if not holds_secret(write):
                continue
            if connection is not None and not action.builds:
                assert definition.data_source in ("", connection.data_source)
            for name, value in definition.declared_address.items():
                assert name not in address or same_value(value, address[name]), (name, address)
            undeclared = {name: value for name, value in address.items() if name not in definition.declared_address}
            if world.checked and same_value(DEFAULTS["port"], undeclared.get("port")):
                del undeclared["port"]
            if set(undeclared) - ({"port"} if not world.checked else set()):
                # Nobody declares a part of it: then that is as it was when they were sent last.
                assert connection is not None
                before, said = address_of(connection.properties or {}), read_sending(connection.tags)
                without_port = {name: value for name, value in before.items() if name != "port"}
                assert all(same_value(value, before.get(name)) for name, value in undeclared.items())
                assert said is not None
                assert said.address in (address_part(before), address_part(without_port))


@many
@given(worlds())
def test_no_secret_is_sent_without_a_decision_to(world: World) -> None:
    for action, writes in carried_out(world):
        assert action.sends or not any(holds_secret(write) for write in writes)
        match = Match(action.target, action.connection)
        if action.kind == "update" and action.connection is not None:
            defaults = DEFAULTS if world.checked else None
            match = replace(match, credentials_shown=world.shows_credentials)
            drift = drifted_properties(action.target.definition, action.connection, match.user_memory, defaults)
            decision = decide_secrets(match, action.connection, drift, defaults)
            assert decision.send == action.sends


def by_place(actions: list[Action]) -> dict[Any, Any]:
    return {
        (action.target.definition.name, action.target.space): (
            action.kind,
            action.problems,
            action.changes,
            list(connection_writes(action, TENANT)) if not action.problems else (),
        )
        for action in actions
    }


@many
@given(worlds())
def test_an_order_of_definitions_does_not_matter(world: World) -> None:
    """Turned round, each two of them stand in the other order."""
    assert by_place(plan(replace(world, targets=world.targets[::-1]))) == by_place(plan(world))


@many
@given(worlds())
def test_an_order_of_connections_does_not_matter(world: World) -> None:
    turned, plain = plan(replace(world, connections=world.connections[::-1])), plan(world)
    assert by_place(turned) == by_place(plain)
    assert plan_digest("t", [], turned, TENANT) == plan_digest("t", [], plain, TENANT)


class Noting:
    """A tenant that does all it is told, and notes it: what the applier needs of a session."""

    tenant = "acme"

    def __init__(self, world: World) -> None:
        self.told: list[tuple[str, str, Any]] = []
        self.progress = Progress(self.tenant)
        self._there = {
            connection.id: {"qID": connection.id, "qName": connection.name, "space": connection.space_id}
            for connection in world.connections
        }
        self._named = {one.credentials_id: one.name for one in world.connections if one.credentials_id}

    def get(self, path: str, _params: Any = None) -> Any:
        resource, _slash, name = path.partition("/")
        if resource == "data-credentials":
            return {"qID": name, "qName": self._named[name], "qConnCount": 1}
        return self._there[name]

    def write(self, method: str, path: str, body: Any, **_keywords: Any) -> Any:
        if path == "data-connections/actions/delete":
            self.told += [("DELETE", f"/{item['id']}", None) for item in body["connections"]]
        else:
            self.told.append((method, path.removeprefix("data-connections"), body))
        if path == "data-connections":
            made = {**body, "qID": f"made-{len(self._there)}"}
            self._there[made["qID"]] = made
            return made
        if isinstance(body, dict):
            return {"data": [{"id": item["id"], "status": 200} for item in body["connections"]]}
        changed = self._there.get(path.rpartition("/")[2], {})
        changed.update({one["path"][1:]: one["value"] for one in body if one["path"] == "/tags"})
        return None

    def remove(self, path: str) -> None:
        self.told.append(("DELETE", path.removeprefix("data-connections"), None))


def requests_of(action: Action, writes: list[Write]) -> list[tuple[str, str, Any]]:
    """The requests of a plan's writes, in the form in which they are noted."""
    connection = action.connection
    held = connection.id if connection is not None else ""
    made = "made"
    found: list[tuple[str, str, Any]] = []
    for write in writes:
        if write.what == "create":
            found.append(("POST", "", write.body))
        elif write.what == "change":
            found.append(("PATCH", f"/{write.target or made}", write.body))
        elif write.what == "delete":
            found.append(("DELETE", f"/{write.target}", None))
        elif write.what == "delete credentials":
            found.append(("DELETE", f"data-credentials/{write.target}", None))
        elif write.what == "change owner":
            owner = {"id": made if action.builds else held, "ownerId": write.body}
            found.append(("POST", "/actions/update", {"connections": [owner]}))
        else:
            personal = {"id": held, "spaceId": "", "spaceType": "personal"}
            found.append(("POST", "/actions/update", {"connections": [personal]}))
    return found


@many
@given(worlds())
@example(world_of([2086, 55959]))  # a replacement that attaches shared credentials, and sends them a user name
def test_what_is_sent_is_what_the_plan_says(world: World) -> None:
    for action, writes in carried_out(world):
        if action.space is not None and action.space.planned:
            continue
        noting = Noting(world)
        outcome = Applier(noting, TENANT, parallel=1).apply([action])[0]  # type: ignore[arg-type]
        assert not outcome.error
        told = Counter(json.dumps(one).replace(f"made-{len(world.connections)}", "made") for one in noting.told)
        planned = Counter(json.dumps(one) for one in requests_of(action, writes))
        assert not told - planned
        # What an interrupted replacement left may have credentials of its own; whether they were is seen when they go.
        assert all("data-credentials/" in one for one in planned - told)
