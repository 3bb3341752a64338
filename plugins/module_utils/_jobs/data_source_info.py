# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_source_info: which sources a tenant knows, their properties and their gateways."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import NotFoundError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import find_source
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

PARALLEL = 8


def run(session: TenantSession, options: Options, _check_mode: bool) -> Result:
    """Read sources, narrowed by the options. It never writes, so that check mode makes no difference."""
    api = DataSources(session)
    listed = api.all(include_disabled=bool(options.get("include_disabled") or options.get("data_source")))
    if options.get("data_source"):
        source, problem = find_source(options["data_source"], {source.id: source for source in listed})
        if source is None and not options.get("include_disabled"):
            raise QlikError(f"{session.tenant}: {problem}")
        listed = [source] if source else [one for one in listed if options["data_source"] in (one.id, one.name)]
        if not listed:
            raise QlikError(f"{session.tenant}: {problem}")
    if options.get("search"):
        word = options["search"].lower()
        listed = [source for source in listed if word in source.id.lower() or word in source.name.lower()]
    listed.sort(key=lambda source: source.id)

    shown = [_show(source) for source in listed]
    if options.get("specs"):
        for entry, spec in zip(shown, in_parallel(lambda source: _spec(api, source), listed, PARALLEL)):
            entry["properties"] = _show_spec(spec)
    if options.get("gateways"):
        for entry, gateways in zip(shown, in_parallel(lambda source: _gateways(api, source), listed, PARALLEL)):
            entry["gateways"] = gateways
    return {"changed": False, "data_sources": shown}


def _spec(api: DataSources, source: DataSource) -> SourceSpec:
    try:
        return api.spec(source.id)
    except NotFoundError:
        return SourceSpec(source.id)  # a disabled source, or one without declared properties


def _gateways(api: DataSources, source: DataSource) -> list[dict[str, t.Any]]:
    """Only sources that go through the Direct Access gateway have any."""
    return api.gateways(source.id) if source.id.startswith("DG_") else []


def _show(source: DataSource) -> dict[str, t.Any]:
    return {
        "id": source.id,
        "name": source.name,
        "provider": source.provider,
        "type": source.type,
        "disabled": source.disabled,
        "capabilities": list(source.capabilities),
    }


def _show_spec(spec: SourceSpec) -> list[dict[str, t.Any]]:
    return [
        {
            "name": said.name,
            "type": said.type,
            "default": said.default,
            "enum": list(said.enum),
            "description": said.description,
            "secret": is_secret_name(said.name),
        }
        for said in spec.properties.values()
    ]
