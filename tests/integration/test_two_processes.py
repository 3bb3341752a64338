"""Two people start `ansible-playbook` on one tenant at the same time:
each gets what was declared or is told why not.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, Run, task

KEY = "a fingerprint key of some length"
MODULE = "qlik_data_connections"
SPACES = [{"name": "Sales"}, {"name": "Finance"}]
# Slow enough for two processes that start a second apart to be inside the same job.
LATENCY_MS = 400


def definition(name: str, source: str = "postgres", space: str = "Sales", **more: Any) -> dict[str, Any]:
    """A connection with a secret of its own."""
    content = {
        "data_source": source,
        "properties": {"host": "h", "username": "u"},
        "secrets": {"password": f"canary-{name}"},
    }
    return {"name": name, "space": space, **content, **more}


BEFORE = [
    definition("Replaced"),
    definition("Old name"),
    definition("Gone"),
    definition("Moved", space="Finance"),
    definition("Kept"),
]
AFTER = [
    definition("Replaced", "mssql"),
    definition("New name", previous_name="Old name"),
    {"name": "Gone", "space": "Sales", "state": "absent"},
    definition("Moved", previous_space="Finance"),
    definition("Kept"),
    *(definition(f"Added {number}") for number in range(6)),
]
# Of the same space, by somebody who deletes nothing; one connection is declared by both, in the same words.
OTHERS = [definition("Added 0"), *(definition(f"Other {number}", "mysql") for number in range(6))]


def run(folder: Path, tenant: Tenant, connections: list[dict[str, Any]], **more: Any) -> Run:
    """One process, in a folder of its own."""
    folder.mkdir()
    options = {
        "connections": connections,
        "spaces": SPACES,
        "fingerprint_key": KEY,
        "replace": "when_required",
        "parallel": 2,
        **more,
    }
    return Playbooks(folder).tasks([task("apply", MODULE, options)], tenant=tenant)


def at_once(folder: Path, tenant: Tenant, first: dict[str, Any], second: dict[str, Any]) -> list[Run]:
    """Two processes at once on a slow tenant; they must have met there."""
    tenant.latency_ms = LATENCY_MS
    with ThreadPoolExecutor(2) as pool:
        started = [
            pool.submit(run, folder / name, tenant, **options)
            for name, options in (("first", first), ("second", second))
        ]
        runs = [one.result() for one in started]
    tenant.latency_ms = 0
    spans = [next(line for line in one.results if line["task"] == "apply") for one in runs]
    assert max(span["started"] for span in spans) < min(span["ended"] for span in spans), (
        "the runs must overlap to prove anything"
    )
    return runs


def declared(connections: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Space, name, data source and password of what shall be there."""
    present = [item for item in connections if item.get("state") != "absent"]
    return sorted((item["space"], item["name"], item["data_source"], item["secrets"]["password"]) for item in present)


def held(tenant: Tenant) -> list[tuple[str, ...]]:
    """The same of what is there."""
    return sorted(
        (tenant.spaces[row.space].name, row.name, row.data_source, tenant.secrets_of(row.id).get("password", ""))
        for row in tenant.connections.values()
        if row.space
    )


def says_why(one: Run) -> bool:
    """Whether a run succeeded, or named the connections that it failed at and that somebody else is at work there."""
    result = one.result("apply")
    if result["status"] != "failed":
        return True
    failed = [row for row in result["results"] if row.get("error")]
    known = ("Run again", "somebody else", "409", "404")
    return bool(failed) and all(
        row["name"] in result["msg"] and any(text in row["error"] for text in known) for row in failed
    )


@pytest.fixture
def tenant(acme: Tenant, tmp_path: Path) -> Tenant:
    """A tenant that a run has brought to the earlier state, space names once each."""
    assert run(tmp_path / "before", acme, BEFORE).returncode == 0
    return acme


def test_the_same_definitions_twice_at_once(tenant: Tenant, tmp_path: Path) -> None:
    runs = at_once(tmp_path, tenant, {"connections": AFTER}, {"connections": AFTER})
    assert all(says_why(one) for one in runs), [one.output for one in runs]
    names = {name for _space, name, _source, _secret in held(tenant)}
    assert {"Kept", "Moved"} < names, "what nobody took away was lost"
    assert any(name.startswith("Replaced") for name in names), "what was to be replaced was lost"
    settled(tenant, tmp_path, AFTER)
    assert not any("canary-" in one.output for one in runs)


def test_one_that_prunes_nothing_beside_one_that_prunes(tenant: Tenant, tmp_path: Path) -> None:
    pruning = {"connections": AFTER, "prune": True, "prune_spaces": ["Finance"]}
    tenant.add_connection("Left over", "postgres", {"host": "h"}, space="Finance", tags=["qlikops.cloud:managed"])
    runs = at_once(tmp_path, tenant, pruning, {"connections": OTHERS})
    assert all(says_why(one) for one in runs), [one.output for one in runs]
    names = [name for _space, name, _source, _secret in held(tenant)]
    assert {item["name"] for item in OTHERS} <= {*names}, "what the other run made was lost"
    assert "Left over" not in names
    settled(tenant, tmp_path, AFTER + OTHERS[1:])
    assert not any("canary-" in one.output for one in runs)


def settled(tenant: Tenant, folder: Path, connections: list[dict[str, Any]]) -> None:
    """One more run leaves what was declared, each once; the next has nothing to do."""
    more = run(folder / "more", tenant, connections)
    assert more.returncode == 0, more.output
    assert held(tenant) == declared(connections)
    assert len(tenant.spaces) == len(SPACES)
    tenant.reset_log()
    again = run(folder / "again", tenant, connections)
    assert again.returncode == 0, again.output
    assert again.result("apply")["changed"] is False
    assert tenant.writes() == []
