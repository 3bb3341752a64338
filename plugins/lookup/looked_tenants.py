# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup looked_tenants."""

from __future__ import annotations

DOCUMENTATION = r"""
name: looked_tenants
short_description: What a look at all tenants found, for the tasks that sum up
version_added: 1.0.0
description:
  - Gives the results of the tenants that M(qlikops.cloud.qlik_fleet_look) found as declared, earlier in this run of
    C(ansible-playbook). The playbooks of this collection put them beside the results of the others.
options:
  _terms:
    description:
      - The kind of the look.
    type: list
    elements: str
    required: true
seealso:
  - module: qlikops.cloud.qlik_fleet_look
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Say how many are as declared
  ansible.builtin.debug:
    msg: "{{ lookup('qlikops.cloud.looked_tenants', 'audit').results | default({}) | length }}"
"""

RETURN = r"""
_raw:
  description:
    - For each kind a dictionary. It is empty if nobody looked.
    - C(hosts) are all hosts that were to be looked at. C(results) has a result of
      M(qlikops.cloud.qlik_data_connections) for those of them that are as declared, by host.
  type: list
  elements: dict
"""

import typing as t

from ansible.plugins.lookup import LookupBase
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import kept


class LookupModule(LookupBase):
    """Reads what was kept."""

    def run(
        self,
        terms: t.Sequence[str],
        variables: t.Mapping[str, t.Any] | None = None,  # noqa: ARG002 - the form of a lookup
    ) -> list[dict[str, t.Any]]:
        with hidden_defects():
            return [_found(str(kind)) for kind in terms]


def _found(kind: str) -> dict[str, t.Any]:
    found = kept(kind)
    if found is None:
        return {}
    return {"hosts": found.hosts, "results": found.results}
