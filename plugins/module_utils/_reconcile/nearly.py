# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared absent, isn't there, and looks the same as something that is. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference, same_form
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.match import Match


def absent_twins(matches: t.Iterable[Match], connections: t.Iterable[Connection]) -> list[str]:
    """A warning for each definition that removes nothing because of how its name is written."""
    absent = [match for match in matches if match.target.definition.state == "absent" and match.connection is None]
    if not absent:
        return []
    held = {(connection.space_id, same_form(connection.name)): connection for connection in connections}
    warnings = []
    for match in absent:
        definition, space = match.target.definition, match.target.space
        twin = held.get((space.key, same_form(definition.name))) if space is not None and definition.name else None
        if twin is not None:
            warnings.append(
                f"{space.label if space else ''}: {definition.label} is absent as declared, but '{one_line(twin.name)}' is there,"
                f" {difference(definition.name, twin.name)}. It is left alone."
            )
    return warnings
