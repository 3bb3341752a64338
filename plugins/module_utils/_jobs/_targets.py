# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the connections of a tenant reach, so that a report can tell which reach the same."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._api.data_sources import DataSources
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
from ansible_collections.qlikops.cloud.plugins.module_utils._model.targets import target_of
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.plan import Plan
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.policy.subjects import (
    Places,
    existing_subjects,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def targets(session: TenantSession, plan: Plan) -> list[Result]:
    """What each connection that is there reaches, as far as its properties tell; declared or not."""
    identities = {source.id: source.identity for source in DataSources(session).all()}
    entries = []
    for subject in existing_subjects(Places(session.tenant, plan), plan):
        target = target_of(subject.data_source, subject.pairs, identities.get(subject.data_source, ()))
        if target:
            entries.append(
                {
                    "space": subject.space_label,
                    "name": subject.name,
                    "id": subject.id,
                    "data_source": subject.data_source,
                    "declared": subject.declared,
                    "target": target,
                }
            )
    return entries
