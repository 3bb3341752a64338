# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said and decided of separate credentials that exist already when a connection attaches them. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target


def no_fingerprint(definition: Definition) -> str:
    return f"credentials '{definition.credentials}' exist already, and no fingerprint says that they hold them"


def attached_as_they_are(definition: Definition) -> str:
    return (
        f"{definition.label}: credentials '{definition.credentials}' exist already and are attached as they are;"
        " the declared"
        " secrets aren't sent to them. update_secrets: always, or qlik_data_credential, sends them."
    )


def doubted(target: Target) -> str:
    return f"an interrupted replacement may have put others into its credentials (see '{target.credentials_doubt}')"


def attaches_others(match: Match, connection: Connection) -> bool:
    """Whether existing credentials take the place of those that the fingerprint of a connection speaks of."""
    wanted = match.target.credentials_id
    if not wanted:
        return False
    if not connection.separate_credentials:
        return True
    present = connection.credentials_id or connection.detached_credentials_id
    if not present and not match.credentials_shown:
        return False
    return present != wanted


def forgets(match: Match, connection: Connection, *, send: bool) -> bool:
    """Whether what the tags tell of secrets goes, because it says nothing of the credentials that the connection
    gets.
    """
    if send or match.target.credentials_hold or not attaches_others(match, connection):
        return False
    return connection.fingerprint is not None or bool(connection.expires)


def unsent_users(match: Match, connection: Connection) -> t.Mapping[str, t.Any]:
    """The user names that an interrupted replacement wasn't known to send to the credentials that it attached: those
    that it shows are what it was made of.
    """
    if connection.future_name and connection.separate_credentials and match.user_memory == "stale":
        return match.target.definition.user_names
    return {}
