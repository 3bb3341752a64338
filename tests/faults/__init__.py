"""Proof by experiment that nothing is lost and nothing leaks: `python -m tests.faults --help`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Without pytest nothing else says where the installed collection is.
_COLLECTIONS = str(ROOT / ".cache" / "collections")
if _COLLECTIONS not in sys.path:
    sys.path.insert(0, _COLLECTIONS)
