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
from dataclasses import dataclass, replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._api.tenants import Tenants
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    NotFoundError,
    QlikError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.bodies import (
    create_body,
    disclaiming_operations,
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

Key = t.TypeVar("Key")


@dataclass(frozen=True)
class Outcome:
    """What became of an action. C(connection) is None when it was deleted, or couldn't be made; C(error) says why it
    failed.
    """

    action: Action
    connection: Connection | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


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
        outcomes = {index: Outcome(action, action.connection) for index, action in enumerate(actions)}

        logins: dict[str, str] = {}

        def one(index: int) -> Outcome:
            outcome = self._try(actions[index], spaces or {}, logins)
            self._session.progress.step()
            return outcome

        writing = [index for index, action in enumerate(actions) if action.writes]
        self._session.progress.begin(len(writing))
        taken = [index for index in writing if actions[index].delta.owner_id and actions[index].target.owner_is_caller]
        self._change_owners(taken, outcomes)
        self._disclaim([index for index in writing if not outcomes[index].error], outcomes)
        others = [index for index in writing if actions[index].kind != "delete" and not outcomes[index].error]
        waiting = [index for index in others if actions[index].waits_for]
        first = [index for index in others if index not in waiting]
        outcomes.update(zip(first, in_parallel(one, first, self._parallel)))
        logins.update(self._made_credentials(actions[index].waits_for for index in waiting))
        outcomes.update(zip(waiting, in_parallel(one, waiting, self._parallel)))
        given = [index for index in others if actions[index].delta.owner_id and index not in taken]
        self._change_owners(given, outcomes)
        self._delete([index for index in writing if actions[index].kind == "delete"], outcomes)
        return [outcomes[index] for index in range(len(actions))]

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

    def _try(self, action: Action, spaces: t.Mapping[str, Space], logins: t.Mapping[str, str]) -> Outcome:
        space = action.space
        if space is not None and space.planned:
            space = spaces.get(space.name)
            if space is None:
                return Outcome(action, action.connection, error="its space could not be created.")
        name = action.waits_for
        if name and name not in logins:
            return Outcome(
                action,
                action.connection,
                error=f"its credentials '{name}' could not be created with another connection.",
            )
        try:
            return self._carry_out(action.with_credentials(logins[name]) if name else action, space)
        except QlikError as error:
            return Outcome(action, action.connection, error=str(error))
        except Exception as error:  # noqa: BLE001 - a defect must not hide what became of the other connections
            return Outcome(action, action.connection, error=_defect(error))

    def _change_owners(self, indexes: t.Sequence[int], outcomes: dict[int, Outcome]) -> None:
        """Give connections other owners, in one batch: taken over before they are changed, given away afterwards."""
        ids = {
            index: t.cast(Connection, outcomes[index].connection).id for index in indexes if not outcomes[index].error
        }
        changes = [{"id": ids[index], "ownerId": outcomes[index].action.delta.owner_id} for index in ids]
        for index, error in self._batch_errors(self._connections.update_all, changes, ids).items():
            outcomes[index] = replace(outcomes[index], error=f"its owner can't be changed: {error}")
        for index in ids:
            connection, owner_id = t.cast(Connection, outcomes[index].connection), outcomes[index].action.delta.owner_id
            if not outcomes[index].error:
                outcomes[index] = replace(outcomes[index], connection=replace(connection, owner_id=owner_id))

    def _disclaim(self, indexes: t.Sequence[int], outcomes: dict[int, Outcome]) -> None:
        """Take away the fingerprints of connections whose credentials are about to get other secrets; where that can't
        be done, these aren't sent.
        """
        wanted = {one.id: one for index in indexes for one in outcomes[index].action.disclaims}
        errors = failures(self._disclaim_one, wanted.values())
        for index in indexes:
            for one in outcomes[index].action.disclaims:
                if one.id in errors:
                    error = f"the fingerprint of '{one_line(one.name)}', which has the same credentials, stays:"
                    outcomes[index] = replace(outcomes[index], error=f"{error} {errors[one.id]}")

    def _disclaim_one(self, connection: Connection) -> None:
        try:
            self._connections.patch(connection.id, disclaiming_operations(connection))
        except NotFoundError:
            return  # it is gone, and its fingerprint with it

    def _delete(self, indexes: t.Sequence[int], outcomes: dict[int, Outcome]) -> None:
        """Delete connections, in one batch when there are several."""
        ids: dict[str, int] = {}
        going: dict[str, Connection] = {}
        for index in indexes:
            action = outcomes[index].action
            for one in (*action.discard, t.cast(Connection, action.connection)):
                ids[one.id], going[one.id] = index, one
        given_up = GivenUp(self._session)
        errors = failures(given_up.begin, going.values())
        sound = [connection_id for connection_id in ids if connection_id not in errors]
        errors.update(
            self._batch_errors(self._delete_ids, sound, {connection_id: connection_id for connection_id in sound})
        )
        errors.update(failures(given_up.finish, (one for one in going.values() if one.id not in errors)))
        for index in indexes:
            outcomes[index] = replace(outcomes[index], connection=None)
        for connection_id, error in errors.items():
            index = ids[connection_id]
            outcomes[index] = replace(outcomes[index], connection=outcomes[index].action.connection, error=error)

    def _delete_ids(self, ids: t.Sequence[str]) -> dict[str, str]:
        if len(ids) > 1:
            return self._connections.delete_all(ids)
        self._connections.delete(ids[0])
        return {}

    @staticmethod
    def _batch_errors(
        work: t.Callable[[t.Any], dict[str, str]], items: t.Sequence[t.Any], ids: t.Mapping[Key, str]
    ) -> dict[Key, str]:
        """The errors of a batch by key; when it fails as a whole, that is the error of each."""
        if not items:
            return {}
        try:
            errors = work(items)
        except QlikError as error:
            return dict.fromkeys(ids, str(error))
        return {key: errors[connection_id] for key, connection_id in ids.items() if connection_id in errors}

    def _carry_out(self, action: Action, space: Space | None) -> Outcome:
        if action.kind == "create":
            target_space = t.cast(Space, space)
            body = create_body(action, target_space, self._tenant_id)
            made = self._make(action, body, target_space)
            return Outcome(action, self._connections.get(made.id) if self._look else made)
        connection = t.cast(Connection, action.connection)
        space = space or Space(id=connection.space_id, name="")
        if not action.discards_last:
            self._discard(action.discard)
        if action.builds:
            made = (
                self._make_afresh(action, connection, space)
                if action.afresh
                else self._replace(action, connection, space)
            )
            return Outcome(action, made)
        if action.predecessor is not None:
            self._connections.delete(action.predecessor.id)
        outcome = self._update(action, connection, space)
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

    def _replace(self, action: Action, connection: Connection, space: Space) -> Connection:
        """Build the new connection, remove the old one, hand the name over: in this order, so that one works at any
        moment.
        """
        body = successor_body(action, space, self._tenant_id)
        # Its tags hold what Qlik noted of it, which the answer to a creation need not show (qlik.dev:
        # ConnectionCreateResponse).
        successor = self._connections.get(self._make(action, body, space).id)
        self._connections.delete(connection.id)
        try:
            self._connections.patch(successor.id, succession_operations(action.name, successor.tags))
        except NotFoundError:
            # A run beside this one took it for a leftover. Its predecessor is gone: build it once more rather than lose
            # both.
            successor = self._make(action, replacement_body(action, space, self._tenant_id), space)
        return self._connections.get(successor.id) if self._look else replace(successor, name=action.name)

    def _make_afresh(self, action: Action, connection: Connection, space: Space) -> Connection:
        """Make what is declared by now, then remove what an interrupted replacement had built for the place."""
        made = self._make(action, replacement_body(action, space, self._tenant_id), space)
        self._discard([connection])
        return self._connections.get(made.id) if self._look else made

    # ---- create

    def _make(self, action: Action, body: dict[str, t.Any], space: Space) -> Connection:
        """Create a connection, and send its secrets to the credentials that it attaches, if it is to."""
        made = self._create(body, space, action.target.definition.auth_code)
        if not action.fills:
            return made
        held = self._connections.get(made.id)  # with the tag that Qlik gave it
        self._connections.patch(made.id, filling_operations(action, space, self._tenant_id, held.tags))
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

    # ---- update

    def _update(self, action: Action, connection: Connection, space: Space) -> Outcome:
        code = action.target.definition.auth_code
        try:
            for operations in patches(action, space, self._tenant_id):
                self._connections.patch(connection.id, operations, code)
                code = ""  # it works once
            if action.delta.space is not None and space.is_personal:
                self._to_personal(connection)
        except NotFoundError as error:
            raise QlikError(
                f"{error} It was there when this run read the tenant: somebody else removed it. Run again."
            ) from None
        unseen = [name for name in action.delta.properties if name not in (connection.properties or {})]
        unseen = [name for name in unseen if name in action.target.definition.properties]
        if not self._look and not unseen:
            return Outcome(action, foreseen(action, space, self._tenant_id))
        now = self._connections.get(connection.id)
        hidden = [name for name in unseen if name not in (now.properties or {})]
        warnings = tuple(
            f"{action.target.definition.label}: the tenant doesn't show the property '{name}' after it was set, so"
            " whether it holds the"
            " declared value can't be seen and every run would set it again. Declare it in secrets, where it is known"
            " by its fingerprint."
            for name in hidden
        )
        return Outcome(action, now, warnings=warnings)

    def _to_personal(self, connection: Connection) -> None:
        """Move to the owner's personal space, which only the batch action can."""
        errors = self._connections.update_all([{"id": connection.id, "spaceId": "", "spaceType": "personal"}])
        if errors:
            raise QlikError(errors[connection.id])


def _defect(error: Exception) -> str:
    """What to report of a defect: where it is, and nothing of what it stumbled over."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(place.filename)}:{place.lineno}"
    return (
        f"an unexpected error in qlikops.cloud: {type(error).__name__} in {where}. Whether it was changed is"
        " unknown. Please report it."
    )
