# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a value is, for a message that must not quote it: it may be a secret."""

from __future__ import annotations

import typing as t

# In this order: a boolean is a number to Python.
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (str, "a text"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    (dict, "a mapping"),
    ((list, tuple), "a list"),
)


def kind_of(value: t.Any) -> str:
    """What something is, in words of YAML, without saying what is in it."""
    for types, kind in _KINDS:
        if isinstance(value, types):
            return kind
    return f"a {type(value).__name__}"
