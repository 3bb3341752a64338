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
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class DataSources:
    """The kinds of connections that a tenant knows."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def all(self, *, include_disabled: bool = True) -> list[DataSource]:
        query = {}
        if include_disabled:
            query["includeDisabled"] = "true"
        listed = list_at(self._session.get("data-sources", query), "dataSources")
        if listed is None:
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
        is_enabled = _is_enabled_by(answer)
        if is_enabled is None and answer is not None:
            unclear = AnswerError(
                f"{self._session.tenant}: PUT {_settings(source_id)} did not answer whether the source is disabled."
            )
            is_enabled = self._is_found_enabled(source_id, unclear)
        if is_enabled is not None and is_enabled != enabled:
            raise AnswerError(f"{self._session.tenant}: PUT {_settings(source_id)} was accepted, and changed nothing.")

    def _is_found_enabled(self, source_id: str, failure: QlikError) -> bool:
        try:
            return self.is_enabled(source_id)
        except (TransportError, ApiError, WaitError) as error:
            raise OutcomeUnknownError(failure, looking=error) from None

    def _enabled(self, answer: t.Any) -> bool:
        is_enabled = _is_enabled_by(answer)
        if is_enabled is None:
            raise AnswerError(
                f"{self._session.tenant}: GET of a data source's settings did not answer whether it is disabled."
            )
        return is_enabled

    def gateways(self, source_id: str) -> list[dict[str, t.Any]]:
        """The gateways that a source can use, C([{id, name, default}]); none is an empty list."""
        try:
            answer = self._session.get(f"data-sources/{quote(source_id, safe='')}/gateways")
        except NotFoundError:
            return []
        return [_gateway(item) for item in list_at(answer, "gateways") or () if isinstance(item, dict)]


def _gateway(item: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {
        "id": str(item.get("id") or ""),
        "name": str(item.get("name") or ""),
        "default": bool(item.get("default")),
    }


def _is_enabled_by(answer: t.Any) -> bool | None:
    """Whether a source is enabled by what an answer says; None when it doesn't say so."""
    disabled = member(answer, "disabled")
    if not isinstance(disabled, bool):
        return None
    return not disabled


def _settings(source_id: str) -> str:
    return f"data-sources/{quote(source_id, safe='')}/settings"
