# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one HTML page that opens from disk: no network, no server, and nothing in it runs but its own script.

The fleet as a matrix is small: for each tenant the states of its connections, run-length encoded. What there is to say
about the connections that differ stands behind it, a line for each tenant, and is read when somebody looks at that
tenant. Tenants of a fleet resemble each other, so these lines hold numbers, and what the numbers stand for is said
once.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import json_line

CODES = {"create": "c", "update": "u", "move": "m", "replace": "r", "delete": "d", "none": "n"}
FAILED, LEFT_OVER, UNMANAGED, ABSENT = "f", "l", "x", "a"
# Connections that nobody declared anywhere may have a different name in each tenant; the rest of them is shown on the
# tenants' pages.
UNDECLARED_COLUMNS = 100
_SCRIPTS = ("data", "grid", "tenant", "start")

Place = tuple[str, str]


def page_parts(report: Data) -> Iterator[str]:
    """A report as parts of an HTML page."""
    places = columns(report["tenants"].values())
    known = Known()
    before_overview, before_details, before_known, end = _template()
    yield before_overview
    yield _harmless(_overview(report, places))
    yield before_details
    for tenant in report["tenants"].values():
        yield _harmless(_details(tenant, known)) + "\n"
    yield before_known
    yield _harmless(list(known.numbers))
    yield end


class Known:
    """Texts, and tuples of texts, each of which has a number."""

    def __init__(self) -> None:
        self.numbers: dict[Hashable, int] = {}

    def __call__(self, value: Hashable) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def columns(tenants: Iterable[Data]) -> list[Place]:
    """The places (space, name) that have a column:
    all declared ones, and the most frequent ones that nobody declared.
    """
    declared: set[Place] = set()
    others: Counter[Place] = Counter()
    for tenant in tenants:
        declared.update(_place(entry) for entry in tenant["connections"])
        others.update({_place(entry) for entry in tenant["undeclared"]})
    frequent = sorted((place for place in others if place not in declared), key=lambda place: (-others[place], place))
    return sorted(declared.union(frequent[:UNDECLARED_COLUMNS]))


def _place(entry: Mapping[str, t.Any]) -> Place:
    return entry["space"], entry["name"]


def _overview(report: Data, places: list[Place]) -> Data:
    index = {place: number for number, place in enumerate(places)}
    return {
        **{name: report[name] for name in ("kind", "created", "collection_version", "summary")},
        "columns": places,
        "tenants": [
            {
                "host": host,
                **{name: tenant[name] for name in ("url", "region", "country", "subscription", "status", "state")},
                "cells": cells(tenant, index),
                "differing": sum(1 for entry in tenant["connections"] if differs(entry)),
                "undeclared": len(tenant["undeclared"]),
                "findings": tenant.get("findings", {}),
                "requests": tenant["requests"],
            }
            for host, tenant in report["tenants"].items()
        ],
    }


def differs(entry: Mapping[str, t.Any]) -> bool:
    """Whether there is anything to say about a connection or space."""
    return bool(entry["action"] != "none" or entry["error"])


def cells(tenant: Data, index: Mapping[Place, int]) -> str:
    """The state of each of a tenant's columns as runs: `3a12nu` is 3 absent, 12 unchanged, 1 update; what follows is
    absent.
    """
    codes = {
        index[_place(entry)]: LEFT_OVER if entry["managed"] else UNMANAGED
        for entry in tenant["undeclared"]
        if _place(entry) in index
    }
    for entry in tenant["connections"]:
        codes[index[_place(entry)]] = FAILED if entry["error"] else CODES.get(entry["action"], "u")
    runs: list[tuple[str, int]] = []
    following = 0
    for column in sorted(codes):
        for code, length in ((ABSENT, column - following), (codes[column], 1)):
            if runs and runs[-1][0] == code:
                runs[-1] = (code, runs[-1][1] + length)
            elif length:
                runs.append((code, length))
        following = column + 1
    return "".join(f"{length if length > 1 else ''}{code}" for code, length in runs)


def _details(tenant: Data, known: Known) -> Data:
    """What only the tenant's own page shows."""
    return {
        **{name: tenant[name] for name in ("digest", "error", "warnings", "undeclared")},
        "spaces": [_entry(entry, (entry["name"],), known) for entry in tenant["spaces"] if differs(entry)],
        "connections": [_entry(entry, _place(entry), known) for entry in tenant["connections"] if differs(entry)],
    }


def _entry(entry: Data, place: tuple[str, ...], known: Known) -> list[t.Any]:
    """Five things: place, action, error, changes, and what is before and after, property by property."""
    before, after = texts(entry.get("before") or {}), texts(entry.get("after") or {})
    proof = entry.get("proof") or {}
    if proof:
        before["updated at"], after["updated at"] = (
            str(proof.get("updated_before", "")),
            str(proof.get("updated_after", "")),
        )
    sides = [known((name, before.get(name), after.get(name))) for name in dict.fromkeys((*before, *after))]
    return [known(place), known(entry["action"]), known(entry["error"]), known(tuple(entry["changes"])), sides]


def texts(side: Data, path: str = "") -> dict[str, str]:
    """One side of a difference, flat: each property's value as a text, by its path."""
    found: dict[str, str] = {}
    for name, value in side.items():
        if isinstance(value, dict):
            found.update(texts(value, f"{path}{name}."))
        else:
            found[path + name] = value if isinstance(value, str) else json_line(value)
    return found


def _harmless(value: t.Any) -> str:
    """JSON that no HTML parser takes for markup."""
    return json_line(value).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def _template() -> list[str]:
    """The page around its three blocks of data, with style and script inlined. Their digests permit them, and nothing
    else.
    """
    folder = Path(__file__).parent
    page, style = ((folder / f"page.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css"))
    script = "\n".join((folder / f"page_{part}.js").read_text(encoding="utf-8") for part in _SCRIPTS)
    inlined = {"style": style, "script": script, "style-digest": _digest(style), "script-digest": _digest(script)}
    page = re.sub("@@([a-z-]+-digest|style|script)@@", lambda found: inlined[found.group(1)], page)
    return re.split("@@(?:overview|details|known)@@", page)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
