# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What data sources a Qlik Cloud tenant knows."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_source_info
short_description: Read the data sources of a Qlik Cloud tenant, their properties and gateways
version_added: 0.1.0
description:
  - Returns the data sources that a tenant offers for connections. On request also the properties that each one takes,
    and the gateways that it can use.
  - Use it to find out what belongs into O(qlikops.cloud.qlik_data_connection#module:data_source) and
    O(qlikops.cloud.qlik_data_connection#module:properties).
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.info
options:
  data_source:
    description:
      - Only this data source, given by its id or its display name. The task fails if the tenant doesn't know it, or if
        the name belongs to several.
      - A disabled one is an error too, unless O(include_disabled=true).
    type: str
    aliases: [data_source_id, dataSourceId, datasourceID]
  search:
    description:
      - Only data sources whose id or display name contains this, in capitals or not.
    type: str
  specs:
    description:
      - Whether the properties of each data source are returned. This needs one more request for each of them, so narrow
        the list first.
    type: bool
    default: false
  gateways:
    description:
      - Whether the gateways of each data source are returned. Only sources whose ids start with V(DG_) have any, those
        of the Direct Access gateway. This needs one more request for each of these.
    type: bool
    default: false
  include_disabled:
    description:
      - Whether data sources that an administrator has disabled are returned as well.
    type: bool
    default: false
seealso:
  - module: qlikops.cloud.qlik_data_connection
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Look at the data sources of a tenant
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      access_token: "{{ vault_qlik_api_key }}"
  block:
    - name: Find everything about Snowflake
      qlikops.cloud.qlik_data_source_info:
        search: snowflake
      register: found

    - name: Show ids and names
      ansible.builtin.debug:
        msg: "{{ found.data_sources | items2dict(key_name='id', value_name='name') }}"

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: Read which properties a PostgreSQL connection takes
  qlikops.cloud.qlik_data_source_info:
    data_source: postgres
    specs: true
  register: postgres

- name: Show their names, the secret ones apart
  ansible.builtin.debug:
    msg:
      properties: "{{ postgres.data_sources[0].properties | rejectattr('secret') | map(attribute='name') }}"
      secrets: "{{ postgres.data_sources[0].properties | selectattr('secret') | map(attribute='name') }}"

- name: Find the default gateway for SQL Server
  qlikops.cloud.qlik_data_source_info:
    data_source: DG_mssql
    gateways: true
  register: gateway_source

- name: Hold a connection through that gateway
  qlikops.cloud.qlik_data_connection:
    name: Inventory
    space: Sales
    data_source: DG_mssql
    properties:
      gatewayInstance: "{{ gateway_source.data_sources[0].gateways | selectattr('default') | map(attribute='id') | first
      }}"
      host: sql.internal.example.com
      database: inventory
      username: qlik_reader
    secrets:
      password: "{{ vault_inventory_password }}"
    secrets_version: "1"
"""

RETURN = r"""
data_sources:
  description: The data sources, ordered by id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id, as O(qlikops.cloud.qlik_data_connection#module:data_source) takes it.
      type: str
      sample: postgres
    name:
      description: The display name.
      type: str
      sample: PostgreSQL
    provider:
      description: The connector behind it.
      type: str
      sample: QvOdbcConnectorPackage.exe
    type:
      description: The kind of source, as Qlik calls it. May be empty.
      type: str
      sample: postgres
    disabled:
      description: Whether an administrator has disabled it.
      type: bool
      sample: false
    capabilities:
      description: What connections of this source can be used for.
      type: list
      elements: str
      sample: []
    properties:
      description:
        - The properties that a connection of this source takes. Empty when the tenant tells none, as for a disabled
          source.
      returned: O(specs=true)
      type: list
      elements: dict
      contains:
        name:
          description: The name of the property.
          type: str
          sample: SSLMode
        type:
          description: The type of its value, such as V(string), V(integer), V(boolean) or V(array) (files or lists of
            the REST connector).
          type: str
          sample: string
        default:
          description: What Qlik takes if it is left out. Null if there is no default.
          type: raw
          sample: prefer
        enum:
          description: The values that it may have. Empty if any.
          type: list
          elements: raw
          sample: [disable, allow, prefer, require, verify-ca, verify-full]
        description:
          description: Qlik's description. May be empty.
          type: str
          sample: ""
        secret:
          description:
            - Whether it is treated as a secret. Qlik doesn't mark secrets, so the name decides.
          type: bool
          sample: false
    gateways:
      description: The gateways that connections of this source can use.
      returned: O(gateways=true)
      type: list
      elements: dict
      contains:
        id:
          description: The id, which belongs into the property C(gatewayInstance).
          type: str
          sample: 3f0b8a52-6a0e-4b43-8d3b-5a9d4c2b7e10::3f0b8a52-6a0e-4b43-8d3b-5a9d4c2b7e10
        name:
          description: The name of the gateway.
          type: str
          sample: Frankfurt
        default:
          description: Whether it is the default gateway.
          type: bool
          sample: true
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 2
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_source_info_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_source_info
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_source_info_spec(), supports_check_mode=True)
    module.run(data_source_info.run)


if __name__ == "__main__":
    main()
