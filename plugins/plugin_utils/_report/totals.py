# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tenants and fleets in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import KINDS as FINDINGS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data, members
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.tried import UNTOLD, tested
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.words import AUDIT_STATES, COUNT_OF, STATES, TEST

COUNTED = (*COUNT_OF.values(), "failed")
SPACES_COUNTED = ("created", "updated", "deleted", "unchanged", "failed")


def counts(entries: Iterable[Data], names: Iterable[str]) -> dict[str, int]:
    """How many of these connections or spaces became what."""
    found: Counter[str] = Counter()
    for entry in entries:
        found["failed" if entry["error"] else COUNT_OF.get(entry["action"], "updated")] += 1
    return members(names, found.__getitem__)


def summarize(kind: str, tenants: Iterable[Data]) -> Data:
    """The fleet in numbers: tenants by state, connections and spaces by action, and what reading them took."""
    states: Counter[str] = Counter()
    connections: Counter[str] = Counter()
    spaces: Counter[str] = Counter()
    undeclared: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    audited = _Audited()
    tests: Counter[str] = Counter()
    for tenant in tenants:
        states[tenant["state"]] += 1
        connections.update(tenant["summary"])
        spaces.update(counts(tenant["spaces"], SPACES_COUNTED))
        undeclared.update("managed" if entry["managed"] else "unmanaged" for entry in tenant["undeclared"])
        requests.update(tenant["requests"])
        tests.update(tested(tenant["connections"]))
        audited.add(tenant)
    shown = AUDIT_STATES if kind == "audit" else STATES
    summary: Data = {"tenants": {"total": states.total(), **members(shown, states.__getitem__)}}
    if kind == "audit":
        summary.update(audited.numbers())
    summary["connections"] = members(COUNTED, connections.__getitem__)
    summary["spaces"] = members(SPACES_COUNTED, spaces.__getitem__)
    summary["undeclared"] = members(("managed", "unmanaged"), undeclared.__getitem__)
    summary["requests"] = members(("reads", "writes", "retries"), requests.__getitem__)
    if kind == TEST or tests:
        summary["tests"] = members(("works", "failed", UNTOLD), tests.__getitem__)
    summary.update(members(("waited_seconds", "seconds"), lambda name: round(requests[name], 3)))
    return summary


class _Audited:
    """What only an audit counts: tenants that passed, and tenants with each kind of finding."""

    def __init__(self) -> None:
        self._passed = 0
        self._found: Counter[str] = Counter()

    def add(self, tenant: Data) -> None:
        self._passed += bool(tenant.get("passed"))
        for name, number in tenant.get("findings", {}).items():
            self._found[name] += bool(number)

    def numbers(self) -> Data:
        return {"passed": self._passed, "findings": members(FINDINGS, self._found.__getitem__)}
