# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection doesn't hold of its definition. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import differing
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    Address,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import user_tag

# Property name -> (what the tenant shows, or None; what is declared).
Drift = t.Mapping[str, t.Tuple[t.Any, t.Any]]


def drifted_properties(
    definition: Definition, connection: Connection, memory: str, defaults: t.Mapping[str, t.Any] | None = None
) -> dict[str, tuple[t.Any, t.Any]]:
    """The declared properties, or parts of the declared statement, that the connection doesn't hold.

    C(memory) is what user_memory says of the two; C(defaults) is what its source takes for a property that isn't shown.
    """
    if definition.state != "present" or (definition.only_secrets and definition.statement):
        return {}
    shown = connection.properties or {}
    drift = differing(declared_properties(definition), shown, defaults)
    if memory == "stale":
        drift.update({name: (None, value) for name, value in definition.user_names.items() if name not in shown})
    return drift


def addresses_named(name: str, connection: Connection) -> list[Address]:
    """The pairs of a connection's statement that give an address of this name, in letters of any case. What stands
    within the value of another pair is none, unless it is the very name, and nothing shows how Qlik reads it.
    """
    return [
        one
        for one in connection.addresses
        if one.name.lower() == name.lower()
        and not (one.enclosed and (one.name != name or connection.shown is not None))
    ]


def rival_addresses(declared: t.Mapping[str, t.Any], connection: Connection) -> dict[str, tuple[t.Any, t.Any]]:
    """The declared addresses that the connection's statement gives again, with another value or in letters of another
    case: what is there is a tuple of all values, and nobody can tell which of them counts for Qlik.
    """
    found: dict[str, tuple[t.Any, t.Any]] = {}
    for name, value in declared.items():
        held = [one for one in addresses_named(name, connection) if one.name == name or one.name not in declared]
        alone = all(one.name == name and one.value == held[0].value for one in held)
        if not alone and any(differing({name: value}, {name: one.value}) for one in held):
            found[name] = (tuple(one.value for one in held), value)
    return found


def user_memory(definition: Definition, connection: Connection) -> str:
    """What the connection's tag says of the declared user names: C(fresh), C(stale), C(missing); empty without any.

    It is missing on an adopted connection when they can't be sent without the secrets.
    """
    wanted = user_tag(connection.tenant_id, definition.user_names)
    if not wanted:
        return ""
    if wanted in connection.tags:
        return "fresh"
    return "stale" if connection.is_managed or not definition.write_only else "missing"


def declared_properties(definition: Definition) -> t.Mapping[str, t.Any]:
    if definition.statement:
        return parse_connect_statement(definition.statement).properties
    return definition.properties
