"""What `make check` tries of everything that can be tried."""

from __future__ import annotations

import pytest

from tests import thoroughness


@pytest.mark.exhaustive
@pytest.mark.parametrize("case", range(13))
def test_every_way(case: int) -> None:
    """What `chosen` chooses from, below."""
    assert case in range(13)


def test_every_test_is_tried_and_of_an_exhaustive_one_a_tenth(request: pytest.FixtureRequest) -> None:
    all_or_a_part = [item for item in request.session.items if item.path == request.path]
    kept = [item.name for item in thoroughness.chosen(all_or_a_part)]
    assert {name.partition("[")[0] for name in kept} == {item.name.partition("[")[0] for item in all_or_a_part}
    ways = [name for name in kept if name.startswith("test_every_way")]
    assert ways == [f"test_every_way[{case}]" for case in ((0,) if thoroughness.QUICK else (0, 10))]


@pytest.mark.parametrize(("drawn", "quick"), [(600, 60), (100, 10), (40, 10), (5, 5)])
def test_laws_draw_a_tenth_and_never_next_to_nothing(monkeypatch: pytest.MonkeyPatch, drawn: int, quick: int) -> None:
    monkeypatch.setattr(thoroughness, "QUICK", False)
    assert thoroughness.examples(drawn) == drawn
    monkeypatch.setattr(thoroughness, "QUICK", True)
    assert thoroughness.examples(drawn) == quick
