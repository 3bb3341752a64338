# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a declared value and the one on the tenant mean the same.

Source: qlik.dev's examples send numbers and booleans as text and as JSON types alike, and statements hold text only, so
C("443") is C(443), C(1.0) is C("1") and C("true") is C(true). Everything else is compared exactly.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from decimal import Decimal

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import decode_list, statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import URL_PROPERTY, is_user_name

_BOOLEANS = {"true": "true", "false": "false"}
_BITS = {"1": "true", "0": "false"}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\Z")

# How the statement of a REST connection writes two of the characters of its URL.
_URL_ESCAPES = {"%2": "=", "%%": "%"}
_URL_ESCAPE = re.compile("%[2%]")

_ABSENT = object()


def same_value(declared: t.Any, actual: t.Any) -> bool:
    """Compare loosely across text, number and boolean; REST lists regardless of order, encrypted values left out."""
    if isinstance(declared, str) and declared == actual:
        return True
    if isinstance(declared, (list, tuple)) or isinstance(actual, (list, tuple)):
        return _items(declared, actual) == _items(actual, declared)
    left, right = _scalar(declared), _scalar(actual)
    if left == right:
        return True
    if (_is_number(declared) or _is_number(actual)) and _same_number(left, right):
        return True
    return _is_bit_of(left, right) or _is_bit_of(right, left)


def _is_bit_of(boolean: str, text: str) -> bool:
    """Whether a text is 1 for C(true) or 0 for C(false)."""
    return boolean in ("true", "false") and boolean == _BITS.get(text)


def _is_number(value: t.Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same_number(left: str, right: str) -> bool:
    """C(1), C(1.0) and C(1e0) are one number, when it was declared as one: as texts they may be versions, or names."""
    return bool(_NUMBER.match(left) and _NUMBER.match(right)) and Decimal(left) == Decimal(right)


def _scalar(value: t.Any) -> str:
    text = statement_text(value)
    return _BOOLEANS.get(text.lower(), text)


def _items(value: t.Any, other: t.Any) -> list[tuple[str, str]]:
    """The items of a list, in its own form or as text;
    the value of an item that either side keeps encrypted is blank.
    """
    pairs = _pairs(value)
    blank = {name for name, _value, encrypted in pairs + _pairs(other) if encrypted}
    return sorted((name, "" if name in blank else text) for name, text, _encrypted in pairs)


def list_items(value: t.Any) -> list[tuple[str, str]]:
    """The names and values in a REST list, in its own form or as text."""
    return [(name, text) for name, text, _encrypted in _pairs(value)]


def _pairs(value: t.Any) -> list[tuple[str, str, bool]]:
    if isinstance(value, (list, tuple)):
        return list(map(_pair, value))
    if value is None or value == "":
        return []
    return [(name, _scalar(text), False) for name, text in decode_list(statement_text(value))]


def _pair(item: t.Any) -> tuple[str, str, bool]:
    if isinstance(item, Mapping):
        return statement_text(item.get("name")), _scalar(item.get("value")), bool(item.get("encrypt"))
    return _scalar(item), "", False


def decoded_url(actual: t.Any) -> t.Any:
    """A URL as the statement of a REST connection writes it: C(%2) for an equals sign, C(%%) for a percent sign."""
    if not isinstance(actual, str):
        return actual
    return _URL_ESCAPE.sub(lambda escape: _URL_ESCAPES[escape.group()], actual)


def differing(
    declared: t.Mapping[str, t.Any],
    actual: t.Mapping[str, t.Any],
    defaults: t.Mapping[str, t.Any] | None = None,
) -> dict[str, tuple[t.Any, t.Any]]:
    """The declared properties that the tenant doesn't hold: name -> (actual or None, declared).

    A property that the tenant doesn't show holds its default, or nothing. A user name that isn't shown can't be
    compared: it belongs to the credentials, which Qlik need not return.
    """
    defaults = defaults or {}
    found: dict[str, tuple[t.Any, t.Any]] = {}
    for name, value in declared.items():
        now = actual.get(name, _ABSENT)
        if now is _ABSENT:
            if not is_user_name(name) and not same_value(value, defaults.get(name)):
                found[name] = (None, value)
        elif not same_value(value, now) and not _is_same_url(name, value, now):
            found[name] = (now, value)
    return found


def _is_same_url(name: str, declared: t.Any, actual: t.Any) -> bool:
    return name == URL_PROPERTY and same_value(declared, decoded_url(actual))
