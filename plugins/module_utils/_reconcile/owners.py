# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users that definitions name as owners: found before the first write, and looked up only where something is to be
given to them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.users import Users
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    BAD_REQUEST,
    ApiError,
    ForbiddenError,
    NotFoundError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession


class Owners:
    """Finds users by what definitions call them, each once."""

    def __init__(self, session: TenantSession) -> None:
        self._users = Users(session)
        self._by_email: dict[str, str] = {}
        self._problems: dict[str, str] = {}

    def id_of(self, reference: str) -> str:
        """The id of a user who is named by id or by e-mail address; empty when nobody has the address. An id isn't
        looked up.
        """
        if "@" not in reference:
            return reference
        if reference not in self._by_email:
            found = self._users.find_by_email(reference)
            self._by_email[reference] = found.id if found else ""
        return self._by_email[reference]

    def missing(self, reference: str, known: t.Container[str] = ()) -> str:
        """Why somebody can't become an owner, empty when they can. C(known) are ids of users of whom it is known that
        they exist.
        """
        if reference not in self._problems:
            self._problems[reference] = self._look(reference, known)
        return self._problems[reference]

    def _look(self, reference: str, known: t.Container[str]) -> str:
        if "@" in reference:
            return (
                ""
                if self.id_of(reference)
                else f"owner: no user of this tenant has the e-mail address {one_line(reference)}."
            )
        if reference in known:
            return ""
        try:
            self._users.get(reference)
        except ForbiddenError:
            return ""  # the caller may not know; Qlik will say
        except NotFoundError:
            return _unknown(reference)
        except ApiError as error:
            if error.status != BAD_REQUEST:
                raise
            return _unknown(reference)
        return ""


def _unknown(reference: str) -> str:
    return f"owner: no user of this tenant has the id '{one_line(reference)}': give the owner's id or e-mail address."
