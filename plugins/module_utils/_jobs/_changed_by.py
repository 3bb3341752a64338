# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who changed the connections that aren't as declared, or that nobody declared: where events of the tenant say so."""

from __future__ import annotations

import typing as t
from itertools import chain

from ansible_collections.qlikops.cloud.plugins.module_utils._api.audits import Audits
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.audit_event import (
    Change,
    last_changes,
    tells_of_changes,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

# Each is up to ten requests. Of none is anything documented, so that nobody knows how many there may be.
_MOST_TYPES = 20


class Changers(t.NamedTuple):
    """The last changes by the ids of their connections, and why there are none."""

    changes: t.Mapping[str, Change] = {}
    note: str = ""

    def told_in(self, result: Result) -> Result:
        """The result of a plan, with who changed what."""
        extended = dict(result)
        for name in ("results", "undeclared"):
            if self.changes and name in result:
                extended[name] = [self._with_changer(entry) for entry in result[name]]
        if self.note:
            extended["warnings"] = [*result.get("warnings", ()), self.note]
        return extended

    def _with_changer(self, entry: Result) -> Result:
        change = self.changes.get(entry.get("id") or "")
        if change is None or "last_updated" not in entry:
            return entry
        return {**entry, "changed_by": change.user_id, "changed_at": change.time}


def read_changers(session: TenantSession, plan: Plan) -> Changers:
    """Ask the tenant's events. That they can't be had is noted, and no error: it isn't what the task is about.

    Where all is as declared, nothing is asked.
    """
    changed = [action.connection.id for action in plan.actions if action.writes and action.connection is not None]
    ids = {*changed, *(connection.id for connection in plan.undeclared)}
    if not ids:
        return Changers()
    tenant, api = session.tenant, Audits(session)
    try:
        types = sorted({one for one in api.types() if tells_of_changes(one)})
        if not types:
            return Changers(
                note=f"{tenant}: it emits no events about data connections, so who changed them isn't known."
            )
        note = ""
        if len(types) > _MOST_TYPES:
            note = (
                f"{tenant}: it emits {len(types)} types of events about data connections, of which the first"
                f" {_MOST_TYPES} were read: who changed them may not be known of each."
            )
        read = map(api.events, types[:_MOST_TYPES])
        return Changers(last_changes(chain.from_iterable(read), ids), note)
    except ForbiddenError:
        return Changers(
            note=f"{tenant}: the caller may not read its events, which takes an administrator, so who changed data"
            " connections isn't known."
        )
    except QlikError as error:
        return Changers(note=f"who changed data connections isn't known, since events can't be read: {error}")
