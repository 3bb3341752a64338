"""Drawing what a tenant holds, what is declared, and what must be there in the end."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import Tenant

KEY = "canary-fingerprint-key"
SPACES = ("Sales", "Finance")
NEW_SPACE = "Landing"
ANALYST = "analyst@acme.example"
NAMES = ("Orders", "Customers", "a/b", "50%", "Ünï çödé", 'say "hi"', "x y", "q?&=#", "{{ name }}", "Stock")
SOURCES = {"postgres": "db", "mysql": "database", "mssql": "database", "rest": "timeout"}
FATES = (
    *("keep", "edit", "secret", "host", "rename", "move", "rename and move", "replace", "replace"),
    *(
        "replace, rename and move",
        "absent",
        "dropped",
        "owner",
        "new",
        "new",
        "adopt",
        "take over",
        "take over",
        "away and back",
    ),
)
OWNERS = ("owner", "take over", "away and back")
BEHAVIOURS: dict[str, tuple[Any, ...]] = {
    "parse_values": ("text", "typed"),
    "parse_credentials": ("full", "username", "none"),
    "username_in_statement": (False, True),
    "owner_change_credentials": ("drop", "keep"),
    "embedded_credentials_on_delete": ("delete", "keep"),
    "redirect_location": ("relative", "absolute"),
    "edge_401": ("json", "html", "empty"),
    "create_answer": ("types", "guide"),
}


@dataclass
class Expected:
    """One connection that must be there in the end. `secrets`: what it may hold; `same`: the id that it must have kept.

    `login`: the id of the separate credentials that it must have, or the name of those that must have been made for it.
    """

    definition: dict[str, Any]
    secrets: set[Any]
    same: str | None = None
    replaced: str | None = None
    login: str | None = None


@dataclass
class Separate:
    """One connection with separate credentials, before or after.

    `harm` is what somebody did to it before the runs under test; `changes` is what is declared otherwise.
    """

    number: int
    before: str
    after: str
    changes: frozenset[str]
    harm: str = ""

    @property
    def fates(self) -> list[str]:
        """What becomes of it, for the figures."""
        details = [*self.changes, *([self.harm] if self.harm else [])]
        return [*(f"credentials, {word}" for word in details), f"credentials {self.before or 'none'} -> {self.after}"]


@dataclass
class Shared:
    """One connection of those that share credentials. `changes`: their secret is declared otherwise; `harm`: see
    Separate.
    """

    changes: bool
    harm: str
    fates: tuple[str, ...]


@dataclass
class World:
    """A drawn tenant. `before` is declared and applied first, `after` is what the runs under test declare.

    `earlier`: by the name before, what the runs that go wrong declare instead, where the last run declares something
    else by then. `first_version`: the tags are those that 0.1.0 would have left.
    """

    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    rotated: dict[str, str] = field(default_factory=dict)
    fates: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    behaviours: dict[str, Any] = field(default_factory=dict)
    memory: str = "key"
    page_size: int = 100
    oauth: bool = False
    earlier: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_version: bool = False
    separate: dict[str, Separate] = field(default_factory=dict)
    shared: dict[str, Shared] = field(default_factory=dict)


def draw_world(rng: random.Random) -> World:
    """Draw tenant and definitions."""
    world = World(memory=rng.choice(("key", "key", "version", "none")), page_size=rng.choice((100, 100, 2, 3)))
    world.oauth = rng.random() < 0.3
    world.first_version = rng.random() < 0.5
    world.behaviours = {name: rng.choice(choices) for name, choices in BEHAVIOURS.items()}
    for number, name in enumerate(rng.sample(NAMES, rng.randint(1, 6))):
        _draw_connection(rng, world, name, number)
    for number in range(rng.randint(0, 2)):
        tags = rng.choice(([], ["somebody else's"], ["DcaasAPI:x:1"]))
        space = rng.choice((*SPACES, None))
        foreign = {
            "name": f"Foreign {number}",
            "space": space,
            "tags": tags,
            **content(rng, "postgres", "canary-foreign"),
        }
        world.held.append(foreign)
    if rng.random() < 0.5:  # somebody else's personal space is not the caller's
        world.held.append(
            {"name": NAMES[0], "space": None, "owner": "analyst", **content(rng, "postgres", "canary-foreign")}
        )
    world.options = {
        "api_namespace": rng.choice(("v1", "connectivity")),
        "parallel": rng.choice((1, 1, 3, 8)),
        "replace": "when_required",
        "prune": True,
        "prune_spaces": ["Sales"],
        "validate": rng.random() < 0.8,
    }
    if world.memory == "key":
        world.options["fingerprint_key"] = KEY
    else:
        world.options["update_secrets"] = (
            rng.choice(("on_change", "on_create")) if world.memory == "none" else "on_change"
        )
    declared = [{"name": space} for space in SPACES if rng.random() < 0.3]
    declared += (
        [{"name": NEW_SPACE, "description": "new"}] if any(item["space"] == NEW_SPACE for item in world.after) else []
    )
    world.options["spaces"] = declared
    return world


def content(rng: random.Random, source: str, secret: str) -> dict[str, Any]:
    """Draw properties and secrets of a source."""
    text = rng.choice(("a", "b%", "c;d", "x=y", "{{ z }}"))
    detail = rng.randint(1, 99) if source == "rest" else text
    place = (
        {"url": f"https://{rng.choice('abc')}.example/x"} if source == "rest" else {"host": rng.choice(("h1", "h2"))}
    )
    properties = {**place, SOURCES[source]: detail, "username": rng.choice(("u", "v"))}
    if source == "rest":
        properties["authSchema"] = "basic"
    return {"data_source": source, "properties": properties, "secrets": {"password": secret}}


def _draw_connection(rng: random.Random, world: World, name: str, number: int) -> None:
    fate = world.fates[name] = rng.choice(FATES)
    space = rng.choice((*SPACES, *SPACES, None))
    source = rng.choice(list(SOURCES))
    before: dict[str, Any] = {"name": name, "space": space, **content(rng, source, f"canary-{number}-first")}
    if rng.random() < 0.5:
        before["tags"] = rng.sample(["t1", "t2", "t3"], rng.randint(0, 3))
    if world.memory == "version":
        before["secrets_version"] = "1"
    after = copy.deepcopy(before)
    if fate == "new":
        after["space"] = rng.choice((space, NEW_SPACE))
    elif fate == "adopt":
        held = copy.deepcopy(before)
        held["secrets"]["password"] = "canary-by-somebody"
        held.pop("secrets_version", None)
        world.held.append(held)
    else:
        world.before.append(before)
        if rng.random() < 0.5:
            world.rotated[name] = f"canary-{number}-rotated"
    if fate == "dropped":
        return
    _change(rng, world, fate, before, after, number)
    world.after.append(after)
    if fate not in ("new", "adopt", *OWNERS) and rng.random() < 0.3:
        _draw_earlier(rng, world, before, after, number)


def _draw_earlier(rng: random.Random, world: World, before: dict[str, Any], after: dict[str, Any], number: int) -> None:
    """Let the runs that go wrong replace the connection by one of a source that isn't declared any more afterwards."""
    source = rng.choice([one for one in SOURCES if one not in (before["data_source"], after.get("data_source"))])
    earlier = copy.deepcopy(before)
    earlier.update(content(rng, source, f"canary-{number}-meanwhile"))
    world.earlier[before["name"]] = earlier


