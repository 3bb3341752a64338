"""Connections that share separate credentials which the runs create: drawing them, and what must have become of them in
the end.
"""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.emulator import Tenant
from tests.faults.world import SPACES, Expected, Shared, World, find, world_user

NAMES = ("Shared one", "Shared / two", "Geteilt drei")
LOGIN = "Shared login 100%"
WHO: dict[str, tuple[int, ...]] = {"the first": (0,), "the last": (-1,), "all": (0, 1, 2)}


def draw_shared(rng: random.Random, world: World) -> None:
    """Add some connections with the same credentials to a drawn tenant, about every second time."""
    count = rng.choice((0, 0, 0, 2, 2, 3))
    if not count:
        return
    who = rng.choice(list(WHO))
    holders = {number % count for number in WHO[who]}
    there = rng.choice(("none", "none", "some", "all"))
    changes = there == "all" and world.memory != "none" and rng.random() < 0.4
    for number, name in enumerate(NAMES[:count]):
        before = _definition(rng, world, name, number in holders)
        missing = there == "none" or (there == "some" and number == (0 if who == "the last" else count - 1))
        after = copy.deepcopy(before)
        if changes and "secrets" in after:
            after["secrets"]["password"] = "canary-shared-second"
            if "secrets_version" in after:
                after["secrets_version"] = "2"
        if rng.random() < 0.2:
            after["properties"]["db"] = "edited"
        if not missing:
            world.before.append(before)
        world.after.append(after)
        harm = "deleted by hand" if not missing and rng.random() < 0.25 else ""
        fates = (f"shared, secrets on {who}", f"shared, {there} there before", *([f"shared, {harm}"] if harm else []))
        world.shared[name] = Shared(changes=changes, harm=harm, fates=fates)


def _definition(rng: random.Random, world: World, name: str, holds: bool) -> dict[str, Any]:
    definition: dict[str, Any] = {"name": name, "space": rng.choice((*SPACES, None)), "data_source": "postgres"}
    definition["properties"] = {"host": "h1", "db": rng.choice("ab")}
    definition |= {"separate_credentials": True, "credentials": LOGIN}
    if holds:
        definition["properties"]["username"] = "u"
        definition["secrets"] = {"password": "canary-shared-first"}
        if world.memory == "version":
            definition["secrets_version"] = "1"
    return definition


def harm_shared(world: World, tenant: Tenant) -> None:
    """Somebody deletes connections by hand, which leaves their credentials."""
    for name, one in world.shared.items():
        held = _held(world, tenant, name) if one.harm else None
        if held is not None:
            tenant.remove_connection(held.id)


def _held(world: World, tenant: Tenant, name: str) -> Any:
    space = next(item["space"] for item in world.after if item["name"] == name)
    return find(tenant, name, space, None if space else world_user(world, tenant))


def expect_shared(world: World, tenant: Tenant) -> list[Expected]:
    """What must become of them, computed from the tenant as it is before the runs under test."""
    login = next((row for row in tenant.credentials.values() if row.name == LOGIN), None)
    declared = {
        item["secrets"]["password"] for item in world.after if item["name"] in world.shared and "secrets" in item
    }
    if world.memory == "none" and login is None:
        # Credentials that an earlier run made are attached as they are, with a warning.
        declared |= {item["secrets"]["password"] for name, item in world.earlier.items() if name in world.shared}
    found = []
    for definition in world.after:
        one = world.shared.get(definition["name"])
        if one is None:
            continue
        may_hold = declared if login is None or one.changes else {login.secrets.get("password")}
        held = _held(world, tenant, definition["name"])
        expected = Expected(definition, may_hold, same=held.id if held else None)
        if definition["name"] in world.earlier:  # it may have been replaced, and have gone back
            expected.same, expected.replaced = None, expected.same
        expected.login = login.id if login else LOGIN
        found.append(expected)
    return found
