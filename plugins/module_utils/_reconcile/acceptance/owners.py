# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs an acceptance run, who may become the owner of something that it made, and who a member of its spaces."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import BOT_SUBJECT
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Asker
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import Caller


def caller_of(asker: Asker) -> Caller:
    """Who calls. Raises QlikError when the tenant doesn't say so."""
    reply = asker.get("users/me")
    if not reply.ok or not reply["id"]:
        raise QlikError(f"The tenant doesn't say who calls: {reply.words}. Look at the key, or the OAuth client.")
    roles = {str(role) for role in list_at(reply.body, "roles") or []}
    roles |= {str(member(role, "name")) for role in list_at(reply.body, "assignedRoles") or []}
    is_bot = str(reply["subject"]).lower().startswith(BOT_SUBJECT)
    return Caller(str(reply["id"]), tuple(sorted(roles)), is_bot)


def tenant_of(asker: Asker) -> str:
    """The tenant's id, which its journal has. Raises QlikError when the tenant doesn't say it."""
    reply = asker.get("tenants/me")
    if not reply.ok or not isinstance(reply["id"], str) or not reply["id"]:
        raise QlikError(f"The tenant doesn't say which one it is: {reply.words}. Look at the rights of the client.")
    return str(reply["id"])


def owner_of(asker: Asker, reference: str) -> str:
    """The id of the user who was named, by id or e-mail address; empty when nobody was. Raises QlikError."""
    if not reference:
        return ""
    if "@" not in reference:
        reply = asker.get(f"users/{reference}")
        found = [reply.body] if reply.ok else []
    elif '"' in reference:
        found = []
    else:
        rows = asker.get("users", {"filter": f'email eq "{reference}"', "limit": 100}).rows
        found = [row for row in rows if str(member(row, "email")).lower() == reference.lower()]
    if len(found) != 1:
        raise QlikError(f"The tenant has no user '{one_line(reference)}' who could be an owner.")
    return str(member(found[0], "id"))


def group_of(asker: Asker, name: str) -> str:
    """The id of the group that was named; empty when none was. Raises QlikError."""
    if not name:
        return ""
    rows: list[t.Any] = []
    if '"' not in name:
        rows = asker.get("groups", {"filter": f'name eq "{name}"', "limit": 100}).rows
    found = [row for row in rows if member(row, "name") == name]
    if len(found) != 1:
        raise QlikError(
            f"The tenant has no group '{one_line(name)}' that could be a member, or the caller can't see it."
        )
    return str(member(found[0], "id"))
