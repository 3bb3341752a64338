# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load script that tries many connections, as an app would use them. Pure.

Sources: Qlik's help about load scripts. With C(ErrorMode=0) a script goes on after an error; C(ScriptError) tells of
the statement before, so it is read in the very next one; a C(CONNECT) that fails would leave the one before open.
What the script writes into its log are numbers and words of its own: a server's text, expanded there, would be code.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import Way

# No number of Qlik's: the statement after LIB CONNECT wasn't reached.
NOT_REACHED = 99999
_FIRST = "SET ErrorMode=0;"


class Probe(t.NamedTuple):
    """One connection in a script: its number there, the name that C(LIB CONNECT) takes, and what is run."""

    number: int
    name: str
    way: Way


def probe_script(probes: t.Sequence[Probe], run: str) -> str:
    """The script that tries these connections. C(run) is a word that nobody else can know: it marks our own lines of
    the log.
    """
    lines = [_FIRST]
    for probe in probes:
        lines += _around(probe, run)
    return "\n".join([*lines, "DISCONNECT;", ""])


def _around(probe: Probe, run: str) -> t.Iterator[str]:
    """One connection's part: a mark, the trial, what was read of it in a second mark."""
    yield "DISCONNECT;"
    yield "LET qlikops_before = Num(ScriptErrorCount);"
    yield "LET qlikops_connect = 0;"
    yield f"LET qlikops_read = {0 if probe.way.kind == 'connect' else NOT_REACHED};"
    yield "LET qlikops_found = 0;"
    yield f"TRACE qlikops {run} begin {probe.number} mark;"
    yield "FLUSHLOG;"
    if probe.way.kind == "files":
        yield from _files(probe)
    else:
        yield from _connect(probe)
    yield "LET qlikops_after = Num(ScriptErrorCount);"
    yield (
        f"TRACE qlikops {run} end {probe.number} $(qlikops_connect) $(qlikops_read) $(qlikops_before) $(qlikops_after)"
        " $(qlikops_found) mark;"
    )
    yield "FLUSHLOG;"
    if probe.way.kind == "statement":
        yield from _dropped(probe)


def _connect(probe: Probe) -> t.Iterator[str]:
    yield f"LIB CONNECT TO {_quoted(probe.name)};"
    yield "LET qlikops_connect = Num(ScriptError);"
    if probe.way.kind != "statement":
        return
    # What LET reads of an error isn't sure, while the count stays: where the connection isn't open, nothing is sent.
    yield "IF qlikops_connect=0 AND ScriptErrorCount=qlikops_before THEN"
    yield f"{_table(probe)}: SQL {_statement(probe)};"
    yield "LET qlikops_read = Num(ScriptError);"
    if probe.way.needs_row:
        yield f"IF NoOfRows('{_table(probe)}')>0 THEN"
        yield "LET qlikops_found = 1;"
        yield "END IF"
    yield "END IF"


def _statement(probe: Probe) -> str:
    statement = probe.way.statement
    return statement if probe.way.own else statement.replace("{column}", f"x{probe.number}")


def _files(probe: Probe) -> t.Iterator[str]:
    """The first file is enough; what the listing says is read after it, as no statement stands inside."""
    yield f"FOR EACH qlikops_file IN FileList({_quoted(f'lib://{probe.name}/*')})"
    yield "LET qlikops_found = 1;"
    yield "EXIT FOR"
    yield "NEXT"
    yield "LET qlikops_read = Num(ScriptError);"


def _dropped(probe: Probe) -> t.Iterator[str]:
    yield f"IF NOT IsNull(TableNumber('{_table(probe)}')) THEN"
    yield f"DROP TABLE {_table(probe)};"
    yield "END IF"


def _table(probe: Probe) -> str:
    return f"qlikops_{probe.number}"


def _quoted(text: str) -> str:
    """A text in quotes, in which a quote is doubled."""
    return "'" + text.replace("'", "''") + "'"
