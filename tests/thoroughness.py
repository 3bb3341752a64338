"""How much of what can be tried is tried: all of it, or with `TESTS_QUICK` in the environment a part, as `make check`
does. No test is left out then; those that draw draw less, and of a test that is marked as `exhaustive` one case in ten
is run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

import pytest

QUICK = "TESTS_QUICK" in os.environ
PART = 10
FEWEST_EXAMPLES = 10


def examples(number: int) -> int:
    """How many examples to draw of a law for which so many are drawn in all."""
    return max(number // PART, min(number, FEWEST_EXAMPLES)) if QUICK else number


def chosen(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests without most cases of those that are marked as `exhaustive`: the first of each and every tenth."""
    met: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.get_closest_marker("exhaustive") is None or met[test] % PART == 0:
            kept.append(item)
        met[test] += 1
    return kept
