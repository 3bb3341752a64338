# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_acceptance: try on a tenant, in spaces of its own, all that this collection builds on."""

from __future__ import annotations

import json
import os
import secrets
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import write_whole
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._acceptance_modules import OwnModules, step_of
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Job, JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance import pages
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Asker
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.cleaning import (
    Cleaner,
    guard_for,
    rows,
    snapshot,
    snapshot_of_apps,
    take_away,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.clock import Clock
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.findings import Findings
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import (
    TITLE,
    Ledger,
    alone_in,
    unfinished,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.owners import (
    caller_of,
    group_of,
    owner_of,
    tenant_of,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.record import Recorder, error_bodies
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.run import (
    LAST_STEPS,
    MOST_READS,
    MOST_WRITES,
    STEPS,
    plan,
    take,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.verdict import REFUSES, outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import Caller, World
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

# Of the time that a run may take, the share that is kept for cleaning up.
_FOR_CLEANING = 0.2
_LEAST_SECONDS = 30


def job_with(many: Job, info: Job) -> Job:
    """The job, with the jobs of the modules that it tries."""
    modules = OwnModules(many, info)

    def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
        return _run(session, options, check_mode, modules)

    return run


def _run(session: TenantSession, options: Options, check_mode: bool, modules: OwnModules) -> Result:
    """Try the tenant, and say what was found. Raises JobError, with all of it, when nobody should roll out there."""
    if check_mode:
        return {"changed": False, "plan": plan(options), "most_requests": {"reads": MOST_READS, "writes": MOST_WRITES}}
    seconds = int(options["time_limit"])
    if seconds < _LEAST_SECONDS:
        raise QlikError(f"time_limit must be {_LEAST_SECONDS} or more, but is {seconds}.")
    directory = str(options["directory"])
    _make(directory)
    with alone_in(directory):
        return _run_alone(session, options, seconds, modules)


def _run_alone(session: TenantSession, options: Options, seconds: int, modules: OwnModules) -> Result:
    directory = str(options["directory"])
    clock = Clock(seconds * (1 - _FOR_CLEANING))
    asker = Asker(session)
    caller = caller_of(asker)
    tenant_id = tenant_of(asker)
    unseen = _clean_earlier(session, directory, tenant_id, caller)
    if options.get("cleanup"):
        return {"changed": False, "verdict": "", "sentence": _after_cleanup(session, directory, unseen)}
    owner = owner_of(asker, options.get("owner") or "")
    group = group_of(asker, options.get("group") or "")
    before = snapshot(session)
    no_apps = _look_at_apps(session, before) if options.get("reload") else "qlik_acceptance_reload wasn't asked for"
    ledger = Ledger(f"accept-{secrets.token_hex(8)}", tenant_id, before)
    ledger.begin(directory)
    recorder = Recorder()
    guard = guard_for(session, ledger, caller.id)
    session.watchers.append(recorder)
    guard.owners.add(owner)
    findings = Findings()
    world = World(session, asker, guard, ledger, findings, caller, clock, owner, group)
    world.no_scripts = no_apps
    session.redact.learn([world.secret])
    session.watchers.append(clock)
    most_wait = session.budget.max_wait
    session.budget.max_wait = min(most_wait, seconds * (1 - _FOR_CLEANING))
    try:
        take(world, (*STEPS, step_of(modules), *LAST_STEPS))
    finally:
        session.watchers.remove(clock)
        # Nothing is left behind for want of patience.
        session.budget.max_wait = session.budget.waited + most_wait
        cleaner = Cleaner(session, guard)
        findings.left += cleaner.clean()
    if cleaner.unseen:
        findings.untaken["Look for credentials that the run left"] = cleaner.unseen
    _compare(findings, ledger, before, snapshot(session))
    if not findings.left:
        ledger.close()
    findings.failures = asker.failures
    _look_for_secret(world, recorder)
    return _result(world, recorder, options, directory)


def _look_at_apps(session: TenantSession, before: dict[str, set[str]]) -> str:
    """Take the apps down that are there before the run; why none may be made, if they can't be listed."""
    try:
        before["apps"] = snapshot_of_apps(session)
    except QlikError as error:
        why = one_line(str(error))
        return f"the apps that are there can't be listed, and no run touches what may be of others: {why}"
    return ""


def _after_cleanup(session: TenantSession, directory: str, unseen: str) -> str:
    """What is left of earlier runs: one whose journal is somewhere else is known by the names of its spaces only."""
    names = sorted(str(member(item, "name")) for item in rows(session, "spaces", {"name": TITLE, "limit": 100}))
    strays = [one_line(name) for name in names if name.startswith(f"{TITLE} accept-")]
    if not strays and unseen:
        return f"The spaces of an earlier run are gone. Whether credentials are left isn't known: {unseen}"
    if not strays:
        return "Nothing of an earlier run is left."
    return (
        f"In {directory} nothing is noted down that is left, but the tenant has these spaces of other runs:"
        f" {', '.join(strays)}. Unless one of them goes on at this moment, name the directory of those runs, or delete"
        " the spaces by hand."
    )


def _make(directory: str) -> None:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError as error:
        raise QlikError(f"{directory} can't be made: {error.strerror}. Choose another directory.") from None


def _clean_earlier(session: TenantSession, directory: str, tenant_id: str, caller: Caller) -> str:
    """Remove what a run that was killed left behind. Raises QlikError when something stays; says why credentials could
    not be looked for.
    """
    ledger = unfinished(directory)
    if ledger is None:
        return ""
    if ledger.tenant_id != tenant_id:
        raise QlikError(
            f"{session.tenant}: the journal in {directory} is of another tenant. Give each tenant a directory of its"
            " own, and clean up the other one first."
        )
    guard = guard_for(session, ledger, caller.id)
    cleaner = Cleaner(session, guard)
    try:
        left = cleaner.clean()
    finally:
        take_away(session, guard)
    if left:
        raise QlikError(f"{session.tenant}: an earlier run left something: {'; '.join(left)}. Remove it by hand.")
    ledger.close()
    return cleaner.unseen


def _compare(
    findings: Findings, ledger: Ledger, before: t.Mapping[str, set[str]], after: t.Mapping[str, set[str]]
) -> None:
    """Note what of the run is there that wasn't there before."""
    for kind, ids in after.items():
        for identifier in sorted((ids - before[kind]) & ledger.claimed[kind]):
            findings.left.append(f"{kind}: {identifier}")


def _look_for_secret(world: World, recorder: Recorder) -> None:
    wanted = world.secret.encode()
    shown = sum(wanted in body for body in recorder.bodies())
    world.findings.fact("secrets_hidden", not shown, f"{shown} answers held a secret that was sent")


def _result(world: World, recorder: Recorder, options: Options, directory: str) -> Result:
    session = world.session
    found: Result = {"changed": False, "tenant": session.tenant, **outcome(world.findings)}
    counts = session.counts
    found["counts"] = {"reads": counts.reads, "writes": counts.writes}
    profile: Result = {"format": 1, "behaviours": found["profile"]}
    files = {
        "acceptance.json": _json(found),
        "acceptance.html": pages.page(found),
        "acceptance.junit.xml": pages.junit(found),
        "acceptance.txt": pages.text(found),
    }
    if options.get("record"):
        exchanges = recorder.redacted(_made_by_the_run(world.ledger), _words(world))
        profile["errors"] = error_bodies(exchanges)
        files["record.json"] = _json({**profile, "exchanges": exchanges})
    files["profile.json"] = _json(profile)
    found["paths"] = {}
    for name, content in files.items():
        path = os.path.join(directory, name)
        _write(path, content)
        found["paths"][name] = path
    if found["verdict"] == REFUSES:
        raise JobError(f"{session.tenant}: {found['sentence']}", found)
    return found


def _made_by_the_run(ledger: Ledger) -> set[str]:
    """What a request names that is about the run's own things: its mark, and their ids."""
    return {ledger.marker}.union(*ledger.claimed.values())


def _words(world: World) -> set[str]:
    """Texts of a record that everybody may read: names of sources and of their properties, and what this run sends."""
    words = {*world.sources, *world.disabled, *world.names, "qlikops", "shared"}
    for spec in world.specs.values():
        words |= set(spec)
    return words


def _json(value: t.Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _write(path: str, content: str) -> None:
    try:
        write_whole(path, [content.encode("utf-8", "replace")], lasting=False)
    except OSError as error:
        raise QlikError(f"{path} can't be written: {one_line(str(error.strerror))}.") from None
