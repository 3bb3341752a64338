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
from html import escape
from pathlib import Path

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.expiry import how_soon
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.last_change import last_change
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data, json_line, members
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.tried import UNTOLD, is_untold, trial_line
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.words import TEST

CODES = {"create": "c", "update": "u", "move": "m", "replace": "r", "delete": "d", "none": "n"}
FAILED, LEFT_OVER, UNMANAGED, ABSENT, UNKNOWN = "f", "l", "x", "a", "k"
# Connections that nobody declared anywhere may have a different name in each tenant; the rest of them is shown on the
# tenants' pages.
UNDECLARED_COLUMNS = 100
# Of the fleet's secrets that end, the page lists the first; each tenant's own part lists all of its own.
EXPIRING_ROWS = 1000
_SCRIPTS = ("data", "grid", "tenant", "start")
_TITLES = {
    "plan": "Plan",
    "audit": "Audit",
    "provision": "Provisioning",
    "rotation": "Rotation of secrets",
    "test": "Test of connections",
}
_CHANGED = {"plan": "to change", "audit": "drifted", "provision": "changed", "rotation": "changed", "test": "changed"}
# The states of tenants, those first that somebody has to do something about.
_STATES = {
    "failed": "failed",
    "not_reached": "not reached",
    "skipped": "passed by",
    "changed": "changed",
    "policy": "against the policy",
    "same_target": "same target",
    "left_over": "left over",
    "unmanaged": "unmanaged",
    "expiring": "expiring secrets",
    "unchanged": "as declared",
}
_ORDER = list(_STATES)
# So much of what a tenant's error says stands in its row.
_WHY = 200
# Longer ones are no numbers that somebody counts by.
_NUMBERS = re.compile("([0-9]{1,18})")

Place = tuple[str, str]


def page_parts(report: Data) -> Iterator[str]:
    """A report as parts of an HTML page."""
    places = columns(report["tenants"].values())
    tenants = in_order(report["tenants"])
    numbered = NumberedValues()
    before_overview, before_details, before_known, end = _template()
    yield _headed(before_overview, report)
    yield _harmless(_overview(report, tenants, places))
    yield before_details
    ending = _ending(report)
    for host, tenant in tenants.items():
        yield _harmless({**_details(tenant, numbered), "expiring": ending.get(host, [])}) + "\n"
    yield before_known
    yield _harmless(list(numbered.numbers))
    yield end


def in_order(tenants: Mapping[str, Data]) -> dict[str, Data]:
    """The tenants as a page lists them: those with problems first, then those that differ, customer-2 before
    customer-10.
    """

    def key(host: str) -> tuple[t.Any, ...]:
        tenant = tenants[host]
        return _ORDER.index(tenant["state"]), not tenant["undeclared"], natural(host), host

    return members(sorted(tenants, key=key), tenants.__getitem__)


def natural(text: str) -> list[str | int]:
    """What a name is sorted by, so that numbers in it count as numbers."""
    return [int(part) if index % 2 else part.casefold() for index, part in enumerate(_NUMBERS.split(text))]


def _states(kind: str) -> dict[str, str]:
    """The words for the states of tenants, in a report of this kind."""
    unchanged = "nothing failed" if kind == TEST else _STATES["unchanged"]
    return {**_STATES, "changed": _CHANGED[kind], "unchanged": unchanged}


def _headed(page: str, report: Data) -> str:
    """The beginning of the page, with what can be read without its script."""
    states = report["summary"]["tenants"]
    title = f"{_TITLES[report['kind']]} of {_thousands(states['total'], 'Qlik Cloud tenant')}"
    found = [f"{states[state]:,} {word}" for state, word in _states(report["kind"]).items() if states.get(state)]
    made = report["created"].replace("T", " ").replace("Z", " UTC")
    counts = f"{', '.join(found) or 'No tenants'}. Made {made} by qlikops.cloud {report['collection_version']}."
    return page.replace("@@title@@", title).replace("@@counts@@", escape(counts))


def _thousands(number: int, noun: str) -> str:
    return counted(number, noun).replace(str(number), f"{number:,}", 1)


class NumberedValues:
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
        declared.update(map(_place, tenant["connections"]))
        others.update(set(map(_place, tenant["undeclared"])))
    for place in declared:
        others.pop(place, None)
    frequent = sorted(others, key=lambda place: (-others[place], place))
    return sorted(declared.union(frequent[:UNDECLARED_COLUMNS]), key=_column_key)


def _column_key(place: Place) -> tuple[t.Any, ...]:
    return natural(place[0]), natural(place[1]), place


def _place(entry: Mapping[str, t.Any]) -> Place:
    return entry["space"], entry["name"]


def _overview(report: Data, tenants: Mapping[str, Data], places: list[Place]) -> Data:
    index = {place: number for number, place in enumerate(places)}
    return {
        **members(("kind", "created", "collection_version", "summary"), report.__getitem__),
        "fail_on": report.get("fail_on", []),
        "rules": report.get("policy", {}),
        "expiry_days": report.get("expiry_days", 0),
        "expiring": [_soon(row) for row in report.get("expiring", ())[:EXPIRING_ROWS]],
        "expiring_count": len(report.get("expiring", ())),
        "states": _states(report["kind"]),
        "columns": places,
        "tenants": [_row(host, tenant, index) for host, tenant in tenants.items()],
    }


