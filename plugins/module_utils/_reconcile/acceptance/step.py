# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of the acceptance run: what is asked, and which open points the answers tell of."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import World

Act = t.Callable[[World], None]


class Step(t.NamedTuple):
    """One step. C(asks) says what it does, for a person; C(tells) are the open points that it may settle.

    C(option) is the module's option without which the step does nothing; empty where it needs none.
    """

    asks: str
    tells: tuple[str, ...]
    act: Act
    option: str = ""


def step(asks: str, *tells: str, option: str = "") -> t.Callable[[Act], Step]:
    """Make a step of a function."""

    def made(act: Act) -> Step:
        return Step(asks, tells, act, option)

    return made
