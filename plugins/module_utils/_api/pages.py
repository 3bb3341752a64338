# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of lists of which no page says how long their pages may be."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import BAD_REQUEST, ApiError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

PAGE_SIZE = 100


def all_items(session: TenantSession, path: str, query: t.Mapping[str, t.Any], kind: str) -> list[t.Any]:
    """All items of a list, a hundred a page, or as many as the tenant chooses if it refuses that.

    C(kind) stands for all lists of the kind: what one of them refuses, the others aren't asked.
    """
    if kind in session.own_page_size:
        return _items(session, path, query)
    try:
        return _items(session, path, {"limit": PAGE_SIZE, **query})
    except ApiError as error:
        if error.status != BAD_REQUEST:
            raise
    found = _items(session, path, query)
    session.own_page_size.add(kind)
    return found


def _items(session: TenantSession, path: str, query: t.Mapping[str, t.Any]) -> list[t.Any]:
    return items_of(session.pages(path, query))


def items_of(pages: t.Iterable[JsonObject]) -> list[t.Any]:
    """What all pages of a list hold."""
    items: list[t.Any] = []
    for page in pages:
        items += page["data"]
    return items
