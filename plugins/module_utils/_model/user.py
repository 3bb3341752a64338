# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a tenant.

Source: the users API on qlik.dev. An OAuth client acts as a bot user of its own.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member

BOT_SUBJECT = "qlikbot\\"


class User(t.NamedTuple):
    """A user of the tenant; an OAuth client acts as a bot user of its own."""

    id: str
    name: str = ""
    email: str = ""
    subject: str = ""
    tenant_id: str = ""
    status: str = ""
    roles: tuple[str, ...] = ()
    # The ids of the user's groups; None where the answer doesn't say.
    groups: frozenset[str] | None = None

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> User:
        return cls(
            id=str(answer["id"]),
            name=str(answer.get("name") or ""),
            email=str(answer.get("email") or ""),
            subject=str(answer.get("subject") or ""),
            tenant_id=str(answer.get("tenantId") or ""),
            status=str(answer.get("status") or ""),
            roles=_roles(answer),
            groups=_groups(answer),
        )

    @property
    def is_bot(self) -> bool:
        return self.subject.lower().startswith(BOT_SUBJECT)


def address_key(address: str) -> str:
    """By what e-mail addresses are compared: without regard to case, and no further. (Folding would make "ss" and the
    German sharp s one, which belong to two people.)
    """
    return address.lower()


def _roles(answer: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The names of the roles that a user has: C(assignedRoles) are objects, C(roles) plain names."""
    names = [member(item, "name") for item in list_at(answer, "assignedRoles") or ()]
    names += [item for item in list_at(answer, "roles") or () if isinstance(item, str)]
    return tuple(dict.fromkeys(map(str, filter(None, names))))


def _groups(answer: t.Mapping[str, t.Any]) -> frozenset[str] | None:
    groups = list_at(answer, "assignedGroups")
    if groups is None:
        return None
    return frozenset(str(member(group, "id")) for group in groups)
