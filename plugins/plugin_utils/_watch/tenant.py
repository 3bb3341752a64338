# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at one tenant: which of its connections are new, other than before, or gone.

Source: qlik.dev, "Data connections" (C(filter) with C(updated gt)). Nothing there tells of what was deleted, so that
takes a list of all, and ids to compare. Times are compared with times of the same tenant only, whatever this machine's
clock says.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import resolve_settings
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import Settings
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.memory import Memory, Seen
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import Options, WatchOptions

MOST_CONNECTIONS = 100_000
_LONGEST_TEXT = 512
_MOST_TAGS = 100
# A tenant whose clock says more than this is wrong about it.
_FUTURE = timedelta(days=1)


@dataclass
class Look:
    """What one look at a tenant found: events, and what is to be remembered once they are handed over."""

    events: list[JsonObject]
    seen: Seen
    newest: str
    whole: bool


@dataclass
class WatchedTenant:
    """A tenant and how to sign in there. C(about) is what events say of it."""

    settings: Settings
    about: JsonObject = field(default_factory=dict)


class BoundedSession(TenantSession):
    """A session that only reads, for a limited time: however slowly a tenant answers, a look at it ends."""

    def __init__(self, settings: Settings, redact: Redactor, seconds: float) -> None:
        super().__init__(settings, read_only=True, redact=redact, resources=RESOURCES, parallel=1)
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def pages(self, path: str, params: t.Mapping[str, t.Any]) -> t.Iterator[JsonObject]:
        items = 0
        for page in super().pages(path, params):
            items += len(page["data"])
            if time.monotonic() > self._until:
                raise AnswerError(f"{self.tenant}: GET {path} wasn't read to its end within {self._seconds:.0f} s.")
            if items > MOST_CONNECTIONS:
                raise AnswerError(f"{self.tenant}: GET {path} holds more than {MOST_CONNECTIONS} items.")
            yield page


class TenantWatch:
    """Looks at one tenant again and again. Not for several threads at once."""

    def __init__(self, tenant: WatchedTenant, options: WatchOptions) -> None:
        self.tenant = tenant
        self.redact = Redactor()
        self.redact.learn(tenant.settings.hidden)
        self._options = options
        self._memory = Memory(options.state_dir, tenant.settings.tenant)
        self._compared: float | None = None
        self.problem = self._memory.problem

    def look(self) -> Look:
        """Ask the tenant. The first look only learns what is there. Raises QlikError."""
        session = BoundedSession(self.tenant.settings, self.redact, self._options.poll_seconds)
        try:
            return self._look(DataConnections(session))
        finally:
            session.close()

    def handed_over(self, look: Look) -> None:
        """Its events are where they belong. Raises QlikError where that can't be kept for the next run."""
        if look.whole:
            self._compared = time.monotonic()
        self._memory.keep(look.seen, look.newest)

    def _look(self, api: DataConnections) -> Look:
        known = self._memory.seen
        since = _earlier(self._memory.newest, self._options.overlap)
        if known is None:
            listed = _described(api.all())
            return Look([], listed, _newest(listed, ""), whole=True)
        whole = not since or self._is_time_to_compare()
        if whole:
            listed = _described(api.all())
        else:
            listed = _described(api.changed_since(since))
        events = self._changes(known, listed)
        seen = {**known, **listed}
        if whole:
            for gone in self._gone(api, known, listed):
                events.append(self._event("connection_deleted", gone, known[gone]))
                del seen[gone]
        return Look(events, seen, _newest(listed, self._memory.newest), whole)

    def _is_time_to_compare(self) -> bool:
        if self._compared is None:
            return True
        return time.monotonic() - self._compared >= self._options.compare_interval

    def _changes(self, known: Seen, listed: Seen) -> list[JsonObject]:
        events = []
        for connection_id, item in listed.items():
            before = known.get(connection_id)
            if before is None:
                events.append(self._event("connection_created", connection_id, item))
            elif before != item:
                changes = [name for name in item if name != "updated" and item[name] != before.get(name)]
                events.append({**self._event("connection_updated", connection_id, item), "changes": changes})
        return events

    @staticmethod
    def _gone(api: DataConnections, known: Seen, listed: Seen) -> list[str]:
        """The connections that two lists lack: one that was being changed may be missing from the first."""
        missing = [connection_id for connection_id in known if connection_id not in listed]
        if not missing:
            return []
        again = {connection.id for connection in api.all()}
        return [connection_id for connection_id in missing if connection_id not in again]

    def _event(self, kind: str, connection_id: str, item: JsonObject) -> JsonObject:
        return {"event": kind, "tenant": self.tenant.about, "connection": {"id": connection_id, **item}}


def watched(options: Options, about: JsonObject) -> WatchedTenant:
    """A tenant by what a module would be given. Raises SignInError, QlikError."""
    settings = resolve_settings({name: value for name, value in options.items() if name != "name"})
    name = str(options.get("name") or settings.tenant)
    return WatchedTenant(settings, {"name": name, "url": settings.url, "host": settings.tenant, **about})


def _described(connections: t.Iterable[Connection]) -> Seen:
    """What events and files say of connections: never a statement, a property or a tag that remembers a secret."""
    return {_text(one.id): _description(one) for one in connections}


def _description(connection: Connection) -> JsonObject:
    tags = [_text(tag) for tag in connection.tags if not is_reserved_tag(tag)]
    return {
        "name": _text(connection.name),
        "space_id": _text(connection.space_id),
        "data_source": _text(connection.data_source),
        "owner_id": _text(connection.owner_id),
        "managed": connection.is_managed,
        "tags": sorted(tags)[:_MOST_TAGS],
        "created": _text(connection.created),
        "updated": _text(connection.updated),
    }


def _text(text: str) -> str:
    return one_line(text)[:_LONGEST_TEXT]


def _newest(listed: Seen, before: str) -> str:
    """The latest time that the tenant has shown; what can't be one, or lies in the future, is none."""
    latest = _moment(before)
    horizon = datetime.now(timezone.utc) + _FUTURE
    for item in listed.values():
        moment = _moment(item["updated"])
        if moment and moment <= horizon and (latest is None or moment > latest):
            latest = moment
    if latest is None:
        return ""
    return _written(latest)


def _earlier(moment: str, seconds: float) -> str:
    """So many seconds before, for what reached the list later than its time says; empty if that can't be said."""
    found = _moment(moment)
    if found is None:
        return ""
    try:
        return _written(found - timedelta(seconds=seconds))
    except OverflowError:
        return ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(watch: TenantWatch, error: QlikError) -> str:
    """What may be said of an error."""
    return one_line(watch.redact(str(error)))[: 4 * _LONGEST_TEXT]
