# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there beside what is declared, and may have been meant: nearly of the same name, or where it was before.
Pure.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import did_you_mean
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference, same_form
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, previous_places


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
                f"{space.label if space else ''}: {definition.label} is absent as declared, but '{one_line(twin.name)}'"
                " is there,"
                f" {difference(definition.name, twin.name)}. It is left alone."
            )
    return warnings


def misspelt_previous_spaces(matches: t.Iterable[Match], spaces: t.Iterable[Space]) -> list[str]:
    """A warning for each connection that isn't there, whose previous space isn't there either but may be misspelt.

    A space that has gone since is no reason for a warning: a tenant that is filled anew never had it.
    """
    names = [space.name for space in spaces]
    warnings = []
    for match in matches:
        definition = match.target.definition
        missing = definition.previous_space if match.target.previous_space is None else None
        if not missing or match.connection is not None or match.problem or definition.state != "present":
            continue
        hint = did_you_mean(missing, names)
        if hint:
            where = match.target.space.label if match.target.space else ""
            warnings.append(
                f"{where}: {definition.label}: its previous space '{one_line(missing)}' isn't there, so a new"
                f" connection is created and none is moved.{hint}"
            )
    return warnings


def previous_beside(matches: t.Iterable[Match], others: t.Iterable[Connection]) -> list[str]:
    """A warning for each connection that is where another one, which is there already, is said to have been before.

    C(others) are the connections that no definition is about.
    """
    by_place = {(connection.space_id, connection.name): connection for connection in others}
    warnings = []
    for match in matches:
        definition, space = match.target.definition, match.target.space
        if (
            match.connection is None
            or match.relocated
            or match.problem
            or space is None
            or definition.state != "present"
        ):
            continue
        for key, name in previous_places(match.target, space):
            if (key, name) in by_place:
                warnings.append(_beside_warning(match, space, key, name))
    return warnings


def _beside_warning(match: Match, space: Space, key: str, name: str) -> str:
    before = match.target.previous_space
    where, option = [], "previous_space"
    if name != match.target.definition.name:
        where.append(f"with its previous name, '{one_line(name)}'")
        option = "previous_name"
    if before is not None and before.key == key and key != space.key:
        where.append(f"in its previous space, '{one_line(before.name)}'")
    return (
        f"{space.label}: {match.target.definition.label}: a connection {' and '.join(where)}, is there as well. It is"
        " left alone: remove"
        f" it, or declare it, or leave {option} out."
    )
