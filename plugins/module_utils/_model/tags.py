# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tags of a connection are whose, and what this collection keeps in its own.

Every viewer of a connection can read its tags, so that none holds a secret. The forms are those of 0.1.0, and stay;
the last ones are newer.

    qlikops.cloud:managed                                 it is managed; prune and decommission look for no other
    qlikops.cloud:secrets:hmac:<key id>:<digest>          a keyed digest of the secrets that were sent last
    qlikops.cloud:secrets:version:<text>                  or the user's own version of them
    qlikops.cloud:user:<digest>                           the declared user names, where the statement doesn't show them
    qlikops.cloud:sent:<fingerprint>:<owner>:<address>    as whose and where the secrets were sent
    qlikops.cloud:replaces:<id>                           a replacement on its way: the connection whose place it takes
    qlikops.cloud:reattach:<id>                           separate credentials that Qlik detached, and that come back
    qlikops.cloud:expires:<day>                           until when the secrets that were sent last are good
    qlikops.cloud:not-working                             its last trial didn't succeed: verify tries it again
    qlikops.cloud:rotating:<key id>:<digest>              new secrets are being tried: those that it held before
    qlikops.cloud:refused:<key id>:<digest>               credentials that didn't connect, and aren't sent again
"""

from __future__ import annotations

import typing as t

SERVER_TAG = "DcaasAPI:"

TAG_OWN = "qlikops.cloud:"
RESERVED = (SERVER_TAG, TAG_OWN)
TAG_MANAGED = TAG_OWN + "managed"
TAG_SECRETS = TAG_OWN + "secrets:"
TAG_USER = TAG_OWN + "user:"
TAG_SENT = TAG_OWN + "sent:"
TAG_REPLACES = TAG_OWN + "replaces:"
TAG_REATTACH = TAG_OWN + "reattach:"
TAG_EXPIRES = TAG_OWN + "expires:"
TAG_NOT_WORKING = TAG_OWN + "not-working"
TAG_ROTATING = TAG_OWN + "rotating:"
TAG_REFUSED = TAG_OWN + "refused:"


def is_reserved_tag(tag: str) -> bool:
    """Whether a tag belongs to Qlik's server or to this collection, and so isn't the user's to declare or lose."""
    return tag.startswith(RESERVED)


def tag_contents(tags: t.Iterable[str], kind: str) -> t.Iterator[str]:
    """What the tags of one kind (C(TAG_SECRETS) and others) say, in their order."""
    for tag in tags:
        if tag.startswith(kind):
            yield tag[len(kind) :]


def contents_by_kind(tags: t.Iterable[str]) -> dict[str, list[str]]:
    """What the tags of this collection's own say, in their order, by their kinds."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        if tag.startswith(TAG_OWN):
            end = tag.find(":", len(TAG_OWN)) + 1 or len(tag)
            found.setdefault(tag[:end], []).append(tag[end:])
    return found


def without_kinds(tags: t.Iterable[str], *kinds: str) -> list[str]:
    """The tags but for those of some kinds."""
    return [tag for tag in tags if not tag.startswith(kinds)]
