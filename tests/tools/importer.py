"""Runs galaxy-importer, the check that Galaxy makes of an upload, on the built artifact; any warning or error fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

CACHE = Path.cwd() / ".cache"
CONFIGURATION = """\
[galaxy-importer]
CHECK_CHANGELOG = True
CHECK_REQUIRED_TAGS = True
OFFLINE_ANSIBLE_LINT = True
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = False
"""
COMPLAINT = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")
# Patterns of lines that can't be mended here, each with its reason.
PERMITTED: list[str] = []


def main() -> int:
    """Run the importer, repeating what it says; the result is the exit status."""
    (artifact,) = (CACHE / "dist").glob("*.tar.gz")
    folder = CACHE / "importer"
    folder.mkdir(exist_ok=True)
    configuration = folder / "galaxy-importer.cfg"
    configuration.write_text(CONFIGURATION, encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "galaxy_importer.main", str(artifact)],
        cwd=folder,
        env=dict(os.environ, GALAXY_IMPORTER_CONFIG=str(configuration)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(run.stdout, end="")
    complaints = [line for line in run.stdout.splitlines() if COMPLAINT.search(line)]
    complaints = [line for line in complaints if not any(re.search(pattern, line) for pattern in PERMITTED)]
    if complaints:
        print(f"galaxy-importer complains {len(complaints)} times:", *complaints, sep="\n  ")
    return run.returncode or (1 if complaints else 0)


if __name__ == "__main__":
    sys.exit(main())
