# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter merge_definitions."""

from __future__ import annotations

DOCUMENTATION = r"""
name: merge_definitions
short_description: Merge layers of connection definitions into one list
version_added: 0.1.0
description:
  - Takes lists of definitions, as O(qlikops.cloud.qlik_data_connections#module:connections) takes them, and merges them
    into one such list. So what all tenants share, what a region adds and what one tenant changes are written down once
    each.
  - Definitions of different layers are about the same connection if their C(name) and C(space) are the same, or their
    C(id) if they have no name. Within a layer each connection may occur once.
  - C(properties) and C(secrets) are merged name by name, and so are dictionaries inside them. Lists are replaced. Of
    all other options, the value in the later layer counts.
  - A null in a later layer takes away what an earlier one declares, be it one property or a whole option.
  - C(state=absent) in a later layer makes the connection absent. A still later layer can bring it back with
    C(state=present) and all that it is made of then.
  - Qlik's own spellings of the options, such as C(qName), may be mixed with this collection's. The result has this
    collection's.
options:
  _input:
    description:
      - The layers, the most general first. Each is a list of definitions. A layer that is null is empty.
    type: list
    elements: list
    required: true
  names:
    description:
      - What error messages call the layers, in the same order. If left out, they are numbered from 1.
    type: list
    elements: str
    default: []
seealso:
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Connections for all tenants, with what is different in this one
  vars:
    for_all:
      - name: Orders
        space: Sales
        data_source: postgres
        properties: {host: db.example.com, port: 5432, db: orders, username: qlik}
        secrets: {password: "{{ vault_orders_password }}"}
      - name: Returns
        space: Sales
        data_source: postgres
        properties: {host: db.example.com, port: 5432, db: returns, username: qlik}
        secrets: {password: "{{ vault_returns_password }}"}
    for_this_one:
      - name: Orders
        space: Sales
        properties: {host: db-eu.example.com, port: null}
      - name: Returns
        space: Sales
        state: absent
  qlikops.cloud.qlik_data_connections:
    tenant_url: "{{ qlik_tenant_url }}"
    access_token: "{{ qlik_access_token }}"
    fingerprint_key: "{{ vault_fingerprint_key }}"
    connections: "{{ [for_all, for_this_one] | qlikops.cloud.merge_definitions }}"
    # => Orders on db-eu.example.com, without a port of its own but with all the rest; no Returns
"""

RETURN = r"""
_value:
  description: One list of definitions, in the order in which each first appears in the layers.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._declared import layers as model
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects


def merge_definitions(layers: t.Any, names: t.Any = ()) -> list[dict[str, t.Any]]:
    """The merged definitions. Raises AnsibleFilterError."""
    if not isinstance(layers, (list, tuple)):
        raise AnsibleFilterError(
            "qlikops.cloud.merge_definitions takes a list of layers, each of which is a list of definitions."
        )
    try:
        return model.merge_definitions(layers, [str(name) for name in names or ()])
    except DefinitionError as error:
        problems = "\n".join(f"- {problem}" for problem in error.problems)
        raise AnsibleFilterError(f"The definitions can't be merged:\n{problems}") from None


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"merge_definitions": hidden_defects()(merge_definitions)}
