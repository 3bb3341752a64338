# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Qlik Cloud tenant this is, and what the caller may do there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_tenant_info
short_description: Read which Qlik Cloud tenant this is, who is calling, and which rights are missing
version_added: 0.1.0
description:
  - Returns the tenant, the user that the credentials belong to, the roles of this user, and which of the rights that
    this collection needs are missing.
  - Use it as a check before a run, since it shows whether address, credentials and rights are what you think they are.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.info
seealso:
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Check all tenants before a change
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: "{{ qlik_tenant_url }}"
      client_id: "{{ qlik_client_id }}"
      client_secret: "{{ qlik_client_secret }}"
  block:
    - name: Ask who and where we are
      qlikops.cloud.qlik_tenant_info:
      register: here

    - name: Stop where a right is missing
      ansible.builtin.assert:
        that: here.missing_rights == []
        fail_msg: "{{ here.user.name }} lacks on {{ here.tenant.name }}: {{ here.missing_rights | join(', ') }}"

# The task below brings its own credentials.

- name: Try a context of Qlik's command line tool
  qlikops.cloud.qlik_tenant_info:
    context: acme-test
"""

RETURN = r"""
tenant:
  description: The tenant.
  returned: success
  type: dict
  contains:
    id:
      description: The id of the tenant.
      type: str
      sample: xqFQ0k34vSR0d9G7J-vZtHZQkiYrCqc8
    name:
      description: The name of the tenant.
      type: str
      sample: acme
    hostnames:
      description: The host names of the tenant. The first one is the one that Qlik shows.
      type: list
      elements: str
      sample: [acme.eu.qlikcloud.com, xqfq0k34vsr0d9g.eu.qlikcloud.com]
    region:
      description: The region of the tenant.
      type: str
      sample: eu
    datacenter:
      description: The data center of the tenant.
      type: str
      sample: eu-west-1
    status:
      description: The status of the tenant.
      type: str
      sample: active
    created:
      description: When the tenant was created.
      type: str
      sample: "2024-02-06T10:11:12.131Z"
user:
  description: The user that the credentials belong to.
  returned: success
  type: dict
  contains:
    id:
      description: The id of the user.
      type: str
      sample: 655b0c7b2d1f4e0a9c3d8e71
    name:
      description: The name of the user.
      type: str
      sample: provisioning
    email:
      description: The e-mail address of the user. Empty for a bot.
      type: str
      sample: ""
    subject:
      description: The subject of the user.
      type: str
      sample: qlikbot\0123456789abcdef0123456789abcdef
    status:
      description: The status of the user.
      type: str
      sample: active
    is_bot:
      description: Whether the user is the bot of an OAuth client.
      type: bool
      sample: true
roles:
  description: The names of the user's roles.
  returned: success
  type: list
  elements: str
  sample: [TenantAdmin]
rights:
  description:
    - The rights that this collection needs. Reading is tried out. Administering is known by the roles, and a bot counts
      as an administrator.
  returned: success
  type: dict
  contains:
    read_data_connections:
      description: Whether the user can list data connections.
      type: bool
      sample: true
    read_data_sources:
      description: Whether the user can list data sources.
      type: bool
      sample: true
    read_spaces:
      description: Whether the user can list spaces.
      type: bool
      sample: true
    administer_spaces_and_owners:
      description: Whether the user has the role V(TenantAdmin), V(AnalyticsAdmin) or V(DataAdmin), or is a bot.
      type: bool
      sample: true
missing_rights:
  description: The names of those RV(rights) that the user doesn't have.
  returned: success
  type: list
  elements: str
  sample: []
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 5
    writes:
      description: Requests that write. Always 0.
      type: int
      sample: 0
    retries:
      description: Repetitions, because of rate limits, an ended token, or a temporary error.
      type: int
      sample: 0
    waited_seconds:
      description: How long the task waited in all before repeating requests or because of rate limits.
      type: float
      sample: 0.0
    seconds:
      description: How long the task took on this tenant.
      type: float
      sample: 0.8
"""

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import tenant_info_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import tenant_info
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=tenant_info_spec(), supports_check_mode=True)
    module.run(tenant_info.run)


if __name__ == "__main__":
    main()
