"""A connection of each data source that the emulator knows, with a value for every property."""

from __future__ import annotations

from typing import Any

from tests.emulator.sources import SourceSpec

GATEWAY = {"id": "g1::g1", "name": "Frankfurt", "default": True}


def sample(source: SourceSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    """A value for each property of a source, parted into properties and secrets."""
    properties: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    for spec in source.properties.values():
        if spec.name in (
            "separateCredentials",
            "selectedCredentials",
            "credentialsName",
            "authCode",
            "gatewayInstance",
        ):
            continue
        value: Any = f"{spec.name} of {source.id}"
        if spec.enum:
            value = spec.enum[-1]
        elif spec.name in ("queryHeaders", "queryParameters"):
            value = [
                {"name": "Accept", "value": "a=b;c 50%"},
                {"name": "X-Key", "value": "top-secret", "encrypt": True},
            ]
        elif spec.type == "array":
            value = [{"name": "file.pem", "value": "QUJD"}]
        elif spec.type == "boolean":
            value = True
        elif spec.type in ("integer", "number"):
            value = 77
        elif spec.name == "url":
            value = "https://api.example/v1/things?page=2&size=50%25"
        is_file = isinstance(value, list) and not spec.name.startswith("query")
        (secrets if is_file or spec.name in source.secret_names else properties)[spec.name] = value
    if source.interactive:
        properties[source.interactive[0]] = next(
            item
            for spec in source.properties.values()
            if spec.name == source.interactive[0]
            for item in spec.enum
            if item != source.interactive[1]
        )
    if source.needs_gateway:
        properties["gatewayInstance"] = GATEWAY["id"]
    return properties, secrets
