"""An acceptance run on a tenant that refuses, lags or lies, and with a journal that somebody else wrote: it touches
nothing of others, leaves nothing unsaid, and never says that something works that it didn't see work.
"""

from __future__ import annotations

import base64
import json
import os
import random
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance import clock
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import (
    JOURNAL,
    Ledger,
    unfinished,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.record import Replacer
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


def _lost(path: str, looks: int) -> Meddle:
    """The first answer to a creation is lost, and lists show nothing of runs until somebody has looked often enough."""
    lost: list[str] = []
    seen: list[str] = []

    def meddle(entry: LogEntry, answer: Answer | None) -> None:
        if answer is None:
            return
        if entry.method == "POST" and entry.path == f"/api/v1/{path}" and not lost:
            lost.append(path)
            raise ConnectionResetError
        is_list = entry.method == "GET" and entry.path in ("/api/v1/spaces", "/api/v1/items")
        if is_list and lost and isinstance(answer.payload, dict) and "data" in answer.payload:
            seen.append(entry.path)
            if len(seen) <= looks:
                rows = [row for row in answer.payload["data"] if "accept-" not in row["name"]]
                answer.payload = {**answer.payload, "data": rows}

    return meddle


@pytest.mark.parametrize("path", ["spaces", "apps"])
def test_what_was_made_without_an_answer_is_looked_for_until_the_list_shows_it(
    world: Emulator, tmp_path: Path, path: str
) -> None:
    tenant = fresh(world)
    before = state_of(tenant)
    tried(tenant, tmp_path, _lost(path, 3), reload=True)
    assert state_of(tenant) == before
    assert not (tmp_path / JOURNAL).exists()


@pytest.mark.parametrize("path", ["spaces", "apps"])
def test_what_the_list_lacks_all_the_time_is_found_by_the_next_run(world: Emulator, tmp_path: Path, path: str) -> None:
    tenant = fresh(world)
    before = state_of(tenant)
    result = tried(tenant, tmp_path, _lost(path, 1000), reload=True)
    assert "was not answered, and the tenant doesn't list it (yet)" in str(result["left"])
    assert (tmp_path / JOURNAL).exists()
    assert state_of(tenant) != before
    again = cleaned(tenant, tmp_path)
    assert again.get("sentence") == "Nothing of an earlier run is left.", again
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


CANARIES = ("Canary-Secret", "acmecorp", "db7.acme.example", "eve@acme.example", "Sales", "123456789012")
FORMS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: quote(text, safe=""),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: f"No connection {text} found",
    lambda text: f"{MARK} {text}",
    lambda text: f"DC-{text}",
    lambda text: f"https://{text}/{text}",
    lambda text: f"/{text}/{text}",
)
OF_API = ("code", "title", "type", "status", "version", "qType", "path", "op", "privileges")
NAMES = (*OF_API, "link", "detail", "href", "qName")


@pytest.mark.parametrize("canary", CANARIES)
def test_no_text_of_a_tenant_is_taken_for_a_word(canary: str) -> None:
    told = ("qlikops", f"{MARK} database")
    for form in FORMS:
        for name in NAMES:
            body = {name: form(canary), "list": [{name: [form(canary)], form(canary): 1}]}
            shown = json.dumps(Replacer(told).value(body))
            assert canary.lower() not in shown.lower()
            assert base64.b64encode(canary.encode()).decode().rstrip("=") not in shown
            assert quote(canary, safe="") not in shown


def test_what_is_a_word_of_the_api_stays() -> None:
    replace = Replacer(["postgres", f"{MARK} database"])
    body = {"code": "DCERROR-0010", "title": "Connection not found", "status": 404, "qName": f"{MARK} database"}
    assert replace.value(body) == {**body, "qName": "<run> database"}
    assert replace.value({"qType": "QvOdbcConnectorPackage.exe", "datasourceID": "postgres"}) == {
        "qType": "QvOdbcConnectorPackage.exe",
        "datasourceID": "postgres",
    }
    names = dict.fromkeys(("qEngineObjectID", "datasourceID", "createdAt", "assignableRoles", "links", "spaceId"), True)
    assert replace.value(names) == names
    assert replace.value({"eve@acme.example": 123456789012, "port": 5432}) == {"<name-1>": "<number-1>", "port": 5432}
