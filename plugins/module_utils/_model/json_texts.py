# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON within texts: the bodies of requests hold it, whole or with others around it."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_hidden_name

# Values that say nothing of a secret.
LITERALS = frozenset(("null", "true", "false"))
_JSON = json.JSONDecoder()
_BEHIND_A_NAME = re.compile(r"""["'][ \t]{0,8}:[ \t]{0,8}\Z""")
_BLANKS = re.compile(r"\s{0,100}")
_SINGLE_QUOTES = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_BEHIND_A_VALUE = re.compile(r"\s*(?:[,}\]]|\Z)")
# An object or list that is longer isn't read: where the end of many is missing, each would be, to the end of the text.
_LONGEST = 8192


def json_value(text: str, start: int) -> tuple[int, int] | None:
    """Where the value of JSON stands that begins here, without quotes; None where none does. Python writes texts in
    single quotes.
    """
    if not _BEHIND_A_NAME.search(text, max(start - 18, 0), start):
        return None
    begin = _end_of(_BLANKS, text, start)
    end = _end_of(_SINGLE_QUOTES, text, begin) if text.startswith("'", begin) else _end_of_value(text, begin)
    if end <= begin or not _BEHIND_A_VALUE.match(text, end):
        return None
    if text[begin] in "\"'":
        return begin + 1, end - 1
    return begin, end


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _end_of_value(text: str, start: int) -> int:
    read, begin = text, start
    if text.startswith(("{", "["), start):
        read, begin = text[start : start + _LONGEST], 0
    try:
        return start - begin + _JSON.raw_decode(read, begin)[1]
    except (ValueError, RecursionError):
        return start


def json_leaves(text: str) -> list[str]:
    """What a value is that stands somewhere in JSON and is secret: what a text means, and the texts and numbers in an
    object or list, without those of other names in it.
    """
    if text.startswith(("{", "[")):
        written = text
    elif "\\" in text:
        written = f'"{text}"'
    else:
        return []
    try:
        held: list[tuple[t.Any, bool]] = [(_JSON.decode(written), True)]
    except (ValueError, RecursionError):
        return []
    found: list[str] = []
    for value, secret in held:  # which grows meanwhile
        if isinstance(value, dict):
            held += ((below, is_hidden_name(name) or (secret and name == "value")) for name, below in value.items())
        elif isinstance(value, list):
            held += ((below, secret) for below in value)
        elif secret and value is not None and not isinstance(value, bool):
            found.append(str(value))
    return found
