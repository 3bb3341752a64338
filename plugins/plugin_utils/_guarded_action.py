# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all actions of the collection have in common: a defect in them fails the task, and shows no secret."""

from __future__ import annotations

import abc
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import MEANT, defect_result, hide_sources

Result = dict[str, t.Any]


class GuardedAction(ActionBase):
    """An action whose work is in C(_run)."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        try:
            return {**result, **self._run(task_vars or {})}
        except MEANT as error:
            hide_sources(error)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text isn't shown
            return {**result, **defect_result(error)}

    @abc.abstractmethod
    def _run(self, variables: t.Mapping[str, t.Any]) -> Result:
        """What the task is to do, with the variables of its host. Gives what is added to Ansible's own result."""
