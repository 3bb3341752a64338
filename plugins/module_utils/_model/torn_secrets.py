# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in a connect statement that hold a semicolon, so that what follows it passes for pairs of its own.

Values are not escaped there, and whoever writes one by hand may quote it, as ODBC and ADO.NET do. So where a secret
begins with a mark that nothing closes, nobody can tell where it ends, and all pairs behind it may be parts of it. An
item of a REST list ends where the list goes on.
"""

from __future__ import annotations

import re
import typing as t

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
    "`": "`",
    "\u2018": "\u2019",
    "\u201c": "\u201d",
}
# Nothing is torn in a statement without one of these.
_MAY_TEAR = re.compile(f"%2|[{re.escape(''.join(_CLOSING))}]")
# Lists of files have items too.
_FILES = re.compile(r"files?\s*\Z", re.IGNORECASE)


class Fragment(str):
    """A value that may be a part of a secret. It is compared and sent as any other, and never shown."""

    __slots__ = ()


def may_tear(text: str) -> bool:
    """Whether there can be a torn secret in a statement, as far as is seen at once."""
    values = text.partition("=")[2].rstrip("\"' \t\r\n;")
    return bool(_MAY_TEAR.search(values) or parting_spans(text))


def torn_places(pairs: str) -> set[int]:
    """Which of a statement's pairs, counted from zero, may be parts of a secret that begins in another one."""
    found = _behind_known(pairs)
    if _MAY_TEAR.search(pairs):
        found |= _behind_marks(pairs.split(";"))
    return found


def enclosed_places(pairs: str) -> set[int]:
    """Which of a statement's pairs, counted from zero, are parts of the value of another one: of an item of a list, or
    of something in marks that another pair closes.
    """
    if not _MAY_TEAR.search(pairs):
        return set()
    parts = pairs.split(";")
    # Where each mark closes something last: of those that nothing closes, a tenant may write any number.
    last = {part.rstrip()[-1:]: place for place, part in enumerate(parts)}
    found: set[int] = set()
    for place, pair in enumerate(parts):
        if place in found:
            continue
        name, _equals, value = pair.partition("=")
        if is_rest_list(name.strip()):
            end = _end_of_item(value, parts, place, certain=False)
        else:
            end = _end_of_marks(value.strip(), parts, place, last)
        found.update(range(place + 1, end))
    return found


def _end_of_marks(text: str, pairs: t.Sequence[str], place: int, last: t.Mapping[str, int]) -> int:
    """The pair behind the one that closes the marks in which a value stands; the next one where none does."""
    if not _is_open(text):
        return place + 1
    closing = _CLOSING[text[0]]
    behind = range(place + 1, last.get(closing, place) + 1)
    return next((other for other in behind if pairs[other].rstrip().endswith(closing)), place) + 1


def _behind_known(pairs: str) -> set[int]:
    """The pairs into which the secrets reach that the run knows, and all behind them."""
    spans = parting_spans(pairs)
    if not spans:
        return set()
    return set(range(pairs.count(";", 0, min(spans)[0]) + 1, pairs.count(";") + 1))


def _behind_marks(pairs: t.Sequence[str]) -> set[int]:
    found: set[int] = set()
    for place, pair in enumerate(pairs):
        name, _equals, value = pair.partition("=")
        name = name.strip()
        if is_rest_list(name):
            found.update(range(place + 1, _end_of_item(value, pairs, place, certain=True)))
        elif _is_torn(name, value):
            found.update(range(place + 1, len(pairs)))
            break
    return found


def _is_torn(name: str, value: str) -> bool:
    """Whether a value ends within a secret: the marks in which that stands aren't closed."""
    text = value.strip().lstrip("\\")
    if is_hidden_name(name):
        return _is_open(text) and not _is_nested(text)
    parts = hidden_parts(value)
    if not parts:
        return False
    last = parts[-1]
    ends = [] if last.mark else [value[max(last.start - 1, 0) :], value[last.start :]]
    return any(map(_is_unclosed, (text, *ends)))


def _is_open(text: str) -> bool:
    """Whether a text begins with a mark that nothing closes at its end. Doubled, a closing mark is a part of it."""
    closing = _CLOSING.get(text[:1])
    if closing is None:
        return False
    rest = text[1:]
    return (len(rest) - len(rest.rstrip(closing))) % 2 == 0


def _is_unclosed(text: str) -> bool:
    """Whether a text begins with a mark that nothing closes anywhere, or with brackets, not all of which are closed."""
    closing = _CLOSING.get(text[:1])
    if closing is None:
        return False
    if closing == text[0]:
        return closing not in text[1:].replace(2 * closing, "")
    return text[-1] != closing and text.count(text[0]) > text.count(closing)


def _is_nested(text: str) -> bool:
    """Whether a text is one in brackets that holds others, all of which are closed."""
    closing = _CLOSING[text[0]] if text[:1] in _CLOSING else ""
    return closing not in ("", text[:1]) and text.count(text[0]) == text.count(closing)


def _end_of_item(value: str, pairs: t.Sequence[str], place: int, *, certain: bool) -> int:
    """The pair behind those with the rest of a list's last item, which goes on behind a semicolon; the next one where
    it doesn't. The last item of a list need not have an end. C(certain): only if it may be secret.
    """
    begin = value.replace("%%", "").rpartition("%1")[2]
    name, parted, held = begin.partition("%2")
    if not parted or (certain and is_open_item(name) and not hidden_parts(held)):
        return place + 1
    for other in range(place + 1, len(pairs)):
        following, equals, _rest = pairs[other].partition("=")
        if equals and (is_rest_list(following.strip()) or _FILES.search(following)):
            break
        _item, ended, rest = pairs[other].replace("%%", "").partition("%1")
        if ended:
            return other + 1 if not rest or "%2" in rest else place + 1
    return place + 1
