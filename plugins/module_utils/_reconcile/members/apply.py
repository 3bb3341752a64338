# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what is to be done about members: whatever becomes of an answer, and whoever else is at work.

A write whose answer never came, a 409 for somebody who wasn't there, and a 404 for somebody who was, are resolved by
looking at who that member is now.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.assignments import Assignments
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OutcomeUnknownError,
    QlikError,
    TransportError,
    WaitError,
    counted,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import MANAGING_ROLE, Member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.create_once import PAUSE_SECONDS, TRIES
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import MemberChange
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.rights import may_not_change
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

PARALLEL = 8
KEPT = (
    "not done, since another change failed, without which the caller might not be able to change members any more. Run"
    " this again."
)


class MemberSteps:
    """Changes of one space's members in two steps: first who gains something, and then who loses the right to change
    members, or all. The caller may be among both, and the space may get another owner in between: so a caller who has
    that right before and after all this has it all the time.

    C(is_right_in_doubt): something failed that may have been to give it to the caller. Then nobody loses it. Whatever
    else fails doesn't stop the others.
    """

    def __init__(self, session: TenantSession, space_id: str, changes: t.Sequence[MemberChange]) -> None:
        self._session = session
        self._assignments = Assignments(session, space_id)
        self._number = len(changes)
        self._gaining, self._losing = _in_steps(changes)
        self._failures: list[str] = []
        self.is_right_in_doubt = False

    def gain(self) -> None:
        failed = self._failed(self._gaining)
        self._failures += failed.values()
        self.is_right_in_doubt = any(map(_gives_management, failed))

    def lose(self) -> None:
        losing = self._losing
        if self.is_right_in_doubt:
            self._failures += [f"{change.text}: {KEPT}" for change in losing if _manages(change.held)]
            losing = [change for change in losing if not _manages(change.held)]
        self._failures += self._failed(losing).values()

    @property
    def failures(self) -> list[str]:
        """What is to be said of the changes that failed, or weren't tried: one text, if there were any."""
        if not self._failures:
            return []
        number = counted(self._number, "change of members", "changes of members")
        return [f"{len(self._failures)} of {number} failed: {' '.join(self._failures)}"]

    def _failed(self, changes: t.Sequence[MemberChange]) -> dict[MemberChange, str]:
        """Make changes at once; those that failed, and why."""
        results = in_parallel(self._attempt, changes, PARALLEL)
        return {change: failure for change, failure in zip(changes, results) if failure}

    def _attempt(self, change: MemberChange) -> str:
        try:
            _Change(self._session, self._assignments, change).carry_out()
        except ForbiddenError as error:
            return f"{change.text}: {may_not_change(error)}"
        except QlikError as error:
            return f"{change.text}: {error}"
        return ""


def _in_steps(changes: t.Iterable[MemberChange]) -> tuple[list[MemberChange], list[MemberChange]]:
    gaining: list[MemberChange] = []
    losing: list[MemberChange] = []
    for change in changes:
        is_loss = change.kind == "remove" or (_manages(change.held) and not _manages(change.member))
        (losing if is_loss else gaining).append(change)
    return gaining, losing


def _manages(member: Member | None) -> bool:
    return member is not None and MANAGING_ROLE in member.roles


def _gives_management(change: MemberChange) -> bool:
    return _manages(change.member) and not _manages(change.held)


class _Change:
    """One change, tried until the member is as it should be."""

    def __init__(self, session: TenantSession, assignments: Assignments, change: MemberChange) -> None:
        self._session = session
        self._assignments = assignments
        self._change = change
        self._held: Member | None = change.held

    def carry_out(self) -> None:
        failure: QlikError | None = None
        for attempt in range(1, TRIES + 1):
            if failure is not None:
                has_paused = self._pause(failure, attempt - 1)
                self._look(failure)
                if self._is_done():
                    return
                if not has_paused:
                    break
            try:
                self._send()
                return
            except (ConflictError, NotFoundError, OutcomeUnknownError, AnswerError) as error:
                failure = error
        if failure is not None:
            raise failure

    def _send(self) -> None:
        if self._change.kind == "remove":
            if self._held is not None:
                self._assignments.remove(self._held.id)
        elif self._held is None:
            self._assignments.add(self._change.member)
        else:
            self._assignments.change(self._held.id, self._change.member.roles)

    def _is_done(self) -> bool:
        if self._change.kind == "remove":
            return self._held is None
        return self._held is not None and self._held.roles == self._change.member.roles

    def _look(self, failure: QlikError) -> None:
        """Who the member is now."""
        try:
            self._held = self._assignments.of(self._change.member.assignee_id)
        except (TransportError, ApiError, WaitError) as error:
            if isinstance(failure, (ConflictError, NotFoundError)):
                raise failure from None
            raise OutcomeUnknownError(failure, looking=error) from None

    def _pause(self, failure: QlikError, attempt: int) -> bool:
        """Whether there was time to let a write come to its end, where one is on its way."""
        if isinstance(failure, (ConflictError, NotFoundError)):
            return True
        try:
            self._session.budget.sleep(PAUSE_SECONDS * attempt, self._session.tenant)
        except WaitError:
            return False
        return True
