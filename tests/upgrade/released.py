"""Older versions of the collection, as their users have them: taken from the repository's own history."""

from __future__ import annotations

import fcntl
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The commit of each version that fleets were provisioned with; it also carries a tag with the version's name. The
# commit is what is used, since a clone may come without tags.
COMMITS = {"0.1.0": "b051b427e4d7fd790e89586ec61a69ae07a5c989"}


def collections_of(version: str) -> Path:
    """The folder to give as ANSIBLE_COLLECTIONS_PATH in order to run a version; made when it is asked for first."""
    folder = ROOT / ".cache" / "released" / version
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _unpack(COMMITS[version], folder)
    return folder


def _unpack(commit: str, folder: Path) -> None:
    """Lay a commit out as an installed collection."""
    command = ["git", "archive", "--format=tar", commit, "galaxy.yml", "meta", "playbooks", "plugins", "roles"]
    archived = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if archived.returncode:
        reason = archived.stderr.decode(errors="replace").strip()
        raise RuntimeError(
            f"commit {commit} is needed for the tests of an upgrade: clone with the whole history ({reason})"
        )
    being_made = folder.with_suffix(".new")
    shutil.rmtree(being_made, ignore_errors=True)
    collection = being_made / "ansible_collections" / "qlikops" / "cloud"
    collection.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as archive:
        archive.extractall(collection, filter="data")
    being_made.rename(folder)
