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
    held = {
        host: {identity(definition): definition for definition in definitions} for host, definitions in tenants.items()
    }
    common: dict[tuple[str, str], Definition] = {}
    if len(held) > 1:
        first = next(iter(held.values()))
        for key in first:
            definitions = [definitions[key] for definitions in held.values() if key in definitions]
            shared = _shared(definitions) if len(definitions) == len(held) else None
            if shared is not None:
                common[key] = shared
    own = {
        host: [rest for key, definition in definitions.items() if (rest := _rest(definition, common.get(key)))]
        for host, definitions in held.items()
    }
    return list(common.values()), own


def _shared(definitions: t.Sequence[Definition]) -> Definition | None:
    first = definitions[0]
    shared = {
        name: value for name, value in first.items() if all(_same(value, other.get(name)) for other in definitions)
    }
    if first.get("data_source") != shared.get("data_source"):
        return None
    if "properties" not in shared and all(isinstance(other.get("properties"), dict) for other in definitions):
        properties = {
            name: value
            for name, value in first["properties"].items()
            if all(name in other["properties"] and _same(value, other["properties"][name]) for other in definitions)
        }
        if not properties:
            return None
        shared["properties"] = properties
    elif "properties" not in shared and any("properties" in other for other in definitions):
        return None
    return shared


def _rest(definition: Definition, common: Definition | None) -> Definition | None:
    """What a definition says beyond the common one; None when that is nothing."""
    if common is None:
        return definition
    rest = {name: value for name, value in definition.items() if name not in common}
    if "properties" in common:
        mine, shared = definition["properties"], common["properties"]
        properties = {name: value for name, value in mine.items() if name not in shared}
        if properties:
            rest["properties"] = properties
    if not rest:
        return None
    return {**{name: definition[name] for name in _IDENTITY if name in definition}, **rest}


def _same(one: t.Any, other: t.Any) -> bool:
    """Equal, and of the same kind: for Python, 1 equals true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)
