"""Members of spaces under faults: after a quiet run who is declared holds just that, whom nobody declares is as before,
and neither the owner nor the caller was ever locked out.
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
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry, Space
from tests.faults.child import Child, Nursery
from tests.faults.runner import run_options
from tests.faults.weather import FAULTS, LATE_MS, MATCHES, TIMEOUT_SECONDS

RUNNER = "runner@acme.example"
KEY = "canary-key-of-the-runner"
PEOPLE = ("jo", "kim", "lee", "mia")
GROUPS = ("Analysts", "Finance", "Runners")
HELD_SPACES = ("Sales", "Finance room")
NEW_SPACE = "Landing"
ROLES = ("codeveloper", "consumer", "dataconsumer", "facilitator", "producer")
# How the caller comes in: an administrator; the owner of the spaces; a member itself; by a group.
CALLERS = ("admin", "owner", "member", "group")
MEDDLERS = ("same run", "same run", "make", "take away", "take away", "other roles", "other roles", "expire tokens")
_OF_MEMBERS: tuple[dict[str, str], ...] = (
    {"method": "GET", "path": "/assignments"},
    {"method": "POST", "path": "/assignments"},
    {"method": "PUT", "path": "/assignments"},
    {"method": "DELETE", "path": "/assignments"},
    {"method": "PUT|DELETE", "path": "/assignments"},
    {"method": "POST", "path": "/spaces$"},
    {"method": "GET", "path": "/groups"},
    {"method": "GET", "path": "/users"},
)
_MOST_REQUESTS = 25

Roles = dict[str, list[str]]


@dataclass
class SpaceOfMembers:
    """One space. `held` and `declared`: roles by the name of a user or group; no roles: it is declared absent."""

    held: Roles
    declared: Roles
    mode: str = "merge"
    most: int = 10

    def after(self) -> Roles:
        """Who is to be in it in the end."""
        kept = {} if self.mode == "exact" else self.held
        return {name: roles for name, roles in {**kept, **self.declared}.items() if roles}


@dataclass
class Deed:
    """What somebody else does before a request that `match`es: to the member of number `target` of the first space."""

    meddler: str
    match: dict[str, str]
    after: int = 0
    target: int = 0


@dataclass
class MembersPlan:
    """What is there, what is declared, and what goes wrong. `kill_at`: see Plan of rotations."""

    caller: str = "admin"
    spaces: dict[str, SpaceOfMembers] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    kill_at: int = -1
    handled: bool = False
    with_connection: bool = False

    @classmethod
    def draw(cls, rng: random.Random) -> MembersPlan:
        caller = rng.choice(CALLERS)
        names = rng.sample(HELD_SPACES, rng.choice((1, 1, 2)))
        spaces = {name: _space(rng, caller) for name in names}
        if caller == "admin" and rng.random() < 0.3:
            spaces[NEW_SPACE] = SpaceOfMembers({}, _roles_of_some(rng), rng.choice(("merge", "exact")))
        return cls(
            caller=caller,
            spaces=spaces,
            faults=[_fault(rng) for _number in range(rng.choice((0, 1, 1, 2, 3)))],
            deeds=[_deed(rng) for _number in range(rng.choice((0, 0, 1, 1, 2)))],
            kill_at=rng.randint(0, _MOST_REQUESTS) if rng.random() < 0.35 else -1,
            handled=rng.random() < 0.5,
            with_connection=rng.random() < 0.3,
        )

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be written: too many would go, or the caller would have no way in."""
        return any(self._too_many(space) or self._locks_out(space) for space in self.spaces.values())

    def _too_many(self, space: SpaceOfMembers) -> bool:
        return space.mode == "exact" and len(set(space.held) - set(space.declared)) > space.most

    def _locks_out(self, space: SpaceOfMembers) -> bool:
        if space.mode == "exact" and "runner" in space.held and "runner" not in space.declared:
            return True
        if self.caller in ("admin", "owner"):
            return False
        after = space.after()
        ways = ("runner", "Runners") if self.caller == "group" else ("runner",)
        return not any("facilitator" in after.get(name, ()) for name in ways)


