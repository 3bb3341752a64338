# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report for test viewers: JUnit's XML, a suite for each tenant."""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
    DRIFT,
    EXPIRING,
    FAILING,
    LEFT_OVER,
    POLICY,
    SAME_TARGET,
    UNMANAGED,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.expiry import how_soon
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.last_change import last_change
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import FORESEEING, Data
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.tried import UNTOLD, is_untold
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.words import TEST

# What XML 1.0 can't hold in any form, and what does things to a terminal.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PERSONAL = "(personal space)"


class Case(t.NamedTuple):
    """One test: where, what, and how it ended: empty, `failure`, `error` or `skipped`, with a headline and details."""

    group: str
    name: str
    ending: str = ""
    headline: str = ""
    details: str = ""


def junit_lines(report: Data) -> Iterator[str]:
    """A report as lines of JUnit XML."""
    ending = _expiring(report)
    suites = [
        (host, tenant, [*cases(report, tenant), *ending.get(host, ())]) for host, tenant in report["tenants"].items()
    ]
    every = list(chain.from_iterable(found for _host, _tenant, found in suites))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        f"<testsuites name={_quoted('qlikops.cloud ' + report['kind'])} {_counts(every)}"
        f" time={_seconds(report['summary']['seconds'])}>\n"
    )
    for host, tenant, found in suites:
        yield f"  <testsuite name={_quoted(host)} {_counts(found)} time={_seconds(tenant['requests']['seconds'])}>\n"
        yield from (_case(host, case) for case in found)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def cases(report: Data, tenant: Data) -> Iterator[Case]:
    """The tests of one tenant: the tenant itself when it failed as a whole, its spaces, its connections, and what
    nobody declared.
    """
    # A difference is bad news where nobody was to change anything; afterwards it is the work that was done.
    strict = report["kind"] in FORESEEING
    fail_on: Collection[str] = ()
    if strict:
        fail_on = report.get("fail_on", FAILING)
    listed = [("(spaces)", space) for space in tenant["spaces"]]
    listed += [(connection["space"] or PERSONAL, connection) for connection in tenant["connections"]]
    yield from _of_tenant(tenant, strict, any(entry["error"] for _group, entry in listed))
    for group, entry in listed:
        yield _tried(group, entry) if report["kind"] == TEST else _declared(group, entry, strict, fail_on)
    for entry in tenant["undeclared"]:
        yield _undeclared(entry, fail_on)
    for entry in tenant.get("undeclared_members", ()):
        yield _member(entry, fail_on)
    for entry in tenant.get("policy", ()):
        yield _breach(entry, fail_on)
    for entry in tenant.get("same_targets", ()):
        yield _same_target(entry, fail_on)


def _expiring(report: Data) -> dict[str, list[Case]]:
    """The secrets that have expired, or will soon, by host: tests of their own, beside those of their connections."""
    found: dict[str, list[Case]] = {}
    for row in report.get("expiring", ()):
        headline = "expired" if row["expires_in_days"] < 0 else "expires soon"
        validity = f"good until {row['expires']}: {how_soon(row['expires_in_days'])}"
        ending = _ending(EXPIRING, report["fail_on"])
        case = Case(row["space"] or PERSONAL, f"{row['name']} (secrets)", ending, headline, validity)
        found.setdefault(row["tenant"], []).append(case)
    return found


def _of_tenant(tenant: Data, strict: bool, reported_elsewhere: bool) -> Iterator[Case]:
    """What there is about a tenant as a whole. C(reported_elsewhere): what failed in it is said elsewhere."""
    if tenant["state"] == "not_reached":
        yield Case("(tenant)", "(tenant)", "error" if strict else "skipped", "not reached", tenant["error"])
    elif tenant["state"] == "skipped":
        yield Case("(tenant)", "(tenant)", "skipped", "passed by", tenant["error"])
    elif tenant["state"] == "failed" and not reported_elsewhere:
        yield Case("(tenant)", "(tenant)", "error", "failed", tenant["error"])


def _tried(group: str, entry: Data) -> Case:
    """A connection that was tried. What isn't known is neither good nor bad news."""
    if entry["error"]:
        return Case(group, entry["name"], "failure", "doesn't connect", entry["error"])
    if is_untold(entry):
        return Case(group, entry["name"], "skipped", UNTOLD, entry["verify_message"])
    return Case(group, entry["name"])


def _declared(group: str, entry: Data, strict: bool, fail_on: Collection[str]) -> Case:
    if entry["error"]:
        return Case(group, entry["name"], "error", entry["action"], entry["error"])
    if entry["action"] == "none" or not strict:
        return Case(group, entry["name"])
    lines = [*entry["changes"], *filter(None, [last_change(entry)])]
    return Case(group, entry["name"], _ending(DRIFT, fail_on), entry["action"], "\n".join(lines))


def _undeclared(entry: Data, fail_on: Collection[str]) -> Case:
    """Others may have connections of their own; one that carries this collection's tag was declared once."""
    details = f"data source {entry['data_source']}, owner {entry['owner_id']}, id {entry['id']}"
    since = last_change({**entry, "owner_id": ""})
    if since:
        details = f"{details}. {since}"
    kind = LEFT_OVER if entry["managed"] else UNMANAGED
    return Case(entry["space"] or PERSONAL, entry["name"], _ending(kind, fail_on), kind.replace("_", " "), details)


def _member(entry: Data, fail_on: Collection[str]) -> Case:
    """A member of a space whom nobody declares, where others are declared."""
    roles = f"roles {', '.join(entry['roles'])}"
    return Case(entry["space"], entry["member"], _ending(UNMANAGED, fail_on), "undeclared member", roles)


def _breach(entry: Data, fail_on: Collection[str]) -> Case:
    """A breach of a rule; one that the rule only warns of is no failure."""
    ending = _ending(POLICY, fail_on) if entry["severity"] != "warn" else "skipped"
    reasons = "\n".join(filter(None, (entry["reason"], entry["message"])))
    name = f"{entry['name']}: rule {entry['rule']}"
    return Case(entry["space"] or PERSONAL, name, ending, "breach of the policy", reasons)


def _same_target(entry: Data, fail_on: Collection[str]) -> Case:
    """A connection that reaches what others reach too, which are named."""
    lines = [entry["target"]]
    lines += [f"{one['host']}: {one['space'] or PERSONAL} / {one['name']}" for one in entry["others"]]
    if entry["more"]:
        lines.append(f"and {entry['more']} more")
    name = f"{entry['name']}: same target"
    ending = _ending(SAME_TARGET, fail_on)
    return Case(entry["space"] or PERSONAL, name, ending, "same target as others", "\n".join(lines))


def _ending(kind: str, fail_on: Collection[str]) -> str:
    return "failure" if kind in fail_on else "skipped"


def _counts(found: Iterable[Case]) -> str:
    endings = Counter(case.ending for case in found)
    numbers = {"tests": endings.total(), "failures": endings["failure"], "errors": endings["error"]}
    return " ".join(f'{name}="{number}"' for name, number in {**numbers, "skipped": endings["skipped"]}.items())


def _case(host: str, case: Case) -> str:
    opening = f"    <testcase classname={_quoted(f'{host}.{case.group}')} name={_quoted(case.name)}"
    if not case.ending:
        return f"{opening}/>\n"
    headline = _quoted(case.headline)
    return (
        f"{opening}><{case.ending} message={headline}"
        f" type={headline}>{escape(_clean(case.details))}</{case.ending}></testcase>\n"
    )


def _quoted(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _IMPOSSIBLE.sub("\ufffd", text)


def _seconds(value: float) -> str:
    return f'"{value:.3f}"'
