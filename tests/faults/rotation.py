"""Rotations with a way back under faults: afterwards the database accepts what a connection holds, or a message says
what to do. Never neither.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.emulator import Emulator, Tenant
from tests.faults.child import Child, Nursery
from tests.faults.runner import run_options
from tests.faults.weather import FAULTS, MATCHES, TIMEOUT_SECONDS

OLD, NEW = "canary-rotated-old", "canary-rotated-new"
KEY = "a fingerprint key of the campaign"
_OF_TRIALS: tuple[dict[str, str], ...] = (
    {"path": "/apps"},
    {"method": "DELETE", "path": "/apps"},
    {"path": "/items"},
    {"path": "/reloads"},
    {"method": "GET", "path": "/reloads/logs"},
    {"method": "POST", "path": "/scripts"},
)
_MOST_REQUESTS = 45


@dataclass
class Plan:
    """What is rotated, and what goes wrong. `right` is the secret that the database accepts; `kill_at` the number of
    the request (from 0) at which the client is killed, before or after it is handled; -1: it isn't.
    """

    names: tuple[str, ...] = ("Orders",)
    shared: bool = False
    user_changes: bool = False
    right: str = OLD
    kill_at: int = -1
    handled: bool = False
    faults: list[dict[str, Any]] = field(default_factory=list)
    provision_between: bool = False

    @classmethod
    def draw(cls, rng: random.Random) -> Plan:
        faults = []
        weights = [weight for weight, _draw in FAULTS]
        for _fault in range(rng.choice((0, 1, 1, 2, 3))):
            ((_weight, draw),) = rng.choices(FAULTS, weights)
            match = rng.choice((*MATCHES, *_OF_TRIALS, *_OF_TRIALS))
            fault = {"match": match, "after": rng.choice((0, 0, 1, 2, 4, 7)), **draw(rng)}
            fault.setdefault("times", rng.choice((1, 1, 2, 4, None)))
            faults.append(fault)
        return cls(
            names=("Orders", "Ledger", "Returns")[: rng.choice((1, 2, 2, 3))],
            shared=rng.random() < 0.4,
            user_changes=rng.random() < 0.3,
            right=rng.choice((OLD, NEW)),
            kill_at=rng.randint(0, _MOST_REQUESTS) if rng.random() < 0.6 else -1,
            handled=rng.random() < 0.5,
            faults=faults,
            provision_between=rng.random() < 0.25,
        )

    def definitions(self, *, rotated: bool) -> list[dict[str, Any]]:
        return [self._definition(name, rotated=rotated) for name in self.names]

    def _definition(self, name: str, *, rotated: bool) -> dict[str, Any]:
        user = "app_b" if rotated and self.user_changes else "app_a"
        found: dict[str, Any] = {
            "name": name,
            "space": "Sales",
            "data_source": "postgres",
            "properties": {"host": "db.example", "db": "x", "username": user},
            "secrets": {"password": NEW if rotated else OLD},
        }
        if rotated:
            found["secrets_previous"] = {"password": OLD}
            if self.user_changes:
                found["secrets_previous"]["username"] = "app_a"
        if self.shared:
            found["separate_credentials"], found["credentials"] = True, "Shared"
        return found


class RotationScenario:
    """Plays one plan."""

    def __init__(self, emulator: Emulator, nursery: Nursery, plan: Plan) -> None:
        self.nursery, self.emulator, self.plan = nursery, emulator, plan
        emulator.settle()
        emulator.reset()
        self.tenant: Tenant = emulator.tenant("acme")
        self.tenant.limits.configure(enabled=False)
        self.tenant.add_space("Sales")
        self.seen: Counter[str] = Counter()
        self.violations: list[str] = []
        # How many requests the run under faults made.
        self.requests = 0

    def play(self) -> list[str]:
        plan, tenant = self.plan, self.tenant
        first = self._run(plan.definitions(rotated=False))
        assert not first.get("failed"), first
        for name in plan.names:
            tenant.set_end("accepts", name, space="Sales", secrets={"password": plan.right})
        self._faulty()
        self._judge("the run under faults")
        if plan.provision_between:
            self._run(plan.definitions(rotated=True))
        final = self._rotate()
        self._ends(final)
        self._run(plan.definitions(rotated=True))
        if not plan.provision_between:
            self._holds("a provision afterwards")
        if tenant.apps:
            self.violations.append(f"apps are left: {[app.name for app in tenant.apps.values()]}")
        return self.violations

    def _faulty(self) -> None:
        plan, tenant, child = self.plan, self.tenant, Child()
        for fault in plan.faults:
            tenant.add_fault(**fault)
        if plan.kill_at >= 0:
            if not plan.handled:
                tenant.add_fault("reset", after=plan.kill_at)
            tenant.add_hook("after" if plan.handled else "before", lambda *_: child.kill(), after=plan.kill_at)
        tenant.reset_log()
        options = self._options(plan.definitions(rotated=True), **_ROTATES)
        request: dict[str, Any] = {"options": options, "timeout": TIMEOUT_SECONDS}
        if plan.kill_at >= 0:
            with tempfile.TemporaryDirectory() as folder:
                result = self.nursery.run({**request, "result": str(Path(folder) / "result.json")}, child)
        else:
            result = run_options(**request)
        self.emulator.settle()
        self.requests = len(tenant.log)
        tenant.set_faults([])
        tenant.hooks = []
        self.seen["killed" if result is None else "failed" if result.get("failed") else "succeeded"] += 1
        if result is not None:
            self._shows_nothing(result)
            if not result.get("failed") and plan.right == OLD:
                self.violations.append(f"a rotation with a wrong secret succeeded: {result['results']}")

    def _judge(self, what: str) -> None:
        """Nothing that works is called dead."""
        refused = [tag for one in self.tenant.connections.values() for tag in one.tags if ":refused:" in tag]
        if refused and self.plan.right == NEW:
            self.violations.append(f"{what} refused a secret that is right")
        if ":refused:" in "".join(refused):
            self.seen["put back"] += 1

    def _ends(self, final: dict[str, Any]) -> None:
        """The database accepts what each connection holds, or a message names it."""
        message = final.get("msg", "") if final.get("failed") else ""
        for name in self.plan.names:
            if self._held(name) != self.plan.right and f"'{name}'" not in message:
                self.violations.append(f"'{name}' holds what isn't accepted, and no message says so: {message}")
        if self.plan.provision_between:
            return
        self._holds("the next rotation")
        if bool(message) is (self.plan.right == NEW):
            self.violations.append(f"the next rotation ended with: {message or 'success'}")
        tags = {tag for one in self.tenant.connections.values() for tag in one.tags}
        if self.plan.right == NEW and any(":rotating:" in tag or ":not-working" in tag for tag in tags):
            self.violations.append(f"a rotation that is done left its tags: {sorted(tags)}")

    def _holds(self, what: str) -> None:
        for name in self.plan.names:
            if self._held(name) != self.plan.right:
                self.violations.append(f"after {what} '{name}' holds {self._held(name)!r}")
            user = "app_b" if self.plan.user_changes and self.plan.right == NEW else "app_a"
            connection = self.tenant.connection(name, "Sales")
            if user not in json.dumps(self.tenant.properties_of(connection.id)):
                self.violations.append(f"after {what} '{name}' has another user than {user}")

    def _held(self, name: str) -> str:
        connection = self.tenant.connection(name, "Sales")
        return str(self.tenant.secrets_of(connection.id).get("password"))

    def _rotate(self) -> dict[str, Any]:
        return self._run(self.plan.definitions(rotated=True), **_ROTATES)

    def _run(self, definitions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        result = run_options(self._options(definitions, **more))
        self._shows_nothing(result)
        return result

    def _shows_nothing(self, result: dict[str, Any]) -> None:
        if "canary-rotated" in json.dumps(result):
            self.violations.append("a result shows a secret")
        if "unexpected" in str(result.get("msg")):
            self.violations.append(f"a run stumbled: {result['msg']} {result.get('exception')}")

    def _options(self, definitions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        sign_in = {"tenant_url": self.tenant.url, "access_token": "canary-api-key", "max_wait": 60}
        return {**sign_in, "connections": definitions, "fingerprint_key": KEY, **more}


_ROTATES = {"secrets_only": True, "put_back": True}


def play_rotation(emulator: Emulator, nursery: Nursery, seed: int) -> RotationScenario:
    """Play the scenario of a seed."""
    scenario = RotationScenario(emulator, nursery, Plan.draw(random.Random(f"rotation {seed}")))
    scenario.play()
    return scenario
