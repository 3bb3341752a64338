# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan consists of: one action for each connection, and what an update of it writes."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import ActionKind
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import planned_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    NEW_CREDENTIALS_PROPERTY,
    SEPARATE_PROPERTY,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.planned_action import PlannedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record


@record
class Delta:
    """What an update writes. Empty members are not touched.

    C(properties) are what Qlik shows again, C(secrets) what it keeps to itself. C(separate): from now on users bring
    credentials of their own, or no longer do; C(new_credentials) is the name of separate ones that are made of the
    secrets, C(attach) the id of existing ones. C(detaches): the host changes, with which Qlik takes separate
    credentials away, so that those of the plan come in PATCHes of their own afterwards. C(drops): separate credentials
    are taken away before secrets are sent that aren't meant for them.
    """

    properties: t.Mapping[str, t.Any] = member_with(default_factory=dict, repr=False)
    secrets: t.Mapping[str, t.Any] = member_with(default_factory=dict, repr=False)
    statement: str = member_with(default="", repr=False)
    username: str = member_with(default="", repr=False)
    password: str = member_with(default="", repr=False)
    name: str = ""
    space: Space | None = None
    owner_id: str = ""
    separate: bool | None = None
    new_credentials: str = ""
    attach: str = ""
    detaches: bool = False
    drops: bool = False
    tags: bool = False

    @property
    def sent(self) -> dict[str, t.Any]:
        """All that is written into the connection's properties, by Qlik's names."""
        written = {**self.properties, **self.secrets}
        if self.separate is not None:
            written[SEPARATE_PROPERTY] = statement_text(self.separate)
        if self.new_credentials:
            written[NEW_CREDENTIALS_PROPERTY] = self.new_credentials
        return written

    @property
    def separates_later(self) -> bool:
        """Whether what is said of separate credentials comes after a statement: Qlik takes no properties beside one."""
        return bool(self.statement) and (self.separate is not None or bool(self.new_credentials))

    @property
    def reattach(self) -> bool:
        return self.detaches and bool(self.attach)

    def __bool__(self) -> bool:
        return self.edits or bool(self.space or self.owner_id)

    @property
    def edits(self) -> bool:
        """Whether more changes than where the connection is and whose: other rights are asked for that."""
        changes = (
            self.properties,
            self.secrets,
            self.statement,
            self.username,
            self.password,
            self.name,
            self.separate is not None,
            self.new_credentials,
            self.attach,
            self.tags,
        )
        return any(changes)


# What nothing is written by, of most connections.
NOTHING = Delta()


