# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_data_connection_test in process."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connection_test_spec
    from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connection_test
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import in_test_variables
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._in_process import TenantAction
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck


class ActionModule(TenantAction):
    """The same job as the module's."""

    job = staticmethod(data_connection_test.run)
    check = OptionCheck(data_connection_test_spec())

    def _in_variables(self, variables: t.Mapping[str, t.Any]) -> t.Callable[[str], str]:
        # Those of the role are there only where the role runs.
        return in_test_variables if "qlik_test_timeout" in variables else super()._in_variables(variables)
