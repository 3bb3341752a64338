# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this collection works on a Qlik Cloud tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: qlik_acceptance
short_description: Read whether this collection works on a Qlik Cloud tenant
version_added: 1.0.0
description:
  - Tries on a tenant, in two spaces of its own, all that this collection builds on, with the rights of the client that
    will do the work. Then says whether it works there, and where the tenant does otherwise than is taken for likelier.
  - In these spaces it creates connections in each form, reads, lists, changes, moves, duplicates and deletes them, and
    makes mistakes on purpose. Then it does the same with this collection's own modules. Hosts are below C(.invalid), so
    that nothing is ever connected.
  - It can't touch anything else. Before each request leaves, a guard looks whether all that it names lies in the run's
    spaces or was made by it, and stops it otherwise. No data source is switched, and no user is changed.
  - At the end all of it is removed, and the tenant is compared with what was there before. What is made is noted down
    in O(directory) before it is acted upon, so that the next run removes what a killed one left. Two runs can't work
    with one directory at the same time.
  - It sends about 305 requests, of which about 115 write, and takes less than two minutes as a rule.
  - Points that aren't seen are named with the reason.
extends_documentation_fragment:
  - qlikops.cloud.tenant
  - qlikops.cloud.attributes
options:
  directory:
    description:
      - The folder for what was found and for the journal of the run, on the machine where the module runs. It is made
        when it is missing. Each tenant needs one of its own, the same from run to run.
      - Written are C(acceptance.json), C(acceptance.html), C(acceptance.junit.xml), C(acceptance.txt), and
        C(profile.json), by which an emulated tenant can be made to behave like this one.
    type: path
    required: true
  owner:
    description:
      - A user, by id or e-mail address, who becomes the owner of one connection of the run for a moment, so that it is
        seen what a change of owner does. Without it, no owner is changed.
    type: str
  group:
    description:
      - The name of a group that becomes a member of one of the run's spaces for a moment, so that it is seen whether
        members can be held. Without it, nobody becomes a member.
    type: str
  reload:
    description:
      - Whether an app is made in a space of the run too, and reloaded twice, so that it is seen how scripts and logs
        behave. That takes up to two minutes more, and counts among the reloads of your contract.
    type: bool
    default: false
  record:
    description:
      - Whether the exchanges are written to C(record.json) too, to be attached to a report. Only those about what the
        run made are in it. Ids, names, addresses and other texts are replaced by words such as C(<id-3>), so that it
        tells neither a secret nor whose tenant it was.
    type: bool
    default: false
  cleanup:
    description:
      - Whether only what an earlier run left is removed, and nothing is tried.
    type: bool
    default: false
  time_limit:
    description:
      - How many seconds the run may take, 30 or more. A fifth of them is kept for cleaning up, which goes on until all
        is removed. No other request is sent when the rest of the time is over; what there is no time for is named.
    type: int
    default: 600
attributes:
  check_mode:
    support: full
    details:
      - In check mode nothing is asked of the tenant. RV(plan) says what would be done.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing that stays.
  idempotent:
    support: full
    details:
      - This module changes nothing that stays.
seealso:
  - module: qlikops.cloud.qlik_tenant_info
  - module: qlikops.cloud.qlik_data_connection_test
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
# These tasks are signed in by QLIK_TENANT_URL and QLIK_API_KEY in the environment.

- name: See what would be done
  qlikops.cloud.qlik_acceptance:
    directory: acceptance/acme
  check_mode: true

- name: Try whether the collection works on the tenant
  qlikops.cloud.qlik_acceptance:
    directory: acceptance/acme
  register: found

- name: Remove what a run that was killed left
  qlikops.cloud.qlik_acceptance:
    directory: acceptance/acme
    cleanup: true
"""

RETURN = r"""
sentence:
  description: What it comes to, in a sentence.
  returned: except in check mode
  type: str
  sample: "Works, with these differences: parse_values is typed."
