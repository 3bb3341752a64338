# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at one tenant: which of its connections are new, other than before, or gone.

Source: qlik.dev, "Data connections" (C(filter) with C(updated gt)). Nothing there tells of what was deleted, so that
takes a list of all, and ids to compare. Times are compared with times of the same tenant only, whatever this machine's
clock says. A list may lag behind what is there: what it takes back, the connection itself has to confirm.
"""

from __future__ import annotations

import os
import random
import time
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, ApiError, QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import ENVIRONMENT, resolve_settings
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import Settings
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.bounds import (
    MOST_ITEMS,
    BoundedSession,
    KeptToken,
    Stop,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.described import (
    described,
    differences,
    is_later,
    is_whole,
    lacks_nothing,
    masked,
    moment_of,
    shown_text,
    to_hide,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.memory import Memory, Seen
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import (
    WAYS_TO_SIGN_IN,
    Options,
    WatchOptions,
)

_LONGEST_TEXT = 512
# How many connections are asked for by themselves in one look, and how many deletions are remembered for that.
_MOST_CONFIRMED = 100
_MOST_DELETED = 1000
# Not an id, no right to see it, not there.
_NOT_TO_BE_SEEN = (400, 403, 404)
_WAYS_OF_ENVIRONMENT = frozenset(ENVIRONMENT[name] for name in WAYS_TO_SIGN_IN)
# A tenant whose clock says more than this is wrong about it.
_FUTURE = timedelta(days=1)


@dataclass
class Look:
    """What one look at a tenant found: events, and what is to be remembered once they are handed over.

    C(whole) says that it compared all that there is; C(left) that there was more to ask for than one look may, or than
    could be answered: C(failure) says why.
    """

    events: list[JsonObject]
    seen: Seen
    newest: str
    whole: bool
    left: bool = False
    failure: QlikError | None = None


@dataclass
class WatchedTenant:
    """A tenant and how to sign in there. C(about) is what events say of it."""

    settings: Settings
    about: JsonObject = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """How its file is called. A tenant of an organization keeps its id when its addresses change."""
        if self.about.get("id"):
            return f"tenant-{self.about['id']}"
        return self.settings.tenant


class _Asked:
    """Connections that are asked for by themselves in one look. C(left) says that some weren't, or gave no answer.

    C(unread) are those that gave none, with why, from one look to the next as long as they are in doubt.
    """

    def __init__(self, api: DataConnections, unread: t.Mapping[str, QlikError]) -> None:
        self._api = api
        self._before = unread
        self.unread: dict[str, QlikError] = {}
        self.left = False

    @property
    def failure(self) -> QlikError | None:
        """Why one of them can't be read."""
        return next(iter(self.unread.values()), None)

    def answers(self, connection_ids: list[str]) -> dict[str, Connection | None]:
        """None for those that the caller may not see. After one that can't be read none is asked any more: that costs a
        look its time. Another look asks in another order, and last the ones that gave no answer before, so that each
        has its turn.
        """
        self.unread.update((one, self._before[one]) for one in connection_ids if one in self._before)
        order = random.sample(connection_ids, len(connection_ids))
        good, bad = [one for one in order if one not in self.unread], [one for one in order if one in self.unread]
        answers: dict[str, Connection | None] = {}
        for connection_id in [*good[: _MOST_CONFIRMED - len(bad[:1])], *bad][:_MOST_CONFIRMED]:
            try:
                answers[connection_id] = _read(self._api, connection_id)
            except QlikError as error:
                self.unread[connection_id] = error
                break
            self.unread.pop(connection_id, None)
        self.left = self.left or len(answers) < len(connection_ids)
        return {one: answers[one] for one in connection_ids if one in answers}


