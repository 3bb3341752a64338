# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gets into an artifact: nothing large, nothing left behind, and in a release nothing that git doesn't know."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.tools.artifact import LARGEST, complaints, published

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with a guide and a module."""
    root = tmp_path / "clone"
    for name in ("docs/awx.md", "plugins/modules/one.py", "meta/runtime.yml"):
        write(root, name)
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=root, check=True)
    write(root, "docs/docsite/rst/awx.rst")
    write(root, "MANIFEST.json")
    return root


def write(root: Path, name: str, size: int = 1) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def built(root: Path) -> Path:
    """All of it but what git itself keeps, as an artifact."""
    artifact = root.parent / "artifact.tar.gz"
    with tarfile.open(artifact, "w:gz") as archive:
        for path in sorted(root.rglob("*")):
            if path.relative_to(root).parts[0] != ".git":
                archive.add(path, str(path.relative_to(root)), recursive=False)
    return artifact


@pytest.mark.parametrize(
    "name",
    [
        *("plugins/modules/x.py.orig", "plugins/x.py.rej", "meta/runtime.yml.bak", "docs/x.swp", "docs/awx.md~"),
        *("roles/qlik_awx/secrets.tmp", "notes.txt", "docs/.hidden", "plugins/__pycache__/x.py", "plugins/x.pyc"),
    ],
)
def test_what_tools_leave_behind_is_refused_wherever_it_lies(clone: Path, name: str) -> None:
    write(clone, name)
    subprocess.run(["git", "add", "--force", "."], cwd=clone, check=True)
    assert name in " ".join(complaints(built(clone), root=clone))


def test_a_large_file_is_refused(clone: Path) -> None:
    write(clone, "docs/big.bin", LARGEST)
    assert complaints(built(clone), root=clone) == []
    write(clone, "docs/big.bin", LARGEST + 1)
    assert complaints(built(clone), root=clone) == ["docs/big.bin: larger than 1,000,000 bytes"]


@pytest.mark.parametrize("name", ["plugins/modules/new.py", "docs/docsite/rst/other.rst"])
def test_a_new_file_can_be_tried_and_is_in_no_release_before_it_is_added(clone: Path, name: str) -> None:
    write(clone, name)
    assert complaints(built(clone), root=clone) == []
    assert complaints(built(clone), root=clone, release=True) == [f"{name}: not tracked by git"]
    subprocess.run(["git", "add", "."], cwd=clone, check=True)
    assert complaints(built(clone), root=clone, release=True) == []


def test_without_git_a_build_works_and_a_release_does_not(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(clone.parent))
    shutil.rmtree(clone / ".git")
    assert complaints(built(clone), root=clone) == []
    with pytest.raises(subprocess.CalledProcessError):
        published(clone)


def test_the_build_looks_at_what_it_built() -> None:
    assert 'python -m tests.tools.artifact "${artifacts[0]}"\n' in (ROOT / "tests/tools/build").read_text()
