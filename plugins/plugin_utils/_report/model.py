# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report holds: results of tenants by host in, plain data out. Pure."""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SCHEMA = "qlikops.cloud/report/1"
KINDS = ("plan", "audit", "provision", "rotation")
# Kinds of results of check mode: what differs, or would be done, is all foreseen.
FORESEEING = ("plan", "audit")
STATES = ("changed", "unchanged", "failed", "skipped", "not_reached")
COUNTED = ("created", "updated", "moved", "replaced", "deleted", "unchanged", "failed")
SPACES_COUNTED = ("created", "updated", "deleted", "unchanged", "failed")

_COUNT_OF = {"create": "created", "update": "updated", "move": "moved", "replace": "replaced", "delete": "deleted", "none": "unchanged"}
_READ = ("changed", "unchanged")
_REQUESTS = ("reads", "writes", "retries", "waited_seconds", "seconds")
# What this collection remembers in a tag: a digest, or somebody's version of a secret.
_OWN = "qlikops.cloud:"
_MEMORY = re.compile(r"(qlikops\.cloud:(?:secrets|user):)[^\s\"',\]]+")

Data = dict[str, t.Any]


@dataclass(frozen=True)
class Tenant:
    """What is known of one host: its inventory's facts (texts), and the result of its task, None without one."""

    result: Mapping[str, t.Any] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


FACTS = ("url", "region", "country", "subscription", "status")


def build(kind: str, tenants: Mapping[str, Tenant], *, created: str, version: str) -> Data:
    """The report of a fleet. `created` is a time in UTC, `version` the collection's. Hosts and connections are sorted."""
    described = {host: describe(kind, tenants[host]) for host in sorted(tenants)}
    return {
        "schema": SCHEMA,
        "kind": kind,
        "created": created,
        "collection_version": version,
        "summary": summarize(described.values()),
        "digests": {host: tenant["digest"] for host, tenant in described.items() if tenant["digest"] and tenant["state"] in _READ},
        "tenants": described,
    }


def describe(kind: str, tenant: Tenant) -> Data:
    """One tenant's part."""
    result = tenant.result if isinstance(tenant.result, Mapping) else {}
    state = _state(result)
    requests = result.get("requests") or {}
    # A task that stopped before it wrote names what it would have done: in a report of what was done, that has no place.
    everything = kind in FORESEEING or bool(result.get("changed"))
    connections, spaces = (
        [entry for entry in entries if everything or entry["error"] or entry["action"] == "none"]
        for entries in (_connections(result), (_entry(entry) for entry in result.get("spaces") or []))
    )
    return {
        **{name: plain(tenant.facts.get(name, "")) for name in FACTS},
        "state": state,
        "digest": str(result.get("plan_digest") or ""),
        "summary": _summary(connections, result),
        "spaces": sorted(spaces, key=lambda entry: entry["name"]),
        "connections": sorted(connections, key=_place),
        "undeclared": sorted((_undeclared(entry) for entry in result.get("undeclared") or []), key=_place),
        "requests": {name: requests.get(name) or 0 for name in _REQUESTS},
        "warnings": [plain(warning) for warning in result.get("warnings") or []],
        "error": plain(result.get("msg") or "no reason was given") if result and state not in _READ else "",
    }


def _state(result: Mapping[str, t.Any]) -> str:
    if not result or result.get("unreachable"):
        return "not_reached"
    if result.get("failed"):
        return "failed"
    if result.get("skipped"):
        # A tenant that was passed by has a plan that nobody approved; a task that a condition skipped never ran.
        return "skipped" if result.get("plan_digest") else "not_reached"
    return "changed" if result.get("changed") else "unchanged"


def _counts(entries: Iterable[Data], names: Iterable[str]) -> dict[str, int]:
    counts = Counter("failed" if entry["error"] else _COUNT_OF.get(entry["action"], "updated") for entry in entries)
    return {name: counts[name] for name in names}


def _summary(connections: Iterable[Data], result: Mapping[str, t.Any]) -> dict[str, int]:
    """Connections in numbers: those of the report, and the unchanged ones that the result only counts."""
    counts = _counts(connections, COUNTED)
    counted = result.get("summary")
    unchanged = counted.get("unchanged") if isinstance(counted, Mapping) else 0
    return {**counts, "unchanged": max(counts["unchanged"], unchanged if isinstance(unchanged, int) else 0)}


def _place(entry: Mapping[str, t.Any]) -> tuple[str, str]:
    return entry["space"], entry["name"]


def _entry(entry: Mapping[str, t.Any]) -> Data:
    return {
        "name": plain(entry.get("name") or ""),
        "action": str(entry.get("action") or "none"),
        "changes": [plain(change) for change in entry.get("changes") or []],
        "error": plain(entry.get("error") or ""),
    }


def _connections(result: Mapping[str, t.Any]) -> Iterable[Data]:
    """Each connection with both of its sides; those of one that is as declared say nothing, and are left out."""
    sides = {(entry.get("space"), entry.get("name")): entry for entry in result.get("diff") or [] if "space" in entry}
    for entry in result.get("results") or []:
        side = sides.get((entry.get("space"), entry.get("name")))
        yield {
            "space": plain(entry.get("space") or ""),
            **_entry(entry),
            **({name: plain(side.get(name) or {}) for name in ("before", "after")} if side else {}),
            **({"proof": plain(entry["proof"])} if entry.get("proof") else {}),
        }


def _undeclared(entry: Mapping[str, t.Any]) -> Data:
    texts = {name: plain(entry.get(name) or "") for name in ("space", "name", "id", "data_source", "owner_id")}
    return {**texts, "managed": bool(entry.get("managed"))}


def plain(value: t.Any) -> t.Any:
    """A copy without Ansible's own types, and without what this collection remembers of secrets and user names."""
    if isinstance(value, str):
        return _MEMORY.sub(r"\1********", value) if _OWN in value else str(value)
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value if not (isinstance(item, str) and _MEMORY.match(item))]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def summarize(tenants: Iterable[Data]) -> Data:
    """The fleet in numbers: tenants by state, connections and spaces by action, and what reading them took."""
    states: Counter[str] = Counter()
    connections: Counter[str] = Counter()
    spaces: Counter[str] = Counter()
    undeclared: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    for tenant in tenants:
        states[tenant["state"]] += 1
        connections.update(tenant["summary"])
        spaces.update(_counts(tenant["spaces"], SPACES_COUNTED))
        undeclared.update("managed" if entry["managed"] else "unmanaged" for entry in tenant["undeclared"])
        requests.update(tenant["requests"])
    return {
        "tenants": {"total": states.total(), **{name: states[name] for name in STATES}},
        "connections": {name: connections[name] for name in COUNTED},
        "spaces": {name: spaces[name] for name in SPACES_COUNTED},
        "undeclared": {name: undeclared[name] for name in ("managed", "unmanaged")},
        "requests": {name: requests[name] for name in ("reads", "writes", "retries")},
        **{name: round(requests[name], 3) for name in ("waited_seconds", "seconds")},
    }
