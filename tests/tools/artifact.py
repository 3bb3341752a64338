"""Refuses an artifact that holds what nobody meant to publish, so that this fails here and not on Galaxy.

`python -m tests.tools.artifact FILE`, which each build does; with --release also every file that git doesn't track,
which the workflow of a release does: development builds with files that aren't added yet, or from an archive without
git.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = re.compile(
    r"(CHANGELOG\.(md|rst)|FILES\.json|LICENSE|MANIFEST\.json|README\.md|requirements\.txt"
    r"|changelogs(/(changelog|config)\.yaml)?"
    r"|(docs|extensions|meta|playbooks|plugins|roles)(/(?!\.)(?!.*(/\.|__pycache__|\.py[co]$)).*)?)"
)
# What editors, merges and patches leave behind.
LEFT_BEHIND = re.compile(r".*(~|\.(orig|rej|bak|swp|tmp))")
# Bytes; the largest file has a tenth of this.
LARGEST = 1_000_000


def complaints(artifact: Path, *, root: Path = ROOT, release: bool = False) -> list[str]:
    """What is wrong with an artifact, a line for each file."""
    with tarfile.open(artifact) as archive:
        members = archive.getmembers()
    tracked = published(root) if release else set()
    found = []
    for member in members:
        if not ALLOWED.fullmatch(member.name):
            found.append(f"{member.name}: users don't need it; see build_ignore in galaxy.yml")
        elif LEFT_BEHIND.fullmatch(member.name):
            found.append(f"{member.name}: left behind by a tool")
        elif member.size > LARGEST:
            found.append(f"{member.name}: larger than {LARGEST:,} bytes")
        elif release and member.isfile() and member.name not in tracked:
            found.append(f"{member.name}: not tracked by git")
    return found


def published(root: Path) -> set[str]:
    """What git tracks, and what the build makes of it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    tracked = set(listed.stdout.split("\0"))
    return {*tracked, *made(tracked), "FILES.json", "MANIFEST.json"}


def made(tracked: set[str]) -> Iterator[str]:
    """The guides' pages of the documentation site."""
    for name in tracked:
        if guide := re.fullmatch(r"docs/([^/]+)\.md", name):
            yield f"docs/docsite/rst/{guide[1]}.rst"


if __name__ == "__main__":
    wrong = complaints(Path(sys.argv[-1]), release="--release" in sys.argv[1:-1])
    sys.exit("\n".join(["The artifact holds what isn't to be published:", *wrong]) if wrong else 0)
