# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying what a task has just written: which connections, and what comes of it for the task."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, counted, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.proofs import is_proven
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import (
    Candidate,
    Trial,
    candidates,
    usable_statements,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.marks import is_marked, mark_trials
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.trying import (
    TrialOptions,
    try_connections,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

WOULD_BE_TRIED = "would be tried"
NEITHER = (
    "It holds the new secrets, which are neither known to work nor put back. See in Qlik whether it connects. Then"
    " rotate again with qlik_rotate_verify to have it tried, and put back if it doesn't; or without, to keep them."
)
_MOST_NAMED = 20
_STATEMENTS = "verify_statements"


class Verification(t.NamedTuple):
    """What was found, by the places of the outcomes. C(failures) fail the task. Of those that were C(put_back) it is
    what was found then.
    """

    found: t.Mapping[int, Trial] = {}
    failures: t.Mapping[int, str] = {}
    warnings: tuple[str, ...] = ()
    put_back: frozenset[int] = frozenset()

    def entry(self, place: int) -> Result:
        """What the result of a connection says of it."""
        trial = self.found.get(place)
        entry = {
            "works": trial.works if trial is not None else None,
            "verify_message": trial.message if trial is not None else "",
        }
        return {**entry, "put_back": True} if place in self.put_back else entry

    @property
    def counts(self) -> Result:
        counts = Counter(trial.works for trial in self.found.values())
        return {"works": counts[True], "failed": counts[False], "unknown": counts[None]}


def check_verify(tenant: str, options: Options) -> None:
    """Raises QlikError, before anything is written, when connections are to be tried in a way that can't be."""
    if options.get("put_back") or (options.get("verify") or "never") != "never":
        usable_statements(tenant, _STATEMENTS, options.get(_STATEMENTS))


def statements_that_work(session: TenantSession, options: Options, actions: t.Sequence[Action]) -> dict[str, str]:
    """The statements that work with the secrets that connections hold before others are sent, by the connections' ids.

    A statement that is refused may be wrong itself, unless it is C(SELECT 1). Where it worked a moment ago, it isn't.
    Of a rotation that goes on after it was cut off, a tag says whether it did.
    """
    found: dict[str, str] = {}
    wanted: dict[str, tuple[Connection, str]] = {}
    statements: dict[str, str] = {}
    for action in actions:
        connection = action.connection
        if connection is None or not action.sends:
            continue
        pair = _to_try(Outcome(action, connection))
        # The caller isn't asked for yet: whom a personal connection belongs to is seen when it is tried.
        (one,) = _candidates([pair], options, connection.owner_id)
        if one.way is None or one.way.kind != "statement" or one.way.tells:
            continue
        statement = one.way.statement
        if is_proven(action, statement):
            found[connection.id] = statement
        else:
            wanted[connection.id], statements[connection.id] = pair, statement
    if not wanted:
        return found
    trials, _problems = _tried(session, options, list(wanted.values()))
    for connection_id, trial in zip(wanted, trials):
        if trial.works:
            found[connection_id] = statements[connection_id]
    return found


def verify_outcomes(
    session: TenantSession,
    options: Options,
    outcomes: t.Sequence[Outcome],
    check_mode: bool,
    proven: t.Collection[str] = (),
) -> Verification | None:
    """Try the connections that the options choose; None when they don't want that. Nothing is tried in check mode.

    Without any to try it asks the tenant for nothing. C(proven): the ids of connections whose statement isn't to blame
    when it is refused.
    """
    if (options.get("verify") or "never") == "never":
        return None
    chosen = places_to_try(options, outcomes)
    if not chosen:
        return Verification()
    wanted = [_to_try(outcomes[place]) for place in chosen]
    if check_mode:
        return Verification(dict(zip(chosen, _foreseen(wanted, options))))
    trials, problems = _tried(session, options, wanted, proven)
    strict = options.get("verify_unknown") == "fail"
    parallel = max(1, int(options.get("parallel") or 8))
    problems += mark_trials(session, trials, unknown_counts=strict, parallel=parallel)
    failures, unknown = {}, []
    for place, trial in zip(chosen, trials):
        failure = _failure(session.tenant, outcomes[place].action, trial)
        if trial.works is False or (trial.works is None and strict):
            failures[place] = failure
        elif trial.works is None:
            unknown.append(failure)
    if unknown:
        problems.append(_told_unknown(session.tenant, unknown))
    return Verification(dict(zip(chosen, trials)), failures, tuple(problems))


def places_to_try(options: Options, outcomes: t.Sequence[Outcome]) -> list[int]:
    """The places of the outcomes that the options choose to be tried."""
    mode = "all" if options.get("put_back") else options.get("verify") or "never"
    if mode == "never":
        return []
    return [place for place, outcome in enumerate(outcomes) if _is_chosen(outcome, everything=mode == "all")]


def _is_chosen(outcome: Outcome, *, everything: bool) -> bool:
    action = outcome.action
    if outcome.error or action.problems or action.kind == "delete":
        return False
    if action.connection is None and not action.writes:
        return False
    if everything or _is_sent(action):
        return True
    return action.connection is not None and is_marked(action.connection.tags)


def _is_sent(action: Action) -> bool:
    """Whether something is written that a connection may fail for: not its name, tags, space or owner."""
    delta = action.delta
    if action.builds or action.sends or action.predecessor is not None:
        return True
    return bool(delta.sent or delta.statement or delta.username or delta.password or delta.attach)


def _to_try(outcome: Outcome) -> tuple[Connection, str]:
    """The connection, with what is known of it though the answer of Qlik need not say it, and its space's name."""
    action = outcome.action
    definition = action.target.definition
    held = outcome.connection or Connection(id="", name=action.name)
    source = action.source
    connection = replace(
        held,
        name=action.name,
        data_source=held.data_source or (source.id if source else definition.data_source),
        type=held.type or (source.provider if source else ""),
        shown={**definition.properties, **(held.properties or {})},
        space_id=held.space_id or action.space_name,
        tags=held.tags or (action.connection.tags if action.connection else ()),
    )
    return connection, action.space_name


def _foreseen(wanted: t.Sequence[tuple[Connection, str]], options: Options) -> list[Trial]:
    return [Trial(one, None, WOULD_BE_TRIED) for one in _candidates(wanted, options)]


def _candidates(
    wanted: t.Sequence[tuple[Connection, str]], options: Options, caller_id: str = "", *, in_space: bool = False
) -> list[Candidate]:
    names = {connection.space_id: space for connection, space in wanted if space}
    connections = [connection for connection, _space in wanted]
    statements = options.get(_STATEMENTS) or {}
    return candidates(connections, names, caller_id=caller_id, statements=statements, in_space=in_space)


def _tried(
    session: TenantSession,
    options: Options,
    wanted: t.Sequence[tuple[Connection, str]],
    proven: t.Collection[str] = (),
) -> tuple[list[Trial], list[str]]:
    """What was found, and what stood in the way of finding more."""
    try:
        caller_id = Users(session).me().id
        space_id = _app_space(session, options.get("app_space") or "")
        wanted = _with_space_names(session, wanted)
    except QlikError as error:
        why = f"it could not be tried: {one_line(str(error))}"
        return [Trial(one, None, why) for one in _candidates(wanted, options)], [str(error)]
    ways = [
        _proven(one) if one.connection.id in proven else one
        for one in _candidates(wanted, options, caller_id, in_space=bool(space_id))
    ]
    how = TrialOptions(space_id=space_id, statements_option=_STATEMENTS)
    trials, obstacle = try_connections(session, ways, caller_id, how)
    return trials, [obstacle] if obstacle else []


def _proven(candidate: Candidate) -> Candidate:
    """The same with a statement whose refusal is about the connection."""
    if candidate.way is None:
        return candidate
    return candidate._replace(way=candidate.way._replace(tells=True, proven=True))


def _with_space_names(
    session: TenantSession, wanted: t.Sequence[tuple[Connection, str]]
) -> list[tuple[Connection, str]]:
    """The same with the names of all spaces: who declares a connection by its id need not say where it is."""
    if all(space or not connection.space_id for connection, space in wanted):
        return list(wanted)
    names = {space.id: space.name for space in Spaces(session).all()}
    return [(connection, space or names.get(connection.space_id, "")) for connection, space in wanted]


def _app_space(session: TenantSession, reference: str) -> str:
    if not reference:
        return ""
    space = Spaces(session).find(reference)
    if space is None:
        raise QlikError(
            f"{session.tenant}: app_space '{one_line(reference)}' doesn't exist, or the caller can't see it."
        )
    return space.id


def _told_unknown(tenant: str, unknown: t.Sequence[str]) -> str:
    """One warning for all of them: they may be many, for one and the same reason."""
    lines = [f"- {line}" for line in unknown[:_MOST_NAMED]]
    if len(unknown) > _MOST_NAMED:
        lines.append(f"- and {len(unknown) - _MOST_NAMED} more, all of them in the results")
    connections = counted(len(unknown), "connection", "connections")
    return f"{tenant}: of {connections} it could not be told whether it works:\n" + "\n".join(lines)


def _failure(tenant: str, action: Action, trial: Trial) -> str:
    """What is said of a connection that doesn't work, or of which that could not be told."""
    verdict = "it doesn't connect" if trial.works is False else "whether it connects could not be told"
    written = "written, but " if action.writes else ""
    message = f"{written}{verdict}: {trial.message}"
    if action.notes and trial.works is None:
        message = f"{message.rstrip('.')}. {NEITHER}"
    return describe(tenant, action, message)
