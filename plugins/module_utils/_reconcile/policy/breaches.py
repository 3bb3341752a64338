# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections of a tenant break which rules of its policy. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import FAIL, IGNORE, WARN, Policy, Rule
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.wildcards import LONGEST, Pattern
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.policy.conditions import Owners, Reason, reasons
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.policy.subjects import Subject


class Breach(t.NamedTuple):
    """A connection that doesn't obey a rule, or of which that can't be told. C(severity) is fail or warn."""

    rule: Rule
    subject: Subject
    severity: str
    reason: Reason

    @property
    def text(self) -> str:
        """What is said of it, without the tenant's name."""
        subject = self.subject
        space = f"space '{_short(subject.space_label)}'" if subject.space_label else "a personal space"
        kind = "" if subject.declared else "undeclared "
        breach = f"{space}: {kind}connection '{_short(subject.name)}': rule '{one_line(self.rule.name)}':"
        message = f" {one_line(self.rule.message)}" if self.rule.message else ""
        return f"{breach} {self.reason.text}.{message}"


def _short(name: str) -> str:
    """A name in a message: Qlik's names are short, and whoever writes a longer one doesn't fill the message with it."""
    if len(name) > LONGEST:
        return f"{one_line(name[:LONGEST])}…"
    return one_line(name)


class Verdict(t.NamedTuple):
    """All breaches, and how many connections each rule is about, by its name."""

    breaches: list[Breach]
    concerned: dict[str, int]

    def of(self, severity: str) -> list[Breach]:
        """The breaches of a severity."""
        return [breach for breach in self.breaches if breach.severity == severity]


def judge(policy: Policy, subjects: t.Iterable[Subject], owners: Owners) -> Verdict:
    """Hold each connection against each rule. What holds of one as it is, and as it will be, is said once."""
    breaches: dict[tuple[str, str, str, str, str], Breach] = {}
    concerned: dict[str, set[tuple[str, str, str]]] = {rule.name: set() for rule in policy.rules}
    for subject in subjects:
        for rule in policy.rules:
            if not _is_about(rule, subject):
                continue
            concerned[rule.name].add(_identity(subject))
            for reason in reasons(rule, subject, owners):
                breach = Breach(rule, subject, _severity(rule, subject, reason), reason)
                key = (rule.name, *_identity(subject), reason.text)
                if breach.severity != IGNORE:
                    breaches.setdefault(key, breach)
    return Verdict(list(breaches.values()), {name: len(found) for name, found in concerned.items()})


def _identity(subject: Subject) -> tuple[str, str, str]:
    """Which connection it is. What is declared is one by its place, though it may have another id once it is replaced;
    in personal spaces, several have the same place.
    """
    return subject.space_label, subject.name, "" if subject.declared else subject.id


def _severity(rule: Rule, subject: Subject, reason: Reason) -> str:
    """How bad a breach is: as the rule says for such a one, the milder where it says two things of it."""
    choices = []
    if not subject.declared and rule.undeclared:
        choices.append(rule.undeclared)
    if not reason.told and rule.when_unknown:
        choices.append(rule.when_unknown)
    return max(choices or [rule.severity], key=(FAIL, WARN, IGNORE).index)


def _is_about(rule: Rule, subject: Subject) -> bool:
    """Whether a rule is about a connection: all of its C(where) fits, and no exception does."""
    for name, patterns in rule.where.items():
        if not _fits(patterns, _SELECTED[name](subject), unknown=True):
            return False
    if not rule.exceptions:
        return True
    return not all(
        _fits(patterns, _SELECTED[name](subject), unknown=False) for name, patterns in rule.exceptions.items()
    )


def _fits(patterns: t.Iterable[Pattern], texts: t.Sequence[str] | None, *, unknown: bool) -> bool:
    """Whether one of the texts is of one of the patterns; C(unknown) where they aren't known, or can't be compared."""
    if texts is None or any(len(text) > LONGEST for text in texts):
        return unknown
    return any(pattern.matches(text) for pattern in patterns for text in texts)


_SELECTED: t.Mapping[str, t.Callable[[Subject], t.Sequence[str] | None]] = {
    # The host's name, whatever port the address has.
    "tenants": lambda subject: [subject.tenant, subject.tenant.rpartition(":")[0] or subject.tenant],
    "spaces": lambda subject: None if subject.space is None else [subject.space],
    "names": lambda subject: [subject.name],
    "data_sources": lambda subject: [subject.data_source] if subject.data_source else None,
    "tags": lambda subject: subject.tags,
}
