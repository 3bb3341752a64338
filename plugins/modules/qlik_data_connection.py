# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One data connection of a Qlik Cloud tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_connection
short_description: Manage a data connection of a Qlik Cloud tenant
version_added: 0.1.0
description:
  - Makes one data connection of a tenant what the task says it is.
  - What is declared is a subset. A property or tag that the task leaves out is not touched, and Qlik's own defaults are
    no difference.
  - Values are compared loosely across text, number and boolean, so V("443") equals V(443) and V("true") equals V(true).
  - What is written is checked first against the data source's own specification on this tenant. An unknown property, a
    wrong type or a value that the source doesn't offer is an error, and nothing is written.
  - Every connection that this collection writes gets the tag V(qlikops.cloud:managed). An existing connection of the
    same name in the same space is adopted. It is brought to the declared state and gets the tag, which counts as a
    change once.
  - For more than a few connections of a tenant use M(qlikops.cloud.qlik_data_connections), which needs one task for all
    of them.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
  - qlikops.cloud.attributes.write
attributes:
  idempotent:
    support: partial
    details:
      - With O(update_secrets=always) every run sends the secrets and reports a change.
options:
  name:
    description:
      - The name of the connection. Together with O(space) it says which connection is meant. It is compared exactly.
      - When a connection differs from O(name) by case or blanks only, the task fails instead of creating a second one
        beside it.
      - Required unless O(id) is given.
    type: str
    aliases: [qName, connectionName]
  id:
    description:
      - The id of an existing connection, instead of its name. With O(name) the connection is renamed, with O(space) it
        is moved.
      - The task fails when there is no such connection, unless O(state=absent).
    type: str
  space:
    description:
      - The name or id of the space that holds the connection. With O(state=present) it must exist;
        M(qlikops.cloud.qlik_space) makes one.
      - If left out, and O(id) is not given, the caller's personal space is meant. For an OAuth client this is the space
        of a bot user, which no person can see, so the module warns.
    type: str
    aliases: [spaceId, space_id]
  space_type:
    description:
      - The type of the space, as bodies of Qlik's documentation give it. It is compared with that of the space, and
        another one is an error.
    type: str
    choices: [personal, shared, managed, data]
    aliases: [spaceType]
    version_added: 1.0.0
  state:
    description:
      - Whether the connection is to be there. V(absent) removes it together with its own credentials, and can't be
        undone.
    type: str
    choices: [present, absent]
    default: present
  data_source:
    description:
      - The id of the data source, such as V(postgres), V(snowflake) or V(rest), or its display name when just one
        source has it. M(qlikops.cloud.qlik_data_source_info) lists them.
      - Needed to create a connection. Qlik can't change the data source of an existing one, so another one is an error,
        unless O(replace) says otherwise.
    type: str
    aliases: [data_source_id, dataSourceId, datasourceID]
  type:
    description:
      - Qlik's own word for the kind of the connection (C(qType)), as bodies of its documentation give it. It is
        compared with what the data source, or the connection that is there, says. Another one is an error.
    type: str
    aliases: [qType]
    version_added: 1.0.0
  properties:
    description:
      - The connection properties to hold, by the names that the data source gives them.
        M(qlikops.cloud.qlik_data_source_info) shows these. A property that is null counts as left out.
      - Secrets that somebody pasted here, with a body from Qlik's documentation for example, are recognised by their
        names and treated as if they stood in O(secrets).
      - A property that takes files is a list of items with C(name) and C(value), the value being the file in base64. It
        may also be an item with C(path), or a list of these. Such files are read on the controller and encoded. A
        relative path is looked for in C(files/) of the role or beside the playbook, and a file encrypted with Ansible
        Vault is decrypted.
      - Lists of the REST connector, such as C(queryHeaders), are lists of items with C(name), C(value) and C(encrypt).
        Their order doesn't matter. Qlik doesn't return the value of an item with C(encrypt) set to true, so it follows
        the rules for O(secrets).
      - The C(gatewayInstance) of a source that goes through a Direct Access gateway may be the gateway's name or id.
      - What M(qlikops.cloud.qlik_data_connection_info) returns as C(properties) can be given as it is. What only says
        which data source it is (C(provider), C(driver), C(sourceType)) is compared, not sent. A value that is masked
        there is an error here.
    type: dict
    aliases: [connectionProperties, connection_properties]
  secrets:
    description:
      - Properties that Qlik never returns, such as C(password), C(secretKey) or a key file. Files are given as in
        O(properties).
      - They are sent when the connection is created, and later as O(update_secrets) says. Otherwise they are not sent,
        so that the change of another property never brings back a password that somebody has replaced since.
      - With O(connect_statement) only C(qUsername) and C(qPassword), or C(username) and C(password), can be given.
      - No value of theirs appears in results, differences, warnings or errors.
    type: dict
  secrets_previous:
    description:
      - What was in the place of some of the O(secrets) before they were rotated, by the same names. A user name that
        belonged to them may stand here too, and a list with encrypted items as a whole.
      - A rotation that can be undone sends them again where the new ones don't connect, and then this is what the
        connection is kept at until other O(secrets) are declared.
      - They are never sent otherwise.
    type: dict
    version_added: 1.0.0
  update_secrets:
    description:
      - When to send the secrets of a connection that exists already.
      - V(on_change) sends them when they differ from those that were sent last. This needs O(fingerprint_key) or
        O(secrets_version). With neither the module warns, and does the same as V(on_create).
      - V(on_create) sends them when the connection is created only.
      - V(always) sends them with every run, which then always reports a change.
      - Whatever is chosen, they are sent when Qlik demands them (because the host, server, URL or connect statement
        changes), and when the user name or the encrypted list that they belong to changes.
    type: str
    choices: [on_change, on_create, always]
    default: on_change
  fingerprint_key:
    description:
      - A key of your own, 16 characters at least, best kept in Ansible Vault. It lets V(on_change) know whether secrets
        changed.
      - A keyed digest (HMAC-SHA256) of the secrets is kept in a tag of the connection, which starts with
        V(qlikops.cloud:secrets:). Everybody who can see the connection can see its tags; without the key the digest
        says nothing.
      - With another key, or after somebody renamed or moved the connection by hand, the secrets are sent once more.
      - An adopted connection gets the secrets once, since nobody can know which ones it holds.
    type: str
  secrets_version:
    description:
      - Your own word for the state of the secrets, such as V(2026-11) or a version number of your secret store. It lets
        V(on_change) know whether secrets changed, that is when the word changes. It takes precedence over
        O(fingerprint_key).
      - It is kept in a tag of the connection that everybody can read who can see the connection. Don't derive it from a
        secret.
    type: str
  expires:
    description:
      - The last day on which the secrets are good, such as V(2027-01-31), in UTC. A time is not taken.
      - It is kept in a tag of the connection, and is never sent as a property. P(qlikops.cloud.qlik_audit#role) lists
        what has expired, and what will.
      - A day that has passed is an error if the task would send the secrets, and a warning otherwise.
      - If left out, a day that is there stays until secrets are sent the next time.
    type: str
    version_added: 1.0.0
  expires_after:
    description:
      - How many days the secrets are good after they were sent, such as V(90d). The day is counted, in UTC, from the
        run that sends them. A run that sends none neither moves it nor sets one.
      - Whole days are taken, from V(1d) to V(36500d). Other units aren't.
      - Mutually exclusive with O(expires).
    type: str
    version_added: 1.0.0
  tags:
    description:
      - Tags to hold. Qlik keeps 31 at most, of which this collection uses one, and another one to remember the secrets.
      - Tags that start with V(DcaasAPI:) are Qlik's own, those that start with V(qlikops.cloud:) are this collection's.
        Both are kept in any case, and are ignored when given here.
    type: list
    elements: str
  tags_mode:
    description:
      - V(merge) adds O(tags) to those that the connection has.
      - V(exact) removes all others, with the exception of Qlik's and this collection's own.
    type: str
    choices: [merge, exact]
    default: merge
  previous_name:
    description:
      - A name that the connection had before. When it is found under this name, and not under O(name), it is renamed
        instead of created.
      - May stay in place when the renaming is done.
    type: str
  previous_space:
    description:
      - The name or id of the space where the connection was before. When it is found there, and not in O(space), it is
        moved instead of created. An empty text is the caller's personal space.
      - May stay in place when the move is done, also when that space is gone.
    type: str
  separate_credentials:
    description:
      - Whether each user of the connection brings credentials of their own, instead of all using those of the
        connection. If left out, it is not touched.
      - Turning it off needs declared secrets. The separate credentials stay as they are, for others that have them.
    type: bool
    aliases: [qSeparateCredentials]
  credentials:
    description:
      - The name or id of separate credentials, which implies O(separate_credentials=true). Existing ones are attached.
        When there are none of the name, they are created with the connection from the declared secrets.
      - A connection to which existing credentials are new sends declared secrets to them only with
        O(fingerprint_key) or O(secrets_version), and unless the fingerprint of another connection says that they hold
        them, or with O(update_secrets=always). Otherwise they are attached as they are, with a warning. To change
        credentials by themselves use M(qlikops.cloud.qlik_data_credential).
      - Of the encrypted items of a list, such as C(queryHeaders), a new connection that attaches existing credentials
        gets the names only; their values are sent to the credentials when secrets are.
      - When existing ones take the place of the connection's own while its host, server or URL changes, and when a
        O(connect_statement) changes, Qlik demands the secrets. They must be declared then.
      - A changed secret beside it is sent as O(update_secrets) says. It changes the credentials, for all connections
        that use them, so that the fingerprints of others in the same space are taken away first.
      - When the host, server or URL changes, Qlik detaches them. The caller's are attached again; other users have to
        choose theirs anew, of which the module warns.
    type: str
  auth_code:
    description:
      - The code that Qlik gave when a person signed in to the data source, for sources that sign in with OAuth. See
        O(auth_url_only).
      - It works once, so give it for the one run that creates the connection or renews its sign-in. That run always
        reports a change.
    type: str
  owner:
    description:
      - The user who is to own the connection, by id or e-mail address. If left out, the owner is not touched. A new
        connection belongs to the caller.
      - Changing the owner takes an administrator. Qlik doesn't hand the credentials on to the new owner. When the new
        owner is the caller, declared secrets are sent again; otherwise the module warns that the new owner has to enter
        them.
      - A connection in a personal space can't have another owner.
      - There is no option C(ownerId), since in a body that creates a connection Qlik means an app by it.
    type: str
    aliases: [owner_id]
  replace:
    description:
      - What to do about a connection of another data source, since Qlik can't turn one into the other.
      - V(never) fails, and says that a replacement is needed.
      - V(when_required) builds a new connection under the name C(NAME (becoming SOURCE)), removes the old one, and
        hands the name over. At any moment one of them works; a run that was cut off is finished by the next. The
        definition must declare the secrets. The id changes; load scripts that refer to the connection by name go on,
        what refers to it by id must be changed.
    type: str
    choices: [never, when_required]
    default: never
  auth_url_only:
    description:
      - Return the URL at which a person signs in to the data source, and change nothing. Open it in a browser, sign in,
        and give the code that it leads to as O(auth_code).
      - Only for sources that sign in with OAuth. In check mode the URL isn't asked for, because that takes a POST.
    type: bool
    default: false
    aliases: [authUrlOnly]
  connect_statement:
    description:
      - A raw statement of the form C(CUSTOM CONNECT TO "provider=…;key=value;…"), instead of O(properties).
      - Its pairs are compared as a subset too. An update writes the present statement with the declared pairs put in.
        The provider isn't compared, but an update writes the declared one, and tells it where it differs.
      - A property that stands in it more than once, with different values, is an error. Nobody can tell which one
        counts.
      - It must not hold secrets, since everybody who can see the connection can read its statement. They belong in
        O(secrets).
    type: str
    aliases: [qConnectStatement]
  username:
    description:
      - The user name beside O(connect_statement), as if C(qUsername) stood in O(secrets). An empty one counts as left
        out.
      - With O(properties) it is an error. There, the user name is one of the properties.
    type: str
    aliases: [qUsername]
    version_added: 1.0.0
  password:
    description:
      - The password beside O(connect_statement), as if C(qPassword) stood in O(secrets). An empty one counts as left
        out.
      - With O(properties) it is an error. There, the password is one of the secrets.
    type: str
    aliases: [qPassword]
    version_added: 1.0.0
  verify:
    description:
      - Which connections are tried once they are written, as M(qlikops.cloud.qlik_data_connection_test) does it. A
        connection that doesn't work fails the task, after everything was written and tried.
      - V(changed) are those that were created or replaced, or whose properties or secrets were sent, and those whose
        last trial didn't succeed. These keep a tag of this collection until one does. V(all) are all that are declared.
      - Nothing is tried in check mode.
    type: str
    choices: [never, changed, all]
    default: never
    version_added: 1.0.0
  verify_unknown:
    description:
      - What to do when it can't be told of a connection whether it works. V(warn) warns, V(fail) fails the task.
      - If left out, it is V(warn).
    type: str
    choices: [warn, fail]
    version_added: 1.0.0
  verify_statements:
    description:
      - The statements with which connections are tried, by data source or by C(Space:Name), as
        O(qlikops.cloud.qlik_data_connection_test#module:statements) has them. It is for sources like MongoDB, of which
        it can't be told otherwise whether a connection works.
      - Nothing is written if one of them can't be used.
    type: dict
    version_added: 1.0.0
  app_space:
    description:
      - The space, by name or id, of the app in which connections are tried. Needed for a caller that has no personal
        space for apps. Connections of the caller's personal space can't be tried from there.
    type: str
    version_added: 1.0.0
  send_refused:
    description:
      - Send secrets again that a rotation sent before, that didn't connect, and that were put back. Without it they
        aren't sent until others are declared, whatever O(update_secrets) says.
    type: bool
    default: false
    version_added: 1.0.0
  harmless_names:
    description:
      - Names of headers, of parameters in a URL and of members inside other texts whose values hold nothing secret,
        whatever their letters' case. Their values are shown in differences, results and reports.
      - Values of other names are masked, since any may be a key, unless the name is known to say only how to answer,
        such as C(Accept) or C(page).
    type: list
    elements: str
    version_added: 1.0.0
notes:
  - Qlik lets only the owner of a connection edit it. Let one user or OAuth client manage all connections of a tenant.
    The module reads the caller's rights first, and says which one is missing.
  - The connections that Qlik itself makes for the files of a space are never touched.
  - A write whose answer got lost is resolved by reading the tenant, not by repeating it.
seealso:
  - module: qlikops.cloud.qlik_data_connections
  - module: qlikops.cloud.qlik_data_connection_info
  - module: qlikops.cloud.qlik_data_source_info
  - module: qlikops.cloud.qlik_space
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Hold the connections of a tenant
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: https://acme.eu.qlikcloud.com
      client_id: 9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e
      client_secret: "{{ vault_qlik_client_secret }}"
  block:
    - name: Orders database, with a password that is sent when it changes
      qlikops.cloud.qlik_data_connection:
        name: Orders
        space: Sales
        data_source: postgres
        properties:
          host: db.example.com
          port: 5432
          db: orders
          SSLMode: require
          username: qlik_reader
        secrets:
          password: "{{ vault_orders_password }}"
        fingerprint_key: "{{ vault_fingerprint_key }}"
        tags: [sales, nightly]

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: A body pasted from Qlik's guide to creating data connections
  qlikops.cloud.qlik_data_connection:
    dataSourceId: snowflake
    qName: Sales warehouse
    space: 641217b8a2b4eb5b4a4a8b2f
    connectionProperties:
      server: acme.snowflakecomputing.com
      port: "443"
      database: SALES
      schema: PUBLIC
      warehouse: COMPUTE_WH
      role: REPORTING
      username: svc_qlik
      password: "{{ vault_snowflake_password }}"
    fingerprint_key: "{{ vault_fingerprint_key }}"

- name: Send a new password when the version says so
  qlikops.cloud.qlik_data_connection:
    name: Orders
    space: Sales
    secrets:
      password: "{{ vault_orders_password }}"
    secrets_version: "2026-11"

- name: BigQuery with a key file, which may be encrypted with Ansible Vault
  qlikops.cloud.qlik_data_connection:
    name: Clickstream
    space: Marketing
    data_source: gbq
    properties:
      OAuthMechanism: "0"
      Email: qlik@acme-analytics.iam.gserviceaccount.com
      Catalog: acme-analytics
    secrets:
      KeyFilePath:
        path: bigquery/service-account.json
    fingerprint_key: "{{ vault_fingerprint_key }}"

- name: A REST service with a header that Qlik encrypts
  qlikops.cloud.qlik_data_connection:
    name: Exchange rates
    space: Finance
    data_source: rest
    properties:
      url: https://api.example.com/rates
      method: GET
      authSchema: anonymous
      queryHeaders:
        - name: Accept-Language
          value: en
        - name: X-API-Key
          value: "{{ vault_rates_key }}"
          encrypt: true
    fingerprint_key: "{{ vault_fingerprint_key }}"

- name: Rename a connection and move it, whether or not that was done before
  qlikops.cloud.qlik_data_connection:
    name: Orders (read only)
    previous_name: Orders
    space: Sales EU
    previous_space: Sales

- name: Hold exactly these tags
  qlikops.cloud.qlik_data_connection:
    id: 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11
    tags: [finance]
    tags_mode: exact

- name: A connection given by its statement
  qlikops.cloud.qlik_data_connection:
    name: Inventory
    space: Sales
    data_source: mssql
    connect_statement: >-
      CUSTOM CONNECT TO
      "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=sql.example.com;port=1433;database=inventory;"
    secrets:
      qUsername: qlik_reader
      qPassword: "{{ vault_inventory_password }}"
    secrets_version: "1"

- name: Remove a connection
  qlikops.cloud.qlik_data_connection:
    name: Orders (old)
    space: Sales
    state: absent
"""

RETURN = r"""
connection:
  description:
    - The connection after the task, without secrets. In check mode, as it would be; the C(id) of one that would be
      created is empty then.
    - After a removal, the connection that was removed. Empty if there was none.
  returned: success
  type: dict
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
      description: Its properties as the tenant shows them, Qlik's defaults included. Whatever may be secret is masked.
      type: dict
      sample: {driver: postgres, host: db.example.com, port: "5432", db: orders, SSLMode: require}
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
action:
  description:
    - What was done, or would be done in check mode.
    - One of V(create), V(update), V(move) (renamed, or moved to another space), V(replace), V(delete), V(none).
  returned: success, and when the change itself failed
  type: str
  sample: update
auth_url:
  description: The URL at which a person signs in to the data source.
  returned: when O(auth_url_only=true)
  type: str
  sample: https://accounts.example.com/o/oauth2/auth?client_id=qlik&state=5f1c
changes:
  description: What changed and why, a line each. Secrets are named, never shown.
  returned: success, and when the change itself failed
  type: list
  elements: str
  sample:
    - "host: old.example.com -> db.example.com"
    - "secrets (password): send, because Qlik demands the credentials when host changes"
    - "tag 'nightly': add"
diff:
  description: The connection before and after, reduced to what the plan is about. Secrets are masked on both sides.
  returned: success
  type: dict
  contains:
    before:
      description: As it was, or an empty text if it was not there.
      type: raw
      sample:
        name: Orders
        space: Sales
        data_source: postgres
        tags: [sales]
        properties: {host: old.example.com}
        secrets: {password: "********"}
    after:
      description: As it is to be, or an empty text if it is removed.
      type: raw
      sample:
        name: Orders
        space: Sales
        data_source: postgres
        tags: [nightly, sales]
        properties: {host: db.example.com}
        secrets: {password: "******** (changed)"}
    before_header:
      description: Tenant, space and connection.
      type: str
      sample: acme.eu.qlikcloud.com / Sales / Orders
    after_header:
      description: The same.
      type: str
      sample: acme.eu.qlikcloud.com / Sales / Orders
works:
  description: Whether it works. None if that could not be told, if it wasn't tried, and in check mode.
  returned: with O(verify) other than V(never)
  type: bool
  sample: true
  version_added: 1.0.0
verify_message:
  description: Why it doesn't work, or why that could not be told. Whatever may be secret in it is masked.
  returned: with O(verify) other than V(never)
  type: str
  sample: ""
  version_added: 1.0.0
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 4
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connection_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connection
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_connection_spec(), supports_check_mode=True)
    module.run(data_connection.run)


if __name__ == "__main__":
    main()
