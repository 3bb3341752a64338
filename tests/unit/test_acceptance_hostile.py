"""An acceptance run on a tenant that refuses, lags or lies: it touches nothing of others, leaves nothing unsaid, and
never says that something works that it didn't see work.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance import clock
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import JOURNAL, Ledger
from ansible_collections.qlikops.cloud.plugins.module_utils._session import rate_limit
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import WaitBudget

from tests import jobs
from tests.acceptance import ADMIN, SEED, fresh, run, state_of
from tests.direct import Meddle, direct
from tests.emulator import Emulator, Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry

MARK = "accept-0123456789abcdef"
TITLE = "qlikops.cloud acceptance"
ERROR = {"errors": [{"code": "X-1", "title": "Broken"}]}


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _without_pauses() -> Iterator[None]:
    with mock.patch.object(WaitBudget, "sleep"):
        yield


def failing(method: str, part: str, status: int) -> Meddle:
    """Answers with a status to what has this part in its path."""

    def meddle(entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None and entry.method == method and part in entry.path:
            answer.status, answer.payload = status, ERROR

    return meddle


def tried(tenant: Tenant, directory: Path, meddle: Meddle | None = None, **options: Any) -> dict[str, Any]:
    """A run that may leave something."""
    given = {"directory": str(directory), "access_token": ADMIN, **options}
    with direct(tenant, meddle):
        result = jobs.run("qlik_acceptance", tenant, given)
    assert "exception" not in result, result["exception"]
    return result


def cleaned(tenant: Tenant, directory: Path) -> dict[str, Any]:
    return tried(tenant, directory, cleanup=True)


class Killed(BaseException):
    """What a kill looks like from inside."""


def kill(tenant: Tenant, directory: Path, request: int) -> None:
    """A run that is killed before one of its requests, and does nothing more."""
    start = len(tenant.log)

    def meddle(_entry: LogEntry, answer: Answer | None) -> None:
        if answer is None and len(tenant.log) - start > request:
            raise Killed

    with pytest.raises(Killed):
        tried(tenant, directory, meddle)


@pytest.mark.parametrize(
    ("method", "part", "status", "words"),
    [
        ("PATCH", "/data-credentials/", 500, "credential_patch_add is answered as nobody foresaw (500 X-1 Broken)"),
        ("PATCH", "/data-credentials/", 403, "credential_patch_add is answered as nobody foresaw (403 X-1 Broken)"),
        ("GET", "/audits/types", 502, "1 request failed in the tenant, the first one so: GET /api/v1/audits/types"),
        ("GET", "/gateways", 500, "gateway_scope_status is answered as nobody foresaw (500 X-1 Broken)"),
        ("POST", "/duplicate", 403, "it isn't so that: actions/duplicate makes a second connection"),
    ],
)
def test_what_failed_is_no_tenant_on_which_it_works(
    world: Emulator, tmp_path: Path, method: str, part: str, status: int, words: str
) -> None:
    result = tried(fresh(world), tmp_path, failing(method, part, status))
    assert result["verdict"] == "works_with_differences"
    assert words in result["sentence"]


def test_a_step_whose_request_broke_is_named(world: Emulator, tmp_path: Path) -> None:
    def meddle(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None and entry.method == "POST" and entry.path.endswith("/actions/duplicate"):
            raise ConnectionResetError

    result = tried(fresh(world), tmp_path, meddle)
    assert result["verdict"] == "works_with_differences"
    assert "'Duplicate a connection, move and delete several at once' was not tried to its end" in result["sentence"]


def test_a_limit_that_is_always_refused_is_no_limit_that_was_seen(world: Emulator, tmp_path: Path) -> None:
    result = tried(fresh(world), tmp_path, failing("GET", "/assignments", 403))
    assert "assignments_max_limit" not in result["profile"]
    why = {point["name"]: point["why"] for point in result["points"]}
    assert why["assignments_max_limit"] == "each limit was refused, the smallest with 403 X-1 Broken"


@pytest.mark.parametrize("status", [403, 500])
def test_a_tenant_that_does_not_say_which_one_it_is_is_not_tried(world: Emulator, tmp_path: Path, status: int) -> None:
    tenant = fresh(world)
    result = tried(tenant, tmp_path, failing("GET", "/tenants/", status))
    assert result["msg"].startswith(f"The tenant doesn't say which one it is: {status}")
    assert not tenant.writes()


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize("keeps", ["delete", "keep"])
def test_credentials_go_although_orphans_cannot_be_listed(
    world: Emulator, tmp_path: Path, status: int, keeps: str
) -> None:
    tenant = fresh(world, embedded_credentials_on_delete=keeps)
    before = state_of(tenant)
    result = tried(tenant, tmp_path, failing("POST", "/actions/filter-orphan", status))
    left = state_of(tenant)["credentials"].keys() - before["credentials"].keys()
    if keeps == "delete":
        assert not left
    assert result["verdict"] == "works_with_differences"
    assert "'Look for credentials that the run left' was not tried to its end" in result["sentence"]


def test_spaces_that_the_list_lacks_are_removed_all_the_same(world: Emulator, tmp_path: Path) -> None:
    def lags(entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None and entry.method == "GET" and entry.path.endswith("/spaces"):
            rows = (answer.payload or {}).get("data", [])
            answer.payload = {"data": [row for row in rows if TITLE not in row["name"]]}

    result = run(fresh(world), tmp_path, meddle=lags)
    assert result["left"] == []
    assert "a space can be created" in result["sentence"]


@pytest.mark.parametrize("path", ["spaces", "data-connections"])
def test_what_could_not_be_made_breaks_no_fact_about_it(world: Emulator, tmp_path: Path, path: str) -> None:
    def refuses(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None and entry.method == "POST" and entry.path == f"/api/v1/{path}":
            raise ConnectionResetError

    result = tried(fresh(world), tmp_path, refuses)
    assert result["verdict"] == "do_not_roll_out"
    broken = {fact["name"] for fact in result["facts"] if fact["held"] is False}
    assert broken <= {"own_create"}


def test_a_removal_that_was_only_said_keeps_the_journal(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    kept: dict[str, Any] = {}

    def lies(entry: LogEntry, answer: Answer | None) -> None:
        is_removal = entry.method == "DELETE" and "/spaces/" in entry.path and "assignments" not in entry.path
        identifier = entry.path.rpartition("/")[2]
        if is_removal and answer is None:
            kept[identifier] = tenant.spaces.get(identifier)
        elif is_removal and kept.get(identifier) is not None:
            tenant.spaces[identifier] = kept[identifier]
            tenant.changed()

    result = tried(tenant, tmp_path, lies)
    assert "is still there, although the tenant said that it was removed" in result["sentence"]
    assert (tmp_path / JOURNAL).exists()
    assert cleaned(tenant, tmp_path)["sentence"] == "Nothing of an earlier run is left."
    assert [space.name for space in tenant.spaces.values()] == ["Sales"]


def test_a_cleanup_elsewhere_does_not_say_that_nothing_is_left(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    left = Ledger(MARK, tenant.id, {})
    tenant.add_space(f"{TITLE} {left.marker} one")
    result = cleaned(tenant, tmp_path)
    assert f"the tenant has these spaces of other runs: {TITLE} {MARK} one." in result["sentence"]
    assert len(tenant.spaces) == 2


def test_a_second_space_that_is_refused_is_no_defect_of_ours(world: Emulator, tmp_path: Path) -> None:
    def refuses(entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None and entry.method == "POST" and str((entry.body or {}).get("name")).endswith(" two"):
            tenant.spaces.popitem()
            tenant.changed()
            answer.status, answer.payload = 403, ERROR

    tenant = fresh(world)
    result = run(tenant, tmp_path, meddle=refuses)
    assert "no space could be made to try anything in (403 X-1 Broken)" in result["sentence"]


# The lists in which what a run makes can be found, by where it is made, each with the member that holds a name.
LISTS = {"spaces": ("spaces", "name"), "apps": ("items", "name"), "data-connections": ("data-connections", "qName")}


def _lost(path: str, looks: int) -> Meddle:
    """The first answer to a creation is lost, and its list shows nothing of runs until somebody looked often."""
    lost: list[str] = []
    seen: list[str] = []
    listed_at, name = LISTS[path]

    def meddle(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None:
            return
        if entry.method == "POST" and entry.path == f"/api/v1/{path}" and not lost:
            lost.append(path)
            raise ConnectionResetError
        is_list = entry.method == "GET" and entry.path == f"/api/v1/{listed_at}"
        if is_list and lost and answer.status == 200:
            seen.append(entry.path)
            if len(seen) <= looks:
                page = json.loads(answer.content())
                page["data"] = [row for row in page["data"] if "accept-" not in row[name]]
                answer.payload, answer.raw = page, None

    return meddle


@pytest.mark.parametrize("path", ["spaces", "apps", "data-connections"])
def test_what_was_made_without_an_answer_is_looked_for_until_the_list_shows_it(
    world: Emulator, tmp_path: Path, path: str
) -> None:
    tenant = fresh(world)
    before = state_of(tenant)
    tried(tenant, tmp_path, _lost(path, 3), reload=True)
    assert state_of(tenant) == before
    assert not (tmp_path / JOURNAL).exists()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("spaces", "was not answered, and the tenant doesn't list it (yet)"),
        ("apps", "was not answered, and the tenant doesn't list it (yet)"),
        ("data-connections", "holds connections"),
    ],
)
def test_what_the_list_lacks_all_the_time_is_found_by_the_next_run(
    world: Emulator, tmp_path: Path, path: str, words: str
) -> None:
    tenant = fresh(world)
    before = state_of(tenant)
    result = tried(tenant, tmp_path, _lost(path, 1000), reload=True)
    assert words in str(result["left"])
    assert (tmp_path / JOURNAL).exists()
    assert state_of(tenant) != before
    again = cleaned(tenant, tmp_path)
    assert again.get("sentence") == "Nothing of an earlier run is left.", again
    assert state_of(tenant) == before
    assert not (tmp_path / JOURNAL).exists()


@pytest.mark.parametrize("looks", [2, 1000])
def test_an_app_that_the_list_lacks_is_neither_made_twice_nor_forgotten(
    world: Emulator, tmp_path: Path, looks: int
) -> None:
    tenant = fresh(world)
    before = state_of(tenant)
    seen: list[str] = []

    def lags(entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None and entry.path == "/api/v1/items":
            rows = answer.payload["data"]
            if rows and len(seen) < looks:
                seen.append(entry.path)
                answer.payload = {**answer.payload, "data": []}

    result = tried(tenant, tmp_path, lags, reload=True)
    assert [entry.status for entry in tenant.writes() if entry.path == "/api/v1/apps"] == [200]
    if looks == 1000:
        assert "was made, and the tenant doesn't list it (yet)" in str(result["left"])
        assert cleaned(tenant, tmp_path)["sentence"] == "Nothing of an earlier run is left."
    assert state_of(tenant) == before
    assert not (tmp_path / JOURNAL).exists()


ODD: tuple[Any, ...] = (None, 5, "x", [], {}, [1], {"a": 1}, True, ["\ud800"], [[]])


def _mangled(draw: random.Random, value: Any) -> Any:
    if draw.random() < 0.08:
        return draw.choice(ODD)
    if isinstance(value, dict):
        return {name: _mangled(draw, held) for name, held in value.items() if draw.random() > 0.03}
    return [_mangled(draw, held) for held in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(12))
def test_no_answer_breaks_a_run(world: Emulator, tmp_path: Path, seed: int) -> None:
    tenant = fresh(world)
    draw = random.Random(seed)
    first = len(tenant.log) + draw.randrange(20, 200)

    def mangles(_entry: LogEntry, answer: Answer | None) -> None:
        if answer is not None and answer.payload is not None and first < len(tenant.log) < first + 60:
            answer.payload = _mangled(draw, answer.payload)

    before = state_of(tenant)
    tried(tenant, tmp_path, mangles)
    after = state_of(tenant)
    for kind in ("spaces", "connections", "credentials"):
        assert before[kind].items() <= after[kind].items()


def test_two_runs_with_one_directory_do_not_meet(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    others: list[dict[str, Any]] = []

    def second(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None and not others and entry.method == "PATCH":
            others.append({})
            options = {"directory": str(tmp_path), "access_token": ADMIN, "cleanup": True}
            others[0] = jobs.run("qlik_acceptance", tenant, options)

    result = run(tenant, tmp_path, meddle=second)
    assert "another run works with this directory at this moment" in others[0]["msg"]
    assert result["sentence"] == "Works on this tenant."


def test_a_run_ends_when_its_time_does(world: Emulator, tmp_path: Path) -> None:
    now = [0.0]

    def slow(_entry: LogEntry, answer: Answer | None) -> None:
        now[0] += 3 if answer is None else 0

    with mock.patch.object(clock, "time", mock.Mock(monotonic=lambda: now[0])):
        tenant = fresh(world)
        tried(tenant, tmp_path, slow, time_limit=300)
    late = tenant.log[300 * 4 // 5 // 3 + 1 :]
    assert {entry.method for entry in late if not entry.path.endswith("/filter-orphan")} == {"GET", "DELETE"}
    assert [space.name for space in tenant.spaces.values()] == ["Sales"]


def test_a_tenant_that_is_slow_and_refuses_every_fifth_request_for_a_while_is_tried_within_ten_minutes(
    world: Emulator, tmp_path: Path
) -> None:
    now = [0.0]
    asked: list[str] = []

    def slow(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None:
            now[0] += 0.15
            asked.append(entry.path)
        elif len(asked) % 5 == 0 and entry.method == "GET":
            answer.status, answer.payload = 429, {"errors": [{"code": "HTTP-429", "title": "Too many requests"}]}
            answer.headers["Retry-After"] = "5"

    def sleep(_budget: WaitBudget, seconds: float, *_words: str) -> None:
        now[0] += max(seconds, 0)

    watch = mock.Mock(monotonic=lambda: now[0], time=lambda: now[0])
    with (
        mock.patch.object(clock, "time", watch),
        mock.patch.object(rate_limit, "time", watch),
        mock.patch.object(WaitBudget, "sleep", sleep),
    ):
        result = tried(fresh(world), tmp_path, slow, time_limit=600)
    assert 150 < now[0] < 600
    assert result["left"] == []
    assert "time left" not in result["sentence"]
