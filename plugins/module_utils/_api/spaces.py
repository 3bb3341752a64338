# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spaces API.

Source: qlik.dev, "Spaces": the query C(name) means "contains", so what comes back is compared exactly here; names are
unique in a tenant. No largest C(limit) is documented: a hundred works as a rule, and a tenant that refuses it is asked
without any.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._api.pages import all_items
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, NotFoundError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

_RESOURCE = "spaces"
_ID = re.compile(r"\A[0-9a-f]{24}\Z")


class Spaces:
    """The shared, managed and data spaces of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def all(self, **query: str) -> list[Space]:
        spaces = [self._space(item) for item in all_items(self._session, _RESOURCE, query, _RESOURCE)]
        return list({space.id: space for space in spaces}.values())

    def get(self, space_id: str) -> Space | None:
        """The space of this id; None when there is none that the caller may see."""
        return self._of_id(space_id)

    def find(self, reference: str) -> Space | None:
        """The space of this id, or of exactly this name."""
        by_id = self._of_id(reference) if _ID.match(reference) else None
        if by_id is not None:
            return by_id
        for space in self.all(name=reference):
            if space.name == reference:
                return space
        return None

    def _of_id(self, space_id: str) -> Space | None:
        try:
            space = self._space(self._session.get(f"spaces/{space_id}"))
        except NotFoundError:
            return None
        if space.id != space_id:
            raise AnswerError(
                f"{self._session.tenant}: GET spaces/{space_id} answered with another space, {one_line(space.id)}."
            )
        return space

    def create(self, name: str, space_type: str, description: str) -> Space:
        """Create one space. Raises AnswerError when the answer is about another one: then look what became of it."""
        body = {"name": name, "type": space_type}
        if description:
            body["description"] = description
        space = self._space(self._session.write("POST", "spaces", body, repeatable=False))
        if (space.name, space.type) != (name, space_type):
            raise AnswerError(
                f"{self._session.tenant}: POST spaces answered with another space, '{one_line(space.name)}'"
                f" ({one_line(space.type)})."
            )
        return space

    def patch(self, space_id: str, changes: t.Mapping[str, str]) -> None:
        """Replace C(name), C(description) or C(ownerId)."""
        operations = [{"op": "replace", "path": f"/{member}", "value": value} for member, value in changes.items()]
        self._session.write("PATCH", f"spaces/{quote(space_id, safe='')}", operations, repeatable=True)

    def delete(self, space_id: str) -> None:
        """Delete an empty space; one that is gone already is no error."""
        self._session.remove(f"spaces/{quote(space_id, safe='')}")

    def _space(self, answer: JsonObject) -> Space:
        if not isinstance(answer, dict) or not answer.get("id"):
            raise AnswerError(f"{self._session.tenant}: an answer about a space holds no id.", transient=True)
        return Space.from_api(answer)
