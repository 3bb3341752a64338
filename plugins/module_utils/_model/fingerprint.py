# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a change of secrets is known without keeping them.

Qlik never returns a secret, so a keyed digest of those sent last is kept in a tag of the connection.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _json_text

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    TAG_REFUSED,
    TAG_ROTATING,
    TAG_SECRETS,
    TAG_USER,
    tag_contents,
)

KEY_LENGTH = 16
# Of a kind derived from it Ansible's own texts are.
_TEXT = frozenset((str,))
# As json.dumps would write them, which makes an encoder for each text.
_sorted_json = json.JSONEncoder(sort_keys=True).encode
_dense_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Fingerprint(t.NamedTuple):
    """What a connection's tag says of the secrets that were sent last.

    C(kind) is C(hmac) or C(version); C(key_id) tells keys apart (hmac only); C(value) is the digest, or the user's
    version.
    """

    kind: t.Literal["hmac", "version"]
    key_id: str
    value: str

    def tag(self) -> str:
        if self.kind == "version":
            return f"{TAG_SECRETS}version:{self.value}"
        return f"{TAG_SECRETS}hmac:{self.key_id}:{self.value}"


def read_fingerprint(tags: t.Iterable[str]) -> Fingerprint | None:
    """The fingerprint among a connection's tags; one that can't be read counts as none."""
    return fingerprint_told(tag_contents(tags, TAG_SECRETS))


def fingerprint_told(contents: t.Iterable[str]) -> Fingerprint | None:
    """The same, of what the tags of this kind say."""
    for content in contents:
        kind, _colon, rest = content.partition(":")
        if kind == "version":
            return Fingerprint("version", "", rest)
        key_id, colon, digest = rest.partition(":")
        if kind == "hmac" and colon:
            return Fingerprint("hmac", key_id, digest)
    return None


def fingerprint(key: str, *, tenant_id: str, space_id: str, name: str, secrets: t.Mapping[str, t.Any]) -> Fingerprint:
    """A keyed digest of secrets at one place. Tags are readable by every viewer: without the key it says nothing.

    The form is canonical: neither the order of the properties nor the type of a number or boolean matters.
    """
    message = _message(tenant_id, space_id, name, secrets).encode()
    return Fingerprint("hmac", _key_id(key), _digest(key, b"qlikops.cloud secrets\0" + message)[:40])


def _message(tenant_id: str, space_id: str, name: str, secrets: t.Mapping[str, t.Any]) -> str:
    """What is digested, as JSON. An encoder takes longer to be made than to write the texts that most secrets are."""
    if not _TEXT.issuperset(map(type, (*secrets, *secrets.values()))):
        place = {"tenant": tenant_id, "space": space_id, "name": name, "secrets": _canonical(secrets)}
        return _dense_json(place)
    held = ",".join([f"{_json_text(one)}:{_json_text(secrets[one])}" for one in sorted(secrets)])
    return (
        f'{{"name":{_json_text(name)},"secrets":{{{held}}},"space":{_json_text(space_id)}'
        f',"tenant":{_json_text(tenant_id)}}}'
    )


def user_tag(tenant_id: str, users: t.Mapping[str, t.Any]) -> str:
    """The tag by which a change of a declared user name is known where the statement doesn't show it; empty without
    users.

    A user name is no secret, so the digest needs no key; it is salted so that nobody reads the name off a tag.
    """
    if not users:
        return ""
    names = tuple(users.items())
    if _TEXT.issuperset(map(type, users.values())):
        return _tag_of_texts(tenant_id, names)
    return _tag_of_users(tenant_id, users)


@lru_cache(maxsize=256)
def _tag_of_texts(tenant_id: str, users: tuple[tuple[str, str], ...]) -> str:
    """The same, of user names that are texts: a thousand connections have few users."""
    return _tag_of_users(tenant_id, dict(users))


def _tag_of_users(tenant_id: str, users: t.Mapping[str, t.Any]) -> str:
    message = _sorted_json([tenant_id, _canonical(users)]).encode()
    return TAG_USER + hashlib.sha256(b"qlikops.cloud user\0" + message).hexdigest()[:16]


def rotating_tag(before: Fingerprint) -> str:
    """The tag of a connection whose new secrets are being tried. C(before) tells those that it held until then."""
    return f"{TAG_ROTATING}{before.key_id}:{before.value}"


def is_rotating_from(tag: str, before: Fingerprint) -> bool:
    """Whether a tag is the one of C(rotating_tag), with or without what was proven beforehand."""
    plain = rotating_tag(before)
    return tag == plain or tag.startswith(f"{plain}:")


def with_proven_statement(tag: str, key: str, statement: str) -> str:
    """The tag of C(rotating_tag) that also says which statement worked with the secrets before."""
    if not tag.startswith(TAG_ROTATING):
        return tag
    plain = ":".join(tag.split(":")[:4])
    return f"{plain}:{_digest(key, b'qlikops.cloud statement' + bytes(1) + statement.encode())[:12]}"


def refused_tag(key: str, *, tenant_id: str, connection_id: str, credentials: t.Mapping[str, t.Any]) -> str:
    """The tag by which credentials are known that a connection was sent, that didn't connect, and that were put back.

    User names are part of them. Neither a rename nor a move makes others of them, so that the place doesn't matter.
    """
    found = fingerprint(key, tenant_id=tenant_id, space_id="refused", name=connection_id, secrets=credentials)
    return f"{TAG_REFUSED}{found.key_id}:{found.value}"


def has_key(tag: str, key: str) -> bool:
    """Whether a tag of these two kinds was made with this key."""
    return f":{_key_id(key)}:" in tag


@lru_cache(maxsize=1)
def _key_id(key: str) -> str:
    return _digest(key, b"qlikops.cloud key id")[:8]


def _digest(key: str, message: bytes) -> str:
    return hmac.digest(key.encode("utf-8", "surrogatepass"), message, "sha256").hex()


def _canonical(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _canonical(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_canonical, value))
    return statement_text(value)
