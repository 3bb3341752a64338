# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cleaning up: whatever lies in the run's spaces, its credentials, the spaces themselves; after a kill, too.

Everything is found anew: by the spaces' names, which were noted down before they were made, and by lists.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import NotFoundError, QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.guard import Guard
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import Ledger
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_PAGE = 100
_ORPHANS = "data-credentials/actions/filter-orphan"


# Seconds between the looks for what was promised, when no answer told what came of it and the list doesn't show it.
_PATIENCE = (1.0, 2.0, 4.0, 8.0)
# A list that old shows what there is.
_SETTLED_SECONDS = 60.0


def snapshot_of_apps(session: TenantSession) -> set[str]:
    """The ids of the apps that the caller sees. Raises QlikError."""
    return _ids(rows(session, "items", {"resourceType": "app", "limit": _PAGE}), "resourceId")


def snapshot(session: TenantSession) -> dict[str, set[str]]:
    """The ids of what there is: spaces, connections, and credentials that a connection shows or that belong to none."""
    connections = rows(session, "data-connections", _ALL)
    return {
        "spaces": _ids(rows(session, "spaces", {"limit": _PAGE}), "id"),
        "connections": _ids(connections, "qID"),
        "credentials": _ids(_known_orphans(session), "qID") | _ids(connections, "qCredentialsID"),
    }


_ALL: t.Mapping[str, t.Any] = {"limit": _PAGE, "noDatafiles": "true", "includeDisabled": "true"}


def orphans(session: TenantSession) -> list[t.Any]:
    """Credentials that belong to no connection. Raises QlikError when the caller may not ask."""
    found = member(session.query(_ORPHANS, {}), "data")
    return found if isinstance(found, list) else []


def _known_orphans(session: TenantSession) -> list[t.Any]:
    """The same; none when the caller may not ask."""
    try:
        return orphans(session)
    except QlikError:
        return []


def rows(session: TenantSession, path: str, params: t.Mapping[str, t.Any]) -> list[t.Any]:
    """All rows of a list; a tenant that refuses a limit or includeDisabled is asked without. Raises QlikError."""
    try:
        return _all_pages(session, path, params)
    except QlikError:
        fewer = {name: value for name, value in params.items() if name not in ("limit", "includeDisabled")}
        return _all_pages(session, path, fewer)


def _all_pages(session: TenantSession, path: str, params: t.Mapping[str, t.Any]) -> list[t.Any]:
    found: list[t.Any] = []
    for page in session.pages(path, params):
        found += page["data"]
    return found


def _ids(items: t.Iterable[t.Any], name: str) -> set[str]:
    return {str(member(item, name)) for item in items if member(item, name)}


