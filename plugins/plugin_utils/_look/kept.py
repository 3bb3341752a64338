# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at all tenants found, kept for the rest of this run of Ansible: in a file of its own temporary folder,
which it removes at the end.

The results of a thousand tenants would be a burden as a variable: Ansible hands variables to every task of every host,
and results of tasks to every callback.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible import constants
from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import write_whole

Result = dict[str, t.Any]


class Found(t.NamedTuple):
    """C(hosts) are all that were to be looked at, in their order. Those that C(results) says something of are as
    declared; C(rest) are to be done as if nobody had looked.
    """

    hosts: t.Sequence[str] = ()
    rest: t.Sequence[str] = ()
    results: dict[str, Result] = {}


def keep(kind: str, found: Found) -> None:
    """Keep what was found for a playbook of this kind. Raises OSError."""
    content = json.dumps({"hosts": found.hosts, "rest": found.rest, "results": found.results})
    write_whole(_path(kind), [content.encode("utf-8", "surrogatepass")], lasting=False)


def kept(kind: str) -> Found | None:
    """What was found; None when nobody looked."""
    try:
        with open(_path(kind), "rb") as stream:
            content = json.loads(stream.read().decode("utf-8", "surrogatepass"))
    except OSError:
        return None
    return Found(content["hosts"], content["rest"], content["results"])


def keep_beginning(kind: str, play: str, hosts: t.Sequence[str]) -> None:
    """Keep which hosts take part in a play as its audit, plan or rollout begins: what is known of others is of an
    earlier play. Raises OSError.
    """
    content = json.dumps({"play": play, "hosts": list(hosts)})
    write_whole(_path(f"{kind}-begun"), [content.encode("utf-8", "surrogatepass")], lasting=False)


def beginning(kind: str, play: str) -> set[str] | None:
    """The hosts that took part as it began in this play; None when it didn't."""
    try:
        with open(_path(f"{kind}-begun"), "rb") as stream:
            begun = json.loads(stream.read().decode("utf-8", "surrogatepass"))
    except OSError:
        return None
    return set(begun["hosts"]) if begun["play"] == play else None


def forget(kind: str) -> None:
    """Forget what an earlier playbook of this run found."""
    with contextlib.suppress(OSError):
        os.unlink(_path(kind))


def _path(kind: str) -> str:
    return os.path.join(constants.DEFAULT_LOCAL_TMP, f"qlik-look-{kind}.json")
