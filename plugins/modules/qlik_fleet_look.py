# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a whole fleet. Only the documentation: the action of the same name does the work, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_fleet_look
short_description: Look at all tenants of a play in one task, to find those with which there is nothing to do
version_added: 1.0.0
description:
  - Does for every host of the play what a task with M(qlikops.cloud.qlik_data_connections) and C(host_variables) would
    do, but writes nothing, and does all of them in one task. So a tenant costs its requests, and not a process of
    Ansible's. The playbooks C(qlikops.cloud.provision), C(qlikops.cloud.plan) and C(qlikops.cloud.audit) use it.
  - The hosts that aren't as declared, or of which that can't be known here, are for the play that follows. It reads
    them anew. Nothing is ever written because of what this task found.
  - As many tenants as there are forks are read at the same time.
  - A host goes the ordinary way, too, if it has another connection than C(local), C(ansible_become),
    C(qlik_in_process=false), another Python, if one of its variables asks for something that differs from play to play,
    or if it takes longer than 30 seconds. So do those that follow, once lookups in variables were waited for more than
    ten seconds in all.
  - The task never fails. What it can't find out, the ordinary tasks find out and say.
  - Results are kept in Ansible's own temporary folder, for this run only. P(qlikops.cloud.tenant_hosts#lookup) and
    P(qlikops.cloud.looked_tenants#lookup) read them.
options:
  kind:
    description:
      - The playbook that it is for. It says what counts as declared, and which roles' defaults count.
    type: str
    choices: [audit, plan, provision]
    required: true
  needs_approval:
    description:
      - Whether only what O(approved_plan) says is carried out.
    type: bool
    default: false
  approved_plan:
    description:
      - A plan, as P(qlikops.cloud.plan_digests#filter) takes it, or the path of its file.
    type: raw
attributes:
  action:
    description: Has an action plugin that does some of the work on the controller.
    support: full
    details:
      - All of the work is done on the controller.
  check_mode:
    description: Can run in check mode, and then says what would change without changing anything.
    support: full
  diff_mode:
    description: Returns what changed, or would change in check mode, as before and after.
    support: none
  idempotent:
    description: When run again with the same arguments, and nobody changed the tenant in between, nothing changes.
    support: full
  platform:
    description: The kind of operating system that the module can run on.
    support: full
    platforms: posix
requirements:
  - Python >= 3.11 on the controller, where all of the work is done
  - requests >= 2.28, for Ansible's own Python
seealso:
  - module: qlikops.cloud.qlik_data_connections
  - plugin: qlikops.cloud.tenant_hosts
    plugin_type: lookup
  - plugin: qlikops.cloud.looked_tenants
    plugin_type: lookup
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Look at all tenants
  hosts: "{{ query('qlikops.cloud.tenant_hosts', 'qlik_tenants', look='audit') }}"
  gather_facts: false
  connection: local
  tasks:
    - name: Look
      qlikops.cloud.qlik_fleet_look:
        kind: audit
      delegate_to: localhost
"""

RETURN = r"""
msg:
  description: How many tenants are as declared, and which ones follow.
  returned: always
  type: list
  elements: str
  sample:
    - "Looked first: 299 of 300 tenants as declared (598 requests). The waves are those of the other 1 tenant: acme."
"""
