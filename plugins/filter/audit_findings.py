# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter audit_findings."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_findings
short_description: Say what an audit found in one tenant
version_added: 0.1.0
description:
  - Turns what M(qlikops.cloud.qlik_data_connections) returned in check mode into sentences about what differs, and
    about what nobody declared. The role P(qlikops.cloud.qlik_audit#role) fails where there
    are any.
options:
  _input:
    description:
      - The result of the task.
    type: dict
    required: true
  kinds:
    description:
      - Which findings count. V(drift) is a declared space or connection that isn't as declared. V(left_over) is a
        connection that this collection manages and no definition is about. V(unmanaged) is a connection that somebody
        else made. V(policy) is a breach of a rule whose severity is C(fail). V(same_target) is a connection that
        reaches what others reach too. V(expiring) is one whose secrets have expired, or will within O(expiry_days).
    type: list
    elements: str
    choices: [drift, left_over, unmanaged, policy, same_target, expiring]
    default: [drift, left_over, unmanaged, policy, same_target, expiring]
  same_targets:
    description:
      - The connections of the tenant that reach what others reach too, as M(qlikops.cloud.qlik_fleet_report) returns
        them by host. A single result doesn't tell.
    type: list
    elements: dict
    default: []
    version_added: 1.0.0
  expiry_days:
    description:
      - How many days before their end secrets count as V(expiring).
    type: int
    default: 30
    version_added: 1.0.0
seealso:
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Look
  qlikops.cloud.qlik_data_connections:
    tenant_url: "{{ qlik_tenant_url }}"
    access_token: "{{ qlik_access_token }}"
    connections: "{{ connections }}"
    list_undeclared: spaces
  check_mode: true
  register: looked

- name: Fail when something differs
  ansible.builtin.fail:
    msg: "{{ looked | qlikops.cloud.audit_findings(['drift']) | join('; ') }}"
    # => 2 don't match their definitions (Sales:Orders, Sales:Returns)
  when: looked | qlikops.cloud.audit_findings(['drift']) | length > 0
"""

RETURN = r"""
_value:
  description:
    - One sentence for each kind of finding. Empty when nothing was found.
    - For a result that says nothing of the tenant, since the task failed, was skipped, or gave what can't be read, one
      that says so, whatever kinds are asked for.
  type: list
  elements: str
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
        EXPIRY_DAYS,
        KINDS,
        sentences,
    )
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import untold


def audit_findings(
    result: t.Any,
    kinds: t.Sequence[str] = KINDS,
    same_targets: t.Sequence[t.Any] = (),
    expiry_days: int = EXPIRY_DAYS,
) -> list[str]:
    """The sentences about one tenant. Raises AnsibleFilterError."""
    if not isinstance(result, Mapping):
        raise AnsibleFilterError("qlikops.cloud.audit_findings takes the result of a qlik_data_connections task.")
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise AnsibleFilterError(f"qlikops.cloud.audit_findings knows {', '.join(KINDS)}; not {', '.join(unknown)}.")
    if result and untold(result):
        return [f"could not be audited: {untold(result)}"]
    # Before ansible-core 2.19 a number from a variable is a text.
    return sentences({**result, "same_targets": list(same_targets)}, kinds, int(expiry_days))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"audit_findings": as_data(audit_findings)}
