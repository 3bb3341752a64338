"""Fetches the collection awx.awx into .cache/awx, for the tests of the role that uses it: `python -m
tests.tools.awx_collection`.

It comes out of the Python package `ansible`, whose version and digest stand in awx-collection.txt.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUIREMENT = Path(__file__).with_name("awx-collection.txt")
# A folder for each version of the requirement would pile up; the file that was used stands beside what it gave.
TARGET = ROOT / ".cache" / "awx"
PART = "ansible_collections/awx/awx/"


class FetchError(Exception):
    """The collection can't be had; the text says what to do."""


def collections_path() -> Path:
    """The folder to add to ANSIBLE_COLLECTIONS_PATH; fetches the collection unless it is there."""
    used = TARGET / REQUIREMENT.name
    TARGET.parent.mkdir(exist_ok=True)
    with (TARGET.parent / "awx.lock").open("w") as lock:
        # Tests run side by side.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not used.exists() or used.read_text(encoding="utf-8") != REQUIREMENT.read_text(encoding="utf-8"):
            shutil.rmtree(TARGET, ignore_errors=True)
            _fetch()
            shutil.copy(REQUIREMENT, used)
    return TARGET


def _fetch() -> None:
    with tempfile.TemporaryDirectory(dir=TARGET.parent) as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--no-cache-dir",
        ]
        run = subprocess.run(
            [*command, "--dest", folder, "-r", str(REQUIREMENT)], capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise FetchError(
                "The collection awx.awx, with which the tests run the role qlik_awx, can't be fetched from the Python"
                " package index:\n"
                f"{run.stderr}With a network, run: tests/tools/run python -m tests.tools.awx_collection"
            )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(TARGET, [name for name in archive.namelist() if name.startswith(PART)])


if __name__ == "__main__":
    print(collections_path())
