"""Imports Ansible and the collection once, and forks a process for each run: `python -m tests.integration.fork_server
FD`, started by `forking`, for nobody else.

Starting Ansible costs half a second of CPU, nearly all of it for importing itself and reading its own YAML; and each
task of the collection a fifth of one for importing the collection, which Ansible compiles anew in each process. A
forked process has that done, and is otherwise what the program in `bin` would be: its own environment, folder,
arguments, standard files and session. What Ansible reads from its environment while it is imported is decided when
this server starts; so `forking` keeps a server for one such environment, and asks it for no run in another.

Each request comes as a socket over the control socket. A second process between this one and Ansible waits for the end
and tells it to the socket, so runs may overlap.
"""

from __future__ import annotations

import atexit
import importlib
import os
import pkgutil
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from tests.integration import archives, forked

# Where Ansible keeps the archives of modules, in a run's own temporary folder.
ARCHIVES = "ansiballz_cache"
SECONDS_BETWEEN_LOOKS = 0.01
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
    forked.import_those_there_are(USED_BY_ALL)
    read_ahead()
    import_collection_ahead()
    shared, common = shared_archives(), archives.common_folder()
    forked.settle()
    control.sendall(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        forked.wait_for_the_ended()
        if shared and common:
            archives.exchange(shared, common)
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


def import_collection_ahead() -> None:
    """Import what the collection's plugins import, by Ansible's own loader. The packages above it, and with them the
    question whether this Ansible may load the collection, are left to each run.
    """
    place = forked.collections_path()
    loader: Any = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    if place is None:
        return
    finder = loader._AnsibleCollectionFinder([str(place)], False)
    finder._install()
    try:
        sys.modules.update(forked.import_collection(place, ("module_utils", "plugin_utils")))
    finally:
        finder._remove()


def shared_archives() -> Path | None:
    """Make the folder for the archives that this server's runs share. Before 2.19 there is none: from then on Ansible
    locks what it makes there.
    """
    constants: Any = importlib.import_module("ansible.constants")
    if not hasattr(importlib.import_module("ansible.executor.module_common"), "_locking"):
        return None
    folder = Path(constants.DEFAULT_LOCAL_TMP, ARCHIVES)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def oversee(connection: socket.socket) -> int:
    """Start Ansible in a process of its own, tell its number, wait, and tell how it ended."""
    request, descriptors = forked.receive(connection)
    process = os.fork()
    if process == 0:
        connection.close()
        return become(request, descriptors)
    forked.close_files(descriptors)
    forked.send_number(connection, process)
    _, status = os.waitpid(process, 0)
    forked.send_number(connection, os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Be the program that was asked for, until it exits."""
    forked.take_over(request, descriptors)
    if request["new_session"]:
        os.setsid()
    own_temporary_folder()
    look_less_often()
    program = importlib.import_module(PROGRAMS[os.path.basename(request["words"][0])])
    sys.exit(program.main())


def look_less_often() -> None:
    """While a task runs, Ansible looks each millisecond whether it has ended: a tenth of what a playbook costs. What
    this does is `internal_poll_interval` of ansible.cfg; no variable of the environment sets it.
    """
    constants: Any = importlib.import_module("ansible.constants")
    constants.DEFAULT_INTERNAL_POLL_INTERVAL = SECONDS_BETWEEN_LOOKS


def own_temporary_folder() -> None:
    """The folder in which Ansible keeps a run's files was made while it was imported, and would be removed by whoever
    ends first.
    """
    constants: Any = importlib.import_module("ansible.constants")
    manager: Any = importlib.import_module("ansible.config.manager")
    atexit.unregister(manager.cleanup_tmp_file)
    shared = shared_archives()
    constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP")
    if shared:
        os.symlink(shared, os.path.join(constants.DEFAULT_LOCAL_TMP, ARCHIVES))


if __name__ == "__main__":
    sys.exit(main())
