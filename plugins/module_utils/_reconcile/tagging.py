# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tags a connection is to have. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.definition import Definition


def user_tags(definition: Definition, held: t.Sequence[str]) -> tuple[str, ...]:
    """The user's tags as they are to be: declared ones join the present ones, or replace them."""
    if definition.tags is None:
        return tuple(held)
    declared = [tag for tag in definition.tags if not is_reserved_tag(tag)]
    return tuple(dict.fromkeys([*(held if definition.tags_mode == "merge" else ()), *declared]))
