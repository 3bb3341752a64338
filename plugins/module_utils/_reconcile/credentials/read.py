# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the credential that a definition is about."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.credentials import DataCredentials
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.credential import CredentialDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential


def read_credential(
    api: DataCredentials, definition: CredentialDefinition
) -> tuple[Credential | None, Credential | None]:
    """The credential that a definition is about, and the one that has the new name already.

    When nothing has the old name, what has the new one is what was renamed before.
    """
    credential = api.get(definition.id) if definition.id else api.find(definition.name)
    namesake = _namesake(api, definition, credential)
    if credential is None and not definition.id:
        if namesake is not None and namesake.name == definition.new_name:
            return namesake, None
        return None, None
    if credential is not None and (definition.orphaned or definition.state == "absent"):
        credential = _counted(api, credential)
    return credential, namesake


def _namesake(
    api: DataCredentials, definition: CredentialDefinition, credential: Credential | None
) -> Credential | None:
    if not definition.new_name or definition.state != "present":
        return None
    if credential is not None and credential.name == definition.new_name:
        return None
    return api.answering_to(definition.new_name)


def _counted(api: DataCredentials, credential: Credential) -> Credential:
    """The credential with the number of connections that use it. Where Qlik doesn't say how many, none do when it is
    listed as unused.
    """
    if credential.connections is not None:
        return credential
    unused, _count = api.orphans(data_source=credential.data_source)
    if any(one.id == credential.id for one in unused):
        return credential._replace(connections=0)
    return credential
