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
    f"not done, since another change that gives the role {MANAGING_ROLE} failed, without which the caller might not be"
    " able to change members any more. Run this again."
)


class MembersError(QlikError):
    """Not all changes could be made. C(lacks_manager): somebody who was to get the right to change members hasn't got
    it, and it may be by that one that the caller would have kept its own.
    """

    def __init__(self, failures: t.Sequence[str], changes: t.Sequence[MemberChange], *, lacks_manager: bool) -> None:
        self.lacks_manager = lacks_manager
        number = counted(len(changes), "change of members", "changes of members")
        super().__init__(f"{len(failures)} of {number} failed: {' '.join(failures)}")


def apply_members(session: TenantSession, space_id: str, changes: t.Sequence[MemberChange]) -> None:
    """Make all changes; one that fails doesn't stop the others, but that nobody loses the right to change members while
    somebody else lacks it who was to get it. Raises MembersError that names every failed one.
    """
    assignments = Assignments(session, space_id)
    gaining, losing = _in_steps(changes)
    failed = _failed(session, assignments, gaining)
    lacks_manager = any(map(_gives_management, failed))
    failures = list(failed.values())
    if lacks_manager:
        failures += [f"{change.text}: {KEPT}" for change in losing if _manages(change.held)]
        losing = [change for change in losing if not _manages(change.held)]
    failures += _failed(session, assignments, losing).values()
    if failures:
        raise MembersError(failures, changes, lacks_manager=lacks_manager)


def _failed(
    session: TenantSession, assignments: Assignments, changes: t.Sequence[MemberChange]
) -> dict[MemberChange, str]:
    """Make changes at once; those that failed, and why."""

    def attempt(change: MemberChange) -> str:
        try:
            _Change(session, assignments, change).carry_out()
        except ForbiddenError as error:
            return f"{change.text}: {may_not_change(error)}"
        except QlikError as error:
            return f"{change.text}: {error}"
        return ""

    results = in_parallel(attempt, changes, PARALLEL)
    return {change: failure for change, failure in zip(changes, results) if failure}


def _in_steps(changes: t.Iterable[MemberChange]) -> tuple[list[MemberChange], list[MemberChange]]:
    """Who gains something, and then who loses the right to change members, or all: the caller may be among both."""
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
