# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tenants have in common, and what each has besides. Merged as the role merges layers, they give what each
tenant has.
"""

from __future__ import annotations

import typing as t

Definition = dict[str, t.Any]
_IDENTITY = ("name", "space")


def identity(definition: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """Space and name: by these the layers' definitions find each other."""
    return str(definition.get("space") or ""), str(definition["name"])


def split_layers(
    tenants: t.Mapping[str, t.Sequence[Definition]],
) -> tuple[list[Definition], dict[str, list[Definition]]]:
    """The common definitions, and those of each tenant.

    A definition is common when every tenant has one of this space and name, with the same data source, and, if they
    have properties at all, with at least one of the same value. What differs stays with the tenant, as a definition
    that says just that.
    """
    held = {host: _by_identity(definitions) for host, definitions in tenants.items()}
    common = _common_definitions(list(held.values()))
    own = {host: _beyond(definitions, common) for host, definitions in held.items()}
    return list(common.values()), own


def _by_identity(definitions: t.Sequence[Definition]) -> dict[tuple[str, str], Definition]:
    return dict(zip(map(identity, definitions), definitions, strict=True))


def _common_definitions(held: t.Sequence[dict[tuple[str, str], Definition]]) -> dict[tuple[str, str], Definition]:
    """What the definitions of several tenants have in common."""
    if len(held) < 2:
        return {}
    common = {}
    for key in held[0]:
        if not all(key in definitions for definitions in held):
            continue
        shared = _shared([definitions[key] for definitions in held])
        if shared is not None:
            common[key] = shared
    return common


def _beyond(
    definitions: t.Mapping[tuple[str, str], Definition], common: t.Mapping[tuple[str, str], Definition]
) -> list[Definition]:
    """What a tenant's definitions say beyond the common ones."""
    own = []
    for key, definition in definitions.items():
        rest = definition
        if key in common:
            rest = _rest(definition, common[key])
        if rest:
            own.append(rest)
    return own


def _shared(definitions: t.Sequence[Definition]) -> Definition | None:
    """What definitions of one space and name have in common; None when that is no definition."""
    shared = _same_members(definitions)
    if definitions[0].get("data_source") != shared.get("data_source"):
        return None
    if "properties" in shared:
        return shared
    properties = [definition.get("properties") for definition in definitions]
    if all(isinstance(one, dict) for one in properties):
        shared["properties"] = _same_members(t.cast("list[Definition]", properties))
        return shared if shared["properties"] else None
    if any("properties" in definition for definition in definitions):
        return None
    return shared


def _same_members(mappings: t.Sequence[Definition]) -> Definition:
    """What the first of these mappings has, and all others have too, with the same value."""
    same = dict(mappings[0])
    for other in mappings[1:]:
        same = {name: value for name, value in same.items() if name in other and _same(value, other[name])}
    return same


def _rest(definition: Definition, common: Definition) -> Definition:
    """What a definition says beyond the common one; empty when that is nothing."""
    rest = _without(definition, common)
    if "properties" in common:
        properties = _without(definition["properties"], common["properties"])
        if properties:
            rest["properties"] = properties
    if not rest:
        return {}
    names = {name: definition[name] for name in _IDENTITY if name in definition}
    return names | rest


def _without(mapping: Definition, names: t.Container[str]) -> Definition:
    return {name: value for name, value in mapping.items() if name not in names}


def _same(one: t.Any, other: t.Any) -> bool:
    """Equal, and of the same kind: for Python, 1 equals true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
