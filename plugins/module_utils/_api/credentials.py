# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data-credentials API.

Source: qlik.dev, "Data credentials". There is no list and no create: credentials come with connections, and only those
that no connection uses can be enumerated. C(byCredentialName) turns the path into a name.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, NotFoundError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

_RESOURCE = "data-credentials"


class DataCredentials:
    """What can be asked of and done to the credentials of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def get(self, credential_id: str) -> Credential | None:
        """The credential of this id, or None."""
        found = self._credential_at(credential_id, None)
        if found is not None and found.id.lower() != credential_id.lower():
            raise AnswerError(
                f"{self._session.tenant}: GET {_path(credential_id)} answered with another credential,"
                f" {one_line(found.id)}."
            )
        return found

    def find(self, name: str) -> Credential | None:
        """The credential of exactly this name, or None."""
        found = self.answering_to(name)
        if found is None or found.name != name:
            return None
        return found

    def answering_to(self, name: str) -> Credential | None:
        """What the tenant finds under a name: perhaps one that differs by case, which the documentation leaves open."""
        return self._credential_at(name, {"byCredentialName": "true"})

    def orphans(self, *, data_source: str = "", separated: bool | None = None) -> tuple[list[Credential], int]:
        """The credentials that no connection uses, and how many of them Qlik counts: more than it gave if the list is
        cut.
        """
        body: JsonObject = {}
        if data_source:
            body["datasourceID"] = data_source
        if separated is not None:
            body["qSeparated"] = int(separated)
        answer = self._session.query(f"{_RESOURCE}/actions/filter-orphan", body)
        listed = list_at(answer, "data")
        if listed is None:
            raise AnswerError(
                f"{self._session.tenant}: POST {_RESOURCE}/actions/filter-orphan did not answer with a list."
            )
        credentials = list(map(self._credential, listed))
        count = member(answer, "count")
        if not isinstance(count, int):
            count = 0
        return credentials, max(count, len(credentials))

    def patch(self, credential_id: str, operations: list[JsonObject]) -> None:
        """Change one credential. The operations are absolute, so that sending them twice ends as sending them once."""
        self._session.write("PATCH", _path(credential_id), operations, repeatable=True)

    def delete(self, credential_id: str) -> None:
        """Delete one credential; one that is gone already is no error."""
        self._session.remove(_path(credential_id))

    def _credential_at(self, reference: str, query: t.Mapping[str, str] | None) -> Credential | None:
        try:
            return self._credential(self._session.get(_path(reference), query))
        except NotFoundError:
            return None

    def _credential(self, answer: t.Any) -> Credential:
        if isinstance(answer, dict):
            credential = Credential.from_api(answer)
            if credential.id and credential.name:
                return credential
        raise AnswerError(
            f"{self._session.tenant}: an answer about a credential holds no qID or qName.", transient=True
        )


def _path(reference: str) -> str:
    return f"{_RESOURCE}/{quote(reference, safe='')}"
