"""Imports Ansible once, and forks a process for each run: `python fork_server.py FD`, started by `forking`, for nobody
else.

Starting Ansible costs half a second of CPU, nearly all of it for importing itself and reading its own YAML. A forked
process has that done, and is otherwise what the program in `bin` would be: its own environment, folder, arguments,
standard files and session. What Ansible reads from its environment while it is imported is decided when this server
starts; so `forking` keeps a server for one such environment, and asks it for no run in another.

Each request comes as a socket over the control socket. A second process between this one and Ansible waits for the end
and tells it to the socket, so runs may overlap.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import socket
import struct
import sys
from typing import Any, NoReturn

# Where Ansible keeps the archives of modules, in a run's own temporary folder.
ARCHIVES = "ansiballz_cache"
PROGRAMS = {"ansible-playbook": "ansible.cli.playbook", "ansible-inventory": "ansible.cli.inventory"}
# Imported by nearly every run after Ansible has started, without any regard to where it runs or how it is configured.
USED_BY_ALL = (
    "ansible.executor.module_common",
    "ansible.executor.process.worker",
    "ansible.executor.task_executor",
    "ansible.plugins.action.normal",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.inventory.host_list",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
    "ansible.plugins.vars.host_group_vars",
    "concurrent.futures.thread",
    "cryptography.hazmat.primitives.ciphers.aead",
    "requests",
)


def main() -> int:
    """Serve until the tests end; a forked process comes back from here with its exit status."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # What the real programs find in sys.path[0] is their own folder.
    sys.path[0] = os.path.dirname(sys.executable)
    for module in PROGRAMS.values():
        importlib.import_module(module)
    for module in USED_BY_ALL:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    read_ahead()
    gc.collect()
    gc.freeze()
    control.sendall(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        # Waiting for those that ended counts their time as this process's, where whoever measures the tests looks.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not message:
            return 0
        if os.fork() == 0:
            control.close()
            return oversee(socket.socket(fileno=descriptors[0]))
        os.close(descriptors[0])


def read_ahead() -> None:
    """Parse the routing of Ansible's own plugins, 100 KB of YAML, which each process hands to the same function
    once.
    """
    finder: Any = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    parse = finder._meta_yml_to_dict
    text = pkgutil.get_data("ansible", "config/ansible_builtin_runtime.yml")
    name = ("ansible.builtin", "runtime.yml")
    parsed = {(text, name): parse(text, name)}

    def parse_once(content: Any, content_id: Any) -> Any:
        known = parsed.pop((content, content_id), None)
        return parse(content, content_id) if known is None else known

    finder._meta_yml_to_dict = parse_once


def oversee(connection: socket.socket) -> int:
    """Start Ansible in a process of its own, tell its number, wait, and tell how it ended."""
    head, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    request = json.loads(read_exactly(connection, struct.unpack("!I", head)[0]))
    process = os.fork()
    if process == 0:
        connection.close()
        return become(request, descriptors)
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(struct.pack("!i", process))
    _, status = os.waitpid(process, 0)
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))
    os._exit(0)


def read_exactly(connection: socket.socket, length: int) -> bytes:
    """Read so many bytes."""
    content = b""
    while len(content) < length:
        content += connection.recv(length - len(content))
    return content


def become(request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Be the program that was asked for, until it exits."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if request["new_session"]:
        os.setsid()
    os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[:] = request["words"]
    own_temporary_folder()
    program = importlib.import_module(PROGRAMS[os.path.basename(request["words"][0])])
    sys.exit(program.main())


def own_temporary_folder() -> None:
    """The folder in which Ansible keeps a run's files was made while it was imported, and would be removed by whoever
    ends first.
    """
    constants: Any = importlib.import_module("ansible.constants")
    manager: Any = importlib.import_module("ansible.config.manager")
    atexit.unregister(manager.cleanup_tmp_file)
    shared = os.path.join(constants.DEFAULT_LOCAL_TMP, ARCHIVES)
    constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP")
    # Making the archive of a module costs as much as running it, and gives the same each time. From 2.19 on Ansible
    # locks what it makes there.
    if hasattr(importlib.import_module("ansible.executor.module_common"), "_locking"):
        os.makedirs(shared, exist_ok=True)
        os.symlink(shared, os.path.join(constants.DEFAULT_LOCAL_TMP, ARCHIVES))


if __name__ == "__main__":
    sys.exit(main())
