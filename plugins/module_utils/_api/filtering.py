# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding some of many users or groups, with as few requests as possible.

Source: qlik.dev, "Users" and "Groups": conditions of a C(filter) may be joined with C(or), as its examples do, and
ignore case; C(totalResults) tells how many there are in all. How a quote in a text is written isn't documented.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.pages import PAGE_SIZE, items_of
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import BAD_REQUEST, ApiError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

# So many conditions stay well below the length that an address may have.
AT_ONCE = 20


class Condition(t.NamedTuple):
    """What a member of an item must be."""

    member: str
    value: str

    @property
    def text(self) -> str:
        return f'{self.member} eq "{self.value}"'

    @property
    def can_be_sent(self) -> bool:
        return '"' not in self.value and "\\" not in self.value


def matching(session: TenantSession, resource: str, conditions: t.Collection[Condition]) -> list[JsonObject]:
    """Items that fulfil one of the conditions, perhaps others beside them: whoever asks compares exactly.

    It takes no more requests than there are conditions, nor than the whole list has pages.
    """
    wanted = list(dict.fromkeys(conditions))
    if not wanted:
        return []
    if not all(condition.can_be_sent for condition in wanted):
        return _whole_list(session, resource)
    if len(wanted) <= AT_ONCE:
        return _filtered(session, resource, wanted)
    return _many(session, resource, wanted)


def _many(session: TenantSession, resource: str, wanted: t.Sequence[Condition]) -> list[JsonObject]:
    """The first page says how long the list is; then the shorter way is taken."""
    pages = session.pages(resource, {"limit": PAGE_SIZE, "totalResults": "true"})
    first = next(pages)
    if _requests(len(wanted), AT_ONCE) < _requests(_total(first), PAGE_SIZE) - 1:
        return _filtered(session, resource, wanted)
    found = list(first["data"])
    for page in pages:
        found += page["data"]
    return found


def _filtered(session: TenantSession, resource: str, wanted: t.Sequence[Condition]) -> list[JsonObject]:
    found: list[JsonObject] = []
    try:
        for start in range(0, len(wanted), AT_ONCE):
            found += _fulfilling(session, resource, wanted[start : start + AT_ONCE])
    except ApiError as error:
        if error.status != BAD_REQUEST or len(wanted) == 1:
            raise
        return _one_by_one(session, resource, wanted)
    return found


def _one_by_one(session: TenantSession, resource: str, wanted: t.Sequence[Condition]) -> list[JsonObject]:
    """For a tenant that takes one condition at a time."""
    if len(wanted) > AT_ONCE:
        return _whole_list(session, resource)
    found: list[JsonObject] = []
    for condition in wanted:
        found += _fulfilling(session, resource, [condition])
    return found


def _fulfilling(session: TenantSession, resource: str, conditions: t.Iterable[Condition]) -> list[JsonObject]:
    text = " or ".join(condition.text for condition in conditions)
    return items_of(session.pages(resource, {"filter": text, "limit": PAGE_SIZE}))


def _whole_list(session: TenantSession, resource: str) -> list[JsonObject]:
    return items_of(session.pages(resource, {"limit": PAGE_SIZE}))


def _total(page: JsonObject) -> int:
    """How many items there are in all, as far as the first page tells."""
    total = page.get("totalResults")
    return total if isinstance(total, int) else 0


def _requests(number: int, at_once: int) -> int:
    return -(-number // at_once)
