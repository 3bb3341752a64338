# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Picking some of the declared connections by name. Pure.

A connection is called C(Space:Name), as load scripts call it: a space's name holds no colon. C(:Name) is one in the
caller's personal space, C(Name) alone any connection of this name.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError


def selected(definitions: t.Sequence[Definition], only: t.Sequence[str], tenant: str) -> list[bool]:
    """Whether C(only) names a definition, for each of them. Raises QlikError when a name fits none."""
    names = list(map(_names, definitions))
    fullest = sorted({held[0] for held in names})
    known = set().union(*names)
    problems = [f"- '{name}'{suggest(name, fullest, 'Declared are')}" for name in only if name not in known]
    if problems:
        raise QlikError(f"{tenant}: only names what no definition declares:\n" + "\n".join(problems))
    wanted = set(only)
    return [not wanted.isdisjoint(held) for held in names]


def _names(definition: Definition) -> tuple[str, ...]:
    """What a definition may be called; the fullest first."""
    if not definition.name:
        return (definition.id,)
    full = f"{definition.space or ''}:{definition.name}"
    if not definition.id:
        return (full, definition.name)
    return (full, definition.name, definition.id)
