# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All declared spaces and data connections of a Qlik Cloud tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_data_connections
short_description: Manage spaces and data connections of a Qlik Cloud tenant, in one task
version_added: 0.1.0
description:
  - Makes many data connections of one tenant what the task says they are, and the spaces that they need.
  - The tenant is read once. The difference to what is declared is the plan. Unless in check mode, the plan is carried
    out with several requests at a time. A tenant that already matches costs one request for each 100 connections, and a
    handful more.
  - The meaning of each definition is that of M(qlikops.cloud.qlik_data_connection). What is declared is a subset,
    secrets are sent when they changed, and every connection that is written gets the tag V(qlikops.cloud:managed).
  - Nothing is written when a single definition can't be carried out, because a space is missing or a property is
    unknown for example. All such problems are reported at once.
  - When a change fails on the tenant, all others are tried nevertheless. Then the task fails, and names every one that
    failed.
  - Connections that are not declared are left alone. O(connections[].state=absent) removes one.
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
  connections:
    description:
      - The definitions, one for each connection. Their order doesn't matter.
      - No connection may be declared twice.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - The name of the connection. Together with O(connections[].space) it says which connection is meant. It is
            compared exactly.
          - When a connection differs from O(connections[].name) by case or blanks only, the task fails instead of
            creating a second one beside it.
          - Required unless O(connections[].id) is given.
        type: str
        aliases: [qName, connectionName]
      id:
        description:
          - The id of an existing connection, instead of its name. With O(connections[].name) the connection is renamed,
            with O(connections[].space) it is moved.
          - The task fails when there is no such connection, unless O(connections[].state=absent).
        type: str
      space:
        description:
          - The name or id of the space that holds the connection. With O(connections[].state=present) it must exist;
            M(qlikops.cloud.qlik_space) makes one.
          - If left out, and O(connections[].id) is not given, the caller's personal space is meant. For an OAuth client
            this is the space of a bot user, which no person can see, so the module warns.
          - A space that O(spaces) declares counts as there.
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
          - Needed to create a connection. Qlik can't change the data source of an existing one, so another one is an
            error, unless O(connections[].replace) says otherwise.
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
          - Secrets that somebody pasted here, with a body from Qlik's documentation for example, are recognised by
            their names and treated as if they stood in O(connections[].secrets).
          - A property that takes files is a list of items with C(name) and C(value), the value being the file in
            base64. It may also be an item with C(path), or a list of these. Such files are read on the controller and
            encoded. A relative path is looked for in C(files/) of the role or beside the playbook, and a file encrypted
            with Ansible Vault is decrypted.
          - Lists of the REST connector, such as C(queryHeaders), are lists of items with C(name), C(value) and
            C(encrypt). Their order doesn't matter. Qlik doesn't return the value of an item with C(encrypt) set to
            true, so it follows the rules for O(connections[].secrets).
          - The C(gatewayInstance) of a source that goes through a Direct Access gateway may be the gateway's name or
            id.
          - What M(qlikops.cloud.qlik_data_connection_info) returns as C(properties) can be given as it is. What only
            says which data source it is (C(provider), C(driver), C(sourceType)) is compared, not sent. A value that is
            masked there is an error here.
        type: dict
        aliases: [connectionProperties, connection_properties]
      secrets:
        description:
          - Properties that Qlik never returns, such as C(password), C(secretKey) or a key file. Files are given as in
            O(connections[].properties).
          - They are sent when the connection is created, and later as O(connections[].update_secrets) says. Otherwise
            they are not sent, so that the change of another property never brings back a password that somebody has
            replaced since.
          - With O(connections[].connect_statement) only C(qUsername) and C(qPassword), or C(username) and C(password),
            can be given.
          - No value of theirs appears in results, differences, warnings or errors.
        type: dict
      secrets_previous:
        description:
          - What was in the place of some of the O(connections[].secrets) before they were rotated, by the same names. A
            user name that belonged to them may stand here too, and a list with encrypted items as a whole.
          - A rotation that can be undone sends them again where the new ones don't connect, and then this is what the
            connection is kept at until other O(connections[].secrets) are declared.
          - They are never sent otherwise.
        type: dict
        version_added: 1.0.0
      update_secrets:
        description:
          - When to send the secrets of a connection that exists already. If left out, the task's O(update_secrets)
            holds.
        type: str
        choices: [on_change, on_create, always]
      fingerprint_key:
        description:
          - The key, 16 characters at least, under which a digest of the secrets is kept. If left out, the task's
            O(fingerprint_key) holds.
        type: str
      secrets_version:
        description:
          - Your own word for the state of the secrets, such as V(2026-11) or a version number of your secret store. It
            lets V(on_change) know whether secrets changed, that is when the word changes. It takes precedence over
            O(connections[].fingerprint_key).
          - It is kept in a tag of the connection that everybody can read who can see the connection. Don't derive it
            from a secret.
        type: str
      expires:
        description:
          - The last day on which the secrets are good, such as V(2027-01-31), in UTC. A time is not taken.
          - It is kept in a tag of the connection, and is never sent as a property. P(qlikops.cloud.qlik_audit#role)
            lists what has expired, and what will.
          - A day that has passed is an error if the task would send the secrets, and a warning otherwise.
          - If left out, a day that is there stays until secrets are sent the next time.
        type: str
        version_added: 1.0.0
      expires_after:
        description:
          - How many days the secrets are good after they were sent, such as V(90d). The day is counted, in UTC, from
            the run that sends them. A run that sends none neither moves it nor sets one.
          - Whole days are taken, from V(1d) to V(36500d). Other units aren't.
          - Mutually exclusive with O(connections[].expires).
        type: str
        version_added: 1.0.0
      tags:
        description:
          - Tags to hold. Qlik keeps 31 at most, of which this collection uses one, and another one to remember the
            secrets.
          - Tags that start with V(DcaasAPI:) are Qlik's own, those that start with V(qlikops.cloud:) are this
            collection's. Both are kept in any case, and are ignored when given here.
          - If left out, the task's O(tags) hold. An empty list declares none.
        type: list
        elements: str
      tags_mode:
        description:
          - V(merge) adds O(connections[].tags) to those that the connection has.
          - V(exact) removes all others, with the exception of Qlik's and this collection's own.
        type: str
        choices: [merge, exact]
        default: merge
      previous_name:
        description:
          - A name that the connection had before. When it is found under this name, and not under
            O(connections[].name), it is renamed instead of created.
          - May stay in place when the renaming is done.
        type: str
      previous_space:
        description:
          - The name or id of the space where the connection was before. When it is found there, and not in
            O(connections[].space), it is moved instead of created. An empty text is the caller's personal space.
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
          - The name or id of separate credentials, which implies O(connections[].separate_credentials=true). Existing
            ones are attached. When there are none of the name, they are created with the connection from the declared
            secrets.
          - A connection to which existing credentials are new sends declared secrets to them only with
            O(connections[].fingerprint_key) or O(connections[].secrets_version), and unless the fingerprint of another
            connection says that they hold them, or with O(connections[].update_secrets=always). Otherwise they are
            attached as they are, with a warning. To change credentials by themselves use
            M(qlikops.cloud.qlik_data_credential).
          - Of the encrypted items of a list, such as C(queryHeaders), a new connection that attaches existing
            credentials gets the names only; their values are sent to the credentials when secrets are.
          - When existing ones take the place of the connection's own while its host, server or URL changes, and when a
            O(connections[].connect_statement) changes, Qlik demands the secrets. They must be declared then.
          - A changed secret beside it is sent as O(connections[].update_secrets) says. It changes the credentials, for
            all connections that use them, so that the fingerprints of others in the same space are taken away first.
          - When the host, server or URL changes, Qlik detaches them. The caller's are attached again; other users have
            to choose theirs anew, of which the module warns.
          - When several definitions name credentials that are not there, the first of them that declares secrets
            creates them, and the others attach them, whatever their order.
        type: str
      auth_url_only:
        description:
          - Return the URL at which a person signs in to the data source, and change nothing. Open it in a browser, sign
            in, and give the code that it leads to as O(connections[].auth_code).
          - Only for sources that sign in with OAuth. In check mode the URL isn't asked for, because that takes a POST.
          - Such definitions stand at the end of RV(results).
        type: bool
        default: false
        aliases: [authUrlOnly]
      auth_code:
        description:
          - The code that Qlik gave when a person signed in to the data source, for sources that sign in with OAuth. See
            O(connections[].auth_url_only).
          - It works once, so give it for the one run that creates the connection or renews its sign-in. That run always
            reports a change.
        type: str
      owner:
        description:
          - The user who is to own the connection, by id or e-mail address. If left out, the owner is not touched. A new
            connection belongs to the caller.
          - Changing the owner takes an administrator. Qlik doesn't hand the credentials on to the new owner. When the
            new owner is the caller, declared secrets are sent again; otherwise the module warns that the new owner has
            to enter them.
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
            definition must declare the secrets. The id changes; load scripts that refer to the connection by name go
            on, what refers to it by id must be changed.
          - If left out, the task's O(replace) holds.
        type: str
        choices: [never, when_required]
      connect_statement:
        description:
          - A raw statement of the form C(CUSTOM CONNECT TO "provider=…;key=value;…"), instead of
            O(connections[].properties).
          - Its pairs are compared as a subset too. An update writes the present statement with the declared pairs put
            in. The provider isn't compared, but an update writes the declared one, and tells it where it differs.
          - A property that stands in it more than once, with different values, is an error. Nobody can tell which one
            counts.
          - It must not hold secrets, since everybody who can see the connection can read its statement. They belong in
            O(connections[].secrets).
        type: str
        aliases: [qConnectStatement]
      username:
        description:
          - The user name beside O(connections[].connect_statement), as if C(qUsername) stood in
            O(connections[].secrets). An empty one counts as left out.
          - With O(connections[].properties) it is an error. There, the user name is one of the properties.
        type: str
        aliases: [qUsername]
        version_added: 1.0.0
      password:
        description:
          - The password beside O(connections[].connect_statement), as if C(qPassword) stood in
            O(connections[].secrets). An empty one counts as left out.
          - With O(connections[].properties) it is an error. There, the password is one of the secrets.
        type: str
        aliases: [qPassword]
        version_added: 1.0.0
  spaces:
    description:
      - Spaces to hold. They are made and changed before the connections are, and removed after them.
      - No space may be declared twice.
    type: list
    elements: dict
    default: []
    suboptions:
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
          - The user who is to own the space, by id or e-mail address. If left out, the owner is not touched. A new
            space belongs to the caller.
        type: str
      state:
        description:
          - Whether the space is to be there.
          - V(absent) removes it if it is empty, and fails otherwise. Its members go with it. O(spaces[].type),
            O(spaces[].description), O(spaces[].owner) and O(spaces[].members) don't matter then.
        type: str
        choices: [present, absent]
        default: present
      members:
        description:
          - Who may use the space, and how. If left out, members are neither read nor touched.
          - Those who are named hold exactly the roles that they are given. What becomes of others,
            O(spaces[].members_mode) says.
          - Without the role C(dataconsumer) or more, a member can't use the connections of the space.
          - The owner of a space holds every role and is no member. An owner who is named all the same is warned of.
          - Unknown users and groups are errors, and so is a role that the space doesn't take. All of them are named
            before anything is written.
          - A run after which the caller could not change the members any more is refused before it writes anything.
        type: list
        elements: dict
        version_added: 1.0.0
        suboptions:
          user:
            description:
              - The e-mail address of a user, compared without regard to case, or the user's id.
              - Exactly one of O(spaces[].members[].user), O(spaces[].members[].group) and O(spaces[].members[].bot) is
                needed.
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
              - A shared space takes C(codeveloper), C(consumer), C(dataconsumer), C(facilitator) and C(producer); a
                managed space C(basicconsumer), C(consumer), C(contributor), C(dataconsumer), C(facilitator) and
                C(publisher); a data space C(consumer), C(dataconsumer), C(datapreview), C(facilitator), C(operator),
                C(producer) and C(publisher). A space that says which roles it takes is believed.
            type: list
            elements: str
          state:
            description:
              - Whether this is to be a member. For V(absent), O(spaces[].members[].roles) doesn't matter.
            type: str
            choices: [present, absent]
            default: present
      members_mode:
        description:
          - What becomes of members whom O(spaces[].members) doesn't name.
          - V(merge) leaves them as they are. V(exact) removes them, but for the owner; it needs O(spaces[].members), of
            which an empty list removes all.
          - With V(exact), the caller has to be named if it is a member; else the run is refused.
        type: str
        choices: [merge, exact]
        default: merge
        version_added: 1.0.0
      max_member_removals:
        description:
          - How many members of the space O(spaces[].members_mode=exact) may remove. More stop the task before anything
            is written.
        type: int
        default: 10
        version_added: 1.0.0
  host_variables:
    description:
      - Whether to take options from the variables of the host, as the role P(qlikops.cloud.qlik_connections#role) does.
        So O(tenant_url) is taken from C(qlik_tenant_url), O(spaces) from C(qlik_connections_spaces),
        O(definitions_from) from C(qlik_connections_definitions_from), and so on for all variables of the role.
      - Every other variable whose name starts with C(qlik_connections_definitions) is a layer of definitions. Layers
        are merged in the order of their names, after those from files and before O(connections).
      - Every variable whose name starts with C(qlik_connections_spaces_) and a digit is a layer of spaces in the same
        way. Spaces are merged by name, and so are O(spaces[].members).
      - Variables take precedence over the options of the task, so that these are defaults for all hosts.
      - This is faster than naming the variables as options, since none of them becomes an expression of the task.
    type: bool
    default: false
  policy:
    description:
      - Rules that the connections of the tenant must obey, declared and undeclared ones. The guide C(docs/policy.md)
        says what a rule may ask for.
      - They are checked before anything is written, in check mode too. Undeclared connections are looked for in all
        of the tenant then, which takes a list of all its connections. With O(only) or O(secrets_only) just those are
        checked that the task is about.
      - RV(plan_digest) covers the rules, so that a plan which was approved under others isn't carried out.
      - With O(host_variables), every variable whose name begins with C(qlik_connections_policy) is a layer of rules,
        but for C(qlik_connections_policy_from). Layers add up. None changes or takes away a rule of another.
      - Rules are data. Where they come from variables of the host or from files, no template in them is evaluated.
    type: list
    elements: dict
    default: []
    version_added: 1.0.0
  policy_from:
    description:
      - Files with rules, YAML or JSON, each a list of rules. They are looked for where those of O(definitions_from)
        are.
    type: list
    elements: path
    default: []
    version_added: 1.0.0
  breaches:
    description:
      - What is done about breaches of rules whose severity is C(fail). V(fail) fails before anything is written.
        V(list) only lists them in the result, and judges connections as they are, too. That is what an audit asks for,
        and it counts in check mode only.
    type: str
    choices: [fail, list]
    default: fail
    version_added: 1.0.0
  definitions_from:
    description:
      - Files with definitions, or folders of such files, read on the controller. Made for sets that are too large for
        Jinja, which takes 11 seconds for 1,000 definitions with five expressions each; files take a fraction of a
        second.
      - A file is YAML or (if its name ends with C(.json)) JSON. It is a list of definitions with the options of
        O(connections), or a dictionary with C(connections) and C(spaces), lists of what O(connections) and O(spaces)
        take. Of a folder, all files are read whose names end with C(.yml), C(.yaml) or C(.json), in the order of their
        names, but neither hidden ones nor folders in it.
      - In every text, but not in keys, C(${name}) is filled from O(values), and C(${outer.name}) from a dictionary in
        it. A placeholder that is the whole text becomes the value with its type, be it a number, a list or a null.
        Inside a text, numbers and booleans are written as YAML does. C($${) stands for C(${). What is filled in is not
        looked at again.
      - There is no other templating. Braces of Jinja are plain text, as are C(${...}) in O(connections) and in a value
        with C(!vault).
      - Each file is a layer. Layers are merged in their order, as P(qlikops.cloud.merge_definitions#filter) does;
        O(connections) is the last one. Spaces are merged by name in the same way, O(spaces) being the last. A null
        takes away what an earlier layer says.
      - A relative path is looked for in C(files/) of the role or beside the playbook, in the playbook's folder, then
        beside the inventory, then in the working directory. A C(path) of a file property in a definitions file is
        looked for beside that file first.
      - Files that are encrypted with Ansible Vault are decrypted, and so are values with C(!vault). A date is a text.
    type: list
    elements: path
    default: []
  values:
    description:
      - What fills the placeholders in the files of O(definitions_from), such as what is particular to a tenant. Values
        may be dictionaries, to which dots in placeholders lead.
      - They may be secrets. What ends up in secrets is treated as such, and what has the name of one (such as
        C(orders_password)) or is in a dictionary of such a name is hidden wherever it would show, if it has 6
        characters at least. The invocation shows names only.
    type: dict
    default: {}
  update_secrets:
    description:
      - When to send the secrets of a connection that exists already.
      - V(on_change) sends them when they differ from those that were sent last. This needs O(fingerprint_key) or
        O(connections[].secrets_version). With neither the module warns, and does the same as V(on_create).
      - V(on_create) sends them when the connection is created only.
      - V(always) sends them with every run, which then always reports a change.
      - Whatever is chosen, they are sent when Qlik demands them (because the host, server, URL or connect statement
        changes), and when the user name or the encrypted list that they belong to changes.
      - This is for all definitions that don't say so themselves.
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
      - This is for all definitions that have no key of their own. The digest differs from tenant to tenant and from
        connection to connection, so one key is enough, also for many tenants.
    type: str
  tags:
    description:
      - Tags to hold on all connections whose definitions give none themselves.
    type: list
    elements: str
  validate:
    description:
      - Whether properties are checked against the specifications of their data sources before anything is written.
      - Turning this off saves a request for each data source of which something is written. Qlik accepts unknown
        properties silently.
    type: bool
    default: true
  replace:
    description:
      - What to do about connections of another data source, for all definitions that don't say so themselves.
      - V(never) fails, and says that a replacement is needed. V(when_required) replaces them, see
        O(connections[].replace).
    type: str
    choices: [never, when_required]
    default: never
  prune:
    description:
      - Whether to delete connections that are no longer declared. Only those are deleted that this collection manages,
        and only in O(prune_spaces).
      - Where the caller may, they are deleted in one batch, and one by one otherwise.
    type: bool
    default: false
  prune_spaces:
    description:
      - The names or ids of the spaces where O(prune) may delete. Needed with O(prune=true).
    type: list
    elements: str
    default: []
  max_deletions:
    description:
      - How many connections O(prune) may delete at most. When there are more, the task fails before anything is
        written. Connections that are declared with O(connections[].state=absent) don't count.
    type: int
    default: 10
  list_targets:
    description:
      - Whether to say which database, bucket or address each connection of the tenant reaches, so that a report can
        tell which reach the same. It takes a list of all connections, and one of the data sources.
    type: bool
    default: false
    version_added: 1.0.0
  change_events:
    description:
      - Whether to ask the tenant's audit events who changed the connections that aren't as declared, or that no
        definition is about. It takes one request, and more if the tenant emits such events, which Qlik documents none
        of. Nothing is asked where all is as declared.
      - Only administrators may read events. Where they can't be read, or there are none, a warning says so.
    type: bool
    default: false
    version_added: 1.0.0
  approved_plan:
    description:
      - The RV(plan_digest) of a plan that somebody has approved, from a run in check mode. When the plan is another one
        by now, because the tenant or the definitions changed, nothing is written and the task fails, or as
        O(when_plan_differs) says.
      - The digest binds everything that would be written, and the address of the tenant. It binds secrets, and values
        that may hold one (keys in URLs and headers), by digests made with O(connections[].fingerprint_key); without
        such a key it binds that they are sent, and not which, and a warning in check mode says so.
      - Of a connection or a space that would be deleted or replaced, it binds what that is (owner, data source,
        statement and properties, tags). Another one by then isn't deleted.
      - A tenant that can't be changed any more as it was planned, for example because somebody else became the owner of
        a connection, is another plan too.
      - A tenant that is as declared already is no other plan, so a rollout that was stopped can go on with the same
        approval.
      - What O(verify) and its options try is no part of the plan. Since trials write, nothing is tried with V(none),
        which stands for a tenant that an approval doesn't name, also where all is as declared.
      - Digests that qlikops.cloud 0.1.0 made are refused. They covered less than what is written. Plan again.
      - An empty text is an error, since it approves nothing. Leave the option out where no approval is needed.
    type: str
  approved_plans:
    description:
      - The name of a variable that holds the approved plans of all tenants, as M(qlikops.cloud.qlik_fleet_report) and
        P(qlikops.cloud.plan_digests#filter) give them. The digest that it has for this host is taken as
        O(approved_plan). Of a host that it doesn't name, no plan was approved.
      - If the variable is V(false), no approval is needed.
      - It is a name and no expression, so that a rollout over many tenants doesn't evaluate all digests for each.
    type: str
  when_plan_differs:
    description:
      - What to do when the plan isn't O(approved_plan). V(fail) fails. V(skip) counts the task as skipped, so that a
        rollout over many tenants goes on with the others.
    type: str
    choices: [fail, skip]
    default: fail
  only:
    description:
      - Hold just these of the declared connections. Each is called C(Space:Name) as in load scripts, with the space as
        the definition gives it; C(:Name) in the personal space; or C(Name), which means every declared connection of
        this name.
      - A name that no definition has is an error. O(spaces) are held all the same. Can't be combined with O(prune).
      - An empty list holds none of them.
    type: list
    elements: str
  secrets_only:
    description:
      - Send the secrets of the declared connections, whether they changed or not, and nothing else. This is for
        rotating passwords.
      - The user names and the lists with encrypted items that belong to the secrets go with them. All else that differs
        stays as it is, and so do spaces. Afterwards each connection is read once more, see RV(results[].proof).
      - A connection that doesn't exist, isn't managed yet, or declares no secrets is an error, and nothing is written
        then. So is one whose host, server, URL, port or data source isn't the declared one. Secrets are never sent to
        another address.
    type: bool
    default: false
  put_back:
    description:
      - With O(secrets_only), try each connection once its secrets were sent. Where it doesn't connect, send
        O(connections[].secrets_previous) again, try once more, and fail the task with C(put back).
      - This needs O(fingerprint_key). The fingerprint that a connection carries proves that
        O(connections[].secrets_previous) are what it holds. If they aren't, nothing is sent to any.
      - A connection that holds the declared secrets already is only tried.
      - A run that is cut off leaves a tag, by which the next one goes on.
      - What was put back isn't sent again until other secrets are declared, or O(send_refused) is set. A digest under
        O(fingerprint_key) is kept in a tag for that.
      - Of what can't be tried it is neither said that it works, nor is it put back. See O(verify_unknown).
    type: bool
    default: false
    version_added: 1.0.0
  list_undeclared:
    description:
      - Whether to return the connections that no definition is about, as RV(undeclared). It makes the task read the
        whole tenant.
      - V(spaces) lists those in spaces. V(all) also lists those in personal spaces, as far as the caller can see them.
    type: str
    choices: [none, spaces, all]
    default: none
  list_unchanged:
    description:
      - Whether RV(results) names the connections at which there is nothing to do. If V(false), they are only counted,
        in RV(summary).
      - Over many tenants that makes a run faster, and keeps what Ansible remembers of it small.
    type: bool
    default: true
  parallel:
    description:
      - How many requests may be on their way at the same time.
    type: int
    default: 8
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
      - If left out, it is V(fail) with O(put_back), and V(warn) otherwise.
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
  - module: qlikops.cloud.qlik_data_connection
  - module: qlikops.cloud.qlik_data_connection_info
  - module: qlikops.cloud.qlik_data_source_info
  - module: qlikops.cloud.qlik_space
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Hold the same connections in every tenant
  module_defaults:
    group/qlikops.cloud.tenant:
      tenant_url: "{{ qlik_tenant_url }}"
      client_id: "{{ qlik_client_id }}"
      client_secret: "{{ qlik_client_secret }}"
  block:
    - name: Spaces and connections
      qlikops.cloud.qlik_data_connections:
        spaces:
          - name: Sales
            description: What the sales apps load from
          - name: Landing
            type: data
        connections:
          - name: Orders
            space: Sales
            data_source: postgres
            properties:
              host: "{{ orders_host }}"
              db: orders
              username: qlik_reader
            secrets:
              password: "{{ vault_orders_password }}"
          - name: Data lake
            space: Landing
            data_source: File_AmazonS3ConnectorV2
            properties:
              region: eu-central-1
              bucketName: "{{ lake_bucket }}"
            secrets:
              accessKey: "{{ vault_lake_access_key }}"
              secretKey: "{{ vault_lake_secret_key }}"
          - name: Orders (old)
            space: Sales
            state: absent
        tags: [ansible]
        fingerprint_key: "{{ vault_fingerprint_key }}"

    # connections/00_all.yml is a file with placeholders, which are filled without Jinja:
    #
    #   spaces:
    #     - name: Sales
    #   connections:
    #     - name: Orders
    #       space: Sales
    #       data_source: postgres
    #       properties: {host: "${orders.host}", port: "${orders.port}", db: "orders_${region}", username: qlik_reader}
    #       secrets: {password: "${orders.password}"}
    - name: Hundreds of definitions from a folder of files
      qlikops.cloud.qlik_data_connections:
        definitions_from: [connections/]
        values:
          region: eu
          orders:
            host: db.eu.example.com
            port: 5432
            password: "{{ vault_orders_password }}"
        fingerprint_key: "{{ vault_fingerprint_key }}"

# The tasks below are signed in by module_defaults as above, or by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: Bodies pasted from Qlik's guide to creating data connections
  qlikops.cloud.qlik_data_connections:
    connections:
      - dataSourceId: snowflake
        qName: Sales warehouse
        space: 641217b8a2b4eb5b4a4a8b2f
        connectionProperties:
          server: acme.snowflakecomputing.com
          port: "443"
          database: SALES
          warehouse: COMPUTE_WH
          username: svc_qlik
          password: "{{ vault_snowflake_password }}"
      - dataSourceId: mysql
        qName: Shop
        space: 641217b8a2b4eb5b4a4a8b2f
        connectionProperties:
          host: mysql.example.com
          port: "3306"
          database: shop
          username: qlik_reader
          password: "{{ vault_shop_password }}"
    fingerprint_key: "{{ vault_fingerprint_key }}"

- name: Send all secrets again, whatever was sent before
  qlikops.cloud.qlik_data_connections:
    connections: "{{ sales_connections }}"
    update_secrets: always

- name: Plan
  qlikops.cloud.qlik_data_connections:
    connections: "{{ sales_connections }}"
    fingerprint_key: "{{ vault_fingerprint_key }}"
  check_mode: true
  register: plan

- name: Do what was planned, and nothing else
  qlikops.cloud.qlik_data_connections:
    connections: "{{ sales_connections }}"
    fingerprint_key: "{{ vault_fingerprint_key }}"
    approved_plan: "{{ plan.plan_digest }}"
"""

RETURN = r"""
results:
  description:
    - What became of each definition, in their order. In check mode, what would.
    - With O(list_unchanged=false), those at which there is nothing to do are left out.
  returned: always, unless the tenant could not be read
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
    action:
      description:
        - One of V(create), V(update), V(move) (renamed, or moved to another space), V(replace), V(delete), V(none).
      type: str
      sample: create
    changes:
      description: What changes and why, a line each. Secrets are named, never shown.
      type: list
      elements: str
      sample:
        - "host: old.example.com -> db.example.com"
        - "secrets (password): send, because Qlik demands the credentials when host changes"
    id:
      description: The id of the connection. Empty for one that doesn't exist.
      type: str
      sample: 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11
    auth_url:
      description: The URL at which a person signs in to the data source.
      returned: for definitions with O(connections[].auth_url_only=true)
      type: str
      sample: https://accounts.example.com/o/oauth2/auth?client_id=qlik&state=5f1c
    expires:
      description:
        - The last day on which its secrets are good, as its tag tells. In check mode, as it tells now, or as it would
          if there is none yet.
      returned: when one is known
      type: str
      sample: "2027-01-31"
      version_added: 1.0.0
    expires_in_days:
      description: How many days that is from the day of the task, in UTC. Less than 0 once it has passed.
      returned: with RV(results[].expires)
      type: int
      sample: 66
      version_added: 1.0.0
    last_updated:
      description: When the connection was updated last before this task, as Qlik says.
      returned: for a connection that is there and isn't as declared
      type: str
      sample: "2026-11-20T08:15:00.000Z"
      version_added: 1.0.0
    owner_id:
      description: The id of the user who owned it before this task. That need not be who changed it.
      returned: for a connection that is there and isn't as declared
      type: str
      sample: 5f1d0c8e7b6a594837261504
      version_added: 1.0.0
    changed_by:
      description: The id of the user who changed it last, as an event of the tenant says.
      returned: with O(change_events=true), where an event says so
      type: str
      sample: 5f1d0c8e7b6a594837261504
      version_added: 1.0.0
    changed_at:
      description: When that was, as the event says.
      returned: with RV(results[].changed_by)
      type: str
      sample: "2026-11-20T08:15:00.000Z"
      version_added: 1.0.0
    proof:
      description:
        - What was sent, and when Qlik changed the connection last, before and after. The times are Qlik's.
      returned: with O(secrets_only=true)
      type: dict
      sample:
        secrets: [password]
        updated_before: "2026-10-01T08:15:00.000Z"
        updated_after: "2026-11-01T08:15:04.120Z"
    error:
      description: Why it failed, or why it can't be done. Empty if all is well.
      type: str
      sample: ""
    works:
      description: Whether it works. None if that could not be told, if it wasn't tried, and in check mode.
      returned: with O(verify) other than V(never), and with O(put_back)
      type: bool
      sample: true
      version_added: 1.0.0
    put_back:
      description: That the previous secrets were sent again. RV(results[].works) says then whether it works with these.
      returned: with O(put_back), where that was done
      type: bool
      sample: true
      version_added: 1.0.0
    verify_message:
      description: Why it doesn't work, or why that could not be told. Whatever may be secret in it is masked.
      returned: with O(verify) other than V(never), and with O(put_back)
      type: str
      sample: ""
      version_added: 1.0.0
undeclared:
  description: The connections that no definition is about.
  returned: when O(list_undeclared) asks for them and the tenant could be read
  type: list
  elements: dict
  contains:
    name:
      description: The name of the connection.
      type: str
      sample: Playground
    space:
      description: The name of its space. Empty in a personal space.
      type: str
      sample: Sales
    id:
      description: Its id.
      type: str
      sample: 0b7a1a3c-5f1a-4f0e-8f55-7d9a0c1d2e3f
    data_source:
      description: The id of its data source.
      type: str
      sample: rest
    owner_id:
      description: The id of the user who owns it.
      type: str
      sample: 5f1d0c8e7b6a594837261504
    expires:
      description: The last day on which its secrets are good, as its tag tells.
      returned: when one is known
      type: str
      sample: "2027-01-31"
      version_added: 1.0.0
    expires_in_days:
      description: How many days that is from the day of the task, in UTC. Less than 0 once it has passed.
      returned: with RV(undeclared[].expires)
      type: int
      sample: 66
      version_added: 1.0.0
    changed_by:
      description: The id of the user who changed it last, as an event of the tenant says.
      returned: with O(change_events=true), where an event says so
      type: str
      sample: 5f1d0c8e7b6a594837261504
      version_added: 1.0.0
    changed_at:
      description: When that was, as the event says.
      returned: with RV(undeclared[].changed_by)
      type: str
      sample: "2026-11-20T08:15:00.000Z"
      version_added: 1.0.0
    last_updated:
      description: When it was updated last, as Qlik says.
      type: str
      sample: "2026-11-20T08:15:00.000Z"
      version_added: 1.0.0
    managed:
      description: Whether this collection wrote it once, so that O(prune) would delete it.
      type: bool
      sample: false
policy:
  description: The connections that break rules of O(policy), and how many each rule is about.
  returned: when there are rules, and the tenant could be read
  type: dict
  version_added: 1.0.0
  contains:
    digest:
      description: What tells these rules from others.
      type: str
      sample: 3fdba35f04dc8c462986c992bcf875546257113072a909c162f7e470e581e278
    rules:
      description: The rules, each with C(name) and C(connections), the number of connections that it is about.
      type: list
      elements: dict
      sample: [{name: no-foreign-hosts, connections: 12}]
    breaches:
      description:
        - The breaches, each with C(rule), C(severity) (V(fail) or V(warn)), C(space), C(name), C(id), C(data_source),
          C(declared), C(reason), the C(message) of the rule, and C(told), which is V(false) where it can't be told
          whether the connection obeys.
      type: list
      elements: dict
      sample: []
targets:
  description:
    - What the connections of the tenant reach, as far as their properties tell. Each with C(space), C(name), C(id),
      C(data_source), C(declared) and C(target), which is the same text for all that reach the same.
  returned: with O(list_targets=true), if the tenant could be read
  type: list
  elements: dict
  version_added: 1.0.0
  sample:
    - name: Orders
      space: Sales
      id: 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11
      data_source: postgres
      declared: true
      target: postgres db.example.com:5432 database=orders
spaces:
  description: What became of each declared space, in their order. In check mode, what would.
  returned: always, unless the tenant could not be read
  type: list
  elements: dict
  contains:
    name:
      description: The name of the space.
      type: str
      sample: Sales
    action:
      description:
        - One of V(create), V(update), V(delete), V(none).
      type: str
      sample: none
    changes:
      description: What changes, a line each.
      type: list
      elements: str
      sample: []
    id:
      description: The id of the space. Empty for one that doesn't exist.
      type: str
      sample: 641217b8a2b4eb5b4a4a8b2f
    error:
      description: Why it failed, or why it can't be done. Empty if all is well.
      type: str
      sample: ""
    undeclared_members:
      description:
        - The members whom O(spaces[].members) doesn't name and that stay, each with C(user), C(group) or C(bot),
          C(roles) and C(id). Only if there are any and O(list_undeclared) isn't V(none), and only of spaces that
          declare members.
      version_added: 1.0.0
      type: list
      elements: dict
      sample: [{user: lee@example.com, roles: [consumer], id: 655b0c7b2d1f4e0a9c3d8e71}]
nothing_declared:
  description:
    - Whether neither connections nor spaces are declared. The tenant is read all the same, so that a wrong address or
      key is an error, and there is a warning.
  returned: always, unless the tenant could not be read
  type: bool
  version_added: 1.0.0
  sample: false
summary:
  description: The same in numbers of connections.
  returned: always, unless the tenant could not be read
  type: dict
  contains:
    created:
      description: Connections that are new.
      type: int
      sample: 2
    updated:
      description: Connections that were changed in place.
      type: int
      sample: 1
    moved:
      description: Connections that were renamed or moved to another space.
      type: int
      sample: 0
    replaced:
      description: Connections that were replaced by one of another data source.
      type: int
      sample: 0
    deleted:
      description: Connections that were removed.
      type: int
      sample: 0
    unchanged:
      description: Connections that already were as declared.
      type: int
      sample: 37
    failed:
      description: Connections with an error.
      type: int
      sample: 0
verified:
  description: How many connections were tried, by what was found.
  returned: with O(verify) other than V(never), unless the tenant could not be read
  type: dict
  version_added: 1.0.0
  contains:
    works:
      description: Connections that work.
      type: int
      sample: 3
    failed:
      description: Connections that don't.
      type: int
      sample: 0
    unknown:
      description: Connections of which it could not be told. In check mode those that would be tried.
      type: int
      sample: 0
plan_digest:
  description:
    - A digest of the plan, that is of everything that this run writes and deletes. The same in check mode and in the
      run that follows, as long as nobody changes the tenant or the definitions. See O(approved_plan).
  returned: always, unless the tenant could not be read
  type: str
  sample: "v2:4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5"
plan_differs:
  description: Whether the plan isn't the approved one, so that nothing was written.
  returned: when it isn't
  type: bool
  sample: true
diff:
  description: Before and after of each changed connection and space. Secrets are masked on both sides.
  returned: always, unless the tenant could not be read
  type: list
  elements: dict
  contains:
    space:
      description: The name of the space.
      type: str
      sample: Sales
    name:
      description: The name of the connection.
      returned: for connections
      type: str
      sample: Orders
    before:
      description: As it was, or an empty text if it was not there.
      type: raw
      sample: ""
    after:
      description: As it is to be, or an empty text if it is removed.
      type: raw
      sample:
        name: Orders
        space: Sales
        data_source: postgres
        tags: [ansible]
        properties: {host: db.example.com, db: orders, username: qlik_reader}
        secrets: {password: "********"}
    before_header:
      description: Tenant, space and connection.
      type: str
      sample: acme.eu.qlikcloud.com / Sales / Orders
    after_header:
      description: The same.
      type: str
      sample: acme.eu.qlikcloud.com / Sales / Orders
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 3
    writes:
      description: Requests that write, repetitions not counted. Always 0 in check mode.
      type: int
      sample: 3
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

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=data_connections_spec(), supports_check_mode=True)
    module.run(data_connections.run)


if __name__ == "__main__":
    main()
