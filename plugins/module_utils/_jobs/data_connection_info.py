# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_connection_info: what a tenant holds, also as definitions that can be applied again."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.declarable import (
    declarable_tags,
    undeclarable_names,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    ForbiddenError,
    NotFoundError,
    QlikError,
    StatementError,
    counted,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._exported_members import ExportedMembers
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._narrowed import Narrowed, narrowed_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    is_torn,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, show_connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_for_export, without_fragments
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    CODE_PROPERTY,
    PROVIDER_KEY,
    SELECTOR_KEYS,
    SEPARATION_PROPERTIES,
    is_secret_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

PARALLEL = 8


def run(session: TenantSession, options: Options, _check_mode: bool) -> Result:
    """Read connections, narrowed by the options. It never writes, so that check mode makes no difference."""
    narrowed = narrowed_connections(session, options)
    found, names = narrowed.connections, narrowed.space_names
    result: Result = {"changed": False}
    detailed: t.Sequence[Connection] = ()
    if options.get("definitions"):
        own, others = _own_and_others(session, options, narrowed)
        detailed = in_parallel(lambda connection: DataConnections(session).get(connection.id), own, PARALLEL)
        result.update(_definitions(session, found, detailed, narrowed.spaces, others))
        if options.get("members"):
            _add_members(session, result, narrowed.spaces.values())
    elif options.get("name") and not options.get("id"):
        detailed = in_parallel(lambda connection: _in_detail(session, connection), found, PARALLEL)
    by_id = {connection.id: connection for connection in detailed}
    shown = [by_id.get(connection.id, connection) for connection in found]
    result["connections"] = [show_connection(connection, names.get(connection.space_id, "")) for connection in shown]
    return result


def _own_and_others(
    session: TenantSession, options: Options, narrowed: Narrowed
) -> tuple[list[Connection], list[Connection]]:
    """The connections that the caller could make, and those that stay beside them: what is managed may be gone when it
    is declared, what isn't stays.
    """
    caller_id = ""
    if not all(connection.space_id for connection in narrowed.connections):
        caller_id = Users(session).me().id

    def is_own(connection: Connection) -> bool:
        return bool(connection.space_id) or connection.owner_id == caller_id

    others: list[Connection] = []
    if options.get("managed") == "yes":
        others = [one for one in narrowed.listed if is_own(one) and not one.is_managed and not one.is_datafiles]
    return [connection for connection in narrowed.connections if is_own(connection)], others


def _in_detail(session: TenantSession, connection: Connection) -> Connection:
    """The same connection, read by itself: only so Qlik shows the user name. As it stands in the list, if it can't be
    had.
    """
    try:
        return DataConnections(session).get(connection.id)
    except (NotFoundError, ForbiddenError):
        return connection


def _definitions(
    session: TenantSession,
    found: t.Sequence[Connection],
    detailed: t.Sequence[Connection],
    spaces: t.Mapping[str, Space],
    others: t.Sequence[Connection],
) -> Result:
    """The definitions, what each can't say, and the spaces they need.

    C(detailed) are those that the caller could make, C(others) are connections that stay beside them.
    """
    sources = {source.id: source for source in DataSources(session).all()} if detailed else {}
    used = sorted({connection.data_source for connection in detailed} & set(sources))
    specs = dict(zip(used, in_parallel(lambda source: _spec(session, source), used, PARALLEL)))
    needed = {connection.space_id for connection in detailed}
    nameless = undeclarable_names(detailed, others)
    definitions, notes = [], []
    for connection in detailed:
        space = spaces[connection.space_id].name if connection.space_id in spaces else connection.space_id
        definition = as_definition(connection, space, sources, specs.get(connection.data_source))
        definitions.append(definition)
        notes.append(_note(connection, definition, sources, specs, has_name=connection.id not in nameless))
    result: Result = {
        "definitions": definitions,
        "definition_notes": notes,
        "definition_spaces": [
            {"name": space.name, "type": space.type, "description": space.description}
            for space in sorted(spaces.values(), key=lambda space: space.name)
            if space.id in needed
        ],
    }
    foreign = len(found) - len(detailed)
    if foreign:
        verb = "has" if foreign == 1 else "have"
        result["warnings"] = [
            f"{session.tenant}: {counted(foreign, 'connection')} in personal spaces of other users {verb} no"
            " definition, since only their users can make connections there."
        ]
    return result


def _add_members(session: TenantSession, result: Result, spaces: t.Iterable[Space]) -> None:
    """Add who the members of the spaces are that are needed."""
    by_name = {space.name: space for space in spaces}
    needed = [by_name[definition["name"]] for definition in result["definition_spaces"]]
    exported = ExportedMembers(session, needed)
    for definition, space in zip(result["definition_spaces"], needed):
        definition["members"] = exported.of(space)
    if exported.warnings:
        result["warnings"] = [*result.get("warnings", ()), *exported.warnings]


