"""What the measured tenants are to hold, and putting an emulated tenant into a state that a run finds.

The state is set directly, with the tags that the collection would have written: a client is slowed down after 500
writes, and a thousand connections would take minutes each time.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import fingerprint, user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_MANAGED

from tests.emulator import Tenant

KEY = "a fingerprint key for the bench"
SPACE_SIZE = 100
"""Connections in each space."""

MOST_WRITES = 450
"""How many connections a run may have to write:
from 500 in five minutes on, Qlik's limits decide how long a run takes.
"""

Definition = dict[str, Any]


def definition(number: int) -> Definition:
    """One connection, with one secret."""
    return {
        "name": f"Connection {number:05}",
        "space": f"Space {number // SPACE_SIZE:03}",
        "data_source": "postgres",
        "properties": {
            "host": f"db{number % 7}.example.com",
            "port": 5432,
            "db": f"orders_{number}",
            "username": "reader",
        },
        "secrets": {"password": f"bench-password-{number}"},
    }


def definitions(count: int) -> list[Definition]:
    """That many connections."""
    return [definition(number) for number in range(count)]


def spaces(declared: list[Definition]) -> list[Definition]:
    """The spaces that they are in."""
    return [{"name": name} for name in dict.fromkeys(one["space"] for one in declared)]


def touched(count: int, state: str) -> list[int]:
    """The connections that a run has to write when it finds a state: all (as many as the limits allow), a tenth, or
    none.
    """
    if state == "converged":
        return []
    return list(range(min(count, MOST_WRITES))) if state == "empty" else list(range(0, count, 10))


def put(tenant: Tenant, declared: list[Definition], state: str) -> None:
    """Make a tenant hold what is declared, except for what the state says; its log is empty then.

    `empty`: as many as a run may write are missing; `drifted`: of every tenth somebody changed the database by hand.
    """
    tenant.limits.configure(enabled=False)
    for found in list(tenant.connections):
        tenant.remove_connection(found)
    known = {space.name for space in tenant.spaces.values()}
    for wanted in spaces(declared):
        if wanted["name"] not in known:
            tenant.add_space(wanted["name"])
    different = set(touched(len(declared), state))
    for number, one in enumerate(declared):
        if number in different and state == "empty":
            continue
        properties = {**one["properties"], **({"db": "changed by hand"} if number in different else {})}
        space = tenant.space(one["space"])
        tenant.add_connection(
            one["name"],
            one["data_source"],
            properties,
            space=space.id,
            secrets=one["secrets"],
            tags=_tags(tenant, space.id, one),
        )
    tenant.reset_log()


def _tags(tenant: Tenant, space_id: str, one: Definition) -> list[str]:
    digest = fingerprint(KEY, tenant_id=tenant.id, space_id=space_id, name=one["name"], secrets=one["secrets"])
    return [digest.tag(), user_tag(tenant.id, {"username": one["properties"]["username"]}), TAG_MANAGED]


def statements(tenant: Tenant) -> dict[str, str]:
    """The connect statement of each connection of a converged tenant, by name: what a script of one's own would compare
    with.
    """
    return {connection.name: connection.statement for connection in tenant.connections.values()}
