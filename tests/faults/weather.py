"""Drawing what goes wrong during a run, and letting it go wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import Connection, LogEntry
from tests.faults.world import SOURCES, World

LATE_MS = 700  # longer than the timeout of a run under test
TIMEOUT_SECONDS = 0.35
MATCHES: tuple[dict[str, str], ...] = (
    {},
    {},
    {},
    {"method": "GET"},
    {"method": "POST"},
    {"method": "PATCH"},
    {"method": "DELETE"},
    {"method": "POST|PATCH|PUT|DELETE"},
    {"path": "/data-connections"},
    {"method": "GET", "path": "/data-connections"},
    {"method": "POST", "path": "/data-connections"},
    {"path": "/actions/"},
    {"path": "/spaces"},
    {"path": "/data-sources"},
    {"path": "/users|/tenants"},
    {"path": "/oauth/token"},
)
BODIES = (
    "",
    "<html>busy</html>",
    '{"errors": [',
    '"text"',
    '{"errors": "none"}',
    '{"errors": [{"title": {"a": [1]}, "code": 7}]}',
)
FAULTS: tuple[tuple[int, Callable[[random.Random], dict[str, Any]]], ...] = (
    (2, lambda rng: {"kind": "latency", "ms": rng.randint(1, 15)}),
    (1, lambda _rng: {"kind": "latency", "ms": LATE_MS, "times": 1}),
    (4, lambda _rng: {"kind": "reset"}),
    (6, lambda _rng: {"kind": "lost_answer"}),
    (2, lambda rng: {"kind": "status", "status": 429, "retry_after": rng.choice((1, 2, "soon", 30))}),
    (
        1,
        lambda _rng: {
            "kind": "status",
            "status": 429,
            "retry_after": 3600,
            "match": {"method": "POST|PATCH|PUT|DELETE"},
            "times": None,
        },
    ),
    (1, lambda _rng: {"kind": "status", "status": 429, "retry_after": 3600, "match": {"method": "GET"}, "times": None}),
    (4, lambda rng: {"kind": "status", "status": rng.choice((500, 502, 503, 504))}),
    (
        2,
        lambda rng: {
            "kind": "status",
            "status": rng.choice((500, 503, 400, 403, 409, 404)),
            "body": rng.choice(BODIES),
        },
    ),
    (1, lambda rng: {"kind": "html", "status": rng.choice((200, 404, 502))}),
    (1, lambda _rng: {"kind": "status", "status": 200, "body": ""}),
    (2, lambda rng: {"kind": "truncate", "bytes": rng.choice((0, 1, 20))}),
    (2, lambda _rng: {"kind": "garble"}),
    (3, lambda rng: {"kind": "partial_list", "rows": rng.randint(1, 3), "match": {"path": "/data-connections"}}),
    (
        4,
        lambda rng: {
            "kind": "expired_cursor",
            "status": rng.choice((400, 404, 410)),
            "match": {},
            "after": rng.choice((0, 1)),
        },
    ),
    (1, lambda rng: {"kind": "status", "status": 401, "body": rng.choice(BODIES)}),
)
MEDDLERS = ("expire tokens", "delete", "edit", "create the same", "create another", "rotate", "tag", "same run")


@dataclass
class Event:
    """One thing that goes wrong: a `fault`, or what a `meddler` does before the request of number `at`; `at` -1: a
    killed client.
    """

    run: int
    fault: dict[str, Any] | None = None
    meddler: str = ""
    at: int = 0
    target: int = 0
    handled: bool = False

    def __str__(self) -> str:
        if self.fault is not None:
            return f"run {self.run}: {self.fault}"
        when = "after" if self.handled else "before"
        return f"run {self.run}: {self.meddler} (thing {self.target}) {when} request {self.at} is handled"


@dataclass
class Meddling:
    """What somebody else did, so that nobody is blamed for it.

    `touched`: names of connections that were changed; `doubled`: those whose new name somebody took; `foreign`: how
    many were made; `rotated`: ids of credentials that got another secret.
    """

    touched: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    foreign: int = 0
    rotated: set[str] = field(default_factory=set)


def draw_weather(rng: random.Random, runs: int) -> list[Event]:
    """Draw what goes wrong in each of so many runs."""
    weights = [weight for weight, _draw in FAULTS]
    events = []
    for run in range(runs):
        fate = rng.random()
        for _event in range(rng.choice((1, 1, 2, 2, 3, 4)) if fate < 0.75 else rng.choice((0, 0, 1))):
            ((_weight, draw),) = rng.choices(FAULTS, weights)
            drawn = draw(rng)
            fault = {"match": rng.choice(MATCHES), "after": rng.choice((0, 0, 0, 1, 1, 2, 3, 4, 6, 9)), **drawn}
            fault.setdefault("times", rng.choice((1, 1, 2, 3, 6, None)))
            events.append(Event(run, fault))
        if rng.random() < 0.35:
            events.append(Event(run, meddler=rng.choice(MEDDLERS), at=rng.randint(0, 14), target=rng.randint(0, 9)))
        if fate > 0.7:
            events.append(Event(run, meddler="kill", at=rng.randint(0, 16), handled=rng.random() < 0.5))
    return events


def brew(
    tenant: Tenant,
    world: World,
    events: list[Event],
    meddling: Meddling,
    kill: Callable[[], None],
    again: Callable[[], None],
) -> None:
    """Set up one run's events on the tenant. `kill` ends the client, `again` runs the same job to its end beside it."""
    for event in events:
        if event.fault is not None:
            tenant.add_fault(**event.fault)
            continue
        if event.meddler == "kill" and not event.handled:
            tenant.add_fault("reset", after=event.at)
        deeds = {"kill": kill, "same run": again}
        deed = deeds.get(event.meddler) or _deed(tenant, world, event, meddling)
        tenant.add_hook("after" if event.handled else "before", _call(deed), after=event.at)


