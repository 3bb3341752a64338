# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data-sources API. Source: qlik.dev, "Data sources".
C(dataSourceName) and C(name) both occur as the display name.
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
    QlikError,
    TransportError,
    WaitError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class DataSources:
    """The kinds of connections that a tenant knows."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def all(self, *, include_disabled: bool = True) -> list[DataSource]:
        answer = self._session.get("data-sources", {"includeDisabled": "true"} if include_disabled else None)
        listed = answer.get("dataSources") if isinstance(answer, dict) else None
        if not isinstance(listed, list):
            raise AnswerError(f"{self._session.tenant}: GET data-sources did not answer with a list.")
        sources = [DataSource.from_api(item) for item in listed if isinstance(item, dict)]
        return [source for source in sources if source.id and (include_disabled or not source.disabled)]

    def spec(self, source_id: str) -> SourceSpec:
        """The properties of a source; NotFoundError for one that is unknown or disabled."""
        return SourceSpec.from_api(source_id, self._session.get(f"data-sources/{quote(source_id, safe='')}/api-specs"))

    def is_enabled(self, source_id: str) -> bool:
        """Whether the tenant offers a source."""
        return self._enabled(self._session.get(_settings(source_id)))

    def set_enabled(self, source_id: str, *, enabled: bool) -> None:
        """Switch a source for the whole tenant, which takes an administrator.

        A 409, whose cause isn't documented, is no failure when the source is switched as it should be; nor is an answer
        that never came.
        """
        try:
            answer = self._session.write("PUT", _settings(source_id), {"disabled": not enabled}, repeatable=True)
        except (ConflictError, OutcomeUnknownError) as error:
            if self._is_found_enabled(source_id, error) != enabled:
                raise
            return
        said = _says_enabled(answer)
        if said is None and answer is not None:
            unclear = AnswerError(
                f"{self._session.tenant}: PUT {_settings(source_id)} did not answer whether the source is disabled."
            )
            said = self._is_found_enabled(source_id, unclear)
        if said is not None and said != enabled:
            raise AnswerError(f"{self._session.tenant}: PUT {_settings(source_id)} was accepted, and changed nothing.")

    def _is_found_enabled(self, source_id: str, failure: QlikError) -> bool:
        try:
            return self.is_enabled(source_id)
        except (TransportError, ApiError, WaitError) as error:
            raise OutcomeUnknownError(failure, looking=error) from None

    def _enabled(self, answer: t.Any) -> bool:
        said = _says_enabled(answer)
        if said is None:
            raise AnswerError(
                f"{self._session.tenant}: GET of a data source's settings did not answer whether it is disabled."
            )
        return said

    def gateways(self, source_id: str) -> list[dict[str, t.Any]]:
        """The gateways that a source can use, C([{id, name, default}]); none is an empty list."""
        try:
            answer = self._session.get(f"data-sources/{quote(source_id, safe='')}/gateways")
        except NotFoundError:
            return []
        listed = answer.get("gateways") if isinstance(answer, dict) else None
        return [
            {"id": str(item.get("id") or ""), "name": str(item.get("name") or ""), "default": bool(item.get("default"))}
            for item in (listed if isinstance(listed, list) else [])
            if isinstance(item, dict)
        ]


def _says_enabled(answer: t.Any) -> bool | None:
    disabled = answer.get("disabled") if isinstance(answer, dict) else None
    return not disabled if isinstance(disabled, bool) else None


def _settings(source_id: str) -> str:
    return f"data-sources/{quote(source_id, safe='')}/settings"
