"""Imports once what modules import, and forks a process for each: `python -m tests.integration.module_server SOCKET`,
started by `quick_modules`, for nobody else.

A module costs half a second of CPU, nearly all of it for importing Ansible's own utilities and the collection's out of
the archive that Ansible sends along, where nothing is compiled. A forked process has Ansible's from the installed
Ansible; and those of the collection that the archive holds, letter for letter, from the installed collection. The rest
and the module itself come out of the archive, as always.

It ends when its standard input does. Each request comes over a connection of its own, with the standard files.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import select
import signal
import socket
import sys
import types
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.integration import forked

# Before 2.19 the modules of a playbook go by names that the installed Ansible would be asked for.
LOADER = "ansible.module_utils._internal._ansiballz._loader"
USED_BY_MODULES = (
    "ansible.module_utils.basic",
    "ansible.module_utils.common.arg_spec",
    "ansible.module_utils.urls",
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


def has_loader() -> bool:
    """Whether this ansible-core has the loader; 2.19 was the first one."""
    try:
        return importlib.util.find_spec(LOADER.rpartition(".")[0]) is not None
    except ModuleNotFoundError:
        # One of the packages around it isn't there.
        return False


def main() -> int:
    """Serve until standard input ends; a forked process comes back from here with its exit status."""
    if not has_loader():
        return 1
    forked.import_those_there_are(USED_BY_MODULES)
    ansible: Any = importlib.import_module("ansible")
    ansible.__path__ = Places(ansible.__path__)
    import_collection_ahead()
    forked.settle()
    # Whoever started this reads when it is ready; nobody listens to it afterwards.
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    os.write(1, b"ready")
    while True:
        readable, _, _ = select.select([0, listener.fileno()], [], [], 1)
        forked.wait_for_the_ended()
        if 0 in readable:
            return 0
        if listener.fileno() in readable:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                return oversee(connection)
            connection.close()


def import_collection_ahead() -> None:
    """Import the collection's own utilities, for those modules whose archives hold the same."""
    place = forked.collections_path()
    loader: Any = importlib.import_module(LOADER)
    if place is None:
        return
    sys.path.insert(0, str(place))
    modules = forked.import_collection(place, ("module_utils",))
    sys.path.remove(str(place))
    sys.path_importer_cache.clear()
    sums = {name: _checksum(module) for name, module in modules.items()}
    run_module = loader.run_module

    @functools.wraps(run_module)
    def run(**options: Any) -> Any:
        sys.modules.update(those_of_the_archive(sys.path[0], modules, sums))
        return run_module(**options)

    loader.run_module = run


def _checksum(module: types.ModuleType) -> int | None:
    """The checksum of a module's source, as archives keep it; None for a package without one."""
    return zlib.crc32(Path(module.__file__).read_bytes()) if module.__file__ else None


def those_of_the_archive(
    archive: str, modules: dict[str, types.ModuleType], sums: dict[str, int | None]
) -> dict[str, types.ModuleType]:
    """The modules that an archive holds too; none of them, if one differs."""
    with zipfile.ZipFile(archive) as opened:
        held = {entry.filename: entry.CRC for entry in opened.infolist()}
    used: dict[str, types.ModuleType] = {}
    for name, module in modules.items():
        base = name.replace(".", "/")
        found = held.get(f"{base}/__init__.py" if hasattr(module, "__path__") else f"{base}.py")
        if found is None:
            continue
        if found != (sums[name] or 0):
            return {}
        if hasattr(module, "__path__"):
            module.__path__ = [f"{archive}/{base}"]
        used[name] = module
    return used


def oversee(connection: socket.socket) -> int:
    """Start the module in a process of its own, and tell how it ended; it is killed with whoever asked for it."""
    request, descriptors = forked.receive(connection)
    process = os.fork()
    if process == 0:
        connection.close()
        return become(request, descriptors)
    forked.close_files(descriptors)
    ended = os.pidfd_open(process)
    if ended not in select.select([ended, connection.fileno()], [], [])[0]:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    forked.send_number(connection, os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(request: dict[str, Any], descriptors: list[int]) -> int:
    """Be Python with the script that was asked for, until that exits."""
    forked.take_over(request, descriptors)
    script = request["words"][0]
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
