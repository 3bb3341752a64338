# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which secrets occur in a result at all, so that only those need to be taken out of it.

Ansible tries every secret on every text. A thousand connections have a thousand secrets and ten thousand texts, and a
result hardly ever holds any of them.
"""

from __future__ import annotations

import typing as t

# Texts are cut into pieces of these lengths: shorter secrets are few, since short texts are.
_PIECES = (4, 8)
# So many secrets are looked for one after the other in less time than it takes to cut the texts.
_FEW = 50


def occurring(secrets: t.Iterable[str], texts: t.Iterable[str]) -> set[str]:
    """Those of the secrets that occur in one of the texts.

    Takes time for texts and secrets in sum, where most don't occur, and memory for little more than what is given.
    """
    whole = "\0".join(texts)
    secrets = set(secrets)
    if len(secrets) <= _FEW:
        return {secret for secret in secrets if secret in whole}
    groups: dict[int, list[str]] = {}
    for secret in secrets:
        groups.setdefault(_size_of_pieces(secret), []).append(secret)
    found: set[str] = set()
    for size, group in groups.items():
        # The pieces of the secrets are kept, never those of the texts: a tenant may say as much as it likes.
        looked_for: set[str] = set()
        for secret in group:
            looked_for.update(_pieces(secret, size))
        there = looked_for.intersection(_pieces(whole, size))
        for secret in group:
            if there.issuperset(_pieces(secret, size)) and secret in whole:
                found.add(secret)
    return found


def _size_of_pieces(secret: str) -> int:
    """The length of the pieces into which a secret is cut; 0 for one that is too short."""
    fitting = [size for size in _PIECES if size <= len(secret)]
    return max(fitting, default=0)


def _pieces(text: str, size: int) -> t.Iterator[str]:
    """Every piece of this length; none of length 0."""
    if not size:
        return iter(())
    return (text[start : start + size] for start in range(len(text) - size + 1))
