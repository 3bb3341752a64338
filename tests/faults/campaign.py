"""One scenario: a drawn tenant, drawn definitions, drawn faults; then one clean run, after which all must be as
declared.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.emulator import Emulator, Tenant
from tests.faults.child import Child, Nursery
from tests.faults.runner import run_options
from tests.faults.separate import (
    do_harm,
    draw_separate,
    draw_turning_back,
    expect_separate,
    fill_in_ids,
    logins,
    wrong_with_logins,
    wrong_with_one,
)
from tests.faults.shared import draw_shared, expect_shared, harm_shared
from tests.faults.weather import LATE_MS, TIMEOUT_SECONDS, Event, Meddling, brew, draw_weather
from tests.faults.world import (
    ANALYST,
    NEW_SPACE,
    SPACES,
    Expected,
    World,
    draw_world,
    expectations,
    find,
    harm_owners,
    without_none,
    world_user,
)

MANAGED = "qlikops.cloud:managed"
CANARY = "canary-"
SEED = {
    "tenants": [
        {
            "name": "acme",
            "users": [
                {"name": "admin", "email": "admin@acme.example", "roles": ["TenantAdmin"]},
                {"name": "analyst", "email": ANALYST, "roles": []},
            ],
            "api_keys": [{"key": "canary-api-key", "user": "admin"}],
            "oauth_clients": [{"client_id": "bot", "client_secret": "canary-client-secret"}],
        }
    ]
}


@dataclass
class Report:
    """What became of a scenario. `violations` are sentences; `seen` counts what was tried."""

    seed: int
    events: list[Event]
    violations: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


class Scenario:
    """Draws and plays the scenario of one seed; `keep` are the numbers of the events that go wrong, None for all."""

    def __init__(self, emulator: Emulator, nursery: Nursery, seed: int, keep: Collection[int] | None = None) -> None:
        self.emulator, self.nursery = emulator, nursery
        rng = random.Random(seed)
        self.world: World = draw_world(rng)
        self.runs = rng.choice((1, 1, 2))
        self.check = rng.random() < 0.05
        events = draw_weather(rng, self.runs)
        draw_separate(rng, self.world)
        draw_shared(rng, self.world)
        draw_turning_back(random.Random(f"{seed} back"), self.world)
        self.report = Report(seed, [event for number, event in enumerate(events) if keep is None or number in keep])
        self.meddling = Meddling()
        # An answer told an untruth, or a write happened long after it was given up: then a run can't know what it
        # claims.
        self.lying = False
        emulator.settle()
        emulator.reset()
        self.tenant: Tenant = emulator.tenant("acme")

    def play(self) -> Report:
        """Prepare, run under faults, run clean, look."""
        self._prepare()
        world, tenant = self.world, self.tenant
        expected = [*expectations(world, tenant), *expect_separate(world, tenant), *expect_shared(world, tenant)]
        foreign, held_logins = self._foreign(), logins(self.tenant)
        self._watch(expected)
        for number in range(self.runs):
            self._faulty_run(number)
        self._quiet()
        final = self._run("clean run")
        if final.get("failed"):
            self._wrong(f"a clean run failed: {final['msg']}")
        elif final["changed"] and self._claimed and not self.meddling_seen and not self.lying:
            self._wrong(f"a run said that all is done, and the next found more to do: {final['results']}")
        self._look(expected, foreign)
        if not self.lying:
            disturbed = bool(self.report.events)
            self.report.violations += wrong_with_logins(
                held_logins, expected, self.tenant, self.meddling.rotated, disturbed=disturbed
            )
        again = self._run("second clean run")
        if again["changed"] or again.get("failed"):
            self._wrong(
                f"one clean run wasn't enough: {again.get('msg')} {[item['changes'] for item in again['results']]}"
            )
        self.tenant.hooks = []
        return self.report

    def _prepare(self) -> None:
        tenant, world = self.tenant, self.world
        tenant.limits.configure(enabled=False)
        tenant.set_behaviours(**world.behaviours)
        bot = tenant.add_user("qlikbot\\bot", "", ["TenantAdmin"], subject="qlikbot\\bot")
        for space in SPACES:
            tenant.add_space(space)
        for held in world.held:
            tenant.add_connection(**{"owner": bot.name if world.oauth else "admin", **held})
        fill_in_ids(world, tenant)
        self._claimed = False
        self.meddling_seen = False
        first = self._run(
            "first run", {**world.options, "connections": [without_none(item) for item in world.before], "prune": False}
        )
        assert not first.get("failed"), first["msg"]
        for name, secret in world.rotated.items():
            before = next(item for item in world.before if item["name"] == name)
            held = find(tenant, name, before["space"], world_user(world, tenant))
            tenant.edit_connection(held.id, secrets={"password": secret})
        do_harm(world, tenant)
        harm_shared(world, tenant)
        harm_owners(world, tenant)
        self.report.seen["cut off, then something else is declared"] += len(world.earlier)
        separate = [word for one in world.separate.values() for word in one.fates]
        shared = [word for one in world.shared.values() for word in one.fates]
        for fate in [*world.fates.values(), *separate, *shared]:
            self.report.seen[f"fate: {fate}"] += 1

    def _options(self, *, earlier: bool = False) -> dict[str, Any]:
        """What is declared in the end, or by the runs that go wrong."""
        declared = self.world.after
        if earlier:
            before = self.world.earlier
            declared = [before.get(item.get("previous_name", item["name"]), item) for item in declared]
        return {**self.world.options, "connections": [without_none(item) for item in declared]}

    def _signed(self, options: dict[str, Any]) -> dict[str, Any]:
        sign_in = {"access_token": "canary-api-key"}
        if self.world.oauth:
            sign_in = {"client_id": "bot", "client_secret": "canary-client-secret"}
        return {"tenant_url": self.tenant.url, "max_wait": 60, **sign_in, **options}

    def _run(self, what: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
        result = run_options(self._signed(options or self._options()), page_size=self.world.page_size)
        self._judge(what, result)
        return result

    def _faulty_run(self, number: int) -> None:
        events = [event for event in self.report.events if event.run == number]
        child = Child()
        brew(self.tenant, self.world, events, self.meddling, child.kill, lambda: self._beside(number))
        killed = any(event.meddler == "kill" for event in events)
        self.tenant.reset_log()
        result: dict[str, Any] | None = None
        request: dict[str, Any] = {
            "options": self._signed(self._options(earlier=True)),
            "timeout": TIMEOUT_SECONDS,
            "page_size": self.world.page_size,
        }
        request["check"] = self.check
        if killed:
            with tempfile.TemporaryDirectory() as folder:
                result = self.nursery.run({**request, "result": str(Path(folder) / "result.json")}, child)
        else:
            result = run_options(**request)
        self.emulator.settle()
        self._count(events, result)
        if result is not None:
            self._judge(f"run {number}", result)
        if self.check and self.tenant.writes() and not any(event.meddler == "same run" for event in events):
            self._wrong("check mode wrote")
        self._claimed = result is not None and not result.get("failed") and not self.check and not self.world.earlier
        self._quiet()

    def _beside(self, number: int) -> None:
        """The same job from its beginning to its end, while a request of another waits."""
        result = run_options(
            self._signed(self._options(earlier=True)), timeout=TIMEOUT_SECONDS, page_size=self.world.page_size
        )
        self._judge(f"the run beside run {number}", result)

    def _quiet(self) -> None:
        self.tenant.set_faults([])
        self.tenant.hooks = [hook for hook in self.tenant.hooks if hook.action is self._watching]

    def _count(self, events: list[Event], result: dict[str, Any] | None) -> None:
        seen = self.report.seen
        seen["runs: killed" if result is None else "runs: failed" if result.get("failed") else "runs: succeeded"] += 1
        for fault in self.tenant.faults:
            if fault.struck:
                status = fault.parameters.get("status")
                seen[f"fault: {fault.kind}{f' {status}' if status else ''}"] += 1
                self.lying |= status in (200, 400, 403, 404, 409) or fault.parameters.get("ms") == LATE_MS
        for event in events:
            if event.meddler:
                seen[f"meanwhile: {event.meddler}"] += 1
                self.meddling_seen |= event.meddler not in ("kill", "expire tokens")

    def _wrong(self, what: str) -> None:
        self.report.violations.append(what)

    def _judge(self, what: str, result: dict[str, Any]) -> None:
        """What holds for every result: it names what failed and shows nothing secret."""
        text = json.dumps(result, ensure_ascii=False)
        if CANARY in text:
            self._wrong(f"{what} shows a secret: {text[max(0, text.index(CANARY) - 200) : text.index(CANARY) + 60]}")
        for token, grant in list(self.tenant.grants.items()):
            if grant.scopes is not None and token in text:
                self._wrong(f"{what} shows a token")
        if not result.get("failed"):
            return
        message = result["msg"]
        if "unexpected" in message or "Traceback" in text:
            self._wrong(f"{what} stumbled: {message} {result.get('exception')}")
        if urlsplit(self.tenant.url).netloc not in message:
            self._wrong(f"{what} doesn't say which tenant: {message}")
        unnamed = [
            item["name"] for item in result.get("results", []) if item["error"] and f"'{item['name']}'" not in message
        ]
        if unnamed:
            self._wrong(f"{what} doesn't name {unnamed}: {message}")

    def _foreign(self) -> dict[str, Any]:
        """Everything of the connections that are neither declared nor managed where undeclared ones are deleted."""
        declared = {item.get("previous_name", item["name"]) for item in self.world.after}
        me = world_user(self.world, self.tenant)
        states = {}
        for row in list(self.tenant.connections.values()):
            dropped = MANAGED in row.tags and row.space == self.tenant.space("Sales").id
            mine = row.name in declared and (row.space is not None or row.owner == me)
            if not mine and not dropped:
                states[row.id] = self._state(row.id)
        return states

    def _state(self, connection_id: str) -> Any:
        row = self.tenant.connections.get(connection_id)
        if row is None:
            return None
        whole = self.tenant.properties_of(connection_id)
        return (row.name, row.space, row.owner, tuple(row.tags), row.statement, row.credentials_id, whole, row.updated)

    def _watch(self, expected: list[Expected]) -> None:
        """After each request: of a connection that is being replaced there must be one that works."""
        watched = [item for item in expected if item.replaced]
        lock = threading.Lock()
        said: set[str] = set()

        def look(*_: Any) -> None:
            with self.tenant.lock, lock:
                rows = list(self.tenant.connections.values())
                for item in watched:
                    names = (item.definition["name"], item.definition.get("previous_name", item.definition["name"]))
                    alive = [
                        row for row in rows if row.id == item.replaced or row.name.split(" (becoming ")[0] in names
                    ]
                    alive = [row for row in alive if self.tenant.secrets_of(row.id).get("password")]
                    if not alive and names[0] not in said and not self.meddling.touched:
                        said.add(names[0])
                        self._wrong(f"at some moment no connection '{names[0]}' worked")

        self._watching = look
        if watched:
            self.tenant.add_hook(
                "after", look, match={"method": "POST|PATCH|DELETE", "path": "data-connections"}, times=None
            )

    def _look(self, expected: list[Expected], foreign: dict[str, Any]) -> None:
        """Compare the tenant with what must be there: all of it, once, and nothing else."""
        me, wanted = world_user(self.world, self.tenant), set()
        for item in expected:
            definition = item.definition
            owner = self.tenant.user("analyst").id if definition.get("owner") == ANALYST else me
            found = find(self.tenant, definition["name"], definition["space"], owner)
            if found is None:
                self._wrong(f"connection '{definition['name']}' is lost")
                continue
            wanted.add(found.id)
            self._compare(item, found, owner)
        for connection_id, state in foreign.items():
            if self._state(connection_id) != state:
                self._wrong(f"a foreign connection was touched: {state} became {self._state(connection_id)}")
        rest = [row for row in self.tenant.connections.values() if row.id not in wanted and row.id not in foreign]
        left = [
            row.name
            for row in rest
            if not row.name.startswith("Foreign made meanwhile")
            and row.name.split(" (becoming ")[0] not in self.meddling.doubled
        ]
        if left:
            self._wrong(f"connections are there that nobody declared: {left}")
        made = sum(row.name.startswith("Foreign made meanwhile") for row in rest)
        if made != self.meddling.foreign:
            self._wrong(f"{self.meddling.foreign} foreign connections were made meanwhile, and {made} are left")

    def _compare(self, item: Expected, found: Any, owner: str) -> None:
        definition, name = item.definition, item.definition["name"]
        touched = bool({name, definition.get("previous_name", name)} & self.meddling.touched)
        if found.data_source != definition["data_source"]:
            self._wrong(f"'{name}' is of {found.data_source}, not {definition['data_source']}")
            return
        held = self.tenant.properties_of(found.id)
        drifted = [
            key
            for key, value in definition["properties"].items()
            if str(held.get(key)) != str(value) and key != "username"
        ]
        if drifted:
            self._wrong(f"'{name}' has other {drifted}: {held}")
        if not {MANAGED, *definition.get("tags", [])} <= set(found.tags) or any(
            "replaces:" in tag for tag in found.tags
        ):
            self._wrong(f"'{name}' has the tags {found.tags}")
        if found.owner != owner:
            self._wrong(f"'{name}' has the owner {found.owner}")
        if item.same and found.id != item.same and not touched:
            self._wrong(f"'{name}' was made anew")
        if item.same and found.id != item.same and definition.get("previous_name", name) in self.meddling.doubled:
            # Somebody made it at its new place meanwhile, with credentials of theirs: it was adopted as it is.
            item.login = ""
        if "separate_credentials" in definition:
            self.report.violations += wrong_with_one(item, found, self.tenant)
        secret = self.tenant.secrets_of(found.id).get("password")
        if secret not in item.secrets and not touched:
            self._wrong(f"'{name}' holds the secret {secret}, none of {item.secrets}")


def play(emulator: Emulator, nursery: Nursery, seed: int) -> tuple[Report, str]:
    """Play a scenario. When something is wrong, give the shortest command that shows it, with the events that it
    takes.
    """
    report = Scenario(emulator, nursery, seed).play()
    if not report.violations:
        return report, ""
    needed = list(range(len(report.events)))
    kinds = {_kind(violation) for violation in report.violations}
    for number in list(needed):
        fewer = [one for one in needed if one != number]
        if kinds <= {_kind(violation) for violation in Scenario(emulator, nursery, seed, fewer).play().violations}:
            needed = fewer
    keep = f" --keep {','.join(map(str, needed)) or 'none'}" if len(needed) < len(report.events) else ""
    lines = [
        f"python -m tests.faults --seed {seed} --scenarios 1{keep}",
        *(f"  {report.events[number]}" for number in needed),
    ]
    return report, "\n".join(lines)


def _kind(violation: str) -> str:
    """A violation without what differs from time to time."""
    return " ".join(violation.split(":")[0].split()[:6])


__all__ = ["NEW_SPACE", "SEED", "Report", "Scenario", "play"]
