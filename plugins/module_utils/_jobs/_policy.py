# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding a plan against the policy of its tenant, before anything is written."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import FAIL, WARN, Policy, read_policy
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    DefinitionError,
    ForbiddenError,
    NotFoundError,
    QlikError,
    counted,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.owners import Owners
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.policy.breaches import Breach, Verdict, judge
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.policy.subjects import (
    declared_subjects,
    undeclared_subjects,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

# So many breaches are said one by one; the result holds all.
_SAID = 50


class Held(t.NamedTuple):
    """A plan held against a policy. C(listing): breaches are only listed, and stop nothing."""

    tenant: str
    policy: Policy
    verdict: Verdict
    listing: bool

    @property
    def obstacle(self) -> str:
        """Why nothing may be written; empty when something may."""
        breaches = self.verdict.of(FAIL)
        if self.listing or not breaches:
            return ""
        broken = counted(len(breaches), "breach of the policy", "breaches of the policy")
        lines = "\n".join(f"- {line}" for line in self._lines(breaches))
        return f"{self.tenant}: nothing was written, since there would be {broken}, or there is already:\n{lines}"

    @property
    def warnings(self) -> list[str]:
        return self._lines(self.verdict.of(WARN))

    def _lines(self, breaches: t.Sequence[Breach]) -> list[str]:
        lines = [f"{self.tenant}: {breach.text}" for breach in breaches[:_SAID]]
        if len(breaches) > _SAID:
            lines.append(f"{self.tenant}: {len(breaches) - _SAID} more breaches of the policy.")
        return lines

    def result(self) -> Result:
        """What the result says of it."""
        rules = [{"name": name, "connections": number} for name, number in self.verdict.concerned.items()]
        return {
            "digest": self.policy.digest,
            "rules": rules,
            "breaches": [_entry(breach) for breach in self.verdict.breaches],
        }


def policy_of(tenant: str, options: Options) -> Policy:
    """The declared policy. Raises QlikError for one that can't be used."""
    try:
        return read_policy(options.get("policy"))
    except DefinitionError as error:
        problems = "\n".join(f"- {problem}" for problem in error.problems)
        raise QlikError(f"{tenant}: nothing was done, since the policy can't be used:\n{problems}") from None


def hold(session: TenantSession, policy: Policy, plan: Plan, *, whole: bool, listing: bool) -> Held:
    """Hold a plan against a policy. C(whole): the plan is about all that is declared, so that what is undeclared is
    known, and obeys the policy too.
    """
    subjects = declared_subjects(session.tenant, plan, _caller(session, policy, plan), as_they_are=listing)
    if whole:
        subjects = itertools.chain(subjects, undeclared_subjects(session.tenant, plan))
    return Held(session.tenant, policy, judge(policy, subjects, _owners(session, policy)), listing)


def _caller(session: TenantSession, policy: Policy, plan: Plan) -> str:
    """Who will own what is made, where a rule asks for that; empty where it can't be known."""
    if not policy.asks_for("owners") or not any(action.builds for action in plan.actions):
        return ""
    if plan.spaces.caller is not None:
        return plan.spaces.caller.id
    try:
        return Users(session).my_id()
    except (ForbiddenError, NotFoundError):
        return ""


def _owners(session: TenantSession, policy: Policy) -> dict[str, str]:
    """The ids of those whom rules name by their e-mail addresses; without those whom this tenant doesn't have."""
    named = Owners(session)
    found = {}
    for email in policy.emails:
        user_id = named.id_of(email)
        if user_id:
            found[email] = user_id
    return found


def _entry(breach: Breach) -> Result:
    subject = breach.subject
    return {
        "rule": breach.rule.name,
        "severity": breach.severity,
        "space": subject.space_label,
        "name": subject.name,
        "id": subject.id,
        "data_source": subject.data_source,
        "declared": subject.declared,
        "told": breach.reason.told,
        "reason": breach.reason.text,
        "message": breach.rule.message,
    }
