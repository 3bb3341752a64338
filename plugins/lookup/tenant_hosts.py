# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup tenant_hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tenant_hosts
short_description: The hosts of a play, unless there are none
version_added: 0.2.0
description:
  - Gives back the pattern that it is given, for the C(hosts) of a play, if at least one host of the inventory matches
    it and C(--limit). If none does, it is an error, and the play doesn't begin.
  - Ansible passes by a play that matches no host, with the exit status 0. After a missing group, a group that is empty,
    or C(--limit) with other hosts, that looks as if all tenants had been done. All playbooks of this collection look
    here first.
  - So it is where an extra variable is nearly, but not quite, one that narrows what a playbook of this collection does,
    such as C(qlik_host) for C(qlik_hosts). Ansible passes by what nobody asks for, and all tenants would be meant.
  - So it is where C(qlik_waves), C(qlik_max_failed_percent) or C(qlik_plan_max_failed_percent) can't be what is meant,
    such as C(0) for waves, an empty list, or a text. Ansible takes some of these for all tenants at once, or for a
    rollout that never stops.
  - With C(--syntax-check), C(--list-hosts), C(--list-tasks) and C(--list-tags) nothing is checked.
options:
  _terms:
    description:
      - The names of hosts and groups, or patterns, as C(hosts) takes them.
    type: list
    elements: str
    required: true
  allow_empty:
    description:
      - Whether to warn only, where no host matches.
    type: bool
    default: false
  otherwise:
    description:
      - What to give back instead of the pattern, where no host matches and that is allowed.
    type: str
seealso:
  - plugin: qlikops.cloud.named_tenants
    plugin_type: filter
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Do something in all tenants, of which there must be some
  hosts: "{{ query('qlikops.cloud.tenant_hosts', 'qlik_tenants') }}"
  gather_facts: false
  connection: local
  tasks:
    - name: See that Qlik Cloud answers
      qlikops.cloud.qlik_tenant_info:
"""

RETURN = r"""
_raw:
  description: The pattern, as it was given.
  type: list
  elements: str
"""

import difflib
import re
import typing as t

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.lookup import LookupBase
from ansible_collections.qlikops.cloud.plugins.plugin_utils._in_process import plain
from ansible_collections.qlikops.cloud.plugins.plugin_utils._waves import share_problem, waves_problem

# What runs no play, and so may do without hosts.
_LISTINGS = ("syntax", "listhosts", "listtasks", "listtags")
_PATTERN = re.compile(r"[*?\[&!~]")
_NOTHING_DONE = "Nothing was done: no host is meant."
_IF_RIGHT = "If it is right that there is no host, say so with -e qlik_allow_empty=true"

# Without them a playbook does more, or more at a time. The last one is there because its name is like another one.
_NARROWING = (
    "qlik_hosts",
    "qlik_waves",
    "qlik_max_failed_percent",
    "qlik_approved_plan",
    "qlik_approval_required",
    "qlik_plan_max_failed_percent",
)
_NEAR = 0.9

Groups = t.Mapping[str, t.Sequence[str]]


class LookupModule(LookupBase):
    """Looks whether the hosts of a play are any."""

    def run(
        self,
        terms: t.Sequence[t.Any],
        variables: t.Mapping[str, t.Any] | None = None,
        *,
        allow_empty: t.Any = False,
        otherwise: str | None = None,
    ) -> list[str]:
        """Raises AnsibleLookupError, saying why there is no host, or which variable is misspelt."""
        patterns = [str(name) for term in terms for name in (term if isinstance(term, (list, tuple)) else [term])]
        if any(context.CLIARGS.get(listing) for listing in _LISTINGS):
            return patterns
        found = variables or {}
        misspelt = _misspelt(found)
        if misspelt:
            raise AnsibleLookupError(f"Nothing was done: {misspelt}")
        unfit = self._unfit(found)
        if unfit:
            raise AnsibleLookupError(f"Nothing was done: {unfit}")
        problem = _problem(patterns, found.get("groups") or {}, found.get("ansible_limit"))
        if problem and boolean(allow_empty, strict=False):
            self._display.warning(f"No host is meant: {problem}")
            return patterns if otherwise is None else [otherwise]
        if problem:
            raise AnsibleLookupError(f"{_NOTHING_DONE} {problem} {_IF_RIGHT}")
        return patterns

    def _unfit(self, variables: t.Mapping[str, t.Any]) -> str:
        """What is said of waves, or of a share that may fail, by which a rollout would go other than meant; empty if
        all is well.
        """
        if "qlik_waves" in variables:
            said = waves_problem(plain(self._templar.template(variables["qlik_waves"])))
            if said:
                return said
        for name in ("qlik_max_failed_percent", "qlik_plan_max_failed_percent"):
            said = share_problem(plain(self._templar.template(variables[name])), name) if name in variables else ""
            if said:
                return said
        return ""


def _misspelt(names: t.Collection[str]) -> str:
    """What is said of a variable that looks like a misspelt one; empty if none does."""
    for name in names:
        near = difflib.get_close_matches(name, _NARROWING, n=1, cutoff=_NEAR) if name.startswith("qlik_") else []
        if near and near[0] not in names:
            return (
                f"there is no variable '{name}'. Did you mean '{near[0]}'? If it is one of your own, give it"
                " another"
                " name."
            )
    return ""


def _problem(patterns: t.Sequence[str], groups: Groups, limit: t.Any) -> str:
    """Why no host is meant; empty if one is."""
    manager = InventoryManager(loader=DataLoader(), sources=None, parse=False)
    for name, hosts in groups.items():
        manager.add_group(str(name))
        for host in hosts:
            manager.add_host(str(host), group=str(name))
    meant = len(manager.get_hosts(list(patterns)))
    if limit and meant:
        manager.subset(str(limit))
        meant = len(manager.get_hosts(list(patterns)))
        return (
            ""
            if meant
            else f"--limit {limit} leaves none of {_shown(patterns)}. See whether it names hosts of that group."
        )
    return "" if meant else _why_none(patterns, groups)


def _why_none(patterns: t.Sequence[str], groups: Groups) -> str:
    """What is wrong with patterns that no host matches."""
    if not groups.get("all"):
        return "The inventory holds no host. Give it with -i, and see whether Ansible warned that it can't read it."
    names = split_host_pattern(list(patterns))
    if not names:
        return "No name was given."
    unknown = [name for name in names if name not in groups and not _PATTERN.search(name)]
    if unknown:
        near = difflib.get_close_matches(unknown[0], [*groups, *groups["all"]], n=1)
        advice = f"Did you mean '{near[0]}'?" if near else "See whether Ansible warned that it can't read an inventory."
        return f"The inventory has no {_shown(unknown)}. {advice}"
    if all(name in groups for name in names):
        return (
            f"There is no host in {_shown(names)}. See what puts hosts there, and whether Ansible warned of an"
            " inventory."
        )
    return f"In the inventory nothing matches {_shown(names)}."


def _shown(names: t.Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
