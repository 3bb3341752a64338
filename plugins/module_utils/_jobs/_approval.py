# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What qlik_data_connections does where its plan isn't the approved one: nothing, and says why."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import JobError, Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.digest import is_first_form

# What stands for the digest of a tenant that an approval doesn't name. No plan has it.
NOTHING_APPROVED = "none"
UNBOUND = (
    "plan_digest doesn't bind the secrets, and what may be one (keys in URLs and headers, statements that can't be"
    " read), of connections without fingerprint_key: who approves this plan approves that they are sent, or go, and not"
    " which. Set fingerprint_key to bind them."
)


def approved_digest(tenant: str, options: Options) -> str:
    """The digest of the approved plan; empty without one. Raises QlikError for one that approves too little."""
    given = options.get("approved_plan")
    if given is None:
        return ""
    approved = str(given)
    if not approved:
        raise QlikError(
            f"{tenant}: approved_plan is empty, which approves nothing. Nothing was done: give the digest of an"
            " approved plan, or leave approved_plan out if none is needed."
        )
    if is_first_form(approved):
        raise QlikError(
            f"{tenant}: approved_plan is a digest of qlikops.cloud 0.1.0, which left out much of what would be written."
            " Nothing was done: plan again with this version, and have that plan approved."
        )
    return approved


class Unapproved(t.NamedTuple):
    """A plan that nobody approved. C(obstacle): why it could not be carried out anyway, because the tenant can't be
    changed any more as it could when it was planned.
    """

    tenant: str
    options: Options
    obstacle: str

    def result(self, foreseen: Result) -> Result:
        """What comes back: a tenant that was skipped. Raises JobError where it isn't to be passed by."""
        why = f"{self.tenant}: {self._what(foreseen)}, since {self._reason}. Plan and approve again."
        if self.obstacle:
            why += f" As it is now, it can't be carried out: {self.obstacle}"
        result = {**foreseen, "changed": False, "plan_differs": True}
        if self.options.get("when_plan_differs") == "skip":
            return {**result, "skipped": True, "skip_reason": why, "msg": why}
        raise JobError(why, result)

    def _what(self, foreseen: Result) -> str:
        if foreseen["changed"] or self.obstacle:
            return "nothing was written"
        return "it is as declared, but its connections were not tried (trials write, too)"

    @property
    def _reason(self) -> str:
        if self.options.get("approved_plan") == NOTHING_APPROVED:
            return "no plan was approved for this tenant"
        policy = " or the policy" if self.options.get("policy") else ""
        return f"the plan is not the one that was approved: the tenant or the definitions{policy} changed since"
