# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_tenant_info: which tenant, who is calling, and what that caller lacks for provisioning connections.

Source: qlik.dev, "Roles" and the texts of the single APIs: the batch actions and the changing of other users'
connections need an administrator's role; the rest is found out by asking for one entry of each list.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.tenants import Tenants
from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, NotFoundError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

ADMIN_ROLES = ("TenantAdmin", "AnalyticsAdmin", "DataAdmin")


def run(session: TenantSession, _options: Options, _check_mode: bool) -> Result:
    """Read tenant and caller. It never writes, so that check mode makes no difference."""
    tenant = Tenants(session).me()
    user = Users(session).me()
    is_admin = any(role in ADMIN_ROLES for role in user.roles) or user.is_bot
    rights = {
        "read_data_connections": _may_read(session, "data-connections", {"limit": 1, "noDatafiles": "true"}),
        "read_data_sources": _may_read(session, "data-sources", None),
        "read_spaces": _may_read(session, "spaces", {"limit": 1}),
        "administer_spaces_and_owners": is_admin,
    }
    return {
        "changed": False,
        "tenant": tenant,
        "user": {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "subject": user.subject,
            "status": user.status,
            "is_bot": user.is_bot,
        },
        "roles": list(user.roles),
        "rights": rights,
        "missing_rights": sorted(name for name, held in rights.items() if not held),
    }


def _may_read(session: TenantSession, path: str, params: t.Mapping[str, t.Any] | None) -> bool:
    try:
        session.get(path, params)
    except (ForbiddenError, NotFoundError):
        return False
    return True
