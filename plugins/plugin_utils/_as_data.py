# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our filters give may hold a tenant's text, and is never a template.

Before ansible-core 2.19 a text is a template unless it is marked. A filter that makes a new text of a marked one loses
the mark, and what is kept of it, by C(set_fact) for instance, would be evaluated when it is used.
"""

from __future__ import annotations

import functools
import typing as t

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects

Parameters = t.ParamSpec("Parameters")


def as_data(function: t.Callable[Parameters, t.Any]) -> t.Callable[Parameters, t.Any]:
    """A filter whose result, and every text in it, is data."""

    @functools.wraps(function)
    def filtered(*arguments: Parameters.args, **options: Parameters.kwargs) -> t.Any:
        with hidden_defects():
            return wrap_var(function(*arguments, **options))

    return filtered
