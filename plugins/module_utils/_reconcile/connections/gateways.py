# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the Direct Access gateways that definitions name.

Source: qlik.dev, "Data sources": a gateway's id has the form C(<agent>::<agent>), which a name hasn't; only C(DG_)
sources have any.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import (
    Sources,
    source_given_gateway,
    source_with_named_gateway,
    with_gateway_id,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

GatewayList = t.List[t.Dict[str, t.Any]]


class Gateways:
    """Reads the gateways of the sources that need them, each source once."""

    def __init__(self, session: TenantSession, parallel: int) -> None:
        self._sources = DataSources(session)
        self._parallel = parallel
        # None where the caller may not know the gateways of a source.
        self._known: dict[str, GatewayList | None] = {}

    def with_ids(self, matches: t.Sequence[Match], sources: Sources) -> list[Match]:
        """Put ids in place of the names of gateways. Raises QlikError."""
        source_ids = [source_with_named_gateway(match, sources) for match in matches]
        self._gateways_of(source_ids, self._sources.gateways)
        return [self._with_id(match, source_id) for match, source_id in zip(matches, source_ids)]

    def checked(self, matches: t.Sequence[Match], sources: Sources) -> list[Match]:
        """Note where a gateway that is about to be written doesn't exist. What is there already was accepted once."""
        source_ids = [source_given_gateway(match, sources) for match in matches]
        self._gateways_of(source_ids, self._readable)
        return [self._with_id(match, source_id) for match, source_id in zip(matches, source_ids)]

    def _gateways_of(self, source_ids: t.Iterable[str], read: t.Callable[[str], GatewayList | None]) -> None:
        wanted = sorted(set(source_ids) - self._known.keys() - {""})
        self._known.update(zip(wanted, in_parallel(read, wanted, self._parallel)))

    def _readable(self, source_id: str) -> GatewayList | None:
        try:
            return self._sources.gateways(source_id)
        except ForbiddenError:
            return None  # Qlik will say whether there is such a gateway

    def _with_id(self, match: Match, source_id: str) -> Match:
        gateways = self._known.get(source_id)
        if gateways is None:
            return match
        return with_gateway_id(match, gateways)
