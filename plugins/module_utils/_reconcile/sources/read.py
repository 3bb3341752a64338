# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what becomes of the connections of a source that is switched off."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def count_connections(session: TenantSession, source: DataSource) -> int:
    """How many connections of this source the caller can see."""
    listed = DataConnections(session).all(filter=f'datasourceID eq "{source.id}"')
    return sum(connection.data_source == source.id for connection in listed)
