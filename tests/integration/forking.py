"""Runs of `ansible-playbook` and `ansible-inventory` in processes that were forked from one which had imported Ansible
already.

They give what the programs themselves give (tests/integration/test_forking.py compares them), for half the CPU. A run
is forked only where that is certain; otherwise `run` gives None, and the program itself is to be started:

- another program, or the first run in an environment of its own, of which Ansible might read something while it is
  imported: a server is worth its start for the next ones, and for the first where a test says that there are more;
- an `ansible.cfg` in the folder, which it would read then, or collections of the playbook's own;
- an ansible-core that lacks what the server needs (each from 2.16 to 2.21 has it), or a system without `fork`;
- `TESTS_WITHOUT_FORKS` is set in the environment.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SWITCH = "TESTS_WITHOUT_FORKS"
ROOT = Path(__file__).parents[2]
SERVER = "tests.integration.fork_server"
PROGRAMS = {"ansible-playbook", "ansible-inventory"}
# Variables that are read while a playbook runs, never while Ansible is imported. Any other one must be as it was for
# the server.
READ_LATER = {"ANSIBLE_ASYNC_DIR", "PYTEST_CURRENT_TEST", "TEST_RESULTS"}
READ_LATER_PREFIXES = ("QLIK_", "CONTROLLER_")
# Beside the usual one; more would only be in memory.
MOST_SERVERS = 3


def decides(name: str) -> bool:
    """Might Ansible read this environment variable while it is imported?"""
    return name not in READ_LATER and not name.startswith(READ_LATER_PREFIXES)


class ForkServer:
    """A server for one environment. It ends when this process does, or `close` is called."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        # It mustn't meet an ansible.cfg.
        assert not (ROOT / "ansible.cfg").exists()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", SERVER, str(theirs.fileno())],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        self.ready = self._control.recv(5) == b"ready"
        assert self._process.stderr
        self.complaint = "" if self.ready else self._process.stderr.read().decode(errors="replace")
        atexit.register(self.close)

    def close(self) -> None:
        """End the server; runs that it forked go on."""
        self._control.close()
        self._process.wait()
        assert self._process.stderr
        self._process.stderr.close()

    def request(self, content: Mapping[str, object], files: Sequence[int]) -> socket.socket:
        """Have a process forked with these standard files; gives the socket that says its number and how it ended."""
        mine, theirs = socket.socketpair()
        with theirs, self._lock:
            socket.send_fds(self._control, [b"r"], [theirs.fileno()])
        body = json.dumps(content).encode()
        socket.send_fds(mine, [struct.pack("!I", len(body))], list(files))
        mine.sendall(body)
        return mine


class Forks:
    """The servers, one for each environment, and the runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[tuple[tuple[str, str], ...], ForkServer] = {}
        self._met: set[tuple[tuple[str, str], ...]] = set()
        self._usual: tuple[tuple[str, str], ...] = ()

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        answer: str | None,
        usual: bool,
        many: bool = False,
        timeout: float,
    ) -> subprocess.CompletedProcess[str] | None:
        """What `subprocess.run` would give; None where the program itself must be started.

        `answer` is what stands on standard input of a process in a session of its own; None leaves it with this one's
        input and session. `usual` says that the test adds no variable of its own that `decides`: a server for that
        is started for the first run already. So it is for another environment of which `many` says that more runs
        follow.
        """
        server = self._server_for(words, folder, environment, usual=usual, many=many)
        program = shutil.which(words[0], path=environment.get("PATH"))
        if server is None or program is None:
            return None
        stdin = os.dup(0) if answer is None else _filled(answer)
        stdout, stdout_end = os.pipe()
        stderr, stderr_end = os.pipe()
        umask = os.umask(0o077)
        os.umask(umask)
        request = {
            "words": [program, *words[1:]],
            "folder": str(folder),
            "environment": dict(environment),
            "umask": umask,
            "new_session": answer is not None,
        }
        try:
            connection = server.request(request, [stdin, stdout_end, stderr_end])
        finally:
            for descriptor in (stdin, stdout_end, stderr_end):
                os.close(descriptor)
        with connection:
            process = _number(connection)
            texts = _read_all([stdout, stderr], process, words, time.monotonic() + timeout)
            return subprocess.CompletedProcess(list(words), _number(connection), *texts)

    def _server_for(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str], *, usual: bool, many: bool
    ) -> ForkServer | None:
        if (
            SWITCH in os.environ
            or words[0] not in PROGRAMS
            or (folder / "ansible.cfg").exists()
            or (folder / "collections").exists()
            or not hasattr(os, "fork")
        ):
            return None
        decisive = tuple(sorted((name, value) for name, value in environment.items() if decides(name)))
        with self._lock:
            server = self._servers.get(decisive)
            if server is None:
                if not usual and not many and decisive not in self._met:
                    self._met.add(decisive)
                    return None
                if usual:
                    self._usual = decisive
                server = self._servers[decisive] = ForkServer(environment)
                if not server.ready:
                    print(
                        f"Runs of Ansible can't be forked, so each starts the program:\n{server.complaint}",
                        file=sys.stderr,
                    )
                self._close_the_oldest()
            return server if server.ready else None

    def _close_the_oldest(self) -> None:
        """Close the server that was started first, but the usual one, if there are too many."""
        others = [decisive for decisive in self._servers if decisive != self._usual]
        if len(others) > MOST_SERVERS:
            self._servers.pop(others[0]).close()


def _filled(text: str) -> int:
    """The reading end of a pipe that holds a text."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        stream.write(text)
    return reading


def _number(connection: socket.socket) -> int:
    content = connection.recv(4, socket.MSG_WAITALL)
    if len(content) < 4:
        raise RuntimeError("The process between the fork server and Ansible ended without a word.")
    number: int = struct.unpack("!i", content)[0]
    return number


def _read_all(descriptors: Sequence[int], process: int, words: Sequence[str], deadline: float) -> list[str]:
    """Read until nobody writes any more, as `subprocess` does."""
    contents = dict.fromkeys(descriptors, b"")
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), remaining)
            for key, _ in selector.select(remaining):
                part = os.read(key.fd, 65536)
                contents[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    # Universal newlines, as with text=True.
    return [content.decode().replace("\r\n", "\n").replace("\r", "\n") for content in contents.values()]


FORKS = Forks()
