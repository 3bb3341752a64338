# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and what each lets one declare.

Source: the data-sources API on qlik.dev. The specification of a source names properties with type, default and enum; it
marks neither what is required nor what is secret.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DataSource:
    """One entry of the tenant's list. C(selector) is the statement's key that chooses the source (driver,
    sourceType).
    """

    id: str
    name: str
    provider: str
    selector: str = ""
    type: str = ""
    disabled: bool = False
    capabilities: tuple[str, ...] = ()

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> DataSource:
        capabilities = answer.get("capabilities")
        return cls(
            id=str(answer.get("dataSourceId") or answer.get("datasourceID") or ""),
            name=str(answer.get("dataSourceName") or answer.get("name") or ""),
            provider=str(answer.get("provider") or ""),
            selector=str(answer.get("dataSourcePropertyName") or ""),
            type=str(answer.get("dataSourceType") or ""),
            disabled=bool(answer.get("disabled")),
            capabilities=tuple(str(item) for item in capabilities) if isinstance(capabilities, list) else (),
        )


@dataclass(frozen=True)
class PropertySpec:
    """One property: C(type) is string, boolean, integer or array; C(default) is None when there is none."""

    name: str
    type: str = "string"
    default: t.Any = None
    enum: tuple[t.Any, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class SourceSpec:
    """What a source's specification says, by property name."""

    id: str
    properties: t.Mapping[str, PropertySpec] = field(default_factory=dict)

    @classmethod
    def from_api(cls, source_id: str, answer: t.Any) -> SourceSpec:
        schema = answer.get("connectionProperties") if isinstance(answer, dict) else None
        listed = schema.get("properties") if isinstance(schema, dict) else None
        properties = {}
        for name, said in (listed if isinstance(listed, dict) else {}).items():
            said = said if isinstance(said, dict) else {}
            enum = said.get("enum")
            properties[name] = PropertySpec(
                name=name,
                type=str(said.get("type") or "string"),
                default=said.get("default"),
                enum=tuple(enum) if isinstance(enum, list) else (),
                description=str(said.get("description") or ""),
            )
        return cls(source_id, properties)
