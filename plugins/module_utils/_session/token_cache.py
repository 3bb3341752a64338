# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth access tokens kept for their lifetime, so that a run of many tasks signs in once to each tenant.

A token lies in a file of its own (mode 0600 in a folder 0700), encrypted and authenticated under the client's own
secret: whoever can read the file and lacks the secret has nothing, and a file that was tampered with is ignored.
C(QLIK_TOKEN_CACHE) names another folder; C(off) keeps nothing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import stat
import time
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import write_whole

try:
    from cryptography.fernet import Fernet, InvalidToken
except ImportError:  # ansible-core brings it; without it nothing is kept
    Fernet = None  # type: ignore[assignment, misc]
    InvalidToken = ValueError  # type: ignore[assignment, misc]

# Guessing a secret is to take its time, where somebody may have thought of it, however long it is. Those that Qlik
# makes, 64 hexadecimal digits, nobody guesses; and for each tenant of a fleet it would take as long as all else.
_ITERATIONS = 20_000
_NOT_GUESSED = re.compile(rb"[0-9A-Fa-f]{32,}\Z")


class TokenCache:
    """The kept token of one OAuth client on one tenant."""

    def __init__(
        self, url: str, client_id: str, client_secret: str, environ: t.Mapping[str, str] | None = None
    ) -> None:
        if environ is None:
            environ = os.environ
        self._folder = _folder(environ)
        self._identity = f"{url} {client_id}"
        self._secret = client_secret.encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(self._identity.encode("utf-8", "surrogatepass")).hexdigest()
        self._path = os.path.join(self._folder, f"{digest[:40]}.token")

    def load(self) -> tuple[str, float] | None:
        """The token and when it ends (seconds since the epoch), or None."""
        if not self._usable():
            return None
        try:
            with open(self._path, "rb") as stream:
                salt, sealed = stream.read(65536).split(b"\n", 1)
            kept = json.loads(self._unsealed(salt, sealed))
            if kept["for"] != self._identity or kept["ends"] <= time.time():
                return None
            return str(kept["token"]), float(kept["ends"])
        except Exception:  # noqa: BLE001 - whatever is in the file, and whatever this machine's cryptography refuses
            return None

    def store(self, token: str, ends: float) -> None:
        """Keep the token. Failing to is no failure of the task."""
        if not self._usable(create=True):
            return
        salt = base64.b64encode(os.urandom(16))
        kept = json.dumps({"for": self._identity, "token": token, "ends": ends}).encode()
        # Cryptography that is set up so refuses what it is asked for with errors of many kinds.
        with contextlib.suppress(Exception):
            sealed = self._cipher(salt, self._iterations()).encrypt(kept)
            write_whole(self._path, [salt + b"\n" + sealed], lasting=False)

    def drop(self) -> None:
        """Forget the token: the tenant no longer accepts it."""
        try:
            os.unlink(self._path)
        except OSError:
            pass

    def problem(self) -> str:
        """Why no token can be kept, where somebody can do something about it; empty otherwise."""
        if Fernet is None or not self._folder:
            return ""
        try:
            found = os.lstat(self._folder)
        except OSError:
            return ""  # it is made when it is needed
        if _is_ours_alone(found):
            return ""
        start = f"No access token is kept in {self._folder}"
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return (
                f"{start}, since that is no folder of your own, so that each task signs in anew: name another one in"
                " QLIK_TOKEN_CACHE"
            )
        return (
            f"{start}, since others than you may use that folder, so that each task signs in anew: chmod 700"
            f" {self._folder}"
        )

    def _usable(self, create: bool = False) -> bool:
        """Whether the folder is ours alone; anything else is left untouched."""
        if Fernet is None or not self._folder:
            return False
        try:
            if create:
                os.makedirs(self._folder, mode=0o700, exist_ok=True)
            found = os.lstat(self._folder)
        except OSError:
            return False
        return _is_ours_alone(found)

    def _unsealed(self, salt: bytes, sealed: bytes) -> bytes:
        """What was kept, also by an earlier version, which took its time for every secret. Raises InvalidToken."""
        iterations = self._iterations()
        try:
            return self._cipher(salt, iterations).decrypt(sealed)
        except InvalidToken:
            if iterations == _ITERATIONS:
                raise
            return self._cipher(salt, _ITERATIONS).decrypt(sealed)

    def _iterations(self) -> int:
        return 1 if _NOT_GUESSED.match(self._secret) else _ITERATIONS

    def _cipher(self, salt: bytes, iterations: int) -> Fernet:
        key = hashlib.pbkdf2_hmac("sha256", self._secret, salt, iterations)
        return Fernet(base64.urlsafe_b64encode(key))


def _is_ours_alone(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077


def _folder(environ: t.Mapping[str, str]) -> str:
    chosen = environ.get("QLIK_TOKEN_CACHE", "")
    if chosen.lower() in ("off", "no", "false", "0"):
        return ""
    if chosen:
        return os.path.expanduser(chosen)
    base = environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "qlikops.cloud")
