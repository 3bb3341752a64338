"""Secrets that occur in a result are found, whatever they look like."""

from __future__ import annotations

import time
from unittest import mock

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction import occurring as searching
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from hypothesis import given
from hypothesis import strategies as st

# Few secrets are looked for one by one, many by their pieces: both ways are tried with what hypothesis draws.
BOTH_WAYS = pytest.mark.parametrize("few", [0, searching._FEW], ids=["by pieces", "one by one"])
WORDS = st.text("ab\0é", min_size=1, max_size=12) | st.text("ab", min_size=11, max_size=40)


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


@pytest.mark.parametrize("length", [*range(1, 20), 40])
def test_a_secret_is_found_wherever_it_stands(length: int) -> None:
    secret = "".join(chr(0x4E00 + number) for number in range(length))
    others = {f"another-secret-{number:04}" for number in range(2 * searching._FEW)}
    for offset in range(30):
        for text in ("x" * offset + secret, "x" * offset + secret + "y" * (30 - offset)):
            assert occurring({secret, *others}, ["before", text]) == {secret}
            assert occurring({secret + "z", *others}, ["before", text]) == set()


def test_many_secrets_with_a_common_beginning_are_told_apart() -> None:
    secrets = {f"the-password-of-connection-{number:05}" for number in range(5000)}
    there = {f"the-password-of-connection-{number:05}" for number in (0, 17, 4999)}
    assert occurring(secrets, [f"it said {one}!" for one in there] * 50) == there


@pytest.mark.parametrize("form", ["pw{:05}", "{:06x}", "{:03x}", "key-{:011}"])
def test_many_secrets_of_whose_pieces_texts_are_made_take_no_longer(form: str) -> None:
    secrets = {form.format(number * 7) for number in range(10_000)}
    there = {form.format(number * 7) for number in range(0, 10_000, 1000)}
    others = (form.format(number) for number in range(70_000) if number % 7)
    text = " ".join([*others, *there]) + " no more of these" * 20_000
    began = time.process_time()
    found = occurring(secrets, [text])
    assert time.process_time() - began < 4
    assert there <= found
    assert all(secret in text for secret in found)
