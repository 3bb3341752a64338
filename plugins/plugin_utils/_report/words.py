# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of reports: kinds, states of tenants, and how what became of connections is counted."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import COUNTED_AS
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import (
    EXPIRING,
    LEFT_OVER,
    POLICY,
    SAME_TARGET,
    UNMANAGED,
)

KINDS = ("plan", "audit", "provision", "rotation", "test")
# Kinds of results of check mode: what differs, or would be done, is all foreseen.
FORESEEING = ("plan", "audit")
# The kind of results of trying connections: those that work are as declared, what is unknown would have to be updated.
TEST = "test"
UNDECLARED = (LEFT_OVER, UNMANAGED)
# States of a tenant that only an audit has: what was found there, and counts.
AUDITED = (POLICY, SAME_TARGET, *UNDECLARED, EXPIRING)
STATES = ("changed", "unchanged", "failed", "skipped", "not_reached")
# Those of an audit, which also looks for what nobody declared.
AUDIT_STATES = ("changed", *AUDITED, "unchanged", "failed", "skipped", "not_reached")
# Those of tenants that were read.
READ = ("changed", "unchanged", *AUDITED)
# By what an entry says: nothing holds it to the kinds of actions that there are.
COUNT_OF: Mapping[str, str] = {str(action): word for action, word in COUNTED_AS.items()}
