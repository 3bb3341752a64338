"""Scripts that try connections, and their logs, whatever names, statements and servers' texts hold."""

from __future__ import annotations

import string

from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import read_log
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_script import Probe, probe_script
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_verdict import Verdict, shown, verdict
from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import (
    ONE_ROW,
    Way,
    name_problem,
    script_name,
    statement_problem,
    way_to_try,
)
from hypothesis import example, given
from hypothesis import strategies as st

from tests.script_reader import Step, run_script, statements

RUN = "r4f9c0"
SQL = Way("statement", ONE_ROW, tells=True)
WAYS = st.sampled_from([SQL, Way("files"), Way("connect"), Way("statement", "SELECT 1 AS {column}", needs_row=True)])
HOSTILE = st.sampled_from(
    [*"'\"`[];$()\n\r \u2028%é", "''", "]]", "$(", "{column}", "//", "/*", "REM ", ", ", "$(=1)", "$$((x))"]
) | st.sampled_from(["END IF", "EXIT SCRIPT", "TRACE ", "LET e=1", "LIB CONNECT TO 'x'"])
NAMES = st.lists(HOSTILE | st.text(max_size=6), min_size=1, max_size=8).map("".join)


def nothing(text: str) -> str:
    return text


@given(st.lists(st.tuples(NAMES, NAMES, WAYS), min_size=1, max_size=5))
@example([("", "It's; a 'name'", SQL), ("S]", "[a] $ (b)", Way("files"))])
def test_a_script_connects_to_what_it_is_to_and_to_nothing_else(items: list[tuple[str, str, Way]]) -> None:
    writable = [(script_name(space, name), way) for space, name, way in items if not name_problem(space, name)]
    probes = [Probe(index, name, way) for index, (name, way) in enumerate(writable, 1)]
    script = probe_script(probes, RUN)
    _log, did = run_script(script, lambda _name: Step())
    wanted = []
    for probe in probes:
        if probe.way.kind == "files":
            wanted.append(f"list lib://{probe.name}/*")
        else:
            wanted.append(f"connect {probe.name}")
        if probe.way.kind == "statement":
            wanted.append(f"read SELECT 1 AS x{probe.number}")
    assert did == wanted
    # Every other statement is one of ours, whatever the names are.
    plain = probe_script([probe._replace(name="N") for probe in probes], RUN)
    assert len(statements(script)) == len(statements(plain))


@given(NAMES, NAMES)
def test_no_name_that_qlik_would_replace_is_written(space: str, name: str) -> None:
    if "$(" in space + name or any(ord(character) < 32 for character in space + name):
        assert name_problem(space, name)
    elif all(character in string.ascii_letters + " '[];,{}$`" for character in space + name) and name:
        assert not name_problem(space, name)


@given(st.lists(HOSTILE | st.text(max_size=8), max_size=8).map(lambda parts: "SELECT " + " ".join(parts)))
@example("SELECT 'a")
@example("SELECT '\"' , \"'\"")
@example("SELECT [a FROM b")
@example("SELECT 1; EXIT SCRIPT")
@example("select 1 as {fn now()} from [a b];")
def test_a_statement_of_the_user_stays_one_statement(given_statement: str) -> None:
    way, problem = way_to_try("x", "x.exe", {}, given_statement)
    if way is None:
        assert problem
        return
    probes = [Probe(1, "A", way), Probe(2, "B", SQL)]
    _log, did = run_script(probe_script(probes, RUN), lambda _name: Step())
    assert did[0] == "connect A"
    assert did[-2:] == ["connect B", "read SELECT 1 AS x2"]
    assert len(did) == 4
    assert not statement_problem(given_statement)


