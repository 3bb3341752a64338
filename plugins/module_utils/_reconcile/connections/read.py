# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading just enough of a tenant to plan: spaces, connections, and a closer look only where something seems to differ.

What a converged tenant costs: one page per 100 connections, the list of spaces, and, when a personal space is declared,
who the caller is.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from functools import cached_property

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import PAGE_SIZE, DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import User, Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import (
    check_definition,
    sign_in_problem,
    suggest,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    ForbiddenError,
    NotFoundError,
    QlikError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import CODE_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space, personal_space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.decide import prune_action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.gateways import Gateways
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.lost_credentials import with_evidence
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import (
    Match,
    Target,
    match_targets,
    resume,
    unclaimed,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.nearly import (
    absent_twins,
    previous_beside,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.pasted import (
    decide_pasted,
    space_type_problem,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.places import with_places
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.separate import find_credentials
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.source_choice import (
    find_source,
    names_new_source,
    source_id_of,
    wanted_source,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.owners import Owners
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


@dataclass
class Spacing:
    """The spaces of a run, by id and by name, and what the caller's own space needs to be known by."""

    spaces: t.Sequence[Space] = ()
    me: User | None = None

    def find(self, reference: str) -> Space | None:
        """The space of this id, or else the first of this name."""
        return self._by_reference.get(reference)

    @cached_property
    def _by_reference(self) -> dict[str, Space]:
        named = {space.name: space for space in reversed(self.spaces)}
        return {**named, **{space.id: space for space in reversed(self.spaces) if space.id}}


@dataclass
class Plan:
    """The actions, one for each definition and in their order, and what was read to find them."""

    actions: list[Action]
    spacing: Spacing
    connections: list[Connection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    undeclared: list[Connection] = field(default_factory=list)

    @property
    def problems(self) -> list[Action]:
        return [action for action in self.actions if action.problems]

    @property
    def tenant_id(self) -> str:
        ids = (space.tenant_id for space in self.spacing.spaces)
        mine = self.spacing.me.tenant_id if self.spacing.me else ""
        return (
            mine
            or next((found for found in ids if found), "")
            or next((item.tenant_id for item in self.connections), "")
        )


class Observer:
    """Reads one tenant for one plan."""

    def __init__(self, session: TenantSession, *, parallel: int = 8) -> None:
        self._session = session
        self._parallel = parallel
        self._connections = DataConnections(session)
        self._sources = DataSources(session)
        self._spaces = Spaces(session)
        self._gateways = Gateways(session, parallel)
        self._owners = Owners(session)
        # Whether the lists of this tenant tell that connections have credentials: not every tenant may.
        self._shows_credentials = False

    # ---- spaces

    def spacing(
        self, references: t.Iterable[str | None], planned: t.Sequence[Space] = (), known: t.Sequence[Space] = ()
    ) -> Spacing:
        """Find the spaces that are named. One that is missing is left out; None stands for the caller's own.

        C(known) were read before and need no reading; C(planned) don't exist yet.
        """
        named = {reference for reference in references if reference}
        spacing = Spacing([*known, *planned])
        missing = [reference for reference in named if spacing.find(reference) is None]
        if len(missing) == 1 and not known:
            found = self._spaces.find(missing[0])
            spacing = Spacing([*([found] if found else self._spaces.all()), *planned])
        elif missing and not known:
            spacing = Spacing([*self._spaces.all(), *planned])
        if any(not reference for reference in references):
            spacing.me = Users(self._session).me()
        return spacing

    # ---- the plan

    def plan(
        self,
        definitions: t.Sequence[Definition],
        *,
        planned_spaces: t.Sequence[Space] = (),
        known_spaces: t.Sequence[Space] = (),
        validate: bool = True,
        prune_spaces: t.Sequence[str] = (),
        everything: bool = False,
        whole: bool = False,
    ) -> Plan:
        """Compare definitions with the tenant. Problems of single definitions are noted in their actions.

        The managed connections in C(prune_spaces) that no definition is about are deleted by actions at the end. With
        C(everything) the whole tenant is read, and the plan also says which connections no definition is about.
        C(whole): the definitions are all that are declared of this tenant.
        """
        spacing = self.spacing([*_references(definitions), *prune_spaces], planned_spaces, known_spaces)
        pruned_spaces = self._prune_spaces(prune_spaces, spacing)
        owners = self._find_owners(definitions, spacing)
        targets = [self._target(definition, spacing, owners) for definition in definitions]
        early = [
            _early_problems(definition, target, spacing, owners) for definition, target in zip(definitions, targets)
        ]
        sound = [target for target, problems in zip(targets, early) if not problems]

        listed = self._connections.all() if everything else None
        connections = self._read_connections(sound, spacing, pruned_spaces, listed)
        matches = match_targets(sound, connections)
        sources = self._read_sources(matches)
        matches = [resume(match, wanted_source(match, sources)) for match in matches]
        matches = find_credentials(self._session, self._gateways.with_ids(matches, sources), self._parallel)
        matches = self._look_closer(matches)
        matches, unseen = with_evidence(
            matches, lambda: self._shows_credentials or self._connections.any_with_credentials()
        )
        matches = self._check_owners(self._gateways.checked(matches, sources))
        decided = iter(self._decide_all(matches, sources, validate=validate))
        actions = [
            Action("none", target, problems=tuple(problems)) if problems else next(decided)
            for target, problems in zip(targets, early)
        ]
        actions = self._with_maker(actions, spacing)
        actions = with_places(actions, spacing.spaces, lambda ids: self.spacing(ids).spaces)
        by_space = {space.id: space for space in pruned_spaces}
        actions += [
            prune_action(connection, by_space[connection.space_id])
            for connection in unclaimed(matches, connections)
            if connection.is_managed and connection.space_id in by_space
        ]
        warnings = list(dict.fromkeys(warning for action in actions for warning in action.warnings))
        warnings += [
            *unseen,
            *absent_twins(matches, connections),
            *previous_beside(matches, unclaimed(matches, connections)),
        ]
        if whole:
            gone = {action.connection.id for action in actions if action.connection}
            warnings += [
                _abandoned(one, spacing)
                for one in unclaimed(matches, connections)
                if one.future_name and one.id not in gone
            ]
        if spacing.me is not None and spacing.me.is_bot and any(not (one.space or one.id) for one in definitions):
            warnings.append(
                "A definition names no space, and the caller is an OAuth client: its personal space is that of a bot,"
                " which no"
                " person can see. Name a space."
            )
        return Plan(actions, spacing, connections, warnings, unclaimed(matches, listed or ()))

    def _with_maker(self, actions: t.Sequence[Action], spacing: Spacing) -> list[Action]:
        """Say in actions that make connections with secrets whose these will be, as far as the caller may know who it
        is.
        """
        if not any(action.builds and action.sends and not action.problems for action in actions):
            return list(actions)
        if spacing.me is None:
            try:
                spacing.me = Users(self._session).me()
            except (ForbiddenError, NotFoundError):
                return list(actions)
        return [replace(action, maker_id=spacing.me.id) if action.builds else action for action in actions]

    def plan_sign_in(self, definition: Definition) -> tuple[Action, Space, str]:
        """A creation that asks for the URL at which to sign in, whether the connection exists or not; its space; the
        tenant's id.
        """
        spacing = self.spacing(_references([definition]))
        target = self._target(definition, spacing, {})
        problems = _early_problems(replace(definition, owner=""), target, spacing, {})
        match = Match(target, None)
        sources = self._read_sources([match])
        source_id = source_id_of(match, sources)
        specs = {source_id: self._read_spec(source_id)} if source_id in sources else {}
        action = self._decide(match, sources, specs)
        action = replace(
            action, problems=tuple(problem for problem in action.problems if problem != sign_in_problem(source_id))
        )
        if not problems and not action.problems and CODE_PROPERTY not in specs[source_id].properties:
            problems = [f"data source '{source_id}' has no interactive sign-in."]
        action = replace(action, problems=(*problems, *action.problems))
        return action, target.space or personal_space(""), Plan([], spacing).tenant_id

    def _prune_spaces(self, references: t.Sequence[str], spacing: Spacing) -> list[Space]:
        found = {reference: spacing.find(reference) for reference in references}
        for reference, space in found.items():
            if space is None:
                hint = suggest(reference, [known.name for known in spacing.spaces], "It sees")
                raise QlikError(
                    f"{self._session.tenant}: prune_spaces names '{reference}', which doesn't exist, or the caller"
                    f" can't see it.{hint}"
                )
        return [space for space in found.values() if space is not None and not space.planned]

    def _find_owners(self, definitions: t.Sequence[Definition], spacing: Spacing) -> dict[str, str]:
        """The ids of the declared owners; an e-mail address that nobody has is left out.
        Reads who the caller is, too.
        """
        declared = sorted(
            {definition.owner for definition in definitions if definition.owner and definition.state == "present"}
        )
        if declared and spacing.me is None:
            spacing.me = Users(self._session).me()
        ids = {owner: self._owners.id_of(owner) for owner in declared}
        return {owner: owner_id for owner, owner_id in ids.items() if owner_id}

    def _check_owners(self, matches: t.Sequence[Match]) -> list[Match]:
        """Note where somebody is about to be given a connection who isn't there."""

        def checked(match: Match) -> Match:
            target, connection = match.target, match.connection
            stays = connection is not None and connection.owner_id == target.owner_id
            if match.problem or not target.owner_id or target.owner_is_caller or stays:
                return match
            return replace(match, problem=self._owners.missing(target.definition.owner))

        return [checked(match) for match in matches]

    def _target(self, definition: Definition, spacing: Spacing, owners: t.Mapping[str, str]) -> Target:
        def find(reference: str | None) -> Space | None:
            return spacing.find(reference) if reference else _personal(spacing)

        space = None if definition.id and definition.space is None else find(definition.space)
        previous = None if definition.previous_space is None else find(definition.previous_space)
        owner_id = owners.get(definition.owner, "")
        return Target(definition, space, previous, owner_id, bool(spacing.me and owner_id == spacing.me.id))

    # ---- connections

    def _read_connections(
        self, targets: t.Sequence[Target], spacing: Spacing, more: t.Sequence[Space], listed: list[Connection] | None
    ) -> list[Connection]:
        """The connections of the spaces that matter, in as few pages as can be; out of C(listed) when all were read
        before.

        A few spaces are read one by one. Many are read as one list, unless the tenant turns out to hold far more than
        what was declared.
        """
        named = [
            space
            for target in targets
            for space in (target.space, target.previous_space)
            if space and not space.planned
        ]
        wanted = {space.id: space for space in [*named, *more]}
        found = listed
        if found is None and len(wanted) > 1:
            found = self._connections.first_pages(len(targets) // PAGE_SIZE + 1 + len(wanted))
        if found is None:
            read = in_parallel(self._read_space, wanted.values(), self._parallel)
            found = [connection for connections in read for connection in connections]
        else:
            mine = spacing.me.id if spacing.me else ""
            found = [
                connection
                for connection in found
                if connection.space_id in wanted and (connection.space_id or connection.owner_id == mine)
            ]
        self._shows_credentials = any(connection.credentials_id for connection in found)
        held = {connection.id for connection in found}
        elsewhere = {target.definition.id for target in targets if target.definition.id} - held
        by_id = [one for one in in_parallel(self._read_one, sorted(elsewhere), self._parallel) if one is not None]
        beside = self._read_beside(by_id, elsewhere, held) if elsewhere else []
        return found + by_id + [one for one in beside if one.id not in {other.id for other in by_id}]

    def _read_beside(
        self, by_id: t.Sequence[Connection], ids: t.Container[str], read: t.Container[str]
    ) -> list[Connection]:
        """What interrupted runs may have left beside connections that are known by their ids alone, or instead of
        them.
        """
        spaces = {one.space_id for one in by_id}
        return [
            one
            for one in self._connections.waiting()
            if one.id not in read and (one.space_id in spaces or one.predecessor_id in ids)
        ]

    def _read_space(self, space: Space) -> list[Connection]:
        return self._connections.personal() if space.is_personal else self._connections.in_space(space.id)

    def _read_one(self, connection_id: str) -> Connection | None:
        try:
            return self._connections.get(connection_id)
        except (NotFoundError, ForbiddenError):
            return None

    def _look_closer(self, matches: t.Sequence[Match]) -> list[Match]:
        """Confirm by a single read what the statements in the list seem to disagree about."""
        unsure = [match for match in matches if not match.problem and match.needs_a_look]
        ids = [match.connection.id for match in unsure if match.connection]
        looked = dict(zip(ids, in_parallel(self._read_one, ids, self._parallel)))

        def closer(match: Match) -> Match:
            seen = looked.get(match.connection.id) if match.connection else None
            if seen is None or match.connection is None:
                return match
            if (seen.name, seen.space_id) != (match.connection.name, match.connection.space_id):
                return replace(match, problem="it was renamed or moved while this run read the tenant. Run again.")
            shown = {**(match.connection.properties or {}), **(seen.properties or {})}
            return replace(match, connection=replace(seen, properties=shown))

        return [closer(match) for match in matches]

    # ---- sources

    def _read_sources(self, matches: t.Sequence[Match]) -> dict[str, DataSource]:
        """The tenant's sources, when a definition names one that isn't its connection's: to find, or to refuse it."""
        if all(match.problem or not names_new_source(match) for match in matches):
            return {}
        return {source.id: source for source in self._sources.all()}

    def _decide_all(
        self, matches: t.Sequence[Match], sources: t.Mapping[str, DataSource], *, validate: bool
    ) -> list[Action]:
        """Decide, then read the specifications of the sources of which something is to be written, and decide those
        anew.
        """
        actions = [self._decide(match, sources, {}) for match in matches]
        if not validate:
            return actions
        doubtful = [
            index
            for index, (action, match) in enumerate(zip(actions, matches))
            if action.kind in ("create", "replace")
            or action.delta.properties
            or (action.problems and match.connection is not None and match.target.definition.write_only)
        ]
        wanted = {
            source_id_of(matches[index], sources)
            for index in doubtful
            if not matches[index].target.definition.statement
        }
        wanted = {source_id for source_id in wanted if source_id and (not sources or source_id in sources)}
        specs = {spec.id: spec for spec in in_parallel(self._read_spec, sorted(wanted), self._parallel)}
        for index in doubtful:
            actions[index] = self._decide(matches[index], sources, specs)
        return actions

    def _read_spec(self, source_id: str) -> SourceSpec:
        try:
            return self._sources.spec(source_id)
        except NotFoundError:
            return SourceSpec(source_id)

    def _decide(self, match: Match, sources: t.Mapping[str, DataSource], specs: t.Mapping[str, SourceSpec]) -> Action:
        source: DataSource | None = None
        if sources and not match.problem and names_new_source(match):
            source, problem = find_source(match.target.definition.data_source, sources)
            if problem and match.target.definition.state == "present":
                return Action("none", match.target, match.connection, problems=(problem,))
        return decide_pasted(match, source, specs.get(source_id_of(match, sources)), sources)


def _abandoned(connection: Connection, spacing: Spacing) -> str:
    """What is to be said of a replacement that was never finished, and that nobody declares any more."""
    space = spacing.find(connection.space_id) if connection.space_id else None
    place = f"{space.label}: " if space is not None else ""
    return (
        f"{place}'{one_line(connection.name)}' is a live connection that an interrupted replacement of"
        f" '{one_line(connection.future_name)}'"
        f" left, and no definition is about it. Declare '{one_line(connection.future_name)}' to have it finished, or"
        " absent to have it"
        " removed."
    )


def _personal(spacing: Spacing) -> Space | None:
    return personal_space(spacing.me.tenant_id) if spacing.me else None


def _references(definitions: t.Sequence[Definition]) -> list[str | None]:
    """The spaces that definitions name; None for the personal one. One known by its id alone names none."""
    named: list[str | None] = []
    for definition in definitions:
        if not definition.id or definition.space is not None:
            named.append(definition.space)
        if definition.previous_space is not None:
            named.append(definition.previous_space or None)
    return named


def _early_problems(definition: Definition, target: Target, spacing: Spacing, owners: t.Mapping[str, str]) -> list[str]:
    """What is wrong before any connection is read."""
    problems = check_definition(definition)
    if definition.owner and definition.state == "present" and definition.owner not in owners:
        problems.append(f"owner: no user of this tenant has the e-mail address {definition.owner}.")
    wrong_type = space_type_problem(definition, target.space) if definition.state == "present" else ""
    problems += [wrong_type] if wrong_type else []
    if target.space is None and definition.space and definition.state == "present":
        known = [space.name for space in spacing.spaces]
        problems.append(
            f"space '{definition.space}' doesn't exist, or the caller can't see"
            f" it.{suggest(definition.space, known, 'It sees')}"
        )
    return problems


def describe(where: str, action: Action, problem: str) -> str:
    """A problem with its place: tenant, space, connection."""
    definition, space = action.target.definition, action.space
    place = f"{where}: "
    if space is not None:
        place += f"{space.label}: "
    elif definition.space:
        place += f"space '{definition.space}': "
    return f"{place}{definition.label}: {problem}"
