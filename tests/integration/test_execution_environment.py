"""The execution environment: what ansible-builder makes of the repository's file, and of what the collection says about
itself.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def builder(*arguments: str) -> str:
    run = subprocess.run(["ansible-builder", *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context, as `ansible-builder build` would hand it to a container engine."""
    folder = tmp_path_factory.mktemp("context")
    builder(
        "create",
        "--file",
        str(ROOT / "execution-environment.yml"),
        "--context",
        str(folder),
        "--output-filename",
        "Containerfile",
    )
    return folder


def test_the_release_of_this_repository_is_installed(context: Path) -> None:
    (collection,) = yaml.safe_load((context / "_build/requirements.yml").read_text())["collections"]
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert collection == {"source": f"{galaxy['repository']}.git", "type": "git", "version": galaxy["version"]}


def test_the_image_is_called_by_the_release_wherever_it_is_named() -> None:
    """With another tag, a node that has pulled that image already would keep the old one."""
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), *ROOT.glob("roles/*/README.md")]
    named = [
        (path.name, tag)
        for path in [*pages, ROOT / "execution-environment.yml"]
        for tag in re.findall(r"/qlik-cloud:([\w.]+)", path.read_text())
    ]
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert {name for name, _tag in named} >= {"awx.md", "rollouts.md", "execution-environment.yml"}
    assert [(name, tag) for name, tag in named if tag != version] == []


def test_ansible_core_is_one_that_the_collection_supports(context: Path) -> None:
    versions = sorted(path.stem.removeprefix("ansible-core-") for path in (ROOT / "tests/matrix").glob("*.txt"))
    oldest, newest = versions[0], versions[-1]
    after_newest = f"2.{int(newest.split('.')[1]) + 1}"
    installed = f'ARG ANSIBLE_INSTALL_REFS="ansible-core>={oldest},<{after_newest} ansible-runner"'
    assert installed in (context / "Containerfile").read_text().splitlines()


def test_git_is_there_before_the_collection_is_fetched_with_it(context: Path) -> None:
    text = (context / "Containerfile").read_text()
    assert text.index("install -y git-core") < text.index("ansible-galaxy collection install")


def test_ansible_builder_finds_what_the_collection_needs() -> None:
    found = yaml.safe_load(builder("introspect", "--sanitize", str(ROOT / ".cache/collections")))
    assert found["python"] == ["requests>=2.28  # from collection qlikops.cloud"]
    assert not found["system"]
