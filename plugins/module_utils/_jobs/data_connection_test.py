# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connection_test: whether connections connect, tried by a load script as an app would."""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, counted, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._narrowed import narrowed_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import (
    Trial,
    candidates,
    usable_statements,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.trying import (
    TrialOptions,
    try_connections,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

WOULD_BE_TRIED = "would be tried"
_WORDS: t.Mapping[bool | None, str] = {True: "works", False: "failed", None: "unknown"}
_FAILING: t.Mapping[str, tuple[bool | None, ...]] = {"failed": (False,), "unknown": (False, None), "never": ()}
_MOST_NAMED = 20


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Try connections and say of each whether it works. What is made for that is removed again, so nothing changes.

    Raises JobError, with all that was found, when some don't; QlikError when none could be tried.
    """
    trial_options = _trial_options(session, options)
    narrowed = narrowed_connections(session, options)
    chosen = _chosen(session.tenant, narrowed.connections, narrowed.space_names, options.get("connections"))
    caller_id = Users(session).me().id
    wanted = candidates(
        chosen,
        narrowed.space_names,
        caller_id=caller_id,
        statements=trial_options.statements,
        in_space=bool(trial_options.space_id),
    )
    if check_mode:
        trials = [Trial(one, None, one.problem if one.way is None else WOULD_BE_TRIED) for one in wanted]
        return _result(trials)
    trials, obstacle = try_connections(session, wanted, caller_id, trial_options)
    result = _result(trials)
    if not trials:
        result["warnings"] = [f"{session.tenant}: there is no connection to try, so nothing was found out."]
    return _judged(session.tenant, trials, obstacle, options.get("fail_on") or "failed", result)


def _trial_options(session: TenantSession, options: Options) -> TrialOptions:
    """How connections are tried. Raises QlikError for what can't be meant."""
    statements = usable_statements(session.tenant, "statements", options.get("statements"))
    per_reload = int(options.get("per_reload") or 50)
    timeout = int(options.get("test_timeout") or 60)
    space_id = _app_space(session, options.get("app_space") or "")
    return TrialOptions(per_reload=per_reload, timeout=timeout, space_id=space_id, statements=statements)


def _app_space(session: TenantSession, reference: str) -> str:
    """The id of the space for the app, empty for the caller's personal one."""
    if not reference:
        return ""
    space = Spaces(session).find(reference)
    if space is None:
        raise QlikError(
            f"{session.tenant}: app_space '{one_line(reference)}' doesn't exist, or the caller can't see it."
        )
    return space.id


def _chosen(
    tenant: str,
    connections: t.Sequence[Connection],
    space_names: t.Mapping[str, str],
    names: t.Sequence[str] | None,
) -> list[Connection]:
    """Those that are named, in the form C(Space:Name), C(:Name) or C(Name). Raises QlikError when a name fits none."""
    if names is None:
        return list(connections)
    called = [_names(connection, space_names) for connection in connections]
    known = set().union(*called)
    problems = [f"- '{one_line(name)}'{_hint(name, called)}" for name in names if name not in known]
    if problems:
        raise QlikError(f"{tenant}: connections names what isn't there, or isn't chosen:\n" + "\n".join(problems))
    wanted = set(names)
    return [connection for connection, held in zip(connections, called) if not wanted.isdisjoint(held)]


def _names(connection: Connection, space_names: t.Mapping[str, str]) -> tuple[str, ...]:
    space = space_names.get(connection.space_id, connection.space_id)
    return f"{space}:{connection.name}", connection.name, connection.id


def _hint(name: str, called: t.Sequence[tuple[str, ...]]) -> str:
    return suggest(name, sorted({held[0] for held in called}), "There are")


def _result(trials: t.Sequence[Trial]) -> Result:
    counts = Counter(_WORDS[trial.works] for trial in trials)
    return {
        "changed": False,
        "tests": [_entry(trial) for trial in trials],
        "summary": {word: counts[word] for word in _WORDS.values()},
    }


def _entry(trial: Trial) -> Result:
    connection = trial.candidate.connection
    return {
        "name": connection.name,
        "space": trial.candidate.space_name,
        "id": connection.id,
        "data_source": connection.data_source,
        "works": trial.works,
        "seconds": trial.seconds,
        "message": trial.message,
    }


def _judged(tenant: str, trials: t.Sequence[Trial], obstacle: str, fail_on: str, result: Result) -> Result:
    """The result, when what was found isn't what fails the task."""
    if obstacle and fail_on != "never":
        tried = sum(trial.works is not None for trial in trials)
        raise JobError(f"{obstacle} {tried} of {counted(len(trials), 'connection')} could be tried.", result)
    failing = [trial for trial in trials if trial.works in _FAILING[fail_on]]
    if failing:
        raise JobError(f"{tenant}: {_sentence(trials)}\n{_named(failing)}", result)
    unknown = [trial for trial in trials if trial.works is None]
    if unknown:
        connections = counted(len(trials), "connection")
        text = f"{tenant}: {len(unknown)} of {connections} could not be tried:\n{_named(unknown)}"
        result["warnings"] = [*result.get("warnings", []), text]
    return result


def _sentence(trials: t.Sequence[Trial]) -> str:
    counts = Counter(trial.works for trial in trials)
    verb = "doesn't" if counts[False] == 1 else "don't"
    text = f"{counts[False]} of {counted(len(trials), 'connection')} {verb} connect"
    return f"{text}, and of {counts[None]} it could not be told:" if counts[None] else f"{text}:"


def _named(trials: t.Sequence[Trial]) -> str:
    lines = [f"- {one_line(trial.candidate.name)}: {trial.message}" for trial in trials[:_MOST_NAMED]]
    if len(trials) > _MOST_NAMED:
        lines.append(f"- and {len(trials) - _MOST_NAMED} more, all of them in tests")
    return "\n".join(lines)
