# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report holds: results of tenants by host in, plain data out. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import EXPIRY_DAYS, FAILING
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import KINDS as FINDINGS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._policy_rules import rules_of
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.expiry import expiring_over
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.tenant import Tenant, describe
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.totals import COUNTED, summarize
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.words import FORESEEING, KINDS, READ

__all__ = ["COUNTED", "FORESEEING", "KINDS", "SCHEMA", "Data", "Tenant", "build", "describe"]

SCHEMA = "qlikops.cloud/report/1"


def build(
    kind: str,
    tenants: Mapping[str, Tenant],
    *,
    created: str,
    version: str,
    fail_on: t.Sequence[str] = FAILING,
    expiry_days: int = EXPIRY_DAYS,
) -> Data:
    """The report of a fleet. `created` is a time in UTC, `version` the collection's. Hosts and connections are sorted.

    `fail_on` are the kinds of findings that make a tenant of an audit fail; `expiry_days` is how many days before their
    end it tells of secrets.
    """
    described = {host: describe(kind, tenants[host], fail_on, expiry_days) for host in sorted(tenants)}
    report: Data = {"schema": SCHEMA, "kind": kind, "created": created, "collection_version": version}
    if kind == "audit":
        report["fail_on"] = [one for one in FINDINGS if one in fail_on]
        report["expiry_days"] = expiry_days
        report["expiring"] = expiring_over({host: tenant.result for host, tenant in tenants.items()}, expiry_days)
    report["summary"] = summarize(kind, described.values())
    rules = rules_of(tenant.result for tenant in tenants.values())
    if rules and kind in FORESEEING:
        report["policy"] = rules
    report["digests"] = _digests(described)
    report["tenants"] = described
    return report


def _digests(tenants: Mapping[str, Data]) -> dict[str, str]:
    """The digests of the plans of those that were read."""
    digests = {}
    for host, tenant in tenants.items():
        if tenant["digest"] and tenant["state"] in READ:
            digests[host] = tenant["digest"]
    return digests
