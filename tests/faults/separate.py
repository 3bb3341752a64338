"""Connections with separate credentials: drawing them, and what must have become of them and of their credentials in
the end.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Collection
from typing import Any

from tests.emulator import Tenant
from tests.emulator.records import Connection
from tests.faults.world import SOURCES, SPACES, Expected, Separate, World, content, find, world_user

NAMES = ("Returns", "c/d 100%", "Änderungen")
LOGINS = ("Login", "login / 50%")
# Whose credentials a connection has: own ones with or without a name, somebody's (by name or id), embedded ones; or it
# isn't there.
BEFORE = ("own", "own", "unnamed", "login", "login by id", "embedded", "")
AFTER = {
    "own": ("own", "own", "own", "other own", "login", "embedded", "unnamed"),
    "unnamed": ("unnamed", "unnamed", "own", "login", "embedded"),
    "login": ("login", "login", "other login", "login by id", "own"),
    "login by id": ("login by id", "login by id", "other login", "own"),
    "embedded": ("own", "unnamed", "login", "login by id"),
    "": ("own", "unnamed", "login", "login by id"),
}
BEHAVIOURS: dict[str, tuple[Any, ...]] = {
    "credential_names_unique": ("separate", "owner", "no"),
    "credential_names_case_sensitive": (True, False),
}
BRINGS_SECRETS = ("own", "other own", "unnamed", "embedded")


def draw_separate(rng: random.Random, world: World) -> None:
    """Add connections with separate credentials to a drawn tenant, most of the time."""
    world.behaviours |= {name: rng.choice(choices) for name, choices in BEHAVIOURS.items()}
    for name in LOGINS:
        properties = {"host": "h", "separateCredentials": "true", "credentialsName": name, "username": "w"}
        held = {"data_source": "postgres", "properties": properties, "secrets": {"password": f"canary-of {name}"}}
        world.held.append({"name": f"Foreign with {name}", "space": rng.choice(("Sales", "Finance")), **held})
    for number, name in enumerate(NAMES[: rng.choice((0, 1, 1, 2, 3))]):
        _draw_one(rng, world, name, number)


def _draw_one(rng: random.Random, world: World, name: str, number: int) -> None:
    before = rng.choice(BEFORE)
    after = rng.choice(AFTER[before])
    source = rng.choice(("postgres", "mysql", "mssql", "rest"))
    base: dict[str, Any] = {
        "name": name,
        "space": rng.choice((*SPACES, None)),
        **content(rng, source, f"canary-own-{number}-first"),
    }
    changed = copy.deepcopy(base)
    changes = _draw_changes(rng, before, after)
    _change(rng, changes, base, changed, number)
    harm = rng.choice(("", "", "", "detached", "deleted")) if before == after == "own" else ""
    harm = rng.choice(("", "", "detached")) if before == after and before.startswith("login") else harm
    one = Separate(number, before, after, frozenset(changes), "" if "source" in changes else harm)
    world.separate[name] = one
    version = world.memory == "version"
    if before:
        world.before.append(_declared(before, number, base, "1" if version else ""))
        end = rng.random()
        if end < 0.06:
            world.separate[name] = Separate(number, before, "dropped", frozenset())
            return
        if end < 0.12:
            world.separate[name] = Separate(number, before, "absent", frozenset())
            world.after.append({"name": name, "space": base["space"], "state": "absent"})
            return
    world.after.append(_declared(after, number, changed, ("2" if "secret" in changes else "1") if version else ""))


def _draw_changes(rng: random.Random, before: str, after: str) -> set[str]:
    if not before:
        return set()
    odds = {"edit": 0.2, "rename": 0.15, "move": 0.15}
    # A changed host needs secrets as long as they are embedded, and the product says so.
    odds |= {} if before == "embedded" and after not in BRINGS_SECRETS else {"host": 0.4}
    if before in BRINGS_SECRETS and after in BRINGS_SECRETS:
        odds["secret"] = 0.35
    if (before, after) not in (("own", "unnamed"), ("unnamed", "own")):
        odds["source"] = 0.15
    return {name for name, odd in odds.items() if rng.random() < odd}


def _change(rng: random.Random, changes: set[str], base: dict[str, Any], changed: dict[str, Any], number: int) -> None:
    """Turn the content of what was declared into that of what is declared now."""
    if "source" in changes:
        changed.update(
            content(
                rng, rng.choice([one for one in SOURCES if one != base["data_source"]]), f"canary-own-{number}-replaced"
            )
        )
    elif "secret" in changes:
        changed["secrets"]["password"] = f"canary-own-{number}-second"
    source = changed["data_source"]
    if "edit" in changes:
        changed["properties"][SOURCES[source]] = 100 if source == "rest" else "edited"
    if "host" in changes:
        changed["properties"]["url" if source == "rest" else "host"] = (
            "https://moved.example/x" if source == "rest" else "moved"
        )
    if "rename" in changes:
        changed["name"], changed["previous_name"] = f"{base['name']} (new)", base["name"]
    if "move" in changes:
        changed["previous_space"] = base["space"] or ""
        changed["space"] = rng.choice([space for space in (*SPACES, None) if space != base["space"]])


def _declared(kind: str, number: int, base: dict[str, Any], version: str) -> dict[str, Any]:
    """The definition of a connection with such credentials."""
    definition = copy.deepcopy(base)
    if version and kind in BRINGS_SECRETS:
        definition["secrets_version"] = version
    if kind not in BRINGS_SECRETS:
        del definition["secrets"]
        del definition["properties"]["username"]
    definition["separate_credentials"] = kind != "embedded"
    named = {"own": f"Own {number}", "other own": f"Other own {number}", "login": LOGINS[0], "other login": LOGINS[1]}
    if kind == "login by id":
        named[kind] = f"id of {LOGINS[0]}"
    if kind in named:
        definition["credentials"] = named[kind]
    return definition


def draw_turning_back(rng: random.Random, world: World) -> None:
    """Let the runs that go wrong replace some connections by ones of a source that isn't declared any more afterwards,
    with the same credentials and other secrets. Those that share credentials do so where one alone brings the secrets.
    """
    alone = [item for item in world.after if item["name"] in world.shared and "secrets" in item]
    for definition in world.after:
        name = definition.get("previous_name", definition["name"])
        one = world.separate.get(name)
        own = one is not None and one.before == one.after == "own" and "source" not in one.changes and not one.harm
        if (own or alone == [definition]) and rng.random() < 0.35:
            source = rng.choice([known for known in SOURCES if known != definition["data_source"]])
            secret = f"canary-of {name} meanwhile"
            earlier = {**copy.deepcopy(definition), **content(rng, source, secret)}
            if "secrets_version" in earlier:
                earlier["secrets_version"] = "meanwhile"
            world.earlier[name] = earlier


def fill_in_ids(world: World, tenant: Tenant) -> None:
    """Put ids in the place of names, now that the credentials are there."""
    ids = {f"id of {row.name}": row.id for row in tenant.credentials.values()}
    for definition in [*world.before, *world.after]:
        if definition.get("credentials") in ids:
            definition["credentials"] = ids[definition["credentials"]]


def do_harm(world: World, tenant: Tenant) -> None:
    """Somebody detaches or deletes credentials by hand."""
    for name, one in world.separate.items():
        held = _before(world, tenant, name) if one.harm else None
        if held is None:
            continue
        if one.harm == "deleted" and held.credentials_id:
            del tenant.credentials[held.credentials_id]
        held.credentials_id = None


def _before(world: World, tenant: Tenant, name: str) -> Connection | None:
    """The connection as the first run left it."""
    space = next((item["space"] for item in world.before if item["name"] == name), None)
    found: Connection | None = find(tenant, name, space, None if space else world_user(world, tenant))
    return found if world.separate[name].before else None


def expect_separate(world: World, tenant: Tenant) -> list[Expected]:
    """What must become of these connections, computed from the tenant as it is before the runs under test."""
    found = []
    for definition in world.after:
        name = definition.get("previous_name", definition["name"])
        if name in world.separate and definition.get("state") != "absent":
            found.append(_expect_one(world, tenant, definition, name))
    return found


def _expect_one(world: World, tenant: Tenant, definition: dict[str, Any], name: str) -> Expected:
    one, held, named = world.separate[name], _before(world, tenant, name), definition.get("credentials", "")
    stays = held is not None and "source" not in one.changes
    existing = next((row for row in tenant.credentials.values() if row.separated and named in (row.name, row.id)), None)
    if held is not None and stays and one.after == "unnamed":
        existing = tenant.credential_of(held)
    declared = definition.get("secrets", {}).get("password")
    sends = existing is None or one.after == "embedded" or ("secret" in one.changes and world.memory != "none")
    sends = sends or (one.before == "embedded" and "host" in one.changes)
    kept = existing.secrets.get("password") if existing else None
    sends = sends or (
        "source" in one.changes and world.memory == "key"
    )  # the definition of another source has other secrets
    # Another user name goes to the credentials that a replacement takes over, and the secrets belong to it.
    user = definition["properties"].get("username")
    sends = sends or bool("source" in one.changes and existing and user and user != existing.username)
    if name in world.earlier:  # it may have been replaced, and have gone back
        login = existing.id if existing else named
        expected = Expected(definition, {declared, kept}, login=login)
        if "host" not in one.changes:  # with a new host, Qlik detaches the credentials for a moment
            expected.replaced = held.id if held else None
        return expected
    expected = Expected(definition, {declared if declared and sends else kept})
    expected.same, expected.replaced = (held.id, None) if held and stays else (None, held.id if held else None)
    if one.after != "embedded":
        expected.login = existing.id if existing else named
    return expected


def logins(tenant: Tenant) -> dict[str, tuple[Any, ...]]:
    """All separate credentials, by id."""
    return {
        row.id: (row.name, row.username, dict(row.secrets), row.owner, row.data_source)
        for row in tenant.credentials.values()
        if row.separated
    }


def wrong_with_one(item: Expected, found: Connection, tenant: Tenant) -> list[str]:
    """What is wrong with the credentials of one connection."""
    name, separate = item.definition["name"], item.definition.get("separate_credentials", False)
    if found.separate_credentials is not separate:
        return [f"'{name}' has separate credentials: {found.separate_credentials}"]
    held = tenant.credential_of(found)
    if separate and held is None:
        return [f"'{name}' has no credentials"]
    if held is not None and item.login and item.login not in (held.id, held.name):
        return [f"'{name}' has other credentials: {held.name} ({held.id}), not {item.login}"]
    return (
        [f"'{name}' is still to get its credentials: {found.tags}"]
        if any("reattach:" in tag for tag in found.tags)
        else []
    )


def wrong_with_logins(
    before: dict[str, tuple[Any, ...]],
    expected: list[Expected],
    tenant: Tenant,
    rotated: Collection[str],
    *,
    disturbed: bool,
) -> list[str]:
    """What is wrong with the separate credentials: lost, touched, doubled, or made without anybody's wish.

    `rotated` are those that somebody changed meanwhile. In a `disturbed` scenario secrets that come with a new host may
    be sent twice, and Qlik may make nameless credentials of them the second time, since it has detached the first. No
    connection uses those, so that they can be found and cleared away.
    """
    wrong = []
    own = {*rotated, *(item.login for item in expected if item.definition.get("secrets"))}
    own |= {row.credentials_id for row in tenant.connections.values() if not row.separate_credentials}
    after = logins(tenant)
    for login_id, state in before.items():
        if login_id not in after:
            wrong.append(f"credentials are lost: {state[0]}")
        elif login_id not in own and after[login_id] != state:
            wrong.append(f"foreign credentials were touched: {state} became {after[login_id]}")
    repeated = {
        f"{item.definition['name']}_{login_id[:8]}"
        for item in expected
        for login_id in after
        if "secrets" in item.definition
    }
    used = {row.credentials_id for row in tenant.connections.values()}
    made = Counter(
        state[0]
        for login_id, state in after.items()
        if login_id not in before and not (disturbed and login_id not in used and state[0] in repeated)
    )
    unnamed = {item.definition["name"] for item in expected if not item.definition.get("credentials")}
    theirs = {row.credentials_id for row in tenant.connections.values() if row.name in unnamed}
    allowed = Counter({item.login for item in expected if item.login and item.login not in before})
    allowed.update(after[login_id][0] for login_id in after.keys() & theirs - before.keys())
    if made - allowed:
        wrong.append(f"credentials were made that nobody declared: {dict(made - allowed)}")
    return wrong