class TenantWatch:
    """Looks at one tenant again and again. Not for several threads at once."""

    def __init__(self, tenant: WatchedTenant, options: WatchOptions, memory: Memory | None = None) -> None:
        self.tenant = tenant
        self._token = KeptToken()
        self.redact = self._new_redactor()
        self._secrets = tenant.settings.hidden
        self._options = options
        self.memory = memory or Memory(options.state_dir, tenant.file_name)
        self._compared: float | None = None
        self._unread: dict[str, QlikError] = {}
        self._stop = Stop()
        self.problem = self.memory.problem

    def shown(self, error: QlikError) -> str:
        """What may be said of an error."""
        return one_line(self.redact(str(error)))[: 4 * _LONGEST_TEXT]

    @property
    def about(self) -> JsonObject:
        """What events say of the tenant."""
        hidden = self._hidden()
        return {name: masked(text, hidden) for name, text in self.tenant.about.items()}

    def stop(self) -> None:
        """End the look that goes on, if one does; from any thread. There is none after it."""
        self._stop.ask()

    def look(self) -> Look:
        """Ask the tenant. The first look only learns what is there. Raises QlikError."""
        # Tokens come and go: what is learned of them is kept for one look.
        self.redact = self._new_redactor()
        seconds = self._options.poll_seconds
        session = BoundedSession(self.tenant.settings, self.redact, seconds, self._stop, self._token)
        try:
            with self._stop.over_sockets():
                return self._look(session, DataConnections(session))
        finally:
            session.close()

    def handed_over(self, look: Look) -> None:
        """Its events are where they belong. Raises QlikError where that can't be kept for the next run."""
        if look.left:
            # The next look sees by a list of all what this one left.
            self._compared = None
        elif look.whole:
            self._compared = time.monotonic()
        gone = [event["connection"]["id"] for event in look.events if event["event"] == "connection_deleted"]
        deleted = list(dict.fromkeys([*self.memory.deleted, *gone]))
        self.memory.keep(look.seen, look.newest, deleted[-_MOST_DELETED:])

    def _new_redactor(self) -> Redactor:
        redact = Redactor()
        redact.learn({*self.tenant.settings.hidden, *self._token.told})
        return redact

    def _look(self, session: BoundedSession, api: DataConnections) -> Look:
        known = self.memory.seen
        since = _earlier(self.memory.newest, self._options.overlap)
        if known is None:
            listed = self._listed(api.all(), {})
            return Look([], listed, _newest(listed, "", self._horizon(session)), whole=True)
        whole = not since or self._is_time_to_compare()
        listed = {}
        if not whole:
            listed = self._listed(api.changed_since(since), known)
            whole = len(known.keys() | listed.keys()) > MOST_ITEMS
        if whole:
            listed = self._listed(api.all(), known)
        asked = _Asked(api, self._unread)
        now = self._confirmed(asked, known, listed)
        gone = self._gone(asked, known, listed) if whole else []
        self._unread, left = asked.unread, asked.left
        new = [connection_id for connection_id in now if connection_id not in known]
        for connection_id in new[max(MOST_ITEMS - len(known) + len(gone), 0) :]:
            del now[connection_id]
            left = True
        events = self._changes(known, now)
        seen = {**known, **now}
        for connection_id in gone:
            events.append(self._event("connection_deleted", connection_id, known[connection_id]))
            del seen[connection_id]
        return Look(events, seen, _newest(now, self.memory.newest, self._horizon(session)), whole, left, asked.failure)

    def _is_time_to_compare(self) -> bool:
        if self._compared is None:
            return True
        return time.monotonic() - self._compared >= self._options.compare_interval

    def _horizon(self, session: BoundedSession) -> datetime:
        """What lies behind it by the tenant's own clock is no time of a change. Another look begins before it, so that
        such a time hides nothing; without a clock of the tenant, ours is believed to a day.
        """
        if session.now is None:
            return datetime.now(timezone.utc) + _FUTURE
        return session.now + timedelta(seconds=min(self._options.overlap, _FUTURE.total_seconds()))

    def _listed(self, connections: t.Iterable[Connection], known: Seen) -> Seen:
        """What a list says of connections, by the ids as they are known: it may write them in capitals."""
        listed = {shown_text(one.id): self._described(one) for one in connections}
        if listed.keys() <= known.keys():
            return listed
        spelt = {one.lower(): one for one in (*self.memory.deleted, *known)}
        return {spelt.get(one.lower(), one): item for one, item in listed.items()}

    def _described(self, connection: Connection) -> JsonObject:
        return described(connection, self._hidden())

    def _hidden(self) -> list[str]:
        """What no event shows. Whoever sees how we sign in may write it into a name."""
        return to_hide((*self._secrets, *self._token.told))

    def _confirmed(self, asked: _Asked, known: Seen, listed: Seen) -> Seen:
        """What is listed; but of what a list can't be believed, the connection itself knows: what the list says of one
        that wasn't asked is no news.
        """
        confirmed = dict(listed)
        doubtful = [one for one, item in listed.items() if self._is_doubtful(one, item, known.get(one))]
        for connection_id in doubtful:
            del confirmed[connection_id]
        for connection_id, connection in asked.answers(doubtful).items():
            if connection is None:
                continue
            item = self._described(connection)
            before = known.get(connection_id, {})
            # It may have lost its owner; but only a change that both know of is told with what they lack.
            agreed = is_later(item, before) and not differences(item, listed[connection_id])
            if is_whole(item) or not is_whole(before) or agreed:
                confirmed[connection_id] = item
        return confirmed

    def _is_doubtful(self, connection_id: str, item: JsonObject, before: JsonObject | None) -> bool:
        """Whether a list that lags behind, or an item that isn't whole, may be all that is new: a connection that was
        told to be deleted is there, or is as it was before.
        """
        if before is None:
            return connection_id in self.memory.deleted or not is_whole(item)
        return bool(differences(item, before)) and not (is_later(item, before) and lacks_nothing(item, before))

    def _changes(self, known: Seen, listed: Seen) -> list[JsonObject]:
        events = []
        for connection_id, item in listed.items():
            before = known.get(connection_id)
            if before is None:
                events.append(self._event("connection_created", connection_id, item))
                continue
            changes = differences(item, before)
            # What was never seen as a whole is learned now, unless it was changed since.
            if changes and (is_whole(before) or not is_whole(item) or is_later(item, before)):
                shown = [name for name in changes if name != "updated"]
                events.append({**self._event("connection_updated", connection_id, item), "changes": shown})
        return events

    def _gone(self, asked: _Asked, known: Seen, listed: Seen) -> list[str]:
        """The connections that the list lacks, and that can't be read either: a list may lag behind, or be that of a
        tenant that is just starting. Those that weren't asked count as there. Raises AnswerError where the list lacks
        more than are asked for, and all of these are there.
        """
        missing = [connection_id for connection_id in known if connection_id not in listed]
        answers = asked.answers(missing)
        gone = [connection_id for connection_id, connection in answers.items() if connection is None]
        if len(missing) > len(answers) and not gone and asked.failure is None:
            raise AnswerError(
                f"{self.tenant.settings.tenant}: the list of data connections lacks {len(missing)} that were there, and"
                " those that were asked for are still there: it isn't whole."
            )
        return gone

    def _event(self, kind: str, connection_id: str, item: JsonObject) -> JsonObject:
        return {"event": kind, "tenant": self.about, "connection": {"id": connection_id, **item}}


