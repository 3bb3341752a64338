# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The separate credentials that definitions name: found by id or name before anything is decided."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._http import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel

_UUID = re.compile(r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


def find_credentials(session: TenantSession, matches: t.Sequence[Match], parallel: int) -> list[Match]:
    """Find the existing credentials that definitions name, by id or name. Those that are attached already need no reading."""
    named = [_credentials_name(match) for match in matches]
    wanted = sorted({name for name in named if name})
    api = DataCredentials(session)
    found = dict(zip(wanted, in_parallel(lambda reference: _find(api, reference), wanted, parallel)))
    return [_with_credentials(match, found.get(name)) for match, name in zip(matches, named)]


def _find(api: DataCredentials, reference: str) -> Credential | None:
    return (api.get(reference) if _UUID.match(reference) else None) or api.answering_to(reference)


def _credentials_name(match: Match) -> str:
    """The credentials that must be looked up to understand the definition; empty when there are none."""
    definition, connection = match.target.definition, match.connection
    if match.problem or definition.state != "present" or not definition.credentials:
        return ""
    return "" if connection is not None and connection.credentials_id == definition.credentials else definition.credentials


def _with_credentials(match: Match, credential: Credential | None) -> Match:
    definition, connection = match.target.definition, match.connection
    if match.problem or definition.state != "present" or not definition.credentials:
        return match
    if credential is not None and definition.credentials not in (credential.name, credential.id):
        return replace(
            match,
            problem=f"this tenant takes credentials '{definition.credentials}' for '{credential.name}' ({credential.id}): give that name.",
        )
    if credential is not None:
        return replace(match, target=replace(match.target, credentials_id=credential.id))
    if connection is not None and connection.credentials_id == definition.credentials:
        return replace(match, target=replace(match.target, credentials_id=connection.credentials_id))
    if _UUID.match(definition.credentials) or not definition.secrets:
        return replace(
            match,
            problem=(
                f"there are no credentials '{definition.credentials}'. To create them with the connection, give a name and declare secrets."
            ),
        )
    return match
