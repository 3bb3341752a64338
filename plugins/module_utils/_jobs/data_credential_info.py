# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_credential_info: one credential, or those that no connection uses."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.credential import (
    CredentialDefinition,
    check_credential,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._meant import meant_source
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential, show_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

# The value of `owner` that stands for all users.
ANYBODY = "any"


def run(session: TenantSession, options: Options, _check_mode: bool) -> Result:
    """Read credentials. It never writes, so that check mode makes no difference."""
    if options.get("orphans"):
        found, warnings = _orphans(session, options)
    else:
        found, warnings = _one(session, options), []
    found.sort(key=lambda credential: (credential.data_source, credential.name, credential.id))
    return {"changed": False, "credentials": [_show(credential) for credential in found], "warnings": warnings}


def _show(credential: Credential) -> Result:
    return {**show_credential(credential), "owner_id": credential.owner_id}


def _orphans(session: TenantSession, options: Options) -> tuple[list[Credential], list[str]]:
    if options.get("name") or options.get("id"):
        raise DefinitionError([f"{session.tenant}: give name, id, or orphans, not several of them."])
    asked, separated = options.get("data_source") or "", options.get("separated")
    listed, count = DataCredentials(session).orphans(data_source=asked, separated=separated)
    data_source = meant_source(session, asked, {credential.data_source for credential in listed})
    if data_source != asked:
        listed, count = DataCredentials(session).orphans(data_source=data_source, separated=separated)
    found = [one for one in listed if _is_wanted(one, data_source, separated)]
    found, warnings = _owned(session, found, options.get("owner") or "")
    if count > len(listed):
        warnings.append(
            f"{session.tenant}: Qlik counts {count} credentials that no connection uses, and gave only {len(listed)}."
        )
    return found, warnings


def _is_wanted(credential: Credential, data_source: str, separated: bool | None) -> bool:
    """Whether a credential is of this source, and as separate as is asked for; what Qlik doesn't say counts."""
    if data_source and credential.data_source != data_source:
        return False
    return separated is None or credential.separated in (None, separated)


def _owned(
    session: TenantSession, credentials: t.Sequence[Credential], owner: str
) -> tuple[list[Credential], list[str]]:
    """Those of one user, by default of the caller: an administrator sees everybody's, and must not take them for their
    own.
    """
    if owner == ANYBODY:
        return list(credentials), []
    owner_id = _owner_id(session, owner)
    found = [credential for credential in credentials if credential.owner_id == owner_id]
    nobodys = sum(not credential.owner_id for credential in credentials)
    if not nobodys:
        return found, []
    return found, [
        f"{session.tenant}: Qlik doesn't say whose {nobodys} of the credentials are, so they are left out. With"
        f" owner={ANYBODY} they are"
        " returned, beside those of all other users."
    ]


def _owner_id(session: TenantSession, owner: str) -> str:
    users = Users(session)
    if not owner:
        return users.me().id
    if "@" not in owner:
        return owner
    user = users.find_by_email(owner)
    if user is None:
        raise DefinitionError([f"{session.tenant}: owner: no user has the e-mail address {owner}."])
    return user.id


def _one(session: TenantSession, options: Options) -> list[Credential]:
    _check_one(session.tenant, options)
    definition = CredentialDefinition(name=options.get("name") or "", id=options.get("id") or "")
    problem = check_credential(definition)
    if problem:
        raise DefinitionError([f"{session.tenant}: {definition.label}: {problem}"])
    api = DataCredentials(session)
    credential = api.get(definition.id) if definition.id else api.find(definition.name)
    return [credential] if credential else []


def _check_one(tenant: str, options: Options) -> None:
    """Raises DefinitionError for options that don't choose one credential."""
    narrowing = [name for name in ("data_source", "separated", "owner") if options.get(name) is not None]
    if narrowing:
        raise DefinitionError([f"{tenant}: {' and '.join(narrowing)} can only be given together with orphans=true."])
    if not options.get("name") and not options.get("id"):
        raise DefinitionError(
            [
                f"{tenant}: give a name, an id, or orphans=true. Qlik lists no other credentials than those that no"
                " connection uses."
            ]
        )