def _call(deed: Callable[[], None]) -> Callable[[LogEntry, Answer | None], None]:
    return lambda _entry, _answer: deed()


def _deed(tenant: Tenant, world: World, event: Event, meddling: Meddling) -> Callable[[], None]:
    def act() -> None:
        with tenant.lock:
            _meddle(tenant, world, event, meddling)

    return act


def _meddle(tenant: Tenant, world: World, event: Event, meddling: Meddling) -> None:
    kept = [
        item for item in world.after if "owner" not in item
    ]  # what is given away isn't the caller's to mend afterwards
    declared = {name for item in kept for name in (item["name"], item.get("previous_name", item["name"]))}
    rows = [row for row in tenant.connections.values() if row.name in declared]
    managed = [row for row in rows if "qlikops.cloud:managed" in row.tags]
    victim = managed[event.target % len(managed)] if managed else None
    if event.meddler == "expire tokens":
        tenant.expire_tokens()
    elif event.meddler == "create another":
        meddling.foreign += 1
        tenant.add_connection(
            f"Foreign made meanwhile {meddling.foreign}", space="Sales", secrets={"password": "canary-foreign"}
        )
    elif event.meddler == "create the same":
        _create_same(tenant, world, event, meddling)
    elif victim is not None:
        others_too = event.meddler == "rotate" and tenant.users_of_credential(victim.credentials_id or "") > 1
        if others_too or _unforgiving(world, victim, event.meddler):
            return
        meddling.touched.add(victim.name)
        if event.meddler == "delete":
            tenant.remove_connection(victim.id)
        elif event.meddler == "edit":
            tenant.edit_connection(victim.id, properties={SOURCES[victim.data_source]: "77"})
        elif event.meddler == "rotate":
            tenant.edit_connection(victim.id, secrets={"password": "canary-rotated-meanwhile"})
            meddling.rotated.add(victim.credentials_id or "")
        elif event.meddler == "tag":
            tenant.edit_connection(victim.id, tags=[*victim.tags, "somebody's"])


def _unforgiving(world: World, victim: Connection, meddler: str) -> bool:
    """Whether the definitions can't make up for this, and so somebody has to: nobody declares the secrets of others'
    credentials.
    """
    declared = next((item for item in world.after if victim.name in (item["name"], item.get("previous_name"))), {})
    if victim.name in world.shared:
        return meddler == "rotate"  # it would be the siblings' secret, too
    if victim.name not in world.separate and declared.get("previous_name") not in world.separate:
        return False
    if meddler == "delete":  # credentials without a name stay behind, and nobody finds them again
        return "credentials" not in declared
    return meddler == "rotate" and "secrets" not in declared


def _create_same(tenant: Tenant, world: World, event: Event, meddling: Meddling) -> None:
    """Somebody makes by hand, in the same place, what is declared and not there yet."""
    wanted = [item for item in world.after if item.get("state") != "absent" and item["space"]]
    if not wanted:
        return
    item = wanted[event.target % len(wanted)]
    space = next((space for space in tenant.spaces.values() if space.name == item["space"]), None)
    taken = any(
        row.name == item["name"] and space is not None and row.space == space.id for row in tenant.connections.values()
    )
    if space is None or taken:
        return
    meddling.touched |= {item["name"], item.get("previous_name", item["name"])}
    meddling.doubled.add(item.get("previous_name", item["name"]))
    owner = (
        next((user.name for user in tenant.users.values() if user.name.startswith("qlikbot")), None)
        if world.oauth
        else None
    )
    tenant.add_connection(
        item["name"],
        item["data_source"],
        item["properties"],
        space=item["space"],
        owner=owner,
        secrets={"password": "canary-by-hand"},
    )
