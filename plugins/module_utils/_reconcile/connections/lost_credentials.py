# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether secrets that were sent are still there. Pure.

Source: qlik.dev, "Data connections": C(qCredentialsID) names the credentials of a connection, embedded ones too as real
tenants show them; but no version of the reference says that it must be there. So its absence says something only where
other connections have it.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import leaf_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import is_other_owner
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match


def with_evidence(matches: t.Sequence[Match], shows_credentials: t.Callable[[], bool]) -> tuple[list[Match], list[str]]:
    """Note where a connection without credentials says nothing, because no connection of the tenant shows any; and what
    to warn of.

    C(shows_credentials) is asked only when there is a doubt.
    """
    doubtful = [match for match in matches if seems_lost(match)]
    attached_anew = any(_shows_no_separate(match) for match in matches)
    if not (doubtful or attached_anew) or shows_credentials():
        return list(matches), []
    warnings = [_warning(doubtful)] if doubtful else []
    return [replace(match, credentials_shown=False) for match in matches], warnings


def _shows_no_separate(match: Match) -> bool:
    """Whether a connection is to have separate credentials that are there, and doesn't show which ones it has."""
    connection, wanted = match.connection, match.target.credentials_id
    if connection is None or match.problem or not wanted or not connection.separate_credentials:
        return False
    return not (connection.credentials_id or connection.detached_credentials_id)


def why_lost(match: Match, connection: Connection) -> str:
    """Why a connection can't hold the secrets that were sent last, although its fingerprint says so; empty when it may.

    Qlik doesn't hand credentials on to a new owner. Whoever took the connection over may not have come to sending them
    again.
    """
    last = connection.sending
    is_anothers = last is not None and is_other_owner(last, connection.owner_id) and not connection.separate_credentials
    if not is_anothers and (connection.credentials_id or not match.credentials_shown):
        return ""
    if not _is_to_hold_secrets(match, connection):
        return ""
    if is_anothers:
        return "they were sent as those of another owner, and Qlik doesn't hand them on"
    if connection.separate_credentials:
        return "it has no credentials any more"
    return "it has no credentials, which Qlik takes away when the owner changes"


def _is_to_hold_secrets(match: Match, connection: Connection) -> bool:
    """Whether a connection was sent secrets of its own, which the caller may send again."""
    target, definition = match.target, match.target.definition
    if not connection.is_managed or (connection.privileges and "update" not in connection.privileges):
        return False
    named = definition.credentials or target.credentials_id or connection.detached_credentials_id
    if connection.separate_credentials and named:
        return False  # it gets those that are there, or they are made anew
    if definition.update_secrets == "on_create" and not target.owner_is_caller:
        return False
    return any(is_secret_name(name) and leaf_texts(value) for name, value in definition.secrets.items())


def seems_lost(match: Match) -> bool:
    """Whether a connection shows no credentials although secrets were sent to it. Not every tenant may show such a
    thing.
    """
    connection, definition = match.connection, match.target.definition
    if connection is None or connection.credentials_id or match.problem or definition.state != "present":
        return False
    return _is_to_hold_secrets(match, connection)


def _warning(matches: t.Sequence[Match]) -> str:
    """What is to be said of connections that show no credentials, where no connection of the tenant does."""
    named = matches[0].target.definition.label
    whose = (
        f"{named} still has its"
        if len(matches) == 1
        else f"{len(matches)} connections, {named} among them, still have their"
    )
    return (
        f"Whether {whose} secrets can't be seen: no connection of this tenant shows credentials. Either the tenant"
        " doesn't"
        " tell of them, or they are lost, as after a change of owner. update_secrets: always, or rotate_secrets, sends"
        " them once more."
    )
