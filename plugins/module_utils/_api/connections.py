# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data-connections API.

Source: qlik.dev, "Data connections" and changelogs 134, 157 and 236. Lists are always paged (100, the most allowed);
C(noDatafiles) leaves out the file stores that every space has.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._api.batches import Batch, BatchAction
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    ForbiddenError,
    QlikError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, is_successor_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

PAGE_SIZE = 100
_TRIES_FOR_WHOLE_LIST = 3
# How a tenant may refuse to go on with a list: its cursors don't live forever, and say nothing of how long.
_CURSOR_REFUSED = (400, 404, 410)
_RESOURCE = "data-connections"
# Connections of a disabled source are there all the same, and their names are taken.
_WHOLE = {"limit": PAGE_SIZE, "noDatafiles": "true", "includeDisabled": "true"}


_Extent = t.Literal["whole", "partial", "cut"]


class DataConnections:
    """What can be asked of and done to the data connections of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def in_space(self, space_id: str, **narrowing: t.Any) -> list[Connection]:
        """All connections of a space. Raises AnswerError when the list holds one of another space."""
        return self._of_space(space_id, self._whole({"spaceId": space_id, **narrowing}))

    def personal(self, **narrowing: t.Any) -> list[Connection]:
        """All connections in the caller's own personal space. Raises AnswerError when the list holds one of a space."""
        return self._of_space("", self._whole({"personal": "true", **narrowing}))

    def all(self, **narrowing: t.Any) -> list[Connection]:
        """All connections that the caller may see."""
        return self._whole(narrowing)

    def any_with_credentials(self) -> bool:
        """Whether the first page of the connections that the caller may see holds one that shows its credentials."""
        page = next(iter(self._session.pages(_RESOURCE, _WHOLE)))
        return any(_connection(self._session, item).credentials_id for item in page["data"])

    def waiting(self) -> list[Connection]:
        """The connections, wherever they are, that have such a name as a replacement has until it takes over."""
        return [one for one in self._whole({"filter": 'qName co "becoming"'}) if is_successor_name(one.name)]

    def changed_since(self, moment: str) -> list[Connection]:
        """The connections that were created or changed after C(moment), in RFC 3339 by the tenant's clock."""
        return self._whole({"filter": f'updated gt "{moment}"'})

    def first_pages(self, pages: int) -> list[Connection] | None:
        """All connections that the caller may see, or None when they don't fit in so many pages."""
        return self._list({}, pages)

    def _whole(self, narrowing: t.Mapping[str, t.Any]) -> list[Connection]:
        return t.cast("list[Connection]", self._list(narrowing, None))

    def _list(self, narrowing: t.Mapping[str, t.Any], most_pages: int | None) -> list[Connection] | None:
        """Read a list to its end.

        A 200 may be partial (C(errors)), and the cursor of a further page may have expired: then the list is read
        again, and never taken for the whole.
        """
        why = ""
        for _try in range(_TRIES_FOR_WHOLE_LIST):
            found: dict[str, Connection] = {}
            try:
                extent, why = self._gather({**_WHOLE, **narrowing}, found, most_pages)
            except ApiError as error:
                if not found or error.status not in _CURSOR_REFUSED:
                    raise
                extent, why = "partial", str(error)
            if extent == "cut":
                return None
            if extent == "whole":
                return [connection for connection in found.values() if not connection.is_datafiles]
        raise AnswerError(
            f"{self._session.tenant}: the list of data connections is incomplete ({why}), so what is missing can't be"
            " told from what isn't there. Nothing was planned; run again."
        )

    def _gather(
        self, query: t.Mapping[str, t.Any], found: dict[str, Connection], most_pages: int | None
    ) -> tuple[_Extent, str]:
        """Put the connections of a list into C(found). How much of the list that is, and why not more."""
        for pages, page in enumerate(self._session.pages(_RESOURCE, query), start=1):
            for item in page["data"]:
                connection = _connection(self._session, item)
                found[connection.id] = connection
            if page.get("errors"):
                return "partial", self._session.quote(page["errors"])
            if most_pages is not None and pages >= most_pages and member(page, "links", "next"):
                return "cut", ""
        return "whole", ""

    def _of_space(self, space_id: str, listed: list[Connection]) -> list[Connection]:
        """The same list. What it lacks can't be told when it isn't the list that was asked for."""
        for connection in listed:
            if connection.space_id == space_id:
                continue
            asked = f"space {space_id}" if space_id else "the personal space"
            held = f"space {one_line(connection.space_id)}" if connection.space_id else "no space"
            raise AnswerError(
                f"{self._session.tenant}: the list of data connections of {asked} holds '{one_line(connection.name)}',"
                f" which is in {held}. Nothing was planned upon it."
            )
        return listed

    def get(self, connection_id: str) -> Connection:
        """One connection with its properties as Qlik reads them from the statement."""
        path = f"{_RESOURCE}/{quote(connection_id, safe='')}"
        connection = _connection(self._session, self._session.get(path, {"parseConnection": "true"}))
        if connection.id.lower() != connection_id.lower():
            raise AnswerError(
                f"{self._session.tenant}: GET {path} answered with another connection, {one_line(connection.id)}."
            )
        return connection

    def find(self, space_id: str, name: str) -> Connection | None:
        """The connection of exactly this name, for looking whether a write happened."""
        listed = self.in_space(space_id) if space_id else self.personal()
        for connection in listed:
            if (connection.name, connection.space_id) == (name, space_id):
                return connection
        return None

    def create(self, body: JsonObject, auth_code: str = "") -> Connection:
        """Create one connection. Raises AnswerError when the answer is about another one:
        then look what became of it.
        """
        answer = self._session.write("POST", _RESOURCE, body, repeatable=False, headers=_sign_in(auth_code))
        connection = _connection(self._session, answer)
        if not _is_of(connection, body):
            raise AnswerError(
                f"{self._session.tenant}: POST {_RESOURCE} answered with another connection,"
                f" '{one_line(connection.name)}'."
            )
        return connection

    def auth_url(self, body: JsonObject) -> str:
        """Where a person signs in to the source that this connection would be of. Nothing is created.

        A source without such a sign-in creates the connection instead: then it is removed at once, and QlikError
        raised.
        """
        answer = self._session.write("POST", _RESOURCE, {**body, "authUrlOnly": True}, repeatable=False)
        if member(answer, "authUrl"):
            return str(answer["authUrl"])
        if member(answer, "qID") and _is_of(_connection(self._session, answer), body):
            self.delete(str(answer["qID"]))
        raise QlikError(f"{self._session.tenant}: data source '{body['datasourceID']}' gives no URL for signing in.")

    def patch(self, connection_id: str, operations: list[JsonObject], auth_code: str = "") -> None:
        """Change one connection. The operations are absolute, so that sending them twice ends as sending them once;
        only a code for signing in works just once."""
        path = f"{_RESOURCE}/{quote(connection_id, safe='')}"
        self._session.write("PATCH", path, operations, repeatable=not auth_code, headers=_sign_in(auth_code))

    def delete(self, connection_id: str) -> None:
        """Delete one connection; one that is gone already is no error."""
        self._session.remove(f"{_RESOURCE}/{quote(connection_id, safe='')}")

    def delete_all(self, connection_ids: t.Sequence[str]) -> dict[str, str]:
        """Delete many; gives the errors by id. Done in batches where the caller may, which takes an administrator, else
        one by one.
        """
        try:
            return self._batch("delete", [{"id": connection_id} for connection_id in connection_ids])
        except ForbiddenError:
            return self._delete_one_by_one(connection_ids)

    def _delete_one_by_one(self, connection_ids: t.Iterable[str]) -> dict[str, str]:
        errors = {connection_id: self._delete_one(connection_id) for connection_id in connection_ids}
        return {connection_id: error for connection_id, error in errors.items() if error}

    def _delete_one(self, connection_id: str) -> str:
        try:
            self.delete(connection_id)
        except QlikError as error:
            return str(error)
        return ""

    def update_all(self, changes: t.Sequence[JsonObject]) -> dict[str, str]:
        """Change owners and spaces, C([{id, ownerId, spaceId, spaceType}]); gives the errors by id. It takes an
        administrator.

        An empty C(spaceId) is the personal space of the owner.
        """
        return self._batch("update", changes)

    def _batch(self, action: BatchAction, items: t.Sequence[JsonObject]) -> dict[str, str]:
        return Batch(self._session, action, self.all).send(items)


def _sign_in(auth_code: str) -> dict[str, str]:
    """The header by which an OAuth source gets its code; C(code=) is part of the value (qlik.dev's example)."""
    if not auth_code:
        return {}
    if not auth_code.startswith("code="):
        auth_code = f"code={auth_code}"
    return {"qlik-auth-code": auth_code}


def _is_of(connection: Connection, body: JsonObject) -> bool:
    """Whether an answer is about what a creation's body declares. It need not say the space."""
    return connection.name == body["qName"] and connection.space_id in ("", body.get("space", ""))


def _connection(session: TenantSession, answer: t.Any) -> Connection:
    if isinstance(answer, dict):
        connection = Connection.from_api(answer)
        if connection.id and connection.name:
            return connection
    raise AnswerError(f"{session.tenant}: an answer about a data connection holds no qID or qName.", transient=True)
