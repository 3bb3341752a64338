"""The long campaign: `tests/tools/run python -m tests.faults --scenarios 2000 --seed 1 [--processes 2]`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator import Emulator
from tests.faults.campaign import SEED, Scenario, play
from tests.faults.child import Nursery
from tests.faults.clock import fast_waits
from tests.faults.members import MembersScenario, play_members
from tests.faults.nightly import NightlyScenario, play_night
from tests.faults.rotation import RotationScenario, play_rotation

# By their options: what else is played than runs of definitions.
PLAYS: dict[str, Callable[[Emulator, Nursery, int], RotationScenario | NightlyScenario | MembersScenario]] = {
    "members": play_members,
    "rotations": play_rotation,
    "nights": play_night,
}


def campaign(seed: int, scenarios: int, keep: list[int] | None, *, what: str = "") -> dict[str, Any]:
    """Play so many scenarios from a seed on, of definitions or of `what`; what was seen, and what was wrong."""
    seen: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, Nursery() as nursery, Emulator(SEED) as emulator, fast_waits():
        os.environ["QLIK_TOKEN_CACHE"] = str(Path(folder) / "tokens")
        for number in range(seed, seed + scenarios):
            if what:
                scenario = PLAYS[what](emulator, nursery, number)
                seen += scenario.seen
                if scenario.violations:
                    wrong += 1
                    print(f"Seed {number}: {scenario.plan}\n- " + "\n- ".join(scenario.violations), flush=True)
                continue
            if keep is None:
                report, command = play(emulator, nursery, number)
            else:
                report, command = Scenario(emulator, nursery, number, keep).play(), ""
            seen += report.seen
            seen["events"] += len(report.events)
            if report.violations:
                wrong += 1
                print(f"Seed {number}:\n" + "\n".join(f"- {violation}" for violation in report.violations), flush=True)
                print(f"To see it again:\n{command}\n", flush=True)
    return {"scenarios": scenarios, "wrong": wrong, "seen": seen}


def in_processes(seed: int, scenarios: int, processes: int, more: list[str]) -> dict[str, Any]:
    """The same in several processes, each with a share of the seeds."""
    share = -(-scenarios // processes)
    parts = [(seed + start, min(share, scenarios - start)) for start in range(0, scenarios, share)]
    total: dict[str, Any] = {"scenarios": 0, "wrong": 0, "seen": Counter()}
    with tempfile.TemporaryDirectory() as folder:
        started = []
        for start, count in parts:
            out = Path(folder) / f"{start}.json"
            command = [
                sys.executable,
                "-m",
                "tests.faults",
                "--seed",
                str(start),
                "--scenarios",
                str(count),
                "--json",
                str(out),
                *more,
            ]
            started.append((subprocess.Popen(command), out))
        for process, out in started:
            process.wait()
            part = json.loads(out.read_text())
            for name in total:
                total[name] += Counter(part[name]) if name == "seen" else part[name]
    return total


def main() -> int:
    """Run the campaign; 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--scenarios", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="the first scenario's; the others count on from it")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--keep", help="of a scenario's events only those of these numbers, or none")
    instead = parser.add_mutually_exclusive_group()
    for name, called in (
        ("rotations", "rotations with a way back"),
        ("nights", "nightly tests of connections"),
        ("members", "members of spaces"),
    ):
        instead.add_argument(f"--{name}", dest="what", action="store_const", const=name, help=f"play {called} instead")
    parser.add_argument("--json", type=Path, help="write the figures to this file instead of printing them")
    given = parser.parse_args()
    keep = None if given.keep is None else [int(number) for number in given.keep.split(",") if number != "none"]
    started = time.monotonic()
    if given.processes > 1:
        more = [f"--{given.what}"] if given.what else []
        total = in_processes(given.seed, given.scenarios, given.processes, more)
    else:
        total = campaign(given.seed, given.scenarios, keep, what=given.what or "")
    if given.json:
        given.json.write_text(json.dumps(total))
        return 0
    print(f"{total['scenarios']} scenarios in {time.monotonic() - started:.0f} s, {total['wrong']} with violations.")
    for name, count in sorted(total["seen"].items()):
        print(f"{count:8} {name}")
    return 1 if total["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
