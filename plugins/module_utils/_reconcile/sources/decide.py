# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about the switch of a data source: a pure function, like the plan for connections.

Source: qlik.dev, "Data sources": C(settings) of a source hold C(disabled), for the tenant as a whole.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import ActionKind
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import find_source
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.planned_action import PlannedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._record import record


@record
class SourceAction(PlannedAction):
    """C(kind): update or none. C(enabled) is what is declared, C(was_enabled) what the tenant says."""

    kind: ActionKind
    source: DataSource
    enabled: bool
    was_enabled: bool

    @property
    def changes(self) -> tuple[str, ...]:
        if not self.writes:
            return ()
        return (f"enabled: {_word(self.was_enabled)} -> {_word(self.enabled)}",)

    @property
    def before(self) -> dict[str, t.Any]:
        return _show(self.source, enabled=self.was_enabled)

    @property
    def after(self) -> dict[str, t.Any]:
        return _show(self.source, enabled=self.enabled)


def find_switched_source(reference: str, sources: t.Sequence[DataSource]) -> tuple[DataSource | None, str]:
    """The source of this id or unambiguous display name, be it enabled or not; otherwise None, and why."""
    return find_source(reference, {source.id: source._replace(disabled=False) for source in sources})


def decide_source(source: DataSource, *, enabled: bool, was_enabled: bool) -> SourceAction:
    """Compare the declared switch with the tenant's."""
    return SourceAction("none" if enabled == was_enabled else "update", source, enabled, was_enabled)


def warn_about_connections(source: DataSource, count: int) -> str:
    """What becomes of the connections of a source that is disabled; empty when there are none."""
    if not count:
        return ""
    connections, verb = counted(count, "connection"), "vanishes" if count == 1 else "vanish"
    return (
        f"data source '{source.id}': {connections} of this source {verb} from Qlik's lists while it is disabled."
        " Nothing is deleted: names stay taken, and enabling the source brings them back."
    )


def _show(source: DataSource, *, enabled: bool) -> dict[str, t.Any]:
    return {"id": source.id, "name": source.name, "enabled": enabled}


def _word(value: bool) -> str:
    return "true" if value else "false"
