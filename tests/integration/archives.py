"""Archives of modules that the tests' runs of Ansible share, from one worker and one session to the next.

Making the archive of a module costs more CPU than running the module, and gives the same each time. A run has a folder
for them, which the runs of one fork server share; here lies what all servers share that find the same collections and
the same Ansible. An archive is in both folders at once, as one file under two names.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import ansible

CACHE = Path(__file__).parents[2] / ".cache"
KEPT = CACHE / "archives"
# Collections that no test changes.
STEADY = (CACHE / "collections", CACHE / "awx")
# What else decides what is in an archive.
OTHER_SOURCES = ("ANSIBLE_LIBRARY", "ANSIBLE_MODULE_UTILS")
# Only of these the name says where the source lies; any other module may be one that a test wrote beside its playbook.
KNOWN_BY_NAME = ("ansible.modules.", "ansible_collections.")
_OLD = 24 * 60 * 60


def common_folder() -> Path | None:
    """The folder of those who find the same sources as this process; None if somebody may change them."""
    places = [Path(place) for place in os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep)]
    if not set(places) <= set(STEADY) or any(name in os.environ for name in OTHER_SOURCES):
        return None
    folder = KEPT / _digest(places)
    if not folder.exists():
        remove_the_old()
        folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    return folder


def _digest(places: Iterable[Path]) -> str:
    """The digest of what archives are made of, by the times of the files: reading them all takes longer."""
    sources = hashlib.sha256(f"{ansible.__file__} {ansible.__version__} {sys.version}".encode())
    for place in places:
        for path in sorted(place.glob("ansible_collections/*/*/plugins/module*/**/*.py")):
            status = path.stat()
            sources.update(f"{path} {status.st_mtime_ns} {status.st_size}\n".encode())
    return sources.hexdigest()[:20]


def remove_the_old() -> None:
    """Remove what no session has used for a day: each change of the sources begins a folder."""
    for folder in KEPT.glob("*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < time.time() - _OLD:
                shutil.rmtree(folder)


def exchange(one: Path, other: Path) -> None:
    """Give each folder the archives that only the other has. They appear as a whole, under their last name."""
    held = {folder: _archives(folder) for folder in (one, other)}
    for giving, taking in ((one, other), (other, one)):
        for name in held[giving] - held[taking]:
            # Somebody else may have done it, or have removed the folder.
            with contextlib.suppress(OSError):
                os.link(giving / name, taking / name)


def _archives(folder: Path) -> set[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return set()
    return {name for name in names if name.startswith(KNOWN_BY_NAME) and not name.endswith(("-part", ".lock"))}
