# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One credential of a Qlik Cloud tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_credential
short_description: Manage a credential of a Qlik Cloud tenant
version_added: 0.1.0
description:
  - A credential is the user name and password with which connections sign in at their data source. Several connections
    can share one.
  - This module renames an existing credential, sends it another user name or password, or removes it.
  - It can't create any. Qlik only makes a credential together with a connection. See
    M(qlikops.cloud.qlik_data_connection).
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.write
attributes:
  idempotent:
    support: partial
    details:
      - With O(rotate=true), user name and password are sent each time, and the task reports a change.
options:
  name:
    description:
      - The name of the credential, compared exactly. Either this or O(id) is needed.
      - Qlik looks it up among the credentials that the caller can see. If several have the name, Qlik chooses one. Give
        the O(id) then.
    type: str
    aliases: [qName]
  id:
    description:
      - The id of the credential.
    type: str
    aliases: [qID]
  new_name:
    description:
      - The name that the credential is to have.
      - If no credential is called O(name) any more and one has this name, it was renamed before. Nothing is done, and
        the rest of the task is about that one.
      - The task fails if another credential already has this name.
      - Can't be given with O(state=absent).
    type: str
  username:
    description:
      - The user name to send with O(rotate=true). Without that it isn't sent. Qlik doesn't return it, so it is not
        compared either.
    type: str
    aliases: [qUsername]
  password:
    description:
      - The password to send with O(rotate=true). Without that it isn't sent. Qlik doesn't return it, so it is not
        compared either.
      - It is sent as it stands. For credentials that hold anything else than a password, such as a key, a file or an
        encrypted header, use O(qlikops.cloud.qlik_data_connection#module:secrets) of one of the connections.
    type: str
    aliases: [qPassword]
  rotate:
    description:
      - Whether O(username) and O(password) are sent, those of the two that are given and not empty.
      - Nobody can find out whether Qlik holds the same ones already. With V(true) they are sent with every run, which
        then always reports a change. With V(false) they are never sent, so that a password that was replaced in the
        meantime isn't reverted.
      - A connection has tags, in which O(qlikops.cloud.qlik_data_connection#module:update_secrets) remembers what was
        sent. A credential has none. Set this for the run that rotates only.
    type: bool
    default: false
  state:
    description:
      - V(present) changes the credential, and fails if it isn't there.
      - V(absent) removes it. O(username), O(password) and O(rotate) don't matter then. Removing can't be undone.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Whether O(state=absent) also removes a credential that connections use. They are left without credentials.
    type: bool
    default: false
  orphaned:
    description:
      - Whether only a credential that no connection uses is touched. With V(true) nothing is done to one that is in
        use, or of which Qlik doesn't say whether it is, and the task doesn't fail for it.
      - Contradicts O(force=true).
    type: bool
    default: false
seealso:
  - module: qlikops.cloud.qlik_data_credential_info
  - module: qlikops.cloud.qlik_data_connection
  - name: Data credentials in Qlik's API reference
    description: The operations, fields and errors of the API behind this module.
    link: https://qlik.dev/apis/rest/data-credentials/
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Rotate a password that several connections share
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      client_id: 9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e
      client_secret: "{{ vault_qlik_client_secret }}"
  block:
    - name: Send the new password
      qlikops.cloud.qlik_data_credential:
        name: warehouse reader
        username: qlik_reader
        password: "{{ vault_warehouse_password }}"
        rotate: true

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: Keep user name and password in the task, and send them when -e rotate=true says so
  qlikops.cloud.qlik_data_credential:
    name: warehouse reader
    username: qlik_reader
    password: "{{ vault_warehouse_password }}"
    rotate: "{{ rotate | default(false) }}"

- name: Rename a credential
  qlikops.cloud.qlik_data_credential:
    name: svc_1
    new_name: warehouse reader

- name: Find shared credentials that no connection uses any more
  qlikops.cloud.qlik_data_credential_info:
    orphans: true
    separated: true
  register: unused

- name: Remove them, unless a connection has come to use one
  qlikops.cloud.qlik_data_credential:
    id: "{{ item.id }}"
    state: absent
    orphaned: true
  loop: "{{ unused.credentials }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
credential:
  description:
    - The credential after the task, without user name and password. In check mode, as it would be.
    - After a removal, the credential that was removed. Empty if there was none.
  returned: success
  type: dict
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
      sample: 3
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
action:
  description:
    - What was done, or would be done in check mode.
    - One of V(update), V(delete), V(none).
  returned: success
  type: str
  sample: update
changes:
  description: What changed, a line each.
  returned: success
  type: list
  elements: str
  sample: ["name: svc_1 -> warehouse reader", "password: sent, because of rotate"]
diff:
  description: The credential before and after. User name and password are masked.
  returned: success
  type: dict
  contains:
    before:
      description: As it was, or an empty text if it was not there.
      type: raw
      sample:
        id: 0f4fd2b1-7a0c-4f52-9d0e-0c2c5a3b9f11
        name: svc_1
        type: QvOdbcConnectorPackage.exe
        data_source: postgres
        connections: 3
        separated: true
        created: "2026-03-02T09:14:07.311Z"
        password: "********"
    after:
      description: As it is, or would be in check mode; an empty text if it is removed.
      type: raw
      sample:
        id: 0f4fd2b1-7a0c-4f52-9d0e-0c2c5a3b9f11
        name: warehouse reader
        type: QvOdbcConnectorPackage.exe
        data_source: postgres
        connections: 3
        separated: true
        created: "2026-03-02T09:14:07.311Z"
        password: "******** (new)"
    before_header:
      description: Tenant and credential.
      type: str
      sample: "acme.eu.qlikcloud.com: credential 'svc_1'"
    after_header:
      description: The same.
      type: str
      sample: "acme.eu.qlikcloud.com: credential 'svc_1'"
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_credential_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_credential_spec(), supports_check_mode=True)
    module.run(data_credential.run)


if __name__ == "__main__":
    main()
