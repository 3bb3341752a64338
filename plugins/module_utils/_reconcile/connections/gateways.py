# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Direct Access gateways that definitions name.

Source: qlik.dev, "Data sources": a gateway's id has the form C(<agent>::<agent>), which a name hasn't; only C(DG_)
sources have any.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import is_gateway_source, suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import GATEWAY_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.source_choice import source_id_of
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

Sources = t.Mapping[str, DataSource]


class Gateways:
    """Reads the gateways of the sources that need them, each source once."""

    def __init__(self, session: TenantSession, parallel: int) -> None:
        self._sources = DataSources(session)
        self._parallel = parallel
        self._known: dict[str, list[dict[str, t.Any]]] = {}

    def with_ids(self, matches: t.Sequence[Match], sources: Sources) -> list[Match]:
        """Put ids in place of the names of gateways. Raises QlikError."""
        named = [_named_source(match, sources) for match in matches]
        self._read(named, self._sources.gateways)
        return [
            _with_id(match, self._known[source_id]) if source_id else match for match, source_id in zip(matches, named)
        ]

    def checked(self, matches: t.Sequence[Match], sources: Sources) -> list[Match]:
        """Note where a gateway that is about to be written doesn't exist. What is there already was accepted once."""
        written = [_written_source(match, sources) for match in matches]
        self._read(written, self._readable)
        return [
            _with_id(match, self._known[source_id]) if self._known.get(source_id) is not None else match
            for match, source_id in zip(matches, written)
        ]

    def _read(self, source_ids: t.Iterable[str], read: t.Callable[[str], t.Any]) -> None:
        wanted = sorted({source_id for source_id in source_ids if source_id and source_id not in self._known})
        self._known.update(zip(wanted, in_parallel(read, wanted, self._parallel)))

    def _readable(self, source_id: str) -> list[dict[str, t.Any]] | None:
        """The gateways of a source; None when the caller may not know them: then Qlik will say."""
        try:
            return self._sources.gateways(source_id)
        except ForbiddenError:
            return None


def _declared(match: Match) -> str:
    definition = match.target.definition
    named = definition.properties.get(GATEWAY_PROPERTY) or definition.expected_address.get(GATEWAY_PROPERTY)
    return str(named) if named and not match.problem and definition.state == "present" else ""


def _named_source(match: Match, sources: Sources) -> str:
    """The source whose gateways must be known to understand the definition; empty when it names none by name."""
    named = _declared(match)
    return source_id_of(match, sources) if named and "::" not in named else ""


def _written_source(match: Match, sources: Sources) -> str:
    """The source that is about to be given a gateway; empty when none is."""
    source_id, connection = source_id_of(match, sources), match.connection
    if not _declared(match) or not is_gateway_source(source_id):
        return ""
    stays = connection is not None and connection.data_source in ("", source_id) and GATEWAY_PROPERTY not in match.drift
    return "" if stays else source_id


def _with_id(match: Match, gateways: t.Sequence[t.Mapping[str, t.Any]]) -> Match:
    definition = match.target.definition
    named = _declared(match)
    ids = [gateway["id"] for gateway in gateways if named in (gateway["name"], gateway["id"])]
    if len(ids) != 1:
        known = [gateway["name"] or gateway["id"] for gateway in gateways]
        what = (
            "is the name of several gateways; give an id"
            if ids
            else "is no gateway of its data"
            f" source.{suggest(named, known, 'There are') or ' It has none, or the caller sees none.'}"
        )
        return replace(match, problem=f"{GATEWAY_PROPERTY} '{one_line(named)}' {what}")
    if definition.only_secrets:
        found = replace(definition, expected_address={**definition.expected_address, GATEWAY_PROPERTY: ids[0]})
    else:
        found = replace(definition, properties={**definition.properties, GATEWAY_PROPERTY: ids[0]})
    return replace(match, target=replace(match.target, definition=found))
