"""The page about performance: what was measured, in tables, with the ratios that count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench import sections
from tests.bench.plot import bars, lines
from tests.bench.rows import Row
from tests.bench.scale import Scale

BULK_WAYS = (sections.BULK, sections.ROLE, sections.BULK_FILE)
OURS = (sections.SINGLE_MODULE, sections.SINGLE, sections.BULK_MODULE, *BULK_WAYS)

INTRODUCTION = """\
# Performance

What the collection costs beside other ways to the same end: figures of `make bench`, which anybody can run again.
This page is written by it.

The tenants are emulated on the same machine and answer at once, or after 30 ms. The rows of a part
were measured in turns, so ratios mean more than seconds. Times and requests are medians. CPU is that of all processes
of a command. Memory is the most that all of them held together, pages that they share counted once, found in a run of
its own. Rate limits are off: with Qlik's own, writing more than 500 connections waits for the tenant, whatever writes
them.
"""
WAYS = """\
## One tenant

| way | what it is |
|---|---|
| uri loop | `ansible.builtin.uri`: list the connections, create what is missing, patch all that are there, unseen |
| single module | a loop over `qlik_data_connection`; as a module: with `qlik_in_process: false` |
| bulk module | one task with `qlik_data_connections`, its definitions an expression; `definitions_from`: in a file |
| role | the same task in the role `qlik_connections`, which takes the definitions from the variables of the host |
| requests script | no Ansible: the fewest possible requests, by a script that knows what is there and checks nothing |
| empty play | what starting Ansible costs; it is part of every other row but the script's |

Of an empty tenant at most 450 connections are missing, the others are there. Of a drifted one every tenth differs. The
loops do fewer connections than there are, as the column "done" says; "ms each" is the time beyond the empty play for
each connection done.
"""
FLEET = """\
## Many tenants

The role and the playbook `qlikops.cloud.provision` (one wave) over converged tenants, beside a `debug` task on the same
hosts, which is the least that Ansible can do.
"""
GROWTH = """\
## Growth

A converged tenant of more and more connections (a hundred in each space), given as a variable or read from a file with
`definitions_from`:
"""
MORE_TENANTS = """\
More and more converged tenants, each an origin of its own:
"""
FAR = """\
## Tenants far away

