# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch of one data source of a Qlik Cloud tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_source
short_description: Manage whether a data source of a Qlik Cloud tenant is enabled
version_added: 0.1.0
description:
  - Says whether a tenant offers a data source. The switch is for the tenant as a whole, that is, for all spaces and
    users.
  - Nobody can create connections of a disabled source, and its connections vanish from Qlik's lists. They are not
    deleted. Enabling the source brings them back.
  - Only an administrator of the tenant may do this.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.write
attributes:
  idempotent:
    support: full
options:
  data_source:
    description:
      - The data source, given by its id or its display name. The task fails if the tenant doesn't know it, or if the
        name belongs to several.
      - M(qlikops.cloud.qlik_data_source_info) lists them, with
        O(qlikops.cloud.qlik_data_source_info#module:include_disabled=true) the disabled ones too.
    type: str
    required: true
    aliases: [data_source_id, dataSourceId, datasourceID]
  enabled:
    description:
      - Whether the tenant offers the data source.
      - If it gets disabled while the caller can see connections of it, a warning says how many.
    type: bool
    required: true
seealso:
  - module: qlikops.cloud.qlik_data_source_info
  - name: Data sources in Qlik's API reference
    description: The operations, fields and errors of the API behind this module.
    link: https://qlik.dev/apis/rest/data-sources/
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Decide which data sources a tenant offers
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      client_id: 9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e
      client_secret: "{{ vault_qlik_client_secret }}"
  block:
    - name: Offer no FTP and no local files
      qlikops.cloud.qlik_data_source:
        data_source: "{{ item }}"
        enabled: false
      loop:
        - File_FileTransferConnector
        - DG_File_local

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: Offer Snowflake
  qlikops.cloud.qlik_data_source:
    data_source: snowflake
    enabled: true

- name: See which connections would be affected before a source is disabled
  qlikops.cloud.qlik_data_connection_info:
    data_source: teradata
  register: affected
"""

RETURN = r"""
data_source:
  description: The data source after the task. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    id:
      description: The id of the data source.
      type: str
      sample: snowflake
    name:
      description: The display name.
      type: str
      sample: Snowflake
    enabled:
      description: Whether the tenant offers it.
      type: bool
      sample: true
action:
  description:
    - What was done, or would be done in check mode.
    - One of V(update), V(none).
  returned: success
  type: str
  sample: update
changes:
  description: What changed, a line each.
  returned: success
  type: list
  elements: str
  sample: ["enabled: false -> true"]
diff:
  description: The data source before and after.
  returned: success
  type: dict
  contains:
    before:
      description: As it was.
      type: dict
      sample: {id: snowflake, name: Snowflake, enabled: false}
    after:
      description: As it is, or would be in check mode.
      type: dict
      sample: {id: snowflake, name: Snowflake, enabled: true}
    before_header:
      description: Tenant and data source.
      type: str
      sample: "acme.eu.qlikcloud.com: data source 'snowflake'"
    after_header:
      description: The same.
      type: str
      sample: "acme.eu.qlikcloud.com: data source 'snowflake'"
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
      description: Requests that write, repetitions not counted. Always 0 in check mode.
      type: int
      sample: 1
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_source_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_source
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_source_spec(), supports_check_mode=True)
    module.run(data_source.run)


if __name__ == "__main__":
    main()
