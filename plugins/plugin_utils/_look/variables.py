# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a host would have in the play that follows, as far as a task can know them that runs once for all.

Of other hosts than its own, such a task sees what inventories, extra variables, facts and vaults say. It doesn't see
the defaults of roles, which are read from their files here; nor variables of the play, which count for all hosts alike,
so that they are those by which its own host differs. What can't be known that way is said to be unknown.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

Variables = dict[str, t.Any]

# What Ansible itself says of a play, a role or a task: another one there than here, or none.
_OF_A_PLAY = re.compile(
    r"(?:ansible_)?(?:play_hosts(?:_all)?|play_batch|play_name|play_role_names|dependent_role_names|role_names"
    r"|role_name|role_path|role_uuid|collection_name|search_path|delegated_vars|loop|loop_var|index_var)"
    r"|ansible_parent_role_(?:names|paths)|hostvars|vars|omit|environment|ansible_failed_task"
    r"|ansible_failed_result"
)
# What it says of a connection, where nobody does: of these only two matter to a tenant.
_OF_A_CONNECTION = re.compile(r"ansible_(?!python_interpreter\Z|connection\Z|become)\w+")
_USED = re.compile(
    r"\b(?:ansible_(?:play_|role_|parent_role_|dependent_role_|loop|search_path|collection_name|delegated_vars|failed_"
    r"|current_hosts|user|port|timeout|pipelining|module_compression|shell_|ssh_)\w*"
    r"|play_hosts|role_names?|role_path|role_uuid|vars(?=\s*[\[.|]))\b"
)
# What the ordinary way reads of a connection for every task, also where it is local.
_SETTING = re.compile(
    r"ansible_(?:user|host|port|password|timeout|private_key_file|pipelining|executable|shell_\w+|ssh_\w+|become\w*"
    r"|module_\w+|remote_\w+|local_\w+|async_\w+|system_tmpdirs|admin_users|common_remote_group|no_log)"
)
_NUMBERS = re.compile(r"ansible_(?:ssh_)?(?:port|timeout)")
_TEXTS = re.compile(
    r"ansible_(?:ssh_)?(?:user|host|pass|password|private_key_file)|ansible_(?:become\w*|remote_tmp|async_dir)"
)
_NONE = object()


class FleetVariables:
    """The variables of all hosts, seen from a task that runs on one of them."""

    def __init__(self, variables: Mapping[str, t.Any], defaults: Mapping[str, t.Any]) -> None:
        self._hostvars = variables["hostvars"]
        self._defaults = defaults
        self._own = self._raw(variables["inventory_hostname"])
        self._of_the_play: Variables = {}
        for name, value in variables.items():
            if self._is_of_the_play(name, value):
                self._of_the_play[name] = value
        self._shared = {name: variables[name] for name in ("omit", "ansible_search_path") if name in variables}

    def _is_of_the_play(self, name: str, value: t.Any) -> bool:
        """Whether this play gives its own host this variable, with this value."""
        if _OF_A_PLAY.fullmatch(name) or _same(self._own.get(name, _NONE), value):
            return False
        return name in self._own or not _OF_A_CONNECTION.fullmatch(name)

    def _raw(self, host: str) -> Variables:
        """What is known of a host, its templates not evaluated."""
        raw: Variables = self._hostvars.raw_get(host)
        return raw

    def of(self, host: str) -> Variables | None:
        """The variables of a host, to be evaluated; None if they can't be known."""
        raw = self._raw(host)
        for name in self._of_the_play:
            # Whether a host's own value counts more, as a fact does, or less, as one of the inventory, isn't visible.
            if not _same(raw.get(name, _NONE), self._own.get(name, _NONE)):
                return None
        # An old name of it counts as much.
        address = raw.get("ansible_ssh_host", host)
        found = {"ansible_host": address, **self._defaults, **raw, **self._of_the_play, **self._shared}
        if _speaks_of_the_play(found):
            return None
        found["hostvars"] = self._hostvars
        return found


def connects_as_usual(variables: Mapping[str, t.Any], evaluate: t.Callable[[t.Any], t.Any]) -> bool:
    """Whether what a host's variables say of its connection is what every task can be done with. Anything else the
    ordinary way has to say. May raise what C(evaluate) does.
    """
    return all(_is_usual(name, value, evaluate) for name, value in variables.items() if _SETTING.fullmatch(name))


def _is_usual(name: str, value: t.Any, evaluate: t.Callable[[t.Any], t.Any]) -> bool:
    text = str(evaluate(value))
    if _NUMBERS.fullmatch(name):
        return text.isdecimal() and text.isascii()
    return bool(_TEXTS.fullmatch(name))


def _same(one: t.Any, other: t.Any) -> bool:
    if one is other:
        return True
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # noqa: BLE001 - a vaulted text that can't be decrypted is like no other
        return False


def _speaks_of_the_play(value: t.Any) -> bool:
    """Whether a template among these values asks for something that is another one in another play."""
    if isinstance(value, str):
        return ("{" in value or value.startswith("#jinja2:")) and bool(_USED.search(value))
    if isinstance(value, Mapping):
        return any(map(_speaks_of_the_play, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_speaks_of_the_play, value))
    return False
