"""Secrets that occur in a result are found, whatever they look like."""

from __future__ import annotations

from unittest import mock

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction import occurring as searching
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from hypothesis import given
from hypothesis import strategies as st

# Few secrets are looked for one by one, many by their pieces: both ways are tried with what hypothesis draws.
BOTH_WAYS = pytest.mark.parametrize("few", [0, searching._FEW], ids=["by pieces", "one by one"])
WORDS = st.text("ab\0é", min_size=1, max_size=12)


@st.composite
def results(draw: st.DrawFn) -> tuple[set[str], list[str]]:
    """Secrets, and texts that are made of some of them and of other words."""
    secrets = draw(st.sets(WORDS, min_size=1))
    parts = st.sampled_from(sorted(secrets)) | WORDS
    return secrets, draw(st.lists(st.lists(parts, max_size=3).map("".join), min_size=1, max_size=4))


@BOTH_WAYS
@given(results())
def test_what_occurs_is_found(few: int, result: tuple[set[str], list[str]]) -> None:
    secrets, texts = result
    with mock.patch.object(searching, "_FEW", few):
        found = occurring(secrets, texts)
    assert {secret for secret in secrets if any(secret in text for text in texts)} <= found
    assert all(secret in "\0".join(texts) for secret in found)


@BOTH_WAYS
@given(results())
def test_taking_out_those_leaves_none_of_all(few: int, result: tuple[set[str], list[str]]) -> None:
    secrets, texts = result
    with mock.patch.object(searching, "_FEW", few):
        left = remove_values(texts, occurring(secrets, texts))
    assert [secret for secret in secrets for text in left if secret in text] == []
