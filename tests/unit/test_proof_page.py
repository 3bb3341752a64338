"""docs/proof.md names the test that holds each promise: those tests are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)?(?:::(test_\w+))?`")


def test_every_test_that_the_page_names_is_there() -> None:
    path, missing, found = "", [], 0
    for line in (ROOT / "docs/proof.md").read_text(encoding="utf-8").splitlines():
        for named in NAMED.finditer(line):
            path = named[1] or path
            if not named[1] and not named[2]:
                continue
            found += 1
            text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
            if not text or (named[2] and f"def {named[2]}(" not in text):
                missing.append(named[0])
    assert found > 50
    assert not missing
