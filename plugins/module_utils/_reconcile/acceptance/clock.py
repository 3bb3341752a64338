# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an acceptance run may take."""

from __future__ import annotations

import time

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer, Request


class TimeError(QlikError):
    """There is no time left. What was about to be asked wasn't."""


class Clock:
    """How long the steps of a run may take. It stands in the session, so that no step goes on much longer; what is left
    of the time is for cleaning up.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def check(self, what: str) -> None:
        """Raises TimeError when there is no time for something."""
        if self.is_over:
            raise TimeError(f"{what}: there was no time left.")

    def before(self, request: Request) -> None:
        """Let a request through while there is time. Raises TimeError."""
        self.check(request.what)

    def after(self, request: Request, answer: Answer) -> None:
        """Whatever is answered is taken."""
