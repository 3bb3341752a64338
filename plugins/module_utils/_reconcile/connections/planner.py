# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning: reading a tenant, finding what each definition is about, and deciding what is to be done."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from itertools import chain

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import sign_in_problem, suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, NotFoundError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import CODE_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space, personal_space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.claims import (
    with_disclaims,
    written_credentials,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.decide import prune_action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import (
    expired_warning,
    uncounted_warnings,
)
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
    misspelt_previous_spaces,
    previous_beside,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.pasted import decide_pasted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.places import with_places
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import (
    Plan,
    abandoned_warnings,
    bot_warnings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.read import TenantReader
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import (
    KnownSpaces,
    Sources,
    early_problems,
    find_source,
    names_new_source,
    resolve_target,
    source_id_of,
    space_references,
    wanted_source,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.separate import find_credentials
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.way_back import (
    has_refusal,
    with_further_refusals,
    with_refusals,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

Specs = t.Mapping[str, SourceSpec]


class Planner:
    """Plans for one tenant."""

    def __init__(self, session: TenantSession, *, parallel: int = 8) -> None:
        self._session = session
        self._today = session.today()
        self._parallel = parallel
        self._reader = TenantReader(session, parallel)
        self._gateways = Gateways(session, parallel)

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
        reader = self._reader
        known = reader.spaces([*space_references(definitions), *prune_spaces], planned_spaces, known_spaces)
        pruned = self._pruned_spaces(prune_spaces, known)
        owners = reader.owners(definitions, known)
        targets = [resolve_target(one, known, owners, self._today) for one in definitions]
        problems = [early_problems(target, known, owners) for target in targets]
        sound = [target for target, found in zip(targets, problems) if not found]

        listed = reader.all_connections() if everything else None
        connections = reader.connections(sound, known, pruned, listed)
        matches = match_targets(sound, connections)
        sources: Sources = {}
        if not (validate and reader.are_told_by_specs(matches)):
            sources = reader.sources(matches)
        matches, unseen = self._understood(matches, sources, connections)
        decided, specs = self._decide_all(matches, sources, validate=validate)
        beside = self._refused_elsewhere(decided, connections, listed)
        if beside:
            matches = with_further_refusals(matches, beside, lambda match: source_id_of(match, sources))
            decided, specs = self._decide_all(matches, sources, validate=validate)
        others = unclaimed(matches, connections)
        actions = self._with_maker(_in_order(targets, problems, decided), known)
        actions = with_disclaims(actions, connections)
        actions = with_places(actions, known.spaces, lambda ids: reader.spaces(ids).spaces)
        actions += _prune_actions(others, pruned)

        warnings = list(dict.fromkeys(chain.from_iterable(action.warnings for action in actions)))
        warnings += [*chain.from_iterable(map(expired_warning, actions)), *uncounted_warnings(actions)]
        warnings += [*unseen, *absent_twins(matches, connections), *previous_beside(matches, others)]
        warnings += misspelt_previous_spaces(matches, known.spaces)
        if whole:
            warnings += abandoned_warnings(others, actions, known)
        warnings += bot_warnings(definitions, known)
        others = unclaimed(matches, listed or ())
        return Plan(actions, known, connections, warnings, others, specs, self._today)

    def plan_sign_in(self, definition: Definition) -> PlacedAction:
        """A creation that asks for the URL at which to sign in, whether the connection exists or not."""
        known = self._reader.spaces(space_references([definition]))
        target = resolve_target(definition, known, {})
        problems = early_problems(target._replace(definition=replace(definition, owner="")), known, {})
        match = Match(target, None)
        sources = self._reader.sources([match])
        source_id = source_id_of(match, sources)
        specs = self._reader.specs([source_id] if source_id in sources else [])
        action = _decide(match, sources, specs)
        # That it needs a sign-in is why the URL is asked for.
        refused = [problem for problem in action.problems if problem != sign_in_problem(source_id)]
        if not problems and not refused and CODE_PROPERTY not in specs[source_id].properties:
            problems = [f"data source '{source_id}' has no interactive sign-in."]
        action = replace(action, problems=(*problems, *refused))
        return PlacedAction.at(action, known.tenant_id, target.space or personal_space(""))

    def _pruned_spaces(self, references: t.Iterable[str], known: KnownSpaces) -> list[Space]:
        """The spaces that exist and are named for pruning. Raises QlikError for one that isn't there."""
        found: dict[str, Space] = {}
        for reference in references:
            space = known.find(reference)
            if space is None:
                hint = suggest(reference, [one.name for one in known.spaces], "It sees")
                raise QlikError(
                    f"{self._session.tenant}: prune_spaces names '{reference}', which doesn't exist, or the caller"
                    f" can't see it.{hint}"
                )
            if not space.planned:
                found[reference] = space
        return list(found.values())

    def _understood(
        self, matches: t.Sequence[Match], sources: Sources, connections: t.Sequence[Connection]
    ) -> tuple[list[Match], list[str]]:
        """The matches with all that must be known to decide; and what to warn of, because it can't be known."""
        resumed = [resume(match, wanted_source(match, sources)) for match in matches]
        resumed = self._gateways.with_ids(resumed, sources)
        named = find_credentials(self._session, resumed, connections, self._parallel)
        seen, warnings = with_evidence(self._reader.looked_at_closely(named), self._reader.shows_credentials)
        checked = self._reader.with_owners_checked(self._gateways.checked(seen, sources))
        return with_refusals(checked, connections, lambda match: source_id_of(match, sources)), warnings

    def _refused_elsewhere(
        self, actions: t.Sequence[Action], known: t.Sequence[Connection], listed: list[Connection] | None
    ) -> list[Connection]:
        """The connections of spaces that no definition names whose separate credentials these actions send secrets to,
        and at which some were refused. The tenant is only looked through for that when any are sent.
        """
        written = {written_credentials(action) for action in actions} - {""}
        if not written:
            return []
        read = {connection.id for connection in known}
        beside = [one for one in listed or self._reader.all_connections() if one.id not in read]
        return [one for one in beside if one.credentials_id in written and has_refusal(one)]

    def _decide_all(
        self, matches: t.Sequence[Match], sources: Sources, *, validate: bool
    ) -> tuple[list[Action], Specs]:
        """Decide, then read the specifications of the sources of which something is to be written, and decide those
        anew. Gives these too.
        """
        actions = [_decide(match, sources, {}) for match in matches]
        if not validate:
            return actions, {}
        doubtful = [index for index, match in enumerate(matches) if _needs_spec(actions[index], match)]
        wanted = {_spec_id(matches[index], sources) for index in doubtful} - {""}
        specs = self._reader.specs(wanted)
        for index in doubtful:
            actions[index] = _decide(matches[index], sources, specs)
        return actions, specs

    def _with_maker(self, actions: list[Action], known: KnownSpaces) -> list[Action]:
        """Say in actions that make connections with secrets whose these will be, as far as the caller may know who it
        is.
        """
        if not any(action.builds and action.sends and not action.problems for action in actions):
            return actions
        try:
            maker_id = self._reader.caller_id(known)
        except (ForbiddenError, NotFoundError):
            return actions
        return [replace(action, maker_id=maker_id) if action.builds else action for action in actions]


def _decide(match: Match, sources: Sources, specs: Specs) -> Action:
    source: DataSource | None = None
    spec = specs.get(source_id_of(match, sources))
    if not match.problem and names_new_source(match):
        if sources:
            source, problem = find_source(match.target.definition.data_source, sources)
            if problem:
                return Action("none", match.target, match.connection, problems=(problem,))
        elif spec is not None:
            source = spec.source()
    return decide_pasted(match, source, spec, sources)


def _needs_spec(action: Action, match: Match) -> bool:
    """Whether an action can only be decided upon with what the source says of its properties."""
    if action.kind in ("create", "replace") or action.delta.sent:
        return True
    # With its defaults less may differ, so that there is no problem.
    return bool(action.problems) and match.connection is not None and bool(match.target.definition.write_only)


def _spec_id(match: Match, sources: Sources) -> str:
    """The source whose specification says what may be declared; empty for a statement, and for an unknown source."""
    if match.target.definition.statement:
        return ""
    source_id = source_id_of(match, sources)
    if sources and source_id not in sources:
        return ""
    return source_id


def _in_order(
    targets: t.Sequence[Target], problems: t.Sequence[t.Sequence[str]], decided: t.Iterable[Action]
) -> list[Action]:
    """The actions of all targets; nothing is done about one with problems, and C(decided) are those of the others."""
    others = iter(decided)
    actions = []
    for target, found in zip(targets, problems):
        if found:
            actions.append(Action("none", target, problems=tuple(found)))
        else:
            actions.append(next(others))
    return actions


def _prune_actions(others: t.Iterable[Connection], spaces: t.Iterable[Space]) -> list[Action]:
    """The deletion of what is managed in these spaces and no definition is about."""
    by_id = {space.id: space for space in spaces}
    return [
        prune_action(connection, by_id[connection.space_id])
        for connection in others
        if connection.is_managed and connection.space_id in by_id
    ]
