# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tenant's part of a report. Pure."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import masked_text
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import shown_url
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
    DRIFT,
    EXPIRY_DAYS,
    FAILING,
    fails,
    findings,
    member_label,
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
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.texts import Data, members, plain
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.totals import COUNTED, counts
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.tried import as_results, trial
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.words import COUNT_OF, FORESEEING, READ, TEST
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import changes_something

FACTS = ("url", "region", "country", "subscription", "status")
# Both forms that there are: what reads an approval refuses the first, which covered less than what is written.
DIGEST = re.compile("(v2:)?[0-9a-f]{64}")
_COUNTED_REQUESTS = ("reads", "writes", "retries")
_DURATIONS = ("waited_seconds", "seconds")
# Until when its secrets are good; when it was changed last, whose it is, and who changed it, as Qlik tells.
_KNOWN = ("expires", "last_updated", "owner_id", "changed_by", "changed_at")


class Tenant(t.NamedTuple):
    """What is known of one host: its inventory's facts (texts), and the result of its task, None without one."""

    result: Mapping[str, t.Any] | None = None
    facts: Mapping[str, str] = {}


def _fact(name: str, text: str) -> str:
    """What the inventory says of a tenant, without what may be secret in it."""
    return masked_text(shown_url(text) if name == "url" else text, MASK, is_url=name == "url")


def describe(kind: str, tenant: Tenant, fail_on: t.Sequence[str] = FAILING, expiry_days: int = EXPIRY_DAYS) -> Data:
    """One tenant's part."""
    result = mapping(tenant.result)
    state = _state(tenant.result)
    if kind == TEST:
        result = as_results(result)
    audited: Data = {}
    if kind == "audit":
        state, audited = _audited(state, result, fail_on, expiry_days)
    # A task that stopped before it wrote names what it would have done: in a report of what was done, that has no
    # place.
    everything = kind in (*FORESEEING, TEST) or bool(result.get("changed"))
    connections = _worth_a_row(_connections(result, is_done=kind not in FORESEEING), everything)
    return {
        **members(FACTS, lambda name: _fact(name, plain(tenant.facts.get(name, "")))),
        "state": state,
        **audited,
        "digest": _digest(result.get("plan_digest")),
        "summary": _summary(connections, result),
        "spaces": sorted(_worth_a_row(map(_entry, entries(result.get("spaces"))), everything), key=_name),
        "connections": sorted(connections, key=_place),
        "undeclared": sorted(map(_undeclared, entries(result.get("undeclared"))), key=_place),
        **_members(result),
        **_judged(result),
        "requests": _requests(mapping(result.get("requests"))),
        "warnings": _texts(result.get("warnings")),
        "error": _error(tenant.result, state),
    }


def _worth_a_row(found: Iterable[Data], everything: bool) -> list[Data]:
    """Those that a report tells of: all, or those that stayed as they were or failed."""
    return [entry for entry in found if everything or entry["error"] or entry["action"] == "none"]


def _audited(state: str, result: Mapping[str, t.Any], fail_on: t.Sequence[str], expiry_days: int) -> tuple[str, Data]:
    """The state of a tenant once what was found counts, and members that only an audit has: they say what its exit
    status says.
    """
    if state not in READ:
        return state, {"passed": False, "findings": dict.fromkeys(FINDINGS, 0)}
    called = findings(result, expiry_days)
    found = members(called, lambda name: len(called[name]))
    word = verdict(found, fail_on)
    return {DRIFT: "changed"}.get(word, word) or state, {"passed": not fails(found, fail_on), "findings": found}


def _digest(value: t.Any) -> str:
    """The digest of a plan; empty for what is none, so that a single one doesn't spoil the plan of a fleet."""
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return str(value)
    return ""


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
    if not result or state in READ:
        return ""
    if not is_readable(result):
        return UNREADABLE
    return text(plain(result.get("msg") or "no reason was given"))


def _summary(connections: Iterable[Data], result: Mapping[str, t.Any]) -> dict[str, int]:
    """Connections in numbers: those of the report, and the unchanged ones that the result only counts."""
    found = counts(connections, COUNTED)
    return {**found, "unchanged": max(found["unchanged"], count(mapping(result.get("summary")).get("unchanged")))}


def _requests(found: Mapping[str, t.Any]) -> Data:
    counted = members(_COUNTED_REQUESTS, lambda name: count(found.get(name)))
    return {**counted, **members(_DURATIONS, lambda name: number(found.get(name)) or 0)}


