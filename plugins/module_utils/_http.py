# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session to a tenant, by the name under which the rest of the collection knows it."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

__all__ = ["JsonObject", "TenantSession"]
