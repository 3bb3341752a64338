# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_data_credential_info in process."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_credential_info_spec
    from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_credential_info
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._in_process import TenantAction
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck


class ActionModule(TenantAction):
    """The same job as the module's."""

    job = staticmethod(data_credential_info.run)
    check = OptionCheck(data_credential_info_spec())
