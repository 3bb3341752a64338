# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at an organization: which tenants are new there, and which are gone."""

from __future__ import annotations

import logging
import os
import typing as t
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._api.organization import (
    ListedTenant,
    Organization,
    Selection,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import Domains
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import organization_settings
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject
from ansible_collections.qlikops.cloud.plugins.plugin_utils._tenant_hosts import (
    alone_at_their_addresses,
    name_hosts,
    why_left_out,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.bounds import BoundedSession, KeptToken, Stop
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.described import masked, to_hide
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.memory import Memory, Seen
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import (
    Options,
    OrganizationOptions,
    WatchOptions,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import (
    WatchedTenant,
    watched,
)

LOG = logging.getLogger(__name__)
_LONGEST_TEXT = 512
_CLIENT = {"client_id": "QLIK_ORGANIZATION_CLIENT_ID", "client_secret": "QLIK_ORGANIZATION_CLIENT_SECRET"}


class Unwatched(t.NamedTuple):
    """A tenant that is listed and can't be watched: what events say of it, and why."""

    about: JsonObject
    reason: str


@dataclass
class OrganizationLook:
    """What one list of an organization says: events, the tenants to watch and those that can't be, by their ids, and
    what to remember.
    """

    events: list[JsonObject]
    tenants: dict[str, WatchedTenant]
    unwatched: dict[str, Unwatched]
    seen: Seen
    failure: QlikError | None = None


class OrganizationWatch:
    """Lists an organization again and again. Raises QlikError for options with which that can't be done."""

    def __init__(self, options: WatchOptions) -> None:
        if options.organization is None:
            raise QlikError("No organization is named.")
        self._options = options
        self._organization: OrganizationOptions = options.organization
        # What no list could be asked for, or be read with, is no reason to try again and again.
        self._domains = Domains(self._organization.allowed_domains)
        self._selection().to_scim()
        self._settings = organization_settings(_with_client(self._organization.client))
        # Whoever can name a tenant may know the client that lists it, or one that signs in there.
        clients = (options.client, *options.clients.values())
        self._hidden = self._settings.hidden | {client["client_secret"] for client in clients if client}
        self._token = KeptToken()
        self._redact = self._new_redactor()
        self._stop = Stop()
        self._followed: dict[str, WatchedTenant] = {}
        host = urlsplit(self._settings.url).netloc
        self._memory = Memory(options.state_dir, f"organization-{host}")
        self._missing: set[str] = set()
        self.about: JsonObject = {"host": host}

    def shown(self, error: QlikError) -> str:
        """What may be said of an error."""
        return one_line(self._redact(str(error)))[: 4 * _LONGEST_TEXT]

    def look(self) -> OrganizationLook:
        """Ask for all tenants that are meant. The first look only learns which there are. Raises QlikError."""
        self._redact = self._new_redactor()
        session = BoundedSession(self._settings, self._redact, self._options.poll_seconds, self._stop, self._token)
        try:
            with self._stop.over_sockets():
                listed = Organization(session, self._settings.url).tenants(self._selection())
        finally:
            session.close()
        return self._compared(listed)

    def stop(self) -> None:
        """End the look that goes on, if one does; from any thread. There is none after it."""
        self._stop.ask()

    def handed_over(self, seen: Seen) -> None:
        """Its events are where they belong. Raises QlikError where that can't be kept for the next run."""
        self._memory.keep(seen, "")

    def _new_redactor(self) -> Redactor:
        redact = Redactor()
        redact.learn({*self._hidden, *self._token.told})
        return redact

    def _selection(self) -> Selection:
        wanted = self._organization
        return Selection(wanted.subscriptions, wanted.regions, wanted.countries, wanted.statuses, wanted.expression)

    def _placed(self, listed: t.Sequence[ListedTenant], left_out: dict[str, str]) -> dict[str, ListedTenant]:
        """The tenants to whose addresses secrets may be sent, by the names that the inventory gives them; why the
        others are C(left_out), by their ids.
        """
        placed = []
        for tenant in listed:
            found = tenant.within(self._domains, self._settings.url)
            if found.url:
                placed.append(found)
            else:
                left_out[tenant.id] = why_left_out(tenant, self._domains)
        alone = alone_at_their_addresses(placed, [])
        left_out.update({tenant.id: _shared(tenant) for tenant in placed})
        for tenant in alone:
            del left_out[tenant.id]
        hosts, clashes = name_hosts(alone, self._organization.hostname)
        for warning in clashes:
            LOG.warning("%s", one_line(self._redact(warning)))
        return hosts

    def _compared(self, listed: t.Sequence[ListedTenant]) -> OrganizationLook:
        """What is other than before, by the ids of all that are listed, and by those that can be watched: one whose
        address can't be told isn't deleted.
        """
        # Before they are made names of hosts and files, in which nothing would be found any more.
        listed = [one._replace(id=self._masked(one.id), name=self._masked(one.name)) for one in listed]
        left_out: dict[str, str] = {}
        hosts = self._placed(listed, left_out)
        here = {tenant.id: self._about(name, tenant) for name, tenant in hosts.items()}
        known = self._memory.seen
        if known is None:
            # The first list only tells which there are, with an address or without one.
            known = {**{tenant.id: self._about_unplaced(tenant) for tenant in listed}, **here}
        created = [about for tenant_id, about in here.items() if tenant_id not in known]
        events = [{"event": "tenant_created", "tenant": about} for about in created]
        missing = known.keys() - {tenant.id for tenant in listed}
        # One list may lack a tenant that is being changed; what two lack is gone.
        gone = missing & self._missing
        self._missing = missing - gone
        events += [{"event": "tenant_deleted", "tenant": known[tenant_id]} for tenant_id in sorted(gone)]
        seen = {tenant_id: about for tenant_id, about in {**known, **here}.items() if tenant_id not in gone}
        tenants = self._watched(hosts, here, left_out)
        unwatched = {}
        for tenant in listed:
            if tenant.id in left_out:
                about = seen.get(tenant.id) or self._about_unplaced(tenant)
                unwatched[tenant.id] = Unwatched(about, one_line(self._redact(left_out[tenant.id])))
        return OrganizationLook(events, tenants, unwatched, seen)

    def _about(self, name: str, tenant: ListedTenant) -> JsonObject:
        """What events say of a tenant: its host in the inventory as C(name)."""
        about = {
            "name": name,
            "url": tenant.url,
            "host": urlsplit(tenant.url).netloc,
            "id": tenant.id,
            "region": tenant.region,
            "status": tenant.status,
        }
        return {member: one_line(self._masked(text))[:_LONGEST_TEXT] for member, text in about.items()}

    def _masked(self, text: str) -> str:
        return masked(text, to_hide((*self._hidden, *self._token.told)))

    def _about_unplaced(self, tenant: ListedTenant) -> JsonObject:
        return self._about(tenant.name, tenant._replace(url=""))

    def _watched(
        self, hosts: t.Mapping[str, ListedTenant], here: Seen, left_out: dict[str, str]
    ) -> dict[str, WatchedTenant]:
        """The tenants to watch by their ids, also those that only one list lacks; why others are C(left_out)."""
        tenants = {tenant_id: one for tenant_id, one in self._followed.items() if tenant_id in self._missing}
        for tenant in hosts.values():
            client = self._options.clients.get(tenant.region.lower()) or self._options.client
            if not client:
                left_out[tenant.id] = (
                    f"{tenant.url}: no way to sign in was given for the region '{tenant.region}'. Name its client in"
                    " clients, or one for all others by client_id and client_secret."
                )
                continue
            options = {**self._options.connection, **client, "tenant_url": tenant.url}
            try:
                # The environment's way to sign in to one tenant is none to all of them.
                tenants[tenant.id] = watched(options, here[tenant.id], {})
            except QlikError as error:
                left_out[tenant.id] = str(error)
        self._followed = tenants
        return tenants


def _with_client(options: Options) -> Options:
    """The options with the client of the environment where they name none, as the inventory plugin takes it."""
    if any(options.get(name) for name in _CLIENT):
        return options
    return {**options, **{name: os.environ.get(variable, "") for name, variable in _CLIENT.items()}}


def _shared(tenant: ListedTenant) -> str:
    return (
        f"The organization says of several tenants that they lie at {tenant.url}, as of {tenant.name} ({tenant.id})."
        " It can be the address of one of them only, so none is asked."
    )
