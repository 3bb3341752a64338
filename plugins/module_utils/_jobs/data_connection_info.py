# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connection_info: what a tenant holds, also as definitions that can be applied again."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, NotFoundError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._http import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, show_connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secrets import MASK, mask_value, url_holds_secret
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.observe import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.validate import suggest

PARALLEL = 8
# What a statement says beyond the source's own properties.
_NOT_DECLARED = ("separateCredentials", "selectedCredentials", "credentialsName")


def run(session: TenantSession, options: Options, _check_mode: bool) -> Result:
    """Read connections, narrowed by the options. It never writes, so that check mode makes no difference."""
    connections = DataConnections(session)
    names: dict[str, str] = {}
    if options.get("id"):
        try:
            found = [connections.get(options["id"])]
        except (NotFoundError, ForbiddenError):
            found = []
    elif options.get("space"):
        space = Spaces(session).find(options["space"])
        if space is None:
            hint = suggest(options["space"], [known.name for known in Spaces(session).all()], "It sees")
            raise QlikError(f"{session.tenant}: space '{options['space']}' doesn't exist, or the caller can't see it.{hint}")
        names[space.id] = space.name
        found = connections.in_space(space.id)
    else:
        found = connections.all()

    owner_id = _owner_id(session, options)
    found = [connection for connection in found if _wanted(connection, options, owner_id)]
    found.sort(key=lambda connection: (connection.space_id, connection.name, connection.id))
    if any(connection.space_id not in names for connection in found if connection.space_id):
        names.update((space.id, space.name) for space in Spaces(session).all())
    result: Result = {
        "changed": False,
        "connections": [show_connection(connection, names.get(connection.space_id, "")) for connection in found],
    }
    if options.get("definitions"):
        me = Users(session).me().id if any(not connection.space_id for connection in found) else ""
        own = [connection for connection in found if connection.space_id or connection.owner_id == me]
        detailed = in_parallel(lambda connection: connections.get(connection.id), own, PARALLEL)
        sources = {source.id: source for source in DataSources(session).all()} if detailed else {}
        result["definitions"] = [
            as_definition(connection, names.get(connection.space_id, connection.space_id), sources) for connection in detailed
        ]
    return result


def _owner_id(session: TenantSession, options: Options) -> str:
    owner = options.get("owner") or ""
    if "@" not in owner:
        return owner
    user = Users(session).find_by_email(owner)
    if user is None:
        raise QlikError(f"{session.tenant}: no user has the e-mail address {owner}.")
    return user.id


def _wanted(connection: Connection, options: Options, owner_id: str) -> bool:
    managed = options.get("managed") or "any"
    return (
        not connection.is_datafiles
        and (not options.get("name") or connection.name == options["name"])
        and (not options.get("data_source") or connection.data_source == options["data_source"])
        and set(options.get("tags") or ()) <= set(connection.tags)
        and (not owner_id or connection.owner_id == owner_id)
        and (managed == "any" or connection.is_managed == (managed == "yes"))
    )


def _is_whole(name: str, value: t.Any) -> bool:
    """Whether Qlik shows all of a value: not a secret, a file without its content, or a list with an encrypted item."""
    if isinstance(value, list):
        items = [item for item in value if isinstance(item, dict)]
        if any("value" not in item or item.get("encrypt") for item in items):
            return False
    if isinstance(value, str) and (name == "url" or "://" in value):
        return not url_holds_secret(value)
    return MASK not in str(mask_value(name, value))


def as_definition(connection: Connection, space: str, sources: t.Mapping[str, DataSource]) -> dict[str, t.Any]:
    """A definition that, applied to the same tenant, changes nothing.

    Secrets are left out, since Qlik doesn't return them, and so is a property that holds one in the open (a key in a URL).
    """
    source = sources.get(connection.data_source)
    left_out = {source.selector, "provider"} if source else {"provider", "driver", "sourceType"}
    definition: dict[str, t.Any] = {"name": connection.name}
    if space:
        definition["space"] = space
    if connection.data_source:
        definition["data_source"] = connection.data_source
    if connection.properties is not None:
        definition["properties"] = {
            name: value
            for name, value in connection.properties.items()
            if name not in left_out and name not in _NOT_DECLARED and _is_whole(name, value)
        }
    if connection.separate_credentials:
        definition["separate_credentials"] = True
    if connection.user_tags:
        definition["tags"] = sorted(connection.user_tags)
    return definition
