# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding whom declared members mean, and what others are called: each looked up once for all spaces of a task."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.filtering import Condition
from ansible_collections.qlikops.cloud.plugins.module_utils._api.groups import Groups
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.member import MemberDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.group import Group
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import Member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import difference, likeness
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User, address_key
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import Found
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_GROUP_ID = re.compile(r"\A[0-9a-fA-F-]{24,36}\Z")
_BUILT_IN = "everyone"
_FORBIDDEN = (
    "the caller may not look up {what}: that takes an administrator's role in the tenant, or for an OAuth client a"
    " scope that covers it. Or declare them by id."
)


class People:
    """The users and groups of one tenant, as far as one task asks for them."""

    def __init__(self, session: TenantSession) -> None:
        self._users_api = Users(session)
        self._groups_api = Groups(session)
        self._users: list[User] = []
        self._groups: list[Group] = []
        self._built_in: set[str] = set()
        self._refused: dict[str, str] = {}

    def look_up(self, definitions: t.Iterable[MemberDefinition]) -> None:
        """Find those who are meant."""
        users: list[Condition] = []
        groups: list[Condition] = []
        for definition in definitions:
            if definition.kind == "bot":
                continue
            if definition.kind == "user":
                users.append(Condition("email" if definition.is_email else "id", definition.reference))
            else:
                groups += _group_conditions(definition.reference)
        self._look_up_users(users)
        self._look_up_groups(groups)
        # A built-in group isn't among the others, by its id either.
        if self._unfound_ids(definitions):
            self._know_built_in_groups()

    def name(self, members: t.Iterable[Member]) -> None:
        """Find out what these members are called, as far as the caller may know."""
        known = {user.id for user in self._users} | {group.id for group in self._groups}
        users, groups = set(), set()
        for member in members:
            if member.assignee_id in known:
                continue
            if member.kind == "group":
                groups.add(member.assignee_id)
            else:
                users.add(member.assignee_id)
        self._look_up_users([Condition("id", one) for one in sorted(users)])
        self._look_up_groups([Condition("id", one) for one in sorted(groups)])
        # A built-in group isn't among the others.
        if groups - {group.id for group in self._groups}:
            self._know_built_in_groups()

    @property
    def built_in_groups(self) -> frozenset[str]:
        """The ids of those that everybody is in, as far as they were looked up."""
        return frozenset(self._built_in)

    @property
    def disabled_groups(self) -> frozenset[str]:
        """The ids of those that give their users nothing, as far as they were looked up."""
        return frozenset(group.id for group in self._groups if group.status == "disabled")

    @property
    def names(self) -> dict[str, str]:
        """What those who were found are called, by id."""
        found = {user.id: user.email or user.name for user in self._users}
        found.update((group.id, group.name) for group in self._groups)
        return found

    @property
    def portable_names(self) -> dict[str, str]:
        """By what another tenant may know them, too: e-mail addresses and names of groups, by id."""
        found = {user.id: user.email for user in self._users}
        found.update((group.id, group.name) for group in self._groups)
        return found

    def found(self, definition: MemberDefinition, kinds: t.Mapping[str, str]) -> Found:
        """Who is meant by a definition. C(kinds): which kind the members of the space are of, by id."""
        kind = kinds.get(definition.reference, "")
        if "group" in (kind, definition.kind) and kind not in ("", definition.kind):
            problem = f"{definition.label}: who has this id is a member already, as a {one_line(kind)}: say so."
            return Found(problem=problem)
        if definition.kind == "bot":
            return Found(definition.reference)
        if definition.kind == "user":
            found = self._user(definition)
        else:
            found = self._group(definition)
        if not found.id and kind:
            return Found(definition.reference)
        return found

    def _look_up_users(self, conditions: t.Collection[Condition]) -> None:
        try:
            self._users += self._users_api.matching(conditions)
        except ForbiddenError:
            self._refused["users"] = _FORBIDDEN.format(what="users")

    def _look_up_groups(self, conditions: t.Sequence[Condition]) -> None:
        if any(condition.value.lower() == _BUILT_IN for condition in conditions):
            self._know_built_in_groups()
        names = {group.name for group in self._groups}
        left = [condition for condition in conditions if condition.value not in names]
        if "groups" in self._refused:
            return
        try:
            self._groups += self._groups_api.matching(left)
        except ForbiddenError:
            self._refused["groups"] = _FORBIDDEN.format(what="groups")

    def _unfound_ids(self, definitions: t.Iterable[MemberDefinition]) -> bool:
        """Whether something that looks like the id of a group is that of none, nor the name of one."""
        known = {group.id for group in self._groups} | {group.name for group in self._groups}
        return any(
            one.kind == "group" and one.reference not in known and _GROUP_ID.match(one.reference) for one in definitions
        )

    def _know_built_in_groups(self) -> None:
        if self._built_in or "groups" in self._refused:
            return
        try:
            found = self._groups_api.system()
        except ForbiddenError:
            self._refused["groups"] = _FORBIDDEN.format(what="groups")
            return
        self._groups += found
        self._built_in |= {group.id for group in found}

    def _user(self, definition: MemberDefinition) -> Found:
        living = {user.id: user for user in self._users if user.status != "deleted"}
        if definition.is_email:
            wanted = address_key(definition.reference)
            found = [user for user in living.values() if address_key(user.email) == wanted]
            return self._the_one(definition, found, "users", "users have this e-mail address")
        found = [living[definition.reference]] if definition.reference in living else []
        return self._the_one(definition, found, "users", "users have this id")

    def _the_one(
        self, definition: MemberDefinition, found: t.Sequence[User | Group], what: str, in_common: str
    ) -> Found:
        """The one of those who were found that isn't disabled; which of several is meant isn't guessed."""
        able = [one for one in found if one.status != "disabled"] or found
        if len(able) > 1:
            ids = ", ".join(one_line(one.id) for one in able)
            return Found(problem=f"{definition.label}: several {in_common}: say which by id ({ids}).")
        if able:
            return Found(able[0].id, disabled=able[0].status == "disabled")
        return self._missing(definition, what, _no_user(definition))

    def _group(self, definition: MemberDefinition) -> Found:
        known = {group.id: group for group in self._groups}
        found = [group for group in known.values() if definition.reference in (group.id, group.name)]
        if found:
            return self._the_one(definition, found, "groups", "groups have this name, or id")
        twins = [group for group in self._groups if likeness(group.name) == likeness(definition.reference)]
        if not twins:
            return self._missing(definition, "groups", f"{definition.label}: no group of this tenant has this name.")
        twin = twins[0].name
        return Found(
            problem=f"{definition.label}: no group of this tenant has this name. There is '{one_line(twin)}',"
            f" {difference(definition.reference, twin)}: correct the name."
        )

    def _missing(self, definition: MemberDefinition, what: str, problem: str) -> Found:
        """Nobody: a mistake, unless it is declared that nobody is to be there."""
        refused = self._refused.get(what)
        if refused:
            return Found(problem=f"{definition.label}: {refused}")
        return Found() if definition.state == "absent" else Found(problem=problem)


def _group_conditions(reference: str) -> list[Condition]:
    conditions = [Condition("name", reference)]
    if _GROUP_ID.match(reference):
        conditions.append(Condition("id", reference))
    return conditions


def _no_user(definition: MemberDefinition) -> str:
    if definition.is_email:
        return f"{definition.label}: no user of this tenant has this e-mail address."
    return f"{definition.label}: no user of this tenant has this id: give the user's id or e-mail address."
