"""`make bench`: measures, and writes docs/performance.md with its plots. `make bench BENCH_ARGS="--quick"` for a short
look.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.bench import page
from tests.bench.rows import Row, load, machine, save
from tests.bench.scale import FULL, QUICK, SMALLEST
from tests.bench.sections import SECTIONS, Bench

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="scale", action="store_const", const=QUICK, help="small sizes, one run each")
    size.add_argument(
        "--smallest", dest="scale", action="store_const", const=SMALLEST, help="just enough to see that it works"
    )
    parser.add_argument(
        "--only", choices=SECTIONS, action="append", help="these sections; what is known of the others stays"
    )
    parser.add_argument("--runs", type=int, help="how many runs the medians are of")
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page of what was measured last")
    parser.add_argument("--output", type=Path, help="folder of the page: docs, or .cache/bench for small sizes")
    parser.set_defaults(scale=FULL)
    options = parser.parse_args()
    measured_in_full = options.scale is FULL
    scale = replace(options.scale, runs=options.runs) if options.runs else options.scale

    output = options.output or ROOT / ("docs" if measured_in_full else ".cache/bench")
    output.mkdir(parents=True, exist_ok=True)
    known = output / "performance.json"
    about, rows = load(known) if options.only or options.page else ({}, [])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in [] if options.page else options.only or SECTIONS:
            bench = Bench(Path(folder), scale, lambda line: print(line, flush=True))
            about[name] = {**machine(), "runs": scale.runs}
            found = [row for part in SECTIONS[name](bench) for row in part]
            about[name]["load after"] = round(os.getloadavg()[0], 1)
            rows = [*_others(rows, found), *found]
            save(known, about, rows)
    page.write(output, scale, about, rows)
    print(f"written: {output / 'performance.md'}")


def _others(rows: list[Row], found: list[Row]) -> list[Row]:
    measured = {row.section for row in found}
    return [row for row in rows if row.section not in measured]


if __name__ == "__main__":
    main()
