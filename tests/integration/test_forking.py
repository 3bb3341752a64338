"""Runs that are forked give what the programs themselves give."""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
import types
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration import forking, module_server, quick_modules
from tests.integration.playbooks import Playbooks, Run, task

# What differs between any two runs: names of temporary files, times, numbers of processes.
RANDOM = re.compile(
    r"ansible-(tmp|local)-?[\w.-]+|tmp\w{8}|0x[0-9a-f]+|(?<![\w.])\.\w{8}(?!\w)"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+|\d+:\d\d:\d\d\.\d+|\bj\d+(\.\d+)?|\b\d+\.\d{3,}\b|[\"']seconds[\"']: [\d.]+"
)
MEASURED = {"started", "ended", "seconds", "delta", "start", "end"}
SURROUNDINGS = """\
import json, os, signal, sys
status = os.umask(0)
handled = {one.name: str(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE,
           signal.SIGTERM)}
print(json.dumps([os.getcwd(), status, handled, sorted(os.environ.items()), sorted(os.listdir("/dev/fd")),
           os.isatty(0)]))
"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were started and not forked."""
    started: list[str] = []
    run = subprocess.run

    def counting(words: Any, **options: Any) -> Any:
        started.append(words[0])
        return run(words, **options)

    monkeypatch.setattr(subprocess, "run", counting)
    return started


def shown(text: str) -> list[str]:
    """The lines of an output, whatever ran the modules."""
    return RANDOM.sub("_", text.replace(quick_modules.interpreter(), sys.executable)).splitlines()


def assert_same(forked: Run, real: Run) -> None:
    """Assert that both gave the same."""
    assert forked.returncode == real.returncode
    for name in ("stdout", "stderr"):
        one, other = (shown(getattr(run, name)) for run in (forked, real))
        differences = "\n".join(difflib.unified_diff(one, other, "forked", "real", n=1))
        assert not differences, differences
    assert lasting(forked.results) == lasting(real.results)


def lasting(value: Any) -> Any:
    """A result without times."""
    if isinstance(value, dict):
        return {name: lasting(item) for name, item in value.items() if name not in MEASURED}
    if isinstance(value, list):
        return [lasting(item) for item in value]
    return "\n".join(shown(value)) if isinstance(value, str) else value


def test_a_playbook_gives_the_same(playbooks: Playbooks, acme: Tenant, counted: list[str]) -> None:
    acme.add_space("Sales", "shared")
    playbooks.write("group_vars/all.yml", playbooks.encrypt("vaulted: from the vault"))
    script = playbooks.write("surroundings.py", SURROUNDINGS)
    tasks = [
        task("read", "qlik_tenant_info"),
        task("read as a module", "qlik_tenant_info", vars={"qlik_in_process": False}),
        task("misspelt", "qlik_space", {"nme": "x"}, ignore_errors=True),
        {"name": "where", "ansible.builtin.command": {"argv": [sys.executable, str(script)]}},
        {"name": "on the controller", "ansible.builtin.debug": {"msg": f"{{{{ lookup('pipe', 'python {script}') }}}}"}},
        {
            "name": "values",
            "ansible.builtin.debug": {
                "msg": "{{ [vaulted, answered, ansible_version, ansible_forks, playbook_dir, made] }}"
            },
        },
        {"name": "file", "ansible.builtin.copy": {"content": "{{ vaulted }}", "dest": "written"}},
        {"name": "detached", "ansible.builtin.command": "true", "async": 20, "poll": 1},
        {"name": "wrong", "ansible.builtin.fail": {"msg": "{{ undefined_one }}"}},
    ]
    play = {
        "vars_prompt": [{"name": "answered", "prompt": "Which", "private": False}],
        "vars": {"made": "{{ 3 | string ~ 'x' }}"},
    }
    given = []
    for may_fork in (True, False):
        playbooks.may_fork = may_fork
        (playbooks.folder / "written").unlink(missing_ok=True)
        run = playbooks.tasks(tasks, "-vvv", *playbooks.vault_arguments, "--diff", tenant=acme, play=play)
        assert run.returncode == 2, run.output
        given.append(run)
    assert_same(*given)
    assert counted == ["ansible-playbook"], "the first is forked, the second isn't"
    folders = [set(re.findall(r"PUT (\S+/ansible-local-\w+)/", run.stdout)) for run in given]
    assert [len(one) for one in folders] == [1, 1], "each run has one folder of its own for temporary files"
    assert not folders[0] & folders[1]
    assert not [folder for one in folders for folder in one if Path(folder).exists()]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["playbook.yml", "--syntax-check"], 4),
        (["missing.yml"], 1),
        (["--no-such-option"], 2),
        (["--version"], 0),
    ],
)
def test_mistakes_give_the_same(playbooks: Playbooks, words: list[str], status: int) -> None:
    playbooks.write("playbook.yml", "- hosts: [\n")
    given = []
    for may_fork in (True, False):
        playbooks.may_fork = may_fork
        given.append(playbooks.command(["ansible-playbook", *words]))
    assert_same(*given)
    assert given[0].returncode == status