Reading tenants that take their time to answer, in check mode: Ansible's forks, and, for comparison only, the same job
for all tenants by threads in one Python process without Ansible. The collection has no such mode.
"""
Column = tuple[str, Callable[[Row], str]]


def write(folder: Path, scale: Scale, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """Write performance.md and its plots."""
    by_section = {
        name: [row for row in rows if row.section == name]
        for name in ("one tenant", "fleet", "connections", "tenants", "far tenants")
    }
    parts = [INTRODUCTION, _machine(about), _aims(rows)]
    if by_section["one tenant"]:
        parts += [WAYS, *_one_tenant(folder, by_section["one tenant"])]
    if by_section["fleet"]:
        parts += [
            FLEET,
            _table(
                [_TENANTS, _EACH, _LATENCY, _WAY, *_FIGURES, _beside(sections.DEBUG, by_section["fleet"])],
                by_section["fleet"],
            ),
        ]
    if by_section["connections"]:
        parts += [GROWTH, *_more_connections(folder, by_section["connections"])]
    if by_section["tenants"]:
        parts += [MORE_TENANTS, *_more_tenants(folder, by_section["tenants"])]
    if by_section["far tenants"]:
        parts += [
            FAR,
            f"{scale.fan_out_latency} ms for each answer:",
            _table([_TENANTS, _EACH, _WAY, *_FIGURES], by_section["far tenants"]),
        ]
    (folder / "performance.md").write_text("\n".join(part.rstrip("\n") + "\n" for part in parts))


# ---- parts


def _machine(about: dict[str, Any]) -> str:
    lines_ = ["| part | machine | medians of | load before and after |", "|---|---|---|---|"]
    for name, told in about.items():
        machine = (
            f"{told['cores']} cores, {told['system']}, Python {told['python']}, ansible-core {told['ansible-core']}"
        )
        lines_.append(f"| {name} | {machine} | {told['runs']} | {told['load']} and {told['load after']} |")
    note = (
        "\nA load above the number of cores means that other work shared the machine: then wall times are too long,"
        " ratios rough.\n"
    )
    return "\n".join(lines_) + "\n" + note


def _aims(rows: Sequence[Row]) -> str:
    """The ratios that say whether it is fast enough."""
    found = ["## In short", "", "| what | aim | found |", "|---|---|---|"]
    largest = max((row.connections for row in rows if row.section == "one tenant"), default=0)
    for latency in sorted({row.latency for row in rows if row.section == "one tenant"}):
        one = {
            row.method: row
            for row in rows
            if (row.section, row.connections, row.latency) == ("one tenant", largest, latency)
            and row.state == "converged"
        }
        if not one:
            continue
        empty = one[sections.EMPTY_PLAY].figures.wall
        for way in BULK_WAYS:
            ratio = one[way].figures.wall / (empty + one[sections.FLOOR].figures.wall)
            what = f"{largest:,} converged connections, {latency} ms: {way} to script and empty play together"
            found.append(f"| {what} | at most 1.5 | {ratio:.2f} |")
        each = _each(one[sections.URI], empty) / max(_each(one[sections.BULK], empty), 0.001)
        found.append(
            f"| {largest:,} converged connections, {latency} ms: time each, uri loop to bulk module | at least 50 |"
            f" {each:.0f} |"
        )
    for row in (row for row in rows if row.section == "fleet" and row.method != sections.DEBUG):
        what = f"{row.tenants:,} converged tenants, {row.latency} ms: {row.method} to a debug task"
        found.append(
            f"| {what} | at most 2 | {_ratio(row, sections.DEBUG, rows):.2f} (CPU"
            f" {_ratio(row, sections.DEBUG, rows, 'cpu'):.2f}) |"
        )
    grown = sorted(
        (row for row in rows if row.section == "tenants" and row.method == sections.ROLE), key=lambda row: row.tenants
    )
    if grown and grown[0].figures.memory and grown[-1].figures.memory:
        told = f"{grown[0].figures.memory:.0f} and {grown[-1].figures.memory:.0f} MiB"
        found.append(
            f"| memory of the role at {grown[0].tenants:,} and {grown[-1].tenants:,} tenants | flat | {told} |"
        )
    return "\n".join(found) + "\n"


def _one_tenant(folder: Path, rows: Sequence[Row]) -> list[str]:
    empties = {
        (row.connections, row.latency, row.state): row.figures.wall for row in rows if row.method == sections.EMPTY_PLAY
    }

    def each(row: Row) -> str:
        if row.method == sections.EMPTY_PLAY:
            return ""
        return (
            f"{_each(row, 0 if row.method == sections.FLOOR else empties[row.connections, row.latency, row.state]):.2f}"
        )

    largest = max(row.connections for row in rows)
    shown = [row for row in rows if (row.connections, row.state, row.latency) == (largest, "drifted", 0)]
    values = {row.method: max(float(each(row)), 0.01) for row in shown if row.method != sections.EMPTY_PLAY}
    title = f"{largest:,} connections, every tenth drifted: time for each connection"
    (folder / "performance.svg").write_text(bars(title, "milliseconds beyond an empty play", values, OURS))
    parts = [f"![{title}](performance.svg)\n"]
    for size in sorted({row.connections for row in rows}):
        some = [row for row in rows if row.connections == size]
        parts += [
            f"{size:,} connections:\n",
            _table([_STATE, _LATENCY, _WAY, _DONE, *_FIGURES, ("ms each", each)], some),
        ]
    return parts


def _more_connections(folder: Path, rows: Sequence[Row]) -> list[str]:
    plot = lines("A converged tenant", "connections", "seconds", _series(rows, "connections"))
    (folder / "performance-connections.svg").write_text(plot)
    size: Column = ("connections", lambda row: f"{row.connections:,}")
    each: Column = ("ms each", lambda row: f"{_each(row, 0):.2f}")
    return ["![Seconds by connections](performance-connections.svg)\n", _table([size, _WAY, *_FIGURES, each], rows)]


def _more_tenants(folder: Path, rows: Sequence[Row]) -> list[str]:
    plot = lines("Converged tenants", "tenants", "seconds", _series(rows, "tenants"))
    (folder / "performance-tenants.svg").write_text(plot)
    each: Column = ("ms each", lambda row: f"{row.figures.wall / row.tenants * 1000:.1f}")
    return ["![Seconds by tenants](performance-tenants.svg)\n", _table([_TENANTS, _EACH, _WAY, *_FIGURES, each], rows)]


def _series(rows: Sequence[Row], size: str) -> dict[str, list[tuple[float, float]]]:
    methods = dict.fromkeys(row.method for row in rows)
    return {
        method: [(getattr(row, size), row.figures.wall) for row in rows if row.method == method] for method in methods
    }


# ---- cells


def _each(row: Row, less: float) -> float:
    """Milliseconds for each connection."""
    return (row.figures.wall - less) / row.items * 1000


def _ratio(row: Row, to: str, rows: Sequence[Row], figure: str = "wall") -> float:
    same = ("section", "state", "connections", "tenants", "latency")
    other = next(
        one for one in rows if one.method == to and all(getattr(one, name) == getattr(row, name) for name in same)
    )
    return float(getattr(row.figures, figure) / getattr(other.figures, figure))


def _beside(to: str, rows: Sequence[Row]) -> Column:
    return (f"wall to {to}", lambda row: f"{_ratio(row, to, rows):.2f}")


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    lines_ = [" | ".join(name for name, _cell in columns), "|".join("---" for _column in columns)]
    lines_ += [" | ".join(cell(row) for _name, cell in columns) for row in rows]
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines_) + "\n"


_STATE: Column = ("state", lambda row: row.state)
_DONE: Column = ("done", lambda row: "" if row.method == sections.EMPTY_PLAY else f"{row.items:,}")
_LATENCY: Column = ("answer after", lambda row: f"{row.latency} ms")
_WAY: Column = ("way", lambda row: row.method)
_TENANTS: Column = ("tenants", lambda row: f"{row.tenants:,}")
_EACH: Column = ("connections each", lambda row: f"{row.connections:,}")
_FIGURES: tuple[Column, ...] = (
    ("wall s", lambda row: f"{row.figures.wall:.2f}"),
    ("CPU s", lambda row: f"{row.figures.cpu:.2f}"),
    ("memory MiB", lambda row: "" if row.figures.memory is None else f"{row.figures.memory:.0f}"),
    ("reads", lambda row: f"{row.figures.reads:,}"),
    ("writes", lambda row: f"{row.figures.writes:,}"),
)
