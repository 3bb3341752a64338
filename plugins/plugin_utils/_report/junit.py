# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report for test viewers: JUnit's XML, a suite for each tenant."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import DRIFT, FAILING, LEFT_OVER, UNMANAGED
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import FORESEEING, Data

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
    suites = [(host, tenant, list(cases(report, tenant))) for host, tenant in report["tenants"].items()]
    every = [case for _host, _tenant, found in suites for case in found]
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
    fail_on = report.get("fail_on", FAILING) if strict else ()
    listed = [("(spaces)", space) for space in tenant["spaces"]]
    listed += [(connection["space"] or PERSONAL, connection) for connection in tenant["connections"]]
    if tenant["state"] == "not_reached":
        yield Case("(tenant)", "(tenant)", "error" if strict else "skipped", "not reached", tenant["error"])
    elif tenant["state"] == "skipped":
        yield Case("(tenant)", "(tenant)", "skipped", "passed by", tenant["error"])
    elif tenant["state"] == "failed" and not any(entry["error"] for _group, entry in listed):
        yield Case("(tenant)", "(tenant)", "error", "failed", tenant["error"])
    for group, entry in listed:
        if entry["error"]:
            yield Case(group, entry["name"], "error", entry["action"], entry["error"])
        elif entry["action"] != "none" and strict:
            ending = "failure" if DRIFT in fail_on else "skipped"
            yield Case(group, entry["name"], ending, entry["action"], "\n".join(entry["changes"]))
        else:
            yield Case(group, entry["name"])
    for entry in tenant["undeclared"]:
        said = f"data source {entry['data_source']}, owner {entry['owner_id']}, id {entry['id']}"
        # Others may have connections of their own; one that carries this collection's tag was declared once.
        kind, headline = (LEFT_OVER, "left over") if entry["managed"] else (UNMANAGED, "unmanaged")
        yield Case(
            entry["space"] or PERSONAL, entry["name"], "failure" if kind in fail_on else "skipped", headline, said
        )


def _counts(found: Iterable[Case]) -> str:
    endings = [case.ending for case in found]
    numbers = {"tests": len(endings), "failures": endings.count("failure"), "errors": endings.count("error")}
    return " ".join(f'{name}="{number}"' for name, number in {**numbers, "skipped": endings.count("skipped")}.items())


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
