# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps with an app of the run in its own space: how scripts, reloads and their logs behave. Taken only if asked for.

Hosts of the run are below C(.invalid), so each of its connections fails when it is opened: that is what shows when it
is. The scripts write numbers and words of their own into their logs, and nothing else is taken from there.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Reply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import Ledger
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import StepError, World

POLLS = 60
PAUSE_SECONDS = 2.0
_OVER = ("SUCCEEDED", "FAILED", "CANCELED", "EXCEEDED_LIMIT")
_SEEN = re.compile(r"qlikops seen (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) mark")
_PREFIXES = (
    ("engine", re.compile(r"\d{8}T\d{6}\.\d{3}[+-]\d{4} ")),
    ("iso", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")),
    ("numbered", re.compile(r"\d{8}T\d{6}\.\d+Z? \d+ ")),
    ("none", re.compile("")),
)


class Counted(t.NamedTuple):
    """The numbers of errors after each part of the script, and what LET read of one."""

    start: int
    connected: int
    let: int
    missing: int
    bare: int
    files: int


def _script(world: World) -> str:
    space = world.space_name("one")
    lines = (
        "SET ErrorMode=0;",
        "LET qa_start = Num(ScriptErrorCount);",
        f"LIB CONNECT TO '{space}:{world.name('database')}';",
        "LET qa_connected = Num(ScriptErrorCount);",
        "DISCONNECT;",
        f"LIB CONNECT TO '{space}:{world.name('no such connection')}';",
        "LET qa_let = Num(ScriptError);",
        "LET qa_missing = Num(ScriptErrorCount);",
        f"LIB CONNECT TO '{world.name('web')}';",
        "LET qa_bare = Num(ScriptErrorCount);",
        "DISCONNECT;",
        f"FOR EACH qa_file IN FileList('lib://{space}:{world.name('files')}/*')",
        "LET qa_found = 1;",
        "NEXT",
        "LET qa_files = Num(ScriptErrorCount);",
        "TRACE qlikops seen $(qa_start) $(qa_connected) $(qa_let) $(qa_missing) $(qa_bare) $(qa_files) mark;",
        "FLUSHLOG;",
        "",
    )
    return "\n".join(lines)


_LONG_SCRIPT = "TRACE qlikops first mark;\nFLUSHLOG;\nTRACE qlikops second mark;\nSLEEP 120000;\n"


@step(
    "Make an app, run a script in it that makes mistakes, and read its log",
    "odbc_opens_at",
    "let_reads_script_error",
    "bare_names",
    "file_list_fails",
    "reload_with_errors",
    "log_prefix",
    "log_echo",
    "log_repeats",
    "log_errors",
    option="reload",
)
def mistakes(world: World) -> None:
    app_id = _app(world)
    for label in ("database", "web", "files"):
        world.one(label)
    reload_id = _start(world, app_id, _script(world))
    status = _wait(world, reload_id, _OVER)
    ends = {"SUCCEEDED": "succeeded", "FAILED": "failed"}
    world.findings.either("reload_with_errors", ends, status, f"the reload ended {status}")
    log = _log(world, app_id, reload_id)
    if log is None:
        raise StepError("there is no log of the reload")
    _read_log(world, log)


@step(
    "Look into the log of a reload that goes on, and of one that was cancelled",
    "running_log",
    "cancelled_log",
    option="reload",
)
def logs(world: World) -> None:
    app_id = _app(world)
    reload_id = _start(world, app_id, _LONG_SCRIPT)
    status = _wait(world, reload_id, ("RELOADING", *_OVER))
    if status != "RELOADING":
        raise StepError(f"a reload that takes two minutes is {status}")
    running = _kept(_log(world, app_id, reload_id))
    world.findings.position("running_log", running, "of a line that was flushed and one that wasn't")
    reply = world.ask.send("POST", f"reloads/{reload_id}/actions/cancel")
    if not reply.ok:
        raise StepError(f"the reload could not be cancelled: {reply.words}")
    _wait(world, reload_id, _OVER)
    kept = _kept(_log(world, app_id, reload_id))
    world.findings.position("cancelled_log", kept, "of a line that was flushed and one that wasn't")


def _app(world: World) -> str:
    """The id of the run's app, made when it isn't there yet."""
    if world.no_scripts:
        raise StepError(world.no_scripts)
    if Ledger.APP in world.ledger.unanswered:
        raise StepError("the creation of the app was not answered, and a second one isn't made")
    if not world.app_id and world.ledger.claimed["apps"]:
        raise StepError("the tenant's list doesn't show the app that was made, and a second one isn't made")
    if not world.app_id:
        attributes = {"name": world.name(Ledger.APP), "spaceId": world.space, "usage": "ANALYTICS", "locale": "en"}
        world.ledger.promise_app()
        reply = world.ask.send("POST", "apps", {"attributes": attributes})
        made = str(member(reply.body, "attributes", "id") or "")
        if reply.status == 403:
            world.findings.lacks("creating apps in a shared space", "trying whether connections work from there")
        if not reply.ok or not world.guard.is_own("apps", made):
            raise StepError(f"no app could be made: {reply.words}")
        world.app_id = made
    return world.app_id


def _start(world: World, app_id: str, script: str) -> str:
    reply = world.ask.send("POST", f"apps/{app_id}/scripts", {"script": script, "versionMessage": ""})
    if not reply.ok:
        raise StepError(f"the script was refused: {reply.words}")
    reply = world.ask.send("POST", "reloads", {"appId": app_id})
    if not reply.ok or not reply["id"]:
        world.findings.lacks("reloading apps", "trying whether connections work")
        raise StepError(f"the reload was refused: {reply.words}")
    return str(reply["id"])


def _wait(world: World, reload_id: str, wanted: t.Collection[str]) -> str:
    """Wait until a reload is in one of the states that are wanted. Raises StepError when that takes too long."""
    status = ""
    for _poll in range(POLLS):
        status = str(world.ask.get(f"reloads/{reload_id}")["status"])
        if status in wanted:
            return status
        world.session.budget.sleep(PAUSE_SECONDS, world.session.tenant)
    raise StepError(f"the reload is {status} for {POLLS * PAUSE_SECONDS:.0f} seconds")


def _log(world: World, app_id: str, reload_id: str) -> str | None:
    reply = world.ask.get(f"apps/{app_id}/reloads/logs/{reload_id}")
    return _text(reply) if reply.ok else None


def _text(reply: Reply) -> str:
    return reply.raw.decode("utf-8-sig", "replace")


def _kept(log: str | None) -> str:
    """What a log holds: C(whole), C(flushed) or C(none)."""
    if log is None or "qlikops first mark" not in log:
        return "none"
    return "whole" if "qlikops second mark" in log else "flushed"


def _read_log(world: World, log: str) -> None:
    lines = log.splitlines()
    written = [line for line in lines if _SEEN.search(line) and "TRACE" not in line]
    if not written:
        raise StepError("the log doesn't hold what the script wrote")
    before, counts = _parts(written[0])
    kind = next((name for name, pattern in _PREFIXES if pattern.fullmatch(before)), "")
    world.findings.either("log_prefix", {name: name for name, _pattern in _PREFIXES}, kind, "before a line of ours")
    world.findings.position("log_repeats", len(written) > 1, f"a line of ours is there {len(written)} times")
    _read_echo(world, [one for one in lines if "TRACE qlikops seen" in one])
    _read_counts(world, counts)
    _read_errors(world, lines)


def _read_echo(world: World, echoes: t.Sequence[str]) -> None:
    echo = "none"
    if echoes:
        echo = "raw" if "$(" in echoes[0] else "expanded"
    world.findings.position("log_echo", echo, f"the statement stands in the log {len(echoes)} times")


def _parts(line: str) -> tuple[str, Counted]:
    """What stands in a line before what the script wrote, and the numbers that it wrote."""
    before, _mark, rest = line.partition("qlikops seen ")
    return before, Counted(*map(int, rest.split()[: len(Counted._fields)]))


def _read_counts(world: World, counted: Counted) -> None:
    at_connect = counted.connected > counted.start
    opened = "connect" if at_connect else "select"
    world.findings.position("odbc_opens_at", opened, "LIB CONNECT to a host that doesn't exist")
    if counted.missing > counted.connected:
        read = "error" if counted.let else "zero"
        world.findings.position("let_reads_script_error", read, f"LET read {counted.let} after an error")
        bare = "personal" if counted.bare > counted.missing else "app_space"
        world.findings.position("bare_names", bare, "a connection of the app's space, named without it")
    else:
        for name in ("let_reads_script_error", "bare_names"):
            world.findings.cannot_tell(name, "a connection that doesn't exist gave no error")
    listing = "error" if counted.files > counted.bare else "silently"
    world.findings.position("file_list_fails", listing, "FileList of a bucket that can't be read")


def _read_errors(world: World, lines: t.Sequence[str]) -> None:
    places = [number for number, line in enumerate(lines) if "The following error occurred" in line]
    has_number = any("EDC_ERROR:" in line for line in lines)
    texts = [lines[number + 1] for number in places if number + 1 < len(lines)]
    has_text = any("General Script Error" not in line and "following error" not in line for line in texts)
    kinds = {(True, True): "full", (True, False): "number", (False, True): "text", (False, False): "none"}
    world.findings.position("log_errors", kinds[has_number, has_text], f"{len(places)} errors in the log")
