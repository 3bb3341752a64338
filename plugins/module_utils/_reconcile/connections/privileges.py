# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the caller may do with a connection. Pure.

Source: qlik.dev, "Data connections": C(privileges) of a connection; only its owner may edit it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection

Privilege = t.Literal["update", "change_space", "change_owner", "delete"]

_VERBS: t.Mapping[Privilege, str] = {
    "update": "change",
    "change_space": "move",
    "change_owner": "change the owner of",
    "delete": "delete",
}


def lacks(connection: Connection, privilege: Privilege) -> list[str]:
    """Why the caller can't do this, if so. An empty list of privileges says nothing."""
    if not connection.privileges or privilege in connection.privileges:
        return []
    if privilege == "change_space" and "update" in connection.privileges:
        return []
    advice = " Sign in as that user, or have an administrator take the connection over with owner."
    if privilege == "change_owner":
        advice = " An administrator can give it to the declared owner; otherwise leave owner out."
    return [
        f"the caller may not {_VERBS[privilege]} it: it lacks the privilege '{privilege}' (it has"
        f" {', '.join(sorted(connection.privileges))});"
        f" the owner is user {connection.owner_id or 'unknown'}. Qlik lets only the owner edit a connection."
        f"{advice}"
    ]
