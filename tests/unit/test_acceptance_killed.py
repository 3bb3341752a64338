"""A run that is killed at any of its requests leaves a journal, by which the next one removes all that it made.

What a kill leaves is the tenant as it is at that moment, and the journal as it is on the disk. So one run is looked at
before and after each of its requests, and each moment is then cleaned up.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.clock import Clock
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import JOURNAL, unfinished
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import WaitBudget

from tests import jobs
from tests.acceptance import ADMIN, OWNER, SEED, fresh, run, state_of
from tests.direct import direct
from tests.emulator import Emulator, Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry


@pytest.fixture(autouse=True)
def _without_pauses() -> Iterator[None]:
    with mock.patch.object(WaitBudget, "sleep"):
        yield


HELD = ("spaces", "connections", "credentials", "apps")


class Moment(NamedTuple):
    """A moment of a run: which request it was, the journal, and what the tenant held."""

    request: str
    journal: bytes | None
    held: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


def moments(tenant: Tenant, directory: Path, **options: Any) -> list[Moment]:
    """Each moment of a run that differs from the one before."""
    found: list[Moment] = []
    path = directory / JOURNAL
    last: list[Any] = []

    def look(entry: LogEntry, answer: Answer | None) -> None:
        journal = path.read_bytes() if path.exists() else None
        mark: list[Any] = [tenant.revision, journal, {key: row.updated for key, row in tenant.connections.items()}]
        mark.append([*sorted(tenant.credentials), *tenant.apps])
        if last[-1:] != [mark]:
            last.append(mark)
            when = "before" if answer is None else "after"
            found.append(Moment(f"{when} {entry.method} {entry.path}", journal, copied(tenant)))

    run(tenant, directory, meddle=look, **options)
    return found


def copied(tenant: Tenant) -> dict[str, dict[str, Any]]:
    held: dict[str, dict[str, Any]] = {}
    for kind in HELD:
        held[kind] = {key: copy.copy(row) for key, row in getattr(tenant, kind).items()}
    return held


def put_back(tenant: Tenant, moment: Moment, directory: Path) -> None:
    """Make tenant and journal what they were at a moment."""
    for kind in HELD:
        rows = getattr(tenant, kind)
        rows.clear()
        rows.update({key: copy.copy(row) for key, row in moment.held[kind].items()})
    tenant.changed()
    path = directory / JOURNAL
    path.unlink(missing_ok=True)
    if moment.journal is not None:
        path.write_bytes(moment.journal)


@pytest.mark.parametrize("positions", [{}, {"embedded_credentials_on_delete": "keep", "credentials_id_shown": "never"}])
def test_whenever_a_run_is_killed_the_next_one_cleans_up(
    world: Emulator, tmp_path: Path, positions: dict[str, Any]
) -> None:
    tenant = fresh(world, **positions)
    before = state_of(tenant)
    seen = moments(tenant, tmp_path, reload=True)
    assert len(seen) > 100
    every = seen if not positions else seen[::10]
    given = {"directory": str(tmp_path), "access_token": ADMIN, "cleanup": True}
    for moment in every:
        put_back(tenant, moment, tmp_path)
        with direct(tenant):
            result = jobs.run("qlik_acceptance", tenant, given)
        assert not result.get("failed"), (moment.request, result["msg"])
        assert state_of(tenant) == before, moment.request
        assert not (tmp_path / JOURNAL).exists()


def test_what_somebody_else_put_into_the_spaces_stays_and_is_named(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    seen = moments(tenant, tmp_path)
    put_back(tenant, seen[len(seen) // 2], tmp_path)
    space = next(row for row in tenant.spaces.values() if row.name.startswith("qlikops.cloud acceptance"))
    kept = tenant.add_connection("Not yours", "rest", {"url": "u"}, space=space.id)
    given = {"directory": str(tmp_path), "access_token": ADMIN, "owner": OWNER}
    with direct(tenant):
        message = jobs.fail("qlik_acceptance", tenant, given)
    assert f"'Not yours' in space {space.id} isn't the run's own, and was left there" in message
    assert kept.id in tenant.connections
    assert space.id in tenant.spaces
    tenant.remove_connection(kept.id)
    with direct(tenant):
        result = jobs.succeed("qlik_acceptance", tenant, given)
    assert result["sentence"] == "Works on this tenant."
    assert [row.name for row in tenant.spaces.values()] == ["Sales"]


def test_a_journal_of_another_tenant_is_left_alone(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    seen = moments(tenant, tmp_path)
    entry = json.loads((seen[20].journal or b"").splitlines()[0])
    (tmp_path / JOURNAL).write_text(json.dumps({**entry, "tenant": "another"}))
    with direct(tenant):
        message = jobs.fail("qlik_acceptance", tenant, {"directory": str(tmp_path), "access_token": ADMIN})
    assert "is of another tenant" in message
    assert (tmp_path / JOURNAL).exists()


def test_half_a_line_at_the_end_of_a_journal_is_what_a_kill_leaves(tmp_path: Path) -> None:
    mark = {"marker": "accept-0123456789abcdef", "tenant": "t", "before": {}}
    promised = "qlikops.cloud acceptance accept-0123456789abcdef one"
    lines = [json.dumps(mark), json.dumps({"promise": promised}), '{"claim": "spac']
    (tmp_path / JOURNAL).write_text("\n".join(lines))
    ledger = unfinished(str(tmp_path))
    assert ledger is not None
    assert ledger.promised_spaces == [promised]
    assert ledger.claimed["spaces"] == set()


def test_what_there_is_no_time_for_is_named_and_what_was_made_is_removed(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    over = itertools.chain([False] * 100, itertools.repeat(True))
    with mock.patch.object(Clock, "is_over", property(lambda _clock: next(over))):
        result = run(tenant, tmp_path)
    assert result["verdict"] == "do_not_roll_out"
    why = {point["name"]: point["why"] for point in result["points"]}
    assert why["patch_empty"] == "there was no time left"
    assert why["parse_values"] == "23 values of a database"
    assert not (tmp_path / JOURNAL).exists()


def test_a_time_in_which_nothing_can_be_tried_is_refused(world: Emulator, tmp_path: Path) -> None:
    given = {"directory": str(tmp_path), "access_token": ADMIN, "time_limit": 5}
    assert jobs.fail("qlik_acceptance", fresh(world), given) == "time_limit must be 30 or more, but is 5."


def test_where_nothing_can_be_noted_down_nothing_is_made(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    (tmp_path / JOURNAL).symlink_to(tmp_path / "elsewhere")
    with direct(tenant):
        message = jobs.fail("qlik_acceptance", tenant, {"directory": str(tmp_path), "access_token": ADMIN})
    assert "can't be noted down" in message
    assert not tenant.writes()
    assert not (tmp_path / "elsewhere").exists()
