# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about the members of one space: a pure function.

Source: qlik.dev, "Spaces": one assignment for each member. The owner of a space has none, and holds every role.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.member import MemberDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import (
    KINDS,
    MANAGING_ROLE,
    ROLES_BY_TYPE,
    Member,
    can_use,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.way_in import lost_way_in

_ORDER: t.Mapping[str, int] = {kind: rank for rank, kind in enumerate(KINDS)}

MemberChangeKind = t.Literal["add", "change", "remove"]


class Found(t.NamedTuple):
    """Who is meant by a definition: an id, empty when it is nobody, and why; C(disabled): it has roles in vain."""

    id: str = ""
    problem: str = ""
    disabled: bool = False


class MemberChange(t.NamedTuple):
    """C(member) is the member with the roles that it gets; of one that is removed, as it was. C(held): as it is."""

    kind: MemberChangeKind
    member: Member
    held: Member | None = None

    @property
    def text(self) -> str:
        """What changes, for a person."""
        who = f"{self.member.kind} {one_line(self.member.called)}"
        roles = _roles_text(self.member.roles)
        if self.kind == "add":
            return f"member {who}: add ({roles})"
        if self.held is None or self.kind == "remove":
            return f"member {who}: remove ({roles})"
        return f"member {who}: {_roles_text(self.held.roles)} -> {roles}"


class MemberPlan(t.NamedTuple):
    """What is to be done about one space's members.

    C(before) and C(after) are all members; C(undeclared) are those that nobody declares and that stay.
    C(is_role_in_doubt): a role isn't known for this type of space, and the space wasn't asked what it takes.
    """

    before: tuple[Member, ...] = ()
    after: tuple[Member, ...] = ()
    changes: tuple[MemberChange, ...] = ()
    undeclared: tuple[Member, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    disabled: frozenset[str] = frozenset()
    is_role_in_doubt: bool = False

    @property
    def is_of_use(self) -> bool:
        """Whether anybody but the owner may use what is in the space."""
        return can_use(member for member in self.after if member.assignee_id not in self.disabled)

    @property
    def lessens(self) -> bool:
        """Whether somebody loses a role, so that it matters whether that is the caller."""
        return any(change.held is not None for change in self.changes)


class SpaceState(t.NamedTuple):
    """What is known of a space and of those who are declared in it.

    C(space) is the space as it is, or as it will be made; C(owner_id) owns it afterwards. C(held) are its members;
    C(people) says who is meant by each definition, C(names) what others are called, by id. C(caller): who would carry
    this out, None while that doesn't matter. C(disabled): ids of groups that are, as far as somebody looked.
    """

    space: Space
    owner_id: str
    held: t.Sequence[Member] = ()
    people: t.Mapping[MemberDefinition, Found] = {}
    names: t.Mapping[str, str] = {}
    caller: User | None = None
    disabled: frozenset[str] = frozenset()


def decide_members(definition: SpaceDefinition, state: SpaceState) -> MemberPlan:
    """Compare the declared members of a space with those that it has."""
    decider = _Decider(definition, state)
    return decider.plan()


class _Decider:
    def __init__(self, definition: SpaceDefinition, state: SpaceState) -> None:
        self._definition = definition
        self._state = state
        self._held = {member.assignee_id: _named(member, state.names) for member in state.held}
        self._problems: list[str] = []
        self._warnings: list[str] = []
        self._disabled: set[str] = set()
        self._doubt = False

    def plan(self) -> MemberPlan:
        targets = self._targets()
        changes: list[MemberChange] = []
        after: dict[str, Member] = {}
        undeclared: list[Member] = []
        for assignee_id, held in self._held.items():
            if assignee_id in targets:
                changes += _change(held, targets[assignee_id], assignee_id)
            elif self._definition.members_mode == "exact" and assignee_id != self._state.owner_id:
                changes.append(MemberChange("remove", held, held))
            else:
                after[assignee_id] = held
                undeclared.append(held)
        self._check_removals(changes, targets)
        changes += self._additions(targets)
        for assignee_id in targets:
            held_now = self._held.get(assignee_id)
            if held_now is not None:
                after[assignee_id] = held_now
        for change in changes:
            after[change.member.assignee_id] = change.member
            if change.kind == "remove":
                del after[change.member.assignee_id]
        members = tuple(sorted(after.values(), key=_place))
        self._check_way_in(members)
        return MemberPlan(
            before=tuple(sorted(self._held.values(), key=_place)),
            after=members,
            changes=tuple(sorted(changes, key=lambda change: _place(change.member))),
            undeclared=tuple(member for member in undeclared if member.assignee_id != self._state.owner_id),
            problems=tuple(self._problems),
            warnings=tuple(self._warnings),
            disabled=frozenset(self._disabled),
            is_role_in_doubt=self._doubt,
        )

    def _targets(self) -> dict[str, MemberDefinition]:
        """The definitions by the ids of those whom they are about; what is wrong with others is noted."""
        targets: dict[str, MemberDefinition] = {}
        for definition in self._definition.members or ():
            found = self._state.people.get(definition, Found())
            self._check_roles(definition)
            if found.problem:
                self._problems.append(found.problem)
            if not found.id:
                continue
            if found.id in targets:
                other = targets[found.id]
                self._problems.append(f"{other.label} and {definition.label} are the same: keep one of them.")
                continue
            if found.id == self._state.owner_id:
                self._owns(definition)
                continue
            targets[found.id] = definition
            if found.disabled and definition.state == "present":
                self._disabled.add(found.id)
                self._warnings.append(f"{definition.label} is disabled in this tenant, so that the roles give nothing.")
        return targets

    def _owns(self, definition: MemberDefinition) -> None:
        if definition.state == "absent":
            self._problems.append(
                f"{definition.label} owns the space, and an owner can't be taken out of it: declare another owner."
            )
        else:
            self._warnings.append(
                f"{definition.label} owns the space and so holds every role in it: the declared roles change nothing."
            )

    def _check_roles(self, definition: MemberDefinition) -> None:
        if definition.state == "absent":
            return
        space = self._state.space
        takes = space.assignable_roles or ROLES_BY_TYPE.get(space.type, ())
        for role in definition.roles:
            if role in takes:
                continue
            self._doubt = self._doubt or not space.assignable_roles
            self._problems.append(
                f"{definition.label}: a {space.type} space has no role '{one_line(role)}'."
                f"{suggest(role, takes, 'It takes')}"
            )

    def _additions(self, targets: t.Mapping[str, MemberDefinition]) -> t.Iterator[MemberChange]:
        for assignee_id, definition in targets.items():
            if assignee_id not in self._held and definition.state == "present":
                member = Member(definition.kind, assignee_id, definition.roles, name=definition.reference)
                yield MemberChange("add", _named(member, self._state.names))

    def _check_removals(self, changes: t.Iterable[MemberChange], targets: t.Container[str]) -> None:
        """Those whom members_mode=exact removes: not too many, and not the caller."""
        removed = sorted((one.member for one in changes if one.member.assignee_id not in targets), key=_place)
        most = self._definition.max_member_removals
        if len(removed) > most:
            named = ", ".join(f"{member.kind} {one_line(member.called)}" for member in removed)
            self._problems.append(
                f"{counted(len(removed), 'member')} that nobody declares would be removed, and max_member_removals"
                f" allows {most}: {named}."
            )
        caller = self._state.caller
        if caller is not None and any(member.assignee_id == caller.id for member in removed):
            self._problems.append(
                f"members_mode: exact would remove the caller itself ({one_line(caller.email or caller.name)}, id"
                f" {caller.id}), who isn't declared: declare it with the roles that it is to keep."
            )

    def _check_way_in(self, after: t.Sequence[Member]) -> None:
        caller, state = self._state.caller, self._state
        if caller is None or self._problems:
            return
        if lost_way_in(caller, state.space, state.owner_id, state.held, after, state.disabled):
            self._problems.append(
                f"the caller ({one_line(caller.email or caller.name)}, id {caller.id}) could not change this space's"
                f" members any more: leave it the role {MANAGING_ROLE}, by itself or by a group of its own, or let"
                " somebody else do this."
            )


def _change(held: Member, definition: MemberDefinition, assignee_id: str) -> t.Iterator[MemberChange]:
    """What is to be done about a member who is there and declared."""
    name = held.name
    if definition.reference != assignee_id:
        name = definition.reference
    held = held._replace(name=name)
    if definition.state == "absent":
        yield MemberChange("remove", held, held)
    elif held.roles != definition.roles:
        yield MemberChange("change", held._replace(roles=definition.roles), held)


def _roles_text(roles: t.Iterable[str]) -> str:
    """Roles in a message: those that are there may be any text."""
    return one_line(", ".join(roles)) or "no roles"


def _named(member: Member, names: t.Mapping[str, str]) -> Member:
    return member._replace(name=names.get(member.assignee_id, member.name))


def _place(member: Member) -> tuple[int, str, str]:
    """The order in which members are told: users first, each kind by name. Qlik's own isn't documented."""
    rank = _ORDER.get(member.kind, len(_ORDER))
    return rank, member.called.casefold(), member.assignee_id
