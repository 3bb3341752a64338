# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_credential: one credential of one tenant."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.credential import (
    CredentialDefinition,
    check_credential,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    BAD_REQUEST,
    ApiError,
    DefinitionError,
    NotFoundError,
    QlikError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential, show_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.credentials.decide import (
    CredentialAction,
    decide_credential,
    patch_operations,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring one credential to its declared state. Raises QlikError."""
    definition = CredentialDefinition.from_options(options)
    place = f"{session.tenant}: {definition.label}"
    problem = check_credential(definition)
    if problem:
        raise DefinitionError([f"{place}: {problem}"])
    api = DataCredentials(session)
    try:
        action = decide_credential(definition, *_read(api, definition))
        if action.problem:
            raise DefinitionError([action.problem])
        credential = action.foreseen
        if action.writes and not check_mode:
            credential = _carry_out(api, action)
    except QlikError as error:
        raise QlikError(f"{place}: {error}") from None
    shown = credential or action.credential
    return {
        "changed": action.writes,
        "action": action.kind,
        "changes": list(action.changes),
        "credential": show_credential(shown) if shown else {},
        "diff": diff(action.before, action.after, place),
    }


def _read(api: DataCredentials, definition: CredentialDefinition) -> tuple[Credential | None, Credential | None]:
    """The credential that a definition is about, and the one that has the new name already.

    When nothing has the old name, what has the new one is what was renamed before.
    """
    credential = api.get(definition.id) if definition.id else api.find(definition.name)
    renames = bool(definition.new_name) and (credential is None or credential.name != definition.new_name)
    namesake = api.answering_to(definition.new_name) if renames and definition.state == "present" else None
    if credential is None and not definition.id:
        return (namesake if namesake is not None and namesake.name == definition.new_name else None), None
    if (
        credential is not None
        and credential.connections is None
        and (definition.orphaned or definition.state == "absent")
    ):
        credential = _counted(api, credential)
    return credential, namesake


def _counted(api: DataCredentials, credential: Credential) -> Credential:
    """A credential of which Qlik doesn't say how many connections use it: none do when it is listed as unused."""
    unused, _count = api.orphans(data_source=credential.data_source)
    return replace(credential, connections=0) if any(one.id == credential.id for one in unused) else credential


def _carry_out(api: DataCredentials, action: CredentialAction) -> Credential | None:
    """Carry out an action; the credential as it is afterwards, or None when it is gone."""
    credential = t.cast(Credential, action.credential)
    if action.kind == "delete":
        api.delete(credential.id)
        return None
    try:
        api.patch(credential.id, patch_operations(action))
    except NotFoundError as error:
        raise QlikError(
            f"{error} It was there when this run read the tenant: somebody else removed it. Run again."
        ) from None
    except ApiError as error:
        if error.status == BAD_REQUEST and ("qUsername" in action.patch) != ("qPassword" in action.patch):
            raise QlikError(f"{error} It may be that username and password have to come together: give both.") from None
        raise
    return api.get(credential.id) or replace(credential, name=action.patch.get("qName", credential.name))
