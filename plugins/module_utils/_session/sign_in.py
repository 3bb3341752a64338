# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the bearer token of a request comes from.

Source: qlik.dev, "Authentication": an API key is sent as it is; an OAuth client fetches a token from the tenant itself
(C(POST /oauth/token), client credentials), which lasts six hours.
"""

from __future__ import annotations

import threading
import time
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._session.token_cache import TokenCache

MARGIN_SECONDS = 60.0


class Authenticator(t.Protocol):
    """Gives tokens to a session."""

    def token(self) -> str:
        """A token to send now."""

    def renew(self, refused: str) -> bool:
        """Whether another token than the refused one can be had."""


class TokenAuthenticator:
    """An API key or a ready access token: the only one there is."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def renew(self, refused: str) -> bool:
        return refused != self._token


class ClientAuthenticator:
    """An OAuth client: its token is fetched once, kept for its lifetime, and fetched anew when refused.

    C(fetch) exchanges client credentials for the tenant's answer, C({access_token, expires_in (seconds), ...}).
    C(learn) is told every token before it is used, wherever it comes from.
    """

    def __init__(
        self, cache: TokenCache, fetch: t.Callable[[], t.Mapping[str, t.Any]], learn: t.Callable[[str], None]
    ) -> None:
        self._cache = cache
        self._fetch = fetch
        self._learn = learn
        self._lock = threading.Lock()
        self._token = ""
        self._ends = 0.0

    def token(self) -> str:
        with self._lock:
            if not self._token or self._ends - MARGIN_SECONDS <= time.time():
                self._take(self._cache.load() or self._sign_in())
            return self._token

    def renew(self, refused: str) -> bool:
        with self._lock:
            if self._token == refused:
                self._cache.drop()
                self._take(self._sign_in())
            return True

    def _take(self, kept: tuple[str, float]) -> None:
        self._token, self._ends = kept
        self._learn(self._token)
        if self._ends - MARGIN_SECONDS <= time.time():
            self._ends = time.time() + 2 * MARGIN_SECONDS  # shorter than the margin: use it, and let a 401 renew it

    def _sign_in(self) -> tuple[str, float]:
        answer = self._fetch()
        token = str(answer["access_token"])
        try:
            lifetime = float(answer.get("expires_in") or 0)
        except (TypeError, ValueError, OverflowError):
            lifetime = 0.0
        ends = time.time() + lifetime
        self._cache.store(token, ends)
        return token, ends
