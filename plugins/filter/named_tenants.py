# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter named_tenants."""

from __future__ import annotations

DOCUMENTATION = r"""
name: named_tenants
short_description: Take a list of tenants only if each is named, and all are confirmed
version_added: 0.1.0
description:
  - Gives back the hosts that somebody named, for the C(hosts) of a play that can't be undone by running it again. The
    playbooks C(qlikops.cloud.decommission) and C(qlikops.cloud.acceptance) use it.
  - A group, a pattern and C(all) are refused, since what they stand for changes with the inventory. So is a name that
    the inventory doesn't have.
  - It fails before anything is read from a tenant, and the message says what to give.
  - Without an inventory nothing can be named, and the list is empty.
options:
  _input:
    description:
      - The names of hosts, as a list or as a text with commas.
    type: raw
    required: true
  groups:
    description:
      - Ansible's variable C(groups).
    type: dict
    required: true
  confirm:
    description:
      - What the user gave as C(qlik_confirm). It must be the O(word) and the names, in the order of the list, with
        commas between.
    type: str
    default: ""
  word:
    description:
      - What is to be confirmed.
    type: str
    choices: [decommission, acceptance]
    default: decommission
    version_added: 1.0.0
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Refuse what wasn't named and confirmed
  ansible.builtin.debug:
    msg: "{{ ['acme'] | qlikops.cloud.named_tenants(groups=groups, confirm='decommission acme') }}"
    # => ["acme"]
"""

RETURN = r"""
_value:
  description: The names of the hosts, each once.
  type: list
  elements: str
"""

import re
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects

_PATTERN = re.compile(r"[*?\[\]:,;\s]|^[!&~@]")


# Of what the message says by the word: what wasn't done, and what would be.
_DONE: t.Mapping[str, tuple[str, str]] = {
    "decommission": ("read or removed", "deletes the managed connections of the tenants that are named"),
    "acceptance": (
        "read or made",
        "makes two spaces in each of the tenants that are named, sends about 305 requests, of which about 115 write in"
        " these spaces, and removes them again",
    ),
}


def named_tenants(
    names: t.Any, groups: t.Mapping[str, t.Sequence[str]], confirm: t.Any = "", word: str = "decommission"
) -> list[str]:
    """The hosts that were named and confirmed. Raises AnsibleFilterError."""
    known = set(groups.get("all") or ())
    if not known:
        return []
    if word not in _DONE:
        raise AnsibleFilterError(f"word must be one of {', '.join(_DONE)}, not '{word}'")
    undone, does = _DONE[word]
    hosts = _named(names)
    if not hosts:
        raise AnsibleFilterError(
            f"Nothing was {undone}: name the tenants in qlik_hosts, as in -e qlik_hosts=acme,globex"
        )
    for host in hosts:
        problem = _problem(host, known, groups)
        if problem:
            raise AnsibleFilterError(f"Nothing was {undone}: qlik_hosts must name each tenant, and '{host}' {problem}")
    phrase = f"{word} {', '.join(hosts)}"
    if str(confirm or "").strip() != phrase:
        raise AnsibleFilterError(
            f"Nothing was {undone}: this {does}. To confirm it, add: -e 'qlik_confirm=\"{phrase}\"'"
        )
    return hosts


def _named(names: t.Any) -> list[str]:
    """The names in a list, or in a text with commas, each once."""
    items: t.Sequence[t.Any] = ()
    if isinstance(names, str):
        items = names.split(",")
    elif isinstance(names, (list, tuple)):
        items = names
    stripped = (str(item).strip() for item in items)
    return list(dict.fromkeys(filter(None, stripped)))


def _problem(host: str, known: t.Container[str], groups: t.Container[str]) -> str:
    if host in groups:
        return "is a group. What belongs to it changes with the inventory, so name the hosts themselves."
    if _PATTERN.search(host):
        return "is a pattern. What it stands for changes with the inventory, so name the hosts themselves."
    if host not in known:
        return "isn't in the inventory. Look for a typing mistake, or add the inventory with -i."
    return ""


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"named_tenants": hidden_defects()(named_tenants)}
