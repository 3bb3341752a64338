# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options that narrow a list mean: something that isn't there is an error, and no empty list."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.resolve import find_source
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def meant_source(session: TenantSession, reference: str, seen: t.Container[str]) -> str:
    """The id of the data source of this id or unambiguous display name; C(seen) are ids that need no reading. Raises
    QlikError.

    A source that is disabled counts: its connections are there all the same.
    """
    if not reference or reference in seen:
        return reference
    sources = {source.id: source._replace(disabled=False) for source in DataSources(session).all()}
    source, problem = find_source(reference, sources)
    if source is None:
        raise QlikError(f"{session.tenant}: {problem}")
    return source.id