verdict:
  description:
    - C(works), C(works_with_differences), or C(do_not_roll_out), with which the task fails. Empty with O(cleanup).
  returned: except in check mode
  type: str
  sample: works_with_differences
tenant:
  description: The tenant's address.
  returned: when the tenant was tried
  type: str
  sample: acme.eu.qlikcloud.com
points:
  description: What Qlik's documentation leaves open, and where this tenant stands.
  returned: when the tenant was tried
  type: list
  elements: dict
  contains:
    name:
      description: The name of the point.
      type: str
      sample: parse_values
    question:
      description: What is open.
      type: str
      sample: Values in connectionProperties of parseConnection
    expected:
      description: What this collection takes for likelier. It does with either.
      type: raw
      sample: text
    seen:
      description: Whether the position of the tenant was seen.
      type: bool
      sample: true
    position:
      description: The position of the tenant. None if it wasn't seen.
      type: raw
      sample: typed
    differs:
      description: Whether it is another than the one that is taken for likelier.
      type: bool
      sample: true
    why:
      description: What showed it, or why it could not be told.
      type: str
      sample: 23 values of a database
facts:
  description: What Qlik documents and this collection builds on, and whether it held.
  returned: when the tenant was tried
  type: list
  elements: dict
  contains:
    name:
      description: The name of the fact.
      type: str
      sample: patch_array
    text:
      description: What is documented.
      type: str
      sample: PATCH takes a bare array and answers 204
    source:
      description: Where.
      type: str
      sample: qlik.dev, changelog 134
    vital:
      description: Whether nobody should roll out where it doesn't hold.
      type: bool
      sample: true
    held:
      description: Whether it held. None if the run didn't meet it.
      type: bool
      sample: true
    why:
      description: What was answered.
      type: str
      sample: "204"
lacking:
  description: Rights that the client lacks.
  returned: when the tenant was tried
  type: list
  elements: dict
  contains:
    right:
      description: The right.
      type: str
      sample: an administrator's role
    feature:
      description: What needs it.
      type: str
      sample: moving, handing over and deleting many connections at once
left:
  description: What of the run could not be removed, with the reason. Empty as a rule.
  returned: when the tenant was tried
  type: list
  elements: str
  sample: []
profile:
  description: The positions that were seen, by the names of the points.
  returned: when the tenant was tried
  type: dict
  sample:
    parse_values: typed
counts:
  description: How many requests the run sent.
  returned: when the tenant was tried
  type: dict
  contains:
    reads:
      description: Requests that read.
      type: int
      sample: 145
    writes:
      description: Requests that write.
      type: int
      sample: 103
paths:
  description: The files that were written, by their names.
  returned: when the tenant was tried
  type: dict
  sample:
    acceptance.html: acceptance/acme/acceptance.html
plan:
  description: What would be done, step by step.
  returned: in check mode
  type: list
  elements: str
  sample: [Ask with a token that is none]
most_requests:
  description: How many requests a run sends at most, the lists of what is there before and after left out.
  returned: in check mode
  type: dict
  contains:
    reads:
      description: Requests that read.
      type: int
      sample: 240
    writes:
      description: Requests that write.
      type: int
      sample: 130
requests:
  description: How many requests the task sent to the tenant.
  returned: always, unless the task could not choose a tenant and a way to sign in
  type: dict
  contains:
    reads:
      description: Requests that read, repetitions not counted.
      type: int
      sample: 150
    writes:
      description: Requests that write. 0 in check mode.
      type: int
      sample: 103
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
      sample: 61.4
"""

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import acceptance_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import (
    acceptance,
    data_connection_info,
    data_connections,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._module import TenantModule


def main() -> None:
    """Run the job on the options that Ansible gives."""
    module = TenantModule(argument_spec=acceptance_spec(), supports_check_mode=True)
    module.run(acceptance.job_with(data_connections.run, data_connection_info.run))


if __name__ == "__main__":
    main()
