# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of qlik_definitions_files, which runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_definitions_files
short_description: Manage files with the connections of tenants, as the role qlik_connections reads them
version_added: 0.1.0
description:
  - Writes what M(qlikops.cloud.qlik_data_connection_info) returned for many hosts, with its option
    O(qlikops.cloud.qlik_data_connection_info#module:definitions), into one file of variables for each host.
  - The directory is a folder of an inventory. A file stands where Ansible looks for the variables of its host, that is
    in C(host_vars/HOST/qlik_connections.yml), and holds C(qlik_connections_definitions_000_held_FOLDER_tenant) and
    C(qlik_connections_spaces_000_held_FOLDER_tenant), in which C(FOLDER) is the name of the directory, with a digest
    behind it when it holds anything but small letters, digits and underscores. These are no names of your own layers.
    The role merges them before these, so what you declare counts more.
  - The files hold no secrets, since Qlik doesn't return them. Comments say which ones are to be supplied. They also say
    what else was left out, and show what is left of it.
  - Every text of a tenant is marked as C(!unsafe), so that Ansible takes it as it is.
  - Where the directory holds nothing else, it gets a file C(qlik_export_inventory.yml) that names no host. With it,
    Ansible takes the directory for an inventory, also when C(any_unparsed_is_failed) is set.
  - A file of an earlier export is replaced when it differs. A file that somebody else wrote is never replaced, and none
    is removed. Nor is a folder made that would keep Ansible from reading a file, as C(host_vars/acme) does with
    C(host_vars/acme.yml).
  - One task does all hosts. Use it with C(run_once).
options:
  directory:
    description:
      - The directory, which is made when it doesn't exist. A relative path begins where Ansible was started.
    type: path
    required: true
  hosts:
    description:
      - The hosts whose results to write.
    type: list
    elements: str
    required: true
  variable:
    description:
      - The name of the variable in which each host registered its result. The files of hosts without a result, or with
        one that failed, are left as they are.
    type: str
    required: true
  common:
    description:
      - Whether definitions that are the same for all hosts are written once, as
        C(qlik_connections_definitions_000_held_FOLDER_all) in C(group_vars/qlik_tenants/qlik_connections.yml). The
        files of the hosts then hold only what differs, down to the single property.
      - Then O(hosts) must be all hosts of the group C(qlik_tenants), and each must have been read. Otherwise nothing is
        written.
    type: bool
    default: false
  overwrite:
    description:
      - Whether files of an earlier export are replaced. If not, one that differs is an error.
    type: bool
    default: true
attributes:
  check_mode:
    description: Can run in check mode, and then says what would change without changing anything.
    support: full
  diff_mode:
    description: Returns what changed, or would change in check mode, as before and after.
    support: full
  idempotent:
    description: When run again with the same arguments, and nobody changed the tenants in between, nothing changes.
    support: full
  platform:
    description: The kind of operating system that the module can run on.
    support: full
    platforms: posix
requirements:
  - Python >= 3.11 on the controller, where all of the work is done
seealso:
  - module: qlikops.cloud.qlik_data_connection_info
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Read what each tenant holds
  qlikops.cloud.qlik_data_connection_info:
    tenant_url: "{{ qlik_tenant_url }}"
    access_token: "{{ qlik_access_token }}"
    definitions: true
  register: held

- name: Write it into the inventory
  qlikops.cloud.qlik_definitions_files:
    directory: export
    hosts: "{{ ansible_play_hosts_all }}"
    variable: held
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: The files, in the order of O(hosts). What all hosts have in common comes first.
  returned: success or failure to write
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
      sample: /home/jo/export/host_vars/acme/qlik_connections.yml
    host:
      description: Its host. Empty for the common file.
      type: str
      sample: acme
    action:
      description: What was done, or would be in check mode. One of V(create), V(update), V(none).
      type: str
      sample: create
    connections:
      description: How many connections the host has, or all hosts have in common.
      type: int
      sample: 12
    left_out:
      description: What Qlik shows of the host's connections and the file doesn't hold, by connection. Empty for the
        common file.
      type: list
      elements: str
      sample: ["url of connection 'Weather' in space 'Sales'"]
      version_added: 1.0.0
    error:
      description: Why the file could not be written. Empty if it could.
      type: str
      sample: ""
written:
  description: The hosts whose files hold now, or would hold in check mode, what the hosts have.
  returned: success or failure to write
  type: list
  elements: str
  sample: [acme]
errors:
  description: Everything that could not be written, and why.
  returned: success or failure to write
  type: list
  elements: str
  sample: []
summary:
  description: What happened, in lines for a person.
  returned: success or failure to write
  type: list
  elements: str
  sample: ["acme: 12 connections, /home/jo/export/host_vars/acme/qlik_connections.yml written (16 requests)"]
"""
