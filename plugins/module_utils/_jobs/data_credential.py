# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_credential: one credential of one tenant."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.credential import (
    CredentialDefinition,
    check_credential,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError, placed
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import show_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.credentials.apply import apply_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.credentials.decide import decide_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.credentials.read import read_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Bring one credential to its declared state. Raises QlikError."""
    definition = CredentialDefinition.from_options(options)
    problem = check_credential(definition)
    if problem:
        raise DefinitionError([placed(session.tenant, definition.label, problem)])
    api = DataCredentials(session)
    try:
        action = decide_credential(definition, *read_credential(api, definition))
        if action.problem:
            raise DefinitionError([action.problem])
        credential = action.foreseen
        if action.writes and not check_mode:
            credential = apply_credential(api, action)
    except QlikError as error:
        raise QlikError(placed(session.tenant, definition.label, error)) from None
    shown = credential or action.credential
    return {
        "changed": action.writes,
        "action": action.kind,
        "changes": list(action.changes),
        "credential": show_credential(shown) if shown else {},
        "diff": diff(action.before, action.after, f"{session.tenant}: {definition.label}"),
    }
