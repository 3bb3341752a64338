# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of catalogue.yml: whatever is mistyped there would be a source that Qlik doesn't have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.catalogue import CATALOGUE
from tests.emulator.sources import PropertySpec, SourceSpec

ROWS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "emulator/catalogue.yml").read_text(encoding="utf-8")
)
KEYS = {"name", "provider", "selector", "properties", "identity", "qri", "interactive", "additions"}
FORMS = {"integer": re.compile(r"-?\d+"), "boolean": re.compile("true|false"), "string": re.compile(".*")}


def mistakes(source: SourceSpec) -> Iterator[str]:
    """What can't be meant so in a source."""
    names = [spec.name for spec in source.own_properties]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name} is there twice"
    for spec in source.own_properties:
        if spec.default is None:
            continue
        if spec.enum and spec.default not in spec.enum:
            yield f"the default of {spec.name} is none of its values"
        if not FORMS[spec.type].fullmatch(spec.default):
            yield f"the default of {spec.name} is no {spec.type}"
    if source.interactive and source.interactive[0] not in names:
        yield f"no property {source.interactive[0]} can ask for a code"


@pytest.mark.parametrize("source", CATALOGUE.values(), ids=lambda source: source.id)
def test_a_source_can_be_meant_so(source: SourceSpec) -> None:
    assert list(mistakes(source)) == []


@pytest.mark.parametrize("name", ROWS["sources"])
def test_a_source_is_identified_by_what_it_has(name: str) -> None:
    """Those of data movement, as those of families and gateways, are by whichever they have of some."""
    row = ROWS["sources"][name]
    assert set(row) - KEYS == set()
    names = {spec.name for spec in CATALOGUE[name].own_properties}
    assert set(row["identity"]) <= names or name.startswith(("repsrc_", "reptgt_"))


def test_no_source_is_there_twice() -> None:
    """The last would count, and say nothing of the others."""
    text = (Path(__file__).parents[2] / "emulator/catalogue.yml").read_text(encoding="utf-8")
    sections = re.split(r"^(?=\w)", text, flags=re.MULTILINE)
    ids = [(section.partition(":")[0], name) for section in sections for name in re.findall(r"(?m)^  (\w+):$", section)]
    assert [one for one in ids if ids.count(one) > 1] == []
    assert ("sources", "postgres") in ids


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        ("host host", "host is there twice"),
        ("mode=c{a|b}", "the default of mode is none of its values"),
        ("port:integer=x", "the default of port is no integer"),
        ("on:boolean=maybe", "the default of on is no boolean"),
    ],
)
def test_a_mistake_is_found(words: str, mistake: str) -> None:
    own = tuple(PropertySpec.from_notation(word) for word in words.split())
    source = CATALOGUE["postgres"]
    made = SourceSpec(**{**vars_of(source), "own_properties": own, "interactive": None})
    assert list(mistakes(made)) == [mistake]


def vars_of(source: SourceSpec) -> dict[str, Any]:
    return {name: getattr(source, name) for name in source.__dataclass_fields__}
