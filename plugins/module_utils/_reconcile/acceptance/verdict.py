# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run comes to: one of three sentences, and all that it found, as data."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.facts import FACTS
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.findings import Findings
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.points import POINTS

WORKS, DIFFERS, REFUSES = "works", "works_with_differences", "do_not_roll_out"
Outcome = t.Dict[str, t.Any]


def outcome(findings: Findings) -> Outcome:
    """Everything that was found, as the report's JSON and the module's result hold it."""
    kind, sentence = verdict(findings)
    return {
        "verdict": kind,
        "sentence": sentence,
        "points": [_point(findings, name) for name in POINTS],
        "facts": [_fact(findings, name) for name in FACTS],
        "lacking": [{"right": right, "feature": feature} for right, feature in findings.lacking.items()],
        "left": list(findings.left),
        "profile": findings.profile,
    }


def verdict(findings: Findings) -> tuple[str, str]:
    """The kind of the verdict, and its sentence."""
    reasons = _reasons(findings)
    if reasons:
        return REFUSES, f"Do not roll out: {'; '.join(reasons)}."
    differences = [f"{name} is {_as_text(seen.position)}" for name, seen in findings.differences.items()]
    differences += [f"it isn't so that: {_lower(FACTS[name].text)}" for name in findings.broken]
    differences += [f"{name} is answered as nobody foresaw ({why})" for name, why in _surprises(findings)]
    differences += [f"'{asks}' was not tried to its end ({why})" for asks, why in findings.untaken.items()]
    if findings.failures:
        number = counted(len(findings.failures), "request")
        differences.append(f"{number} failed in the tenant, the first one so: {findings.failures[0]}")
    if differences:
        return DIFFERS, f"Works, with these differences: {'; '.join(differences)}."
    return WORKS, "Works on this tenant."


def _surprises(findings: Findings) -> list[tuple[str, str]]:
    return [(name, why) for name, why in findings.unforeseen.items() if name not in findings.seen]


def _reasons(findings: Findings) -> list[str]:
    """Why nobody should roll out here."""
    reasons: list[str] = []
    if findings.stopped:
        reasons.append(f"the run was stopped. {findings.stopped.rstrip('.')}")
    vital = [(FACTS[name], held) for name, held in findings.broken.items() if FACTS[name].vital]
    reasons += [f"it isn't so that: {_lower(fact.text)} ({held.why})" for fact, held in vital]
    reasons += _untried(findings, reasons)
    if findings.left:
        reasons.append(f"something of the run is left: {', '.join(findings.left)}")
    return reasons


def _untried(findings: Findings, reasons: t.Sequence[str]) -> list[str]:
    """What kept vital facts from being tried, unless other reasons say enough."""
    missing = [name for name, fact in FACTS.items() if fact.vital and name not in findings.facts]
    if missing and findings.obstacle:
        return [findings.obstacle]
    if missing and not reasons:
        return [f"these could not be tried: {', '.join(missing)}"]
    return []


def _point(findings: Findings, name: str) -> Outcome:
    point, seen = POINTS[name], findings.seen.get(name)
    found: Outcome = {"name": name, "question": point.question, "expected": point.expected, "seen": seen is not None}
    if seen is None:
        return {**found, "position": None, "why": findings.why_untold(name), "differs": False}
    return {**found, "position": seen.position, "why": seen.why, "differs": seen.position != point.expected}


def _fact(findings: Findings, name: str) -> Outcome:
    fact, held = FACTS[name], findings.facts.get(name)
    found: Outcome = {"name": name, "text": fact.text, "source": fact.source, "vital": fact.vital}
    if held is None:
        return {**found, "held": None, "why": "the run didn't meet it"}
    return {**found, "held": held.held, "why": held.why}


def _as_text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lower(text: str) -> str:
    """A sentence as the second part of another."""
    return text if text[:4] in ("PATC",) else text[:1].lower() + text[1:]
