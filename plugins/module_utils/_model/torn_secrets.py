# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in a connect statement that hold a semicolon, so that what follows it passes for pairs of its own.

Values are not escaped there, and whoever writes one by hand may quote it, as ODBC and ADO.NET do. So where a secret
begins with a mark that nothing closes, nobody can tell where it ends, and all pairs behind it may be parts of it.
"""

from __future__ import annotations

import re

from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import parting_spans
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    is_hidden_name,
    is_open_item,
    is_rest_list,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import hidden_parts

# How a value is enclosed that holds semicolons.
_CLOSING = {
    "{": "}",
    "'": "'",
    '"': '"',
    "[": "]",
    "(": ")",
    "`": "`",
    "\u2018": "\u2019",
    "\u201c": "\u201d",
    "\u00ab": "\u00bb",
}
# Nothing is torn in a statement without one of these.
_MAY_TEAR = re.compile(f"%2|[{re.escape(''.join(_CLOSING))}]")


class Fragment(str):
    """A value that may be a part of a secret. It is compared and sent as any other, and never shown."""

    __slots__ = ()


def may_tear(text: str) -> bool:
    """Whether there can be a torn secret in a statement, as far as is seen at once."""
    values = text.partition("=")[2].rstrip("\"' \t\r\n;")
    return bool(_MAY_TEAR.search(values) or parting_spans(text))


def torn_from(pairs: str) -> int:
    """Up to which of a statement's pairs, counted from zero, nothing is a part of a torn secret: those behind it are.
    The number of all, or more, where none is torn.
    """
    known = _parted(pairs)
    if _MAY_TEAR.search(pairs):
        for place, pair in enumerate(pairs.split(";")):
            if place >= known:
                break
            name, _equals, value = pair.partition("=")
            if _is_torn(name.strip(), value):
                return place
    return known


def _parted(pairs: str) -> int:
    """The pair in which the first secret begins that the run knows, and that reaches into the next."""
    spans = parting_spans(pairs)
    if not spans:
        return len(pairs)
    return pairs.count(";", 0, min(spans)[0])


def _is_torn(name: str, value: str) -> bool:
    """Whether a value is the beginning of a secret whose end stands behind a semicolon."""
    if is_rest_list(name):
        return _ends_inside_item(value)
    text = value.strip().lstrip("\\")
    closing = _CLOSING.get(text[:1])
    if closing is None:
        return False
    rest = text[1:]
    # Doubled, a closing mark is a part of the value.
    if (len(rest) - len(rest.rstrip(closing))) % 2:
        return False
    return is_hidden_name(name) or bool(hidden_parts(value))


def _ends_inside_item(value: str) -> bool:
    """Whether the text of a list ends before its last item does, and that may be secret."""
    last = value.replace("%%", "").rpartition("%1")[2]
    name, parted, held = last.partition("%2")
    return bool(parted and held) and not is_open_item(name)
