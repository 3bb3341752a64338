"""An interpreter for modules that has imported Ansible's utilities already, in Python's place: see `module_server`.

It is a script that hands itself to the server: what it was called with, its folder, environment and standard files.
What is no module of Ansible's it gives to Python itself, and so does it all where the server can't be (a system without
pidfd, an ansible-core before 2.19, a long path, `TESTS_WITHOUT_FORKS`).
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.integration.forking import ROOT, SWITCH

SERVER = "tests.integration.module_server"
_LONGEST_SOCKET = 100
_CLIENT = """\
#!{python} -IS
import _socket, array, os, sys
words = sys.argv[1:]
if len(words) != 1 or not os.path.basename(words[0]).startswith("AnsiballZ_"):
    os.execv({python!r}, [{python!r}, *words])
import json
mask = os.umask(0o077)
os.umask(mask)
request = {{"words": words, "folder": os.getcwd(), "environment": dict(os.environ), "umask": mask}}
body = json.dumps(request).encode()
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({socket!r})
files = array.array("i", [0, 1, 2]).tobytes()
server.sendmsg([len(body).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
server.sendall(body)
status = int.from_bytes(server.recv(4) or b"\\0\\0\\0\\1", "big", signed=True)
if status < 0:
    os.kill(os.getpid(), -status)
os._exit(status)
"""


@functools.cache
def interpreter() -> str:
    """The interpreter for modules: one that asks a server, which ends with this process, or Python itself."""
    if SWITCH in os.environ or not hasattr(os, "pidfd_open"):
        return sys.executable
    folder = Path(tempfile.mkdtemp(prefix="modules"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    socket = folder / "socket"
    if len(str(socket)) > _LONGEST_SOCKET:
        return sys.executable
    server = subprocess.Popen(
        [sys.executable, "-m", SERVER, str(socket)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin
    assert server.stdout
    atexit.register(_end, server)
    if server.stdout.read(5) != b"ready":
        return sys.executable
    client = folder / "python3"
    client.write_text(_CLIENT.format(python=sys.executable, socket=str(socket)))
    client.chmod(0o755)
    return str(client)


def _end(server: subprocess.Popen[bytes]) -> None:
    assert server.stdin
    assert server.stdout
    server.stdin.close()
    server.stdout.close()
    server.wait()
