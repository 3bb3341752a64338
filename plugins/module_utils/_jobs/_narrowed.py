# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections that the options of a module narrow down to: what reads connections, and what tries them, share
this.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, NotFoundError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._meant import meant_source
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import id_problem
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.owners import Owners
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class Narrowed(t.NamedTuple):
    """C(connections), ordered by space and name, and the C(spaces) that they lie in, by id. C(listed) is all that was
    looked through.
    """

    connections: list[Connection]
    spaces: dict[str, Space]
    listed: list[Connection]

    @property
    def space_names(self) -> dict[str, str]:
        return {space.id: space.name for space in self.spaces.values()}


def narrowed_connections(session: TenantSession, options: Options) -> Narrowed:
    """The connections that all the options fit. Raises QlikError for a space, source or owner that isn't there."""
    spaces: dict[str, Space] = {}
    listed = _list_connections(session, options, spaces)
    owner_id = _owner_id(session, options, {connection.owner_id for connection in listed})
    source_id = meant_source(
        session, options.get("data_source") or "", {connection.data_source for connection in listed}
    )
    found = [connection for connection in listed if _wanted(connection, options, owner_id, source_id)]
    found.sort(key=lambda connection: (connection.space_id, connection.name, connection.id))
    if any(connection.space_id not in spaces for connection in found if connection.space_id):
        spaces.update((space.id, space) for space in Spaces(session).all())
    return Narrowed(found, spaces, listed)


def _list_connections(session: TenantSession, options: Options, spaces: dict[str, Space]) -> list[Connection]:
    """What the tenant is asked for: as little as holds all that may be meant. C(spaces) takes the one that it read."""
    connections = DataConnections(session)
    if options.get("id"):
        return _of_id(session, options["id"])
    reference = options.get("space")
    if reference == "":
        return connections.personal()
    if not reference:
        return connections.all()
    space = Spaces(session).find(reference)
    if space is None:
        hint = suggest(reference, [known.name for known in Spaces(session).all()], "It sees")
        raise QlikError(f"{session.tenant}: space '{reference}' doesn't exist, or the caller can't see it.{hint}")
    spaces[space.id] = space
    return connections.in_space(space.id)


def _of_id(session: TenantSession, connection_id: str) -> list[Connection]:
    problem = id_problem(connection_id)
    if problem:
        raise QlikError(f"{session.tenant}: {problem}")
    try:
        return [DataConnections(session).get(connection_id)]
    except (NotFoundError, ForbiddenError):
        return []


def _owner_id(session: TenantSession, options: Options, seen: t.Container[str]) -> str:
    """The id of the user whose connections are meant; C(seen) are ids that need no reading. Raises QlikError when there
    is no such user.
    """
    owner = options.get("owner") or ""
    owners = Owners(session)
    problem = owners.missing(owner, seen) if owner else ""
    if problem:
        raise QlikError(f"{session.tenant}: {problem}")
    return owners.id_of(owner)


def _wanted(connection: Connection, options: Options, owner_id: str, source_id: str) -> bool:
    if connection.is_datafiles:
        return False
    if options.get("name") and connection.name != options["name"]:
        return False
    if source_id and connection.data_source != source_id:
        return False
    if owner_id and connection.owner_id != owner_id:
        return False
    managed = options.get("managed") or "any"
    if managed != "any" and connection.is_managed != (managed == "yes"):
        return False
    return set(options.get("tags") or ()) <= set(connection.tags)
