"""The journal of an acceptance run: what a full disk or a kill leaves is read, and none that somebody else wrote."""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import (
    JOURNAL,
    Ledger,
    unfinished,
)

from tests import jobs
from tests.acceptance import ADMIN, SEED, fresh
from tests.direct import direct
from tests.emulator import Emulator

MARK = "accept-0123456789abcdef"
TITLE = "qlikops.cloud acceptance"


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    ledger = Ledger(MARK, "t", {})
    ledger.begin(str(tmp_path))
    size = (tmp_path / JOURNAL).stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
    try:
        with pytest.raises(QlikError, match=r"can't be noted down \(No space left on device\)"):
            ledger.promise_space(f"{TITLE} {MARK} one")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert ledger.promised_spaces == []
    ledger.promise_space(f"{TITLE} {MARK} two")
    again = unfinished(str(tmp_path))
    assert again is not None
    assert again.promised_spaces == [f"{TITLE} {MARK} two"]


def test_a_journal_that_ends_in_half_a_line_goes_on_whole(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL
    for half, others in (('{"claim": "connec', set()), ('{"claim": "connections", "id": "x"}', {"x"})):
        Ledger(MARK, "t", {}).begin(str(tmp_path))
        with path.open("a") as stream:
            stream.write(half)
        ledger = unfinished(str(tmp_path))
        assert ledger is not None
        ledger.claim("credentials", "an id")
        again = unfinished(str(tmp_path))
        assert again is not None
        assert again.claimed["credentials"] == {"an id"}
        assert again.claimed["connections"] == others
        path.unlink()
    path.write_text('{"marker": "acc')
    assert unfinished(str(tmp_path)) is None
    assert not path.exists()


def _promise(name: str) -> str:
    return json.dumps({"promise": name})


@pytest.mark.parametrize(
    "lines",
    [
        ['{"claim": "spaces", "id": "x"}'],
        ["[]"],
        ["5"],
        ['"marker"'],
        ["[" * 100_000],
        ['{"marker": 5}'],
        [f'{{"marker": "{MARK}", "before": "x"}}'],
        [f'{{"marker": "{MARK}", "before": {{"spaces": 5}}}}'],
        [f'{{"marker": "{MARK}", "before": {{}}}}', _promise("Sales")],
        [f'{{"marker": "{MARK}", "before": {{}}}}', '{"promise": 5}'],
        [f'{{"marker": "{MARK}", "before": {{}}}}', '{"claim": "users", "id": "x"}'],
        [f'{{"marker": "{MARK}", "before": {{}}}}', '{"claim": ["spaces"], "id": "x"}'],
        [f'{{"marker": "{MARK}", "before": {{}}}}', f'{{"marker": "{MARK}", "before": {{}}}}'],
    ],
)
def test_a_journal_that_was_edited_is_refused(world: Emulator, tmp_path: Path, lines: list[str]) -> None:
    tenant = fresh(world)
    text = "\n".join(lines) + "\n"
    (tmp_path / JOURNAL).write_text(text)
    with direct(tenant):
        given = {"directory": str(tmp_path), "access_token": ADMIN, "cleanup": True}
        message = jobs.fail("qlik_acceptance", tenant, given)
    assert f"line {len(lines)} is none that this module writes" in message
    assert not tenant.writes()
    assert (tmp_path / JOURNAL).read_text() == text


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    target = path.with_name("another journal")
    target.write_text(json.dumps({"marker": MARK, "tenant": "t", "before": {}}) + "\n")
    path.symlink_to(target)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _link, _endless, Path.mkdir])
def test_a_journal_that_is_no_file_of_ours_is_refused_at_once(
    world: Emulator, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / JOURNAL)
    with direct(fresh(world)):
        given = {"directory": str(tmp_path), "access_token": ADMIN}
        message = jobs.fail("qlik_acceptance", world.tenant("acme"), given)
    assert "can't be noted down" in message


def test_letter_case_makes_no_other_id() -> None:
    ledger = Ledger(MARK, "t", {"connections": ["0524e2d3-3293-4DB6-ace0-235eada6c12d"]})
    assert ledger.was_there("connections", "0524E2D3-3293-4db6-ACE0-235EADA6C12D")
