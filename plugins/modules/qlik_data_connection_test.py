# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether data connections of a Qlik Cloud tenant connect."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_connection_test
short_description: Read whether data connections of a Qlik Cloud tenant work
version_added: 1.0.0
description:
  - Tries data connections as an app would use them, and says which don't connect. Qlik Cloud has no request that tests
    one, so this module runs load scripts in an app of its own. The app lies in the caller's personal space unless
    O(app_space) is given, and is removed at the end. What a run that was killed left, the caller's next one removes.
  - Nothing of the data is loaded. A database is asked for one row that holds nothing of its tables, where such a
    statement is known; of files one is looked for; a REST connection sends its own request once, and only if that is
    a GET.
  - A connection counts as failed only when the number of an error says so. What that can't be told of is unknown, with
    the reason, such as connections in personal spaces of others, sources of data integration, and names that hold
    C($(\)), which no script can name safely.
  - A source that doesn't answer is given up after O(test_timeout) seconds, and doesn't hold the others.
  - It tries the credentials of its caller. Where each user brings credentials of their own, it says nothing of others.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
options:
  name:
    description:
      - Only connections of this name, compared exactly.
    type: str
    aliases: [qName, connectionName]
  id:
    description:
      - Only the connection of this id. The list is empty if there is none. O(space) is not looked at then.
    type: str
  space:
    description:
      - Only connections of this space, given by name or id. The task fails if there is no such space.
      - An empty text is the caller's own personal space.
    type: str
    aliases: [spaceId, space_id]
  data_source:
    description:
      - Only connections of this data source, given by its id, or by its display name if that is unambiguous. The task
        fails if the tenant has no such source.
    type: str
    aliases: [data_source_id, dataSourceId, datasourceID]
  tags:
    description:
      - Only connections that have all of these tags. Qlik's and this collection's own tags count as well.
    type: list
    elements: str
  owner:
    description:
      - Only connections of this user, given by id or e-mail address. The task fails if the tenant has no such user.
    type: str
  managed:
    description:
      - Whether only connections with the tag of this collection (V(yes)), only those without (V(no)), or both (V(any))
        are tried.
    type: str
    choices: ["yes", "no", "any"]
    default: any
  connections:
    description:
      - Only these connections, each as C(Space:Name), C(:Name) for one in the caller's personal space, C(Name) for all
        of this name, or an id. The task fails if one of them isn't there, or the other options leave it out.
    type: list
    elements: str
  statements:
    description:
      - The statement to run after the connection is opened, by the id of a data source, or by C(Space:Name) for one
        connection (C(:Name) in the personal space). That of a connection is preferred.
      - It must be one C(SELECT) without comments, of 4000 characters at most, for a source that isn't known, or one for
        which a cheaper statement exists. An empty text only opens the connection.
      - Whatever it selects is loaded into the app, which is removed afterwards. So let it give one row.
    type: dict
    default: {}
  app_space:
    description:
      - The space, by name or id, in which the app is made. Needed for a caller that has no personal space for apps.
      - Connections of the caller's personal space can't be tried from there, and are unknown.
    type: str
  test_timeout:
    description:
      - For how many seconds a connection may not answer. One that doesn't is tried once more, alone, before it counts
        as failed.
    type: int
    default: 60
  per_reload:
    description:
      - How many connections are tried in one reload, at most.
    type: int
    default: 50
  fail_on:
    description:
      - When the task fails. V(failed) is when a connection doesn't connect, V(unknown) also when that could not be told
        of one, V(never) only when nothing could be tried because of the options.
      - Unless it is V(never), the task also fails when the tenant doesn't let the caller run a script.
    type: str
    choices: [failed, unknown, never]
    default: failed
attributes:
  check_mode:
    support: full
    details:
      - In check mode no app is made and nothing is tried. RV(tests) says which connections would be.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing that stays.
  idempotent:
    support: full
    details:
      - This module changes nothing that stays.
seealso:
  - module: qlikops.cloud.qlik_data_connection_info
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Look whether connections work
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      access_token: "{{ vault_qlik_api_key }}"
  block:
    - name: Try all connections of a space
      qlikops.cloud.qlik_data_connection_test:
        space: Sales

    - name: Try two connections, one of them by a statement that costs nothing there
      qlikops.cloud.qlik_data_connection_test:
        connections: ["Sales:Orders", "Finance:Ledger"]
        statements:
          "Finance:Ledger": SELECT 1 AS x FROM tiny_table

# The task below is signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: Find out which managed connections are dead, without failing
  qlikops.cloud.qlik_data_connection_test:
    managed: "yes"
    fail_on: never
  register: found

- name: Show them
  ansible.builtin.debug:
    msg: "{{ found.tests | selectattr('works', 'eq', false) | map(attribute='name') }}"
"""

RETURN = r"""
tests:
  description: What was found of each connection, ordered by space and name.
  returned: success, and failure because of what was found
  type: list
  elements: dict
  contains:
    name:
      description: The name of the connection.
      type: str
      sample: Orders
    space:
      description: The name of its space. Empty for a personal space.
      type: str
      sample: Sales
    id:
      description: The id of the connection.
      type: str
      sample: 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11
    data_source:
      description: The id of its data source.
      type: str
      sample: postgres
    works:
      description: Whether it works. None if that could not be told, and in check mode.
      type: bool
      sample: false
    seconds:
      description: How long it took, by the times in Qlik's log. None if it has none, or nothing was tried.
      type: float
      sample: 1.4
    message:
      description:
        - Why it doesn't work, or why that could not be told. Empty for one that works.
        - It is what Qlik's connector said, on one line. Whatever may be secret in it is masked.
      type: str
      sample: "FATAL: password authentication failed for user \"app\" (Qlik's error 11043)"
summary:
  description: How many there are of each.
  returned: success, and failure because of what was found
  type: dict
  contains:
    works:
      description: Connections that work.
      type: int
      sample: 41
    failed:
      description: Connections that don't.
      type: int
      sample: 1
    unknown:
      description: Connections of which it could not be told.
      type: int
      sample: 0
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 14
    writes:
      description: Requests that write, to the app in which connections are tried. 0 in check mode.
      type: int
      sample: 4
    retries:
      description: Repetitions, because of rate limits, an ended token, or a passing error.
      type: int
      sample: 0
    waited_seconds:
      description: How long the task waited in all before repeating requests or because of rate limits.
      type: float
      sample: 0.0
    seconds:
      description: How long the task took on this tenant.
      type: float
      sample: 21.4
"""

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connection_test_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connection_test
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_connection_test_spec(), supports_check_mode=True)
    module.run(data_connection_test.run)


if __name__ == "__main__":
    main()
