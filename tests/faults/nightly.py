"""Nightly tests of connections under faults: no connection is called dead that works, none alive that doesn't, and the
next run leaves nothing over.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.emulator import Emulator, Tenant
from tests.emulator.apps import App
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.faults.child import Child, Nursery
from tests.faults.runner import run_test
from tests.faults.weather import FAULTS, TIMEOUT_SECONDS

CANARY = "canary-of-the-nightly-test"
KINDS = ("works", "works", "works", "refused", "unreachable")
# Seconds as the client counts them; the campaign's clock makes two real ones of them.
TEST_TIMEOUT = 40
_LOG = {"method": "GET", "path": "/reloads/logs"}
_RECORD = {"method": "GET", "path": "/v1/reloads/"}
_DELETE = {"method": "DELETE", "path": "/apps/"}
_MATCHES: tuple[dict[str, str], ...] = (
    {},
    {"method": "GET"},
    {"method": "POST"},
    {"path": "/items"},
    {"method": "POST", "path": "/apps$"},
    {"method": "POST", "path": "/scripts$"},
    {"method": "POST", "path": "/reloads$"},
    {"method": "POST", "path": "/actions/cancel$"},
    _RECORD,
    _LOG,
    _DELETE,
    _DELETE,
)
_MOST_REQUESTS = 25
# What a run must not touch: another form of name, and another owner.
_FOREIGN = (("qlikops.cloud test of mine", "admin"), ("qlikops.cloud test 2026-01-01T00:00:00Z 0123abcd", "analyst"))


@dataclass
class Night:
    """What is there, and what goes wrong. `failures`: so many reloads fail, and leave no log. `cuts`: what is left of
    each log that is read, as a share from its beginning; of the rest all. `kill_at`: the number of the request (from 0)
    at which the client is killed, before or after it is handled; -1: it isn't.
    """

    kinds: tuple[str, ...] = ("works", "refused", "works", "unreachable")
    per_reload: int = 3
    failures: int = 0
    cuts: tuple[float, ...] = ()
    behaviours: dict[str, str] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    kill_at: int = -1
    handled: bool = False

    @classmethod
    def draw(cls, rng: random.Random) -> Night:
        kinds = [rng.choice(KINDS) for _connection in range(rng.randint(2, 7))]
        if rng.random() < 0.15:
            kinds[rng.randrange(len(kinds))] = "hangs"
        return cls(
            kinds=tuple(kinds),
            per_reload=rng.choice((1, 2, 3, 50)),
            failures=rng.choice((0, 0, 0, 1, 2, 5)),
            cuts=tuple(rng.random() for _cut in range(rng.choice((0, 0, 1, 3, 9)))),
            behaviours={
                "running_log": rng.choice(("flushed", "none", "whole")),
                "cancelled_log": rng.choice(("flushed", "none", "whole")),
                "reload_with_errors": rng.choice(("succeeded", "failed")),
            },
            faults=[_fault(rng) for _number in range(rng.choice((0, 1, 1, 2, 3)))],
            kill_at=rng.randint(0, _MOST_REQUESTS) if rng.random() < 0.4 else -1,
            handled=rng.random() < 0.5,
        )

    def truth(self) -> dict[str, bool]:
        """By connection whether it works."""
        return {f"Number {number}": kind == "works" for number, kind in enumerate(self.kinds)}

    def expected(self) -> dict[str, bool | None]:
        """What a run without faults says. Of what hangs it can't tell, where cancelled reloads have no log."""
        expected: dict[str, bool | None] = {**self.truth()}
        if self.behaviours.get("cancelled_log") == "none":
            hanging = [name for name, kind in zip(expected, self.kinds, strict=True) if kind == "hangs"]
            expected.update(dict.fromkeys(hanging))
        return expected


def _fault(rng: random.Random) -> dict[str, Any]:
    ((_weight, draw),) = rng.choices(FAULTS, [weight for weight, _draw in FAULTS])
    fault = {"match": rng.choice(_MATCHES), "after": rng.choice((0, 0, 1, 2, 4)), **draw(rng)}
    fault.setdefault("times", rng.choice((1, 1, 2, 4, None)))
    return fault


