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

from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
    DRIFT,
    FAILING,
    LEFT_OVER,
    UNMANAGED,
    fails,
    findings,
    verdict,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import KINDS as FINDINGS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import (
    UNREADABLE,
    count,
    entries,
    is_readable,
    listing,
    mapping,
    number,
    text,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import changes_something

UNDECLARED = (LEFT_OVER, UNMANAGED)
SCHEMA = "qlikops.cloud/report/1"
# Both forms that there are: what reads an approval refuses the first, which covered less than what is written.
DIGEST = re.compile("(v2:)?[0-9a-f]{64}")
KINDS = ("plan", "audit", "provision", "rotation")
# Kinds of results of check mode: what differs, or would be done, is all foreseen.
FORESEEING = ("plan", "audit")
STATES = ("changed", "unchanged", "failed", "skipped", "not_reached")
# Those of an audit, which also looks for what nobody declared.
AUDIT_STATES = ("changed", *UNDECLARED, "unchanged", "failed", "skipped", "not_reached")
COUNTED = ("created", "updated", "moved", "replaced", "deleted", "unchanged", "failed")
SPACES_COUNTED = ("created", "updated", "deleted", "unchanged", "failed")

_COUNT_OF = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "replace": "replaced",
    "delete": "deleted",
    "none": "unchanged",
}
_READ = ("changed", "unchanged", *UNDECLARED)
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


def build(
    kind: str, tenants: Mapping[str, Tenant], *, created: str, version: str, fail_on: t.Sequence[str] = FAILING
) -> Data:
    """The report of a fleet. `created` is a time in UTC, `version` the collection's. Hosts and connections are sorted.

    `fail_on` are the kinds of findings that make a tenant of an audit fail.
    """
    described = {host: describe(kind, tenants[host], fail_on) for host in sorted(tenants)}
    return {
        "schema": SCHEMA,
        "kind": kind,
        "created": created,
        "collection_version": version,
        **({"fail_on": [one for one in FINDINGS if one in fail_on]} if kind == "audit" else {}),
        "summary": summarize(kind, described.values()),
        "digests": {
            host: tenant["digest"]
            for host, tenant in described.items()
            if tenant["digest"] and tenant["state"] in _READ
        },
        "tenants": described,
    }


def describe(kind: str, tenant: Tenant, fail_on: t.Sequence[str] = FAILING) -> Data:
    """One tenant's part."""
    result = mapping(tenant.result)
    state = _state(tenant.result)
    audited: Data = {}
    if kind == "audit":
        state, audited = _audited(state, result, fail_on)
    requests = mapping(result.get("requests"))
    # A task that stopped before it wrote names what it would have done: in a report of what was done, that has no
    # place.
    everything = kind in FORESEEING or bool(result.get("changed"))
    connections, spaces = (
        [entry for entry in found if everything or entry["error"] or entry["action"] == "none"]
        for found in (_connections(result), (_entry(entry) for entry in entries(result.get("spaces"))))
    )
    return {
        **{name: plain(tenant.facts.get(name, "")) for name in FACTS},
        "state": state,
        **audited,
        "digest": _digest(result.get("plan_digest")),
        "summary": _summary(connections, result),
        "spaces": sorted(spaces, key=lambda entry: entry["name"]),
        "connections": sorted(connections, key=_place),
        "undeclared": sorted((_undeclared(entry) for entry in entries(result.get("undeclared"))), key=_place),
        "requests": {name: _number(name, requests) for name in _REQUESTS},
        "warnings": [text(plain(warning)) for warning in listing(result.get("warnings"))],
        "error": _error(tenant.result, state),
    }


def _audited(state: str, result: Mapping[str, t.Any], fail_on: t.Sequence[str]) -> tuple[str, Data]:
    """The state of a tenant once what was found counts, and members that only an audit has: they say what its exit
    status says.
    """
    if state not in _READ:
        return state, {"passed": False, "findings": dict.fromkeys(FINDINGS, 0)}
    found = {name: len(called) for name, called in findings(result).items()}
    word = verdict(found, fail_on)
    return {DRIFT: "changed"}.get(word, word) or state, {"passed": not fails(found, fail_on), "findings": found}


def _digest(value: t.Any) -> str:
    """The digest of a plan; empty for what is none, so that a single one doesn't spoil the plan of a fleet."""
    return str(value) if isinstance(value, str) and DIGEST.fullmatch(value) else ""


