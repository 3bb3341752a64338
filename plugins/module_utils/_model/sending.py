# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets go, and what a tag remembers of their last sending: as whose, and to which address.

Sources: qlik.dev, "Data connections": owner and statement are shown to every viewer, so that digests of them need no
key; a change of owner doesn't carry credentials along. 0.1.0 keeps such a tag as it keeps all of this collection's, and
doesn't read it.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import decoded_url
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import HOST_NAMES, PORT_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_SECRETS, TAG_SENT, tag_contents

_UNKNOWN = "-"

_USER = re.compile(r"(?<=://)[^/@\s]*@")


class Sending(t.NamedTuple):
    """What a tag says of the last sending. C(fingerprint) tells which secrets, C(owner) whose they became, C(address)
    where they went.
    """

    fingerprint: str
    owner: str
    address: str

    def tag(self) -> str:
        return TAG_SENT + ":".join(self)


def sending(tags: t.Iterable[str], owner_id: str, address: t.Mapping[str, t.Any]) -> Sending:
    """What is to be remembered of secrets that are sent now; C(tags) are those that the connection gets, its
    fingerprint among them.
    """
    return Sending(fingerprint_part(tags), owner_part(owner_id), address_part(address))


def read_sending(tags: t.Sequence[str]) -> Sending | None:
    """What a connection's tags say of the last sending; None when they say nothing, or speak of an older fingerprint
    than theirs.
    """
    for content in tag_contents(tags, TAG_SENT):
        parts = content.split(":")
        if len(parts) == len(Sending._fields) and parts[0] == fingerprint_part(tags):
            return Sending(*parts)
    return None


def owner_part(owner_id: str) -> str:
    """What stands for an owner; always the same for one who isn't known."""
    if not owner_id:
        return _UNKNOWN
    return _digest("owner", owner_id)[:16]


def is_other_owner(last: Sending, owner_id: str) -> bool:
    """Whether the secrets certainly became those of somebody else."""
    return bool(owner_id) and last.owner not in (_UNKNOWN, owner_part(owner_id))


def address_part(address: t.Mapping[str, t.Any]) -> str:
    """What stands for an address, whether it was declared or read from a statement."""
    canonical = {name: _place(statement_text(decoded_url(value))) for name, value in address.items()}
    return _digest("address", json.dumps(canonical, sort_keys=True))[:16]


def _place(text: str) -> str:
    """A URL without what may be a key in it:
    a digest of that could be guessed from, and it says nothing of the place.
    """
    if "://" not in text:
        return text
    return _USER.sub("", re.split("[?#]", text, maxsplit=1)[0])


def address_of(properties: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The properties by which a connection finds its source (qlik.dev, changelog 236: host, server or url), and the
    port there.
    """
    hosts = {name: properties[name] for name in HOST_NAMES if properties.get(name) not in (None, "")}
    port = properties.get(PORT_PROPERTY)
    if not hosts or port in (None, ""):
        return hosts
    return {**hosts, PORT_PROPERTY: port}


def fingerprint_part(tags: t.Iterable[str]) -> str:
    """What stands for the fingerprint among tags; always the same without one."""
    for content in tag_contents(tags, TAG_SECRETS):
        return _digest("fingerprint", TAG_SECRETS + content)[:8]
    return _UNKNOWN


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"qlikops.cloud {kind}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
