"""Jobs as AWX lays them out for ansible-runner: project, inventory, variables, and credentials filled in by their
types' templates.

Source: AWX 24, what it writes into the private data directory of a job (its tasks for jobs, and the injectors of
credential types).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.tools.awx_page import ROOT, objects

RUNNER = Path(__file__).with_name("awx_runner.py")
INSTALLED = ROOT / ".cache" / "collections" / "ansible_collections" / "qlikops" / "cloud"
DATA = objects()
REGIONAL = DATA["regional_credential_type"]
TEMPLATES = {template["name"]: template for template in DATA["job_templates"]}


class _UnsafeDumper(yaml.SafeDumper):
    """AWX marks every text among extra variables, so that no template in it is filled in."""

    def represent_data(self, data: Any) -> yaml.Node:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def injectors(name: str) -> dict[str, dict[str, str]]:
    """The templates of a credential type: one of the role's, or that of a region."""
    for kind in DATA["credential_types"]:
        if kind["name"] == name:
            return dict(kind["injectors"])
    region = name.removeprefix(f"{REGIONAL['name']} ")
    return {"extra_vars": {f"{begin}{region}": text for begin, text in REGIONAL["injectors"].items()}}


@dataclass(frozen=True)
class Credential:
    """A credential of one of the role's types."""

    type: str
    inputs: Mapping[str, str]

    def injected(self, where: str) -> dict[str, str]:
        """What its type's templates make of it: `env` or `extra_vars`. An input that was left empty is undefined, which
        is empty.
        """
        given = {name: value for name, value in self.inputs.items() if value}
        templates = ImmutableSandboxedEnvironment()
        return {
            name: templates.from_string(text).render(given)
            for name, text in injectors(self.type).get(where, {}).items()
        }


@dataclass(frozen=True)
class Outcome:
    """What a job left: its status, and the folder of its artifacts."""

    status: str
    artifacts: Path
    output: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events, in order."""
        read = [
            json.loads(path.read_text())
            for path in (self.artifacts / "job_events").glob("*.json")
            if "partial" not in path.name
        ]
        return sorted(read, key=lambda event: int(event["counter"]))

    @property
    def stats(self) -> dict[str, Any]:
        """The data of the last event: hosts by how they ended, and what `set_stats` set, under `artifact_data`."""
        (event,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        data: dict[str, Any] = event["event_data"]
        return data

    @property
    def hosts(self) -> set[str]:
        """The hosts of which any event speaks."""
        return {event["event_data"]["host"] for event in self.events if "host" in event.get("event_data", {})}

    def files_with(self, texts: Iterable[str]) -> set[str]:
        """The names of the artifacts that hold any of these texts."""
        found = [
            path
            for path in self.artifacts.rglob("*")
            if path.is_file() and any(text in path.read_text() for text in texts)
        ]
        return {str(path.relative_to(self.artifacts)) for path in found}

    def said(self) -> str:
        """What the job printed, for messages of failed assertions."""
        stdout = self.artifacts / "stdout"
        return self.output + (stdout.read_text() if stdout.exists() else "")


class Job:
    """A job of one of the role's templates. `slice` is its number, from 1, and the number of slices."""

    def __init__(
        self,
        folder: Path,
        template: str,
        inventory: Mapping[str, Any],
        credentials: Sequence[Credential] = (),
        variables: Mapping[str, Any] | None = None,
        slice: tuple[int, int] = (1, 1),  # noqa: A002
        arguments: str = "",
    ) -> None:
        self.folder = folder
        self._template = TEMPLATES[template]
        self._runs = 0
        shutil.copytree(INSTALLED / "playbooks", folder / "project" / "playbooks")
        (folder / "env").mkdir()
        self._write_inventory(inventory, *slice)
        asked = {
            question["variable"]: question["default"]
            for question in self._template["survey"]["spec"]
            if "default" in question
        }
        set_by_template = {
            name: value for name, value in self._template["extra_vars"].items() if "{{" not in str(value)
        }
        self._write("extravars", yaml.dump({**set_by_template, **asked, **(variables or {})}, Dumper=_UnsafeDumper))
        self._write("cmdline", " ".join(["-u root", *self._write_credentials(credentials), arguments]))
        settings = {"fact_cache": "fact_cache", "fact_cache_type": "jsonfile", "pexpect_timeout": 5}
        self._write("settings", json.dumps(settings))

    def start(self) -> subprocess.Popen[str]:
        """Start the job; `finish` waits for it."""
        self._runs += 1
        (self.folder / "cancel").unlink(missing_ok=True)
        command = [sys.executable, str(RUNNER), str(self.folder), str(self._runs), self._template["playbook"]]
        environment = {**os.environ, "PYTHONWARNINGS": "default"}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, process: subprocess.Popen[str]) -> Outcome:
        """Wait until a started job ends."""
        output, _ = process.communicate(timeout=240)
        lines = output.split()
        return Outcome(lines[-1] if lines else "nothing", self.folder / "artifacts" / str(self._runs), output)

    def run(self) -> Outcome:
        """Start the job, and wait until it ends."""
        return self.finish(self.start())

    def cancel(self) -> None:
        """Cancel a job that runs."""
        (self.folder / "cancel").touch()

    def _write_inventory(self, inventory: Mapping[str, Any], number: int, count: int) -> None:
        """AWX gives a script that prints the hosts of the slice, in one group, with their variables."""
        hosts = dict(list(inventory["hosts"].items())[number - 1 :: count])
        listing = {"qlik_tenants": {"hosts": list(hosts), "vars": inventory["vars"]}, "_meta": {"hostvars": hosts}}
        (self.folder / "inventory").mkdir()
        script = self.folder / "inventory" / "hosts"
        script.write_text(f"#!{sys.executable}\nprint({json.dumps(listing)!r})\n")
        script.chmod(0o700)

    def _write_credentials(self, credentials: Sequence[Credential]) -> list[str]:
        """Environment into a file for the runner, extra variables into a file each; gives the arguments that name
        those.
        """
        environment: dict[str, str] = {}
        arguments = []
        for number, credential in enumerate(credentials):
            environment |= credential.injected("env")
            variables = credential.injected("extra_vars")
            if variables:
                arguments.append(
                    f"-e @{self._write(f'credential{number}', yaml.dump(variables, Dumper=_UnsafeDumper))}"
                )
        self._write("envvars", json.dumps(environment))
        return arguments

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / "env" / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path
