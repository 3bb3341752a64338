# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections can be tried by a script of the caller's, and how. Pure.

Source: Qlik's help about load scripts: C(Space:Name) is a connection of a space, and a name alone one of the caller's
personal space, but in an app that lies in a space it may mean another.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import (
    Way,
    name_problem,
    script_name,
    statement_problem,
    way_to_try,
)


class Candidate(t.NamedTuple):
    """A connection that is to be tried. C(way) is None when it can't be, and C(problem) says why."""

    connection: Connection
    space_name: str = ""
    way: Way | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """How a script calls it."""
        return script_name(self.space_name, self.connection.name)


class Trial(t.NamedTuple):
    """What became of it. C(works) is None when it could not be told; C(seconds) when nobody measured them."""

    candidate: Candidate
    works: bool | None
    message: str = ""
    seconds: float | None = None


def usable_statements(tenant: str, option: str, given: t.Mapping[str, t.Any] | None) -> t.Mapping[str, t.Any]:
    """The user's own statements. Raises QlikError when one of them can't be part of a script."""
    statements = given or {}
    problems = []
    for name, statement in statements.items():
        problem = statement_problem(statement)
        if problem:
            problems.append(f"- {one_line(str(name))}: {problem}")
    if problems:
        raise QlikError(f"{tenant}: {option} can't be used as they are:\n" + "\n".join(problems))
    return statements


def candidates(
    connections: t.Iterable[Connection],
    space_names: t.Mapping[str, str],
    *,
    caller_id: str,
    statements: t.Mapping[str, t.Any],
    in_space: bool = False,
) -> list[Candidate]:
    """The connections with the way in which each is tried.

    C(statements) are the user's own, by data source or by C(Space:Name), C(:Name) in the personal space. C(in_space):
    the app that runs the script doesn't lie in the caller's personal space.
    """
    return [_candidate(connection, space_names, caller_id, statements, in_space=in_space) for connection in connections]


def _candidate(
    connection: Connection,
    space_names: t.Mapping[str, str],
    caller_id: str,
    statements: t.Mapping[str, t.Any],
    *,
    in_space: bool,
) -> Candidate:
    space_name = space_names.get(connection.space_id, "") if connection.space_id else ""
    problem = _unreachable(connection, space_name, caller_id, in_space=in_space)
    problem = problem or name_problem(space_name, connection.name)
    if problem:
        return Candidate(connection, space_name, problem=problem)
    given = statements.get(f"{space_name}:{connection.name}", statements.get(connection.data_source))
    way, problem = way_to_try(connection.data_source, connection.type, connection.properties, given)
    return Candidate(connection, space_name, way, problem)


def _unreachable(connection: Connection, space_name: str, caller_id: str, *, in_space: bool) -> str:
    """Why no script of the caller's reaches a connection by its name."""
    if connection.space_id:
        return "" if space_name else "the caller can't see its space"
    if connection.owner_id and connection.owner_id != caller_id:
        return "it lies in another user's personal space, which only that user's apps reach"
    if in_space:
        return "it lies in the personal space, which an app in a space (app_space) may not reach by its name"
    return ""
