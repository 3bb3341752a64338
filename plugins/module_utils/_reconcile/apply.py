# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a plan. Every action is tried, whatever becomes of the others; a write whose answer never came is resolved by reading."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.tenants import Tenants
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    QlikError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._http import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.bodies import create_body, patch_operations, tags_after
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.observe import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.plan import Action

_TRIES_TO_CREATE = 3
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    """What became of an action. C(connection) is None when it was deleted, or couldn't be made; C(error) says why it failed."""

    action: Action
    connection: Connection | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


class Applier:
    """Writes one tenant's plan. C(look) reads each changed connection once more, to return what the tenant really holds."""

    def __init__(self, session: TenantSession, tenant_id: str, *, parallel: int = 8, look: bool = False) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._parallel = parallel
        self._look = look
        self._connections = DataConnections(session)

    def apply(self, actions: t.Sequence[Action], spaces: t.Mapping[str, Space] | None = None) -> list[Outcome]:
        """Carry out all actions: what creates and changes first, what deletes last; the outcomes keep the actions' order.

        C(spaces) gives, by name, the spaces that were only planned when the actions were made.
        """
        outcomes: dict[int, Outcome] = {}
        if not self._tenant_id and any(action.remembers or action.knows_users for action in actions):
            self._tenant_id = Tenants(self._session).me()["id"]

        def one(index: int) -> Outcome:
            action = actions[index]
            space = action.space
            if space is not None and space.planned:
                space = (spaces or {}).get(space.name)
                if space is None:
                    return Outcome(action, action.connection, error="its space could not be created.")
            try:
                return self._carry_out(action, space)
            except QlikError as error:
                return Outcome(action, action.connection, error=str(error))

        deletes = [index for index, action in enumerate(actions) if action.kind == "delete"]
        others = [index for index, action in enumerate(actions) if action.writes and action.kind != "delete"]
        for batch in (others, deletes):
            outcomes.update(zip(batch, in_parallel(one, batch, self._parallel)))
        return [outcomes.get(index) or Outcome(action, action.connection) for index, action in enumerate(actions)]

    def _carry_out(self, action: Action, space: Space | None) -> Outcome:
        if action.kind == "create":
            return Outcome(action, self._create(action, t.cast(Space, space)))
        connection = t.cast(Connection, action.connection)
        if action.kind == "delete":
            self._connections.delete(connection.id)
            return Outcome(action, None)
        return self._update(action, connection, space or Space(id=connection.space_id, name=""))

    # ---- create

    def _create(self, action: Action, space: Space) -> Connection:
        body = create_body(action, space, self._tenant_id)
        for attempt in range(1, _TRIES_TO_CREATE + 1):
            try:
                return self._connections.create(body)
            except ConflictError as error:
                if attempt == 1:
                    raise QlikError(f"{error} It was not there when this run read the tenant: somebody else made it. Run again.") from None
                failure: QlikError = error
            except (OutcomeUnknownError, AnswerError) as error:
                failure = error
            self._session.budget.sleep(_PAUSE_SECONDS * attempt, self._session.tenant)
            made = self._connections.find(space.id, action.name)
            if made is not None and made.is_managed:
                return made
            if made is not None:
                raise QlikError(f"{failure} A connection of this name is there now, made by somebody else. Run again.")
        raise failure

    # ---- update

    def _update(self, action: Action, connection: Connection, space: Space) -> Outcome:
        operations = patch_operations(action, space, self._tenant_id)
        try:
            if operations:
                self._connections.patch(connection.id, operations)
            if action.delta.space is not None and space.is_personal:
                self._connections.move_to_personal(connection.id)
        except NotFoundError as error:
            raise QlikError(f"{error} It was there when this run read the tenant: somebody else removed it. Run again.") from None
        unseen = [name for name in action.delta.properties if name not in (connection.properties or {})]
        unseen = [name for name in unseen if name in action.target.definition.properties]
        if not self._look and not unseen:
            return Outcome(action, foreseen(action, space, self._tenant_id))
        now = self._connections.get(connection.id)
        hidden = [name for name in unseen if name not in (now.properties or {})]
        warnings = tuple(
            f"{action.target.definition.label}: the tenant doesn't show the property '{name}' after it was set, so whether it holds the"
            " declared value can't be seen and every run would set it again. Declare it in secrets, where it is known by its fingerprint."
            for name in hidden
        )
        return Outcome(action, now, warnings=warnings)


def foreseen(action: Action, space: Space | None, tenant_id: str) -> Connection | None:
    """The connection as it will be: what check mode returns, so that later tasks can go on with it."""
    if action.kind == "delete":
        return None
    definition = action.target.definition
    if not action.writes:
        return action.connection
    space = space or Space(id=action.connection.space_id if action.connection else "", name="")
    tags = tuple(tags_after(action, space, tenant_id))
    if action.connection is None:
        return Connection(
            id="",
            name=definition.name,
            data_source=action.source.id if action.source else definition.data_source,
            type=action.source.provider if action.source else "",
            properties=dict(definition.properties),
            statement=definition.statement,
            space_id=space.id,
            tenant_id=tenant_id,
            tags=tags,
        )
    return replace(
        action.connection,
        name=action.name,
        space_id=space.id,
        tags=tags if action.delta.tags else action.connection.tags,
        properties={
            **(action.connection.properties or {}),
            **{n: v for n, v in action.delta.properties.items() if n not in definition.secrets},
        },
        statement=action.delta.statement or action.connection.statement,
    )
