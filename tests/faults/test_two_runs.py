"""Two runs at once on one tenant: both reach what is declared or say why not, and the next run has it;
nothing is lost.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.faults.runner import run_options

KEY = "a fingerprint key of some length"
MANAGED = "qlikops.cloud:managed"
pytestmark = pytest.mark.usefixtures("quick")


def definition(name: str, source: str = "postgres", password: str | None = None, **changes: Any) -> dict[str, Any]:
    """One of a few."""
    content = {
        "data_source": source,
        "properties": {"host": "h", "username": "u"},
        "secrets": {"password": password or "one"},
    }
    return {"name": name, "space": "Sales", **content, **changes}


BEFORE = [
    definition("Orders"),
    definition("Old name"),
    definition("Gone"),
    definition("Moved", space="Finance"),
    definition("Kept"),
]
AFTER = [
    definition("Orders", "mssql", "other"),
    definition("New name", previous_name="Old name", password="other"),
    {"name": "Gone", "space": "Sales", "state": "absent"},
    definition("Moved", previous_space="Finance"),
    definition("Kept"),
    definition("Added"),
    definition("Landed", space="Landing"),
]
# What somebody else declares of the same tenant: other contents of the same, and the way back.
OTHER = [
    definition("Orders", password="yet another"),
    definition("Old name", previous_name="New name", password="yet another"),
    definition("Gone"),
    definition("Moved", space="Finance", previous_space="Sales"),
    definition("Added", "rest", properties={"url": "https://a.example", "username": "u"}),
]


def job(tenant: Tenant, connections: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Run definitions on a tenant."""
    options = {
        "tenant_url": tenant.url,
        "access_token": tenant.api_key,
        "fingerprint_key": KEY,
        "replace": "when_required",
        **more,
    }
    return run_options(
        {**options, "connections": connections, "spaces": [{"name": "Sales"}, {"name": "Finance"}, {"name": "Landing"}]}
    )


def held(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    """Everything that a tenant holds: space, name, source, secret."""
    return sorted(
        (tenant.spaces[row.space].name, row.name, row.data_source, tenant.secrets_of(row.id).get("password", ""))
        for row in tenant.connections.values()
        if row.space
    )


def declared(connections: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """The same of definitions."""
    present = [item for item in connections if item.get("state") != "absent"]
    return sorted((item["space"], item["name"], item["data_source"], item["secrets"]["password"]) for item in present)


def explained(result: dict[str, Any]) -> bool:
    """Whether a run succeeded, or says which connection failed and that somebody else is about."""
    if not result.get("failed"):
        return True
    said = ("Run again", "somebody else", "409", "404")
    return "unexpected" not in result["msg"] and any(text in result["msg"] for text in said) and "'" in result["msg"]


@pytest.fixture
def tenant(emulator: Emulator) -> Tenant:
    """A tenant as the first run left it."""
    acme = emulator.tenant("acme")
    acme.limits.configure(enabled=False)
    assert not job(acme, BEFORE).get("failed")
    return acme


def clean(tenant: Tenant) -> None:
    """The tenant as `tenant` gives it, for another round."""
    tenant.hooks = []
    for connection_id in list(tenant.connections):
        tenant.remove_connection(connection_id)
    for space_id in list(tenant.spaces):
        tenant.remove_space(space_id)
    assert not job(tenant, BEFORE).get("failed")
    tenant.reset_log()


@pytest.mark.parametrize("other", [AFTER, OTHER], ids=["the same definitions", "different definitions"])
def test_one_run_inside_another_at_any_request(tenant: Tenant, other: list[dict[str, Any]]) -> None:
    for number in range(60):
        clean(tenant)
        inner: list[dict[str, Any]] = []
        run_other = lambda _e, _a: inner.append(job(tenant, other))  # noqa: B023, E731 - called in this round
        hook = tenant.add_hook("before", run_other, after=number)
        outer = job(tenant, AFTER, parallel=1)
        tenant.hooks = []
        assert explained(outer), outer["msg"]
        assert all(explained(result) for result in inner), inner
        both = {name for _space, name, _source, _secret in held(tenant)}
        assert any(name.startswith("Orders") for name in both), f"lost when the other ran at request {number}"
        assert "Kept" in both
        assert "Moved" in both
        final = job(tenant, AFTER)
        assert not final.get("failed"), final["msg"]
        assert held(tenant) == declared(AFTER), f"when the other ran at request {number}"
        assert not job(tenant, AFTER)["changed"]
        if not hook.matcher.struck:
            break
    assert not hook.matcher.struck
    assert number > 10


def test_many_runs_at_once(tenant: Tenant) -> None:
    for _round in range(3):
        clean(tenant)
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda _number: job(tenant, AFTER), range(4)))
        assert all(explained(result) for result in results), [result.get("msg") for result in results]
        assert any(name.startswith("Orders") for _space, name, _source, _secret in held(tenant))
        final = job(tenant, AFTER)
        assert not final.get("failed"), final["msg"]
        assert held(tenant) == declared(AFTER)
        assert not job(tenant, AFTER)["changed"]
