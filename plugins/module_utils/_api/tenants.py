# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenants API. Source: qlik.dev, "Tenants". C(/tenants/me) answers with a redirect to the tenant's own entry."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class Tenants:
    """The tenant that a session speaks to."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def me(self) -> dict[str, t.Any]:
        """Id, name, host names, region and status of the tenant, in snake_case."""
        answer = self._session.get("tenants/me")
        if not isinstance(answer, dict) or not answer.get("id"):
            raise AnswerError(f"{self._session.tenant}: the answer about the tenant holds no id.")

        def text(member: str) -> str:
            return str(answer.get(member) or "")

        return {
            "id": text("id"),
            "name": text("name"),
            "hostnames": list(map(str, list_at(answer, "hostnames") or ())),
            "region": text("region"),
            "datacenter": text("datacenter"),
            "status": text("status"),
            "created": text("created"),
        }
