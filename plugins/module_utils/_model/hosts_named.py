# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a connection names: in its properties, in addresses and lists inside them, in its statement.

What may be meant as a host by one program, and as something else by another, counts as one: a rule that forbids a host
must not depend on who reads the address. No value is quoted but the hosts: it may hold a secret.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import Host, read_host
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_roles import holds_hosts

Pairs = t.Sequence[t.Tuple[str, t.Any]]

# Longer texts are no addresses; what is in them is looked through all the same, up to here.
_LONGEST = 65536
_PARTS = re.compile(r"[,;|\s]+")
_URL = re.compile(r"([a-z][a-z0-9+.-]{0,30}):[/\\]{2,}([^\s,;|\"'<>]{1,2048})", re.IGNORECASE)
# C(HOST=db.example.com) in the names of Oracle, C(Server=…;) in strings of ODBC.
_ASSIGNED = re.compile(r"([a-z][a-z_ .]{0,40}?)\s*=\s*([^;&()\"'{}]{1,2048})", re.IGNORECASE)
# C(\\\\host\\share), as Windows calls files elsewhere.
_SHARE = re.compile(r"\\\\([^\\/\s]{1,256})[\\/]")
# What follows these is no host: a bucket, a file, a library.
_NO_HOSTS = frozenset(("s3", "s3a", "s3n", "gs", "file", "lib"))
_SCHEME = re.compile(r"[a-z][a-z0-9+.:-]{0,60}:[/\\]{2,}", re.IGNORECASE)
_NO_ADDRESS = frozenset(("", "true", "false"))
_LAST_PORT = 65535
# What SQL Server's clients take before a host.
_PROTOCOLS = frozenset(("tcp", "np", "lpc", "admin"))
_AMBIGUOUS = "an address that not all programs read alike"


def statement_pairs(statement: str) -> list[tuple[str, str]]:
    """The names and values in a statement of any form, one that stands there twice included: who knows which one
    counts.
    """
    pairs = []
    for part in statement[:_LONGEST].strip("\"' \t\r\n").split(";"):
        name, equals, value = part.partition("=")
        if equals:
            pairs.append((re.split("[\"'\\[]", name)[-1].strip(), value))
    return pairs


class NamedHost(t.NamedTuple):
    """A host that is named. C(label): how messages call it; what only some programs take for a host may be part of a
    password to others, and isn't shown.
    """

    host: Host
    label: str


def hosts_named(pairs: Pairs) -> list[NamedHost]:
    """The hosts that properties name, each once."""
    found: dict[Host, str] = {}
    for name, value in pairs:
        for text, is_address in _texts(name, value):
            for spelling, is_plain in _spellings(text, is_address=is_address):
                host = read_host(spelling)
                if host.names and (is_plain or host not in found):
                    found[host] = host.label if is_plain else _AMBIGUOUS
    return [NamedHost(host, label) for host, label in found.items()]


def _texts(name: str, value: t.Any) -> t.Iterator[tuple[str, bool]]:
    """The texts in a property, each with whether it is an address as a whole. Secrets aren't looked into."""
    if is_secret_name(name):
        return
    if isinstance(value, Mapping):
        item = value.get("name")
        if isinstance(item, str) and "value" in value:
            yield from _texts(item, value["value"])
            return
        for member, held in value.items():
            yield from _texts(str(member), held)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(name, item)
    else:
        yield statement_text(value)[:_LONGEST], holds_hosts(name)


# A spelling of a host, and whether all programs take it for one.
_Spelling = t.Tuple[str, bool]


def _spellings(text: str, *, is_address: bool) -> t.Iterator[_Spelling]:
    """What may be the host in an address, or in addresses inside another text."""
    for scheme, rest in _URL.findall(text):
        if scheme.lower() not in _NO_HOSTS:
            yield from _in_authority(rest)
    for host in _SHARE.findall(text):
        yield host, True
    for name, value in _ASSIGNED.findall(text):
        if holds_hosts(name):
            yield from _in_list(value)
    if is_address and "=" not in text.partition("://")[0]:
        yield from _in_list(text)


def _in_list(text: str) -> t.Iterator[_Spelling]:
    """The hosts of a list of addresses; a number that follows one is its port."""
    known = False
    for part in _PARTS.split(text.strip()):
        if part.casefold() in _NO_ADDRESS or (known and part.isdigit() and int(part[:6]) <= _LAST_PORT):
            continue
        known = True
        scheme = _SCHEME.match(part)
        if scheme is None:
            yield from _in_authority(part.lstrip("/\\"))
        elif scheme.group().partition(":")[0].lower() not in _NO_HOSTS:
            yield from _in_authority(part[scheme.end() :])


def _in_authority(text: str) -> t.Iterator[_Spelling]:
    """The hosts of what follows the scheme. A backslash ends a host for some programs, and not for others."""
    authority = re.split(r"[/?#]", text, maxsplit=1)[0]
    before, backslash, after = authority.partition("\\")
    if not backslash or "@" not in after:
        yield from _without_port(before.rpartition("@")[2])
        return
    for part in (authority.rpartition("@")[2], before.rpartition("@")[2]):
        for spelling, _is_plain in _without_port(part):
            yield spelling, False


def _without_port(text: str) -> t.Iterator[_Spelling]:
    """The host of C(host:port). An IPv6 address without brackets has no port."""
    host, colon, rest = text.partition(":")
    if text.startswith("[") or not colon or read_host(text).addresses:
        yield text, True
    elif ":" in rest:
        yield text.rpartition(":")[0], True
    elif rest == "" or rest.isdigit():
        yield host, True
    elif host.lower() in _PROTOCOLS:
        yield rest, True
    else:
        yield host, False
        yield rest, False
