# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible looks for the variables of a host or group.

It takes the folder or file C(NAME), or else C(NAME.yml) and the like, and one of them only. So what is called
C(acme.yml) is read for the host C(acme) too, where it has nothing of its own; and a folder C(acme) hides a file
C(acme.yml). Source: ansible-core, C(DataLoader.find_vars_files).
"""

from __future__ import annotations

import os
import typing as t

from ansible import constants


def _endings() -> tuple[str, ...]:
    """The ends of names that Ansible tries, each with its dot: a setting that hardly anybody changes."""
    configured: t.Sequence[str] = constants.YAML_FILENAME_EXTENSIONS
    return tuple(f".{str(ending).lstrip('.')}" for ending in configured if ending)


def last_ending(name: str) -> str:
    """The end by which a name is also that of the variables of another host, such as C(.yml); empty if it has none.

    Some file systems don't tell large from small letters.
    """
    for ending in _endings():
        if name.lower().endswith(ending.lower()):
            return name[-len(ending) :]
    return ""


def without_ending(name: str) -> str:
    """The same name, as a host may have it: with a hyphen in the place of a dot that makes it the name of another's
    file.
    """
    ending = last_ending(name)
    if not ending:
        return name
    return f"{name[: -len(ending)]}-{ending[1:]}"


def hidden_by(folder: str) -> str:
    """The file that Ansible doesn't read any more when there is this folder of variables; empty when there is none."""
    for ending in _endings():
        if os.path.isfile(folder + ending):
            return folder + ending
    return ""
