# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning the members of all declared spaces: reading no more than is needed, and deciding.

What it costs when all is as declared: a page for a hundred members of each space that declares some, and the users and
groups that are named, once for all spaces.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.assignments import Assignments
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import MANAGING_ROLE, Member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.decide import (
    MemberPlan,
    SpaceState,
    decide_members,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.people import People
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.rights import (
    RIGHT_TO_CHANGE,
    may_not_read,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.members.way_in import administers
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction, with_members
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

PARALLEL = 8


def plan_members(
    session: TenantSession, actions: t.Sequence[SpaceAction], *, name_undeclared: bool = False
) -> list[SpaceAction]:
    """The actions of declared spaces, with what is to be done about their members.

    C(name_undeclared): say which members nobody declares, and what they are called.
    """
    declaring = [action for action in actions if action.definition.declares_members and not action.problem]
    if not declaring:
        return list(actions)
    planner = _MembersPlanner(session)
    planned = planner.plan(declaring, name_undeclared=name_undeclared)
    by_name = {action.definition.name: action for action in planned}
    return [by_name.get(action.definition.name, action) for action in actions]


class _MembersPlanner:
    def __init__(self, session: TenantSession) -> None:
        self._session = session
        self._people = People(session)
        self._refused: dict[str, str] = {}

    def plan(self, actions: t.Sequence[SpaceAction], *, name_undeclared: bool) -> list[SpaceAction]:
        held = dict(zip([action.definition.name for action in actions], self._members_of_each(actions)))
        self._look_up(actions, held)
        states = {action.definition.name: self._state_of(action, held) for action in actions}
        plans = {action.definition.name: self._decided(action, states) for action in actions}
        states = self._with_names(actions, states, plans, name_undeclared=name_undeclared)
        states = self._with_caller(actions, states, plans)
        planned = []
        for action in actions:
            plan = decide_members(action.definition, states[action.definition.name])
            if not name_undeclared:
                plan = plan._replace(undeclared=())
            planned.append(self._finished(action, plan))
        return planned

    def _members_of_each(self, actions: t.Sequence[SpaceAction]) -> list[list[Member]]:
        return in_parallel(self._members_of, actions, PARALLEL)

    def _members_of(self, action: SpaceAction) -> list[Member]:
        """The members of a space; of one that isn't there yet, none."""
        if action.space is None:
            return []
        try:
            return Assignments(self._session, action.space.id).all()
        except ForbiddenError as error:
            self._refused[action.definition.name] = may_not_read(error)
            return []

    def _look_up(self, actions: t.Sequence[SpaceAction], held: t.Mapping[str, t.Sequence[Member]]) -> None:
        """Find all who are declared anywhere. An id is looked up unless it is a member's wherever it is declared."""
        unknown = []
        for action in actions:
            there = {member.assignee_id for member in held[action.definition.name]}
            unknown += [one for one in action.definition.members or () if one.reference not in there]
        self._people.look_up(unknown)

    def _state_of(self, action: SpaceAction, held: t.Mapping[str, t.Sequence[Member]]) -> SpaceState:
        members = held[action.definition.name]
        kinds = {member.assignee_id: member.kind for member in members}
        found = {one: self._people.found(one, kinds) for one in action.definition.members or ()}
        return SpaceState(_space_of(action), _owner_after(action), members, found)

    def _decided(self, action: SpaceAction, states: dict[str, SpaceState]) -> MemberPlan:
        """A plan; where it hangs on what a space takes, once that was read from the space itself."""
        name = action.definition.name
        plan = decide_members(action.definition, states[name])
        space = states[name].space
        if space.id and not space.assignable_roles and (plan.is_role_in_doubt or plan.changes):
            current = Spaces(self._session).get(space.id)
            if plan.changes and current is not None and not current.assignable_roles and not current.may_update:
                self._refused.setdefault(
                    name, f"the caller can't change who is a member of this space. {RIGHT_TO_CHANGE}"
                )
            states[name] = states[name]._replace(space=current or space)
            plan = decide_members(action.definition, states[name])
        return plan

    def _with_names(
        self,
        actions: t.Iterable[SpaceAction],
        states: t.Mapping[str, SpaceState],
        plans: t.Mapping[str, MemberPlan],
        *,
        name_undeclared: bool,
    ) -> dict[str, SpaceState]:
        """The same, and what those are called who are removed, or whom nobody declares."""
        strangers: list[Member] = []
        for action in actions:
            plan = plans[action.definition.name]
            strangers += [
                change.member for change in plan.changes if change.kind == "remove" and not change.member.name
            ]
            if name_undeclared:
                strangers += plan.undeclared
        if strangers:
            self._people.name(strangers)
        names = self._people.names
        return {name: one._replace(names=names) for name, one in states.items()}

    def _with_caller(
        self, actions: t.Iterable[SpaceAction], states: dict[str, SpaceState], plans: t.Mapping[str, MemberPlan]
    ) -> dict[str, SpaceState]:
        """The same, and who the caller is, where that matters."""
        losing = [
            action.definition.name for action in actions if _depends_on_caller(action, plans[action.definition.name])
        ]
        if not losing:
            return states
        caller = Users(self._session).me()
        for name in losing:
            self._look_up_ways_in(caller, states[name], plans[name])
        if caller.groups is not None:
            caller = caller._replace(groups=caller.groups | self._people.built_in_groups)
        disabled = self._people.disabled_groups
        return {name: _of_caller(one, caller, disabled) if name in losing else one for name, one in states.items()}

    def _look_up_ways_in(self, caller: User, state: SpaceState, plan: MemberPlan) -> None:
        """Find out which managing groups are built in, so that the caller is in them whatever its own groups are, and
        which are disabled, so that nobody comes in by them. Whoever may not look up groups takes them as they are.
        """
        if administers(caller, state.space.type):
            return
        managing = [member for member in (*plan.before, *plan.after) if MANAGING_ROLE in member.roles]
        self._people.name([member for member in managing if member.kind == "group"])

    def _finished(self, action: SpaceAction, plan: MemberPlan) -> SpaceAction:
        refused = self._refused.get(action.definition.name)
        if refused:
            plan = plan._replace(problems=(refused, *plan.problems))
        return with_members(action, plan)


def _of_caller(state: SpaceState, caller: User, disabled: frozenset[str]) -> SpaceState:
    """The same of a space that the caller changes; a new one belongs to its maker until it is given away."""
    space = state.space
    if space.planned:
        space = space._replace(owner_id=caller.id)
    owner_id = state.owner_id or space.owner_id
    return state._replace(caller=caller, space=space, owner_id=owner_id, disabled=disabled)


def _depends_on_caller(action: SpaceAction, plan: MemberPlan) -> bool:
    """Whether it matters who the caller is: who makes a space owns it, and who loses a role may be the caller."""
    return plan.lessens or action.kind == "create" or "ownerId" in action.patch


def _space_of(action: SpaceAction) -> Space:
    if action.space is not None:
        return action.space
    return Space(id="", name=action.definition.name, type=action.definition.type_if_new, planned=True)


def _owner_after(action: SpaceAction) -> str:
    """Who owns the space afterwards; empty for a new one that its maker keeps, whoever that is."""
    if "ownerId" in action.patch:
        return action.patch["ownerId"]
    return action.space.owner_id if action.space is not None else ""
