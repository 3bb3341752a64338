"""Makes the inventory of other projects' pages that Sphinx reads: `python -m tests.tools.docsite_references FROM TO`.

The form is Sphinx's objects.inv, version 2: a head of four lines, and lines "name kind priority address title", packed.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

HEAD = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: latest\n# The rest is compressed by zlib.\n"


def main(source: Path, target: Path) -> None:
    """Read the list, write the inventory."""
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, name, address = line.split()
            lines.append(f"{name} {kind} -1 {address} {name.replace('_', ' ')}\n")
    target.write_bytes(HEAD.encode() + zlib.compress("".join(lines).encode()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
