# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying connections on a tenant: as few reloads as there can be, and whatever happens, an answer for each."""

from __future__ import annotations

import secrets
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_script import Probe, probe_script
from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import Way
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.batches import Batches
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import Candidate, Trial
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.script_run import ScriptRun
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.test_app import NO_RIGHT, TestApp
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_LONGEST_QUOTATION = 2000


class TrialOptions(t.NamedTuple):
    """How connections are tried. C(timeout): seconds for one of them. C(space_id) is where the app lies, empty for the
    caller's personal space; C(statements) are the user's own, from the option C(statements_option).
    """

    per_reload: int = 50
    timeout: float = 60.0
    space_id: str = ""
    statements: t.Mapping[str, t.Any] = {}
    statements_option: str = "statements"


def try_connections(
    session: TenantSession, wanted: t.Sequence[Candidate], caller_id: str, options: TrialOptions
) -> tuple[list[Trial], str]:
    """Try them all, and say why some could not be: the tenant lets nobody run a script, or stopped doing so.

    Only QlikError ends it early, and then what isn't known stays unknown.
    """
    batches = Batches(
        wanted,
        per_reload=options.per_reload,
        timeout=options.timeout,
        hide=lambda text: session.redact.quoted(text, _LONGEST_QUOTATION),
        statements_option=options.statements_option,
    )
    batch = batches.next()
    if not batch:
        return batches.trials, ""
    obstacle = ""
    session.progress.begin(0)
    try:
        with TestApp(session, caller_id, options.space_id) as app:
            run = ScriptRun(session, app, timeout=options.timeout, queue=session.budget.max_wait)
            while batch:
                word = f"r{secrets.token_hex(8)}"
                probes = _probes(wanted, batch)
                batches.note(batch, run.run(probe_script(probes, word), word))
                session.progress.note(f"{batches.tried} of {len(wanted)} connections tried")
                batch = batches.next()
    except ForbiddenError as error:
        obstacle = f"{error} {NO_RIGHT}"
    except QlikError as error:
        obstacle = str(error)
    if obstacle:
        batches.give_up(f"it could not be tried: {one_line(obstacle)}")
    return batches.trials, obstacle


def _probes(wanted: t.Sequence[Candidate], batch: t.Sequence[int]) -> list[Probe]:
    return [Probe(number, wanted[place].name, t.cast(Way, wanted[place].way)) for number, place in enumerate(batch, 1)]
