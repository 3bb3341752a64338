"""The page about performance: what was measured, in tables, with the ratios that count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench import sections
from tests.bench.plot import bars, lines
from tests.bench.rows import Row, save
from tests.bench.scale import Scale

BULK_WAYS = (sections.BULK, sections.ROLE, sections.BULK_FILE)
EMPTY = (sections.EMPTY_PLAY, sections.BARE_PLAY)
OURS = (sections.SINGLE_MODULE, sections.SINGLE, sections.BULK_MODULE, *BULK_WAYS)

INTRODUCTION = """\
# Performance

What the collection costs beside other ways to the same end: figures of `make bench`, which anybody can run again.
This page is written by it.

The tenants are emulated on the same machine and answer at once, or after 30 ms. The rows of a part
were measured in turns, so ratios mean more than seconds. Times and requests are medians, beside the shortest and the
longest wall time. CPU is that of all processes of a command. Memory is the most that all of them held together, pages
that they share counted once, found in a run of its own, where it decides. Rate limits are off: with Qlik's own, writing
more than 500 connections waits for the tenant, whatever writes them. What is shown here decides; every row that was
measured is in [performance.json](performance.json).
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
| empty play | what starting Ansible costs; part of every other row but the script's |

An empty play with the same variables is what the module with an expression is compared with; one with no variables,
`definitions_from`, which needs none.

Of an empty tenant at most 450 connections are missing, the others are there. Of a drifted one every tenth differs. The
loops do fewer connections than there are, as the column "done" says; "ms each" is the time beyond the empty play for
each connection done.
"""
FLEET = """\
## Many tenants

The role and the playbooks (one wave) over tenants that are as declared, or of which some have drifted, beside a `debug`
task on the same hosts, which is the least that Ansible can do for each. What no aim speaks of is measured on fewer. By
TLS the authority of the tenants is one more among the usual ones.

| way | what it is |
|---|---|
| role | `qlik_connections` with `rolespec_validate: false`, as in its README; "checked by Ansible too": without that |
| provision, one by one | `qlikops.cloud.provision` with `qlik_look_first: false` |
| provision, audit, looks first | the same and `qlikops.cloud.audit` with `qlik_look_first: true` |
"""
GROWTH = """\
## Growth

A converged tenant of more and more connections (a hundred in each space), given as a variable or read from a file with
`definitions_from`, beside the requests script and the empty play with the variables of each:
"""
MORE_TENANTS = """\
More and more converged tenants, each an origin of its own:
"""
FAR = """\
## Tenants far away

