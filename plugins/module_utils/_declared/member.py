# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A member of a space as declared. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import State
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import KINDS, in_order
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import address_key


class MemberDefinition(t.NamedTuple):
    """A member as declared. C(kind) is user, group or bot, and empty when it doesn't say just one of them.

    C(reference) is an e-mail address, a name or an id; C(position) counts from 1.
    """

    kind: str
    reference: str
    roles: tuple[str, ...] = ()
    state: State = "present"
    position: int = 1

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any], position: int) -> MemberDefinition:
        named = [kind for kind in KINDS if options.get(kind)]
        kind = named[0] if len(named) == 1 else ""
        return cls(
            kind=kind,
            reference=str(options[kind]) if kind else "",
            roles=in_order(map(str, options.get("roles") or ())),
            state=options.get("state") or "present",
            position=position,
        )

    @property
    def label(self) -> str:
        """How messages call it."""
        if not self.kind:
            return f"member {self.position}"
        return f"{self.kind} '{one_line(self.reference)}'"

    @property
    def is_email(self) -> bool:
        return self.kind == "user" and "@" in self.reference

    @property
    def identity(self) -> tuple[str, str]:
        """What tells it from others before anybody was looked up."""
        if self.is_email:
            return self.kind, address_key(self.reference)
        return self.kind, self.reference


def check_members(members: t.Sequence[MemberDefinition]) -> t.Iterator[str]:
    """What is wrong with declared members whatever the tenant holds, a sentence each."""
    seen: set[tuple[str, str]] = set()
    for member in members:
        if not member.kind:
            yield f"{member.label}: it must say who it is by exactly one of user, group and bot."
            continue
        if member.identity in seen:
            yield f"{member.label} is declared more than once: name each member once, with all roles."
        seen.add(member.identity)
        if member.state == "present" and not member.roles:
            yield f"{member.label} has no roles: name at least one, or say state: absent."
