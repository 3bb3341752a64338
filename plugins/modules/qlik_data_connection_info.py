# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What data connections a Qlik Cloud tenant holds."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_connection_info
short_description: Read data connections of a Qlik Cloud tenant
version_added: 0.1.0
description:
  - Returns the data connections that the caller can see, on request also as definitions for
    M(qlikops.cloud.qlik_data_connections).
  - Without options that narrow, all of them are returned. Several options narrow together.
  - Secrets are not returned, neither by Qlik nor by this module. Whatever may be secret in a connect statement or a URL
    is masked.
  - The connections that Qlik itself makes for the files of a space are left out.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.info
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
        are returned.
    type: str
    choices: ["yes", "no", "any"]
    default: any
  definitions:
    description:
      - Whether RV(definitions) is returned as well, with RV(definition_notes) and RV(definition_spaces). This needs one
        more request for each connection, and one for each data source.
    type: bool
    default: false
  members:
    description:
      - Whether RV(definition_spaces) also says who the members of the spaces are, users by e-mail address and groups by
        name, so that the same can be declared in another tenant. Bots, and users without an address, are left out, with
        a warning. This matters with O(definitions=true), and needs one more request for each space, and some for names.
    type: bool
    default: false
    version_added: 1.0.0
  harmless_names:
    description:
      - Names of headers, of parameters in a URL and of members inside other texts whose values hold nothing secret,
        whatever their letters' case. Their values are shown, and are part of RV(definitions).
      - Values of other names are masked, since any may be a key, unless the name is known to say only how to answer,
        such as C(Accept) or C(page).
    type: list
    elements: str
    version_added: 1.0.0
seealso:
  - module: qlikops.cloud.qlik_data_connection
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Look at a tenant
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      access_token: "{{ vault_qlik_api_key }}"
  block:
    - name: Read all connections of a space
      qlikops.cloud.qlik_data_connection_info:
        space: Sales
      register: sales

    - name: Show their names
      ansible.builtin.debug:
        msg: "{{ sales.connections | map(attribute='name') }}"

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: Find what this collection doesn't manage
  qlikops.cloud.qlik_data_connection_info:
    managed: "no"
  register: unmanaged

- name: Stop if there is any
  ansible.builtin.assert:
    that: unmanaged.connections | length == 0

- name: Find what a colleague who leaves owns
  qlikops.cloud.qlik_data_connection_info:
    owner: jo@example.com

- name: Read the Snowflake connections with a tag, as definitions
  qlikops.cloud.qlik_data_connection_info:
    data_source: snowflake
    tags: [nightly]
    definitions: true
  register: found

# Not with a template of your own: a file that Ansible reads as variables must mark all texts of a tenant as C(!unsafe).
- name: Write the definitions to a file
  qlikops.cloud.qlik_definitions_files:
    directory: snowflake
    hosts: "{{ ansible_play_hosts_all }}"
    variable: found
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
connections:
  description: The connections, ordered by space and name.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the connection.
      type: str
      sample: 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11
    name:
      description: The name of the connection.
      type: str
      sample: Orders
    space:
      description: The name of its space. Empty for a personal space.
      type: str
      sample: Sales
    space_id:
      description: The id of its space. Empty for a personal space.
      type: str
      sample: 641217b8a2b4eb5b4a4a8b2f
    data_source:
      description: The id of its data source.
      type: str
      sample: postgres
    type:
      description: The connector behind it.
      type: str
      sample: QvOdbcConnectorPackage.exe
    connect_statement:
      description: Its connect statement. Whatever may be secret in it is masked.
      type: str
      sample: CUSTOM CONNECT TO
        "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=db.example.com;port=5432;db=orders;"
    properties:
      description:
        - Its properties, Qlik's defaults included. Whatever may be secret is masked.
        - They can be given to M(qlikops.cloud.qlik_data_connection) as they are.
        - Qlik shows the user name only of a connection that is read by itself, so it is there with O(name), O(id) or
          O(definitions=true).
      type: dict
      sample: {driver: postgres, host: db.example.com, port: "5432", db: orders}
    credentials_id:
      description: The id of its credentials.
      type: str
      sample: 2f6d2b6c-0d1c-4a8e-8f0e-3c1d5a9b7e42
    separate_credentials:
      description: Whether each user brings credentials of their own.
      type: bool
      sample: false
    owner_id:
      description: The id of the user who owns it.
      type: str
      sample: 655b0c7b2d1f4e0a9c3d8e71
    tags:
      description: Its tags, without those of Qlik and of this collection.
      type: list
      elements: str
      sample: [nightly, sales]
    expires:
      description: The last day on which its secrets are good, as its tag tells. Empty if none tells it.
      type: str
      sample: "2027-01-31"
      version_added: 1.0.0
    managed:
      description: Whether it has this collection's tag.
      type: bool
      sample: true
    privileges:
      description: What the caller may do with it.
      type: list
      elements: str
      sample: [delete, list, read, update]
    created:
      description: When it was created.
      type: str
      sample: "2026-11-03T08:15:42.731Z"
    updated:
      description: When it was changed last.
      type: str
      sample: "2026-11-03T08:15:42.731Z"
    qri:
      description: Qlik's own name for what the connection leads to.
      type: str
      sample: qri:db:postgres://eGk3vZlQyT0
