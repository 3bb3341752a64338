# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating something once, whatever becomes of the answer.

Source: qlik.dev has no idempotency key: a POST that timed out may have worked, so that one has to look before one
repeats it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    ConflictError,
    OutcomeUnknownError,
    QlikError,
    TransportError,
    WaitError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

TRIES = 3
PAUSE_SECONDS = 0.5

Made = t.TypeVar("Made")


def create_once(session: TenantSession, create: t.Callable[[], Made], find: t.Callable[[], Made | None]) -> Made:
    """Create, and when no answer tells whether that happened, find out before trying again.

    C(find) gives what is there now, None when there is nothing, and raises QlikError when it is somebody else's.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return create()
        except ConflictError as error:
            if attempt == 1:
                raise QlikError(f"{error} {_why_taken(find)}") from None
            failure: QlikError = error
        except (OutcomeUnknownError, AnswerError) as error:
            failure = error
        except (TransportError, ApiError, WaitError) as error:
            if attempt == 1:
                raise
            raise OutcomeUnknownError(error, earlier=True) from None
        has_paused = _pause(session, PAUSE_SECONDS * attempt)
        try:
            made = find()
        except (TransportError, ApiError, WaitError) as error:
            raise OutcomeUnknownError(failure, looking=error) from None
        if made is not None:
            return made
        if not has_paused:
            break
    raise OutcomeUnknownError(failure)


def _pause(session: TenantSession, seconds: float) -> bool:
    """Whether there was time to let a write come to its end.
    Without any, one looks at once, and doesn't write again.
    """
    try:
        session.budget.sleep(seconds, session.tenant)
    except WaitError:
        return False
    return True


def _why_taken(find: t.Callable[[], Made | None]) -> str:
    """What can be said of a name that was free when this run read the tenant, and that Qlik calls taken: what is there
    now tells.
    """
    try:
        made = find()
    except QlikError as error:
        return str(error)
    if made is not None:
        return "It was not there when this run read the tenant: somebody else made it. Run again."
    return (
        "Nothing of this name is there as far as the caller can see. Something that the caller may not see has it, or"
        " Qlik takes another"
        " name or credentials for the same: choose another name, or ask an administrator of the tenant."
    )
