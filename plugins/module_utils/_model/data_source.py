# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and what each lets one declare.

Source: the data-sources API on qlik.dev. The specification of a source names properties with type, default and enum; it
marks neither what is required nor what is secret.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member


class DataSource(t.NamedTuple):
    """One entry of the tenant's list. C(selector) is the statement's key that chooses the source (driver,
    sourceType). C(identity): the properties that tell one target from another.
    """

    id: str
    name: str
    provider: str
    selector: str = ""
    type: str = ""
    disabled: bool = False
    capabilities: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> DataSource:
        def text(*names: str) -> str:
            for name in names:
                if answer.get(name):
                    return str(answer[name])
            return ""

        capabilities = list_at(answer, "capabilities") or ()
        return cls(
            id=text("dataSourceId", "datasourceID"),
            name=text("dataSourceName", "name"),
            provider=text("provider"),
            selector=text("dataSourcePropertyName"),
            type=text("dataSourceType"),
            disabled=bool(answer.get("disabled")),
            capabilities=tuple(map(str, capabilities)),
            identity=tuple(map(str, list_at(answer, "qriDefinition", "connectionPart", "properties") or ())),
        )


class PropertySpec(t.NamedTuple):
    """One property: C(type) is string, boolean, integer or array; C(default) is None when there is none."""

    name: str
    type: str = "string"
    default: t.Any = None
    enum: tuple[t.Any, ...] = ()
    description: str = ""

    @classmethod
    def from_api(cls, name: str, schema: t.Any) -> PropertySpec:
        if not isinstance(schema, dict):
            return cls(name)
        enum = list_at(schema, "enum") or ()
        return cls(
            name=name,
            type=str(schema.get("type") or "string"),
            default=schema.get("default"),
            enum=tuple(enum),
            description=str(schema.get("description") or ""),
        )


class SourceSpec(t.NamedTuple):
    """What a source's specification says, by property name. C(provider) is empty where it doesn't say that."""

    id: str
    properties: t.Mapping[str, PropertySpec] = {}
    provider: str = ""

    @classmethod
    def from_api(cls, source_id: str, answer: t.Any) -> SourceSpec:
        schemas = member(answer, "connectionProperties", "properties")
        if not isinstance(schemas, dict):
            return cls(source_id, {})
        properties = {name: PropertySpec.from_api(name, schema) for name, schema in schemas.items()}
        return cls(source_id, properties, str(member(answer, "connectorProvider") or ""))

    def source(self) -> DataSource | None:
        """The source, as far as its specification tells what the list of sources would; None where it doesn't."""
        return DataSource(self.id, "", self.provider) if self.provider else None
