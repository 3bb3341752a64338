"""How much CPU each test file and each test takes: `make pytest PYTEST_ARGS="-n 2 -p tests.tools.cpu_times"`.

Seconds that processors worked (user and system), of the tests themselves and of all processes that they start: other
than those on the clock they say the same on a busy machine. It reads Linux's /proc.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("CPU_TIMES", ".cache/cpu-times"))
FILES_SHOWN = 25
TESTS_SHOWN = 40
_TICKS = os.sysconf("SC_CLK_TCK")


def spent() -> float:
    """Seconds of CPU of this process, of those below it, and of those that they waited for."""
    mine = os.times()
    return mine.user + mine.system + mine.children_user + mine.children_system + _of_living_descendants()


def _of_living_descendants() -> float:
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                # The name of the program, in parentheses, may hold anything.
                fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            ticks[int(entry.name)] = sum(int(field) for field in fields[11:15])
    below = _below(os.getpid(), parents)
    return sum(ticks[process] for process in below) / _TICKS


def _below(root: int, parents: dict[int, int]) -> set[int]:
    found: set[int] = set()
    newest = {root}
    while newest:
        newest = {process for process, parent in parents.items() if parent in newest}
        found |= newest
    return found


def pytest_configure(config: pytest.Config) -> None:
    """Begin anew; each worker of pytest-xdist keeps its own file."""
    if not hasattr(config, "workerinput"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob("*.jsonl"):
            old.unlink()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure a test with its fixtures; what a session's fixture costs stands with the first test that asks for it."""
    before = spent()
    result = yield
    with (FOLDER / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps({"test": item.nodeid, "seconds": round(spent() - before, 3)}) + "\n")
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the dearest files and tests."""
    files: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for path in FOLDER.glob("*.jsonl"):
        for line in path.read_text().splitlines():
            measured = json.loads(line)
            file = measured["test"].partition("::")[0]
            files[file] += measured["seconds"]
            numbers[file] += 1
            tests[measured["test"]] += measured["seconds"]
    terminalreporter.section("CPU seconds")
    terminalreporter.line(f"{sum(files.values()):8.1f}  all {sum(numbers.values())} tests")
    for file, seconds in files.most_common(FILES_SHOWN):
        terminalreporter.line(f"{seconds:8.1f}  {file} ({numbers[file]})")
    terminalreporter.line("")
    for test, seconds in tests.most_common(TESTS_SHOWN):
        terminalreporter.line(f"{seconds:8.1f}  {test}")
