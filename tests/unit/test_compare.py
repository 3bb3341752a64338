"""When a declared value and the tenant's mean the same."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import differing, same_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import encode_list, statement_text
from hypothesis import given
from hypothesis import strategies as st

SCALARS = st.text(max_size=12) | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        (443, "443"),
        ("443", 443),
        (True, "true"),
        ("true", True),
        (False, "0"),
        ("True", "true"),
        (1, "true"),
        (1.0, "1"),
        ("", None),
    ],
)
def test_the_same_in_other_types(declared: Any, actual: Any) -> None:
    assert same_value(declared, actual)


@pytest.mark.parametrize(
    ("declared", "actual"),
    [(443, "444"), ("require", "Require"), ("1", "01"), (True, "yes"), ("a", "a "), ("2", "true"), ("", "x"), (0, "")],
)
def test_not_the_same(declared: Any, actual: Any) -> None:
    assert not same_value(declared, actual)


@given(SCALARS)
def test_what_a_statement_holds_of_a_value_is_that_value(value: Any) -> None:
    assert same_value(value, statement_text(value))


ITEMS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(min_size=1, max_size=6), "value": st.text(max_size=6)}, optional={"encrypt": st.just(True)}
    ),
    max_size=4,
    unique_by=lambda item: item["name"],
)


@given(ITEMS, st.randoms())
def test_a_rest_list_equals_its_own_text_in_any_order(items: list[dict[str, Any]], random: Any) -> None:
    shuffled = items[:]
    random.shuffle(shuffled)
    assert same_value(items, encode_list(shuffled))
    assert same_value(items, shuffled)


def test_a_changed_header_is_seen_and_an_encrypted_value_is_not_compared() -> None:
    assert not same_value([{"name": "a", "value": "1"}], "a%22%1")
    assert not same_value([{"name": "a", "value": "1"}], "")
    assert same_value([{"name": "a", "value": "new", "encrypt": True}], "a%2%1")


def test_what_is_left_out_is_no_drift_and_a_default_needs_not_be_shown() -> None:
    assert differing({"port": 5432}, {"port": "5432", "db": "x"}) == {}
    assert differing({"port": 5432}, {}, {"port": "5432"}) == {}
    assert differing({"port": 5432}, {}) == {"port": (None, 5432)}
    assert differing({"note": ""}, {}) == {}
    assert differing({"username": "u"}, {}) == {}
    assert differing({"username": "u"}, {"username": "v"}) == {"username": ("v", "u")}
