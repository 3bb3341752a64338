"""Running `ansible-playbook` as a user does: a process of its own, with the installed collection, playbooks written as
data.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator.records import LogEntry
from tests.emulator.state import Tenant
from tests.integration.forking import FORKS, decides
from tests.integration.quick_modules import interpreter

CALLBACKS = Path(__file__).with_name("callback_plugins")

TIMEOUT = 240
VAULT_PASSWORD = "a vault password"


class Vaulted(str):
    """A text that stands in YAML as an inline `!vault` value."""


def _represent(dumper: yaml.SafeDumper, value: Vaulted) -> yaml.ScalarNode:
    return dumper.represent_scalar("!vault", str(value), style="|")


yaml.SafeDumper.add_representer(Vaulted, _represent)


@dataclass
class Run:
    """What a run of `ansible-playbook` gave: exit status, texts, and each task's result in order."""

    returncode: int
    stdout: str
    stderr: str
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def output(self) -> str:
        """Everything that a person could have read."""
        return self.stdout + self.stderr

    def result(self, task: str, host: str | None = None) -> dict[str, Any]:
        """The result of the last task of this name (on this host); `status` beside what the module returned."""
        for line in reversed(self.results):
            if line["task"].split(" : ")[-1] == task and host in (None, line["host"]):
                return {**line["result"], "status": line["status"]}
        raise AssertionError(f"no result of task {task!r}:\n{self.output}")

    def requests(self, tenant: Tenant, task: str) -> list[LogEntry]:
        """What a tenant was asked while a task ran."""
        for line in reversed(self.results):
            if line["task"].split(" : ")[-1] == task:
                return [entry for entry in list(tenant.log) if line["started"] <= entry.when <= line["ended"]]
        raise AssertionError(f"no result of task {task!r}:\n{self.output}")

    def writes(self, tenant: Tenant, task: str) -> list[LogEntry]:
        """Those of them that could change something."""
        return [entry for entry in self.requests(tenant, task) if entry.writes]

    def step(self, tenant: Tenant, name: str, *, changed: bool = True) -> dict[str, Any]:
        """Assert what holds for every module that writes, of a task made by `three_times`; give the result of the real
        run.

        Check mode sends no write and foresees the real run in the same words; what `--diff` printed shows only what
        there is; afterwards there is nothing to do.
        """
        check, real = self.result(f"{name} (check)"), self.result(name)
        for one in (check, real):
            assert not one.get("failed"), f"{name}: {one.get('msg')}"
            assert one["changed"] is changed, f"{name}: {one.get('changes')}"
        assert self.writes(tenant, f"{name} (check)") == []
        assert bool(self.writes(tenant, name)) is changed
        for member in ("action", "changes", "summary", "plan_digest", "diff"):
            assert check.get(member) == real.get(member), f"{name}: check mode foresaw another {member}"
        assert not {"-{}", "+{}"} & set(self.stdout.splitlines()), (
            "what doesn't exist is nothing in a diff, and no empty mapping"
        )
        again = self.result(f"{name} (again)")
        assert again["changed"] is False, f"{name}: {again.get('msg')} {again.get('changes')} {again.get('results')}"
        assert self.writes(tenant, f"{name} (again)") == []
        return real

    def statuses(self, task: str) -> dict[str, str]:
        """The status of a task by host."""
        return {line["host"]: line["status"] for line in self.results if line["task"].split(" : ")[-1] == task}