class Cleaner:
    """Removes what one run made, and says what is left, with the reason.

    C(unseen) is why credentials could not be looked for.
    """

    def __init__(self, session: TenantSession, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self.left: list[str] = []
        self.unseen = ""

    def clean(self) -> list[str]:
        """Remove everything. What couldn't be removed is in the list that is given back.

        An answer that something was removed isn't believed: spaces are looked for again. Whoever sees nothing left
        closes the journal.
        """
        was_unanswered = bool(self._guard.ledger.unanswered)
        missing = self._await_promised()
        spaces = self._spaces()
        hidden = self._apps()
        for space_id, _name in spaces:
            self._empty(space_id)
        self._credentials()
        if hidden or Ledger.APP in missing:
            return self.left  # without its space, nobody could tell whose an app is that shows up later
        for space_id, name in spaces:
            self._remove(f"spaces/{space_id}", f"the space '{name}'")
        if was_unanswered:
            self._credentials()  # those of a connection that its space's list lacked
        if not self.left:
            for space_id, name in spaces:
                self._look_again(space_id, name)
        return self.left

    def _await_promised(self) -> list[str]:
        """Give what was promised and has no answer, and may still show up.

        It is looked for several times, since a list may lag behind what was made. What doesn't show up is noted as
        left, so that the next run looks for it again; that one believes the list.
        """
        ledger = self._guard.ledger
        missing = self._missing()
        for pause in _PATIENCE:
            if not missing or time.time() - max(ledger.unanswered.values()) > _SETTLED_SECONDS:
                break
            self._session.budget.sleep(pause, self._session.tenant)
            missing = self._missing()
        if ledger.is_resumed:
            return []
        for name in missing:
            self.left.append(
                f"the creation of '{name}' was not answered, and the tenant doesn't list it (yet): the next run, or one"
                " that only cleans up, looks for it again"
            )
        return missing

    def _missing(self) -> list[str]:
        """What was promised, has no answer, and isn't listed."""
        ledger = self._guard.ledger
        unanswered = set(ledger.unanswered)
        try:
            if unanswered - {ledger.APP}:
                found = rows(self._session, "spaces", {"name": ledger.marker, "limit": _PAGE})
                unanswered -= {str(member(item, "name")) for item in found}
            if ledger.APP in unanswered and self._listed_apps():
                unanswered.discard(ledger.APP)
        except QlikError:
            return []  # whoever looks next says so
        return sorted(unanswered)

    def _listed_apps(self) -> list[t.Any]:
        params = {"resourceType": "app", "name": self._guard.ledger.marker, "limit": _PAGE}
        return rows(self._session, "items", params)

    def _look_again(self, space_id: str, name: str) -> None:
        if self._is_there(f"spaces/{space_id}"):
            self.left.append(f"the space '{name}' is still there, although the tenant said that it was removed")

    def _spaces(self) -> list[tuple[str, str]]:
        """The run's spaces, by the names that were noted down."""
        ledger = self._guard.ledger
        found: dict[str, str] = {}
        names = list(dict.fromkeys(ledger.promised_spaces))
        if not names:
            return []
        try:
            items = rows(self._session, "spaces", {"name": ledger.marker, "limit": _PAGE})
        except QlikError as error:
            self.left.append(f"spaces named {', '.join(names)} could not be looked for: {one_line(str(error))}")
            return []
        for item in items:
            if member(item, "name") not in names:
                continue
            if self._guard.is_own("spaces", member(item, "id")):
                found[str(member(item, "id"))] = str(member(item, "name"))
            else:
                self.left.append(f"the space '{member(item, 'name')}' isn't the run's own")
        # A list may lag behind what was made.
        unlisted = sorted(ledger.claimed["spaces"] - set(found))
        there = [one for one in unlisted if self._is_there(f"spaces/{one}") and self._is_own("spaces", one)]
        found.update(zip(there, there))
        return sorted(found.items())

    def _is_own(self, kind: str, identifier: str) -> bool:
        """Whether something is the run's own, and still there. What can't be looked at is noted as left."""
        try:
            return self._guard.is_own(kind, identifier)
        except QlikError as error:
            self.left.append(f"{kind}: {identifier} could not be looked at: {one_line(str(error))}")
            return False

    def _apps(self) -> list[str]:
        """Remove apps of the run, if it may have made any: they are looked for by its mark.

        Gives those that were made and that no list shows: whether they are the run's own can't be told then. They are
        noted as left, so that the next run looks for them again; that one believes the list.
        """
        ledger = self._guard.ledger
        if not ledger.has_apps:
            return []
        try:
            listed = {str(member(item, "resourceId")) for item in self._listed_apps()}
        except QlikError as error:
            self.left.append(f"apps of the run could not be looked for: {one_line(str(error))}")
            return []
        for identifier in sorted(listed):
            if not self._is_own("apps", identifier):
                self.left.append(f"the app {identifier} isn't the run's own")
                continue
            self._delete_app(identifier)
        hidden = [one for one in sorted(ledger.claimed["apps"] - listed) if not self._is_shown_app(one)]
        if ledger.is_resumed:
            return []
        for identifier in hidden:
            self.left.append(
                f"the app {identifier} was made, and the tenant doesn't list it (yet): the next run, or one that only"
                " cleans up, looks for it again"
            )
        return hidden

    def _is_shown_app(self, identifier: str) -> bool:
        """Remove an app as soon as the tenant shows it, since a list may lag behind what was made."""
        for pause in (0, *_PATIENCE):
            if pause:
                self._session.budget.sleep(pause, self._session.tenant)
            if self._is_own("apps", identifier):
                self._delete_app(identifier)
                return True
        return False

    def _delete_app(self, identifier: str) -> None:
        try:
            self._session.write("DELETE", f"apps/{identifier}", repeatable=True)
        except QlikError as error:
            self.left.append(f"the app {identifier}: {one_line(str(error))}")

    def _empty(self, space_id: str) -> None:
        try:
            items = rows(self._session, "data-connections", {"spaceId": space_id, **_ALL})
        except QlikError as error:
            self.left.append(f"the connections of space {space_id} could not be listed: {one_line(str(error))}")
            return
        for item in items:
            identifier, name = str(member(item, "qID")), one_line(str(member(item, "qName")))
            if not self._guard.is_own("connections", identifier):
                self.left.append(f"'{name}' in space {space_id} isn't the run's own, and was left there")
                continue
            self._guard.may_be_ours(member(item, "qCredentialsID"))
            self._remove(f"data-connections/{identifier}", f"the connection '{name}'")

    def _credentials(self) -> None:
        """Credentials that outlived their connections: those that a connection of the run showed, and those that belong
        to none and have its mark.
        """
        ledger = self._guard.ledger
        found: list[str] = []
        try:
            for item in orphans(self._session):
                identifier = str(member(item, "qID"))
                if ledger.marker in str(member(item, "qName")) or identifier in ledger.claimed["credentials"]:
                    found.append(identifier)
        except QlikError as error:
            self.unseen = one_line(str(error))
            found = [one for one in sorted(ledger.claimed["credentials"]) if self._is_there(f"data-credentials/{one}")]
        for identifier in found:
            if self._is_own("credentials", identifier):
                self._remove(f"data-credentials/{identifier}", f"credentials {identifier}")
            elif self.unseen:
                self.left.append(f"credentials {identifier}: whether they are the run's can't be seen: {self.unseen}")

    def _is_there(self, path: str) -> bool:
        """Whether something is there. What can't be looked at is noted as left."""
        try:
            self._session.get(path)
        except NotFoundError:
            return False
        except QlikError as error:
            self.left.append(f"{path} could not be looked at: {one_line(str(error))}")
            return False
        return True

    def _remove(self, path: str, what: str) -> None:
        try:
            self._session.remove(path)
        except QlikError as error:
            self.left.append(f"{what}: {one_line(str(error))}")


def guard_for(session: TenantSession, ledger: t.Any, caller_id: str) -> Guard:
    """A guard that stands in a session from now on, before whatever else watches it."""
    guard = Guard(ledger, caller_id, session.ask, session.address)
    session.watchers.insert(0, guard)
    return guard


def take_away(session: TenantSession, guard: Guard) -> None:
    """Let the guard go, when another one comes."""
    session.watchers.remove(guard)