@record
class Action(PlannedAction):
    """One connection's part of the plan. C(kind): create, update, move, replace, delete or none.

    C(code_property): a code for signing in, which always travels in a header, goes among the properties of a new
    connection too; a source that has no such property would refuse it there.
    C(changes) says what and why, a line each, without secrets; C(drifted) has the name and the present value of each
    property that is told there, by its line. C(before) and C(after) are the masked sides of a diff;
    C(fills): credentials which are there are attached, and the secrets are sent to them once the connection is made.
    C(problems) say why this action can't be carried out. C(remembers) and C(knows_users): tags will tell next time
    which secrets and which user names were sent. C(sends): secrets are; C(maker_id) is who will own what is made.
    C(discard) are connections that an interrupted replacement left behind. C(found_in) is the name of the space where a
    connection is whose definition names none. C(shares) is the id of separate credentials that it sends
    secrets to, C(disclaims) are those whose fingerprints go before anything is sent,
    C(forgets): that of this one goes with it (see claims.py). C(notes) are tags that go with the secrets (see
    way_back.py).

    A replacement is of one of three sorts. It is built under C(temporary_name), beside C(connection). Or an earlier run
    built it: it is C(connection), and C(predecessor) goes before it takes over the name, unless that is gone already.
    Or (C(afresh)) what an earlier run built isn't what is declared any more, and the predecessor is gone: a new one is
    made at once, and then C(connection) goes.
    """

    kind: ActionKind
    target: Target
    connection: Connection | None = None
    source: DataSource | None = None
    delta: Delta = member_with(default_factory=Delta)
    remembers: bool = False
    sends: bool = False
    maker_id: str = ""
    knows_users: bool = False
    forgets: bool = False
    shares: str = ""
    disclaims: tuple[Connection, ...] = ()
    code_property: bool = True
    fills: bool = False
    changes: tuple[str, ...] = ()
    drifted: t.Mapping[str, tuple[str, t.Any]] = member_with(default_factory=dict, repr=False)
    before: t.Mapping[str, t.Any] = member_with(default_factory=dict)
    after: t.Mapping[str, t.Any] = member_with(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    temporary_name: str = ""
    predecessor: Connection | None = None
    afresh: bool = False
    discard: tuple[Connection, ...] = ()
    notes: tuple[str, ...] = ()
    found_in: str = ""

    @property
    def waits_for(self) -> str:
        """The name of the credentials that another action creates first; empty for most."""
        return planned_name(self.target.credentials_id) if self.writes else ""

    def with_credentials(self, credentials_id: str) -> Action:
        """The same action once the credentials that it waits for are there."""
        target = self.target._replace(credentials_id=credentials_id)
        attach = credentials_id if self.delta.attach == self.target.credentials_id else self.delta.attach
        return replace(self, target=target, delta=replace(self.delta, attach=attach))

    @property
    def builds(self) -> bool:
        """Whether a new connection is made."""
        return self.kind == "create" or bool(self.temporary_name) or self.afresh

    @property
    def discards_last(self) -> bool:
        """Whether what an interrupted replacement left goes after the secrets were sent: until then it tells why they
        must be.
        """
        return bool(self.target.credentials_doubt) and self.sends and not self.builds

    @property
    def forgets_refusal(self) -> bool:
        """Whether a tag no longer says which secrets were refused."""
        return self.target.forgets_refusal or (self.sends and not self.target.holds_previous)

    @property
    def takes_over(self) -> bool:
        """Whether the caller becomes the owner, which comes before all other changes."""
        return bool(self.delta.owner_id) and self.target.owner_is_caller

    @property
    def gives_away(self) -> bool:
        """Whether somebody else than the caller becomes the owner."""
        return bool(self.delta.owner_id) and not self.target.owner_is_caller

    @property
    def name(self) -> str:
        """The connection's name after this action."""
        held = self.connection.future_name or self.connection.name if self.connection else ""
        return self.target.definition.name or held

    @property
    def space_name(self) -> str:
        """The name of the connection's space for a person; empty for a personal one, and for one that isn't known."""
        return self.space.name if self.space is not None else self.found_in

    @property
    def data_source(self) -> str:
        """The id of the source of a connection that is made, or what was declared as such."""
        return self.source.id if self.source is not None else self.target.definition.data_source

    @property
    def source_type(self) -> str:
        """What Qlik calls the type of connections of this source; empty where the source wasn't looked up."""
        return self.source.provider if self.source is not None else ""

    @property
    def space_key(self) -> str:
        """What tells the connection's space from others; empty where only the id says where it is."""
        return self.space.key if self.space is not None else ""

    @property
    def space(self) -> Space | None:
        return self.target.space


class PlacedAction(t.NamedTuple):
    """An action, and where it is carried out: C(space) as it is by then, and the tenant's id."""

    action: Action
    space: Space
    tenant_id: str

    @classmethod
    def at(cls, action: Action, tenant_id: str, space: Space | None = None) -> PlacedAction:
        """In this space, or else in the action's, or where its connection is."""
        space = space or action.space
        if space is None:
            space = Space(id=action.connection.space_id if action.connection else "", name="")
        return cls(action, space, tenant_id)

    def but(self, **changes: t.Any) -> PlacedAction:
        """Another action at the same place."""
        return self._replace(action=replace(self.action, **changes))
