"""What a long task says while it runs."""

from __future__ import annotations

from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._session.progress import Progress
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import WRITES, Pacer, WaitBudget


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def said(**options: Any) -> tuple[Progress, Clock, list[str]]:
    clock, lines = Clock(), list[str]()
    return Progress("acme", lines.append, clock=clock, **options), clock, lines


def test_a_short_task_says_nothing() -> None:
    progress, clock, lines = said()
    progress.begin(100)
    for _change in range(100):
        clock.now += 0.04
        progress.step()
    assert lines == []


def test_a_long_one_says_a_line_every_few_seconds() -> None:
    progress, clock, lines = said()
    progress.begin(100)
    for _change in range(100):
        clock.now += 0.5
        progress.step()
    assert len(lines) == 9
    assert lines[0] == "acme: 10 of 100 changes, 120 a minute, about 45 s left"


def test_a_wait_is_said_at_once_and_once_for_all_threads() -> None:
    progress, clock, lines = said(least=lambda writes: 295.0 if writes == 500 else 0.0)
    progress.begin(1000)
    for _change in range(500):
        clock.now += 0.006
        progress.step()
    for _thread in range(8):
        progress.waiting(295.0, "the rate limit for writes is used up")
    assert lines == [
        "acme: 500 of 1000 changes, 10000 a minute, about 5 min left, waiting 5 min: the rate limit for writes is used"
        " up"
    ]


def test_short_pauses_are_no_news() -> None:
    progress, _clock, lines = said()
    progress.waiting(1.0, "before the next try")
    assert lines == []


def test_nothing_is_said_where_output_is_not_wanted() -> None:
    progress = Progress("acme", None, quiet=0.0)
    progress.begin(2)
    progress.step()
    progress.waiting(300.0, "the rate limit for writes is used up")


def test_the_expected_rest_knows_the_limit() -> None:
    pacer = Pacer(WaitBudget(60), limits={WRITES: 5}, window=100.0)
    assert pacer.least(WRITES, 5) == 0.0
    for _write in range(5):
        pacer.admit(WRITES, "acme")
    assert 99 < pacer.least(WRITES, 5) <= 100
    assert 199 < pacer.least(WRITES, 6) <= 200
