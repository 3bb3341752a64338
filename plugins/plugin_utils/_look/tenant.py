# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a tenant is as declared, found out by the job of the ordinary run, which isn't let write."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result, run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import shown_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.results import without_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._secrets_register import register
from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import EXPIRY_DAYS, findings, verdict
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import in_variables, say_variables
from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck


class Look(t.NamedTuple):
    """How tenants are looked at: as a run with C(check_mode) or without would. C(fail_on) are the findings that count
    in an audit; None in other playbooks. C(expiry_days): how soon secrets expire that are told of.
    """

    check: OptionCheck
    check_mode: bool
    fail_on: Sequence[str] | None
    expiry_days: int = EXPIRY_DAYS


def looked(look: Look, arguments: Mapping[str, t.Any], warnings: Sequence[str] = ()) -> Result | None:
    """The result of the ordinary run for a tenant that is as declared, with more C(warnings); None for one of which
    more is to be said, or that is to be written to.
    """
    checked = look.check.check(arguments)
    if not checked.is_fine:
        return None
    options = checked.validation.validated_parameters
    result, hidden = run_job(data_connections.run, options, look.check_mode, None, checked.misplaced, looks=True)
    if not _is_as_declared(result, look):
        return None
    register(hidden, options)
    found = occurring(hidden, shown_texts(result))
    if found:
        result = without_secrets(result, found)
    say_variables(result, in_variables)
    if warnings:
        result["warnings"] = [*result.get("warnings", []), *warnings]
    return result


def _is_as_declared(result: Result, look: Look) -> bool:
    if any(result.get(name) for name in ("failed", "changed", "skipped", "stopped_writes", "nothing_declared")):
        return False
    return look.fail_on is None or not verdict(findings(result, look.expiry_days), look.fail_on)
