# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that nobody's names can break out of."""

from __future__ import annotations

import json
import re
import typing as t

# Control characters that JSON lets stand, marks that turn a line's direction, and halves of characters that UTF-8 can't
# hold.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_line(value: t.Any) -> str:
    """A value as one line of JSON that does nothing to a terminal."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
