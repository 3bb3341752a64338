# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which data source a definition means. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match


def find_source(reference: str, sources: t.Mapping[str, DataSource]) -> tuple[DataSource | None, str]:
    """The source of this id or unambiguous display name; otherwise None, and why."""
    source = sources.get(reference)
    if source is None:
        named = [candidate for candidate in sources.values() if candidate.name == reference]
        if len(named) > 1:
            ids = ", ".join(sorted(candidate.id for candidate in named))
            return None, f"'{reference}' is the name of several data sources; give one of their ids: {ids}."
        if not named:
            hint = suggest(reference, sources, "This tenant has", "qlik_data_source_info")
            return None, f"data source '{reference}' is not known to this tenant.{hint}"
        source = named[0]
    if source.disabled:
        return None, f"data source '{source.id}' is disabled on this tenant; an administrator can enable it."
    return source, ""


def names_new_source(match: Match) -> bool:
    """Whether a definition names a source that its connection, if there is one, isn't of as far as its id tells."""
    definition, connection = match.target.definition, match.connection
    if definition.state != "present" or not definition.data_source:
        return False
    return connection is None or connection.data_source not in ("", definition.data_source)


def source_id_of(match: Match, sources: t.Mapping[str, DataSource]) -> str:
    """The source that the connection is to be of: the declared one, or else its own."""
    reference = match.target.definition.data_source
    source = find_source(reference, sources)[0] if reference and sources else None
    held = match.connection.data_source if match.connection is not None else ""
    return source.id if source else (reference if sources or not held else held) or held


def wanted_source(match: Match, sources: t.Mapping[str, DataSource]) -> str:
    """The id of the declared source; empty when none is declared, and for what only sends secrets."""
    definition = match.target.definition
    return source_id_of(match, sources) if definition.data_source and not definition.only_secrets else ""