def _space(rng: random.Random, caller: str) -> SpaceOfMembers:
    space = SpaceOfMembers(_roles_of_some(rng), _roles_of_some(rng), rng.choice(("merge", "exact")))
    for name in rng.sample(sorted(space.held), min(len(space.held), rng.choice((0, 1)))):
        space.declared[name] = []
    if rng.random() < 0.15:
        space.most = rng.choice((0, 1))
    way_in = {"member": "runner", "group": "Runners"}.get(caller, "")
    if way_in:
        space.held[way_in] = ["facilitator"]
        # The way in stays, changes, moves from one to the other, or would be lost.
        kept: tuple[Roles, ...] = (
            {way_in: ["facilitator"]},
            {way_in: ["facilitator", "producer"]},
            {way_in: ["facilitator", "producer"]},
            {"runner": ["facilitator"], "Runners": ["facilitator"]},
            {"runner": ["facilitator"]},
            {"Runners": ["facilitator"], "runner": ["consumer"]},
            {way_in: ["consumer"]},
            {},
        )
        for name in ("runner", "Runners"):
            space.declared.pop(name, None)
        space.declared.update(rng.choice(kept))
    return space


def _roles_of_some(rng: random.Random) -> Roles:
    names = rng.sample((*PEOPLE, *GROUPS[:2]), rng.randint(0, 5))
    return {name: sorted(rng.sample(ROLES, rng.choice((1, 1, 2)))) for name in names}


def _fault(rng: random.Random) -> dict[str, Any]:
    ((_weight, draw),) = rng.choices(FAULTS, [weight for weight, _draw in FAULTS])
    match = rng.choice((*MATCHES, *_OF_MEMBERS, *_OF_MEMBERS))
    fault = {"match": match, "after": rng.choice((0, 0, 0, 1, 2, 4)), **draw(rng)}
    fault.setdefault("times", rng.choice((1, 1, 2, 4, None)))
    return fault


def _deed(rng: random.Random) -> Deed:
    match = rng.choice((*_OF_MEMBERS[:6], {"method": "POST|PUT|DELETE", "path": "/assignments"}))
    return Deed(rng.choice(MEDDLERS), match, rng.choice((0, 0, 1, 2)), rng.randint(0, 9))


