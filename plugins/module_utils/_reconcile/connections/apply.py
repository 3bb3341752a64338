# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a plan. Every action is tried, whatever becomes of the others; a write whose answer never came is
resolved by reading.
"""

from __future__ import annotations

import os
import traceback
import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._api.tenants import Tenants
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    BAD_REQUEST,
    ApiError,
    NotFoundError,
    QlikError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import (
    create_body,
    disclaiming_operations,
    drops_credentials,
    filling_operations,
    patches,
    replacement_body,
    succession_operations,
    successor_body,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.clearing import GivenUp, failures
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.foresee import foreseen
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.create_once import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class Outcome(t.NamedTuple):
    """What became of an action. C(connection) is None when it was deleted, or couldn't be made; C(error) says why it
    failed.
    """

    action: Action
    connection: Connection | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


class _Steps(t.NamedTuple):
    """The places of the actions that write, by what is done when."""

    writing: list[int]
    taken_over: list[int]
    at_once: list[int]
    waiting: list[int]
    given_away: list[int]
    deleted: list[int]

    @classmethod
    def of(cls, actions: t.Sequence[Action]) -> _Steps:
        steps = cls([], [], [], [], [], [])
        for index, action in enumerate(actions):
            if not action.writes:
                continue
            steps.writing.append(index)
            if action.takes_over:
                steps.taken_over.append(index)
            if action.kind == "delete":
                steps.deleted.append(index)
            elif action.waits_for:
                steps.waiting.append(index)
            else:
                steps.at_once.append(index)
            if action.gives_away:
                steps.given_away.append(index)
        return steps


def _sound(indexes: t.Iterable[int], outcomes: t.Sequence[Outcome]) -> list[int]:
    """Those of which nothing failed yet."""
    return [index for index in indexes if not outcomes[index].error]


class Applier:
    """Writes one tenant's plan. C(look) reads each changed connection once more, to return what the tenant really
    holds.
    """

    def __init__(self, session: TenantSession, tenant_id: str, *, parallel: int = 8, look: bool = False) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._parallel = parallel
        self._look = look
        self._connections = DataConnections(session)

    def apply(self, actions: t.Sequence[Action], spaces: t.Mapping[str, Space] | None = None) -> list[Outcome]:
        """Carry out all actions: what creates and changes first, what deletes last; the outcomes keep the actions'
        order.

        C(spaces) gives, by name, the spaces that were only planned when the actions were made.
        """
        if not self._tenant_id and any(action.remembers or action.knows_users for action in actions):
            self._tenant_id = Tenants(self._session).me()["id"]
        outcomes = [Outcome(action, action.connection) for action in actions]
        steps = _Steps.of(actions)
        self._session.progress.begin(len(steps.writing))
        self._change_owners(steps.taken_over, outcomes)
        self._disclaim(_sound(steps.writing, outcomes), outcomes)
        self._try_all(_sound(steps.at_once, outcomes), outcomes, spaces or {}, {})
        waiting = _sound(steps.waiting, outcomes)
        made = self._made_credentials(actions[index].waits_for for index in waiting)
        self._try_all(waiting, outcomes, spaces or {}, made)
        self._change_owners(steps.given_away, outcomes)
        self._delete(steps.deleted, outcomes)
        return outcomes

    def _try_all(
        self,
        indexes: t.Sequence[int],
        outcomes: list[Outcome],
        spaces: t.Mapping[str, Space],
        credentials: t.Mapping[str, str],
    ) -> None:
        """Carry out some of the actions, a few at a time. C(credentials) are the ids of those that they wait for."""

        def attempt(index: int) -> Outcome:
            outcome = self._try(outcomes[index].action, spaces, credentials)
            self._session.progress.step()
            return outcome

        for index, outcome in zip(indexes, in_parallel(attempt, indexes, self._parallel)):
            outcomes[index] = outcome

    def _made_credentials(self, names: t.Iterable[str]) -> dict[str, str]:
        """The ids of the separate credentials that this run has created by now, by name. What can't be found is left
        out.
        """
        wanted = sorted(set(names))
        try:
            found = in_parallel(DataCredentials(self._session).find, wanted, self._parallel)
        except QlikError:
            return {}
        return {name: credential.id for name, credential in zip(wanted, found) if credential is not None}

    def _try(self, action: Action, spaces: t.Mapping[str, Space], credentials: t.Mapping[str, str]) -> Outcome:
        space, name = action.space, action.waits_for
        if space is not None and space.planned:
            space = spaces.get(space.name)
            if space is None:
                return Outcome(action, action.connection, error="its space could not be created.")
        if name and name not in credentials:
            error = f"its credentials '{name}' could not be created with another connection."
            return Outcome(action, action.connection, error=error)
        if name:
            action = action.with_credentials(credentials[name])
        try:
            return self._carry_out(PlacedAction.at(action, self._tenant_id, space))
        except QlikError as error:
            return Outcome(action, action.connection, error=str(error))
        except Exception as error:  # noqa: BLE001 - a defect must not hide what became of the other connections
            return Outcome(action, action.connection, error=_defect(error))

    def _change_owners(self, indexes: t.Iterable[int], outcomes: list[Outcome]) -> None:
        """Give connections other owners, in one batch: taken over before they are changed, given away afterwards."""
        changing: dict[str, int] = {}
        for index in indexes:
            connection = outcomes[index].connection
            if connection is not None and not outcomes[index].error:
                changing[connection.id] = index
        owners = {connection_id: outcomes[index].action.delta.owner_id for connection_id, index in changing.items()}
        changes = [{"id": connection_id, "ownerId": owner_id} for connection_id, owner_id in owners.items()]
        errors = _batch_errors(self._connections.update_all, changes, changing)
        for connection_id, index in changing.items():
            connection, error = outcomes[index].connection, errors.get(connection_id)
            if error is not None:
                outcomes[index] = outcomes[index]._replace(error=f"its owner can't be changed: {error}")
            elif connection is not None:
                given = replace(connection, owner_id=owners[connection_id])
                outcomes[index] = outcomes[index]._replace(connection=given)

    def _disclaim(self, indexes: t.Iterable[int], outcomes: list[Outcome]) -> None:
        """Take away the fingerprints of connections whose credentials are about to get other secrets; where that can't
        be done, these aren't sent.
        """
        indexes = list(indexes)
        claiming: dict[str, Connection] = {}
        for index in indexes:
            claiming.update({one.id: one for one in outcomes[index].action.disclaims})
        errors = failures(self._disclaim_one, claiming.values())
        kept = {claiming[one_id].credentials_id: claiming[one_id] for one_id in errors}
        for index in indexes:
            one = kept.get(outcomes[index].action.shares)
            if one is not None:
                error = f"the fingerprint of '{one_line(one.name)}', which has the same credentials, stays:"
                outcomes[index] = outcomes[index]._replace(error=f"{error} {errors[one.id]}")

    def _disclaim_one(self, connection: Connection) -> None:
        try:
            self._connections.patch(connection.id, disclaiming_operations(connection))
        except NotFoundError:
            return  # it is gone, and its fingerprint with it

    def _delete(self, indexes: t.Iterable[int], outcomes: list[Outcome]) -> None:
        """Delete connections, in one batch when there are several."""
        going: dict[str, Connection] = {}
        index_of: dict[str, int] = {}
        for index in indexes:
            action = outcomes[index].action
            for one in (*action.discard, action.connection):
                if one is not None:
                    going[one.id], index_of[one.id] = one, index
            outcomes[index] = outcomes[index]._replace(connection=None)
        given_up = GivenUp(self._session)
        errors = failures(given_up.begin, going.values())
        sound = [connection_id for connection_id in going if connection_id not in errors]
        errors.update(_batch_errors(self._delete_ids, sound, sound))
        errors.update(failures(given_up.finish, (one for one in going.values() if one.id not in errors)))
        for connection_id, error in errors.items():
            index = index_of[connection_id]
            outcomes[index] = outcomes[index]._replace(connection=outcomes[index].action.connection, error=error)

    def _delete_ids(self, ids: t.Sequence[str]) -> dict[str, str]:
        if len(ids) > 1:
            return self._connections.delete_all(ids)
        self._connections.delete(ids[0])
        return {}

    def _carry_out(self, placed: PlacedAction) -> Outcome:
        action, connection = placed.action, placed.action.connection
        if connection is None:
            made = self._make(placed, create_body(placed))
            return Outcome(action, self._connections.get(made.id) if self._look else made)
        if not action.discards_last:
            self._discard(action.discard)
        if action.afresh:
            return Outcome(action, self._make_afresh(placed, connection))
        if action.builds:
            return Outcome(action, self._replace(placed, connection))
        if action.predecessor is not None:
            self._connections.delete(action.predecessor.id)
        outcome = self._update(placed, connection)
        if action.discards_last:
            self._discard(action.discard)
        return outcome

    def _discard(self, waiting: t.Sequence[Connection]) -> None:
        """Delete what interrupted replacements left, and the credentials that they were made with."""
        given_up = GivenUp(self._session)
        for connection in waiting:
            given_up.begin(connection)
            self._connections.delete(connection.id)
            given_up.finish(connection)

    def _replace(self, placed: PlacedAction, connection: Connection) -> Connection:
        """Build the new connection, remove the old one, hand the name over: in this order, so that one works at any
        moment.
        """
        name = placed.action.name
        # Its tags hold what Qlik noted of it, which the answer to a creation need not show (qlik.dev:
        # ConnectionCreateResponse).
        successor = self._connections.get(self._make(placed, successor_body(placed, connection)).id)
        self._connections.delete(connection.id)
        try:
            self._connections.patch(successor.id, succession_operations(name, successor.tags))
        except NotFoundError:
            # A run beside this one took it for a leftover. Its predecessor is gone: build it once more rather than lose
            # both.
            successor = self._make(placed, replacement_body(placed, connection))
        return self._connections.get(successor.id) if self._look else replace(successor, name=name)

    def _make_afresh(self, placed: PlacedAction, connection: Connection) -> Connection:
        """Make what is declared by now, then remove what an interrupted replacement had built for the place."""
        made = self._make(placed, replacement_body(placed, connection))
        self._discard([connection])
        return self._connections.get(made.id) if self._look else made

    def _make(self, placed: PlacedAction, body: dict[str, t.Any]) -> Connection:
        """Create a connection, and send its secrets to the credentials that it attaches, if it is to."""
        action = placed.action
        made = self._create(body, placed.space, action.target.definition.auth_code)
        if not action.fills:
            return made
        held = self._connections.get(made.id)  # with the tag that Qlik gave it
        self._connections.patch(made.id, filling_operations(placed, held.tags))
        return held

    def _create(self, body: dict[str, t.Any], space: Space, auth_code: str) -> Connection:
        """Create a connection. Of what comes back only the id is sure: a GET tells the rest."""

        def find() -> Connection | None:
            made = self._connections.find(space.id, body["qName"])
            if made is not None and not made.is_managed:
                raise QlikError(
                    f"{self._session.tenant}: a connection of this name is there now, made by somebody else. Run again."
                )
            return made

        return create_once(self._session, lambda: self._connections.create(body, auth_code), find)

    def _update(self, placed: PlacedAction, connection: Connection) -> Outcome:
        action, definition = placed.action, placed.action.target.definition
        self._patch(placed, connection)
        shown = connection.properties or {}
        unseen = [name for name in action.delta.properties if name not in shown and name in definition.properties]
        if not unseen and not self._look:
            return Outcome(action, foreseen(placed))
        now = self._connections.get(connection.id)
        hidden = [name for name in unseen if name not in (now.properties or {})]
        return Outcome(action, now, warnings=tuple(_hidden_warning(definition, name) for name in hidden))

    def _patch(self, placed: PlacedAction, connection: Connection) -> None:
        code = placed.action.target.definition.auth_code
        try:
            for operations in patches(placed):
                self._patch_once(connection, operations, code)
                code = ""  # it works once
            if placed.action.delta.space is not None and placed.space.is_personal:
                self._to_personal(connection)
        except NotFoundError as error:
            raise QlikError(
                f"{error} It was there when this run read the tenant: somebody else removed it. Run again."
            ) from None

    def _patch_once(self, connection: Connection, operations: list[dict[str, t.Any]], code: str) -> None:
        try:
            self._connections.patch(connection.id, operations, code)
        except ApiError as error:
            if error.status != BAD_REQUEST or not drops_credentials(operations):
                raise
            raise QlikError(
                f"{error} This tenant doesn't let a connection give up its separate credentials, and secrets that are"
                " sent to it might become those of others, so none were sent. Delete the connection, and run again."
            ) from None

    def _to_personal(self, connection: Connection) -> None:
        """Move to the owner's personal space, which only the batch action can."""
        errors = self._connections.update_all([{"id": connection.id, "spaceId": "", "spaceType": "personal"}])
        if errors:
            raise QlikError(errors[connection.id])


def _hidden_warning(definition: Definition, name: str) -> str:
    return (
        f"{definition.label}: the tenant doesn't show the property '{name}' after it was set, so whether it holds the"
        " declared value can't be seen and every run would set it again. Declare it in secrets, where it is known by"
        " its fingerprint."
    )


def _batch_errors(
    work: t.Callable[[t.Any], dict[str, str]], items: t.Sequence[t.Any], ids: t.Collection[str]
) -> dict[str, str]:
    """The errors of a batch by id; when it fails as a whole, that is the error of each."""
    if not items:
        return {}
    try:
        errors = work(items)
    except QlikError as error:
        return dict.fromkeys(ids, str(error))
    return {one: errors[one] for one in ids if one in errors}


def _defect(error: Exception) -> str:
    """What to report of a defect: where it is, and nothing of what it stumbled over."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(place.filename)}:{place.lineno}"
    return (
        f"an unexpected error in qlikops.cloud: {type(error).__name__} in {where}. Whether it was changed is"
        " unknown. Please report it."
    )
