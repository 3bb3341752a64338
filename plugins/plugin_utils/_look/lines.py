# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed after all tenants were looked at. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found, Result
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import listed, requests_text


def look_lines(kind: str, chosen: Found, results: Mapping[str, Result]) -> list[str]:
    """How many tenants are as declared, and which ones go on. C(results) are those of all that are as declared."""
    total = len(chosen.hosts)
    found = f"{len(results)} of {counted(total, 'tenant')} as declared ({requests_text(results.values())})."
    return [f"Looked first: {found} {_what_follows(kind, chosen, results)}"]


def _what_follows(kind: str, chosen: Found, results: t.Container[str]) -> str:
    left = [host for host in chosen.rest if host not in results]
    if not left:
        return f"Only {chosen.rest[0]} is read once more, for what sums up."
    if kind == "provision":
        return f"The waves are those of the other {counted(len(left), 'tenant')}: {listed(left)}."
    return f"One by one follow: {listed(chosen.rest)}."
