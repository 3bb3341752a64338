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
    found = _wanted_sources(session.tenant, options, api)
    found.sort(key=lambda source: source.id)
    shown = [_show(source) for source in found]
    if options.get("specs"):
        for entry, spec in zip(shown, in_parallel(lambda source: _spec(api, source), found, PARALLEL)):
            entry["properties"] = _show_spec(spec)
    if options.get("gateways"):
        for entry, gateways in zip(shown, in_parallel(lambda source: _gateways(api, source), found, PARALLEL)):
            entry["gateways"] = gateways
    return {"changed": False, "data_sources": shown}


def _wanted_sources(tenant: str, options: Options, api: DataSources) -> list[DataSource]:
    """The sources that the options choose. Raises QlikError when the one that is named isn't there."""
    reference, include_disabled = options.get("data_source"), bool(options.get("include_disabled"))
    listed = api.all(include_disabled=include_disabled or bool(reference))
    if reference:
        listed = _named(tenant, reference, listed, include_disabled=include_disabled)
    word = (options.get("search") or "").lower()
    if word:
        listed = [source for source in listed if word in source.id.lower() or word in source.name.lower()]
    return listed


def _named(tenant: str, reference: str, listed: t.Sequence[DataSource], *, include_disabled: bool) -> list[DataSource]:
    """The source of this id or display name; with C(include_disabled) all that may be meant."""
    source, problem = find_source(reference, {source.id: source for source in listed})
    if source is not None:
        return [source]
    named = [one for one in listed if reference in (one.id, one.name)]
    if not include_disabled or not named:
        raise QlikError(f"{tenant}: {problem}")
    return named


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
            "name": listed.name,
            "type": listed.type,
            "default": listed.default,
            "enum": list(listed.enum),
            "description": listed.description,
            "secret": is_secret_name(listed.name),
        }
        for listed in spec.properties.values()
    ]
