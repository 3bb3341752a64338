# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup tenant_hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tenant_hosts
short_description: The hosts of a play, unless there are none
version_added: 1.0.0
description:
  - Gives back the pattern that it is given, for the C(hosts) of a play, if at least one host of the inventory matches
    it and C(--limit). If none does, it is an error, and the play doesn't begin.
  - Ansible skips a play that matches no host, with the exit status 0. After a missing group, a group that is empty,
    or C(--limit) with other hosts, that looks as if all tenants had been done. All playbooks of this collection look
    here first.
  - So it is where an extra variable is nearly, but not quite, one that narrows what a playbook of this collection does,
    such as C(qlik_host) for C(qlik_hosts). Ansible ignores what nobody asks for, and all tenants would be meant.
  - So it is where C(qlik_waves), C(qlik_max_failed_percent) or C(qlik_plan_max_failed_percent) can't be what is meant,
    such as C(0) for waves, an empty list, or a text. Ansible takes some of these for all tenants at once, or for a
    rollout that never stops.
  - So it is where a name that is excluded (C(!acme)) or intersected (C(&qlik_region_eu)) is no group of the inventory
    and matches no host. Ansible ignores an exclusion that it doesn't know, and the run would be wider than it is
    meant to be. A group without hosts is no error.
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
  look:
    description:
      - The kind of a playbook whose tenants may be looked at first, with M(qlikops.cloud.qlik_fleet_look). For its play
        that looks. What comes back is the pattern, or one that no host matches where O(look_first) says so.
    type: str
    choices: [audit, plan, provision]
    version_added: 1.0.0
  look_first:
    description:
      - With O(look), whether to look first. V(auto) does from 20 hosts on, where that is quicker.
    type: raw
    default: auto
    version_added: 1.0.0
  looked:
    description:
      - The same kind, for the play that follows. What comes back is the names of the hosts that aren't as declared. The
        pattern, if nobody looked.
    type: str
    choices: [audit, plan, provision]
    version_added: 1.0.0
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
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.lookup import LookupBase
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.hosts import pattern_of, pays
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import forget, kept
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._plain import plain
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._truth import as_boolean
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
# A pattern that matches nothing, without a warning.
_NOBODY = ["all:!all"]

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
        look: str | None = None,
        look_first: t.Any = "auto",
        looked: str | None = None,
    ) -> list[str]:
        """Raises AnsibleLookupError, saying why there is no host, or what is misspelt."""
        with hidden_defects():
            known = variables or {}
            checked = self._checked(terms, known, allow_empty=allow_empty, otherwise=otherwise)
            if any(map(context.CLIARGS.get, _LISTINGS)):
                return checked
            if look:
                return _to_look_at(look, look_first, checked, known)
            if looked:
                return _left_over(looked, checked, known)
            return checked

    def _checked(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any], *, allow_empty: t.Any, otherwise: str | None
    ) -> list[str]:
        """The patterns among the terms, or what else to give back. Raises AnsibleLookupError."""
        patterns = _texts(terms)
        if any(map(context.CLIARGS.get, _LISTINGS)):
            return patterns
        groups: Groups = variables.get("groups") or {}
        mistake = _misspelt(variables) or self._unfit(variables) or _unknown_narrowing(patterns, groups)
        if mistake:
            raise AnsibleLookupError(f"Nothing was done: {mistake}")
        problem = _problem(patterns, groups, variables.get("ansible_limit"))
        if not problem:
            return patterns
        if not as_boolean(allow_empty):
            raise AnsibleLookupError(f"{_NOTHING_DONE} {problem} {_IF_RIGHT}")
        self._display.warning(f"No host is meant: {problem}")
        if otherwise is None:
            return patterns
        return [otherwise]

    def _unfit(self, variables: t.Mapping[str, t.Any]) -> str:
        """What is said of waves, or of a share that may fail, by which a rollout would go other than meant; empty if
        all is well.
        """
        problem = ""
        if "qlik_waves" in variables:
            problem = waves_problem(plain(self._templar.template(variables["qlik_waves"])))
        for name in ("qlik_max_failed_percent", "qlik_plan_max_failed_percent"):
            if not problem and name in variables:
                problem = share_problem(plain(self._templar.template(variables[name])), name)
        return problem