LINES = st.lists(
    st.sampled_from(
        [
            f"qlikops {RUN[:-1]} end 1 0 0 0 0 0 mark",
            "qlikops  end 1 0 0 0 0 1 mark",
            "TRACE qlikops $(run) end 2 0 0 0 0 1 mark;",
            "qlikops r begin 3 mark",
            "Execution finished.",
            "The engine error code: EDC_ERROR:11043",
            "EDC_ERROR:11015 EDC_ERROR:0",
            "SqlState: 28000, ErrorCode: 1045, ErrorMsg: no",
            "The following error occurred:",
        ]
    )
    | st.text(max_size=40),
    max_size=6,
).map(tuple)
STEPS = st.builds(
    Step,
    connect=st.sampled_from([0, 0, 0, 1, 5, 11043, 11015, 500]),
    read=st.sampled_from([0, 0, 0, 3, 11043, 11030, 404]),
    lines=LINES,
    files=st.sampled_from([0, 1]),
)


@given(st.lists(st.tuples(STEPS, WAYS), min_size=1, max_size=5), st.booleans(), st.data())
def test_no_text_of_a_server_moves_a_verdict_or_makes_one_better(
    items: list[tuple[Step, Way]], show_statements: bool, data: st.DataObject
) -> None:
    probes = [Probe(index, f"N{index}", way) for index, (_step, way) in enumerate(items, 1)]
    steps = {probe.name: step for probe, (step, _way) in zip(probes, items, strict=True)}

    def world(name: str) -> Step:
        return steps[name.removeprefix("lib://").removesuffix("/*")]

    log, _did = run_script(probe_script(probes, RUN), world, show_statements=show_statements)
    cut = data.draw(st.integers(0, len(log)) | st.none())
    reading = read_log("\r\n".join(log[:cut] if cut is not None else log), RUN)
    for probe, (step, way) in zip(probes, items, strict=True):
        told = reading.readings.get(probe.number)
        if told is None:
            assert cut is not None
            continue
        is_wrong = bool(step.connect if way.kind != "files" else step.read)
        if way.kind == "statement" and not step.connect:
            is_wrong = bool(step.read)
        judged = verdict(told, way, nothing)
        if is_wrong:
            assert judged.works is not True
        else:
            assert judged.works is not False
            assert judged.works or step.files == 0 or way.kind != "files"
    alone = [_alone(probe, steps[probe.name]) for probe in probes]
    if cut is None:
        together = [verdict(reading.readings[probe.number], probe.way, nothing) for probe in probes]
        assert [(one.works, one.again) for one in together] == [(one.works, one.again) for one in alone]


def _alone(probe: Probe, step: Step) -> Verdict:
    """The verdict of a connection that nobody else stands beside."""
    log, _did = run_script(probe_script([probe], RUN), lambda _name: step, show_statements=False)
    return verdict(read_log("\n".join(log), RUN).readings[probe.number], probe.way, nothing)


@given(st.lists(st.integers(0, 400), max_size=20), st.lists(STEPS, min_size=2, max_size=4))
def test_a_log_with_holes_calls_nothing_dead_that_works(holes: list[int], given_steps: list[Step]) -> None:
    probes = [Probe(index, f"N{index}", SQL) for index in range(1, len(given_steps) + 1)]
    steps = {probe.name: step for probe, step in zip(probes, given_steps, strict=True)}
    log, _did = run_script(probe_script(probes, RUN), lambda name: steps[name])
    kept = "\n".join(line for place, line in enumerate(log) if place not in holes)
    for index, told in read_log(kept, RUN).readings.items():
        step = given_steps[index - 1]
        works = not (step.connect or step.read)
        judged = verdict(told, SQL, nothing)
        assert judged.works is None or judged.works == works


@given(st.text(max_size=400))
@example("password=hunter2hunter2\nx")
@example("cannot reach postgres://app:hunter2hunter2@db.example.com/x")
def test_a_message_is_one_line_without_credentials(text: str) -> None:
    message = shown(text, nothing)
    assert len(message.splitlines()) <= 1
    assert len(message) <= 300
    assert "hunter2hunter2" not in message or "hunter2hunter2" not in text
