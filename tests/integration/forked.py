"""What the two servers have in common that fork a process for each run, `fork_server` and `module_server`: taking a
request over, becoming the process that was asked for, and importing the collection ahead.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

INSTALLED = Path(__file__).parents[2] / ".cache" / "collections"
COLLECTION = "ansible_collections.qlikops.cloud.plugins"


def import_those_there_are(names: Iterable[str]) -> None:
    """Import modules; which there are differs from one ansible-core to the next."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def collections_path() -> Path | None:
    """The folder with the installed collection, where a run finds that one: it stays as it is while tests run, other
    than what a test makes of it somewhere else.
    """
    places = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep)
    return INSTALLED if places[0] == str(INSTALLED) else None


def import_collection(place: Path, folders: Iterable[str]) -> dict[str, Any]:
    """Import everything in these folders below `plugins`, in the way that is set up; gives the modules by name, and
    leaves nothing in `sys.modules`. The packages above them are left out: each process finds out anew where they lie,
    and whether this Ansible may load them.
    """
    root = place.joinpath(*COLLECTION.split("."))
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            words = path.relative_to(root).with_suffix("").parts
            importlib.import_module(".".join([COLLECTION, *(word for word in words if word != "__init__")]))
    names = [name for name in sys.modules if name.partition(".")[0] == "ansible_collections"]
    modules = {name: sys.modules.pop(name) for name in names}
    return {name: module for name, module in modules.items() if name.startswith(f"{COLLECTION}.")}


def settle() -> None:
    """Keep the collector of each process from touching, and so copying, what was imported ahead."""
    gc.collect()
    gc.freeze()


def wait_for_the_ended() -> None:
    """Waiting for those that ended counts their time as this process's, where whoever measures the tests looks."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A request, and the standard files that came with it."""
    head, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    return json.loads(_read_exactly(connection, struct.unpack("!I", head)[0])), list(descriptors)


def _read_exactly(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        content += connection.recv(length - len(content))
    return content


def send_number(connection: socket.socket, number: int) -> None:
    """Tell the number of a process, or how it ended, to whoever may still listen."""
    with contextlib.suppress(OSError):
        connection.sendall(struct.pack("!i", number))


def close_files(descriptors: Iterable[int]) -> None:
    """Close the standard files, one's own and those of the request: they belong to the process that runs."""
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)


def take_over(request: dict[str, Any], descriptors: Iterable[int]) -> None:
    """Take the request's standard files, folder, mask, environment and arguments."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[:] = request["words"]