class NightlyScenario:
    """Plays one night: a run under faults, and the next one without."""

    def __init__(self, emulator: Emulator, nursery: Nursery, plan: Night) -> None:
        self.emulator, self.nursery, self.plan = emulator, nursery, plan
        emulator.settle()
        emulator.reset()
        self.tenant: Tenant = emulator.tenant("acme")
        self.tenant.limits.configure(enabled=False)
        self.tenant.add_space("Sales")
        for name, kind in zip(plan.truth(), plan.kinds, strict=True):
            properties = {"host": "db.example", "db": "x", "username": "app", "password": CANARY}
            self.tenant.add_connection(name=name, space="Sales", data_source="postgres", properties=properties)
            if kind != "works":
                self.tenant.set_end(kind, name, space="Sales")
        self.foreign = [self._foreign(name, owner) for name, owner in _FOREIGN]
        self.seen: Counter[str] = Counter()
        self.violations: list[str] = []

    def play(self) -> list[str]:
        result = self._faulty()
        if result is None:
            self.seen["killed"] += 1
        else:
            self._judge(result)
        if self._left():
            self.seen["an app was left over"] += 1
        final = run_test(self._options())
        found = {one["name"]: one["works"] for one in final.get("tests", ())}
        if found != self.plan.expected():
            self.violations.append(f"the next run said {found}: {final.get('msg')} {final.get('warnings')}")
        if self._left():
            self.violations.append(f"after the next run there are {self._left()}")
        if any(app.id not in self.tenant.apps for app in self.foreign):
            self.violations.append("an app is gone that is somebody's own")
        return self.violations

    def _faulty(self) -> dict[str, Any] | None:
        """The run under faults; None when it was killed."""
        plan, tenant, child = self.plan, self.tenant, Child()
        tenant.set_behaviours(**plan.behaviours)
        tenant.reload_settings.configure(failures=plan.failures)
        for fault in plan.faults:
            tenant.add_fault(**fault)
        cutting = _Cutting(plan.cuts)
        tenant.add_hook("after", cutting.log, match=_LOG, times=None)
        tenant.add_hook("after", cutting.record, match=_RECORD, times=None)
        if plan.kill_at >= 0:
            if not plan.handled:
                tenant.add_fault("reset", after=plan.kill_at)
            tenant.add_hook("after" if plan.handled else "before", _always(child.kill), after=plan.kill_at)
        tenant.reset_log()
        request: dict[str, Any] = {"options": self._options(), "timeout": TIMEOUT_SECONDS}
        if plan.kill_at >= 0:
            with tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder) / "result.json")
                result = self.nursery.run({**request, "job": "test", "result": path}, child)
        else:
            result = run_test(**request)
        self.emulator.settle()
        tenant.set_faults([])
        tenant.hooks = []
        tenant.reload_settings.configure(failures=0)
        return result

    def _judge(self, result: dict[str, Any]) -> None:
        """What it says of each connection is so, or left open."""
        if CANARY in json.dumps(result):
            self.violations.append("a result shows a secret")
        if "unexpected" in str(result.get("msg")):
            self.violations.append(f"a run stumbled: {result['msg']} {result.get('exception')}")
        truth = self.plan.truth()
        for one in result.get("tests", ()):
            self.seen[str(one["works"])] += 1
            if one["works"] is not None and one["works"] is not truth[one["name"]]:
                self.violations.append(f"'{one['name']}' is called {one['works']}: {one['message']}")
        self.seen["failed" if result.get("failed") else "succeeded"] += 1

    def _left(self) -> list[str]:
        """The names of apps that are nobody's own."""
        return [app.name for app in self.tenant.apps.values() if app not in self.foreign]

    def _foreign(self, name: str, owner: str) -> App:
        now = self.tenant.clock()
        user = next(user for user in self.tenant.users.values() if user.name == owner)
        app = App(f"00000000-0000-4000-8000-{len(self.tenant.apps):012}", name, user.id, None, "", now, now)
        self.tenant.apps[app.id] = app
        return app

    def _options(self) -> dict[str, Any]:
        sign_in = {"tenant_url": self.tenant.url, "access_token": "canary-api-key", "max_wait": 60}
        trying = {"fail_on": "never", "test_timeout": TEST_TIMEOUT, "per_reload": self.plan.per_reload}
        return {**sign_in, **trying}


class _Cutting:
    """Cuts logs, and their short form in a reload's record: an answer that is whole otherwise ends early."""

    def __init__(self, cuts: tuple[float, ...]) -> None:
        self._cuts = list(cuts)

    def log(self, _entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None and answer.raw is not None and self._cuts:
            answer.raw = answer.raw[: int(len(answer.raw) * self._cuts.pop())]

    def record(self, _entry: LogEntry, answer: Answer | None) -> None:
        """A record without its log: what was cut before is not to be read here."""
        if answer is not None and isinstance(answer.payload, dict) and self._cuts:
            text = str(answer.payload.get("log") or "")
            answer.payload["log"] = text[: int(len(text) * self._cuts[-1])]


def _always(deed: Callable[[], None]) -> Callable[[LogEntry, Answer | None], None]:
    return lambda _entry, _answer: deed()


def play_night(emulator: Emulator, nursery: Nursery, seed: int) -> NightlyScenario:
    """Play the scenario of a seed."""
    scenario = NightlyScenario(emulator, nursery, Night.draw(random.Random(f"night {seed}")))
    scenario.play()
    return scenario