def watched(options: Options, about: JsonObject, environ: t.Mapping[str, str] | None = None) -> WatchedTenant:
    """A tenant by what a module would be given. What names a way to sign in isn't completed from the environment: its
    half may be of another client. Raises SignInError, QlikError.
    """
    if environ is None:
        environ = os.environ
    if any(options.get(name) for name in WAYS_TO_SIGN_IN):
        environ = {name: value for name, value in environ.items() if name not in _WAYS_OF_ENVIRONMENT}
    settings = resolve_settings({name: value for name, value in options.items() if name != "name"}, environ)
    name = str(options.get("name") or settings.tenant)
    return WatchedTenant(settings, {"name": name, "url": settings.url, "host": settings.tenant, **about})


def _read(api: DataConnections, connection_id: str) -> Connection | None:
    """A connection itself; None where there is none that the caller may see. Raises QlikError."""
    try:
        return api.get(connection_id)
    except ApiError as error:
        if error.status in _NOT_TO_BE_SEEN:
            return None
        raise


def _newest(listed: Seen, before: str, horizon: datetime) -> str:
    """The latest time that the tenant has shown; what can't be one, or lies behind the horizon, is none."""
    latest = moment_of(before)
    for item in listed.values():
        moment = moment_of(item["updated"])
        if moment and moment <= horizon and (latest is None or moment > latest):
            latest = moment
    if latest is None:
        return ""
    return _written(latest)


def _earlier(moment: str, seconds: float) -> str:
    """So many seconds before, for what reached the list later than its time says; empty if that can't be said."""
    found = moment_of(moment)
    if found is None:
        return ""
    try:
        return _written(found - timedelta(seconds=seconds))
    except OverflowError:
        return ""


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