def _entry(entry: Mapping[str, t.Any]) -> Data:
    action = text(entry.get("action"))
    if action not in COUNT_OF:
        # What was done and can't be read isn't nothing.
        action = "update"
    return {
        "name": _text(entry, "name"),
        "action": action,
        "changes": _texts(entry.get("changes")),
        "error": _text(entry, "error"),
    }


def _connections(result: Mapping[str, t.Any], *, is_done: bool) -> Iterator[Data]:
    """Each connection with both of its sides; those of one that is as declared say nothing, and are left out.

    What is only foreseen tries nothing.
    """
    sides = {_named(entry): entry for entry in entries(result.get("diff")) if "space" in entry}
    for entry in entries(result.get("results")):
        row = {"space": _text(entry, "space"), **_entry(entry), **_told_by_qlik(entry)}
        side = sides.get(_named(entry))
        if side:
            row["before"] = plain(dict(mapping(side.get("before"))))
            row["after"] = plain(dict(mapping(side.get("after"))))
        if entry.get("proof"):
            row["proof"] = _proof(mapping(entry["proof"]))
        if is_done:
            row.update(trial(entry))
        if entry.get("works") is False and not row["error"]:
            # It was written, and tried then.
            row["error"] = f"it doesn't connect: {_text(entry, 'verify_message')}"
        if entry.get("put_back") and not row["error"]:
            row["error"] = "the new secrets don't connect, so the previous ones were put back"
        yield row


def _told_by_qlik(entry: Mapping[str, t.Any]) -> Data:
    """What Qlik tells of a connection beside what it is, as far as it is known."""
    return {name: _text(entry, name) for name in _KNOWN if entry.get(name)}


def _named(entry: Mapping[str, t.Any]) -> tuple[str, str]:
    return text(entry.get("space")), text(entry.get("name"))


def _proof(proof: Mapping[str, t.Any]) -> Data:
    times = members(("updated_before", "updated_after"), lambda name: _text(proof, name))
    return {"secrets": _texts(proof.get("secrets")), **times}


def _undeclared(entry: Mapping[str, t.Any]) -> Data:
    row = members(("space", "name", "id", "data_source", "owner_id"), lambda name: _text(entry, name))
    return {**row, "managed": bool(entry.get("managed")), **_told_by_qlik(entry)}


def _judged(result: Mapping[str, t.Any]) -> Data:
    """The breaches of the policy, and what is reached by others too; nothing where nobody asked for that."""
    parts: Data = {}
    if "policy" in result:
        breaches = map(_breach, entries(mapping(result["policy"]).get("breaches")))
        parts["policy"] = sorted(breaches, key=lambda entry: (_place(entry), entry["rule"], entry["reason"]))
    if "same_targets" in result:
        parts["same_targets"] = sorted(map(_same_target, entries(result["same_targets"])), key=_place)
    return parts


def _breach(entry: Mapping[str, t.Any]) -> Data:
    row = members(
        ("space", "name", "id", "data_source", "rule", "severity", "reason", "message"), lambda name: _text(entry, name)
    )
    return {**row, "declared": bool(entry.get("declared")), "told": bool(entry.get("told", True))}


def _same_target(entry: Mapping[str, t.Any]) -> Data:
    row = members(("space", "name", "id", "data_source", "target"), lambda name: _text(entry, name))
    others = [_other(one) for one in entries(entry.get("others"))]
    return {**row, "elsewhere": bool(entry.get("elsewhere")), "others": others, "more": count(entry.get("more"))}


def _other(entry: Mapping[str, t.Any]) -> Data:
    return members(("host", "space", "name"), lambda name: _text(entry, name))


def _name(entry: Mapping[str, t.Any]) -> str:
    return str(entry["name"])


def _members(result: Mapping[str, t.Any]) -> Data:
    """The members of spaces whom nobody declares, where there are any."""
    found = []
    for space in entries(result.get("spaces")):
        for member in entries(space.get("undeclared_members")):
            label = text(plain(member_label(member)))
            found.append({"space": _text(space, "name"), "member": label, "roles": _texts(member.get("roles"))})
    return {"undeclared_members": found} if found else {}


def _place(entry: Mapping[str, t.Any]) -> tuple[str, str]:
    return entry["space"], entry["name"]


def _text(entry: Mapping[str, t.Any], name: str) -> str:
    return text(plain(entry.get(name) or ""))


def _texts(value: t.Any) -> list[str]:
    return [text(plain(item)) for item in listing(value)]
