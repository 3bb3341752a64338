# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter parse_connect_statement."""

from __future__ import annotations

DOCUMENTATION = r"""
name: parse_connect_statement
short_description: Take a Qlik connect statement apart
version_added: 0.1.0
description:
  - Turns C(CUSTOM CONNECT TO "provider=…;key=value;…") into its provider and its properties.
  - Names and values are kept as they are. All values are text, since a statement holds nothing else. When a name occurs
    twice, the last one counts.
  - Lists of the REST connector, such as C(queryHeaders), stay in the encoded form that the statement has them in.
options:
  _input:
    description:
      - The connect statement.
    type: str
    required: true
seealso:
  - plugin: qlikops.cloud.format_connect_statement
    plugin_type: filter
  - module: qlikops.cloud.qlik_data_connection
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Show the host that a connect statement names
  vars:
    statement: CUSTOM CONNECT TO
      "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=db.example.com;port=5432;db=orders;"
  ansible.builtin.debug:
    msg: "{{ (statement | qlikops.cloud.parse_connect_statement).properties.host }}"
    # => db.example.com

- name: Declare a connection with what an old script holds
  vars:
    parsed: "{{ lookup('ansible.builtin.file', 'orders.txt') | qlikops.cloud.parse_connect_statement }}"
  qlikops.cloud.qlik_data_connection:
    name: Orders
    space: Sales
    data_source: "{{ parsed.properties.driver }}"
    properties: "{{ parsed.properties | dict2items | rejectattr('key', 'in', ['driver']) | items2dict }}"
    secrets:
      password: "{{ vault_orders_password }}"
    secrets_version: "1"
"""

RETURN = r"""
_value:
  description: The parts of the statement.
  type: dict
  contains:
    provider:
      description: The connector, such as V(QvOdbcConnectorPackage.exe). Empty if the statement names none.
      type: str
    properties:
      description: All other pairs, by name, in the statement's order.
      type: dict
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
    from ansible_collections.qlikops.cloud.plugins.module_utils._model import connect_statement
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data


def parse_connect_statement(statement: t.Any) -> dict[str, t.Any]:
    """Provider and properties of a statement. Raises AnsibleFilterError."""
    if not isinstance(statement, str):
        raise AnsibleFilterError(f"qlikops.cloud.parse_connect_statement takes a text, not {_kind(statement)}.")
    try:
        parsed = connect_statement.parse_connect_statement(statement)
    except StatementError as error:
        raise AnsibleFilterError(f"qlikops.cloud.parse_connect_statement: {error}") from None
    # What marks a value as one that isn't shown is nothing that Ansible knows.
    return {
        "provider": str(parsed.provider),
        "properties": {name: str(value) for name, value in parsed.properties.items()},
    }


def _kind(value: t.Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a number or boolean"


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"parse_connect_statement": as_data(parse_connect_statement)}