class MembersScenario:
    """Plays one plan: a run under faults, a quiet one, and one that has nothing to do."""

    def __init__(self, emulator: Emulator, nursery: Nursery, plan: MembersPlan) -> None:
        self.nursery, self.emulator, self.plan = nursery, emulator, plan
        emulator.settle()
        emulator.reset()
        self.tenant: Tenant = emulator.tenant("acme")
        self.tenant.limits.configure(enabled=False)
        self._prepare()
        self.seen: Counter[str] = Counter()
        self.violations: list[str] = []
        # Of whom nobody can say what they hold, since somebody else was at them.
        self.touched: set[str] = set()

    def play(self) -> list[str]:
        plan, tenant = self.plan, self.tenant
        tenant.add_hook("after", self._watch, match={"method": "POST|PUT|PATCH|DELETE"}, times=None)
        result = self._faulty()
        wrote = bool(tenant.writes())
        if plan.is_refused and not self.touched:
            self._refused(wrote, result)
            return self.violations
        self._claims(result)
        final = self._run()
        if plan.is_refused:
            self.seen["refused, and somebody else was at work"] += 1
            return self.violations
        if final.get("failed"):
            self.violations.append(f"a quiet run failed: {final['msg']}")
        self._look("a quiet run", self.touched)
        again = self._run()
        if again["changed"] or again.get("failed"):
            self.violations.append(f"one quiet run wasn't enough: {again.get('msg')} {again.get('spaces')}")
        return self.violations

    def _prepare(self) -> None:
        plan, tenant = self.plan, self.tenant
        for name in GROUPS:
            tenant.add_group(name)
        for name in PEOPLE:
            tenant.add_user(name, f"{name}@acme.example")
        roles = ("TenantAdmin",) if plan.caller == "admin" else ()
        groups = ("Runners",) if plan.caller == "group" else ()
        self.runner = tenant.add_user("runner", RUNNER, roles=roles, groups=groups)
        tenant.add_api_key(KEY, self.runner.id)
        for name, space in plan.spaces.items():
            if name == NEW_SPACE:
                continue
            made = tenant.add_space(name, owner="runner" if plan.caller == "owner" else None)
            for member, roles_held in space.held.items():
                tenant.assign(made, self._id(member), roles_held, _kind(member))

    def _id(self, name: str) -> str:
        return self.tenant.group(name).id if name in GROUPS else self.tenant.user(name).id

    def _faulty(self) -> dict[str, Any] | None:
        """The run under faults; None when it was killed."""
        plan, tenant, child = self.plan, self.tenant, Child()
        for fault in plan.faults:
            tenant.add_fault(**fault)
        for deed in plan.deeds:
            tenant.add_hook("before", self._doing(deed), match=deed.match, after=deed.after)
        if plan.kill_at >= 0:
            if not plan.handled:
                tenant.add_fault("reset", after=plan.kill_at)
            tenant.add_hook("after" if plan.handled else "before", lambda *_: child.kill(), after=plan.kill_at)
        tenant.reset_log()
        request: dict[str, Any] = {"options": self._options(), "timeout": TIMEOUT_SECONDS}
        if plan.kill_at >= 0:
            with tempfile.TemporaryDirectory() as folder:
                result = self.nursery.run({**request, "result": str(Path(folder) / "result.json")}, child)
        else:
            result = run_options(**request)
        self.emulator.settle()
        self.late = any(fault.struck and fault.parameters.get("ms") == LATE_MS for fault in tenant.faults)
        tenant.set_faults([])
        tenant.hooks = [hook for hook in tenant.hooks if hook.action == self._watch]
        self.seen["killed" if result is None else "failed" if result.get("failed") else "succeeded"] += 1
        if result is not None:
            self._shows_nothing(result)
        return result

    def _run(self) -> dict[str, Any]:
        result = run_options(self._options())
        self._shows_nothing(result)
        return result

    def _options(self) -> dict[str, Any]:
        spaces = [self._declared(name, space) for name, space in self.plan.spaces.items()]
        sign_in = {"tenant_url": self.tenant.url, "access_token": KEY, "max_wait": 60}
        definition = {
            "name": "Orders",
            "space": next(iter(self.plan.spaces)),
            "data_source": "postgres",
            "properties": {"host": "db.example", "db": "x", "username": "u"},
            "secrets": {"password": "canary-password"},
        }
        return {**sign_in, "spaces": spaces, "connections": [definition] if self.plan.with_connection else []}

    def _declared(self, name: str, space: SpaceOfMembers) -> dict[str, Any]:
        members = []
        for member, roles in space.declared.items():
            who = {"group": member} if member in GROUPS else {"user": f"{member}@acme.example"}
            members.append({**who, "roles": roles} if roles else {**who, "state": "absent"})
        return {"name": name, "members": members, "members_mode": space.mode, "max_member_removals": space.most}

    def _doing(self, deed: Deed) -> Callable[[LogEntry, Answer | None], None]:
        def act(_entry: LogEntry, _answer: Answer | None) -> None:
            self.seen[f"meanwhile: {deed.meddler}"] += 1
            if deed.meddler == "same run":
                self._shows_nothing(run_options(self._options(), timeout=TIMEOUT_SECONDS))
                return
            with self.tenant.lock:
                self._meddle(deed)

        return act

    def _meddle(self, deed: Deed) -> None:
        if deed.meddler == "expire tokens":
            self.tenant.expire_tokens()
            return
        name, plan = next(iter(self.plan.spaces.items()))
        space = next((one for one in self.tenant.spaces.values() if one.name == name), None)
        victims = sorted({*PEOPLE, *GROUPS[:2]} & {*plan.declared, *plan.held})
        if space is None or not victims:
            return
        victim = victims[deed.target % len(victims)]
        held = next((row for row in space.assignments.values() if row.assignee_id == self._id(victim)), None)
        if deed.meddler == "make" and held is None:
            self.tenant.assign(space, self._id(victim), ["consumer"], _kind(victim))
        elif deed.meddler == "take away" and held is not None:
            del space.assignments[held.id]
        elif deed.meddler == "other roles" and held is not None:
            held.roles = ["producer"]
        else:
            return
        self.touched.add(victim)

    def _watch(self, *_: Any) -> None:
        """After each write: the caller may still change members of every space that was there before, unless somebody
        else took that away, and there is nobody twice.
        """
        with self.tenant.lock:
            for space in self.tenant.spaces.values():
                assignees = [row.assignee_id for row in space.assignments.values()]
                if len(set(assignees)) < len(assignees):
                    self.violations.append(f"somebody is a member of '{space.name}' twice")
                if not self._may_manage(space):
                    self.violations.append(f"the caller was locked out of '{space.name}'")

    def _may_manage(self, space: Space) -> bool:
        if self.plan.caller == "admin" or space.owner_id == self.runner.id:
            return True
        mine = {self.runner.id} | ({self._id("Runners")} if self.plan.caller == "group" else set())
        return any("facilitator" in row.roles and row.assignee_id in mine for row in space.assignments.values())

    def _refused(self, wrote: bool, result: dict[str, Any] | None) -> None:
        """A plan that may not be carried out writes nothing, with or without faults."""
        self.seen["refused"] += 1
        if wrote or (result is not None and not result.get("failed")):
            self.violations.append("what is refused was written")
        final = self._run()
        if not final.get("failed") or final["requests"]["writes"]:
            self.violations.append(f"what is refused wasn't: {final}")

    def _claims(self, result: dict[str, Any] | None) -> None:
        """A run that says that all is done has done it. What it gave up may be carried out later."""
        if result is not None and not result.get("failed") and not self.late and not self.plan.is_refused:
            self._look("a run that succeeded under faults", self.touched)

    def _look(self, what: str, touched: set[str]) -> None:
        for name, plan in self.plan.spaces.items():
            spaces = [space for space in self.tenant.spaces.values() if space.name == name]
            if len(spaces) != 1:
                self.violations.append(f"after {what} there are {len(spaces)} spaces '{name}'")
                continue
            held = {row.assignee_id: sorted(row.roles) for row in spaces[0].assignments.values()}
            for member in (*PEOPLE, *GROUPS, "runner"):
                # In the end what is declared counts, whoever was at it; what isn't is as others left it.
                if member in touched and (what != "a quiet run" or not self._settled(plan, member)):
                    continue
                expected = plan.after().get(member, [])
                if held.get(self._id(member), []) != expected:
                    found = held.get(self._id(member))
                    self.violations.append(f"after {what} {member} holds {found} in '{name}', not {expected}")

    @staticmethod
    def _settled(plan: SpaceOfMembers, member: str) -> bool:
        return plan.mode == "exact" or member in plan.declared

    def _shows_nothing(self, result: dict[str, Any]) -> None:
        if "canary" in json.dumps(result):
            self.violations.append("a result shows a secret")
        if "unexpected" in str(result.get("msg")):
            self.violations.append(f"a run stumbled: {result['msg']} {result.get('exception')}")


def _kind(name: str) -> str:
    return "group" if name in GROUPS else "user"


def play_members(emulator: Emulator, nursery: Nursery, seed: int) -> MembersScenario:
    """Play the scenario of a seed."""
    scenario = MembersScenario(emulator, nursery, MembersPlan.draw(random.Random(f"members {seed}")))
    scenario.play()
    return scenario
