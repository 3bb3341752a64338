# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of qlik_data_source: whether a tenant offers one data source."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    DefinitionError,
    ForbiddenError,
    QlikError,
    placed,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._diff import diff
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.sources.apply import (
    ADMINISTRATORS_ONLY,
    apply_source,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.sources.decide import (
    decide_source,
    find_switched_source,
    warn_about_connections,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.sources.read import count_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def run(session: TenantSession, options: Options, check_mode: bool) -> Result:
    """Switch one data source on or off. Raises QlikError."""
    api = DataSources(session)
    source, problem = find_switched_source(options["data_source"], api.all())
    if source is None:
        raise DefinitionError([f"{session.tenant}: {problem}"])
    place = f"data source '{source.id}'"
    warnings = []
    try:
        action = decide_source(source, enabled=options["enabled"], was_enabled=api.is_enabled(source.id))
        if action.writes and not action.enabled:
            warnings = [warn_about_connections(source, count_connections(session, source))]
        if action.writes and not check_mode:
            apply_source(api, action)
    except ForbiddenError as error:
        raise QlikError(placed(session.tenant, place, f"{error} {ADMINISTRATORS_ONLY}")) from None
    except QlikError as error:
        raise QlikError(placed(session.tenant, place, error)) from None
    return {
        "changed": action.writes,
        "action": action.kind,
        "changes": list(action.changes),
        "data_source": action.after,
        "diff": diff(action.before, action.after, f"{session.tenant}: {place}"),
        "warnings": [warning for warning in warnings if warning],
    }
