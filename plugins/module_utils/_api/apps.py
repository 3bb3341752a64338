# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apps API, as far as a load script needs it.

Source: qlik.dev, "Apps" and "Items". An app without a space lies in the caller's personal space. The list of apps is
one of items, whose C(name) narrows more or less: what comes back is compared exactly.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    NotFoundError,
    OutcomeUnknownError,
    QlikError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_RESOURCE = "apps"
_PAGE_SIZE = 100


class App(t.NamedTuple):
    """An app: its id, name and owner."""

    id: str
    name: str
    owner_id: str = ""


class Apps:
    """What can be asked of and done to the apps of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def create(self, name: str, description: str, space_id: str) -> App:
        """Create an app; C(space_id) is empty for the caller's personal space."""
        attributes = {"name": name, "description": description, "usage": "ANALYTICS", "locale": "en"}
        if space_id:
            attributes["spaceId"] = space_id
        answer = self._session.write("POST", _RESOURCE, {"attributes": attributes}, repeatable=False)
        made = member(answer, "attributes")
        if not isinstance(made, dict) or not made.get("id"):
            raise AnswerError(f"{self._session.tenant}: POST {_RESOURCE} answered without the id of the app.")
        if made.get("name") not in (None, name):
            raise AnswerError(
                f"{self._session.tenant}: POST {_RESOURCE} answered with another app, '{one_line(str(made['name']))}'."
            )
        return App(str(made["id"]), name)

    def named(self, beginning: str) -> list[App]:
        """The apps whose names begin so, whosever they are."""
        query = {"resourceType": "app", "name": beginning, "limit": _PAGE_SIZE}
        found: dict[str, App] = {}
        for page in self._session.pages("items", query):
            for item in page["data"]:
                app = _app(item)
                if app is not None and app.name.startswith(beginning):
                    found[app.id] = app
        return list(found.values())

    def set_script(self, app_id: str, script: str) -> None:
        """Give an app its load script. Sent twice it ends as sent once."""
        body = {"script": script, "versionMessage": ""}
        self._session.write("POST", f"{_path(app_id)}/scripts", body, repeatable=True)

    def delete(self, app: App) -> None:
        """Delete an app; one that is gone already is no error, but a 404 alone doesn't say so: the list does."""
        try:
            self._session.write("DELETE", _path(app.id), repeatable=True)
        except (NotFoundError, OutcomeUnknownError) as error:
            if any(held.id == app.id for held in self.named(app.name)):
                raise QlikError(f"{error} It is still there.") from None


def _app(item: t.Any) -> App | None:
    """An item of the list as an app; None for what is none."""
    if not isinstance(item, dict) or item.get("resourceType") not in (None, "app") or not item.get("resourceId"):
        return None
    return App(str(item["resourceId"]), str(item.get("name") or ""), str(item.get("ownerId") or ""))


def _path(app_id: str) -> str:
    return f"{_RESOURCE}/{quote(app_id, safe='')}"
