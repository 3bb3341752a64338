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
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import ENVIRONMENT, organization_settings
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject
from ansible_collections.qlikops.cloud.plugins.plugin_utils._tenant_hosts import alone_at_their_addresses, name_hosts
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.bounds import BoundedSession, KeptToken, Stop
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


@dataclass
class OrganizationLook:
    """What one list of an organization says: events, the tenants to watch by their ids, and what to remember."""

    events: list[JsonObject]
    tenants: dict[str, WatchedTenant]
    seen: Seen


class OrganizationWatch:
    """Lists an organization again and again. Raises QlikError for options with which that can't be done."""

    def __init__(self, options: WatchOptions) -> None:
        if options.organization is None:
            raise QlikError("No organization is named.")
        self._options = options
        self._organization: OrganizationOptions = options.organization
        self._settings = organization_settings(_with_client(self._organization.client))
        self._redact = self._new_redactor()
        self._token = KeptToken()
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
        return self._compared({tenant.id for tenant in listed}, self._placed(listed))

    def stop(self) -> None:
        """End the look that goes on, if one does; from any thread. There is none after it."""
        self._stop.ask()

    def handed_over(self, seen: Seen) -> None:
        """Its events are where they belong. Raises QlikError where that can't be kept for the next run."""
        self._memory.keep(seen, "")

    def _new_redactor(self) -> Redactor:
        redact = Redactor()
        redact.learn(self._settings.hidden)
        return redact

    def _selection(self) -> Selection:
        wanted = self._organization
        return Selection(wanted.subscriptions, wanted.regions, wanted.countries, wanted.statuses, wanted.expression)

    def _placed(self, listed: t.Sequence[ListedTenant]) -> dict[str, ListedTenant]:
        """The tenants to whose addresses secrets may be sent, by the names that the inventory gives them."""
        domains = Domains(list(self._organization.allowed_domains))
        placed = [tenant.within(domains, self._settings.url) for tenant in listed]
        warnings: list[str] = []
        alone = alone_at_their_addresses([tenant for tenant in placed if tenant.url], warnings)
        hosts, clashes = name_hosts(alone, self._organization.hostname)
        for warning in (*warnings, *clashes):
            LOG.warning("%s", one_line(self._redact(warning)))
        return hosts

    def _compared(self, listed: set[str], hosts: t.Mapping[str, ListedTenant]) -> OrganizationLook:
        """What is other than before, by the ids of all that are listed, and by those that can be watched: one whose
        address can't be told isn't deleted.
        """
        here = {tenant.id: _about(name, tenant) for name, tenant in hosts.items()}
        known = self._memory.seen
        if known is None:
            return OrganizationLook([], self._watched(hosts, here, set()), here)
        created = [about for tenant_id, about in here.items() if tenant_id not in known]
        events = [{"event": "tenant_created", "tenant": about} for about in created]
        missing = {tenant_id for tenant_id in known if tenant_id not in listed}
        # One list may lack a tenant that is being changed; what two lack is gone.
        gone = missing & self._missing
        self._missing = missing - gone
        events += [{"event": "tenant_deleted", "tenant": known[tenant_id]} for tenant_id in sorted(gone)]
        still = {tenant_id: about for tenant_id, about in known.items() if tenant_id not in gone}
        return OrganizationLook(events, self._watched(hosts, here, self._missing), {**still, **here})

    def _watched(self, hosts: t.Mapping[str, ListedTenant], here: Seen, missing: set[str]) -> dict[str, WatchedTenant]:
        """The tenants to watch by their ids, also those that only one list lacks."""
        tenants = {tenant_id: one for tenant_id, one in self._followed.items() if tenant_id in missing}
        for tenant in hosts.values():
            options = {**self._options.connection, **self._client_of(tenant), "tenant_url": tenant.url}
            try:
                # The environment's way to sign in to one tenant is none to all of them.
                tenants[tenant.id] = watched(options, here[tenant.id], {})
            except QlikError as error:
                LOG.warning("%s", self.shown(error))
        self._followed = tenants
        return tenants

    def _client_of(self, tenant: ListedTenant) -> Options:
        """The whole client of the region, or else the one that is for all, of which the environment may have parts."""
        client = self._options.clients.get(tenant.region.lower())
        if client:
            return client
        return {name: self._options.client.get(name) or os.environ.get(ENVIRONMENT[name], "") for name in _CLIENT}


def _with_client(options: Options) -> Options:
    """The options with the client of the environment where they name none, as the inventory plugin takes it."""
    if any(options.get(name) for name in _CLIENT):
        return options
    return {**options, **{name: os.environ.get(variable, "") for name, variable in _CLIENT.items()}}


def _about(name: str, tenant: ListedTenant) -> JsonObject:
    """What events say of a tenant: its host in the inventory as C(name)."""
    return {
        "name": name,
        "url": tenant.url,
        "host": urlsplit(tenant.url).netloc,
        "id": one_line(tenant.id)[:_LONGEST_TEXT],
        "region": one_line(tenant.region)[:_LONGEST_TEXT],
        "status": one_line(tenant.status)[:_LONGEST_TEXT],
    }