def _soon(row: Data) -> Data:
    return {**row, "soon": how_soon(row["expires_in_days"])}


def _ending(report: Data) -> dict[str, list[Data]]:
    """The connections whose secrets have expired or will soon, by host."""
    found: dict[str, list[Data]] = {}
    for row in report.get("expiring", ()):
        found.setdefault(row["tenant"], []).append(_soon(row))
    return found


def _row(host: str, tenant: Data, index: Mapping[Place, int]) -> Data:
    """What the matrix shows of a tenant."""
    return {
        "host": host,
        **members(("url", "region", "country", "subscription", "status", "state"), tenant.__getitem__),
        "cells": cells(tenant, index),
        "differing": len(list(filter(differs, tenant["connections"]))),
        "undeclared": len(tenant["undeclared"]),
        "findings": tenant.get("findings", {}),
        "passed": tenant.get("passed"),
        "why": tenant["error"][:_WHY],
        "requests": tenant["requests"],
    }


def differs(entry: Mapping[str, t.Any]) -> bool:
    """Whether there is anything to say about a connection or space."""
    return bool(entry["action"] != "none" or entry["error"] or is_untold(entry))


def cells(tenant: Data, index: Mapping[Place, int]) -> str:
    """The state of each of a tenant's columns as runs: `3a12nu` is 3 absent, 12 unchanged, 1 update; what follows is
    absent.
    """
    codes: dict[int, str] = {}
    for entry in tenant["undeclared"]:
        if _place(entry) in index:
            codes[index[_place(entry)]] = LEFT_OVER if entry["managed"] else UNMANAGED
    for entry in tenant["connections"]:
        codes[index[_place(entry)]] = _code(entry)
    runs: list[tuple[str, int]] = []
    following = 0
    for column in sorted(codes):
        _add_run(runs, ABSENT, column - following)
        _add_run(runs, codes[column], 1)
        following = column + 1
    return "".join(f"{length}{code}" if length > 1 else code for code, length in runs)


def _code(entry: Data) -> str:
    if entry["error"]:
        return FAILED
    if entry["action"] == "none" and is_untold(entry):
        return UNKNOWN
    return CODES.get(entry["action"], "u")


def _add_run(runs: list[tuple[str, int]], code: str, length: int) -> None:
    if runs and runs[-1][0] == code:
        runs[-1] = (code, runs[-1][1] + length)
    elif length:
        runs.append((code, length))


def _details(tenant: Data, numbered: NumberedValues) -> Data:
    """What only the tenant's own page shows."""
    return {
        **members(("digest", "error", "warnings", "undeclared"), tenant.__getitem__),
        **members(("policy", "same_targets", "undeclared_members"), lambda name: tenant.get(name, [])),
        "spaces": [_entry(entry, (entry["name"],), numbered) for entry in filter(differs, tenant["spaces"])],
        "connections": [_entry(entry, _place(entry), numbered) for entry in filter(differs, tenant["connections"])],
    }


def _entry(entry: Data, place: tuple[str, ...], numbered: NumberedValues) -> list[t.Any]:
    """Six things: place, action, error, changes, what is before and after, property by property, and what Qlik tells of
    the last change.
    """
    before, after = texts(entry.get("before") or {}), texts(entry.get("after") or {})
    proof = entry.get("proof") or {}
    if proof:
        before["updated at"] = str(proof.get("updated_before", ""))
        after["updated at"] = str(proof.get("updated_after", ""))
    if entry.get("expires") and "expires" not in {**before, **after}:
        for side in filter(None, (before, after)):
            side["expires"] = str(entry["expires"])
    sides = [numbered((name, before.get(name), after.get(name))) for name in dict.fromkeys((*before, *after))]
    action = entry["action"]
    if action == "none" and is_untold(entry):
        action = UNTOLD
    changes, since = numbered((*entry["changes"], *trial_line(entry))), numbered(last_change(entry))
    return [numbered(place), numbered(action), numbered(entry["error"]), changes, sides, since]


def texts(side: Data, path: str = "") -> dict[str, str]:
    """One side of a difference, flat: each property's value as a text, by its path."""
    found: dict[str, str] = {}
    for name, value in side.items():
        if isinstance(value, dict):
            found.update(texts(value, f"{path}{name}."))
        elif isinstance(value, str):
            found[path + name] = value
        else:
            found[path + name] = json_line(value)
    return found


def _harmless(value: t.Any) -> str:
    """JSON that no HTML parser takes for markup."""
    return json_line(value).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def _template() -> list[str]:
    """The page around its three blocks of data, with style and script inlined. Their digests permit them, and nothing
    else.
    """
    page, style = _asset("page.html"), _asset("page.css")
    script = "\n".join(_asset(f"page_{part}.js") for part in _SCRIPTS)
    inlined = {"style": style, "script": script, "style-digest": _digest(style), "script-digest": _digest(script)}
    page = re.sub("@@([a-z-]+-digest|style|script)@@", lambda found: inlined[found.group(1)], page)
    return re.split("@@(?:overview|details|known)@@", page)


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
