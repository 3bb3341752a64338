# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The separate credentials that definitions name: found by id or name before anything is decided."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import (
    Credential,
    planned_id,
    planned_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.claims import (
    credentials_of,
    with_doubts,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    wanted_fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_UUID = re.compile(r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


def find_credentials(
    session: TenantSession, matches: t.Sequence[Match], connections: t.Sequence[Connection], parallel: int
) -> list[Match]:
    """Find the existing credentials that definitions name, by id or name. Those that are attached already need no
    reading.

    Of several definitions with the same new name the first that declares secrets creates the credentials, and the
    others attach them.
    """
    if not any(map(_names_credentials, matches)):
        return _shared(with_doubts(matches, connections))
    named = [_credentials_name(match) for match in matches]
    wanted = sorted({name for name in named if name})
    api = DataCredentials(session)
    found = dict(zip(wanted, in_parallel(lambda reference: _find(api, reference), wanted, parallel)))
    makers: dict[str, Match] = {}
    for match, name in zip(matches, named):
        if name and found[name] is None and match.target.definition.secrets and not _UUID.match(name):
            makers.setdefault(name, match)
    known = [_with_credentials(match, found.get(name), makers.get(name)) for match, name in zip(matches, named)]
    return _shared(with_doubts(known, connections))


def _find(api: DataCredentials, reference: str) -> Credential | None:
    return (api.get(reference) if _UUID.match(reference) else None) or api.answering_to(reference)


def _names_credentials(match: Match) -> bool:
    definition = match.target.definition
    return bool(definition.credentials or definition.expected_credentials)


def _credentials_name(match: Match) -> str:
    """The credentials that must be looked up to understand the definition; empty when there are none."""
    definition, connection = match.target.definition, match.connection
    name = definition.credentials or definition.expected_credentials
    if match.problem or definition.state != "present":
        return ""
    return "" if connection is not None and connection.credentials_id == name else name


def _with_credentials(match: Match, credential: Credential | None, maker: Match | None) -> Match:
    definition, connection = match.target.definition, match.connection
    if definition.expected_credentials and connection is not None and credential is not None:
        if connection.credentials_id not in ("", credential.id):  # a closer look may show which ones it has
            return match
        return replace(match, target=match.target._replace(credentials_id=credential.id))
    if match.problem or definition.state != "present" or not definition.credentials:
        return match
    if credential is not None and definition.credentials not in (credential.name, credential.id):
        return replace(
            match,
            problem=f"this tenant takes credentials '{definition.credentials}' for '{credential.name}'"
            f" ({credential.id}): give that name.",
        )
    if credential is not None:
        return replace(match, target=match.target._replace(credentials_id=credential.id))
    if connection is not None and connection.credentials_id == definition.credentials:
        return replace(match, target=match.target._replace(credentials_id=connection.credentials_id))
    if maker is not None and maker is not match:
        return replace(match, target=match.target._replace(credentials_id=planned_id(definition.credentials)))
    if maker is None:
        return replace(
            match,
            problem=(
                f"there are no credentials '{definition.credentials}'. To create them with the connection, give a name"
                " and declare secrets."
            ),
        )
    return match


def _shared(matches: t.Sequence[Match]) -> list[Match]:
    """Note which credentials hold the secrets of those that attach them, and where definitions of the same credentials
    disagree.
    """
    keys = list(map(_credentials_key, matches))
    if not any(keys):
        return list(matches)
    sharing: dict[str, list[Match]] = {}
    for match, key in zip(matches, keys):
        if key and match.target.definition.state == "present" and not match.problem:
            sharing.setdefault(key, []).append(match)
    return [_beside(match, sharing.get(key, ())) for match, key in zip(matches, keys)]


def _credentials_key(match: Match) -> str:
    """What tells credentials apart: those that are there by their id, those that this run creates by their name."""
    name = match.target.definition.credentials
    return credentials_of(match) or (planned_id(name) if name else "")


def _beside(match: Match, others: t.Sequence[Match]) -> Match:
    definition = match.target.definition
    if match.problem or not others or not definition.credentials_sent:
        return match
    holding = [
        other for other in others if _hold_what_is_declared(other) and _agree(other.target.definition, definition)
    ]
    dispute = ""
    if credentials_of(match):  # those of whom none are there yet are made of what the first one declares
        dispute = next((_dispute(match, other) for other in others if _disagrees(other, match)), "")
    if dispute and match.connection is None and not holding:
        return replace(match, problem=dispute)
    expire = [other.connection.expires for other in holding if other.connection is not None]
    target = match.target._replace(
        credentials_hold=bool(holding),
        credentials_made=bool(holding) and bool(planned_name(match.target.credentials_id)),
        credentials_dispute=dispute,
        credentials_expire=min(filter(None, expire), default=""),
    )
    return replace(match, target=target)


def _disagrees(other: Match, match: Match) -> bool:
    first, second = other.target.definition, match.target.definition
    return bool(first.credentials_sent) and not _agree(first, second)


def _dispute(match: Match, other: Match) -> str:
    name = match.target.definition.credentials
    which = f"the credentials '{name}'" if name else "its credentials"
    return (
        f"{other.target.definition.label} declares other secrets for {which}:"
        " both use the same ones, so declare the same, or leave the secrets out here."
    )


def _agree(first: Definition, second: Definition) -> bool:
    """Whether the same credentials come of two definitions. One of them may leave out the user name."""
    users = first.user_names.keys() & second.user_names.keys()
    return first.write_only == second.write_only and all(
        first.user_names[name] == second.user_names[name] for name in users
    )


def _hold_what_is_declared(match: Match) -> bool:
    """Whether credentials hold what a definition declares: because they are made of it in this run, or because a
    fingerprint says so.
    """
    target, connection, used = match.target, match.connection, credentials_of(match)
    if not used:
        return True
    if connection is None or connection.credentials_id != used:
        return False
    if target.credentials_doubt:
        return False
    kept = connection.fingerprint
    name = connection.future_name or connection.name
    wanted = wanted_fingerprint(target.definition, connection.tenant_id, connection.space_id, name)
    return kept is not None and kept == wanted
