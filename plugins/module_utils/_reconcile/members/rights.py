# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody needs to read and to change the members of a space, for messages. Pure.

Source: Qlik's help about spaces, and qlik.dev, "Scopes".
"""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError

RIGHT_TO_CHANGE = (
    "That takes the role facilitator (Can manage) in the space, owning it, or the role TenantAdmin (for shared and"
    " managed spaces also AnalyticsAdmin, for data spaces DataAdmin) in the tenant; and of an OAuth client a scope that"
    " covers spaces, such as admin_classic or admin.spaces."
)


def may_not_read(error: ForbiddenError) -> str:
    """Why the members of a space can't be read."""
    return f"the caller may not read the members of this space: {error} {RIGHT_TO_CHANGE}"


def may_not_change(error: ForbiddenError) -> str:
    """Why the members of a space can't be changed."""
    return f"{error} {RIGHT_TO_CHANGE}"
