# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What credentials a Qlik Cloud tenant holds, as far as Qlik tells."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_credential_info
short_description: Read one credential of a Qlik Cloud tenant, or those that no connection uses
version_added: 0.1.0
description:
  - Returns one credential, or all that no connection uses. User names and passwords are never among what Qlik returns.
  - Qlik has no list of all credentials. RV(qlikops.cloud.qlik_data_connection_info#module:connections[].credentials_id)
    gives the ids of those that connections use.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.info
options:
  name:
    description:
      - Only the credential of this name, compared exactly. One of this, O(id) and O(orphans=true) is needed.
      - If several have the name, Qlik chooses one.
    type: str
    aliases: [qName]
  id:
    description:
      - Only the credential of this id.
    type: str
    aliases: [qID]
  orphans:
    description:
      - Whether to return the credentials that no connection uses. O(owner) says whose.
      - Qlik counts this request among those that write when it limits how many may be sent. It is sent in check mode
        too, since it only reads.
    type: bool
    default: false
  data_source:
    description:
      - With O(orphans=true), only those for this data source, given by its id, or by its display name if that is
        unambiguous. The task fails if the tenant has no such source.
    type: str
    aliases: [data_source_id, dataSourceId, datasourceID]
  separated:
    description:
      - With O(orphans=true), only those that were made to be used by several connections (V(true)), or only those that
        belonged to one connection (V(false)). If left out, both.
    type: bool
  owner:
    description:
      - With O(orphans=true), whose credentials to return, by e-mail address or user id. If left out, the caller's own.
      - With V(any), those of all users, as far as the caller may see them. An administrator sees everybody's.
    type: str
    version_added: 1.0.0
seealso:
  - module: qlikops.cloud.qlik_data_credential
  - name: Data credentials in Qlik's API reference
    description: The operations, fields and errors of the API behind this module.
    link: https://qlik.dev/apis/rest/data-credentials/
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Look for credentials that are left over
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      client_id: 9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e
      client_secret: "{{ vault_qlik_client_secret }}"
  block:
    - name: Find those that no connection uses
      qlikops.cloud.qlik_data_credential_info:
        orphans: true
      register: unused

    - name: Show their names
      ansible.builtin.debug:
        msg: "{{ unused.credentials | map(attribute='name') }}"

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: See how many connections share a credential
  qlikops.cloud.qlik_data_credential_info:
    name: warehouse reader
  register: found

- name: Insist that it is there
  ansible.builtin.assert:
    that: found.credentials | length == 1

- name: Find what is left over of PostgreSQL connections
  qlikops.cloud.qlik_data_credential_info:
    orphans: true
    data_source: postgres
    separated: true
"""

RETURN = r"""
credentials:
  description:
    - The credentials, ordered by data source, name and id. Empty if there is none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the credential, as RV(qlikops.cloud.qlik_data_connection#module:connection.credentials_id)
        gives it.
      type: str
      sample: 0f4fd2b1-7a0c-4f52-9d0e-0c2c5a3b9f11
    name:
      description: The name of the credential.
      type: str
      sample: warehouse reader
    type:
      description: The connector that it is for.
      type: str
      sample: QvOdbcConnectorPackage.exe
    data_source:
      description: The id of the data source that it is for. May be empty.
      type: str
      sample: postgres
    connections:
      description: How many connections use it. Null if Qlik doesn't say.
      type: int
      sample: 0
    separated:
      description:
        - Whether it was made to be used by several connections. Otherwise it is embedded, that is, it belongs to one
          connection.
        - Null if Qlik doesn't say.
      type: bool
      sample: true
    created:
      description: When it was created.
      type: str
      sample: "2026-03-02T09:14:07.311Z"
    updated:
      description: When it was last changed.
      type: str
      sample: "2026-03-02T09:14:07.311Z"
    owner_id:
      description: The id of the user whose it is. Empty where Qlik doesn't say, as of a credential that is read by name
        or id.
      version_added: 1.0.0
      type: str
      sample: 654f1c2e9a0b4c3d2e1f0a9b
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 1
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_credential_info_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_credential_info
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_credential_info_spec(), supports_check_mode=True)
    module.run(data_credential_info.run)


if __name__ == "__main__":
    main()
