# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts the ordinary play is for, after all were looked at. Pure."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found, Result

# From so many tenants on, looking first pays.
ENOUGH_HOSTS = 20
# Names that the hosts of a play can list one by one: nothing in them is a pattern.
_NAME = re.compile(r"[\w-][\w.-]*")


def choose(
    kind: str,
    everyone: Sequence[str],
    live: Sequence[str],
    results: Mapping[str, Result],
    groups: t.Container[str] = (),
) -> Found:
    """Those that are as declared, and the rest of C(everyone), lost ones included. C(live) are those that weren't lost.

    Somebody is left for the tasks that sum up. In an audit or a plan that is the first host in any case: what they ask
    the variables of one host for is what it would have been. The waves of a rollout are for those with something to do.
    """
    settled = {host: result for host, result in results.items() if _can_be_named(host, groups)}
    if kind != "provision" or settled.keys() >= set(live):
        settled.pop(live[0], None)
    rest = [host for host in everyone if host not in settled]
    return Found(list(everyone), rest, settled)


def pattern_of(found: Found, patterns: Sequence[str], groups: t.Container[str]) -> list[str]:
    """The C(hosts) of a play for the rest: their names, or the patterns of all without the others."""
    if all(_can_be_named(host, groups) for host in found.rest):
        return [*found.rest]
    return [*patterns, *(f"!{host}" for host in found.results)]


def _can_be_named(host: str, groups: t.Container[str]) -> bool:
    """Whether a host's name, taken as a pattern, means this host alone."""
    return host not in groups and bool(_NAME.fullmatch(host))


def pays(look_first: t.Any, hosts: int) -> bool:
    """Whether to look first at so many hosts. Raises ValueError for what says neither yes, no nor V(auto)."""
    choice = str(look_first).strip().lower()
    if choice == "auto":
        return hosts >= ENOUGH_HOSTS
    if choice in ("true", "yes", "on", "1"):
        return True
    if choice in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"qlik_look_first is auto, true or false, and {look_first!r} is none of these")