def _state(result: t.Any) -> str:
    if not result or not is_readable(result) or result.get("unreachable"):
        return "not_reached"
    if result.get("failed"):
        return "failed"
    if result.get("skipped"):
        # A tenant that was passed by has a plan that nobody approved; a task that a condition skipped never ran.
        return "skipped" if result.get("plan_digest") else "not_reached"
    return "changed" if changes_something(result) else "unchanged"


def _error(result: t.Any, state: str) -> str:
    if not result or state in _READ:
        return ""
    if not is_readable(result):
        return UNREADABLE
    return text(plain(result.get("msg") or "no reason was given"))


def _counts(entries: Iterable[Data], names: Iterable[str]) -> dict[str, int]:
    counts = Counter("failed" if entry["error"] else _COUNT_OF.get(entry["action"], "updated") for entry in entries)
    return {name: counts[name] for name in names}


def _summary(connections: Iterable[Data], result: Mapping[str, t.Any]) -> dict[str, int]:
    """Connections in numbers: those of the report, and the unchanged ones that the result only counts."""
    counts = _counts(connections, COUNTED)
    return {**counts, "unchanged": max(counts["unchanged"], count(mapping(result.get("summary")).get("unchanged")))}


def _number(name: str, requests: Mapping[str, t.Any]) -> float:
    return number(requests.get(name)) or 0 if "seconds" in name else count(requests.get(name))


def _place(entry: Mapping[str, t.Any]) -> tuple[str, str]:
    return entry["space"], entry["name"]


def _entry(entry: Mapping[str, t.Any]) -> Data:
    action = text(entry.get("action"))
    return {
        "name": _text(entry, "name"),
        # What was done and can't be read isn't nothing.
        "action": action if action in _COUNT_OF else "update",
        "changes": [text(plain(change)) for change in listing(entry.get("changes"))],
        "error": _text(entry, "error"),
    }


def _connections(result: Mapping[str, t.Any]) -> Iterable[Data]:
    """Each connection with both of its sides; those of one that is as declared say nothing, and are left out."""
    sides = {_named(entry): entry for entry in entries(result.get("diff")) if "space" in entry}
    for entry in entries(result.get("results")):
        side = sides.get(_named(entry))
        yield {
            "space": _text(entry, "space"),
            **_entry(entry),
            **({name: plain(dict(mapping(side.get(name)))) for name in ("before", "after")} if side else {}),
            **({"proof": _proof(mapping(entry["proof"]))} if entry.get("proof") else {}),
        }


def _named(entry: Mapping[str, t.Any]) -> tuple[str, str]:
    return text(entry.get("space")), text(entry.get("name"))


def _proof(proof: Mapping[str, t.Any]) -> Data:
    texts = {name: _text(proof, name) for name in ("updated_before", "updated_after")}
    return {"secrets": [text(plain(name)) for name in listing(proof.get("secrets"))], **texts}


def _undeclared(entry: Mapping[str, t.Any]) -> Data:
    texts = {name: _text(entry, name) for name in ("space", "name", "id", "data_source", "owner_id")}
    return {**texts, "managed": bool(entry.get("managed"))}


def _text(entry: Mapping[str, t.Any], name: str) -> str:
    return text(plain(entry.get(name) or ""))


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


def summarize(kind: str, tenants: Iterable[Data]) -> Data:
    """The fleet in numbers: tenants by state, connections and spaces by action, and what reading them took."""
    states: Counter[str] = Counter()
    connections: Counter[str] = Counter()
    spaces: Counter[str] = Counter()
    undeclared: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    found: Counter[str] = Counter()
    passed = 0
    for tenant in tenants:
        states[tenant["state"]] += 1
        connections.update(tenant["summary"])
        spaces.update(_counts(tenant["spaces"], SPACES_COUNTED))
        undeclared.update("managed" if entry["managed"] else "unmanaged" for entry in tenant["undeclared"])
        requests.update(tenant["requests"])
        found.update(name for name, number in tenant.get("findings", {}).items() if number)
        passed += bool(tenant.get("passed"))
    return {
        "tenants": {
            "total": states.total(),
            **{name: states[name] for name in (AUDIT_STATES if kind == "audit" else STATES)},
        },
        **({"passed": passed, "findings": {name: found[name] for name in FINDINGS}} if kind == "audit" else {}),
        "connections": {name: connections[name] for name in COUNTED},
        "spaces": {name: spaces[name] for name in SPACES_COUNTED},
        "undeclared": {name: undeclared[name] for name in ("managed", "unmanaged")},
        "requests": {name: requests[name] for name in ("reads", "writes", "retries")},
        **{name: round(requests[name], 3) for name in ("waited_seconds", "seconds")},
    }
