# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking known secrets out of texts that somebody else wrote, in all the ways in which they may be spelt there."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import threading
import typing as t
from collections.abc import Mapping
from itertools import chain

from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import (
    TELLING_LENGTH,
    Search,
    Span,
    masked_at,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK, leaf_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import (
    LOOSER,
    View,
    as_written,
    encoded,
    folded,
    levels,
    levels_of,
    misread,
    readings,
    squeezed,
    squeezed_text,
    without_tags,
)

_TELLING_LINE = 16
# Shorter ones stand in what base64 makes of any text.
_TELLING_BYTES = 4
# Of a longer text nobody reads the end, and reading it in all ways would take memory.
_LONGEST_QUOTATION = 65536
# A secret that is longer than half of that is known by its beginning.
_TELLING_BEGINNING = 256
# What a server puts behind a text that it cut.
_CUT_MARKS = " \t\r\n.…\"'`)]}>"
_LONGEST_CUT = 4096
# Base64 of base64 is what a header inside a document is.
_ENCODINGS = 2
_FILE = re.compile(r"[A-Za-z0-9+/\s]{24,}={0,2}\s*")


class _Forms:
    """What is looked for: in a text as it is read, in one without blanks and quotes, and in bytes."""

    def __init__(self, secrets: t.Iterable[str]) -> None:
        texts: set[str] = set()
        for value in secrets:
            texts.update((value, *_inside(value)))
        texts.discard("")
        spoilt: set[str] = set()
        in_bytes: set[str] = set()
        for text in texts:
            spoilt.update(_no_shorter_than(TELLING_LENGTH, misread(text)))
            in_bytes.update(_no_shorter_than(_TELLING_BYTES, _as_bytes(text)))
        texts |= spoilt
        self.plain = Search(texts)
        self.squeezed = Search(set(_no_shorter_than(TELLING_LENGTH, map(squeezed_text, texts))))
        self.in_bytes = Search(in_bytes)


def _no_shorter_than(length: int, texts: t.Iterable[str]) -> t.Iterator[str]:
    return (text for text in texts if len(text) >= length)


class Redactor:
    """Takes known secrets out of texts: errors quoted from a server, tracebacks."""

    def __init__(self) -> None:
        self._learnt: set[str] = set()
        self._lock = threading.Lock()
        self._prepared: tuple[set[str], _Forms | None] = (set(), None)

    def learn(self, values: t.Iterable[str]) -> None:
        with self._lock:
            self._learnt = self._learnt.union(values)

    def __call__(self, text: str) -> str:
        forms = self._forms()
        if forms is None:
            return text
        return masked_at(text, _spans(text, forms), MASK)

    def quoted(self, text: str, length: int) -> str:
        """The beginning of what a server shown, without secrets."""
        shown = self(self._before_cut_secret(self._before_long_secrets(text[:_LONGEST_QUOTATION])))
        if len(text) > _LONGEST_QUOTATION and len(shown) <= length:
            # Nearly all of it was masked, and what is left at its end may be the beginning of another secret.
            shown = "".join(shown.rpartition(MASK)[:2])
        return shown[:length]

    def _before_long_secrets(self, text: str) -> str:
        """A text up to where a secret begins that needn't end inside it."""
        for value in self._learnt:
            begins = -1
            if len(value) > _LONGEST_QUOTATION // 2:
                begins = text.find(value[:_TELLING_BEGINNING])
            if begins >= 0:
                text = text[:begins] + MASK
        return text

    def _before_cut_secret(self, text: str) -> str:
        """A text without the beginning of a secret at its end, where the server cut it off."""
        view = levels(text[-_LONGEST_CUT:])[-1]
        end = len(view.text.rstrip(_CUT_MARKS))
        begins = end
        for value in self._learnt:
            if len(value) > TELLING_LENGTH:
                begins = _begin_of_cut(value, view.text[:end], begins)
        if begins == end:
            return text
        before = max(len(text) - _LONGEST_CUT, 0)
        first, last = view.span(begins, end)
        return text[: before + first] + MASK + text[before + last :]

    def _forms(self) -> _Forms | None:
        """What to look for. It is worked out when the first text comes: most runs have none."""
        with self._lock:
            learnt, (known, forms) = self._learnt, self._prepared
            if learnt is not known:
                forms = _Forms(learnt)
                self._prepared = learnt, forms
            return forms


def _begin_of_cut(secret: str, text: str, latest: int) -> int:
    """Where a text begins to end with the beginning of a secret; C(latest) when it doesn't, or only after that."""
    beginning = secret[:TELLING_LENGTH]
    start = text.find(beginning, 0, latest)
    while start >= 0:
        if secret.startswith(text[start:]):
            return start
        start = text.find(beginning, start + 1, latest)
    return latest


def _spans(text: str, forms: _Forms) -> list[Span]:
    """Where secrets stand in a text."""
    read = levels(text)
    joined = squeezed(read[-1])
    all_read = readings(text)
    found = list(chain.from_iterable(map(forms.plain, all_read)))
    for view in (*all_read, without_tags(read[-1])):
        if view is not None:
            found += forms.squeezed(folded(squeezed(view, LOOSER)))
    # A line break inside base64 means nothing, but a blank between words keeps one run from the next.
    for view in (as_written(text), *read[1:][-1:], joined):
        found += _encoded_spans(view, forms, _ENCODINGS)
    return found


def _encoded_spans(view: View, forms: _Forms, deep: int) -> t.Iterator[Span]:
    """Where secrets stand in what is encoded in a reading, escaped or encoded once more there."""
    for held in encoded(view):
        yield from forms.in_bytes(held)
        # What is read from the wrong character on is hardly ever a text.
        if not held.text.isascii():
            continue
        read = levels_of(held)
        for inner in read[1:]:
            yield from forms.plain(inner)
        yield from forms.squeezed(folded(squeezed(read[-1], LOOSER)))
        if deep > 1:
            yield from _encoded_spans(held, forms, deep - 1)


def _as_bytes(text: str) -> t.Iterator[str]:
    """The bytes of a text in the encodings that somebody may write it in, one character each."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding, "surrogatepass").decode("latin-1")
    with contextlib.suppress(UnicodeEncodeError):
        yield text.encode("latin-1").decode("latin-1")


def _inside(value: str) -> t.Iterator[str]:
    """What a server may quote of a secret: a line of a key, the content of a file, the key inside a document of
    credentials.
    """
    yield from _telling_lines(value)
    if not _FILE.fullmatch(value):
        yield from _members(value)
        return
    try:
        content = base64.b64decode(value).decode()
    except ValueError:
        return
    yield content
    yield from _telling_lines(content)
    yield from _members(content)


def _telling_lines(text: str) -> t.Iterator[str]:
    return _no_shorter_than(_TELLING_LINE, text.splitlines())


def _members(text: str) -> t.Iterator[str]:
    """The members of a JSON document that are secret by their names, and their lines."""
    if not text.lstrip().startswith("{"):
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    for member in _secret_members(document):
        yield member
        yield from _telling_lines(member)


def _secret_members(document: t.Any) -> t.Iterator[str]:
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            for name, member in value.items():
                if is_secret_name(str(name)):
                    yield from leaf_texts(member)
                else:
                    pending.append(member)
        elif isinstance(value, list):
            pending += value
