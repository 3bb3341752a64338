# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a variable or an option means yes."""

from __future__ import annotations

import typing as t
from collections.abc import Hashable

from ansible.module_utils.parsing.convert_bool import boolean


def as_boolean(value: t.Any, *, strict: bool = False) -> bool:
    """What Ansible takes for true; of a list or a dictionary it says so too, whatever the ansible-core.

    What is neither true nor false is no, or raises TypeError if C(strict). Before 2.20 ansible-core raised it for lists
    and dictionaries in any case.
    """
    if isinstance(value, Hashable):
        return bool(boolean(value, strict=strict))
    if strict:
        raise TypeError("A list or a dictionary is neither true nor false.")
    return False
