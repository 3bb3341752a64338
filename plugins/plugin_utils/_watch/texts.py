# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of a tenant in events: nothing that Ansible would evaluate.

ansible-rulebook hands events to playbooks as extra variables (C(ansible_eda)), and those are templates.
"""

from __future__ import annotations

import re
import typing as t

# What begins something in a template, also together with the text that may come next.
_OPENING = re.compile(r"\{(?=[{%#]|\Z)")


def without_templates(value: t.Any) -> t.Any:
    """The same, with a space behind each brace that could begin something in a template."""
    if isinstance(value, dict):
        return {name: without_templates(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_templates(one) for one in value]
    if isinstance(value, str):
        return _OPENING.sub("{ ", value)
    return value
