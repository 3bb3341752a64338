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
      - V(absent) removes it if it is empty, and fails otherwise. Its members go with it. O(type), O(description),
        O(owner) and O(members) don't matter then.
    type: str
    choices: [present, absent]
    default: present
  members:
    description:
      - Who may use the space, and how. If left out, members are neither read nor touched.
      - Those who are named hold exactly the roles that they are given. What becomes of others, O(members_mode) says.
      - Without the role C(dataconsumer) or more, a member can't use the connections of the space.
      - The owner of a space holds every role and is no member. An owner who is named all the same is warned of.
      - Unknown users and groups are errors, and so is a role that the space doesn't take. All of them are named before
        anything is written.
      - A run after which the caller could not change the members any more is refused before it writes anything.
    type: list
    elements: dict
    version_added: 1.0.0
    suboptions:
      user:
        description:
          - The e-mail address of a user, compared without regard to case, or the user's id.
          - Exactly one of O(members[].user), O(members[].group) and O(members[].bot) is needed.
        type: str
      group:
        description:
          - The name of a group, compared exactly, or its id. The built-in group of all users is called C(Everyone).
        type: str
      bot:
        description:
          - The id of the bot of an OAuth client.
        type: str
      roles:
        description:
          - The roles that the member is to hold, all of them. At least one is needed, unless the member is to be
            absent.
          - A shared space takes C(codeveloper), C(consumer), C(dataconsumer), C(facilitator) and C(producer); a managed
            space C(basicconsumer), C(consumer), C(contributor), C(dataconsumer), C(facilitator) and C(publisher); a
            data space C(consumer), C(dataconsumer), C(datapreview), C(facilitator), C(operator), C(producer) and
            C(publisher). A space that says which roles it takes is believed.
        type: list
        elements: str
      state:
        description:
          - Whether this is to be a member. For V(absent), O(members[].roles) doesn't matter.
        type: str
        choices: [present, absent]
        default: present
  members_mode:
    description:
      - What becomes of members whom O(members) doesn't name.
      - V(merge) leaves them as they are. V(exact) removes them, but for the owner; it needs O(members), of which an
        empty list removes all.
      - With V(exact), the caller has to be named if it is a member; else the run is refused.
    type: str
    choices: [merge, exact]
    default: merge
    version_added: 1.0.0
  max_member_removals:
    description:
      - How many members of the space O(members_mode=exact) may remove. More stop the task before anything is written.
    type: int
    default: 10
    version_added: 1.0.0
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

- name: A space that a group may load from, and two people may fill
  qlikops.cloud.qlik_space:
    name: Sales
    members:
      - group: Analysts
        roles: [dataconsumer]
      - user: jo@example.com
        roles: [producer]
      - user: kim@example.com
        roles: [producer]

- name: The same people, and nobody else
  qlikops.cloud.qlik_space:
    name: Finance
    members_mode: exact
    max_member_removals: 3
    members:
      - group: Finance
        roles: [dataconsumer]
      - bot: 655b0c7b2d1f4e0a9c3d8e71
        roles: [facilitator]

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
    members:
      description:
        - All members of the space, each with C(user), C(group) or C(bot), which holds a name as far as that is known
          and else the id, with C(roles), and with C(id). Only if O(members) declares any.
      version_added: 1.0.0
      type: list
      elements: dict
      sample: [{group: Analysts, roles: [dataconsumer], id: 66f0d5a1b2c3d4e5f6a7b8c9}]
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
