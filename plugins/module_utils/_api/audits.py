# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audits API: what happened in a tenant. Source: qlik.dev, "Audits". Only administrators may read it; Qlik keeps
events for 90 days.
"""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

_RESOURCE = "audits"
# A thousand events of one type: who changed a connection before those isn't told.
_PAGES = 10


class Audits:
    """The events of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def types(self) -> list[str]:
        """The types of events that this tenant emits."""
        answer = self._session.get(f"{_RESOURCE}/types")
        found = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise AnswerError(f"{self._session.tenant}: GET {_RESOURCE}/types did not answer with a list.")
        return [one for one in found if isinstance(one, str)]

    def events(self, event_type: str) -> t.Iterator[JsonObject]:
        """The events of one type, the newest first, but not without end."""
        pages = self._session.pages(_RESOURCE, {"eventType": event_type, "sort": "-eventTime", "limit": 100})
        for page in itertools.islice(pages, _PAGES):
            yield from (event for event in page["data"] if isinstance(event, dict))
