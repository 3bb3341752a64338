"""Which connections are tried together and again, whatever hangs, fails or is lost: counted in reloads."""

from __future__ import annotations

import math
from collections.abc import Callable

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import LogReading, read_log
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_script import Probe, probe_script
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.batches import Batches, End, Ended
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import (
    Candidate,
    Trial,
    candidates,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.script_reader import Step, run_script

HANGS = Step(connect=-1)
KILLS = Step(connect=-2, lines=("The engine error code: EDC_ERROR:11044",))
REFUSED = Step(connect=5, lines=("The engine error code: EDC_ERROR:11043", "ErrorMsg: no such user"))
BUSY = Step(connect=5, lines=("The engine error code: EDC_ERROR:503",))
NOT_OURS = Step(connect=1, lines=("The engine error code: EDC_ERROR:11015",))
NOTHING = LogReading({}, None)


def wanted(count: int) -> list[Candidate]:
    connections = [
        Connection(id=f"id-{number}", name=f"C{number}", data_source="postgres", space_id="s1")
        for number in range(count)
    ]
    return candidates(connections, {"s1": "Sales"}, caller_id="me", statements={})


class Reloads:
    """Runs the scripts of batches, up to what hangs or ends them. C(lose) takes lines out of the log of a reload."""

    def __init__(self, steps: dict[str, Step], lose: Callable[[int, list[str]], list[str]] | None = None) -> None:
        self.steps = steps
        self.lose = lose
        self.count = 0

    def run(self, candidates_of_batch: list[Candidate]) -> Ended:
        probes = [
            Probe(number, one.name, one.way) for number, one in enumerate(candidates_of_batch, 1) if one.way is not None
        ]
        self.count += 1
        log, _did = run_script(probe_script(probes, "r1"), lambda name: self.steps.get(name, Step()))
        end: End = "finished"
        for place, line in enumerate(log):
            step = self.steps.get(line.removeprefix("LIB CONNECT TO '").removesuffix("'"))
            if step in (HANGS, KILLS):
                log = [*log[: place + 1], *step.lines]
                end = "hung" if step == HANGS else "failed"
                break
        if self.lose is not None:
            log = self.lose(self.count, log)
        return Ended(end, read_log("\n".join(log), "r1"))


def tried(count: int, reloads: Reloads, per_reload: int = 50) -> list[Trial]:
    all_of_them = wanted(count)
    batches = Batches(all_of_them, per_reload=per_reload, timeout=60, hide=lambda text: text)
    batch = batches.next()
    while batch:
        assert len(batch) <= per_reload
        batches.note(batch, reloads.run([all_of_them[place] for place in batch]))
        assert reloads.count < 20 * (count + 1), "there is no end"
        batch = batches.next()
    return batches.trials


def test_of_a_thousand_exactly_those_are_named_that_do_not_connect() -> None:
    dead = {f"Sales:C{number}": REFUSED for number in (3, 51, 52, 53, 400, 401, 777, 998, 999)}
    hanging = {f"Sales:C{number}": HANGS for number in (0, 120, 121, 640)}
    reloads = Reloads({**dead, **hanging})
    trials = tried(1000, reloads)
    assert {trial.candidate.name for trial in trials if trial.works is False} == {*dead, *hanging}
    assert all(trial.works for trial in trials if trial.candidate.name not in {*dead, *hanging})
    assert reloads.count <= math.ceil(1000 / 50) + 2 * len(hanging)
    assert trials[3].message == "no such user (Qlik's error 11043)"
    assert trials[0].message == "no answer came within 60 s, twice"


def test_what_passes_is_tried_once_more_and_all_of_it_together() -> None:
    busy = {f"Sales:C{number}": BUSY for number in (1, 70, 99)}
    reloads = Reloads(dict(busy))
    trials = tried(100, reloads)
    assert reloads.count == 3
    assert [trial.works for trial in trials if trial.candidate.name in busy] == [False, False, False]


def test_what_ends_a_script_is_tried_alone_and_judged_by_its_number() -> None:
    reloads = Reloads({"Sales:C4": KILLS, "Sales:C5": NOT_OURS})
    trials = tried(10, reloads)
    assert [trial.works for trial in trials] == [True] * 4 + [None, None] + [True] * 4
    assert reloads.count == 3
    assert "connector" in trials[4].message
    assert "dataconsumer" in trials[5].message


def test_a_cancelled_reload_without_a_log_is_halved() -> None:
    reloads = Reloads({"Sales:C6": HANGS}, lose=lambda _count, log: [] if any("C6" in line for line in log) else log)
    trials = tried(8, reloads)
    assert [trial.works for trial in trials] == [True] * 6 + [None, True]
    assert "no log" in trials[6].message
    assert reloads.count == 7


def test_what_a_log_lost_is_tried_once_more() -> None:
    reloads = Reloads({}, lose=lambda count, log: log[: len(log) // 2] if count == 1 else log)
    assert all(trial.works for trial in tried(10, reloads))
    assert reloads.count == 2
    never = Reloads({}, lose=lambda _count, _log: [])
    assert {trial.works for trial in tried(10, never)} == {None}
    assert never.count == 2


def test_a_reload_that_somebody_stops_leaves_the_rest_unknown() -> None:
    all_of_them = wanted(4)
    batches = Batches(all_of_them, per_reload=2, timeout=60, hide=lambda text: text)
    batches.note(batches.next(), Ended("stopped", NOTHING, "somebody cancelled the reload"))
    assert batches.next() == []
    assert {(trial.works, trial.message) for trial in batches.trials} == {(None, "somebody cancelled the reload")}


@given(
    st.lists(st.sampled_from([Step(), HANGS, KILLS, REFUSED, BUSY, NOT_OURS]), max_size=12),
    st.integers(1, 5),
    st.lists(st.integers(0, 60), max_size=12),
)
def test_nothing_that_works_is_called_dead_whatever_is_lost(
    steps: list[Step], per_reload: int, cuts: list[int]
) -> None:
    named = {f"Sales:C{number}": step for number, step in enumerate(steps)}

    def lose(count: int, log: list[str]) -> list[str]:
        return log[: cuts[count - 1]] if count <= len(cuts) else log

    for trial in tried(len(steps), Reloads(named, lose), per_reload):
        step = named[trial.candidate.name]
        if trial.works is not None:
            assert trial.works == (step == Step())
    for trial in tried(len(steps), Reloads(named), per_reload):
        step = named[trial.candidate.name]
        assert trial.works == {Step(): True, NOT_OURS: None, KILLS: None}.get(step, False)
