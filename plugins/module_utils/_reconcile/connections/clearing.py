# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing the credentials of replacements that are given up.

Source: qlik.dev, "Data credentials": separate ones outlive the connection that they were made with. Those of a
replacement that was never finished hold a password that nobody uses, under a name that nobody knows.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    BAD_REQUEST,
    ApiError,
    ConflictError,
    ForbiddenError,
    QlikError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class GivenUp:
    """Connections that are about to be deleted; of those that wait to take a place the credentials go first.

    That order leaves nothing behind when a run is cut off: a waiting connection without credentials is found by the
    next one.
    """

    def __init__(self, session: TenantSession) -> None:
        self._api = DataCredentials(session)
        self._later: dict[str, str] = {}

    def begin(self, connection: Connection) -> None:
        """Before the connection is deleted. Credentials that have its name were made with it; others are attached only,
        and stay.
        """
        if not (connection.future_name and connection.separate_credentials and connection.credentials_id):
            return
        found = self._api.get(connection.credentials_id)
        if found is None or not found.name.startswith(connection.name):
            return
        if found.connections is not None and found.connections > 1:
            return
        if found.connections is None or not self._is_deleted(found.id):
            self._later[connection.id] = found.id

    def _is_deleted(self, credentials_id: str) -> bool:
        """Whether the tenant let them go although a connection has them, which the documentation leaves open."""
        try:
            self._api.delete(credentials_id)
        except (ForbiddenError, ConflictError):
            return False
        except ApiError as error:
            if error.status != BAD_REQUEST:
                raise
            return False
        return True

    def finish(self, connection: Connection) -> None:
        """After the connection was deleted: remove the credentials that could not go before, where no connection uses
        them.
        """
        credentials_id = self._later.pop(connection.id, "")
        if credentials_id and any(one.id == credentials_id for one in self._api.orphans(separated=True)[0]):
            self._api.delete(credentials_id)


def failures(step: t.Callable[[Connection], None], connections: t.Iterable[Connection]) -> dict[str, str]:
    """Take a step for each connection, whatever becomes of the others; gives the errors by id."""
    return {connection.id: error for connection in connections if (error := _failure(step, connection))}


def _failure(step: t.Callable[[Connection], None], connection: Connection) -> str:
    try:
        step(connection)
    except QlikError as error:
        return str(error)
    return ""
