"""Data sources: their properties and how the API describes them (data-sources, api-specs)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

CONNECTOR_VERSION = "8.212.0"

_NOTATION = re.compile(
    r"(?P<name>\w+)(?P<secret>\*)?(?P<shape>\[=?\])?(?::(?P<type>string|boolean|integer))?"
    r"(?:=(?P<default>[^{]*))?(?:\{(?P<enum>[^}]*)\})?$"
)


@dataclass(frozen=True)
class PropertySpec:
    """One connection property. `shape` is text, files (name and base64 value) or pairs (name, value, encrypt)."""

    name: str
    type: str
    shape: str = "text"
    secret: bool = False
    default: str | None = None
    enum: tuple[str, ...] = ()
    description: str = ""

    @classmethod
    def from_notation(cls, notation: str) -> PropertySpec:
        """Read `name*[]:type=default{a|b}`: `*` secret, `[]` files, `[=]` pairs, all but the name optional."""
        match = _NOTATION.match(notation)
        if match is None:
            raise ValueError(f"not a property notation: {notation!r}")
        shape = {"[]": "files", "[=]": "pairs", None: "text"}[match["shape"]]
        return cls(
            name=match["name"],
            type="array" if shape != "text" else match["type"] or "string",
            shape=shape,
            secret=bool(match["secret"]),
            default=match["default"],
            enum=tuple(match["enum"].split("|")) if match["enum"] else (),
            description=_describe(match["name"]),
        )

    def typed(self, text: str) -> Any:
        """Give a statement's text as the JSON type that this spec names."""
        if self.type == "boolean" and text in ("true", "false"):
            return text == "true"
        if self.type == "integer" and re.fullmatch(r"-?\d+", text):
            return int(text)
        return text

    def spec(self) -> dict[str, Any]:
        """Give the entry of api-specs. Nothing in it says that a property is secret."""
        spec: dict[str, Any] = {"type": self.type}
        if self.default is not None:
            spec["default"] = self.typed(self.default)
        if self.enum:
            spec["enum"] = list(self.enum)
        spec["description"] = self.description
        return spec


def _describe(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name)
    return words[:1].upper() + words[1:]


STANDARD = tuple(
    PropertySpec.from_notation(notation)
    for notation in ("separateCredentials:boolean=false", "selectedCredentials", "credentialsName")
)


@dataclass(frozen=True)
class SourceSpec:
    """A kind of data source: where its connections go and what they are made of."""

    id: str
    name: str
    provider: str
    selector: str | None
    own_properties: tuple[PropertySpec, ...]
    identity: tuple[str, ...] = ()
    qri_prefix: str = "qri:db"
    interactive: tuple[str, str] | None = None
    additions: tuple[tuple[str, str], ...] = ()

    @cached_property
    def selector_value(self) -> str | None:
        """Give what the statement's `driver` or `sourceType` says."""
        return self.id if self.selector else None

    @cached_property
    def properties(self) -> dict[str, PropertySpec]:
        """Give all properties by name, the standard ones last."""
        return {spec.name: spec for spec in (*self.own_properties, *STANDARD)}

    @cached_property
    def defaults(self) -> dict[str, str]:
        """Give the values that the server adds to a statement."""
        return {spec.name: spec.default for spec in self.own_properties if spec.default is not None}

    @cached_property
    def secret_names(self) -> frozenset[str]:
        """Name the properties that are write-only as a whole."""
        return frozenset(spec.name for spec in self.own_properties if spec.secret)

    @property
    def needs_gateway(self) -> bool:
        """Tell whether connections go through a Direct Access gateway."""
        return self.id.startswith("DG_")

    def added(self, properties: dict[str, Any]) -> dict[str, str]:
        """Give what the server writes into a statement beside the properties; `=name` in the catalogue is a copy of
        that one.
        """
        added = {}
        for name, value in self.additions:
            text = properties.get(value[1:], "") if value.startswith("=") else value
            if text:
                added[name] = str(text)
        return added

    def connector_tag(self) -> str:
        """Give the tag that the server puts on connections made from properties."""
        return f"DcaasAPI:{self.provider}:{CONNECTOR_VERSION}"

    def qri(self, properties: dict[str, Any]) -> str:
        """Identify what a connection points to, independent of its name."""
        named = self.identity or tuple(properties)
        text = "|".join(f"{name}={properties.get(name, '')}" for name in named)
        return f"{self.qri_prefix}://{hashlib.blake2b(text.encode(), digest_size=24).hexdigest()}"

    def api_specs(self) -> dict[str, Any]:
        """Answer GET data-sources/{id}/api-specs."""
        return {
            "connectorProvider": self.provider,
            "connectorVersion": CONNECTOR_VERSION,
            "connectionProperties": {
                "type": "object",
                "properties": {name: spec.spec() for name, spec in self.properties.items()},
            },
        }

    def listed(self, *, disabled: bool, with_ui: bool) -> dict[str, Any]:
        """Give the item of GET data-sources."""
        item: dict[str, Any] = {
            "dataSourceId": self.id,
            "name": self.name,
            "dataSourceName": self.name,
            "provider": self.provider,
            "providerName": self.provider.removesuffix(".exe"),
            "dataSourcePropertyName": self.selector,
            "dataSourceType": self.selector_value or self.id,
            "capabilities": ["READ"],
            "disabled": disabled,
            "settings": [],
            "qriDefinition": {
                "qriPrefix": self.qri_prefix,
                "connectionPart": {
                    "template": "|".join(f"{{{name}}}" for name in self.identity),
                    "properties": list(self.identity),
                },
                "pathPart": {"template": "", "properties": []},
                "itemPart": {"template": "", "properties": []},
            },
        }
        if with_ui:
            pages = f"/connectors/{self.id}"
            item["uiInfo"] = {
                "connectUrl": f"{pages}/connect.html",
                "connectorMainUrl": f"{pages}/index.html",
                "credentialsUrl": f"{pages}/credentials.html",
                "selectUrl": f"{pages}/select.html",
                "iconRectUrl": f"{pages}/rectangle.png",
                "iconSquareUrl": f"{pages}/square.png",
                "iframe": True,
                "loadModelSupport": "true",
            }
        return item
