# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events about data connections of Qlik Cloud tenants, for Event-Driven Ansible."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Events when data connections of Qlik Cloud tenants, or tenants themselves, come, change and go
description:
  - Qlik Cloud publishes no event about data connections. So this source asks, every so often, which were updated since
    it asked last, and now and then for all of them, to find those that were deleted.
  - Each event is under C(event.qlik). Its C(event) is C(connection_created), C(connection_updated),
    C(connection_deleted), C(tenant_failed), C(tenant_recovered), C(tenant_created), C(tenant_deleted),
    C(organization_failed) or C(organization_recovered). C(tenant) and C(connection) say about what. No event holds a
    property or a secret.
  - Nothing is ever written to a tenant. Who made a change, Qlik doesn't say.
options:
  tenant_url:
    description: The tenant to watch, if it is one. Else E(QLIK_TENANT_URL).
    type: str
  access_token:
    description: An API key. Else E(QLIK_API_KEY).
    type: str
  client_id:
    description:
      - The id of an OAuth client. Where no way to sign in is given, the environment's is used, such as
        E(QLIK_CLIENT_ID); half a client is never completed with half of another, as modules do.
    type: str
  client_secret:
    description: Its secret. With E(QLIK_CLIENT_ID) it is E(QLIK_CLIENT_SECRET).
    type: str
  context:
    description: A context of Qlik's command line tool. Else E(QLIK_CONTEXT).
    type: str
  tenants:
    description:
      - The tenants to watch, if they are several, each with a O(tenant_url) of its own, a C(name) for events, and a
        whole way to sign in of its own where it isn't the client above, or that of the environment. An API key or a
        context is of one tenant, and is given with it.
    type: list
    elements: dict
  organization:
    description:
      - Watch the tenants of an organization instead, and which of them come and go. A dictionary with C(client_id),
        C(client_secret), C(organization_url), C(subscriptions), C(regions), C(countries), C(statuses), C(filter),
        C(allowed_domains) and C(hostname), which mean what they do in the inventory plugin
        C(qlikops.cloud.qlik_tenants); so C(statuses) are C([active]) if left out. The client may also be in
        E(QLIK_ORGANIZATION_CLIENT_ID) and E(QLIK_ORGANIZATION_CLIENT_SECRET). Tenants are signed in to with
        O(clients), or with O(client_id) and O(client_secret); never with an API key or a context, which belong to one
        tenant. One of them must be given.
    type: dict
  clients:
    description: The OAuth clients of regions, by the region's code, each with both C(client_id) and C(client_secret).
    type: dict
  interval:
    description: Seconds from one look at a tenant to the next. One request each.
    type: float
    default: 300
  compare_interval:
    description: Seconds from one list of all connections to the next. One request for each hundred connections.
    type: float
    default: 3600
  overlap:
    description: How many seconds before the newest change a look begins. What was seen before is no event.
    type: float
    default: 120
  poll_seconds:
    description: How many seconds one look at one tenant may take. Then it has failed.
    type: float
    default: 120
  parallel:
    description: How many tenants are asked at the same time.
    type: int
    default: 8
  state_dir:
    description:
      - A folder to keep what was seen, so that a restart finds what changed meanwhile. Without it, the first look after
        a start only learns what is there. The files hold no secret, and only their user may read them.
    type: str
  validate_certs:
    description: As in the modules.
    type: bool
    default: true
  ca_path:
    description: As in the modules.
    type: str
  timeout:
    description: How many seconds one request may take.
    type: int
    default: 30
"""

EXAMPLES = r"""
- qlikops.cloud.qlik_connections:
    tenant_url: https://acme.eu.qlikcloud.com
    client_id: "{{ qlik_client_id }}"
    client_secret: "{{ qlik_client_secret }}"
    state_dir: /var/lib/eda/qlik

- qlikops.cloud.qlik_connections:
    organization:
      subscriptions: [65f0c1d2e3b4a5968778695a]
      regions: [eu, us]
    clients:
      eu:
        client_id: "{{ qlik_client_id_eu }}"
        client_secret: "{{ qlik_client_secret_eu }}"
      us:
        client_id: "{{ qlik_client_id_us }}"
        client_secret: "{{ qlik_client_secret_us }}"
"""

# ansible-rulebook runs this file without Ansible's own importer: the folder that holds ansible_collections.
_COLLECTIONS = str(Path(__file__).resolve().parents[7])


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Put events into the queue until this is cancelled."""
    if _COLLECTIONS not in sys.path:
        sys.path.append(_COLLECTIONS)
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import fleet, options

    await fleet.FleetWatch(queue, options.read_options(args)).run()
