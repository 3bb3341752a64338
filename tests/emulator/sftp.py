"""An SFTP server of one's own on a loopback port, and what an SFTP connection does at one."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncssh

from .script_text import EngineError

SECONDS = 30.0


def list_files(properties: Mapping[str, Any], _statement: str | None) -> int:
    """Sign in with the properties and secrets of an SFTP connection; give the number of files in its folder."""
    return asyncio.run(_listed(properties))


async def _listed(properties: Mapping[str, Any]) -> int:
    host = str(properties["host"]).strip("[]")
    where = f"{host}:{properties.get('sftpPort') or 22}"
    try:
        async with asyncssh.connect(
            "127.0.0.1" if host.lower() == "localhost" else host,
            _port(properties),
            username=str(properties.get("username", "")),
            password=str(properties.get("password", "")),
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=None,
            connect_timeout=SECONDS,
            login_timeout=SECONDS,
        ) as client:
            _check_fingerprint(client, str(properties.get("publicKeyFingerprint") or ""))
            async with client.start_sftp_client() as files:
                return sum(not name.startswith(".") for name in await files.listdir("/"))
    except asyncssh.PermissionDenied as error:
        raise EngineError(30031, f"Login denied: {error.reason}") from None
    except asyncssh.SFTPError as error:
        raise EngineError(3003, f"The folder can't be read: {error.reason}") from None
    except asyncssh.Error as error:
        raise EngineError(30034, f"Error in the SSH layer: {error.reason}") from None
    except TimeoutError:
        raise EngineError(30012, f"Timeout was reached: {where}") from None
    except (OSError, OverflowError) as error:
        raise EngineError(30002, f"Could not connect to {where}: {error}") from None


def _port(properties: Mapping[str, Any]) -> int:
    try:
        return int(properties.get("sftpPort") or 22)
    except ValueError:
        return -1


def _check_fingerprint(client: asyncssh.SSHClientConnection, wanted: str) -> None:
    key = client.get_server_host_key()
    if wanted and (key is None or key.get_fingerprint() != wanted):
        raise EngineError(30026, "The key of the server isn't the one of the connection")


class _Users(asyncssh.SSHServer):
    """Who may sign in: by a password alone."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self.passwords = passwords

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self.passwords.get(username) == password


class SftpServer:
    """A server in a thread; `with SftpServer() as server: server.set_user("qlik", "password")`."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="sftp-"))
        self.key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="sftp", daemon=True)

    def __enter__(self) -> SftpServer:
        self.thread.start()
        self.listener = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(SECONDS)
        self.port = self.listener.get_port()
        return self

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            self.host,
            0,
            server_factory=lambda: _Users(self.passwords),
            server_host_keys=[self.key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.folder).encode()),
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(SECONDS)
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _close(self) -> None:
        self.listener.close()
        await self.listener.wait_closed()

    def set_user(self, name: str, password: str) -> None:
        """Make somebody who may sign in, or give a new password to who is there."""
        self.passwords[name] = password

    def properties(self, user: str, password: str) -> dict[str, str]:
        """Give the properties of an SFTP connection to this server."""
        return {
            "host": self.host,
            "sftpPort": str(self.port),
            "publicKeyAlgorithm": "ECDsaNistP256",
            "publicKeyFingerprint": self.key.get_fingerprint(),
            "username": user,
            "password": password,
        }