def _spec(session: TenantSession, source_id: str) -> SourceSpec:
    """A source's specification; an empty one when it can't be had, for it is a help, no more."""
    try:
        return DataSources(session).spec(source_id)
    except QlikError:
        return SourceSpec(source_id)


def _secret_names(spec: SourceSpec) -> list[str]:
    """What a source takes that Qlik doesn't return."""
    return [name for name in spec.properties if is_secret_name(name) and name != CODE_PROPERTY]


def _note(
    connection: Connection,
    definition: t.Mapping[str, t.Any],
    sources: t.Mapping[str, DataSource],
    specs: t.Mapping[str, SourceSpec],
    *,
    has_name: bool,
) -> dict[str, t.Any]:
    """What a definition can't say: which connection it was made from, and what is missing from it.

    C(has_name): a connection could be created by this name.
    """
    spec = specs.get(connection.data_source, SourceSpec(connection.data_source))
    held = _declarable(connection, sources)
    unknown = _unknown(held, spec)
    missing = {
        name: value
        for name, value in held.items()
        if name not in (definition.get("properties") or {}) and name not in unknown
    }
    unreturned = [] if connection.separate_credentials else _secret_names(spec)
    return {
        "id": connection.id,
        "managed": connection.is_managed,
        "secrets": list(dict.fromkeys([*unreturned, *(name for name in missing if is_secret_name(name))])),
        "left_out": [
            *([] if has_name else ["name"]),
            *_left_out(connection, missing),
            *_lost_tags(connection, definition),
        ],
        "masked": {name: mask_for_export(name, value) for name, value in missing.items() if not is_secret_name(name)},
        "unknown": unknown,
        "credentials_id": connection.credentials_id if connection.separate_credentials else "",
    }


def _unknown(held: t.Mapping[str, t.Any], spec: SourceSpec | None) -> dict[str, t.Any]:
    """What a connection shows and its source's specification doesn't list, as far as it can be written down whole.

    Qlik adds such properties by itself, and refuses or passes by who declares them: they are no part of a definition.
    """
    if spec is None or not spec.properties:
        return {}
    strange = {name: value for name, value in held.items() if name not in spec.properties}
    return {name: value for name, value in strange.items() if mask_for_export(name, value) == value}


def _left_out(connection: Connection, missing: t.Mapping[str, t.Any]) -> list[str]:
    """What Qlik holds and the definition doesn't, but for secrets that Qlik keeps to itself: those have to be supplied
    anyway.
    """
    names = [name for name, value in missing.items() if value not in (None, "") or not is_secret_name(name)]
    if _is_unreadable(connection) or is_torn(connection.statement):
        names.append("connect_statement")
    if not connection.data_source:
        names.append("data_source")
    return names


def _lost_tags(connection: Connection, definition: t.Mapping[str, t.Any]) -> list[str]:
    return [] if set(connection.user_tags) == set(definition.get("tags") or ()) else ["tags"]


def _is_unreadable(connection: Connection) -> bool:
    """Whether nobody can tell the properties. Qlik answers with an empty mapping then."""
    if connection.properties or not connection.statement:
        return connection.properties is None
    try:
        stated = parse_connect_statement(connection.statement).properties
    except StatementError:
        return True
    return not set(stated) <= {PROVIDER_KEY, *SELECTOR_KEYS, *SEPARATION_PROPERTIES}


def _declarable(connection: Connection, sources: t.Mapping[str, DataSource]) -> dict[str, t.Any]:
    """The properties that are the source's own, be they secret or not."""
    source = sources.get(connection.data_source)
    others = {source.selector, PROVIDER_KEY} if source else {PROVIDER_KEY, *SELECTOR_KEYS}
    return {
        name: value
        for name, value in without_fragments(connection.properties or {}).items()
        if name not in others and name not in SEPARATION_PROPERTIES
    }


def as_definition(
    connection: Connection, space: str, sources: t.Mapping[str, DataSource], spec: SourceSpec | None = None
) -> dict[str, t.Any]:
    """A definition that, applied to the same tenant, changes nothing, and to another builds the same connection.

    Secrets are left out, since Qlik doesn't return them, and so is a property that holds one in the open (a key in a
    URL).
    """
    definition: dict[str, t.Any] = {"name": connection.name}
    if space:
        definition["space"] = space
    if connection.data_source:
        definition["data_source"] = connection.data_source
    if not _is_unreadable(connection):
        held = _declarable(connection, sources)
        unknown = _unknown(held, spec)
        whole = {name: value for name, value in held.items() if mask_for_export(name, value) == value}
        definition["properties"] = {name: value for name, value in whole.items() if name not in unknown}
    if connection.separate_credentials:
        definition["separate_credentials"] = True
    if connection.expires:
        definition["expires"] = connection.expires
    tags = declarable_tags(connection.user_tags, definition.get("properties") or {})
    if tags:
        definition["tags"] = tags
    return definition
