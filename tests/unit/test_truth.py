"""Whether a variable means yes is the same whatever the ansible-core."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._truth import as_boolean


@pytest.mark.parametrize(
    ("value", "meant"),
    [(True, True), ("yes", True), ("on", True), (1, True), (False, False), ("no", False), ("perhaps", False)],
)
def test_what_ansible_takes_for_true(value: Any, meant: bool) -> None:
    assert as_boolean(value) is meant


@pytest.mark.parametrize("value", [["yes"], {"a": True}, [], {}])
def test_a_structure_is_neither(value: Any) -> None:
    assert as_boolean(value) is False
    with pytest.raises(TypeError):
        as_boolean(value, strict=True)
