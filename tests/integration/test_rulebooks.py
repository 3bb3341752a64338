"""The rulebooks of the collection by ansible-rulebook itself: something changes in a tenant, and a playbook runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".cache/rulebooks-venv/bin/ansible-rulebook"
RULEBOOKS = ROOT / "extensions/eda/rulebooks"
PATIENCE = 120.0


def _java_home() -> str:
    """Where Java 17 is: JAVA_HOME, or beside the program; empty without one."""
    if os.environ.get("JAVA_HOME"):
        return os.environ["JAVA_HOME"]
    program = shutil.which("java")
    return str(Path(program).resolve().parents[1]) if program else ""


@pytest.fixture
def java_home() -> str:
    """Java, where all that ansible-rulebook needs is there; else the test says what is missing."""
    missing = ""
    if not PROGRAM.exists():
        missing = "ansible-rulebook isn't here. An environment with it is made by: make test-rulebooks"
    elif not _java_home():
        missing = "ansible-rulebook needs Java 17. Install it, or name it by JAVA_HOME."
    if missing and os.environ.get("RULEBOOKS_MUST_RUN"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return _java_home()


class Rulebook:
    """One of ours, running in a folder with an inventory of the organization."""

    def __init__(self, name: str, emulator: Emulator, folder: Path, java_home: str) -> None:
        (folder / "inventory/group_vars/qlik_tenants").mkdir(parents=True)
        (folder / "inventory/qlik_tenants.yml").write_text(
            f"plugin: qlikops.cloud.qlik_tenants\nsubscriptions: [s1]\norganization_url: {emulator.organization.url}\n"
        )
        (folder / "inventory/group_vars/qlik_tenants/connections.yml").write_text(
            "qlik_connections_spaces: [{name: Sales}]\n"
        )
        (folder / "qlik.yml").write_text(
            f"qlik_subscriptions: [s1]\nqlik_state_dir: {folder}/state\nqlik_report_dir: {folder}/reports\n"
        )
        # As it stands, but that it looks every second, and at the emulator.
        text = (RULEBOOKS / f"{name}.yml").read_text()
        ours = f"        interval: 1\n        organization:\n          organization_url: {emulator.organization.url}\n"
        assert "        organization:\n" in text
        (folder / "rulebook.yml").write_text(text.replace("        organization:\n", ours))
        environment = {
            **os.environ,
            "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
            "JAVA_HOME": java_home,
            "QLIK_ORGANIZATION_CLIENT_ID": "org-id",
            "QLIK_ORGANIZATION_CLIENT_SECRET": "canary-org-secret",
            "QLIK_CLIENT_ID": "client-acme",
            "QLIK_CLIENT_SECRET": "canary-secret",
        }
        command = [
            str(PROGRAM),
            "--rulebook",
            "rulebook.yml",
            "-i",
            "inventory",
            "--vars",
            "qlik.yml",
            "--print-events",
        ]
        self.output = ""
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.output += line

    def until(self, enough: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not enough():
            assert time.monotonic() < end, self.output
            assert self._process.poll() is None, self.output
            time.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join(10)
        assert self._process.stdout
        self._process.stdout.close()


@pytest.fixture
def start(emulator: Emulator, acme: Tenant, tmp_path: Path, java_home: str) -> Iterator[Callable[[str], Rulebook]]:
    """Start a rulebook, and wait until it knows what is there."""
    emulator.organization.add_oauth_client("org-id", "canary-org-secret")
    acme.add_oauth_client("client-acme", "canary-secret")
    acme.subscription = "s1"
    running: list[Rulebook] = []

    def begin(name: str) -> Rulebook:
        rulebook = Rulebook(name, emulator, tmp_path, java_home)
        running.append(rulebook)
        rulebook.until(lambda: len(list((tmp_path / "state").glob("*.json"))) >= 2)
        return rulebook

    yield begin
    for rulebook in running:
        rulebook.stop()
        assert "canary" not in rulebook.output


@pytest.mark.timeout(300)
def test_a_tenant_in_which_somebody_changed_something_is_audited(
    start: Callable[[str], Rulebook], acme: Tenant, tmp_path: Path
) -> None:
    acme.add_space("Sales")
    rulebook = start("audit_changed_tenants")
    acme.add_connection("Made by hand", space="Sales")
    rulebook.until(lambda: "PLAY RECAP" in rulebook.output)
    assert "Made by hand" in (tmp_path / "reports/audit.json").read_text()
    assert acme.writes() == []


@pytest.mark.timeout(300)
def test_a_tenant_that_is_created_is_provisioned(start: Callable[[str], Rulebook], emulator: Emulator) -> None:
    rulebook = start("provision_new_tenants")
    part: dict[str, Any] = {"name": "globex", "subscription": "s1"}
    part["oauth_clients"] = [{"client_id": "client-acme", "client_secret": "canary-secret"}]
    globex = emulator.add_tenant(part)
    rulebook.until(lambda: "PLAY RECAP" in rulebook.output)
    assert [space.name for space in globex.spaces.values()] == ["Sales"]
