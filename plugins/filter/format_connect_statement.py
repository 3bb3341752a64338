# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter format_connect_statement."""

from __future__ import annotations

DOCUMENTATION = r"""
name: format_connect_statement
short_description: Write a Qlik connect statement
version_added: 0.1.0
description:
  - Turns a provider and properties into C(CUSTOM CONNECT TO "provider=…;key=value;…"), the inverse of
    P(qlikops.cloud.parse_connect_statement#filter).
  - Booleans become V(true) and V(false), numbers plain text. A property that is null gets an empty value.
  - A list of the REST connector, such as C(queryHeaders), can be given as a list of C(name), C(value) and C(encrypt).
    The value of an item with C(encrypt) set to true is left out, as Qlik does.
  - A statement can hold no semicolon, double quote or line break inside a value. Such a value is an error; the option
    O(qlikops.cloud.qlik_data_connection#module:properties) takes it.
options:
  _input:
    description:
      - A dictionary with the keys C(properties) (required) and C(provider), as
        P(qlikops.cloud.parse_connect_statement#filter) returns it.
    type: dict
    required: true
notes:
  - Every user who can see a connection can read its statement. Never put a password into it.
seealso:
  - plugin: qlikops.cloud.parse_connect_statement
    plugin_type: filter
  - module: qlikops.cloud.qlik_data_connection
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Write a statement
  vars:
    parts:
      provider: QvOdbcConnectorPackage.exe
      properties:
        driver: postgres
        host: db.example.com
        port: 5432
        db: orders
  ansible.builtin.debug:
    msg: "{{ parts | qlikops.cloud.format_connect_statement }}"
    # => CUSTOM CONNECT TO
    # "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=db.example.com;port=5432;db=orders;"

- name: Change the host inside a statement
  vars:
    statement: CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=old.example.com;port=5432;"
    changed:
      properties:
        host: new.example.com
  ansible.builtin.debug:
    msg: >-
      {{ statement | qlikops.cloud.parse_connect_statement | combine(changed, recursive=true)
      | qlikops.cloud.format_connect_statement }}

- name: Write a statement of the REST connector with a header
  vars:
    parts:
      provider: QvRestConnector.exe
      properties:
        url: https://api.example.com/orders
        queryHeaders:
          - name: Accept-Language
            value: en
          - name: X-API-Key
            encrypt: true
  ansible.builtin.debug:
    msg: "{{ parts | qlikops.cloud.format_connect_statement }}"
    # => CUSTOM CONNECT TO
    # "provider=QvRestConnector.exe;url=https://api.example.com/orders;queryHeaders=Accept-Language%2en%1X-API-Key%2%1;"
"""

RETURN = r"""
_value:
  description: The connect statement.
  type: str
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
    from ansible_collections.qlikops.cloud.plugins.module_utils._model import connect_statement
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data


def format_connect_statement(parts: t.Any) -> str:
    """The statement of C({provider, properties}). Raises AnsibleFilterError."""
    if not isinstance(parts, Mapping) or not isinstance(parts.get("properties"), Mapping):
        raise AnsibleFilterError(
            "qlikops.cloud.format_connect_statement takes a dictionary with provider and properties, as"
            " parse_connect_statement returns it."
        )
    unknown = sorted(map(str, set(parts) - {"provider", "properties"}))
    if unknown:
        raise AnsibleFilterError(
            f"qlikops.cloud.format_connect_statement takes provider and properties, not {', '.join(unknown)}. Pairs"
            " belong in properties."
        )
    properties = {str(name): value for name, value in parts["properties"].items()}
    provider = parts.get("provider")
    if provider and any(name.lower() == "provider" for name in properties):
        raise AnsibleFilterError(
            "qlikops.cloud.format_connect_statement: the provider is given twice; keep it out of properties."
        )
    try:
        return connect_statement.format_connect_statement(str(provider or ""), properties)
    except StatementError as error:
        raise AnsibleFilterError(f"qlikops.cloud.format_connect_statement: {error}") from None


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"format_connect_statement": as_data(format_connect_statement)}
