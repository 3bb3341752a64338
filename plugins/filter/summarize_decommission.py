# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter summarize_decommission."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summarize_decommission
short_description: Say in a few lines what was removed from tenants, and what is left
version_added: 0.1.0
description:
  - Turns what the role P(qlikops.cloud.qlik_decommission#role) registered for each tenant into lines for a person.
options:
  _input:
    description:
      - The names of the hosts. The lists below are as long as this one, and may hold empty dictionaries for what wasn't
        done.
    type: list
    elements: str
    required: true
  found:
    description:
      - What M(qlikops.cloud.qlik_data_connection_info) returned.
    type: list
    elements: dict
    required: true
  stopped:
    description:
      - What the task returned that stops a tenant before anything is deleted.
    type: list
    elements: dict
    required: true
  removed:
    description:
      - What M(qlikops.cloud.qlik_data_connections) returned.
    type: list
    elements: dict
    required: true
  files:
    description:
      - What M(qlikops.cloud.qlik_definitions_files) returned.
    type: dict
    default: {}
  check_mode:
    description:
      - Whether nothing was deleted, so that the lines say what would be.
    type: bool
    default: false
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Say what was removed
  vars:
    held: "{{ ansible_play_batch | map('extract', hostvars) }}"
    results:
      found: "{{ held | map(attribute='found', default={}) }}"
      stopped: "{{ held | map(attribute='stopped', default={}) }}"
      removed: "{{ held | map(attribute='removed', default={}) }}"
  ansible.builtin.debug:
    msg: "{{ ansible_play_batch | qlikops.cloud.summarize_decommission(**results) }}"
    # => - "acme: 12 connections deleted (18 requests)"
    #    - "Spaces were left as they are, and so was what this collection doesn't manage."
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._as_data import as_data
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, mapping, text
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import failure_lines, requests_text

Result = t.Mapping[str, t.Any]

_NOTHING = "FAILED, nothing was deleted"
# The words for what was done, and for what would be.
_DONE = {"deleted": "deleted", "is": "is"}
_FORESEEN = {"deleted": "to delete", "is": "would be"}


def summarize_decommission(
    hosts: t.Any,
    found: t.Iterable[Result],
    stopped: t.Iterable[Result],
    removed: t.Iterable[Result],
    files: Result | None = None,
    check_mode: bool = False,
) -> list[str]:
    """The lines about all tenants. Raises AnsibleFilterError."""
    if not isinstance(hosts, (list, tuple)):
        raise AnsibleFilterError("qlikops.cloud.summarize_decommission takes a list of hosts.")
    written = {}
    for entry in entries(mapping(files).get("files")):
        if not entry.get("error"):
            written[text(entry.get("host"))] = entry
    lines = []
    if check_mode:
        lines.append("Check mode: nothing was deleted. This is what a real run would do.")
    for host, *results in zip(hosts, found, stopped, removed, strict=True):
        read, stop, gone = map(mapping, results)
        lines += _untouched(host, read, stop) or _tenant(host, read, gone, written.get(host, {}), check_mode)
    return [*lines, "Spaces were left as they are, and so was what this collection doesn't manage."]


def _untouched(host: str, read: Result, stop: Result) -> list[str]:
    """The lines about a tenant at which the deletion was not begun; none about another."""
    if not read:
        return failure_lines(host, _NOTHING, "nothing was tried")
    if read.get("failed") or "definition_notes" not in read:
        return failure_lines(host, _NOTHING, read.get("msg"))
    if stop.get("failed"):
        return failure_lines(host, _NOTHING, stop.get("msg"))
    return []


def _tenant(host: str, read: Result, gone: Result, file: Result, check_mode: bool) -> list[str]:
    deleted = _deleted(gone)
    words = _FORESEEN if check_mode else _DONE
    done = f"{counted(len(deleted), 'connection')} {words['deleted']}"
    requests = requests_text([read, gone])
    if gone.get("failed"):
        lines = failure_lines(host, f"FAILED, {done}", gone.get("msg"))
    elif deleted:
        lines = [f"{host}: {done} ({requests})"]
    else:
        lines = [f"{host}: nothing is managed that could be deleted ({requests})"]
    if deleted:
        lines.append(f"  the way back {words['is']} in {file.get('path', '')}")
        lines += map("  NOT in the way back: {}".format, file.get("left_out") or [])
    return [*lines, *map("  left: {}".format, _left(read, set(deleted)))]


def _deleted(gone: Result) -> list[str]:
    """The ids of what was deleted, or would be."""
    done = [entry for entry in entries(gone.get("results")) if entry.get("action") == "delete"]
    return [text(entry.get("id")) for entry in done if not entry.get("error")]


def _left(read: Result, deleted: t.Container[str]) -> list[str]:
    """What somebody may not expect to be there still."""
    left = []
    for definition, note in zip(entries(read.get("definitions")), entries(read.get("definition_notes")), strict=False):
        if note.get("credentials_id") and text(note.get("id")) in deleted:
            name = text(definition.get("name"))
            left.append(f"the separate credentials {note['credentials_id']} of connection '{name}'")
    defined = {text(note.get("id")) for note in entries(read.get("definition_notes"))}
    for one in entries(read.get("connections")):
        if text(one.get("id")) not in defined:
            owner = text(one.get("owner_id"))
            left.append(f"connection '{text(one.get('name'))}' in the personal space of user {owner}")
    return left


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"summarize_decommission": as_data(summarize_decommission)}
