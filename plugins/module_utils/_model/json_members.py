# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the JSON of an answer, in which nothing is sure to be there, nor of the type that it should be."""

from __future__ import annotations

import typing as t

_SCALARS = frozenset((str, int, float, bool))


def holds_scalars(values: t.Iterable[t.Any]) -> bool:
    """Whether all of these are texts, numbers and booleans. Of a kind derived from those it isn't said here."""
    return _SCALARS.issuperset(map(type, values))


def member(value: t.Any, *path: str) -> t.Any:
    """What stands at the end of a path of names; None where there is nothing."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def list_at(value: t.Any, *path: str) -> list[t.Any] | None:
    """The list at the end of a path of names; None where there is something else."""
    found = member(value, *path)
    return found if isinstance(found, list) else None


def first_text(value: t.Mapping[str, t.Any], *names: str) -> str:
    """The first of some members that is neither null nor empty, as a text; empty when none is there."""
    for name in names:
        found = value.get(name)
        if found is not None and found != "":
            return str(found)
    return ""
