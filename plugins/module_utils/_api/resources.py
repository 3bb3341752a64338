# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session has to know of the API's resources: under which paths they are, and which POSTs only read.

Source: qlik.dev, "Versioning" and "Data credentials". A resource that isn't named here has the v1 form only, and no
POST of it leaves in check mode.
"""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._session.urls import Resources

RESOURCES = Resources(
    namespaces={
        "data-connections": "connectivity",
        "data-credentials": "connectivity",
        "data-sources": "connectivity",
    },
    # The organization API has a path of its own.
    unversioned=frozenset(("core",)),
    reading_posts=frozenset(("data-credentials/actions/filter-orphan",)),
)
