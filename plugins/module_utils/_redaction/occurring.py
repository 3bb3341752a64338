# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which secrets occur in a result at all, so that only those need to be taken out of it.

Ansible tries every secret on every text. A thousand connections have a thousand secrets and ten thousand texts, and a
result hardly ever holds any of them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import as_meant, spelt, telling
from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import is_spelt, usual_texts

# How secrets from a length on are looked for: by pieces of so many characters, into which texts are cut at every so
# many. A secret as long as both less one holds such a piece whole, wherever it stands. Those that are shorter than all
# are few, since short texts are.
_CUTS = ((16, 8, 9), (12, 8, 5), (8, 8, 1), (4, 4, 1))
# So many secrets are looked for one after the other in less time than it takes to cut the texts.
_FEW = 50


def occurring(secrets: t.Iterable[str], texts: t.Iterable[str]) -> set[str]:
    """Those of the secrets, and of what is meant by them, that occur in one of the texts, in a usual spelling too.

    Takes time for texts and secrets in sum, where most don't occur, and memory for some times what is given.
    """
    secrets, texts = as_meant(secrets), list(texts)
    whole = "\0".join(texts)
    if not is_spelt(whole):
        return _in_whole(secrets, whole)
    escaped = "\0".join(filter(is_spelt, texts))
    others = telling(secrets)
    found = _in_whole(secrets - others, whole) | _in_whole(others, "\0".join([whole, *usual_texts(escaped)]))
    return found | _in_whole(spelt(others), escaped)


def _in_whole(secrets: set[str], whole: str) -> set[str]:
    """The secrets that the text holds."""
    if not whole:
        return set()
    secrets = set(secrets)
    if len(secrets) <= _FEW:
        return _there(secrets, whole)
    found: set[str] = set()
    for shortest, size, step in _CUTS:
        group = {secret for secret in secrets if len(secret) >= shortest}
        secrets -= group
        if step > 1:
            group = _with_a_piece(group, whole, size, step)
        if len(group) > _FEW:
            group = _with_all_pieces(group, whole, size)
        found |= _there(group, whole)
    return found | _there(secrets, whole)


def _there(secrets: t.Iterable[str], whole: str) -> set[str]:
    """The secrets that the text holds. Where many are of the same length, the text is cut into all of that length."""
    by_length: dict[int, set[str]] = {}
    for secret in secrets:
        by_length.setdefault(len(secret), set()).add(secret)
    found: set[str] = set()
    for length, group in by_length.items():
        # Cutting takes as long as looking for some hundred, and the longer the longer the pieces.
        if len(group) > _FEW + length:
            found |= group.intersection(_pieces(whole, length))
        else:
            found.update(secret for secret in group if secret in whole)
    return found


def _with_a_piece(secrets: t.Collection[str], whole: str, size: int, step: int) -> set[str]:
    """The secrets of which the text, cut at every C(step), holds a piece."""
    there = _all_pieces(secrets, size).intersection(_pieces(whole, size, step))
    if not there:
        return set()
    return {secret for secret in secrets if not there.isdisjoint(_pieces(secret, size))}


def _with_all_pieces(secrets: t.Collection[str], whole: str, size: int) -> set[str]:
    """The secrets of which the text holds every piece."""
    there = _all_pieces(secrets, size).intersection(_pieces(whole, size))
    return {secret for secret in secrets if there.issuperset(_pieces(secret, size))}


def _all_pieces(secrets: t.Iterable[str], size: int) -> set[str]:
    """The pieces of the secrets are kept, never those of the texts: a tenant may say as much as it likes."""
    found: set[str] = set()
    for secret in secrets:
        found.update(_pieces(secret, size))
    return found


def _pieces(text: str, size: int, step: int = 1) -> t.Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text) - size + 1, step))
