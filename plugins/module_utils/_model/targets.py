# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection reaches: the same text for each that reaches the same database, bucket or address.

A source says itself which of its properties tell one target from another (C(qriDefinition) in the data-sources API on
qlik.dev); where it doesn't, those count that do in most sources. Secrets are no part of it, nor who signs in.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import Host
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import Pairs, hosts_named
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_spans, masked_at
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK, mask_value
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
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TRAILING_PORT = re.compile(r":([0-9]{1,9})\Z", re.ASCII)
# Behind a host: C(host:port), C([address]:port), and C(host,port) as SQL Server's clients have it.
_PORT_BEHIND = re.compile(r"(?:\A[^:,]*[:,]|\]:|\A[a-z]+:[^:,]*,)\s*([0-9]{1,9})\Z", re.ASCII | re.IGNORECASE)
# C(host\\instance): several instances of SQL Server on one machine, each with databases of its own.
_INSTANCE = re.compile(r"\A[^\\/]+\\([^\\/,:;]+)")
# What would read as another part of a target.
_PART_LIKE = re.compile(r"\s[^\s=]+=|^\"")
# Patterns are compared with texts up to this length.
_LONGEST = 256
_USUAL_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
# What alone tells nothing.
_TELLING_NOTHING = frozenset((PORT, "region", "schema", "catalog"))


def target_of(data_source: str, pairs: Pairs, identity: t.Collection[str]) -> str:
    """What a connection with these properties reaches; empty where they don't tell.

    C(identity): the properties that tell, by the source's own definition. C(pairs): the properties, and what the
    statement says, of which the first counts.
    """
    family, usual_port = family_of(data_source)
    held = _identifying(pairs, identity)
    if not set(held) - ({PORT} if identity else _TELLING_NOTHING):
        return ""
    parts = [family]
    if URL in held:
        parts.append(_plain_url(held.pop(URL)))
    if HOST in held:
        parts.append(_place(held.pop(HOST), _plain_port(held.pop(PORT, "")), usual_port, pairs))
    if "" in parts:
        return ""
    held.pop(PORT, None)
    parts += [f"{role}={_as_one_part(value)}" for role, value in sorted(held.items())]
    return _bounded(one_line(" ".join(parts)))


def _as_one_part(value: str) -> str:
    """A value that doesn't read as if it were several parts: others would have the same target."""
    return json.dumps(value, ensure_ascii=False) if _PART_LIKE.search(value) else value


def _bounded(target: str) -> str:
    """A target that is short enough for a report, and for a pattern."""
    if len(target) <= _LONGEST:
        return target
    # Of a secret that is cut here nobody would find the rest.
    target = masked_at(target, known_spans(target), MASK)
    digest = hashlib.sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{target[: _LONGEST - 20]}… {digest}"


def _plain_port(text: str) -> str:
    """A port without zeros in front."""
    return text.lstrip("0") if text.isdecimal() else text


def _identifying(pairs: Pairs, identity: t.Collection[str]) -> dict[str, str]:
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
    """A host and its port, the host by its plainest name; with its gateway where that decides which host it is. Empty
    where programs disagree about what the host is: the rest may be part of a password.
    """
    hosts = _plain_hosts(text)
    if not hosts:
        return ""
    place = ",".join(sorted({host.label for host in hosts})) + _door(text, port, usual_port)
    gateways = [statement_text(mask_value(name, value)) for name, value in pairs if is_gateway_name(name)]
    if any(gateways) and any(map(_is_private, hosts)):
        return f"{place} via {max(gateways)}"
    return place


def _plain_hosts(text: str) -> list[Host]:
    """The hosts in a text; none where programs disagree about one."""
    found = hosts_named([(HOST, text)])
    if found.unread or not all(named.is_plain for named in found.hosts):
        return []
    return [named.host for named in found.hosts]


def _door(text: str, port: str, usual_port: str) -> str:
    """The port at which a host is reached, or the instance that says on which it is."""
    port = port or _port_in(text)
    instance = _INSTANCE.match(text)
    if instance is not None and not port and "://" not in text:
        return f"\\{instance.group(1).casefold()}"
    if port or usual_port:
        return f":{port or usual_port}"
    return ""


def _port_in(text: str) -> str:
    """The port behind a host; empty without one, and for an IPv6 address without brackets."""
    found = _PORT_BEHIND.search(re.split("[/?#]", _SCHEME.sub("", text), maxsplit=1)[0])
    if found is None:
        return ""
    return _plain_port(found.group(1))


def _is_private(host: Host) -> bool:
    """Whether a host is another one in each network: by its address, or by a name without a domain."""
    if host.addresses:
        return any(address.is_private for address in host.addresses)
    return "." not in host.label


def _plain_url(text: str) -> str:
    """An address without what differs between spellings, and without user, query and fragment, where keys may be.
    Empty where programs disagree about its host.
    """
    found = _URL.match(text)
    if found is None:
        host, slash, path = re.split("[?#]", text, maxsplit=1)[0].partition("/")
        return f"{host.rpartition('@')[2]}{slash}{path}"
    scheme, authority, path = found.groups()
    scheme = scheme.lower()
    port = _TRAILING_PORT.search(authority)
    named = hosts_named([(URL, f"{scheme}://{authority}")]).hosts
    if not all(one.is_plain for one in named):
        return ""
    hosts = ",".join(sorted({one.host.label for one in named}))
    shown = ""
    if port is not None and _plain_port(port.group(1)) != _USUAL_PORTS.get(scheme):
        shown = f":{_plain_port(port.group(1))}"
    return f"{scheme}://{hosts}{shown}{path.rstrip('/')}"
