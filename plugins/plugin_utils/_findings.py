# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit finds in the result of one tenant."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import KINDS as MEMBER_KINDS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._reading import entries, mapping, text

DRIFT = "drift"
LEFT_OVER = "left_over"
UNMANAGED = "unmanaged"
POLICY = "policy"
SAME_TARGET = "same_target"
EXPIRING = "expiring"
KINDS = (DRIFT, LEFT_OVER, UNMANAGED, POLICY, SAME_TARGET, EXPIRING)
# What makes a tenant fail unless somebody says otherwise: a connection that somebody else made is theirs.
FAILING = (DRIFT, LEFT_OVER, POLICY)
# In one word a tenant is the first of these that counts.
_WORST_FIRST = (DRIFT, POLICY, SAME_TARGET, LEFT_OVER, UNMANAGED, EXPIRING)
# What is said of one, and of several.
_SAID = {
    DRIFT: ("doesn't match its definition", "don't match their definitions"),
    LEFT_OVER: ("managed, but no longer declared", "managed, but no longer declared"),
    UNMANAGED: ("not managed", "not managed"),
    POLICY: ("breach of the policy", "breaches of the policy"),
    SAME_TARGET: ("reaches what others reach too", "reach what others reach too"),
    EXPIRING: ("expired or expiring soon", "expired or expiring soon"),
}
_LISTED = 5
# So many days before their end secrets are told of, unless somebody says otherwise.
EXPIRY_DAYS = 30


class Expiring(t.NamedTuple):
    """A connection whose secrets have expired or will soon: C(day) is the last one on which they are good, C(days) how
    many that is from the day of the task. C(declared): a definition is about the connection.
    """

    day: str
    days: int
    space: str
    name: str
    declared: bool


def findings(result: t.Mapping[str, t.Any], expiry_days: int = EXPIRY_DAYS) -> dict[str, list[str]]:
    """The connections, spaces and members of each kind of finding, as C(Space:Name). C(result) is what
    qlik_data_connections returned.

    An entry that doesn't say that it is as declared counts as drift.
    """
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for space in entries(result.get("spaces")):
        if space.get("action") != "none":
            found[DRIFT].append(f"space {text(space.get('name'))}")
        for member in entries(space.get("undeclared_members")):
            found[UNMANAGED].append(f"space {text(space.get('name'))}: {member_label(member)}")
    for item in entries(result.get("results")):
        if item.get("action") != "none":
            found[DRIFT].append(_called(item))
    for item in entries(result.get("undeclared")):
        found[LEFT_OVER if item.get("managed") else UNMANAGED].append(_called(item))
    for breach in entries(mapping(result.get("policy")).get("breaches")):
        if breach.get("severity") != "warn":
            found[POLICY].append(f"{_called(breach)}: {text(breach.get('rule'))}")
    # A report puts them there, which knows what the other tenants hold.
    found[SAME_TARGET] = [_called(item) for item in entries(result.get("same_targets"))]
    found[EXPIRING] = [f"{one.space}:{one.name} {one.day}" for one in expiring(result, expiry_days)]
    return found


def expiring(result: t.Mapping[str, t.Any], within: int) -> list[Expiring]:
    """The connections that are there and whose secrets have expired, or will within so many days; the first to end
    first.
    """
    rows = [(item, True) for item in entries(result.get("results")) if item.get("action") != "create"]
    rows += [(item, False) for item in entries(result.get("undeclared"))]
    found = []
    for item, declared in rows:
        days = item.get("expires_in_days")
        if isinstance(days, int) and not isinstance(days, bool) and days <= within:
            place = (text(item.get("space")), text(item.get("name")))
            found.append(Expiring(text(item.get("expires")), days, *place, declared))
    return sorted(found)


def verdict(found: t.Mapping[str, t.Sequence[str] | int], fail_on: t.Collection[str]) -> str:
    """What a tenant with these findings is, in one word: the first kind that it has, or empty. Drift is said whether it
    counts or not.
    """
    for kind in _WORST_FIRST:
        if found.get(kind) and (kind == DRIFT or kind in fail_on):
            return kind
    return ""


def fails(found: t.Mapping[str, t.Sequence[str] | int], fail_on: t.Collection[str]) -> bool:
    """Whether an audit fails for a tenant with these findings."""
    return any(found.get(kind) for kind in fail_on)


def sentences(
    result: t.Mapping[str, t.Any], kinds: t.Collection[str] = KINDS, expiry_days: int = EXPIRY_DAYS
) -> list[str]:
    """The findings of these kinds for a person, one sentence for each kind that has any."""
    return sentences_of(findings(result, expiry_days), kinds)


def sentences_of(found: t.Mapping[str, t.Sequence[str]], kinds: t.Collection[str] = KINDS) -> list[str]:
    """The same of findings that are there already."""
    texts = []
    for kind, names in found.items():
        if names and kind in kinds:
            one, many = _SAID[kind]
            texts.append(f"{len(names)} {one if len(names) == 1 else many} ({_names_of(names)})")
    return texts


def member_label(member: t.Mapping[str, t.Any]) -> str:
    """How a member of a space is called: C(user jo@example.com)."""
    for kind in MEMBER_KINDS:
        if member.get(kind):
            return f"{kind} {text(member.get(kind))}"
    return f"member {text(member.get('id'))}"


def _called(item: t.Mapping[str, t.Any]) -> str:
    return f"{text(item.get('space'))}:{text(item.get('name'))}"


def _names_of(names: t.Sequence[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    if len(names) > _LISTED:
        return f"{shown} and {len(names) - _LISTED} more"
    return shown