def task(name: str, module: str, options: Mapping[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    """A task with a module of the collection; `keywords` are the task's own."""
    return {"name": name, f"qlikops.cloud.{module}": dict(options or {}), **keywords}


def three_times(name: str, module: str, options: Mapping[str, Any], **keywords: Any) -> list[dict[str, Any]]:
    """The same task in check mode, for real (under its name), and again; `Run.step` asserts what that must give."""
    return [
        task(f"{name} (check)", module, options, check_mode=True),
        task(name, module, options, **keywords),
        task(f"{name} (again)", module, options),
    ]


class Playbooks:
    """A folder for playbooks, inventories and what belongs to them. Unless it `may_fork`, each run starts the program
    itself.
    """

    def __init__(self, folder: Path, *, may_fork: bool = True) -> None:
        self.folder = folder
        self.may_fork = may_fork

    def write(self, name: str, content: Any) -> Path:
        """Write a file below the folder: text as it is, anything else as YAML."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        )
        return path

    @property
    def interpreter(self) -> str:
        """What runs modules: Python, or what forks them, see `quick_modules`."""
        return interpreter() if self.may_fork else sys.executable

    @property
    def vault_arguments(self) -> list[str]:
        """What a run needs that reads vaulted texts."""
        return ["--vault-password-file", str(self.write("vault-password", VAULT_PASSWORD))]

    def encrypt(self, text: str) -> Vaulted:
        """A text encrypted with Ansible Vault: a whole file, or an inline value."""
        encrypted: bytes = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))]).encrypt(text)
        return Vaulted(encrypted.decode())

    def run(
        self,
        playbook: Any,
        *arguments: str,
        inventory: Any = None,
        variables: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        many: bool = False,
    ) -> Run:
        """Run a playbook: its plays as data, YAML text, the path of a file, or the name of one in a collection.

        `inventory` is data in the form of the yaml inventory plugin, or a path; `variables` are extra variables.
        `many` says that more runs with variables of this environment follow, see `forking`.
        """
        if isinstance(playbook, list) or (isinstance(playbook, str) and "\n" in playbook):
            playbook = self.write("playbook.yml", playbook)
        command = ["ansible-playbook", str(playbook), *arguments]
        if inventory is not None:
            where = inventory if isinstance(inventory, (str, Path)) else self.write("inventory.yml", inventory)
            command += ["--inventory", str(where)]
        else:
            command += ["--inventory", "localhost,"]
        if variables:
            command += ["--extra-vars", f"@{self.write('variables.json', json.dumps(variables))}"]
        return self.command(command, environment, many=many)

    def command(
        self,
        words: Sequence[str],
        environment: Mapping[str, str] | None = None,
        answer: str = "",
        *,
        many: bool = False,
    ) -> Run:
        """Run a program of Ansible in the folder; `answer` is what it reads where it asks for a password."""
        results = self.folder / "results.jsonl"
        results.unlink(missing_ok=True)
        # A playbook that asks must not wait for whoever runs the tests: there's no terminal to ask at.
        finished = self._finish(words, results, environment, answer, many=many)
        lines = results.read_text().splitlines() if results.exists() else []
        return Run(finished.returncode, finished.stdout, finished.stderr, [json.loads(line) for line in lines])

    def inventory(self, source: Any, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
        """Run `ansible-inventory` on an inventory, which is data for the file inventory.yml or a path."""
        where = source if isinstance(source, (str, Path)) else self.write("inventory.yml", source)
        command = ["ansible-inventory", "--inventory", str(where), *arguments]
        finished = self._finish(command, self.folder / "results.jsonl", environment, None)
        return Run(finished.returncode, finished.stdout, finished.stderr)

    def tasks(
        self,
        tasks: Sequence[Mapping[str, Any]],
        *arguments: str,
        tenant: Tenant | None = None,
        play: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Run:
        """Run tasks on localhost without gathering facts; each is {module: options} or a whole task.

        With a `tenant`, its address and API key are defaults of the action group; `play` holds more keywords of the
        play.
        """
        whole: dict[str, Any] = {
            "name": "Test",
            "hosts": "localhost",
            "gather_facts": False,
            "connection": "local",
            **(play or {}),
        }
        if tenant is not None:
            whole["module_defaults"] = {
                "group/qlikops.cloud.tenant": {"tenant_url": tenant.url, "access_token": tenant.api_key}
            }
        return self.run([{**whole, "tasks": list(tasks)}], *arguments, **options)

    def _finish(
        self,
        words: Sequence[str],
        results: Path,
        environment: Mapping[str, str] | None,
        answer: str | None,
        *,
        many: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the folder to its end: forked where that is the same, see `forking`; else the program
        itself.

        With an `answer` on its standard input, and then without a terminal.
        """
        whole = self._environment(results, environment)
        if self.may_fork:
            usual = not any(decides(name) for name in environment or {})
            forked = FORKS.run(words, self.folder, whole, answer=answer, usual=usual, many=many, timeout=TIMEOUT)
            if forked is not None:
                return forked
        return subprocess.run(
            words,
            cwd=self.folder,
            env=whole,
            input=answer,
            start_new_session=answer is not None,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def _environment(self, results: Path, more: Mapping[str, str] | None) -> dict[str, str]:
        own = self.folder / "callback_plugins"
        return {
            **os.environ,
            "TEST_RESULTS": str(results),
            "ANSIBLE_CALLBACK_PLUGINS": os.pathsep.join(str(folder) for folder in (CALLBACKS, own) if folder.exists()),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_PYTHON_INTERPRETER": self.interpreter,
            # Of the two sides of a detached task one asks $HOME and the other the user database for the home directory.
            "ANSIBLE_ASYNC_DIR": str(self.folder / "async"),
            "QLIK_TOKEN_CACHE": str(self.folder / "tokens"),
            **(more or {}),
        }