def _change(
    rng: random.Random, world: World, fate: str, before: dict[str, Any], after: dict[str, Any], number: int
) -> None:
    """Turn what was declared into what is declared now."""
    source = before["data_source"]
    if fate == "edit":
        after["properties"][SOURCES[source]] = 100 if source == "rest" else "edited"
    elif fate == "secret":
        after["secrets"]["password"] = f"canary-{number}-second"
        if world.memory == "version":
            after["secrets_version"] = "2"
    elif fate == "host":
        after["properties"]["url" if source == "rest" else "host"] = (
            "https://moved.example/x" if source == "rest" else "moved"
        )
    elif fate == "absent":
        for name in set(after) - {"name", "space"}:
            del after[name]
        after["state"] = "absent"
    elif fate in OWNERS:
        _change_owner(world, fate, before, after)
    if "replace" in fate:
        other = rng.choice([one for one in SOURCES if one != source])
        after.update(content(rng, other, f"canary-{number}-replaced"))
    if "rename" in fate:
        after["name"], after["previous_name"] = f"{before['name']} (new)", before["name"]
    if "move" in fate:
        after["previous_space"] = before["space"] or ""
        after["space"] = rng.choice([space for space in (*SPACES, None) if space != before["space"]])


def _change_owner(world: World, fate: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Declare an owner: somebody else, or the caller, who has lost the connection by then.
    Only in a space that can be.
    """
    after["space"] = before["space"] = before["space"] or "Sales"
    if fate == "owner":
        after["owner"] = ANALYST
    elif fate == "take over" and world.oauth:  # the bot has no address
        world.fates[before["name"]] = "keep"
    elif fate == "take over":
        after["owner"] = "admin@acme.example"


def without_none(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition as an option: what is None is left out."""
    return {name: value for name, value in definition.items() if value is not None}


def expectations(world: World, tenant: Tenant) -> list[Expected]:
    """What must become of the connections with embedded credentials, computed from the tenant as it is before the runs
    under test.
    """
    found = []
    by_name = {
        definition["name"]: definition for definition in [*world.held, *world.before] if "owner" not in definition
    }
    for definition in world.after:
        if definition.get("state") == "absent":
            continue
        name = definition.get("previous_name", definition["name"])
        if name in world.separate or name in world.shared:
            continue
        fate = world.fates[name]
        declared = definition["secrets"]["password"]
        if fate == "new":
            found.append(Expected(definition, {declared}))
            continue
        before = by_name[name]
        mine = None if before["space"] else world_user(world, tenant)
        held = find(tenant, name, before["space"], mine)
        assert held is not None, f"{name} isn't there before the run"
        if "replace" in fate:
            found.append(Expected(definition, {declared}, replaced=held.id))
            continue
        kept = tenant.secrets_of(held.id).get("password")
        if fate in ("take over", "away and back"):
            heals = fate == "take over" or world.options.get("update_secrets") != "on_create"
            found.append(Expected(definition, {declared if heals else kept}, same=held.id))
            continue
        sends = fate == "host" or (fate in ("secret", "adopt") and world.memory != "none")
        may_hold = {declared} if sends else {kept}
        if fate == "adopt":  # a user name that isn't shown has to be sent, and the secrets with it
            may_hold.add(declared)
        elif fate == "owner":  # depends on the tenant
            may_hold |= {None, declared}
        if name in world.earlier:  # it may have been replaced, and have gone back
            found.append(Expected(definition, {*may_hold, declared}, replaced=held.id))
            continue
        found.append(Expected(definition, may_hold, same=held.id))
    return found


def harm_owners(world: World, tenant: Tenant) -> None:
    """Somebody else becomes the owner of connections, for ever or for a while, with which Qlik takes the credentials
    away.
    """
    for name, fate in world.fates.items():
        if fate in ("take over", "away and back"):
            before = next(item for item in world.before if item["name"] == name)
            row = find(tenant, name, before["space"], world_user(world, tenant))
            tenant.credentials.pop(row.credentials_id, None)
            row.credentials_id = None
            row.owner = tenant.user("analyst").id if fate == "take over" else row.owner
    for row in list(tenant.connections.values()) if world.first_version else ():
        row.tags = [tag for tag in row.tags if not tag.startswith("qlikops.cloud:sent:")]


def world_user(world: World, tenant: Tenant) -> str:
    """The id of the user as whom the runs act."""
    if not world.oauth:
        return tenant.user("admin").id
    return next(user.id for user in tenant.users.values() if user.subject.lower().startswith("qlikbot"))


def find(tenant: Tenant, name: str, space: str | None, owner: str | None = None) -> Any:
    """The connection of this name in a space, or in somebody's personal space; None when there is none."""
    for connection in list(tenant.connections.values()):
        where = tenant.spaces[connection.space].name if connection.space in tenant.spaces else None
        if connection.name == name and where == space and (space or connection.owner == owner):
            return connection
    return None
