"""Secrets that occur in a result are found, whatever they look like."""

from __future__ import annotations

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text("ab\0é", min_size=1, max_size=12)


@st.composite
def results(draw: st.DrawFn) -> tuple[set[str], list[str]]:
    """Secrets, and texts that are made of some of them and of other words."""
    secrets = draw(st.sets(WORDS, min_size=1))
    parts = st.sampled_from(sorted(secrets)) | WORDS
    return secrets, draw(st.lists(st.lists(parts, max_size=3).map("".join), min_size=1, max_size=4))


@given(results())
def test_what_occurs_is_found(result: tuple[set[str], list[str]]) -> None:
    secrets, texts = result
    found = occurring(secrets, texts)
    assert {secret for secret in secrets if any(secret in text for text in texts)} <= found
    assert all(secret in "\0".join(texts) for secret in found)


@given(results())
def test_taking_out_those_leaves_none_of_all(result: tuple[set[str], list[str]]) -> None:
    secrets, texts = result
    left = remove_values(texts, occurring(secrets, texts))
    assert [secret for secret in secrets for text in left if secret in text] == []
