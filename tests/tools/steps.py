"""Runs make targets: `steps.py ruff mypy -- sanity importer -- pytest`.

The first group runs step by step. The other groups then run side by side, each step by step: the last one is shown as
it goes, what the others say is kept in .cache/steps and shown whole, when the last one is over or when one of them
fails. The first failure ends everything. At the end stands how long each step took.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

LOGS = Path(".cache/steps")
PYTEST_SUMMARY = Path(".cache/pytest-summary")
# A step that runs beside the tests has the time that they leave: their patience is limited.
BESIDE = ["nice", "-n", "10"]


class Runner:
    """What runs, what ended, and how."""

    def __init__(self) -> None:
        # Built before any step: none may find a reason to build again under the others' feet.
        self._make = [os.environ.get("MAKE", "make"), "--no-print-directory", "--old-file=.cache/installed"]
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._report: dict[str, str] = {}
        self._lock = threading.Lock()
        self.failed: str | None = None

    def run(self, steps: list[str], *, shown: bool) -> None:
        """Run steps one after the other, until one of these or of those beside them fails."""
        for step in steps:
            with self._lock:
                if self.failed:
                    return
                began = time.monotonic()
                if shown:
                    print(f"\n==> {step}", flush=True)
                    process = subprocess.Popen([*self._make, step], start_new_session=True)
                else:
                    with _log(step).open("wb") as log:
                        process = subprocess.Popen(
                            [*BESIDE, *self._make, step],
                            stdin=subprocess.DEVNULL,
                            stdout=log,
                            stderr=subprocess.STDOUT,
                            start_new_session=True,
                        )
                self._running[step] = process
            status = process.wait()
            with self._lock:
                del self._running[step]
                result = "ok" if status == 0 else "stopped" if self.failed else "FAILED"
                self._report[step] = f"{step:<14} {result:<7} {time.monotonic() - began:>4.0f} s"
                if result == "FAILED":
                    self.failed = step
                    self._stop()

    def stop(self) -> None:
        """End what still runs, and start nothing more."""
        with self._lock:
            self.failed = self.failed or "none: interrupted"
            self._stop()

    def _stop(self) -> None:
        for process in self._running.values():
            os.killpg(process.pid, signal.SIGTERM)

    def lines(self, steps: list[str]) -> Iterator[str]:
        """A line for each step that was begun."""
        return (self._report[step] for step in steps if step in self._report)


def main(arguments: list[str]) -> int:
    """Run the groups; the result is the exit status."""
    began = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    groups = _groups(arguments)
    runner = Runner()
    beside = [threading.Thread(target=runner.run, args=(steps,), kwargs={"shown": False}) for steps in groups[1:-1]]
    try:
        runner.run(groups[0], shown=True)
        for thread in beside:
            thread.start()
        if groups[1:]:
            runner.run(groups[-1], shown=True)
        for thread in beside:
            thread.join()
    except KeyboardInterrupt:
        runner.stop()
        raise
    steps = [step for group in groups for step in group]
    report = list(runner.lines(steps))
    kept = [step for group in groups[1:-1] for step in group]
    # What passed is of no interest beside what failed.
    for step in [step for step in kept if step == runner.failed or not runner.failed]:
        print(f"\n==> {step}\n{_log(step).read_text(errors='replace')}", end="", flush=True)
    print("\n" + "\n".join(report))
    if runner.failed:
        print(f"FAILED at step {runner.failed}; see above. Alone: make {runner.failed}")
        return 1
    if "pytest" in steps and PYTEST_SUMMARY.exists():
        print(f"pytest: {PYTEST_SUMMARY.read_text()}", end="")
    print(f"all {len(report)} steps passed in {time.monotonic() - began:.0f} s")
    return 0


def _groups(words: list[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for word in words:
        if word == "--":
            groups.append([])
        else:
            groups[-1].append(word)
    return groups


def _log(step: str) -> Path:
    return LOGS / f"{step}.log"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
