"""Secrets that occur in a result are found, whatever they look like."""

from __future__ import annotations

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.qlikops.cloud.plugins.module_utils._model.occurring import occurring
from hypothesis import given
from hypothesis import strategies as st

# Few letters, so that texts often hold one another.
WORDS = st.text("ab\0é", min_size=1, max_size=12)


@given(st.sets(WORDS), st.lists(st.text("ab\0é", max_size=40)))
def test_what_occurs_is_what_searching_one_by_one_finds(secrets: set[str], texts: list[str]) -> None:
    found = occurring(secrets, texts)
    assert {secret for secret in secrets if any(secret in text for text in texts)} <= found
    assert all(secret in "\0".join(texts) for secret in found)


@given(st.sets(WORDS), st.lists(st.text("ab\0é", max_size=40)))
def test_taking_out_those_leaves_none_of_all(secrets: set[str], texts: list[str]) -> None:
    left = remove_values(texts, occurring(secrets, texts))
    assert [secret for secret in secrets for text in left if secret in text] == []
