# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what is to be done about one credential."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    BAD_REQUEST,
    ApiError,
    NotFoundError,
    QlikError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.credentials.decide import (
    CredentialAction,
    patch_operations,
)


def apply_credential(api: DataCredentials, action: CredentialAction) -> Credential | None:
    """Carry out an action; the credential as it is afterwards, or None when it is gone. Raises QlikError."""
    credential = action.credential
    if credential is None:
        return None
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
    return api.get(credential.id) or action.foreseen
