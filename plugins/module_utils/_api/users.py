# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users API. Source: qlik.dev, "Users". C(/users/me) answers with a redirect to the caller's own entry."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._api.filtering import Condition, matching
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, TransportError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User, address_key
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Request

_REDIRECTS = (301, 302, 303, 307, 308)
_USER_PATH = re.compile(r"/users/([A-Za-z0-9_-]{1,64})\Z")


class Users:
    """The users of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def me(self) -> User:
        return self._user(self._session.get("users/me"))

    def my_id(self) -> str:
        """The caller's id alone, by where C(/users/me) leads: one request in place of two."""
        request = Request("GET", self._session.address("users/me"), follows=False)
        try:
            answer = self._session.ask(request)
        except TransportError:
            return self.me().id
        led_to = urlsplit(answer.headers.get("location", ""))
        is_inside = led_to.netloc in ("", urlsplit(request.url).netloc)
        found = _USER_PATH.search(led_to.path)
        if answer.status in _REDIRECTS and is_inside and found is not None:
            return found.group(1)
        return self.me().id

    def get(self, user_id: str) -> User:
        user = self._user(self._session.get(f"users/{quote(user_id, safe='')}"))
        if user.id != user_id:
            raise AnswerError(
                f"{self._session.tenant}: GET users/{quote(user_id, safe='')} answered with another user."
            )
        return user

    def find_by_email(self, email: str) -> User | None:
        """The user with this e-mail address, compared without regard to case."""
        if '"' in email:
            return None
        pages = self._session.pages("users", {"filter": f'email eq "{email}"', "limit": 100})
        for page in pages:
            for item in page["data"]:
                user = self._user(item)
                if address_key(user.email) == address_key(email):
                    return user
        return None

    def matching(self, conditions: t.Collection[Condition]) -> list[User]:
        """The users who fulfil one of the conditions (on id or email), whatever the case, perhaps others too."""
        return [self._user(item) for item in matching(self._session, "users", conditions)]

    def _user(self, answer: JsonObject) -> User:
        if not isinstance(answer, dict) or not answer.get("id"):
            raise AnswerError(f"{self._session.tenant}: an answer about a user holds no id.", transient=True)
        return User.from_api(answer)
