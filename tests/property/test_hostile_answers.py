"""Whatever a server answers, it ends in a result or in a message that names tenant and request:
never in a traceback.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator import Emulator, Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.faults.clock import fast_waits
from tests.jobs import run
from tests.thoroughness import examples

KEY = "a fingerprint key of some length"
POSTGRES: dict[str, Any] = {
    "data_source": "postgres",
    "properties": {"host": "h", "username": "u"},
    "secrets": {"password": "canary-p"},
}
CONNECTIONS = [
    {"name": "Edited", "space": "Sales", **POSTGRES, "owner": "admin@acme.example"},
    {"name": "Held", "space": "Sales", **POSTGRES, "properties": {"host": "other", "db": "d"}, "credentials": "Named"},
    {
        "name": "Other source",
        "space": "Sales",
        "data_source": "mssql",
        "properties": {"host": "h"},
        "secrets": {"password": "canary-q"},
    },
    {"name": "Personal", **POSTGRES},
    {
        "name": "Gateway",
        "space": "Sales",
        "data_source": "DG_postgres",
        "properties": {"host": "h", "gatewayInstance": "G"},
    },
    {"name": "Gone", "space": "Sales", "state": "absent"},
]
BULK = {"connections": CONNECTIONS, "spaces": [{"name": "New", "owner": "admin@acme.example"}], "fingerprint_key": KEY}
JOBS: list[tuple[str, dict[str, Any]]] = [
    (
        "qlik_data_connections",
        {**BULK, "replace": "when_required", "prune": True, "prune_spaces": ["Finance", "Sales"]},
    ),
    ("qlik_data_connections", {**BULK, "replace": "when_required", "validate": False, "client_id": "client-acme"}),
    ("qlik_data_connection", {"name": "Edited", "space": "Sales", **POSTGRES, "update_secrets": "always"}),
    ("qlik_data_connection_info", {"definitions": True}),
    ("qlik_data_source_info", {"specs": True, "gateways": True}),
    ("qlik_data_credential_info", {"orphans": True}),
    ("qlik_data_source", {"data_source": "postgres", "enabled": False}),
    ("qlik_space", {"name": "Sales", "description": "new", "owner": "admin@acme.example"}),
    ("qlik_tenant_info", {}),
]
SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        1e308,
        10**40,
        "",
        "x",
        "\ud800",
        "\x1b[31m\r\n",
        "http://[",
        float("inf"),
        float("nan"),
    ]
)
WRONG = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "href", "x"]), inner, max_size=2)
    ),
)


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything inside a JSON value."""
    found = [place]
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*place, key))
    return found


def replaced(value: Any, place: tuple[Any, ...], wrong: Any) -> Any:
    """A JSON value with something else at one place."""
    if not place:
        return wrong
    inside = value[place[0]]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = replaced(inside, place[1:], wrong)
    return copy


def prepare(emulator: Emulator) -> Tenant:
    """A tenant with something of everything."""
    emulator.reset()
    tenant = emulator.tenant("acme")
    tenant.limits.configure(enabled=False)
    for space in ("Sales", "Finance"):
        tenant.add_space(space)
    tenant.gateways = {"DG_postgres": [{"id": "a::a", "name": "G", "default": True}]}
    tags = ["qlikops.cloud:managed"]
    for name in ("Edited", "Held", "Other source", "Gone"):
        tenant.add_connection(name, "postgres", {"host": "h"}, space="Sales", tags=tags, secrets={"password": "p"})
    tenant.add_connection("Left", "rest", {"url": "https://x.example"}, space="Finance", tags=tags)
    return tenant


def judge(tenant: Tenant, result: dict[str, Any]) -> None:
    """Whatever came of it can be shown."""
    json.dumps(result, ensure_ascii=False).encode()
    if result.get("failed"):
        message = result["msg"]
        assert "unexpected" not in message, result.get("exception")
        assert tenant.host in message
        assert not any(character in message for character in "\x1b\r\x00\x9b")


@settings(max_examples=examples(250), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    job=st.sampled_from(JOBS),
    number=st.integers(0, 14),
    times=st.sampled_from([1, None]),
    where=st.integers(0, 10**6),
    wrong=WRONG,
    status=st.sampled_from([None, None, None, 200, 207, 400, 404, 409, 500]),
)
def test_any_member_of_any_answer_may_be_wrong(
    emulator_server: Emulator,
    job: tuple[str, dict[str, Any]],
    number: int,
    times: int | None,
    where: int,
    wrong: Any,
    status: int | None,
) -> None:
    tenant = prepare(emulator_server)

    def spoil(_entry: LogEntry, answer: Answer | None) -> None:
        assert answer is not None
        value = json.loads(answer.content() or b"null")
        ways = places(value)
        answer.raw = json.dumps(replaced(value, ways[where % len(ways)], wrong)).encode()
        answer.status = status or answer.status

    tenant.add_hook("after", spoil, after=number, times=times)
    module, options = job
    if "client_id" in options:
        options = {**options, "access_token": None, "client_secret": "secret-acme"}
    with fast_waits():
        judge(tenant, run(module, tenant, {**options, "max_wait": 60}))