def test_an_inventory_gives_the_same(playbooks: Playbooks, counted: list[str]) -> None:
    inventory = {"all": {"children": {"qlik_tenants": {"hosts": {"acme": {"text": "{{ 1 }}", "unsafe": "ü"}}}}}}
    given = []
    for may_fork in (True, False):
        playbooks.may_fork = may_fork
        given.append(playbooks.inventory(inventory, "--list", "-vvvv", environment={"QLIK_API_KEY": "x"}))
    assert_same(*given)
    assert given[0].returncode == 0
    assert counted == ["ansible-inventory"]


def test_what_ansible_reads_while_it_is_imported_is_read_by_a_server_of_its_own(
    playbooks: Playbooks, counted: list[str]
) -> None:
    """An environment gets a server when it is met again; the other one goes on as before."""
    tasks = [{"name": "forks", "ansible.builtin.debug": {"msg": "{{ ansible_forks }}"}}]
    given = [playbooks.tasks(tasks, environment={"ANSIBLE_FORKS": number}) for number in ("31", "31", "32")]
    assert counted == ["ansible-playbook"] * 2, "the second is forked"
    assert [run.result("forks")["msg"] for run in [*given, playbooks.tasks(tasks)]] == [31, 31, 32, 5]
    assert_same(given[1], given[0])


def test_what_the_folder_changes_for_ansible_is_never_forked(
    playbooks: Playbooks, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert playbooks.tasks([]).returncode == 0
    assert counted == []
    playbooks.write("ansible.cfg", "[defaults]\n")
    assert playbooks.tasks([]).returncode == 0
    (playbooks.folder / "ansible.cfg").unlink()
    (playbooks.folder / "collections").mkdir()
    assert playbooks.tasks([]).returncode == 0
    (playbooks.folder / "collections").rmdir()
    monkeypatch.setenv(forking.SWITCH, "1")
    assert playbooks.tasks([]).returncode == 0
    assert counted == ["ansible-playbook"] * 3


MODULE = """\
import json, os, sys
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils import basic

AnsibleModule({}).exit_json(argv=len(sys.argv), main=__name__, umask=os.umask(0), where=os.getcwd(),
                            utilities=basic.__file__)
"""


def test_a_module_is_forked_and_is_what_it_would_be(playbooks: Playbooks) -> None:
    """It has Ansible's utilities already; all else is as when Python starts it, and so is one that fails."""
    playbooks.write("library/look.py", MODULE)
    playbooks.write("library/broken.py", f"raise ValueError('broken')\n{MODULE}")
    tasks: list[dict[str, Any]] = [{"name": name, name: {}, "ignore_errors": True} for name in ("look", "broken")]
    quick = playbooks.tasks(tasks)
    slow = Playbooks(playbooks.folder, may_fork=False).tasks(tasks)
    one, other = (run.result("look") for run in (quick, slow))
    assert {name: one[name] for name in ("argv", "main", "umask", "where")} == {
        name: other[name] for name in ("argv", "main", "umask", "where")
    }
    forked = quick_modules.interpreter() != sys.executable
    assert (".zip" not in one["utilities"]) is forked
    assert ".zip" in other["utilities"]
    assert quick.statuses("broken") == slow.statuses("broken")
    assert quick.result("broken")["msg"] == slow.result("broken")["msg"]
    assert quick.result("broken").get("rc") == slow.result("broken").get("rc")


@pytest.mark.parametrize(
    ("held", "used"),
    [
        ({"one": "1", "two": "2"}, {"of_tests", "of_tests.one", "of_tests.two"}),
        ({"one": "1"}, {"of_tests", "of_tests.one"}),
        ({"one": "1", "two": "other"}, set()),
        ({}, {"of_tests"}),
    ],
)
def test_a_module_imports_only_what_its_archive_holds(tmp_path: Path, held: dict[str, str], used: set[str]) -> None:
    """The collection that was imported ahead serves a module only where its archive has the same, to the letter."""
    archive = str(tmp_path / "payload.zip")
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("of_tests/__init__.py", "")
        for name, source in held.items():
            opened.writestr(f"of_tests/{name}.py", source)
    ahead = {name: types.ModuleType(name) for name in ("of_tests", "of_tests.one", "of_tests.two")}
    ahead["of_tests"].__path__ = ["where it is installed"]
    sums = {"of_tests": None, "of_tests.one": zlib.crc32(b"1"), "of_tests.two": zlib.crc32(b"2")}
    found = module_server.those_of_the_archive(archive, ahead, sums)
    assert set(found) == used
    if used:
        assert found["of_tests"].__path__ == [f"{archive}/of_tests"], "what wasn't imported ahead comes out of it too"
