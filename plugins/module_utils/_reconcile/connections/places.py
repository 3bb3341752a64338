# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where connections are that were addressed by their ids: a person knows a space by its name."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action


def with_places(
    actions: t.Sequence[Action], known: Iterable[Space], find_spaces: Callable[[t.Sequence[str]], Iterable[Space]]
) -> list[Action]:
    """The same actions, which say in which space it is what they change. C(find_spaces) takes ids."""
    unnamed = sorted({_place(action) for action in actions if _place(action)})
    if not unnamed:
        return list(actions)
    names = {space.id: space.name for space in known}
    if not names.keys() >= set(unnamed):
        names.update(_names_of(find_spaces, unnamed))
    return [_placed(action, names) for action in actions]


def _place(action: Action) -> str:
    """The id of the space of what changes, where nothing tells its name."""
    if not action.writes or action.space is not None or action.connection is None:
        return ""
    return action.connection.space_id


def _names_of(find_spaces: Callable[[t.Sequence[str]], Iterable[Space]], ids: t.Sequence[str]) -> dict[str, str]:
    try:
        return {space.id: space.name for space in find_spaces(ids)}
    except QlikError:
        # Without it, all can be done as well.
        return {}


def _placed(action: Action, names: Mapping[str, str]) -> Action:
    name = names.get(_place(action), "")
    if not name:
        return action
    return replace(action, found_in=name, before=_named(action.before, name), after=_named(action.after, name))


def _named(side: Mapping[str, t.Any], name: str) -> Mapping[str, t.Any]:
    """One side of a diff with the space's name in the place of its id."""
    return {**side, "space": name} if side else side
