# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rollout goes on after failures: as max_fail_percentage will have it."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import listed


class Rollout(t.NamedTuple):
    """Where in a rollout a wave is: the hosts of earlier waves, of those to come, and those that something before the
    rollout took away, of which some may belong to this wave; and what share of a wave may fail. Those that are
    C(settled) were as declared before it, and belong to no wave.
    """

    done: t.Sequence[str]
    waiting: t.Sequence[str]
    lost: t.Sequence[str]
    allowed: float
    check_mode: bool = False
    planning: bool = False
    settled: t.Sequence[str] = ()

    @property
    def share(self) -> str:
        """The share that may fail, to be said: one that is all but a whole number isn't rounded to it."""
        return f"{self.allowed:.15g}"

    def goes_on(self, failed: int, size: int) -> bool:
        """Whether Ansible begins another wave after these failures. It takes those that are lost for tenants that
        didn't fail.
        """
        # Where a share is all but the allowed one, only Ansible's own way of counting says what Ansible does.
        return failed / size <= self.allowed / 100 and failed < size


def verdict(failed: t.Sequence[str], size: int, rollout: Rollout) -> str:
    """What is to be said of a wave of this size in which these failed."""
    how_many = f"{len(failed)} of {counted(size, 'tenant')}"
    if rollout.planning:
        return f"{how_many} could not be planned: {listed(failed)}. Fix the cause and plan again."
    beside = ""
    if rollout.settled:
        beside = f" ({len(rollout.settled)} more were as declared beforehand)"
    happened = f"{how_many} in this wave{beside} failed: {listed(failed)}."
    if rollout.goes_on(len(failed), size):
        return f"{happened} qlik_max_failed_percent ({rollout.share}) allows that, so the rollout goes on."
    if not rollout.waiting:
        return f"{happened} {_last_wave(len(failed) == size, rollout)} Fix the cause and run again."
    if rollout.goes_on(len(failed), size + len(rollout.lost)):
        return (
            f"{happened} Whether qlik_max_failed_percent ({rollout.share}) allows that depends on how many of those"
            " that were not reached belong to this wave. If the rollout stops here, these were not reached either:"
            f" {listed(rollout.waiting)}. Fix the cause and run again."
        )
    return (
        f"{happened} {_why_it_stops(rollout)}{_done_before(rollout)} Not reached: {listed(rollout.waiting)}."
        " Fix the cause and run again."
    )


def _last_wave(everyone: bool, rollout: Rollout) -> str:
    if everyone or rollout.check_mode:
        return "It was the last wave."
    return "It was the last wave: the others are done."


def _why_it_stops(rollout: Rollout) -> str:
    if rollout.allowed >= 100:
        return (
            "A rollout stops when all tenants of a wave fail, whatever qlik_max_failed_percent"
            f" ({rollout.share}) allows."
        )
    return f"That is more than qlik_max_failed_percent ({rollout.share}) allows: the rollout stops here."


def _done_before(rollout: Rollout) -> str:
    return f" Done in earlier waves: {listed(rollout.done)}." if rollout.done else ""
