# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of the data-connections API: many connections changed or deleted by one request.

Source: qlik.dev, "Data connections" (C(actions/delete), C(actions/update)). A 207 says nothing by itself: every item
has a status of its own. What an answer leaves open is looked up, in one list for all.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ForbiddenError,
    OutcomeUnknownError,
    QlikError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

_MOST_ITEMS = 100
BatchAction = t.Literal["delete", "update"]


class Batch:
    """One action upon many connections. C(read) gives all connections that there are."""

    def __init__(
        self, session: TenantSession, action: BatchAction, read: t.Callable[[], t.Sequence[Connection]]
    ) -> None:
        self._session = session
        self._action = action
        self._what = f"data-connections/actions/{action}"
        self._read_all = read
        self._errors: dict[str, str] = {}
        self._unclear: dict[str, str] = {}

    def send(self, items: t.Sequence[JsonObject]) -> dict[str, str]:
        """Send it in parts; gives the errors by id. A part that fails is the error of its own items only.

        Raises ForbiddenError when the caller may send no batch at all.
        """
        for start in range(0, len(items), _MOST_ITEMS):
            part = items[start : start + _MOST_ITEMS]
            try:
                self._send_part(part)
            except (OutcomeUnknownError, AnswerError) as error:
                self._unclear.update(dict.fromkeys(_ids(part), str(error)))
            except ForbiddenError as error:
                if not start:
                    raise
                self._fail(part, error)
            except QlikError as error:
                self._fail(part, error)
        if self._unclear:
            self._look(dict(zip(_ids(items), items)))
        return self._errors

    def _fail(self, part: t.Sequence[JsonObject], error: QlikError) -> None:
        self._errors.update(dict.fromkeys(_ids(part), str(error)))

    def _send_part(self, part: t.Sequence[JsonObject]) -> None:
        answer = self._session.write("POST", self._what, {"connections": part}, repeatable=True)
        listed = list_at(answer, "data")
        if listed is None:
            raise AnswerError(f"{self._session.tenant}: POST {self._what} did not answer item by item.")
        asked = _ids(part)
        answered = self._by_id(listed, asked)
        for connection_id in asked:
            self._note(connection_id, answered.get(connection_id, ()))

    def _by_id(self, listed: t.Sequence[t.Any], asked: t.Container[str]) -> dict[str, list[JsonObject]]:
        """What the answer says, by id. Raises AnswerError when it is about connections that the batch didn't name."""
        found: dict[str, list[JsonObject]] = {}
        for item in listed:
            if not isinstance(item, dict):
                continue
            connection_id = str(item.get("id"))
            if connection_id not in asked:
                raise AnswerError(
                    f"{self._session.tenant}: POST {self._what} answered about another connection,"
                    f" {one_line(connection_id)}."
                )
            found.setdefault(connection_id, []).append(item)
        return found

    def _note(self, connection_id: str, items: t.Sequence[JsonObject]) -> None:
        """What became of one connection; what is answered twice must have worked both times."""
        begin = f"{self._session.tenant}: POST {self._what}"
        if not items:
            self._unclear[connection_id] = f"{begin} left this connection out of its answer."
        for item in items:
            status = item.get("status")
            if not isinstance(status, int) or isinstance(status, bool):
                self._unclear[connection_id] = f"{begin} didn't say what became of this connection."
                return
            if 200 <= status < 300 or (self._action == "delete" and status == 404):
                continue
            explanation = "no explanation was given"
            if item.get("error"):
                explanation = self._session.quote(item["error"])
            self._errors[connection_id] = f"{begin} answered {status} for this connection: {explanation}"
            return

    def _look(self, asked: t.Mapping[str, JsonObject]) -> None:
        """Find out what became of what no answer told."""
        try:
            held = {connection.id: connection for connection in self._read_all()}
        except QlikError as error:
            for connection_id, why in self._unclear.items():
                self._errors[connection_id] = f"{why} What became of it couldn't be looked up: {error}"
            return
        for connection_id, why in self._unclear.items():
            if not self._is_done(asked[connection_id], held.get(connection_id)):
                self._errors[connection_id] = f"{why} It was looked up: this connection is as before."

    def _is_done(self, item: JsonObject, connection: Connection | None) -> bool:
        if self._action == "delete" or connection is None:
            return self._action == "delete" and connection is None
        owner_id, space_id = item.get("ownerId", connection.owner_id), item.get("spaceId", connection.space_id)
        return bool((owner_id, space_id) == (connection.owner_id, connection.space_id))


def _ids(items: t.Sequence[JsonObject]) -> list[str]:
    return [str(item["id"]) for item in items]
