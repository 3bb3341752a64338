# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what the modules support."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of all modules; then those of modules that read, and of modules that also write."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, and then says what would change without changing anything.
  diff_mode:
    description: Returns what changed, or would change in check mode, as before and after.
  idempotent:
    description: When run again with the same arguments, and nobody changed the tenant in between, nothing changes.
  platform:
    description: The kind of operating system that the module can run on.
    support: full
    platforms: posix
  action_group:
    description: Use C(group/qlikops.cloud.tenant) in C(module_defaults) to set defaults for all modules of this
      collection that share the options of a tenant.
    support: full
    membership:
      - qlikops.cloud.tenant
"""

    # For modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    # For modules that bring something to a declared state.
    WRITE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - In check mode the session to the tenant is read-only. A request that writes is stopped before it leaves.
  diff_mode:
    support: full
    details:
      - Secrets are masked on both sides.
"""
