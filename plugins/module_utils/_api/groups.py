# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups API. Source: qlik.dev, "Groups". The built-in ones, such as Everyone, are in a list of their own."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.filtering import Condition, matching
from ansible_collections.qlikops.cloud.plugins.module_utils._api.pages import items_of
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.group import Group
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

_RESOURCE = "groups"


class Groups:
    """The groups of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def matching(self, conditions: t.Collection[Condition]) -> list[Group]:
        """The groups that fulfil one of the conditions (on id or name), whatever the case, perhaps others too."""
        return [self._group(item) for item in matching(self._session, _RESOURCE, conditions)]

    def system(self) -> list[Group]:
        """The built-in groups."""
        pages = self._session.pages(_RESOURCE, {"systemGroups": "true"})
        return list(map(self._group, items_of(pages)))

    def _group(self, answer: JsonObject) -> Group:
        if not isinstance(answer, dict) or not answer.get("id"):
            raise AnswerError(f"{self._session.tenant}: an answer about a group holds no id.", transient=True)
        return Group.from_api(answer)