def _to_look_at(kind: str, look_first: t.Any, patterns: list[str], variables: t.Mapping[str, t.Any]) -> list[str]:
    """The hosts of a play that looks: all, or none. What an earlier playbook found is forgotten. Raises
    AnsibleLookupError.
    """
    forget(kind)
    manager = _inventory_of(variables.get("groups") or {})
    if variables.get("ansible_limit"):
        manager.subset(str(variables["ansible_limit"]))
    try:
        if pays(look_first, len(manager.get_hosts(patterns))):
            return patterns
    except ValueError as error:
        raise AnsibleLookupError(f"Nothing was done: {error}.") from None
    return _NOBODY


def _left_over(kind: str, patterns: list[str], variables: t.Mapping[str, t.Any]) -> list[str]:
    """The hosts of the play that follows: those that aren't as declared, if somebody looked."""
    found = kept(kind)
    if found is None:
        return patterns
    return pattern_of(found, patterns, variables.get("groups") or {})


def _texts(terms: t.Sequence[t.Any]) -> list[str]:
    """The patterns among the terms of a lookup, each of which may be a list."""
    patterns: list[str] = []
    for term in terms:
        names = term if isinstance(term, (list, tuple)) else [term]
        patterns += map(str, names)
    return patterns


def _misspelt(names: t.Collection[str]) -> str:
    """What is said of a variable that looks like a misspelt one; empty if none does."""
    for name in names:
        if not name.startswith("qlik_"):
            continue
        near = difflib.get_close_matches(name, _NARROWING, n=1, cutoff=_NEAR)
        if near and near[0] not in names:
            return (
                f"there is no variable '{name}'. Did you mean '{near[0]}'? If it is one of your own, give it"
                " another name."
            )
    return ""


def _inventory_of(groups: Groups) -> InventoryManager:
    """An inventory of these groups, which reads patterns as Ansible does."""
    manager = InventoryManager(loader=DataLoader(), sources=None, parse=False)
    for name, hosts in groups.items():
        manager.add_group(str(name))
        for host in hosts:
            manager.add_host(str(host), group=str(name))
    return manager


def _unknown_narrowing(patterns: t.Sequence[str], groups: Groups) -> str:
    """What is said of exclusions and intersections that neither a group nor a host is called by; empty if all are
    known. Without any host there is something else to be said.
    """
    if not groups.get("all"):
        return ""
    narrowing = [name[1:] for name in split_host_pattern(list(patterns)) if name.startswith(("!", "&"))]
    if "" in narrowing:
        return "an exclamation mark or an ampersand stands by itself. Write it right before a name, without a blank."
    manager = _inventory_of(groups)
    unknown = [name for name in narrowing if name not in groups and not manager.get_hosts([name])]
    if not unknown:
        return ""
    return _no_such_name(_without_patterns(unknown), groups) or f"In the inventory nothing matches {_quoted(unknown)}."


def _problem(patterns: t.Sequence[str], groups: Groups, limit: t.Any) -> str:
    """Why no host is meant; empty if one is."""
    manager = _inventory_of(groups)
    if not manager.get_hosts(list(patterns)):
        return _why_none(patterns, groups)
    if not limit:
        return ""
    manager.subset(str(limit))
    if manager.get_hosts(list(patterns)):
        return ""
    return f"--limit {limit} leaves none of {_quoted(patterns)}. See whether it names hosts of that group."


def _why_none(patterns: t.Sequence[str], groups: Groups) -> str:
    """What is wrong with patterns that no host matches."""
    if not groups.get("all"):
        return "The inventory holds no host. Give it with -i, and see whether Ansible warned that it can't read it."
    names = split_host_pattern(list(patterns))
    if not names:
        return "No name was given."
    unknown = [name for name in _without_patterns(names) if name not in groups]
    if unknown:
        return _no_such_name(unknown, groups)
    if set(names) <= groups.keys():
        return (
            f"There is no host in {_quoted(names)}. See what puts hosts there, and whether Ansible warned of an"
            " inventory."
        )
    return f"In the inventory nothing matches {_quoted(names)}."


def _without_patterns(names: t.Sequence[str]) -> list[str]:
    """Those that name one group or host."""
    return [name for name in names if not _PATTERN.search(name)]


def _no_such_name(names: t.Sequence[str], groups: Groups) -> str:
    """What is said of names that the inventory doesn't have, with what the first of them may have been meant to be;
    empty without any.
    """
    if not names:
        return ""
    near = difflib.get_close_matches(names[0], [*groups, *groups["all"]], n=1)
    if near:
        advice = f"Did you mean '{near[0]}'?"
    else:
        advice = "See whether Ansible warned that it can't read an inventory."
    return f"The inventory has no {_quoted(names)}. {advice}"


def _quoted(names: t.Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
