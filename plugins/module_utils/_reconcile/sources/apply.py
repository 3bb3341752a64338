# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switching a data source."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, UnauthorizedError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.sources.decide import SourceAction

ADMINISTRATORS_ONLY = (
    "Only an administrator of the tenant (TenantAdmin), signed in with a token whose scopes allow administration, may"
    " switch data sources; qlikops.cloud.qlik_tenant_info shows the caller's roles."
)


def apply_source(api: DataSources, action: SourceAction) -> None:
    """Write the switch. Qlik's reference names 401, and no 403, for a caller who may not; what was read before shows
    who it is. Raises QlikError.
    """
    try:
        api.set_enabled(action.source.id, enabled=action.enabled)
    except UnauthorizedError as error:
        raise QlikError(f"{error} {ADMINISTRATORS_ONLY}") from None
