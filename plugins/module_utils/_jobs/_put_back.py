# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotating secrets with a way back: what doesn't connect with the new ones gets the previous ones again."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._verify import Verification, verify_outcomes
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.apply import Applier, Outcome
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.claims import with_disclaims
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import describe
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.put_back import returning_action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import Trial
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

ONLY_FORCED = (
    "The declared secrets aren't sent again until others are declared. If they are right by now, set send_refused for"
    " one run."
)
NOT_SENT = f"not sent: its declared secrets were refused when they were tried before, and put back. {ONLY_FORCED}"


def verified_rotation(
    session: TenantSession,
    options: Options,
    outcomes: t.Sequence[Outcome],
    check_mode: bool,
    proven: t.Collection[str] = (),
) -> tuple[list[Outcome], Verification]:
    """Try what a rotation sent, and put back what doesn't connect: what became of it, and what was found at the end.
    C(proven) are the ids of connections whose statement worked before anything was sent.

    What could not be told is left as it is. Unless the options say otherwise it fails the tenant, since the next ones
    of a rollout must not rely on it.
    """
    options = {**options, "verify": "all", "verify_unknown": options.get("verify_unknown") or "fail"}
    tried = verify_outcomes(session, options, outcomes, check_mode, proven) or Verification()
    failures = dict(tried.failures)
    for place, outcome in enumerate(outcomes):
        if outcome.action.target.is_refused:
            failures[place] = describe(session.tenant, outcome.action, NOT_SENT)
    tried = tried._replace(failures=failures)
    returning = [] if check_mode else _returning(outcomes, tried)
    if not returning:
        return list(outcomes), tried
    returned = dict(zip(returning, _put_back(session, options, outcomes, returning)))
    beside = _beside(session, outcomes, returned, tried)
    after = [*returned.values(), *beside.values()]
    again = verify_outcomes(session, options, after, check_mode, proven) or Verification()
    seconds = {place: again.found.get(number) for number, place in enumerate((*returning, *beside))}
    tried = tried._replace(warnings=(*tried.warnings, *again.warnings))
    return _ended(session.tenant, outcomes, {**returned, **beside}, tried, seconds)


def _beside(
    session: TenantSession, outcomes: t.Sequence[Outcome], returned: t.Mapping[int, Outcome], tried: Verification
) -> dict[int, Outcome]:
    """Those that were tried, and got the previous secrets again by what was put back: they have the same credentials.

    What their trials found is no longer so. Each is read again, as it may carry a mark by now.
    """
    shared = {outcomes[place].action.shares for place, outcome in returned.items() if not outcome.error} - {""}
    found: dict[int, Outcome] = {}
    for place in tried.found.keys() - returned.keys():
        connection = outcomes[place].action.connection
        if connection is None or not connection.separate_credentials or connection.credentials_id not in shared:
            continue
        with contextlib.suppress(QlikError):
            found[place] = outcomes[place]._replace(connection=DataConnections(session).get(connection.id))
    return found


def _ended(
    tenant: str,
    outcomes: t.Sequence[Outcome],
    returned: t.Mapping[int, Outcome],
    tried: Verification,
    seconds: t.Mapping[int, Trial | None],
) -> tuple[list[Outcome], Verification]:
    """What became of a rotation of which some was put back. C(seconds) are the trials after that."""
    after, found, failures = list(outcomes), dict(tried.found), dict(tried.failures)
    for place, outcome in returned.items():
        second = seconds[place]
        if outcomes[place].action.sends:  # the others have the same credentials, and nothing was sent through them
            after[place] = _merged(after[place], outcome)
        failures[place] = describe(tenant, after[place].action, _outcome_text(tried.found.get(place), outcome, second))
        if second is not None:
            found[place] = second
    done = frozenset(place for place, second in seconds.items() if second is not None)
    return after, tried._replace(found=found, failures=dict(sorted(failures.items())), put_back=done)


def _returning(outcomes: t.Sequence[Outcome], tried: Verification) -> list[int]:
    """The places of what is put back: what doesn't connect, and what was sent the same credentials."""
    failed = [outcome.action for place, outcome in enumerate(outcomes) if _is_refused(place, outcome, tried)]
    shared = {action.shares for action in failed if action.shares}
    return [
        place
        for place, outcome in enumerate(outcomes)
        if _is_refused(place, outcome, tried) or (_is_sent(outcome) and outcome.action.shares in shared)
    ]


def _is_sent(outcome: Outcome) -> bool:
    return bool(outcome.action.sends and outcome.action.notes and not outcome.error)


def _is_refused(place: int, outcome: Outcome, tried: Verification) -> bool:
    trial = tried.found.get(place)
    return _is_sent(outcome) and trial is not None and trial.works is False


def _put_back(
    session: TenantSession, options: Options, everything: t.Sequence[Outcome], returning: t.Sequence[int]
) -> list[Outcome]:
    """Send the previous secrets of those at these places; an outcome for each."""
    outcomes = [everything[place] for place in returning]
    beside = [outcome for place, outcome in enumerate(everything) if place not in set(returning)]
    actions: list[Action] = []
    failed: dict[int, Outcome] = {}
    for number, outcome in enumerate(outcomes):
        back, problem = _way_back(session, outcome.action)
        if back is None:
            failed[number] = outcome._replace(error=problem)
        else:
            actions.append(back)
    # One that held the new secrets before this run gets others with the shared credentials: its fingerprint goes.
    disclaiming = with_disclaims(actions, [one.connection for one in beside if one.connection is not None])
    actions = [replace(action, disclaims=found.disclaims) for action, found in zip(actions, disclaiming)]
    applier = Applier(session, "", parallel=max(1, int(options.get("parallel") or 8)), look=True)
    sent = iter(applier.apply(actions) if actions else ())
    return [failed[number] if number in failed else next(sent) for number in range(len(outcomes))]


def _way_back(session: TenantSession, action: Action) -> tuple[Action | None, str]:
    """What puts the previous secrets back; or None, and why that can't be."""
    if action.connection is None:  # a rotation is about connections that are there
        return None, "it isn't there."
    try:
        now = DataConnections(session).get(action.connection.id)
    except QlikError as error:
        return None, str(error)
    back = returning_action(action, now)
    return (None, back.problems[0]) if back.problems else (back, "")


def _merged(sent: Outcome, returned: Outcome) -> Outcome:
    if returned.error:
        return sent
    change = "secrets: put back, because the new ones don't connect"
    return sent._replace(
        action=replace(sent.action, changes=(*sent.action.changes, change)),
        connection=returned.connection,
        warnings=(*sent.warnings, *returned.warnings),
    )


def _outcome_text(first: Trial | None, returned: Outcome, second: Trial | None) -> str:
    """What is said of a connection whose new secrets didn't connect."""
    why = "another connection doesn't connect with the new secrets of the same credentials"
    if first is not None and first.works is False:
        why = f"it doesn't connect with the new secrets: {first.message}".rstrip(".")
    if returned.error:
        return (
            f"not put back: {why}. It holds the new ones, since the previous ones could not be sent: {returned.error}"
            " Run the rotation again, which goes on there, or send the right ones."
        )
    if second is None or second.works is None:
        reason = second.message if second is not None else "it could not be tried"
        held = f"Whether it connects with secrets_previous, which it holds, could not be told: {reason}".rstrip(".")
    elif second.works:
        held = "It connects with secrets_previous, which it holds"
    else:
        held = (
            f"It doesn't connect with secrets_previous either, which it holds: {second.message}".rstrip(".")
            + ". So something else may be wrong: see to that first"
        )
    return f"put back: {why}. {held}. {ONLY_FORCED}"
