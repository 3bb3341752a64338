# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One space of a Qlik Cloud tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_space
short_description: Manage a space of a Qlik Cloud tenant
version_added: 0.1.0
description:
  - Makes one space of a tenant what the task says it is. What the task leaves out is not touched.
  - To hold spaces together with their connections, use O(qlikops.cloud.qlik_data_connections#module:spaces), which
    needs one task for all.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.write
attributes:
  idempotent:
    support: full
options:
  name:
    description:
      - The name of the space. It is compared exactly, and can't be changed by this module.
      - It has 1 to 256 characters, none of which is one of C(" * ? < > / | \ :).
    type: str
    required: true
  type:
    description:
      - The type of the space. Qlik can't change it later, so another one is an error.
      - If left out, a new space is shared, and one that is there keeps its type.
    type: str
    choices: [shared, managed, data]
  description:
    description:
      - The description. If left out, it is not touched. An empty text removes it.
    type: str
  owner:
    description:
      - The user who is to own the space, by id or e-mail address. If left out, the owner is not touched. A new space
        belongs to the caller.
    type: str
  state:
    description:
      - Whether the space is to be there.
      - V(absent) removes it if it is empty, and fails otherwise. O(type), O(description) and O(owner) don't matter
        then.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: qlikops.cloud.qlik_data_connections
  - name: Spaces in Qlik's API reference
    description: The operations, fields and errors of the API behind this module.
    link: https://qlik.dev/apis/rest/spaces/
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Hold the spaces of a tenant
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      client_id: 9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e
      client_secret: "{{ vault_qlik_client_secret }}"
  block:
    - name: A shared space
      qlikops.cloud.qlik_space:
        name: Sales
        description: What the sales apps load from

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: A data space, owned by a person
  qlikops.cloud.qlik_space:
    name: Landing
    type: data
    owner: jo@example.com

- name: Create a space and use its id
  qlikops.cloud.qlik_space:
    name: Finance
    type: managed
  register: finance

- name: Show the id
  ansible.builtin.debug:
    var: finance.space.id

- name: Remove an empty space
  qlikops.cloud.qlik_space:
    name: Sandbox
    state: absent
"""

RETURN = r"""
space:
  description:
    - The space after the task. In check mode, as it would be; the C(id) of one that would be created is empty then.
    - After a removal, the space that was removed. Empty if there was none.
  returned: success
  type: dict
  contains:
    id:
      description: The id of the space.
      type: str
      sample: 641217b8a2b4eb5b4a4a8b2f
    name:
      description: The name of the space.
      type: str
      sample: Sales
    type:
      description: The type of the space.
      type: str
      sample: shared
    description:
      description: The description of the space.
      type: str
      sample: What the sales apps load from
    owner_id:
      description: The id of the user who owns it.
      type: str
      sample: 655b0c7b2d1f4e0a9c3d8e71
action:
  description:
    - What was done, or would be done in check mode.
    - One of V(create), V(update), V(delete), V(none).
  returned: success
  type: str
  sample: update
changes:
  description: What changed, a line each.
  returned: success
  type: list
  elements: str
  sample: ["description: (not set) -> What the sales apps load from"]
diff:
  description: The space before and after.
  returned: success
  type: dict
  contains:
    before:
      description: As it was, or an empty text if it was not there.
      type: raw
      sample: {id: 641217b8a2b4eb5b4a4a8b2f, name: Sales, type: shared, description: "",
        owner_id: 655b0c7b2d1f4e0a9c3d8e71}
    after:
      description: As it is, or would be in check mode; an empty text if it is removed.
      type: raw
      sample:
        id: 641217b8a2b4eb5b4a4a8b2f
        name: Sales
        type: shared
        description: What the sales apps load from
        owner_id: 655b0c7b2d1f4e0a9c3d8e71
    before_header:
      description: Tenant and space.
      type: str
      sample: "acme.eu.qlikcloud.com: space 'Sales'"
    after_header:
      description: The same.
      type: str
      sample: "acme.eu.qlikcloud.com: space 'Sales'"
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import space_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import space
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=space_spec(), supports_check_mode=True)
    module.run(space.run)


if __name__ == "__main__":
    main()
