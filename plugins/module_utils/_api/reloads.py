# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reloads API: running an app's load script, and what its log says.

Source: qlik.dev, "Reloads". Starting one has a limit of its own. A 429 with the code RELOADS-007 says that a reload of
this app is pending, and nothing of that limit.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import RELOADS
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_RESOURCE = "reloads"
PENDING = "RELOADS-007"
WAITING = frozenset(("QUEUED",))
RUNNING = frozenset(("RELOADING", "CANCELING"))


class Reload(t.NamedTuple):
    """A reload as Qlik tells of it; C(summary) is the short log that stands in its record."""

    id: str
    status: str
    error_code: str = ""
    error_message: str = ""
    summary: str = ""

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> Reload:
        return cls(
            id=str(answer["id"]),
            status=str(answer.get("status") or "").upper(),
            error_code=str(answer.get("errorCode") or ""),
            error_message=str(answer.get("errorMessage") or ""),
            summary=str(answer.get("log") or ""),
        )

    @property
    def is_waiting(self) -> bool:
        return self.status in WAITING

    @property
    def is_over(self) -> bool:
        return self.status not in WAITING and self.status not in RUNNING


class Reloads:
    """The reloads of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def start(self, app_id: str) -> Reload | None:
        """Reload an app; None while another reload of it is pending."""
        try:
            answer = self._session.write(
                "POST", _RESOURCE, {"appId": app_id}, repeatable=False, tier=RELOADS, busy=PENDING
            )
        except ApiError as error:
            if error.code == PENDING:
                return None
            raise
        return self._reload(answer)

    def get(self, reload_id: str) -> Reload:
        found = self._reload(self._session.get(_path(reload_id)))
        if found.id != reload_id:
            raise AnswerError(f"{self._session.tenant}: GET {_path(reload_id)} answered with another reload.")
        return found

    def cancel(self, reload_id: str) -> None:
        """Ask for its end. One that is over, or gone, is no error; when it is over is seen by reading it."""
        try:
            self._session.write("POST", f"{_path(reload_id)}/actions/cancel", repeatable=True)
        except (NotFoundError, ConflictError, OutcomeUnknownError):
            return

    def log(self, app_id: str, reload_id: str) -> str:
        """The log of its script as far as it is written; empty when there is none."""
        try:
            return self._session.text(f"apps/{quote(app_id, safe='')}/reloads/logs/{quote(reload_id, safe='')}")
        except NotFoundError:
            return ""

    def _reload(self, answer: t.Any) -> Reload:
        if not isinstance(answer, dict) or not answer.get("id") or not answer.get("status"):
            raise AnswerError(f"{self._session.tenant}: an answer about a reload holds no id or status.", sent=True)
        return Reload.from_api(answer)


def _path(reload_id: str) -> str:
    return f"{_RESOURCE}/{quote(reload_id, safe='')}"
