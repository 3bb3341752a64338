# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What says how a rollout goes in waves, and when it stops. Pure.

Ansible takes an empty list, zero and negative numbers for all tenants at once; and a share that is no number, or null,
never stops a rollout. Whoever gives these means something else.
"""

from __future__ import annotations

import math
import re
import typing as t

_SIZE = re.compile(r"0*[1-9][0-9]*")
_SHARE = re.compile(r"(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]+)?)%?")


def waves_problem(given: t.Any) -> str:
    """Why this can't be the sizes of waves; empty if it can."""
    sizes = given if isinstance(given, (list, tuple)) else [given]
    wrong = [size for size in sizes if not _is_size(size)]
    if wrong:
        what = f"it holds {wrong[0]!r}"
    elif sizes:
        return ""
    else:
        what = "it is empty"
    return (
        f"qlik_waves are numbers of tenants from 1 on and shares from 1% to 100%, and {what}. Give a list, for example"
        ' -e \'{"qlik_waves": [1, "10%", "100%"]}\''
    )


def share_problem(given: t.Any, name: str = "qlik_max_failed_percent") -> str:
    """Why this can't be the share of tenants that may fail, which the variable C(name) says; empty if it can."""
    if _is_share(given):
        return ""
    return f"{name} is a number from 0 to 100, and {given!r} is none. Give for example -e {name}=5"


def _is_share(given: t.Any) -> bool:
    if isinstance(given, str):
        return bool(_SHARE.fullmatch(given.strip()))
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return False
    return math.isfinite(given) and 0 <= given <= 100


def _is_size(size: t.Any) -> bool:
    if isinstance(size, int) and not isinstance(size, bool):
        return size >= 1
    if not isinstance(size, str):
        return False
    # A blank after the sign isn't stripped: Ansible doesn't read it, either.
    text = size.lstrip() if "%" in size else size.strip()
    if text.endswith("%"):
        return bool(_SIZE.fullmatch(text[:-1])) and int(text[:-1]) <= 100
    return bool(_SIZE.fullmatch(text))
