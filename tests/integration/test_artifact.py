"""What users install: built from the sources, installed without a network, and shown by Ansible's own programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.matrix import PYTHONS
from tests.tools.sections import section
from tests.tools.supported import README, SECTION, supported

ROOT = Path(__file__).parents[2]
# What is published of the top of the repository; nothing else is. CHANGELOG.md is written by the first release.
FOLDERS = ("changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles")
FILES = {"LICENSE", "README.md", "requirements.txt"}
MADE_BY_THE_BUILD = {"MANIFEST.json", "FILES.json"}


def run(*command: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"ANSIBLE_COLLECTIONS_PATH": str(path)} if path else {})}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact")
    built = run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder))
    assert built.returncode == 0, built.stderr
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of collections with nothing but this one, installed from the artifact without a network."""
    folder = tmp_path_factory.mktemp("installed")
    finished = run(
        "ansible-galaxy", "collection", "install", str(artifact), "--offline", "-p", str(folder), path=folder
    )
    assert finished.returncode == 0, finished.stderr
    return folder


def published(folder: Path) -> Iterator[str]:
    """The files below a folder of the repository that are meant to be published."""
    for path in folder.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and "__pycache__" not in parts and not any(part.startswith(".") for part in parts):
            yield "/".join(parts)


def documented(kind: str, names: list[str], installed: Path) -> dict[str, Any]:
    shown = run("ansible-doc", "--type", kind, "--json", *names, path=installed)
    assert shown.returncode == 0, shown.stderr
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def test_the_artifact_holds_what_users_need_and_nothing_else(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        found = {member.name for member in archive if member.isfile()}
    expected = {
        name for folder in FOLDERS for name in published(ROOT / folder) if not name.startswith("changelogs/fragments/")
    }
    assert found - {"CHANGELOG.md"} == expected | FILES | MADE_BY_THE_BUILD


def test_the_version_in_the_name_is_that_of_the_repository(artifact: Path) -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert artifact.name == f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"


def test_nothing_else_is_needed_from_galaxy(installed: Path) -> None:
    manifest = json.loads((installed / "ansible_collections/qlikops/cloud/MANIFEST.json").read_text())
    assert manifest["collection_info"]["dependencies"] == {}


def test_a_file_that_was_changed_after_the_installation_is_found(installed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(installed), str(copy)], check=True)
    command = ("ansible-galaxy", "collection", "verify", "qlikops.cloud", "--offline", "-p", str(copy))
    assert run(*command, path=copy).returncode == 0
    with (copy / "ansible_collections/qlikops/cloud/playbooks/provision.yml").open("a") as stream:
        stream.write("# changed\n")
    changed = run(*command, path=copy)
    assert changed.returncode != 0
    assert "playbooks/provision.yml" in changed.stdout


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("module", "modules"),
        ("filter", "filter"),
        ("lookup", "lookup"),
        ("inventory", "inventory"),
        ("callback", "callback"),
    ],
)
def test_ansible_doc_shows_every_plugin(installed: Path, kind: str, folder: str) -> None:
    files = (installed / "ansible_collections/qlikops/cloud/plugins" / folder).glob("[!_]*.py")
    names = sorted(f"qlikops.cloud.{path.stem}" for path in files)
    shown = documented(kind, names, installed) if names else {}
    assert sorted(shown) == names
    assert all(entry["doc"]["short_description"] and entry["doc"]["version_added"] for entry in shown.values())


def test_ansible_doc_shows_every_role_with_the_options_that_it_has(installed: Path) -> None:
    roles = installed / "ansible_collections/qlikops/cloud/roles"
    names = sorted(f"qlikops.cloud.{path.name}" for path in roles.iterdir())
    shown = documented("role", names, installed)
    assert sorted(shown) == names
    for name in names:
        entry = shown[name]["entry_points"]["main"]
        assert entry["short_description"]
        assert all(option.get("description") for option in entry["options"].values())


@pytest.mark.parametrize("playbook", sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml")))
def test_every_playbook_is_found_by_its_name_and_can_be_read(installed: Path, playbook: str) -> None:
    # Two of them take no hosts but those that somebody names and confirms.
    named = ("-e", "qlik_hosts=t1", "-e", f"{{qlik_confirm: {playbook} t1}}")
    checked = run(
        "ansible-playbook", f"qlikops.cloud.{playbook}", "--syntax-check", "-i", "t1,", *named, path=installed
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_readme_lists_the_versions_that_are_tested() -> None:
    assert section(README, SECTION) == supported(), "run: tests/tools/run python -m tests.tools.supported --write"


def test_continuous_integration_runs_what_a_developer_runs_on_every_supported_version() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    runs = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    assert runs == {
        "test": [".ci/run"],
        "docs": ["make docs"],
        "rulebooks": ['JAVA_HOME="$JAVA_HOME_17_X64" make test-rulebooks'],
        "matrix": ["make test-matrix CORE=${{ matrix.core }} MATRIX_ARGS=--all"],
    }
    assert jobs["matrix"]["strategy"]["matrix"]["core"] == list(PYTHONS)
    assert "make --no-print-directory test" in (ROOT / ".ci/run").read_text()
    (given,) = [
        step["with"]["python-version"] for step in jobs["matrix"]["steps"] if "python-version" in step.get("with", {})
    ]
    # Modules are compiled and imported on older ones too, from that which is promised; `make sanity` passes one that
    # isn't there by.
    (oldest,) = re.findall(r"must also compile\s+and import on ([\d.]+),", (ROOT / "CONTRIBUTING.md").read_text())
    controllers = {heading.split()[1] for heading in supported().splitlines()[0].split(" | ")[1:]}
    assert set(given.split()) >= {oldest, *controllers}
