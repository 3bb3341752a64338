# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a tenant and taking any answer, refusals too, for what it is."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer, Request

Params = t.Mapping[str, t.Any]
_LONGEST_QUOTATION = 200
_SERVER_ERRORS = 500


class Reply:
    """What was answered. C(redact) takes secrets out of what is quoted of it."""

    def __init__(self, answer: Answer, redact: t.Callable[[str, int], str]) -> None:
        self._redact = redact
        self.status = answer.status
        self.headers = answer.headers
        self.raw = answer.body
        try:
            self.body: t.Any = json.loads(answer.body or b"null")
            self.is_json = bool(answer.body)
        except ValueError:
            self.body = None
            self.is_json = False

    def __getitem__(self, name: str) -> t.Any:
        """A member of the body; None when there is none."""
        return member(self.body, name)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def rows(self) -> list[t.Any]:
        """The list inside the answer to a list."""
        return list_at(self.body, "data") or []

    @property
    def words(self) -> str:
        """How it is called in a message: the status, and the error's own words."""
        errors = list_at(self.body, "errors") or [{}]
        parts = [str(member(errors[0], name) or "") for name in ("code", "title", "detail")]
        quoted = self._redact(" ".join(filter(None, parts)), _LONGEST_QUOTATION)
        return f"{self.status} {quoted}".strip()


class Asker:
    """Asks one tenant. C(failures) are the answers by which the tenant says that it failed: they say nothing else."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session
        self.failures: list[str] = []

    def get(self, path: str, params: Params | None = None, form: str = "") -> Reply:
        """Read something; in another of the two forms of a path than the user's if C(form) says so."""
        return self._ask(Request("GET", self._session.address(path, form), params))

    def get_unfollowed(self, path: str) -> Reply:
        """Read something without following a redirect."""
        return self._ask(Request("GET", self._session.address(path), follows=False))

    def get_without_right(self, path: str) -> Reply:
        """Read something with a token that is none."""
        headers = {"Authorization": "Bearer this-is-no-token"}
        return self._ask(Request("GET", self._session.address(path), headers=headers, signed=False))

    def query(self, path: str, body: t.Any) -> Reply:
        """Read by a POST."""
        return self._ask(Request("POST", self._session.address(path), body=body, reads=True))

    def send(
        self,
        method: str,
        path: str,
        body: t.Any = None,
        params: Params | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a write, once."""
        return self._ask(Request(method, self._session.address(path), params, body, headers))

    def _ask(self, request: Request) -> Reply:
        reply = Reply(self._session.ask(request), self._session.redact.quoted)
        if reply.status >= _SERVER_ERRORS:
            self.failures.append(f"{request.what} was answered with {reply.words}")
        return reply
