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
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import View, as_written, is_spelt

Span = t.Tuple[int, int]
# Hiding shorter texts that may or may not be secrets would mask too much.
TELLING_LENGTH = 6
_ESCAPED = re.compile("%[0-9A-F]{2}")
_HALVES = re.compile(r"\\u([0-9a-f]{4})")
# What writers of URLs leave besides letters and digits: nothing, slashes, equals signs; what JavaScript, RFC 3986 and
# browsers' forms leave.
_UNESCAPED = ("", "/", "=", "/=", "!'()*", "!$&'()*+,;=", "!$&'()*+,;=:@/?", "*")


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
    while True:
        following = whole.rfind(text, start + 1, start + 2 * len(text) - 1)
        if following < 0:
            return start
        start = following


class KnownSecrets:
    """Secrets, made ready to be looked for when the first text comes: most runs have none."""

    def __init__(self, texts: t.Collection[str]) -> None:
        self.texts = texts
        self._searches: tuple[Search, Search] | None = None

    def spans(self, text: str) -> list[Span]:
        """Where they stand in a text, in a usual spelling too, unless they are short."""
        if self._searches is None:
            meant = as_meant(self.texts)
            self._searches = Search(meant), Search(spelt(meant) - meant)
        written, otherwise = self._searches
        view = as_written(text)
        found = list(written(view))
        return [*found, *otherwise(view)] if is_spelt(text) else found


def as_meant(secrets: t.Iterable[str]) -> set[str]:
    """The secrets, and those that are meant where one has blanks around it, or composed letters for accented ones."""
    found = set(secrets)
    others = {secret.strip() for secret in found}
    for secret in found:
        if not secret.isascii():
            others.update(unicodedata.normalize(form, secret) for form in ("NFC", "NFD"))
    found.update(other for other in others if len(other) >= TELLING_LENGTH)
    found.discard("")
    return found


def spelt(secrets: t.Iterable[str]) -> set[str]:
    """How URLs and forms, connect statements, JSON, HTML, ODBC and databases write them, but short ones."""
    found: set[str] = set()
    for secret in secrets:
        if len(secret) < TELLING_LENGTH or (secret.isascii() and secret.isalnum()):
            continue
        urls = set(_in_urls(secret))
        found |= urls
        # See compare.decoded_url.
        found.update(url.replace("%", "%%").replace("=", "%2") for url in urls)
        found.update(_in_json(secret))
        found.update(_in_html(secret))
        for closing in ("}", "]", "{}", "[]", "{}[]", "}]"):
            found.add(secret.translate({ord(sign): sign * 2 for sign in closing}))
    return found


def _in_urls(secret: str) -> t.Iterator[str]:
    """As Python, JavaScript, browsers' forms and people write it."""
    yield from (secret, secret.replace(" ", "%20"), secret.replace(" ", "+"))
    for unescaped in _UNESCAPED:
        url = quote(secret, safe=unescaped, errors="surrogatepass")
        for one in (url, url.replace("~", "%7E")):
            for form in (one, one.replace("%20", "+")):
                yield form
                yield _ESCAPED.sub(lambda match: match.group().lower(), form)


def _in_json(secret: str) -> t.Iterator[str]:
    """As Python writes it, and others, which escape slashes or what means something in HTML."""
    for text in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        for signs in ("", "/", "<>&", "<>&'+"):
            escaped = text
            for sign in signs:
                escaped = escaped.replace(sign, "\\/" if sign == "/" else f"\\u{ord(sign):04x}")
            yield escaped
            yield _HALVES.sub(lambda match: "\\u" + match.group(1).upper(), escaped)


def _in_html(secret: str) -> t.Iterator[str]:
    text = html.escape(secret, quote=False)
    yield text
    for quotes in (("&quot;", "&#x27;"), ("&quot;", "&#39;"), ("&#34;", "&#39;"), ("&quot;", "&apos;"), ('"', "&#39;")):
        yield text.replace('"', quotes[0]).replace("'", quotes[1])


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
