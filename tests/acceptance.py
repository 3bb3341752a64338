"""Acceptance runs in this process: the tenants that tests try, and what must be as it was afterwards."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest import mock

from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connection_info

from tests import jobs
from tests.direct import Meddle, direct
from tests.emulator import Emulator, Tenant
from tests.emulator.behaviours import Behaviours
from tests.emulator.exchange import Answer
from tests.emulator.records import Grant, LogEntry

ADMIN, MEMBER, NARROW = "key-acme", "key-member", "token-narrow"
GROUP = "Analysts"
OWNER = "ana@example.com"
DISABLED = "mysql"
SEED: dict[str, Any] = {
    "tenants": [
        {
            "name": "acme",
            "users": [
                {"name": "Root", "email": "root@example.com", "roles": ["TenantAdmin"]},
                {"name": "Ana", "email": OWNER, "roles": []},
                {"name": "Max", "email": "max@example.com", "roles": ["SharedSpaceCreator"]},
            ],
            "groups": [{"name": GROUP}],
            "api_keys": [{"key": ADMIN, "user": "Root"}, {"key": MEMBER, "user": "Max"}],
            "spaces": [{"name": "Sales"}],
            "connections": [
                {"name": "Orders", "data_source": "postgres", "properties": {"host": "db"}, "space": "Sales"},
                {"name": "Old", "data_source": DISABLED, "properties": {"host": "db"}, "space": "Sales"},
                {"name": "Mine", "data_source": "rest", "properties": {"url": "https://a.example"}, "owner": "Max"},
            ],
            "disabled_sources": [DISABLED],
        }
    ]
}
# The alternatives of switches that take any number.
NUMBERS = {
    "v1_default_limit": (7, 20),
    "namespaced_default_limit": (0, 7),
    "spaces_max_limit": (0, 7, 50),
    "assignments_max_limit": (0, 7),
}
# The callers by whose eyes a switch is seen, where that isn't the administrator.
SEEN_BY = {"foreign_user_status": MEMBER, "groups_read_by": MEMBER, "gateway_scope_status": NARROW}
SCOPES = frozenset({"user_default", "admin_classic"})


# What is drawn or counted anew in each run: ids, the run's mark, digests; and times.
DRAWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{16,}|[A-Za-z0-9_-]{22,}|(?<=[:_])[0-9a-f]{8}\b", re.IGNORECASE
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\d{8}T\d{6}\.\d{3}(?:\+0000|Z)|\d{4}-\d\d-\d\d [\d:]{8}")


def alternatives() -> list[tuple[str, Any]]:
    """Every switch with each position that isn't its default."""
    found: list[tuple[str, Any]] = []
    for switch in fields(Behaviours):
        others = switch.metadata["choices"][1:] or NUMBERS[switch.name]
        found += [(switch.name, other) for other in others]
    return found


def fresh(emulator: Emulator, **positions: Any) -> Tenant:
    """The tenant as its seed says, with these positions of its switches."""
    emulator.reset()
    tenant = emulator.tenant("acme")
    tenant.limits.configure(enabled=False)
    # Nothing that a run connects to exists; and a second look at a reload is five seconds after the first.
    tenant.set_end("unreachable")
    tenant.reload_settings.configure(queued_seconds=0.0, seconds_per_poll=5.0)
    root = tenant.user("root@example.com").id
    tenant.add_event("com.qlik.v1.data-connection.updated", root, {})
    tenant.grants[NARROW] = Grant(root, SCOPES, None)
    tenant.set_behaviours(**positions)
    return tenant


def run(
    tenant: Tenant, directory: Path, caller: str = ADMIN, *, meddle: Meddle | None = None, **options: Any
) -> dict[str, Any]:
    """An acceptance run; whatever it found, the tenant is as it was."""
    given = {"directory": str(directory), "access_token": caller, **options}
    if caller == ADMIN:
        given = {"owner": OWNER, "group": GROUP, **given}
    before = state_of(tenant)
    # One request after the other, so that exchanges can be compared.
    with direct(tenant, meddle), mock.patch.object(data_connection_info, "PARALLEL", 1):
        result = jobs.run("qlik_acceptance", tenant, given)
    assert "exception" not in result, result["exception"]
    assert state_of(tenant) == before
    return result


def state_of(tenant: Tenant) -> dict[str, Any]:
    """All that a run must leave as it was."""
    return {
        "spaces": {
            row.id: (row.name, row.owner_id, row.description, sorted(row.assignments)) for row in tenant.spaces.values()
        },
        "connections": {row.id: _shown(tenant, row.id) for row in tenant.connections.values()},
        "credentials": {row.id: (row.name, row.username, dict(row.secrets)) for row in tenant.credentials.values()},
        "users": {row.id: (row.name, tuple(row.roles), row.status) for row in tenant.users.values()},
        "disabled": set(tenant.disabled_sources),
        "apps": {row.id: row.script for row in tenant.apps.values()},
    }


def _shown(tenant: Tenant, connection_id: str) -> tuple[Any, ...]:
    row = tenant.connections[connection_id]
    return row.name, row.owner, row.space, row.statement, tuple(row.tags), row.credentials_id, row.updated


def exchanges(tenant: Tenant, directory: Path, caller: str = ADMIN, **options: Any) -> list[str]:
    """All that is asked and answered, but for what is drawn anew in each run."""
    found: list[str] = []

    def note(entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None:
            body = answer.content().decode()
            asked = f"{entry.method} {entry.path} {entry.query} {entry.body}"
            found.append(TIME.sub("<time>", f"{asked} {answer.status} {body}"))

    run(tenant, directory, caller, meddle=note, **options)
    numbers: dict[str, str] = {}
    return [DRAWN.sub(lambda match: numbers.setdefault(match.group(), f"<{len(numbers)}>"), one) for one in found]