Reading tenants that take their time to answer, in check mode: Ansible's forks, and, for comparison only, the same job
for all tenants by threads in one Python process without Ansible. "Looks first" has as many threads as forks, 20.
"""
# Fewer connections than these are in the data only, and for as many as those Ansible's own share is small.
LEAST_SHOWN = 1000
MANY = 5000
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
                [
                    _TENANTS,
                    _STATE,
                    _LATENCY,
                    _WAY,
                    *_FIGURES,
                    _beside(sections.DEBUG, by_section["fleet"]),
                    _beside(sections.DEBUG, by_section["fleet"], "cpu"),
                ],
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
    save(folder / "performance.json", about, rows)
    (folder / "performance.md").write_text("\n".join(part.rstrip("\n") + "\n" for part in parts))


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
    found += [*_aims_of_one_tenant(rows), *_aims_of_fleets(rows), *_aims_of_memory(rows), *_aims_of_far(rows)]
    return "\n".join(found) + "\n"


def _by_method(rows: Sequence[Row], **which: object) -> dict[str, Row]:
    """The rows of which all this is so, by what was done."""
    chosen = [row for row in rows if all(getattr(row, name) == value for name, value in which.items())]
    return {row.method: row for row in chosen}


def _aims_of_one_tenant(rows: Sequence[Row]) -> Iterator[str]:
    beside = {
        sections.BULK: sections.EMPTY_PLAY,
        sections.ROLE: sections.EMPTY_PLAY,
        sections.BULK_FILE: sections.BARE_PLAY,
    }
    places = {
        (row.section, row.connections, row.latency) for row in rows if row.section in ("one tenant", "connections")
    }
    for section, size, latency in sorted(places):
        one = _by_method(rows, section=section, connections=size, latency=latency, state="converged")
        if sections.FLOOR not in one or (section == "one tenant" and size < LEAST_SHOWN):
            continue
        for way, empty in beside.items():
            if way in one and empty in one:
                ratio = one[way].figures.wall / (one[empty].figures.wall + one[sections.FLOOR].figures.wall)
                aim = "1.6" if size >= MANY else "1.35"
                what = f"{size:,} converged connections, {latency} ms: {way}, to script and {empty}"
                yield f"| {what} | at most {aim} | {ratio:.2f} |"


def _aims_of_fleets(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if row.section != "fleet" or row.method in (sections.DEBUG, sections.ROLE_CHECKED):
            continue
        aim = "2.0"
        if row.method in (sections.LOOK, sections.AUDIT):
            aim = {"converged": "1.0 (CPU 0.65)", "3 % drifted": "1.25 (CPU 0.9)"}.get(row.state, "")
        what = f"{row.tenants:,} tenants, {row.state}, {row.latency} ms: {row.method}, to a debug task"
        wall, cpu = _ratio(row, sections.DEBUG, rows), _ratio(row, sections.DEBUG, rows, "cpu")
        yield f"| {what} | {f'at most {aim}' if aim else ''} | {wall:.2f} (CPU {cpu:.2f}) |"


def _aims_of_memory(rows: Sequence[Row]) -> Iterator[str]:
    most = max((row.tenants for row in rows if row.section == "tenants"), default=0)
    grown = _by_method(rows, section="tenants", tenants=most)
    way = sections.LOOK
    if way in grown and grown[way].figures.memory and grown[sections.DEBUG].figures.memory:
        more = (grown[way].figures.memory or 0) - (grown[sections.DEBUG].figures.memory or 0)
        yield f"| memory at {most:,} tenants: {way}, beyond a debug task | at most 250 MiB | {more:.0f} MiB |"


def _aims_of_far(rows: Sequence[Row]) -> Iterator[str]:
    away = _by_method(rows, section="far tenants")
    threads = away.get(sections.THREADS.format(20))
    if threads and sections.LOOK in away:
        row = away[sections.LOOK]
        what = f"{row.tenants} tenants, {row.latency} ms: {row.method}, to one process with 20 threads and no Ansible"
        yield f"| {what} | at most 1.6 | {row.figures.wall / threads.figures.wall:.2f} |"


def _one_tenant(folder: Path, rows: Sequence[Row]) -> list[str]:
    empties = {
        (row.connections, row.latency, row.state): row.figures.wall for row in rows if row.method == sections.EMPTY_PLAY
    }

    def each(row: Row) -> str:
        if row.method in EMPTY:
            return ""
        return (
            f"{_each(row, 0 if row.method == sections.FLOOR else empties[row.connections, row.latency, row.state]):.2f}"
        )

    largest = max(row.connections for row in rows)
    shown = [row for row in rows if (row.connections, row.state, row.latency) == (largest, "drifted", 0)]
    values = {row.method: max(float(each(row)), 0.01) for row in shown if row.method not in EMPTY}
    title = f"{largest:,} connections, every tenth drifted: time for each connection"
    (folder / "performance.svg").write_text(bars(title, "milliseconds beyond an empty play", values, OURS))
    parts = [f"![{title}](performance.svg)\n"]
    some = [row for row in rows if (row.connections, row.latency) == (largest, 0)]
    columns = [_STATE, _LATENCY, _WAY, _DONE, *_FIGURES, ("ms each", each)]
    return [*parts, f"{largest:,} connections:\n", _table(columns, some)]


def _more_connections(folder: Path, rows: Sequence[Row]) -> list[str]:
    ways = [row for row in rows if row.method in BULK_WAYS]
    plot = lines("A converged tenant", "connections", "seconds", _series(ways, "connections"))
    (folder / "performance-connections.svg").write_text(plot)
    size: Column = ("connections", lambda row: f"{row.connections:,}")
    each: Column = ("ms each", lambda row: "" if row.method in EMPTY else f"{_each(row, 0):.2f}")
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


def _each(row: Row, less: float) -> float:
    """Milliseconds for each connection."""
    return (row.figures.wall - less) / row.items * 1000


def _ratio(row: Row, to: str, rows: Sequence[Row], figure: str = "wall") -> float:
    same = ("section", "state", "connections", "tenants", "latency")
    other = next(
        one for one in rows if one.method == to and all(getattr(one, name) == getattr(row, name) for name in same)
    )
    return float(getattr(row.figures, figure) / getattr(other.figures, figure))


def _beside(to: str, rows: Sequence[Row], figure: str = "wall") -> Column:
    return (f"{figure} to {to}", lambda row: f"{_ratio(row, to, rows, figure):.2f}")


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    lines_ = [" | ".join(name for name, _cell in columns), "|".join("---" for _column in columns)]
    lines_ += [" | ".join(cell(row) for _name, cell in columns) for row in rows]
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines_) + "\n"


_STATE: Column = ("state", lambda row: row.state)
_DONE: Column = ("done", lambda row: "" if row.method in EMPTY else f"{row.items:,}")
_LATENCY: Column = ("answer after", lambda row: f"{row.latency} ms")
_WAY: Column = ("way", lambda row: row.method)
_TENANTS: Column = ("tenants", lambda row: f"{row.tenants:,}")
_EACH: Column = ("connections each", lambda row: f"{row.connections:,}")
_FIGURES: tuple[Column, ...] = (
    ("wall s", lambda row: f"{row.figures.wall:.2f}"),
    ("from, to", lambda row: f"{row.figures.shortest:.2f}, {row.figures.longest:.2f}"),
    ("CPU s", lambda row: f"{row.figures.cpu:.2f}"),
    ("memory MiB", lambda row: "" if row.figures.memory is None else f"{row.figures.memory:.0f}"),
    ("reads", lambda row: f"{row.figures.reads:,}"),
    ("writes", lambda row: f"{row.figures.writes:,}"),
)
