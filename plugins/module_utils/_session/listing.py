# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of a list must be: whole, all different, and of an end.

Source: qlik.dev, "Pagination".
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError

# A million items in pages of a hundred; and lists may have empty pages, but not without end.
MAX_PAGES = 10_000
MAX_EMPTY_PAGES = 100
# A hundred thousand connections with all that Qlik says of them.
MAX_LIST_BYTES = 256 * 1024 * 1024


class PageGuard:
    """Watches over the pages of one list, which messages call C(what)."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bytes = 0
        self._empty = 0
        self._urls: set[str] = set()
        self._held: set[tuple[str, ...]] = set()

    def check(self, page: t.Any, size: int) -> None:
        """Raises AnswerError when a page of so many bytes can't be the next one of the list."""
        self._bytes += size
        if self._bytes > MAX_LIST_BYTES:
            most = f"{MAX_LIST_BYTES >> 20} MiB"
            raise AnswerError(f"{self._what}: the pages of this list have more than {most} together.")
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise AnswerError(f"{self._what} did not answer with a list.")
        ids = _ids(page["data"])
        if ids and ids in self._held:
            raise AnswerError(f"{self._what}: a page of this list repeats an earlier one, so the list can't be whole.")
        self._held.add(ids)
        self._empty += 1
        if page["data"]:
            self._empty = 0

    def follow(self, url: str) -> None:
        """The list goes on there. Raises AnswerError when it does so for ever."""
        if url in self._urls:
            raise AnswerError(f"{self._what}: the pages of this list lead in a circle.")
        self._urls.add(url)
        if self._empty > MAX_EMPTY_PAGES or len(self._urls) >= MAX_PAGES:
            raise AnswerError(f"{self._what}: this list has no end: {len(self._urls)} pages were read.")


def _ids(items: t.Sequence[t.Any]) -> tuple[str, ...]:
    """What tells one page of a list from another."""
    return tuple(str(item.get("qID") or item.get("id")) for item in items if isinstance(item, dict))
