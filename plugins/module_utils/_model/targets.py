# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection reaches: the same text for each that reaches the same database, bucket or address.

A source says itself which of its properties tell one target from another (C(qriDefinition) in the data-sources API on
qlik.dev); where it doesn't, those count that do in most sources. Secrets are no part of it, nor who signs in.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import Host
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import Pairs, hosts_named
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_hidden_name, is_user_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_roles import (
    HOST,
    PORT,
    URL,
    family_of,
    is_gateway_name,
    target_role,
)

_URL = re.compile(r"([a-z][a-z0-9+.-]*):/*([^/?#]*)([^?#]*)", re.IGNORECASE)
_TRAILING_PORT = re.compile(r":([0-9]{1,5})\Z")
_USUAL_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
# What alone tells nothing.
_TELLING_NOTHING = frozenset((PORT, "region", "schema", "catalog"))


def target_of(data_source: str, pairs: Pairs, identity: t.Collection[str]) -> str:
    """What a connection with these properties reaches; empty where they don't tell.

    C(identity): the properties that tell, by the source's own definition. C(pairs): the properties, and what the
    statement says, of which the first counts.
    """
    family, usual_port = family_of(data_source)
    held = _held(pairs, identity)
    if not set(held) - ({PORT} if identity else _TELLING_NOTHING):
        return ""
    parts = [family]
    if URL in held:
        parts.append(_plain_url(held.pop(URL)))
    if HOST in held:
        parts.append(_place(held.pop(HOST), held.pop(PORT, ""), usual_port, pairs))
    held.pop(PORT, None)
    parts += [f"{role}={value}" for role, value in sorted(held.items())]
    return " ".join(parts)


def _held(pairs: Pairs, identity: t.Collection[str]) -> dict[str, str]:
    """What tells the target, by what it says of it."""
    telling = {name.lower() for name in identity}
    held: dict[str, str] = {}
    for name, value in pairs:
        role = target_role(name)
        if telling and name.lower() not in telling and role != PORT:
            continue
        role = role or (name.lower() if telling else "")
        text = statement_text(mask_value(name, value)).strip()
        if role and text and not is_hidden_name(name) and not is_user_name(name):
            held.setdefault(role, text)
    return held


def _place(text: str, port: str, usual_port: str, pairs: Pairs) -> str:
    """A host and its port, the host by its plainest name; with its gateway where that decides which host it is."""
    hosts = [named.host for named in hosts_named([(HOST, text)])]
    place = ",".join(sorted({host.label for host in hosts})) or text.casefold()
    port = port or _port_in(text) or usual_port
    if port:
        place = f"{place}:{port}"
    gateways = [statement_text(value) for name, value in pairs if is_gateway_name(name)]
    if any(gateways) and any(map(_is_private, hosts)):
        return f"{place} via {max(gateways)}"
    return place


def _port_in(text: str) -> str:
    """The port behind a host; empty without one, and for an IPv6 address without brackets."""
    found = _TRAILING_PORT.search(text)
    if found is None or text.count(":") > 1:
        return ""
    return found.group(1)


def _is_private(host: Host) -> bool:
    """Whether a host is another one in each network: by its address, or by a name without a domain."""
    if host.addresses:
        return any(address.is_private for address in host.addresses)
    return "." not in host.label


def _plain_url(text: str) -> str:
    """An address without what differs between spellings, and without user, query and fragment, where keys may be."""
    found = _URL.match(text)
    if found is None:
        return text.partition("?")[0]
    scheme, authority, path = found.groups()
    scheme = scheme.lower()
    port = _TRAILING_PORT.search(authority)
    hosts = ",".join(sorted({named.host.label for named in hosts_named([(URL, f"{scheme}://{authority}")])}))
    shown = ""
    if port is not None and port.group(1) != _USUAL_PORTS.get(scheme):
        shown = f":{port.group(1)}"
    return f"{scheme}://{hosts}{shown}{path.rstrip('/')}"
