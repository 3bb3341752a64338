# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of a fleet. Only the documentation: the action of the same name does the work, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_fleet_report
short_description: Read what came back from the tenants of a fleet, and write it as JSON, HTML and JUnit files
version_added: 0.1.0
description:
  - Collects what M(qlikops.cloud.qlik_data_connections) returned for each host, from the variable where the result was
    registered, and writes one report of all of them.
  - The JSON file is for programs. Its form is described in C(docs/reports.md) and C(docs/report.schema.json) of the
    collection, and the filter P(qlikops.cloud.plan_digests#filter) reads it.
  - The HTML file is for people. It is a single file that opens from disk and asks no server for anything. It shows
    tenants and connections as a matrix, with filters, and each tenant's differences with before and after.
  - The JUnit file is for the test viewer of a CI system. Each tenant is a suite, each connection a test.
  - Secrets appear nowhere, since the results hold none. Neither do the keyed digests by which this collection remembers
    them.
  - Everything happens on the controller. No tenant is asked for anything.
options:
  kind:
    description:
      - What the results are results of. It is the name of the files, and decides what a difference means.
      - V(plan) and V(audit) are results of check mode, so in the JUnit file a difference is a failure.
      - V(provision) and V(rotation) are results of runs that write. There a difference is what was done.
      - V(test) are results of M(qlikops.cloud.qlik_data_connection_test), so in the JUnit file a connection that
        doesn't work is a failure, and one of which that isn't known is skipped.
    type: str
    choices: [plan, audit, provision, rotation, test]
    required: true
  directory:
    description:
      - The folder for the files. A relative one is relative to where C(ansible-playbook) was started. It is made when
        it is missing.
      - The files are V(<kind>.json), V(<kind>.html) and V(<kind>.junit.xml). Files of these names are replaced, each as
        a whole.
      - If left out or empty, no file is written.
    type: path
    default: ""
  formats:
    description:
      - Which files to write.
    type: list
    elements: str
    choices: [json, html, junit]
    default: [json, html, junit]
  hosts:
    description:
      - The hosts to report about. One without a result is reported as not reached.
      - If left out, all hosts that were looked at, see O(looked), or all hosts of the play.
    type: list
    elements: str
  fail_on:
    description:
      - What makes a tenant of an V(audit) fail, in the JSON file, the page and the JUnit file alike. V(drift) is a
        declared space or connection that isn't as declared, V(left_over) a connection that this collection manages and
        no definition is about, V(unmanaged) one that somebody else made, V(policy) one that breaks a rule of the
        policy whose severity is C(fail), V(same_target) one that reaches what another one reaches too,
        V(expiring) one whose secrets have expired, or will within O(expiry_days). It counts for all hosts.
    type: list
    elements: str
    choices: [drift, left_over, unmanaged, policy, same_target, expiring]
    default: [drift, left_over, policy]
    version_added: 1.0.0
  same_target_allowed:
    description:
      - Patterns of targets that several connections may reach, such as V(postgres shared.example.com:5432 *). Which
        reach the same is told where the results have C(targets).
    type: list
    elements: str
    default: []
    version_added: 1.0.0
  expiry_days:
    description:
      - How many days before their end an V(audit) tells of secrets, 0 or more. It counts for all hosts.
    type: int
    default: 30
    version_added: 1.0.0
  mode:
    description:
      - The mode of the files. Nobody but the user who runs Ansible reads them by default.
      - V(0640) or V(0644) lets others read them, for example to publish them as another user. Nobody else may write to
        them, since a plan is what somebody approves.
    type: raw
    default: "0600"
    version_added: 1.0.0
  result_variable:
    description:
      - The variable in which each host's result was registered.
    type: str
    default: qlik_connections_result
  message:
    description:
      - Lines to print with the task's result, such as those of P(qlikops.cloud.summarize_wave#filter), whatever the
        verbosity. A line that says where the files are is added. The result holds nothing else then.
    type: list
    elements: str
    version_added: 1.0.0
  rollout:
    description:
      - Print what the play's wave of hosts did, as O(message) prints lines, in the words of
        P(qlikops.cloud.summarize_wave#filter), of whose options these are some.
      - The wave, and which hosts come before and after it, is what Ansible says of the play. Those that were found as
        declared beforehand, see O(looked), are told with the last wave.
      - The playbook C(qlikops.cloud.provision) gives this. In a template that takes much longer.
    type: dict
    version_added: 1.0.0
    suboptions:
      part:
        description:
          - Whether to tell of the tenants that passed, or of those that failed and of how the rollout goes on.
        type: str
        choices: [passed, failed]
        required: true
      max_failed_percent:
        description:
          - How much of a wave may fail before the rollout stops.
        type: float
        default: 0.0
  hand_on:
    description:
      - With O(kind=plan), whether to set the digests of the tenants' plans as the custom stat C(qlik_approved_plan), as
        C(ansible.builtin.set_stats) does. In a workflow of AWX, a job that follows gets them as an extra variable.
    type: bool
    default: false
    version_added: 1.0.0
  looked:
    description:
      - The kind of a look with M(qlikops.cloud.qlik_fleet_look). Of the hosts that it found as declared, its results
        are taken.
    type: str
    choices: ["", audit, plan, provision]
    default: ""
    version_added: 1.0.0
  check_only:
    description:
      - Only look whether the other options can be meant, and whether O(directory) can be written to. No result is read
        and nothing is written. So what would keep a report from being written is told before the first tenant is read.
    type: bool
    default: false
    version_added: 1.0.0
attributes:
  action:
    description: Has an action plugin that does some of the work on the controller.
    support: full
    details:
      - All of the work is done on the controller.
  check_mode:
    description: Can run in check mode, and then says what would change without changing anything.
    support: full
    details:
      - The files are written in check mode too, since a plan is what came back from check mode.
  diff_mode:
    description: Returns what changed, or would change in check mode, as before and after.
    support: none
  idempotent:
    description: When run again with the same arguments, and nobody changed the tenant in between, nothing changes.
    support: full
    details:
      - A report is output, as what is printed on the terminal is. So this module never reports a change.
  platform:
    description: The kind of operating system that the module can run on.
    support: full
    platforms: posix
requirements:
  - Python >= 3.11 on the controller, where all of the work is done
notes:
  - Use C(run_once), so that the report is written once and not once for each host.
  - Along with the results, these variables of each host go into the report, if they are there. They are
    C(qlik_tenant_url), C(qlik_region), C(qlik_country), C(qlik_subscription) and C(qlik_status), as the inventory
    plugin sets them.
  - Two equal plans differ in C(created), and in how many requests they took and how long.
seealso:
  - module: qlikops.cloud.qlik_data_connections
  - plugin: qlikops.cloud.plan_digests
    plugin_type: filter
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Report what would be done
  qlikops.cloud.qlik_fleet_report:
    kind: plan
    directory: reports
  run_once: true
  delegate_to: localhost

- name: Report of all tenants of a group, for the test viewer of a CI system only
  qlikops.cloud.qlik_fleet_report:
    kind: audit
    directory: "{{ playbook_dir }}/reports"
    formats: [junit]
    hosts: "{{ groups['qlik_tenants'] }}"
  run_once: true
  delegate_to: localhost
  register: audit

- name: Fail when a tenant differs from what is declared
  ansible.builtin.assert:
    that: audit.summary.passed == audit.summary.tenants.total
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: The lines of O(message) or O(rollout), and where the files are.
  version_added: 1.0.0
  returned: when O(message) or O(rollout) is given
  type: list
  elements: str
paths:
  description: The files that were written, as absolute paths by format.
  returned: success, without O(message) and O(rollout)
  type: dict
  sample:
    json: /srv/fleet/reports/plan.json
    html: /srv/fleet/reports/plan.html
    junit: /srv/fleet/reports/plan.junit.xml
fail_on:
  description: What makes a tenant of an audit fail, as O(fail_on) gave it.
  version_added: 1.0.0
  returned: success, without O(message) and O(rollout)
  type: list
  elements: str
  sample: [drift, left_over, policy]
expiry_days:
  description: How many days before their end an audit tells of secrets, as O(expiry_days) gave it.
  returned: success, without O(message) and O(rollout)
  type: int
  sample: 30
  version_added: 1.0.0
failed_hosts:
  description:
    - The hosts that could not be planned, or never got as far.
  version_added: 1.0.0
  returned: when O(kind=plan), without O(message) and O(rollout)
  type: list
  elements: str
  sample: [umbrella]
lines:
  description:
    - What an audit found over all tenants, or what a plan would do, as the playbooks print it. Tenants of which the
      same is said share a line.
  version_added: 1.0.0
  returned: when O(kind=audit) or O(kind=plan), without O(message) and O(rollout)
  type: list
  elements: str
  sample:
    - "acme: 1 doesn't match its definition (Finance:Postgres)"
    - 39 of 40 tenants match what is declared; 1 differs; 0 could not be audited.
summary:
  description: The fleet in numbers.
  returned: success, without O(message) and O(rollout)
  type: dict
  contains:
    tenants:
      description:
        - How many tenants there are, and how many of them C(changed) (in check mode, those that differ), are
          C(unchanged), C(failed), were C(skipped) because their plan was not the one that was approved, or were
          C(not_reached).
        - In an audit those that hold something else than what is declared, and count as failed for that, are
          C(left_over), C(unmanaged) or C(expiring).
      type: dict
      sample: {total: 40, changed: 3, unchanged: 35, failed: 1, skipped: 0, not_reached: 1}
    passed:
      description: How many tenants an audit found nothing in that counts. All of them, where its exit status is 0.
      version_added: 1.0.0
      returned: when O(kind=audit)
      type: int
      sample: 35
    findings:
      description: In how many tenants an audit found C(drift), C(left_over), C(unmanaged) and C(expiring) connections,
        whether that counts or not.
      version_added: 1.0.0
      returned: when O(kind=audit)
      type: dict
      sample: {drift: 3, left_over: 2, unmanaged: 17, expiring: 1}
    connections:
      description: Declared connections of all tenants by what became of them, or would.
      type: dict
      sample: {created: 2, updated: 5, moved: 0, replaced: 0, deleted: 0, unchanged: 1490, failed: 1}
    tests:
      description: The connections that were tried, by what was found.
      returned: when O(kind=test)
      type: dict
      sample: {works: 1490, failed: 1, unknown: 7}
      version_added: 1.0.0
    spaces:
      description: Declared spaces of all tenants by what became of them, or would.
      type: dict
      sample: {created: 1, updated: 0, deleted: 0, unchanged: 79, failed: 0}
    undeclared:
      description:
        - Connections that no definition declares. Those that carry this collection's tag are C(managed), so they were
          declared once.
      type: dict
      sample: {managed: 2, unmanaged: 17}
    requests:
      description: Requests to all tenants, and how many had to be repeated.
      type: dict
      sample: {reads: 412, writes: 0, retries: 3}
    waited_seconds:
      description: Seconds that the tasks spent waiting for rate limits and before repetitions, added up over the
        tenants.
      type: float
      sample: 4.5
    seconds:
      description: Seconds that the tasks took, added up over the tenants.
      type: float
      sample: 61.2
"""
