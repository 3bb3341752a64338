# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking known secrets out of texts that somebody else wrote, in all the ways in which they may be spelt there."""

from __future__ import annotations

import base64
import json
import threading
import typing as t
from urllib.parse import quote, quote_plus

from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK

_TELLING_LINE = 16


def _spellings(text: str) -> set[str]:
    """A text as it is, and in the forms that it takes inside JSON, Python, URLs and headers."""
    in_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    in_url = {quote(text, safe="", errors="surrogatepass"), quote_plus(text, errors="surrogatepass")}
    encoded = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return {text, *in_json, *in_url, repr(text)[1:-1], encoded.rstrip("=")}


class Redactor:
    """Takes known secrets out of texts: errors quoted from a server, tracebacks."""

    def __init__(self) -> None:
        self._learnt: set[str] = set()
        self._lock = threading.Lock()
        self._spelt: tuple[set[str], list[str]] = (set(), [])

    def learn(self, values: t.Iterable[str]) -> None:
        with self._lock:
            self._learnt = self._learnt.union(values)

    def _longest_first(self) -> list[str]:
        """All spellings of what was learnt. They are made when the first text comes: most runs have none."""
        with self._lock:
            learnt, (known, spelt) = self._learnt, self._spelt
            if learnt is not known:
                # Of a key that has many lines a server may quote just one.
                texts = {line for value in learnt for line in (value, *value.splitlines()) if line == value or len(line) >= _TELLING_LINE}
                spelt = sorted({one for text in texts - {""} for one in _spellings(text)}, key=len, reverse=True)
                self._spelt = learnt, spelt
            return spelt

    def __call__(self, text: str) -> str:
        for value in self._longest_first():
            if value in text:
                text = text.replace(value, MASK)
        return text
