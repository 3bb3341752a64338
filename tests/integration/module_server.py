"""Imports once what modules import, and forks a process for each: `python module_server.py SOCKET`, started by
`quick_modules`, for nobody else.

A module costs half a second of CPU, nearly all of it for importing Ansible's own utilities out of the archive that
Ansible sends along, where nothing is compiled. A forked process has them from the installed Ansible; the collection and
the module come out of the archive, as always.

It ends when its standard input does. Each request comes over a connection of its own, with the standard files.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import sys
import types
from collections.abc import Iterator
from typing import Any

# Before 2.19 the modules of a playbook go by names that the installed Ansible would be asked for.
NEEDED = "ansible.module_utils._internal._ansiballz"
USED_BY_MODULES = (
    "ansible.module_utils.basic",
    "ansible.module_utils.common.arg_spec",
    "ansible.module_utils.urls",
    "ansible.module_utils._internal._ansiballz._loader",
    "concurrent.futures.thread",
    "cryptography.hazmat.primitives.ciphers.aead",
    "requests",
    "runpy",
    "zipfile",
)


class Places(list[str]):
    """Where submodules of `ansible` are: where it is installed, and in the archive that the module brings along."""

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        yield from (f"{place}/ansible" for place in sys.path if place.endswith(".zip"))


def main() -> int:
    """Serve until standard input ends; a forked process comes back from here with its exit status."""
    if importlib.util.find_spec(NEEDED) is None:
        return 1
    for module in USED_BY_MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    ansible: Any = importlib.import_module("ansible")
    ansible.__path__ = Places(ansible.__path__)
    gc.collect()
    gc.freeze()
    # Whoever started this reads when it is ready; nobody listens to it afterwards.
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    os.write(1, b"ready")
    while True:
        readable, _, _ = select.select([0, listener.fileno()], [], [], 1)
        # Waiting for those that ended counts their time as this process's, where whoever measures the tests looks.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if 0 in readable:
            return 0
        if listener.fileno() in readable:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                return oversee(connection)
            connection.close()


def oversee(connection: socket.socket) -> int:
    """Start the module in a process of its own, and tell how it ended; it is killed with whoever asked for it."""
    head, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    request = json.loads(read_exactly(connection, struct.unpack("!I", head)[0]))
    process = os.fork()
    if process == 0:
        connection.close()
        return become(request, descriptors)
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)
    ended = os.pidfd_open(process)
    if ended not in select.select([ended, connection.fileno()], [], [])[0]:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    with contextlib.suppress(OSError):
        connection.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))
    os._exit(0)


def read_exactly(connection: socket.socket, length: int) -> bytes:
    """Read so many bytes."""
    content = b""
    while len(content) < length:
        content += connection.recv(length - len(content))
    return content


def become(request: dict[str, Any], descriptors: list[int]) -> int:
    """Be Python with the script that was asked for, until that exits."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    script = request["words"][0]
    sys.argv[:] = request["words"]
    sys.path[0] = os.path.dirname(script)
    program = types.ModuleType("__main__")
    program.__file__ = script
    sys.modules["__main__"] = program
    with open(script, encoding="utf-8") as file:
        code = compile(file.read(), script, "exec")
    exec(code, vars(program))  # noqa: S102 - it is what Python itself would do with the script
    return 0


if __name__ == "__main__":
    sys.exit(main())
