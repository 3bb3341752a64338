# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON within texts: the bodies of requests hold it, whole or with others around it."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import TELLING_LENGTH
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_hidden_name, is_secret_item

# In JSON, what isn't in quotation marks.
BARE = ","
# Bare values that say nothing of a secret.
_LITERALS = frozenset(("null", "true", "false", "NaN", "Infinity", "-Infinity"))
# What it is called says that something else in the same object is secret.
_FLAG = "true"
# Numbers as they are written.
_JSON = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_BEHIND_A_NAME = re.compile(r"""["']\s{0,8}:[ \t]{0,8}\Z""")
_BLANKS = re.compile(r"\s{0,100}")
_SINGLE_QUOTES = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_BEHIND_A_VALUE = re.compile(r"""\s*(?:,\s*(?:["'}]|\Z)|\}|\Z)""")
# An object or list that is longer isn't read: where the end of many is missing, each would be, to the end of the text.
_LONGEST = 8192


class JsonValue(t.NamedTuple):
    """Where a value stands, without quotation marks around it, and in which marks it does: C(BARE) for none."""

    start: int
    end: int
    mark: str


def json_value(text: str, start: int) -> JsonValue | None:
    """The value of JSON that begins here; None where none does. Python writes texts in single quotes."""
    if not _BEHIND_A_NAME.search(text, max(start - 18, 0), start):
        return None
    begin = _end_of(_BLANKS, text, start)
    end = _end_of(_SINGLE_QUOTES, text, begin) if text.startswith("'", begin) else _end_of_value(text, begin)
    if end <= begin or not _BEHIND_A_VALUE.match(text, end):
        return None
    if text[begin:end] == _FLAG:
        return None
    if text[begin] in "\"'":
        return JsonValue(begin + 1, end - 1, text[begin])
    return JsonValue(begin, end, text[begin] if text[begin] in "{[" else BARE)


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


def json_secrets(value: str, mark: str) -> set[str]:
    """What may be looked for elsewhere of a value that is secret, by the marks in which it stands: a text as it is
    written and as it is meant; of an object or list, also the texts in it that no other name tells apart. Short numbers
    and words are no secrets by themselves: they may be anything.
    """
    if mark == BARE:
        return {value} if _tells(value) else set()
    written = value if mark in "{[" else f'"{value}"'
    try:
        held: list[tuple[t.Any, bool]] = [(_JSON.decode(written), True)]
    except (ValueError, RecursionError):
        return {value}
    if mark not in "{[":
        return {value, held[0][0]}
    found = {value}
    while held:
        below, secret = held.pop()
        if isinstance(below, dict):
            label = below.get("key", below.get("name"))
            if "value" in below and isinstance(label, str):
                held.append((below["value"], is_secret_item(label)))
            else:
                held += ((one, is_hidden_name(name) or (secret and name == "value")) for name, one in below.items())
        elif isinstance(below, list):
            held += ((one, secret) for one in below)
        elif secret and isinstance(below, str) and _tells(below):
            found.add(below)
    return found


def _tells(value: str) -> bool:
    return len(value) >= TELLING_LENGTH and value not in _LITERALS