definitions:
  description:
    - The same connections as definitions for O(qlikops.cloud.qlik_data_connections#module:connections), in the same
      order. Applied to the same tenant they change no property; a connection that was unmanaged is adopted. With
      O(qlikops.cloud.qlik_data_connections#module:connections[].secrets) added they rebuild the connections elsewhere.
    - They hold the properties as they are, so that they can be applied. Look through them before you hand them on,
      since somebody may have put a key into a URL.
  returned: success and O(definitions=true)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the connection.
      type: str
      sample: Orders
    space:
      description: The name of its space. Missing for a personal space.
      type: str
      sample: Sales
    data_source:
      description: The id of its data source.
      type: str
      sample: postgres
    properties:
      description: Its properties, without those that are secret.
      type: dict
      sample: {host: db.example.com, port: "5432", db: orders, SSLMode: require}
    connect_statement:
      description: Its connect statement, masked. Only there in place of the properties, when these can't be told from
        the statement.
      type: str
    expires:
      description: The last day on which its secrets are good. Missing if no tag tells it.
      type: str
      sample: "2027-01-31"
      version_added: 1.0.0
    tags:
      description: Its tags, without those of Qlik and of this collection, and those that can't be declared. Missing if
        there are none.
      type: list
      elements: str
      sample: [nightly, sales]
definition_notes:
  description: What the definitions don't say, one note for each, in the same order.
  returned: success and O(definitions=true)
  type: list
  elements: dict
  contains:
    id:
      description: The id of the connection that the definition was made from.
      type: str
      sample: 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11
    managed:
      description: Whether it has this collection's tag. Applying the definition adopts one that doesn't.
      type: bool
      sample: true
    secrets:
      description:
        - What its data source can take that Qlik doesn't return, and what is secret by its name in the connection
          itself.
        - If each user brings credentials of their own, the former is left out.
      type: list
      elements: str
      sample: [password]
    left_out:
      description:
        - What Qlik holds and the definition doesn't, because Qlik doesn't show all of it or it holds a secret in the
          open.
        - V(connect_statement) if the statement can't be read, V(data_source) if the connection has none.
        - V(name) if no connection can be created by this name, since it holds a control character, or looks the same as
          that of another, and V(tags) if some of its tags can't be declared, since they are empty or too many.
      type: list
      elements: str
      sample: [queryHeaders]
    masked:
      description: What there is of the properties that were left out, with a mask in the place of what is secret or
        isn't shown.
      type: dict
      sample:
        url: https://api.example.com/v1?key=********&unit=metric
      version_added: 1.0.0
    unknown:
      description:
        - What Qlik shows and the specification of the data source doesn't list, such as what Qlik itself adds. The
          definition doesn't hold it, since nobody could declare it for a new connection.
      type: dict
      sample:
        Min_TLS: "1.2"
      version_added: 1.0.0
    credentials_id:
      description: The id of its separate credentials. Empty if it has none.
      type: str
      sample: ""
definition_spaces:
  description: The spaces of these connections, in the form of O(qlikops.cloud.qlik_data_connections#module:spaces).
  returned: success and O(definitions=true)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the space.
      type: str
      sample: Sales
    type:
      description: The type of the space.
      type: str
      sample: shared
    description:
      description: What the space is for.
      type: str
      sample: ""
    members:
      description: Who may use the space, with O(members).
      version_added: 1.0.0
      type: list
      elements: dict
      sample: [{user: jo@example.com, roles: [dataconsumer, producer]}, {group: Analysts, roles: [dataconsumer]}]
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connection_info_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connection_info
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_connection_info_spec(), supports_check_mode=True)
    module.run(data_connection_info.run)


if __name__ == "__main__":
    main()
