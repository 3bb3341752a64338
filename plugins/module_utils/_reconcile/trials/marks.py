# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark of a connection whose last trial didn't succeed, so that the next run tries it again.

It is one of this collection's tags: written only when it isn't as it should be, after the tags were read once more.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.connections import DataConnections
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import MAX_TAGS
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import read_fingerprint
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    SERVER_TAG,
    TAG_NOT_WORKING,
    TAG_ROTATING,
    tag_contents,
    without_kinds,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.parallel import in_parallel
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import Trial
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


def is_marked(tags: t.Collection[str]) -> bool:
    """Whether a connection waits for a trial that succeeds."""
    return TAG_NOT_WORKING in tags or _is_being_rotated(tags)


def _is_being_rotated(tags: t.Iterable[str]) -> bool:
    """Whether new secrets, known by their fingerprint, wait for a trial."""
    return any(tag_contents(tags, TAG_ROTATING)) and read_fingerprint(tags) is not None


def mark_trials(session: TenantSession, trials: t.Sequence[Trial], *, unknown_counts: bool, parallel: int) -> list[str]:
    """Mark what doesn't work, and take the mark from what does. Gives a warning for each that can't be marked.

    C(unknown_counts): what could not be told is marked too.
    """

    def one(trial: Trial) -> str:
        return _mark(session, trial)

    changing = [trial for trial in trials if _is_to_change(trial, unknown_counts=unknown_counts)]
    return [warning for warning in in_parallel(one, changing, parallel) if warning]


def _is_to_change(trial: Trial, *, unknown_counts: bool) -> bool:
    tags = trial.candidate.connection.tags
    marked = TAG_NOT_WORKING in tags
    if trial.works is None:
        return unknown_counts and not marked
    if trial.works:
        return is_marked(tags)
    return not marked


def _mark(session: TenantSession, trial: Trial) -> str:
    """Set the mark right; gives a warning when that can't be done."""
    connection = trial.candidate.connection
    connections = DataConnections(session)
    try:
        held = connections.get(connection.id).tags
        tags = [tag for tag in held if tag != TAG_NOT_WORKING]
        if not trial.works:
            tags.append(TAG_NOT_WORKING)
        elif _is_being_rotated(tags):
            tags = without_kinds(tags, TAG_ROTATING)
        if len([tag for tag in tags if not tag.startswith(SERVER_TAG)]) > MAX_TAGS:
            raise QlikError(f"it has {MAX_TAGS} tags already.")
        if tags != list(held):
            connections.patch(connection.id, [{"op": "add", "path": "/tags", "value": tags}])
    except QlikError as error:
        return f"{trial.candidate.name} could not be marked, so whether it is tried again is left to chance: {error}"
    return ""
