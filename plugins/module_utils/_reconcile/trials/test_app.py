# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app in which connections are tried: made for one run, and gone at its end.

A run that is killed leaves one behind. The next run of the same caller removes it: by its name, of a form that nobody
chooses, and only when the caller owns it.
"""

from __future__ import annotations

import re
import secrets
import time
import types
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.apps import App, Apps
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ForbiddenError, QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.create_once import create_once
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

_BEGINNING = "qlikops.cloud test "
_NAME = re.compile(re.escape(_BEGINNING) + r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [0-9a-f]{8}")
_DESCRIPTION = "Made by qlikops.cloud to try data connections, and removed when that is done."
NO_RIGHT = (
    "Trying connections needs an app: the role PrivateAnalyticsContentCreator (or its permission), an entitlement that"
    " may create apps and, for an OAuth client, the scopes apps, apps:create and apps:delete. A caller without a"
    " personal space names a space in app_space."
)


class TestApp:
    """An app to try connections in, as a context. C(space_id) is empty for the caller's personal space."""

    __test__ = False  # pytest: this is no test

    def __init__(self, session: TenantSession, caller_id: str, space_id: str) -> None:
        self._session = session
        self._apps = Apps(session)
        self._caller_id = caller_id
        self._space_id = space_id
        self._app: App | None = None

    def __enter__(self) -> TestApp:
        self._remove_leftovers()
        self._app = self._make()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._remove()

    @property
    def id(self) -> str:
        return t.cast(App, self._app).id

    def set_script(self, script: str) -> None:
        self._apps.set_script(self.id, script)

    def is_gone(self) -> bool:
        """Whether somebody removed it, as another run of the caller would. A reload of it ends then."""
        app = t.cast(App, self._app)
        try:
            return all(held.id != app.id for held in self._apps.named(app.name))
        except QlikError:
            return False

    def renew(self) -> None:
        """Go on with another app, since this one is gone, or is busy with what can't be stopped."""
        self._remove()
        self._app = self._make()

    def _make(self) -> App:
        name = f"{_BEGINNING}{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {secrets.token_hex(4)}"

        def find() -> App | None:
            return next((app for app in self._own(name) if app.name == name), None)

        try:
            return create_once(self._session, lambda: self._apps.create(name, _DESCRIPTION, self._space_id), find)
        except ForbiddenError as error:
            raise QlikError(f"{error} {NO_RIGHT}") from None

    def _own(self, beginning: str) -> list[App]:
        return [app for app in self._apps.named(beginning) if app.owner_id == self._caller_id]

    def _remove_leftovers(self) -> None:
        try:
            left = [app for app in self._own(_BEGINNING) if _NAME.fullmatch(app.name)]
            for app in left:
                self._apps.delete(app)
        except QlikError as error:
            self._session.warnings.append(
                f"What an earlier run may have left, an app named '{_BEGINNING}…', could not be removed: {error}"
            )

    def _remove(self) -> None:
        app, self._app = self._app, None
        if app is None:
            return
        try:
            self._apps.delete(app)
        except QlikError as error:
            self._session.warnings.append(
                f"The app '{app.name}' could not be removed, so the next run that tries connections will: {error}"
            )
