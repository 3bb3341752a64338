# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is what a definition says of the end of its secrets a day, or a number of days?"""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.expiry import MOST_DAYS, is_day, number_of_days

_LONGEST_QUOTED = 40


def check_expiry(definition: Definition) -> list[str]:
    """What is wrong with C(expires) and C(expires_after): a sentence for each problem."""
    problems = []
    if definition.expires and definition.expires_after:
        problems.append(
            "it declares expires and expires_after; one of them says until when its secrets are good. In a later layer,"
            " null takes the other one away."
        )
    if definition.expires and not is_day(definition.expires):
        problems.append(
            f"expires is '{_quoted(definition.expires)}', which is no day of the calendar: write year, month and day,"
            " such as 2027-01-31, without a time."
        )
    if definition.expires_after and not number_of_days(definition.expires_after):
        problems.append(
            f"expires_after is '{_quoted(definition.expires_after)}': write whole days, such as 90d, from 1d to"
            f" {MOST_DAYS}d. Hours, weeks, months and years are not taken, nor is a number without its d."
        )
    return problems


def _quoted(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= _LONGEST_QUOTED else f"{shown[:_LONGEST_QUOTED]}..."
