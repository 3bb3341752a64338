# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that a run knows, and where they stand in a text.

A part of a secret may itself look like a name with a value. Were only that part masked, nobody would find the rest.
"""

from __future__ import annotations

import html
import json
import re
import typing as t
import unicodedata
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus

from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import (
    View,
    as_written,
    is_spelt,
    usual_readings,
)

Span = t.Tuple[int, int]
# Hiding shorter texts that may or may not be secrets would mask too much.
TELLING_LENGTH = 6
# Longer ones are keys and certificates, and writing thousands of them in all ways takes memory.
_SPELT_LENGTH = 256
_ESCAPED = re.compile("%[0-9A-F]{2}")


class Search:
    """Finds any of many texts in another one, in time for the length of that one: most texts hold none of a thousand
    secrets.
    """

    # A secret is looked for by a piece of one of these lengths.
    _PIECES = (8, 4)
    # So many are found one after the other in less time.
    _FEW = 20

    def __init__(self, texts: t.Collection[str]) -> None:
        self._short: list[str] = []
        self._by_piece: dict[int, dict[str, list[tuple[str, int]]]] = {size: {} for size in self._PIECES}
        if len(texts) <= self._FEW:
            self._short += texts
            return
        for text in texts:
            self._add(text)

    def _add(self, text: str) -> None:
        for size in self._PIECES:
            if size <= len(text):
                # Keys begin and end alike, so a piece from the middle tells more of them apart.
                offset = (len(text) - size) // 2
                self._by_piece[size].setdefault(text[offset : offset + size], []).append((text, offset))
                return
        self._short.append(text)

    def __call__(self, view: View) -> t.Iterator[Span]:
        """Where they stand in the original of a reading; as one, where one that overlaps itself does."""
        whole = view.text
        for text in self._short:
            start = whole.find(text)
            while start >= 0:
                last = _last_overlapping(whole, text, start)
                yield view.span(start, last + len(text))
                start = whole.find(text, last + len(text))
        for size, pieces in self._by_piece.items():
            if pieces:
                yield from self._by_pieces(view, size, pieces)

    def _by_pieces(self, view: View, size: int, pieces: t.Mapping[str, list[tuple[str, int]]]) -> t.Iterator[Span]:
        whole = view.text
        done: dict[str, int] = {}
        for place in range(len(whole) - size + 1):
            for text, offset in pieces.get(whole[place : place + size], ()):
                start = place - offset
                if start < done.get(text, 0) or not whole.startswith(text, start):
                    continue
                last = _last_overlapping(whole, text, start)
                done[text] = last + len(text)
                yield view.span(start, last + len(text))


def _last_overlapping(whole: str, text: str, start: int) -> int:
    """Where the last of those begins that overlap one another from this one on."""
    mirrored = text[::-1]
    while True:
        # Searching backwards takes Python the square of the time.
        overlapping = whole[start + 1 : start + 2 * len(text) - 1]
        distance = overlapping[::-1].find(mirrored)
        if distance < 0:
            return start
        start += 1 + len(overlapping) - distance - len(text)


class KnownSecrets:
    """Secrets, made ready to be looked for when the first text comes: most runs have none."""

    def __init__(self, texts: t.Collection[str]) -> None:
        self.texts = texts
        self._searches: tuple[Search, Search, Search] | None = None
        self._parting: list[str] | None = None

    def parting_spans(self, text: str) -> list[Span]:
        """Where those stand, letter by letter, that hold a semicolon, unless they are short."""
        if self._parting is None:
            self._parting = [secret for secret in telling(as_meant(self.texts)) if ";" in secret]
        if not self._parting:
            return []
        return list(Search(self._parting)(as_written(text)))

    def spans(self, text: str) -> list[Span]:
        """Where they stand in a text, in a usual spelling too, unless they are short."""
        if self._searches is None:
            meant = as_meant(self.texts)
            others = telling(meant)
            self._searches = Search(meant), Search(others), Search(spelt(others) - meant)
        written, read, otherwise = self._searches
        view = as_written(text)
        found = list(written(view))
        if is_spelt(text):
            found += otherwise(view)
            for reading in usual_readings(text):
                found += read(reading)
        return found


def telling(secrets: t.Iterable[str]) -> set[str]:
    """Those that are long enough to be looked for in spellings."""
    return {secret for secret in secrets if len(secret) >= TELLING_LENGTH}


def spelt(secrets: t.Iterable[str]) -> set[str]:
    """Telling secrets as they are most often written. Where a sign that means something stands before one, nobody can
    read where it begins.
    """
    found: set[str] = set()
    for secret in secrets:
        if len(secret) > _SPELT_LENGTH or (secret.isascii() and secret.isalnum()):
            continue
        urls = {quote(secret, safe=safe, errors="surrogatepass") for safe in ("", "/", "=", "/=")}
        urls.add(quote_plus(secret, errors="surrogatepass"))
        urls.update([_ESCAPED.sub(lambda match: match.group().lower(), url) for url in urls])
        urls.update((secret, secret.replace(" ", "%20"), secret.replace(" ", "+")))
        found |= urls
        # See compare.decoded_url.
        found.update(url.replace("%", "%%").replace("=", "%2") for url in urls)
        found.update(json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
        found.update(html.escape(secret, quote=quotes) for quotes in (True, False))
    return found


def as_meant(secrets: t.Iterable[str]) -> set[str]:
    """The secrets, and those that are meant where one has blanks around it, composed letters for accented ones, or line
    breaks of another kind.
    """
    found = set(secrets)
    others = {secret.strip() for secret in found}
    for secret in found:
        if not secret.isascii():
            others.update(unicodedata.normalize(form, secret) for form in ("NFC", "NFD"))
    for other in [other for other in others if "\n" in other]:
        lines = other.replace("\r\n", "\n")
        others.update((lines, lines.replace("\n", "\r\n")))
    found |= telling(others)
    found.discard("")
    return found


_known: ContextVar[KnownSecrets | None] = ContextVar("known_secrets", default=None)


@contextmanager
def known_secrets(secrets: t.Collection[str]) -> t.Iterator[None]:
    """For as long as this lasts, what is masked in a text is also masked where it is a part of one of these."""
    before = _known.set(KnownSecrets(secrets))
    try:
        yield
    finally:
        _known.reset(before)


def known_spans(text: str) -> list[Span]:
    """Where the secrets stand that the run knows."""
    known = _known.get()
    return known.spans(text) if known else []


def parting_spans(text: str) -> list[Span]:
    """Where the secrets stand that the run knows, and that part a connect statement."""
    known = _known.get()
    return known.parting_spans(text) if known else []


def masked_at(text: str, spans: t.Iterable[Span], mask: str) -> str:
    """The text with a mask in the place of each span, and of those together that overlap."""
    pieces: list[str] = []
    position = masked_to = 0
    for start, end in sorted(spans):
        if start >= masked_to:
            pieces += [text[position:start], mask]
        masked_to = max(masked_to, end)
        position = masked_to
    return "".join([*pieces, text[position:]])
