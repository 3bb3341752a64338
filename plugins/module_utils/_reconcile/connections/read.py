# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading just enough of a tenant to plan: spaces, connections, and a closer look only where something seems to differ.

What a converged tenant costs: one page per 100 connections, the list of spaces, and, when a personal space is declared,
who the caller is.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace
from itertools import chain

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import PAGE_SIZE, DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._api.spaces import Spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, NotFoundError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import SEPARATION_PROPERTIES
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import (
    KnownSpaces,
    names_new_source,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.owners import Owners
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

# Display names mostly hold more: for one that doesn't, asking for its specification is a read too many.
_MAY_BE_ID = re.compile(r"\A[A-Za-z0-9_-]+\Z")


class TenantReader:
    """Reads one tenant for one plan."""

    def __init__(self, session: TenantSession, parallel: int) -> None:
        self._session = session
        self._parallel = parallel
        self._connections = DataConnections(session)
        self._sources = DataSources(session)
        self._spaces = Spaces(session)
        self._owners = Owners(session)
        # Whether the lists of this tenant tell that connections have credentials: not every tenant may.
        self._listed_credentials = False
        self._specs: dict[str, SourceSpec] = {}

    def spaces(
        self, references: t.Collection[str | None], planned: t.Sequence[Space] = (), known: t.Sequence[Space] = ()
    ) -> KnownSpaces:
        """Find the spaces that are named. One that is missing is left out; None stands for the caller's own.

        C(known) were read before and need no reading; C(planned) don't exist yet.
        """
        found = KnownSpaces([*known, *planned])
        missing = {reference for reference in references if reference and found.find(reference) is None}
        if missing and not known:
            found = KnownSpaces([*self._read_spaces(missing), *planned])
        if not all(references):
            self.know_caller(found)
        return found

    def _read_spaces(self, missing: t.Collection[str]) -> list[Space]:
        """A single space is asked for by itself; more, or one that isn't found so, are found among all."""
        if len(missing) == 1:
            space = self._spaces.find(next(iter(missing)))
            if space is not None:
                return [space]
        return self._spaces.all()

    def know_caller(self, known: KnownSpaces) -> None:
        """Note who is calling, unless that is known already."""
        if known.caller is None:
            known.caller = Users(self._session).me()

    def caller_id(self, known: KnownSpaces) -> str:
        """The id of the caller: all that has to be known of them, where the tenant's own id is known."""
        if known.caller is None and known.tenant_id:
            return Users(self._session).my_id()
        self.know_caller(known)
        return known.caller.id if known.caller is not None else ""

    def owners(self, definitions: t.Iterable[Definition], known: KnownSpaces) -> dict[str, str]:
        """The ids of the declared owners by what definitions call them; an e-mail address that nobody has is left out.
        Notes who the caller is, too.
        """
        declared = {one.owner for one in definitions if one.owner and one.state == "present"}
        if declared:
            self.know_caller(known)
        found: dict[str, str] = {}
        for owner in sorted(declared):
            owner_id = self._owners.id_of(owner)
            if owner_id:
                found[owner] = owner_id
        return found

    def with_owners_checked(self, matches: t.Sequence[Match]) -> list[Match]:
        """Note where somebody is about to be given a connection who isn't there."""
        return [self._with_owner_checked(match) for match in matches]

    def _with_owner_checked(self, match: Match) -> Match:
        target, connection = match.target, match.connection
        if match.problem or not target.owner_id or target.owner_is_caller:
            return match
        if connection is not None and connection.owner_id == target.owner_id:
            return match
        return replace(match, problem=self._owners.missing(target.definition.owner))

    def all_connections(self) -> list[Connection]:
        """All connections that the caller may see."""
        return self._connections.all()

    def connections(
        self,
        targets: t.Sequence[Target],
        known: KnownSpaces,
        more: t.Sequence[Space],
        everything: list[Connection] | None,
    ) -> list[Connection]:
        """The connections of the spaces that matter, in as few pages as can be; out of C(everything) when that was read
        before. C(more) are spaces that matter beside those of the targets.
        """
        wanted = _spaces_of(targets, more)
        listed = everything
        if listed is None and len(wanted) > 1:
            # Many are read as one list, unless the tenant turns out to hold far more than what was declared.
            listed = self._connections.first_pages(len(targets) // PAGE_SIZE + 1 + len(wanted))
        if listed is None:
            by_space = in_parallel(self._read_space, wanted.values(), self._parallel)
            found = list(chain.from_iterable(by_space))
        else:
            caller_id = known.caller.id if known.caller is not None else ""
            found = [one for one in listed if _is_in(one, wanted, caller_id)]
        self._listed_credentials = any(connection.credentials_id for connection in found)
        return found + self._read_by_id(targets, {connection.id for connection in found})

    def _read_by_id(self, targets: t.Iterable[Target], read: t.Collection[str]) -> list[Connection]:
        """Those known by their ids that weren't read yet, and what interrupted runs may have left beside them."""
        ids = {target.definition.id for target in targets} - {"", *read}
        if not ids:
            return []
        by_id: dict[str, Connection] = {}
        for connection in in_parallel(self._read_one, sorted(ids), self._parallel):
            if connection is not None:
                by_id[connection.id] = connection
        spaces = {connection.space_id for connection in by_id.values()}
        beside = [
            one
            for one in self._connections.waiting()
            if one.id not in read and (one.space_id in spaces or one.predecessor_id in ids)
        ]
        return [*by_id.values(), *(one for one in beside if one.id not in by_id)]

    def _read_space(self, space: Space) -> list[Connection]:
        return self._connections.personal() if space.is_personal else self._connections.in_space(space.id)

    def _read_one(self, connection_id: str) -> Connection | None:
        try:
            return self._connections.get(connection_id)
        except (NotFoundError, ForbiddenError):
            return None

    def shows_credentials(self) -> bool:
        """Whether this tenant tells of any connection that it has credentials."""
        return self._listed_credentials or self._connections.any_with_credentials()

    def looked_at_closely(self, matches: t.Sequence[Match]) -> list[Match]:
        """Confirm by a single read what the statements in the list seem to disagree about."""
        ids = [
            match.connection.id
            for match in matches
            if match.connection is not None and not match.problem and match.needs_a_look
        ]
        seen = dict(zip(ids, in_parallel(self._read_one, ids, self._parallel)))
        if not seen:
            return list(matches)
        return [_confirmed(match, seen) for match in matches]

    def sources(self, matches: t.Iterable[Match]) -> dict[str, DataSource]:
        """The tenant's sources, when a definition names one that isn't its connection's: to find, or to refuse it."""
        if all(match.problem or not names_new_source(match) for match in matches):
            return {}
        return {source.id: source for source in self._sources.all()}

    def are_told_by_specs(self, matches: t.Iterable[Match]) -> bool:
        """Whether specifications tell of the sources that definitions name all that the list of sources would.

        They are read before anything is created anyway. One that is there is of a source that is known and enabled
        by its id (qlik.dev: 404 otherwise). The list is needed for display names, for what is declared beside the
        properties that a specification knows, and to say what is wrong.
        """
        naming = [match for match in matches if not match.problem and names_new_source(match)]
        if not all(map(_may_be_told_by_spec, naming)):
            return False
        specs = self.specs({match.target.definition.data_source for match in naming})
        return all(_is_told_by(specs[match.target.definition.data_source], match) for match in naming)

    def specs(self, source_ids: t.Iterable[str]) -> dict[str, SourceSpec]:
        """What sources say of their properties, each read once; nothing for one that says nothing."""
        wanted = sorted(source_ids)
        missing = [source_id for source_id in wanted if source_id not in self._specs]
        for spec in in_parallel(self._read_spec, missing, self._parallel):
            self._specs[spec.id] = spec
        return {source_id: self._specs[source_id] for source_id in wanted}

    def _read_spec(self, source_id: str) -> SourceSpec:
        try:
            return self._sources.spec(source_id)
        except NotFoundError:
            return SourceSpec(source_id)


def _may_be_told_by_spec(match: Match) -> bool:
    """Whether a definition is of a connection that isn't there yet, and says no more of its source than what may be its
    id.
    """
    definition = match.target.definition
    if match.connection is not None or definition.statement or definition.type:
        return False
    return bool(_MAY_BE_ID.match(definition.data_source))


def _is_told_by(spec: SourceSpec, match: Match) -> bool:
    """Whether a specification tells its source's provider, and knows all that is declared."""
    known = {*spec.properties, *SEPARATION_PROPERTIES}
    return bool(spec.provider and spec.properties) and all(name in known for name in match.target.definition.sendable())


def _spaces_of(targets: t.Iterable[Target], more: t.Iterable[Space]) -> dict[str, Space]:
    """The spaces that exist and in which the connections of targets are, or were, by id."""
    wanted: dict[str, Space] = {}
    for target in targets:
        for space in (target.space, target.previous_space):
            if space is not None and not space.planned:
                wanted[space.id] = space
    for space in more:
        wanted[space.id] = space
    return wanted


def _is_in(connection: Connection, wanted: t.Container[str], caller_id: str) -> bool:
    """Whether a connection is in one of these spaces; of personal ones only the caller's own counts."""
    if connection.space_id not in wanted:
        return False
    return bool(connection.space_id) or connection.owner_id == caller_id


def _confirmed(match: Match, seen: t.Mapping[str, Connection | None]) -> Match:
    """The match with its connection as it was seen by itself, if it was."""
    connection = match.connection
    if connection is None:
        return match
    closer = seen.get(connection.id)
    if closer is None:
        return match
    if (closer.name, closer.space_id) != (connection.name, connection.space_id):
        return replace(match, problem="it was renamed or moved while this run read the tenant. Run again.")
    shown = {**(connection.properties or {}), **(closer.properties or {})}
    return replace(match, connection=replace(closer, shown=shown))
