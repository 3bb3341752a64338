"""The data sources that every emulated tenant offers, by id; catalogue.yml holds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .sources import PropertySpec, SourceSpec

COMMON_PROVIDER = "QlikConnectorsCommonService.exe"
GATEWAY_IDENTITY = ["gatewayInstance", "host", "server", "port", "database", "db"]


def _source(source_id: str, row: dict[str, Any]) -> SourceSpec:
    interactive = row.get("interactive")
    return SourceSpec(
        id=source_id,
        name=row["name"],
        provider=row.get("provider", COMMON_PROVIDER),
        selector=row.get("selector"),
        own_properties=tuple(PropertySpec.from_notation(word) for word in row["properties"].split()),
        identity=tuple(row["identity"]),
        qri_prefix=row["qri"],
        interactive=(interactive[0], interactive[1]) if interactive else None,
        additions=tuple((row.get("additions") or {}).items()),
    )


def _rows(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    plain: dict[str, dict[str, Any]] = data["sources"]
    yield from plain.items()
    for base, row in data["gateway_sources"].items():
        like = plain.get(base, {})
        properties = f"gatewayInstance {row.get('properties') or like['properties']}"
        yield (
            f"DG_{base}",
            {
                "name": f"{row['name']} (via Direct Access gateway)",
                "selector": "sourceType",
                "properties": properties,
                "identity": GATEWAY_IDENTITY,
                "qri": f"qri:gateway:{base}",
                "interactive": like.get("interactive"),
            },
        )
    for family in data["families"]:
        for base in family["ids"].split():
            yield (
                f"{family['prefix']}{base}",
                family | {"name": family["label"].format(id=base), "selector": "sourceType"},
            )


def _load() -> dict[str, SourceSpec]:
    text = Path(__file__).with_name("catalogue.yml").read_text(encoding="utf-8")
    return {source_id: _source(source_id, row) for source_id, row in _rows(yaml.safe_load(text))}


CATALOGUE: dict[str, SourceSpec] = _load()


def source_of_statement(provider: str, selector: str | None) -> SourceSpec | None:
    """Find the source that a connect statement speaks of."""
    if selector is not None and selector in CATALOGUE:
        return CATALOGUE[selector]
    for source in CATALOGUE.values():
        if source.selector is None and source.provider.lower() == provider.lower():
            return source
    return None
